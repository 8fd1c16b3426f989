package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// ear is an address that is sent events, and what it has heard.
type ear struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	heard  []string
}

func newEar(t *testing.T) *ear {
	t.Helper()
	e := &ear{}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		event, err := webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), e.secret)
		if err != nil {
			e.heard = append(e.heard, err.Error())
			return
		}
		e.heard = append(e.heard, string(event.Type))
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *ear) knows(secret string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.secret = secret
}

func (e *ear) said() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

// Each endpoint hears what it asked for, signed with its own secret: the platform's events or those of connected accounts.
func TestWebhookEndpoints(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	own, theirs := newEar(t), newEar(t)
	make := func(e *ear, connect bool, events ...string) *api.WebhookEndpoint {
		t.Helper()
		w, err := x.client.WebhookEndpoints.New(&api.WebhookEndpointParams{URL: &e.URL, EnabledEvents: api.StringSlice(events), Connect: &connect})
		must(t, err)
		e.knows(w.Secret)
		return w
	}
	first := make(own, false, "transfer.created", "payment_intent.*")
	make(theirs, true, "*")
	_, err := x.client.WebhookEndpoints.New(&api.WebhookEndpointParams{URL: api.String("shop"), EnabledEvents: api.StringSlice([]string{"*"})})
	same(t, "no address", refusalOf(t, err).Param, "url")
	play := func() {
		t.Helper()
		must(t, x.EnableAccount(seller, true))
		x.sell()
		must(t, x.WaitDelivered(t.Context()))
	}
	play()
	same(t, "the platform's", own.said(), []string{"payment_intent.created", "payment_intent.succeeded", "transfer.created"})
	same(t, "of accounts", theirs.said(), []string{"account.updated"})
	again, err := x.client.WebhookEndpoints.Get(first.ID, nil)
	must(t, err)
	same(t, "the secret is shown once", []any{again.Secret, again.Status}, []any{"", "enabled"})
	image, err := x.Snapshot()
	must(t, err)
	must(t, x.Restore(image))
	_, err = x.client.WebhookEndpoints.Update(first.ID, &api.WebhookEndpointParams{EnabledEvents: api.StringSlice([]string{"transfer.created"})})
	must(t, err)
	play()
	same(t, "one more", own.said()[3:], []string{"transfer.created"})
	_, err = x.client.WebhookEndpoints.Update(first.ID, &api.WebhookEndpointParams{Disabled: api.Bool(true)})
	must(t, err)
	play()
	_, err = x.client.WebhookEndpoints.Del(first.ID, nil)
	must(t, err)
	play()
	same(t, "no more", len(own.said()), 4)
	same(t, "the others go on", len(theirs.said()), 4)
	n := 0
	for i := x.client.WebhookEndpoints.List(nil); i.Next(); {
		n++
	}
	same(t, "left", n, 1)
}
