package client_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// asIs is a token source with one token that never ends.
type asIs client.Secret

func (s asIs) Token(context.Context) (client.Token, error) {
	return client.Token{AccessToken: client.Secret(s)}, nil
}

// Every operation is driven against the sandbox, by both parties of a deal and by
// the marketplace, with what reflection puts into its arguments. Each answer is a
// value that decodes or a refusal that names its code.
func TestAgainstSandbox_everyOperation(t *testing.T) {
	t.Parallel()
	done := map[string]bool{}
	for _, op := range client.Operations() {
		world := sandboxtest.Start(t, sandbox.Config{Seed: 1})
		clients := everyCaller(t, world)
		deal := dealOfFullUsers(t, clients[1])
		for _, c := range clients {
			_, err := callWith(t, methodOf(t, c, op.Method+" "+op.Path), plausible(deal))
			if err == nil {
				done[op.GoName] = true
				continue
			}
			var refusal *client.Error
			if !errors.As(err, &refusal) || refusal.Outcome != client.OutcomeKnown || refusal.Code == "" || refusal.StatusCode >= 500 {
				t.Errorf("%s: %v, want success or a refusal with its code", op.GoName, err)
			}
		}
	}
	t.Logf("%d of %d operations succeeded for at least one caller, the others were refused with a code", len(done), len(client.Operations()))
	if len(done) < 40 {
		t.Errorf("only %d operations ever succeeded", len(done))
	}
}

// everyCaller is the marketplace, the seller and the buyer of the document's examples.
func everyCaller(t *testing.T, world *sandboxtest.Server) []*client.Client {
	t.Helper()
	options := []client.Option{client.WithAPIKey(world.APIKey)}
	for _, u := range sandbox.DefaultUsers() {
		options = append(options, client.WithTokenSource(asIs("user:"+u.ID)))
	}
	clients := make([]*client.Client, len(options))
	for i, credential := range options {
		c, err := client.New(client.WithBaseURL(world.URL+"/api/v1"), credential)
		if err != nil {
			t.Fatal(err)
		}
		clients[i] = c
	}
	return clients
}

// dealOfFullUsers opens and pays an online deal as the seller.
func dealOfFullUsers(t *testing.T, seller *client.Client) int64 {
	t.Helper()
	quote, err := seller.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 5000})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := seller.Online.CreateAndJoin(t.Context(), client.CreateAndJoinInput{
		CreatorRole: client.RoleSeller, JoinUserID: sandbox.DefaultUsers()[1].ID, Description: "Soccer ticket", Quote: *quote,
	})
	if err != nil {
		t.Fatal(err)
	}
	return tx.ID
}

// plausible fills arguments with the deal's id and words that a path can hold.
func plausible(deal int64) func(reflect.Type) reflect.Value {
	return func(typ reflect.Type) reflect.Value {
		v := reflect.New(typ).Elem()
		v.Set(filled(typ))
		switch typ.Kind() {
		case reflect.Int64:
			v.SetInt(deal)
		case reflect.String:
			v.SetString("77f36253-7a43-4d47-897d-f73dd208e17a")
		}
		return v
	}
}
