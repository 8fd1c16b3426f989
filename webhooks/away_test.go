package webhooks_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/webhooks"
)

// notebook is a doorkeeper that keeps all it is given, and fails if it shall.
type notebook struct {
	notes []webhooks.TurnedAway
	fails error
}

func (n *notebook) NoteTurnedAway(_ context.Context, t webhooks.TurnedAway) error {
	n.notes = append(n.notes, t)
	return n.fails
}

// However many strangers knock at a gateway's address, a replica writes once a minute, and what a stranger sends is in
// nothing that it writes. A name that is no gateway leaves nothing.
func TestReceive_turnedAway(t *testing.T) {
	t.Parallel()
	now, book := epoch, &notebook{fails: errors.New("the database is away")}
	receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: openInbox(t), Sources: []gateway.Source{sandbox}, Doorkeeper: book, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	knock := func(name string, header http.Header, body string) {
		t.Helper()
		err := receiver.Admit(name, header)
		if err == nil {
			err = receiver.Receive(t.Context(), name, header, []byte(body))
		}
		if code := fault.As(err).Code; code != fault.Unauthenticated && code != fault.Invalid && code != fault.NotFound {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	for range 1000 {
		knock("trustap", basic("mallory", "guess"), paid)
		knock("made-up", basic("mallory", "guess"), paid)
	}
	knock("trustap", basic("hook", "two"), "no message")
	now = now.Add(time.Minute)
	knock("trustap", basic("mallory", "guess"), paid)
	knock("trustap", basic("mallory", "guess"), paid)
	if len(book.notes) != 3 {
		t.Fatalf("%d notes, want 3: %+v", len(book.notes), book.notes)
	}
	for i, want := range []webhooks.TurnedAway{{Count: 1, At: epoch}, {Count: 1, At: epoch}, {Count: 1000, At: now}} {
		got := book.notes[i]
		if got.Count != want.Count || !got.At.Equal(want.At) || got.Gateway != "trustap" || got.Reason == "" || (got.Reason == book.notes[0].Reason) != (i != 1) {
			t.Errorf("note %d is %+v, want %+v", i, got, want)
		}
	}
	if err := receiver.Receive(t.Context(), "trustap", basic("hook", "two"), []byte(paid)); err != nil || len(book.notes) != 3 {
		t.Errorf("a message of the gateway itself: %v, %d notes", err, len(book.notes))
	}
}

// What a person reads of a message has no card number, no secret and no person in it, wherever it stands.
func TestReadable(t *testing.T) {
	t.Parallel()
	const canary = "canary"
	for body, has := range map[string]string{
		`{"id":"evt_1","client_secret":"canary","data":[{"card":{"number":"canary","exp_month":4,"cvc":"canary","last4":"4242"}}],"billing_details":{"name":"canary","email":"canary","phone":"canary","address":{"line1":"canary"}}}`: `"exp_month": 4`,
		`{"note":"pays with 4111 1111 1111 1111","amount":5190}`:                                                   `"amount": 5190`,
		`{"note":4111111111111111,"html":"<b>&"}`:                                                                  `<b>&`,
		`[{"webhookToken":"canary","account_number":"canary","iban":"canary","IP":"canary","firstName":"canary"}]`: hiddenValue,
		`amount=5190&signature=canary&cardholder_name=canary&note=4111111111111111`:                                `amount = 5190`,
		`canary`:                    hiddenValue,
		`{"id":1} canary`:           hiddenValue,
		"\x00\xff canary":           hiddenValue,
		`{"number":{"a":"canary"}}`: hiddenValue,
	} {
		got := webhooks.Delivery{Body: []byte(body)}.Readable()
		if strings.Contains(got, canary) || strings.Contains(got, "1111") || !strings.Contains(got, has) {
			t.Errorf("%s reads:\n%s", body, got)
		}
	}
}

const hiddenValue = "•••"
