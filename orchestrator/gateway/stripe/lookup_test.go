package stripe_test

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/stripe"
)

func TestLookup_byReference(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	ref := orchestrator.PaymentRef{CommunityID: 501, Reference: "5f1c0e0a-authorize", Since: t0}
	if s, err := w.Lookup(t.Context(), ref); err != nil || s.Found {
		t.Fatalf("before anything was made: %+v, %v", s, err)
	}
	id := w.authorized(t)
	for i := range 120 { // more than a page that came later
		op := withInput(operation(process.Authorize, ""), nil)
		op.IntentID = fmt.Sprint("later-", i)
		w.must(t, op, process.Pending)
	}
	s, err := w.Lookup(t.Context(), ref)
	if err != nil || s.PaymentID != id || len(s.Facts) != 1 {
		t.Errorf("found %+v, %v; want %s", s, err, id)
	}
	other := ref
	other.Reference = "5f1c0e0a"
	for name, ref := range map[string]orchestrator.PaymentRef{
		"another reference": other, "unknown id": {PaymentID: "pi_nobodys"},
	} {
		if s, err := w.Lookup(t.Context(), ref); err != nil || s.Found {
			t.Errorf("%s: %+v, %v; want nothing", name, s, err)
		}
	}
	for name, ref := range map[string]orchestrator.PaymentRef{"nothing to go by": {}, "id of another gateway": {PaymentID: "42"}} {
		if _, err := w.Lookup(t.Context(), ref); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Two payments of one transaction do not share their transfers.
func TestLookup_transferOfAnotherPayment(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	first := w.captured(t)
	w.must(t, operation(process.Transfer, first), process.Succeeded)
	op := operation(process.Charge, "")
	second := w.must(t, op, process.Succeeded).PaymentID
	if diff := cmp.Diff([]process.Fact{"authorized", "captured"}, sorted(w.look(t, second).Facts)); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

// The price is told by our metadata, but only if it adds up.
func TestLookup_price(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	id := w.authorized(t)
	tests := []struct {
		name, price, fee string
		want             int64
	}{
		{"as agreed", "1234", "66", 1234},
		{"another price", "1000", "66", 1300},
		{"another fee", "1234", "6", 1300},
		{"fee below zero", "1366", "-66", 1300},
		{"no numbers", "12.34", "0.66", 1300},
		{"overflow", "9223372036854775807", "9223372036854775807", 1300},
	}
	for _, tc := range tests {
		w.dashboard(t, "/v1/payment_intents/"+id, url.Values{"metadata[price]": {tc.price}, "metadata[buyer_fee]": {tc.fee}})
		if got, want := w.look(t, id).Price, money.New(tc.want, "EUR"); got != want {
			t.Errorf("%s: %s, want %s", tc.name, got, want)
		}
	}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	w.wait(time.Hour)
	id := w.captured(t)
	part, rest := operation(process.Refund, id), operation(process.Transfer, id)
	part.Amount, part.Whole, rest.Amount = money.New(200, "EUR"), false, money.New(1034, "EUR")
	w.must(t, part, process.Succeeded)
	w.must(t, rest, process.Succeeded)
	waiting := withInput(operation(process.Charge, ""), nil)
	open := w.must(t, waiting, process.Pending).PaymentID
	type line struct {
		Reference, ID                string
		Captured, Refunded, Released int64
		Price                        money.Amount
		Facts                        []process.Fact
	}
	list := func(from, to time.Time) []line {
		var lines []line
		for l, err := range w.Payments(t.Context(), from, to) {
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, line{l.Reference, l.PaymentID, l.Captured, l.Refunded, l.Released, l.Price, sorted(l.Facts)})
		}
		return lines
	}
	price := money.New(1234, "EUR")
	want := []line{
		{"5f1c0e0a-charge", open, 0, 0, 0, price, nil},
		{"5f1c0e0a-authorize", id, 1300, 200, 1034, price, []process.Fact{"authorized", "captured", "refunded_in_part", "transferred"}},
	}
	made := t0.Add(time.Hour)
	equal := cmp.Comparer(func(a, b money.Amount) bool { return a == b })
	if diff := cmp.Diff(want, list(made, made.Add(time.Second)), equal); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	for name, period := range map[string][2]time.Time{
		"before": {t0, made}, "after": {made.Add(time.Nanosecond), made.Add(time.Hour)}, "empty": {made, made},
	} {
		if got := list(period[0], period[1]); got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What staff took back from the payee counts as not paid out.
func TestPayments_reversedTransfer(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	id := w.captured(t)
	w.must(t, operation(process.Transfer, id), process.Succeeded)
	var transfer string
	for _, e := range w.sandbox.Effects() {
		if e.Operation == "transfer" {
			transfer = e.ObjectID
		}
	}
	steps := []struct {
		back     string
		released int64
		paidOut  bool
	}{{"234", 1000, true}, {"1000", 0, false}}
	for _, step := range steps {
		w.dashboard(t, "/v1/transfers/"+transfer+"/reversals", url.Values{"amount": {step.back}})
		for line, err := range w.Payments(t.Context(), t0, t0.Add(time.Hour)) {
			if _, paidOut := line.Facts[process.FactTransferred]; err != nil || line.Released != step.released || paidOut != step.paidOut {
				t.Errorf("after %s came back: %d released, paid out %v, %v; want %+v", step.back, line.Released, paidOut, err, step)
			}
		}
	}
}

func TestPayments_stopsEarly(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	w.authorized(t)
	w.must(t, operation(process.Charge, ""), process.Succeeded)
	n := 0
	for range w.Payments(t.Context(), t0, t0.Add(time.Hour)) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d lines", n)
	}
}

func TestVerbs(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	if w.Name() != "stripe" || w.KeepsKeys() != 23*time.Hour {
		t.Errorf("%s keeps keys for %s", w.Name(), w.KeepsKeys())
	}
	for _, can := range stripe.Kind().Can {
		verb := process.Verb(can)
		op := operation(verb, "pi_nobodys")
		if out := w.Perform(t.Context(), op); out.Code == "unsupported_verb" {
			t.Errorf("%s is offered and not supported", verb)
		}
	}
}

// A part of the truth is no truth: nothing is said when a list cannot be read.
func TestLookup_listNotReadable(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"get_payment_intent", "list_refunds", "list_transfers", "list_disputes"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			id := w.captured(t)
			w.must(t, operation(process.Refund, id), process.Succeeded)
			if _, err := w.sandbox.Dispute(id, ""); err != nil {
				t.Fatal(err)
			}
			if err := w.sandbox.SetFaults([]sandbox.Fault{{Route: call, Kind: "html", Times: -1}}); err != nil {
				t.Fatal(err)
			}
			if s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: id}); err == nil || s.Found {
				t.Errorf("found %+v, %v", s, err)
			}
		})
	}
}

// Whose a payment is, as Stripe tells it: ours name a group, no customer and no
// destination.
func TestLookup_whose(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ more, payer, payee, deal string }{
		"ours":            {`,"transfer_group":"handsel_501_7"`, "", "", "handsel_501_7"},
		"another program": {``, "", "", "none"},
		"by hand":         {`,"customer":"cus_1","transfer_data":{"destination":"acct_eve"}`, "cus_1", "acct_eve", "none"},
	} {
		g := answering(t, 200, nil, `{"id":"pi_1","object":"payment_intent","amount":1300,"currency":"eur","status":"requires_capture"`+c.more+`}`)
		s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: "pi_1"})
		if err != nil || s.Payer != c.payer || s.Payee != c.payee || s.Deal != c.deal {
			t.Errorf("%s: from %q for %q of deal %q, %v; want %q, %q, %q", name, s.Payer, s.Payee, s.Deal, err, c.payer, c.payee, c.deal)
		}
	}
}
