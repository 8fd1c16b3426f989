package stripe_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

const secret = "whsec_sandbox"

// receiver is a webhook endpoint that checks signatures with the official package.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	events []api.Event
	errors []error
	refuse int // so many are answered with 500 first
	calls  int
}

func newReceiver(t *testing.T, refuse int) *receiver {
	t.Helper()
	v := &receiver{refuse: refuse}
	v.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		v.mu.Lock()
		defer v.mu.Unlock()
		v.calls++
		if v.calls <= v.refuse {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if err == nil {
			var e api.Event
			e, err = webhook.ConstructEvent(body, r.Header.Get("Stripe-Signature"), secret)
			v.events = append(v.events, e)
		}
		if err != nil {
			v.errors = append(v.errors, err)
		}
	}))
	t.Cleanup(v.Close)
	return v
}

func (v *receiver) types() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var types []string
	for _, e := range v.events {
		types = append(types, string(e.Type))
	}
	return types
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	v := newReceiver(t, 0)
	x := newTester(t, stripe.Config{WebhookURL: v.URL, WebhookSecret: secret})
	pi := x.create(keyed(payment(1000, "automatic", "pm_card_visa"), "key"))
	must(t, x.WaitDelivered(t.Context()))
	same(t, "types", v.types(), []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded"})
	same(t, "errors", len(v.errors), 0)
	last := v.events[2]
	same(t, "event", []any{last.APIVersion, last.Created, last.Request.IdempotencyKey, last.GetObjectValue("id"), last.GetObjectValue("status")},
		[]any{"2023-10-16", start.Unix(), "key", pi.ID, "succeeded"})

	got, err := x.client.Events.Get(last.ID, nil)
	must(t, err)
	same(t, "kept", got.Type, last.Type)
	found := 0
	for i := x.client.Events.List(&api.EventListParams{Types: []*string{api.String("charge.*"), api.String("payment_intent.created")}}); i.Next(); {
		found++
	}
	same(t, "by type", found, 2)

	must(t, x.Resend(last.ID))
	must(t, x.WaitDelivered(t.Context()))
	same(t, "resent", v.types()[3:], []string{"payment_intent.succeeded"})
	if x.Resend("evt_0") == nil {
		t.Error("an unknown event was sent")
	}
}

func TestWebhookTries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		refuse, tries int
		state         string
	}{{0, 1, "delivered"}, {2, 3, "delivered"}, {9, 3, "failed"}} {
		v := newReceiver(t, test.refuse)
		x := newTester(t, stripe.Config{WebhookURL: v.URL, WebhookSecret: secret})
		x.at(api.PaymentIntentStatusRequiresPaymentMethod)
		must(t, x.WaitDelivered(t.Context()))
		d := x.Deliveries()[0]
		same(t, "delivery", []any{d.State, d.Tries}, []any{test.state, test.tries})
	}
}

func TestWebhookFaults(t *testing.T) {
	t.Parallel()
	const created, succeeded, charge = "payment_intent.created", "payment_intent.succeeded", "charge.succeeded"
	tests := map[string]struct{ before, after []string }{
		"lose":      {[]string{charge, succeeded}, nil},
		"duplicate": {[]string{created, created, charge, succeeded}, nil},
		"delay":     {[]string{charge, succeeded}, []string{created}},
		"reorder":   {[]string{charge, created, succeeded}, nil},
	}
	same(t, "kinds", len(tests), len(stripe.WebhookFaultKinds()))
	for kind, test := range tests {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			v := newReceiver(t, 0)
			x := newTester(t, stripe.Config{WebhookURL: v.URL, WebhookSecret: secret})
			must(t, x.SetFaults([]stripe.Fault{{Route: "webhook", Kind: kind}}))
			x.at(api.PaymentIntentStatusSucceeded)
			must(t, x.WaitDelivered(t.Context()))
			same(t, "before", v.types(), test.before)
			must(t, x.Flush(t.Context()))
			same(t, "after", v.types(), slices.Concat(test.before, test.after))
			same(t, "listed", x.events(), []string{created, charge, succeeded})
		})
	}
}

// TestSignature compares with a signature that was computed elsewhere.
func TestSignature(t *testing.T) {
	t.Parallel()
	var header string
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header.Get("Stripe-Signature")
		body, _ = io.ReadAll(r.Body) // a short body fails the check below
	}))
	t.Cleanup(server.Close)
	x := newTester(t, stripe.Config{WebhookURL: server.URL, WebhookSecret: secret, WallClock: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	must(t, x.WaitDelivered(t.Context()))
	if err := webhook.ValidatePayloadIgnoringTolerance(body, header, secret); err != nil {
		t.Error(err)
	}
	if webhook.ValidatePayload(body, header, secret) == nil {
		t.Error("an old signature is valid")
	}
	same(t, "time", header[:13], "t=1700000000,")
}
