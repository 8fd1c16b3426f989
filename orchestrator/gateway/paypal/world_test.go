package paypal_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/paypal"
)

// samsID is the merchant id of sam's PayPal account.
const samsID = "SAMSACCT22222"

// newAccounts are those of sam, who has a merchant id, and of eve, who has an e-mail address.
func newAccounts() *gatewaytest.Accounts {
	return &gatewaytest.Accounts{IDs: map[string]string{"sam": samsID, "eve": "eve@example.com", "odd": "x"}}
}

// world is a gateway beside an emulator.
type world struct {
	*paypal.Gateway
	t    testing.TB
	till *sandbox.Emulator
	url  string
}

func newWorld(t testing.TB, change func(*paypal.Config)) *world {
	t.Helper()
	w := &world{t: t}
	w.till, w.url = testport.Stand(t, func(url string) (*sandbox.Emulator, error) {
		return sandbox.New(sandbox.Config{
			PublicURL: url, Seed: 1, SharedWorld: true, FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond,
			Clients: []sandbox.Client{{ID: "shop", Secret: "shop-secret"}},
		})
	})
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)
	c := paypal.Config{ClientID: "shop", Secret: "shop-secret", BaseURL: w.url, Accounts: newAccounts(), Transport: rt, ReturnURL: "https://shop.example.com/back"}
	if change != nil {
		change(&c)
	}
	var err error
	if w.Gateway, err = paypal.New(c); err != nil {
		t.Fatal(err)
	}
	return w
}

func euro(n int64) money.Amount { return money.New(n, "EUR") }

// operation is one of transaction 7, in which bea pays sam 50.00 euro and a fee of 1.50.
func operation(verb process.Verb, payment string) orchestrator.Operation {
	op := orchestrator.Operation{
		IntentID: "5f1c0e0a-" + string(verb), Attempt: 1, Verb: verb, Amount: euro(5150),
		Transaction: orchestrator.Transaction{
			ID: 7, CommunityID: 501, ListingTitle: "Old city bike", PaymentID: payment,
			Deal: process.Deal{Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: euro(5000), BuyerFee: 150},
		},
	}
	switch verb {
	case process.Refund, process.Transfer:
		op.Transaction.Funds = process.Funds{Captured: 5150, Held: 5150}
		op.Whole = true
	}
	return op
}

// does carries out a verb and wants an outcome.
func (w *world) does(verb process.Verb, payment string, want process.Status) orchestrator.Outcome {
	w.t.Helper()
	out := w.Perform(w.t.Context(), operation(verb, payment))
	if out.Status != want {
		w.t.Fatalf("%s: %+v, want %s", verb, out, want)
	}
	return out
}

// look reads the payment as a deal does that waits for it, or one that does not.
func (w *world) look(payment string, awaited bool) orchestrator.Snapshot {
	w.t.Helper()
	s, err := w.Lookup(w.t.Context(), orchestrator.PaymentRef{PaymentID: payment, Awaited: awaited, Booked: &process.Funds{}})
	if err != nil || !s.Found {
		w.t.Fatalf("look: %+v, %v", s, err)
	}
	return s
}

// approved is an order that its buyer has approved in some way.
func (w *world) approved(card string) string {
	w.t.Helper()
	id := w.does(process.Authorize, "", process.Pending).Snapshot.PaymentID
	if err := w.till.Pay(id, card); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// reserved is an order whose money is reserved.
func (w *world) reserved(card string) string {
	w.t.Helper()
	id := w.approved(card)
	w.look(id, true)
	return id
}

// captured is an order whose money is taken.
func (w *world) captured(card string) string {
	w.t.Helper()
	id := w.reserved(card)
	w.does(process.Capture, id, process.Succeeded)
	return id
}

// fault lets the next call of an operation fail.
func (w *world) fault(operation, kind string) {
	w.t.Helper()
	if err := w.till.SetFaults([]sandbox.Fault{{Route: operation, Kind: kind}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) later(d time.Duration) {
	w.t.Helper()
	if err := w.till.Advance(d); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) effects(operation string) (n int) {
	for _, e := range w.till.Effects() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

// shows reports whether a payment has a fact.
func shows(s orchestrator.Snapshot, f process.Fact) bool {
	_, there := s.Facts[f]
	return there
}
