package webhooks_test

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/webhooks"
)

// acme is a gateway that sends a shared secret with its messages.
type acme struct{ secret string }

func (acme) Name() string { return "acme" }

func (a acme) Admit(h http.Header) error {
	if subtle.ConstantTimeCompare([]byte(h.Get("Acme-Secret")), []byte(a.secret)) != 1 {
		return fault.New(fault.Unauthenticated, "invalid_signature", "the secret is not ours")
	}
	return nil
}

func (a acme) Read(h http.Header, body []byte) (gateway.Message, error) {
	var m struct{ ID, Payment, Event string }
	if err := a.Admit(h); err != nil {
		return gateway.Message{}, err
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return gateway.Message{}, fault.Wrap(err, fault.Invalid, "invalid_body", "the message is not JSON")
	}
	return gateway.Message{DedupeKey: m.ID, PaymentID: m.Payment, Code: m.Event}, nil
}

// A message is verified and stored, then acknowledged, then applied.
func Example() {
	ctx, now := context.Background(), func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	inbox := &memory{}
	receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: inbox, Sources: []gateway.Source{acme{"s3cret"}}, Now: now})
	if err != nil {
		fmt.Println(err)
		return
	}
	processor, err := webhooks.NewProcessor(webhooks.ProcessorConfig{Inbox: inbox, Now: now, Apply: func(_ context.Context, d webhooks.Delivery) error {
		fmt.Println("look up payment", d.PaymentID, "because of", d.Code)
		return nil
	}})
	if err != nil {
		fmt.Println(err)
		return
	}

	body := []byte(`{"id":"evt_1","payment":"pay_7","event":"payment.captured"}`)
	err = receiver.Receive(ctx, "acme", http.Header{"Acme-Secret": {"guess"}}, body)
	fmt.Println("a stranger:", fault.ReasonOf(err))
	err = receiver.Receive(ctx, "acme", http.Header{"Acme-Secret": {"s3cret"}}, body)
	fmt.Println("acknowledged:", err == nil)
	n, err := processor.ProcessDue(ctx)
	fmt.Println("applied:", n, err)
	// Output:
	// a stranger: invalid_signature
	// acknowledged: true
	// look up payment pay_7 because of payment.captured
	// applied: 1 <nil>
}
