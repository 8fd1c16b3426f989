package paypal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/paypal"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	op := operation(process.Authorize, "")
	out := w.Perform(t.Context(), op)
	s := out.Snapshot
	if out.Status != process.Pending || s.RedirectURL != w.url+"/checkoutnow?token="+s.PaymentID || s.References[0].Text != op.Reference() ||
		s.Deal != "handsel_501_7" || s.Price != euro(5000) || len(s.Facts) != 0 {
		t.Fatalf("opened: %+v", out)
	}
	// A look of a deal that does not wait reserves nothing, and the page is there until it is approved.
	if s := w.look(s.PaymentID, true); s.RedirectURL == "" || len(s.Facts) != 0 {
		t.Errorf("not approved: %+v", s)
	}
	if err := w.till.Pay(s.PaymentID, "success"); err != nil {
		t.Fatal(err)
	}
	if s := w.look(s.PaymentID, false); len(s.Facts) != 0 || s.RedirectURL != "" || w.effects("authorize") != 0 {
		t.Errorf("approved, not awaited: %+v", s)
	}
	for range 2 {
		if s := w.look(s.PaymentID, true); !shows(s, process.FactAuthorized) || w.effects("authorize") != 1 || s.Deadlines[process.CaptureBefore].IsZero() {
			t.Errorf("approved: %+v", s)
		}
	}
}

// Money goes from the buyer to the seller, and PayPal's fee is told.
func TestLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.captured("success")
	s := w.look(id, false)
	if !shows(s, process.FactCaptured) || s.Totals.Captured != 5150 || s.Kept == nil || *s.Kept != 210 {
		t.Fatalf("captured: %+v", s)
	}
	op := operation(process.Transfer, id)
	op.Amount = euro(4700)
	for range 2 { // a repeat pays once
		if out := w.Perform(t.Context(), op); out.Status != process.Succeeded {
			t.Fatalf("transfer: %+v", out)
		}
	}
	want := []string{"authorize 5150", "capture 5150", "payout 4700"}
	var got []string
	for _, e := range w.till.Effects()[1:] {
		got = append(got, fmt.Sprint(e.Operation, " ", e.Amount))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("at PayPal (-want +got):\n%s", diff)
	}
	booked, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: id, Booked: &process.Funds{Released: 4700}})
	if err != nil || booked.Totals.Released != 4700 {
		t.Errorf("with the books: %+v, %v", booked, err)
	}
	if unknown, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: id}); err != nil || unknown.Totals != nil {
		t.Errorf("without the books: %+v, %v", unknown, err)
	}
}

// Another operation pays an order's seller again only where the payout before has failed: one that
// has not is the payout that was asked for, or stands in its way.
func TestPayout_ofAnotherOperation(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first  string // what became of the payout before
		amount int64
		status process.Status
		code   fault.Reason
		paid   int // payouts that were sent
	}{
		"it was paid":             {"SUCCESS", 5150, process.Succeeded, "", 1},
		"another amount was paid": {"SUCCESS", 3500, process.Declined, "overtaken", 1},
		"it waits":                {"UNCLAIMED", 5150, process.Unknown, "payout_pending", 1},
		"it failed":               {"FAILED", 5150, process.Succeeded, "", 1},
		"it was blocked":          {"BLOCKED", 3500, process.Succeeded, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.receives(samsID, tc.first)
			id := w.taken()
			w.Perform(t.Context(), operation(process.Transfer, id))
			if tc.first != "UNCLAIMED" {
				w.receives(samsID, "SUCCESS")
			}
			op := operation(process.Transfer, id)
			op.IntentID, op.Amount = "another", euro(tc.amount)
			for range 2 {
				if out := w.Perform(t.Context(), op); out.Status != tc.status || out.Code != tc.code {
					t.Errorf("%+v, want %s %s", out, tc.status, tc.code)
				}
			}
			if n := w.effects("payout"); n != tc.paid {
				t.Errorf("%d payouts, want %d", n, tc.paid)
			}
		})
	}
}

// What a verb gives in each situation, and what is at PayPal afterwards.
func TestPerform(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, tc := range map[string]struct {
		before func(w *world) string
		op     func(*orchestrator.Operation)
		verb   process.Verb
		status process.Status
		code   fault.Reason
		note   string
		done   map[string]int // effects
	}{
		"a void of what is reserved":         {before: card("success"), verb: process.Void, status: process.Succeeded, done: effects{"void": 1}},
		"a void twice":                       {before: then("success", process.Void), verb: process.Void, status: process.Succeeded, done: effects{"void": 1}},
		"a void of what nobody has approved": {before: func(w *world) string { return w.does(process.Authorize, "", process.Pending).Snapshot.PaymentID }, verb: process.Void, status: process.Succeeded},
		"a void of an approval":              {before: func(w *world) string { return w.approved("success") }, verb: process.Void, status: process.Succeeded, done: effects{"authorize": 1, "void": 1}},
		"a void of what is taken":            {before: (*world).taken, verb: process.Void, status: process.Declined, code: "overtaken"},
		"a void while the capture waits": {before: func(w *world) string {
			id := w.reserved("echeck")
			w.does(process.Capture, id, process.Pending)
			return id
		}, verb: process.Void, status: process.Declined, code: "overtaken", note: "echeck", done: effects{"void": 0}},
		"a capture":                       {before: card("success"), verb: process.Capture, status: process.Succeeded, done: effects{"capture": 1}},
		"a capture twice":                 {before: then("success", process.Capture), verb: process.Capture, status: process.Succeeded, done: effects{"capture": 1}},
		"a capture that waits":            {before: card("multicurrency"), verb: process.Capture, status: process.Pending, note: "multicurrency", done: effects{"capture_pending": 1, "capture": 0}},
		"a capture that waits for review": {before: card("payment-review"), verb: process.Capture, status: process.Pending, note: "payment-review"},
		"a capture that is declined":      {before: card("capture_declined"), verb: process.Capture, status: process.Declined, code: "declined", done: effects{"capture": 0}},
		"a capture after three days": {before: func(w *world) string {
			id := w.reserved("late")
			w.later(4 * day)
			return id
		}, verb: process.Capture, status: process.Succeeded, done: effects{"reauthorize": 1, "capture": 1}},
		"a capture after three days, refused for good": {before: func(w *world) string {
			id := w.reserved("late_refused")
			w.later(4 * day)
			return id
		}, verb: process.Capture, status: process.Declined, code: "transaction_refused", done: effects{"reauthorize": 0, "capture": 0}},
		"a capture of an expired hold": {before: func(w *world) string {
			id := w.reserved("success")
			w.later(30 * day)
			return id
		}, verb: process.Capture, status: process.Declined, code: "hold_expired", done: effects{"expire": 1, "capture": 0}},
		"a capture of another amount": {before: card("success"), op: func(op *orchestrator.Operation) { op.Amount = euro(5151) }, verb: process.Capture, status: process.Declined, code: "amount_not_supported", done: effects{"capture": 0}},
		"a refund":                    {before: (*world).taken, verb: process.Refund, status: process.Succeeded, done: effects{"refund": 1}},
		"a refund twice":              {before: func(w *world) string { id := w.taken(); w.does(process.Refund, id, process.Succeeded); return id }, verb: process.Refund, status: process.Succeeded, done: effects{"refund": 1}},
		"a refund that waits":         {before: func(w *world) string { return w.captured("refund_pending") }, verb: process.Refund, status: process.Succeeded, done: effects{"refund": 1}},
		"a refund of too much":        {before: (*world).taken, op: func(op *orchestrator.Operation) { op.Amount = euro(6000) }, verb: process.Refund, status: process.Declined, code: "refund_amount_exceeded", done: effects{"refund": 0}},
		"a payout":                    {before: (*world).taken, verb: process.Transfer, status: process.Succeeded, done: effects{"payout": 1}},
		"a payout to an address that nobody has claimed": {before: func(w *world) string {
			w.receives("eve@example.com", "UNCLAIMED")
			return w.taken()
		}, op: payTo("eve"), verb: process.Transfer, status: process.Unknown, code: "payout_pending", done: effects{"payout": 1}},
		"a payout that is blocked": {before: func(w *world) string { w.receives(samsID, "BLOCKED"); return w.taken() }, verb: process.Transfer, status: process.Declined, code: "payout_failed", done: effects{"payout": 0}},
		"a payout to nobody":       {before: (*world).taken, op: payTo("odd"), verb: process.Transfer, status: process.Declined, code: "payee_account_missing", done: effects{"payout": 0}},
		"a payout of what is disputed": {before: (*world).taken, op: func(op *orchestrator.Operation) {
			op.Seen = orchestrator.Snapshot{Payment: process.Payment{Found: true, Facts: map[process.Fact]time.Time{process.FactDisputeOpened: time.Unix(1, 0)}}}
		}, verb: process.Transfer, status: process.Declined, code: "payment_disputed", done: effects{"payout": 0}},
		"a payout that was first sent long ago": {before: (*world).taken, op: func(op *orchestrator.Operation) { op.Attempt, op.Age = 9, 30*day }, verb: process.Transfer, status: process.Unknown, code: "no_clear_answer", done: effects{"payout": 0}},
		"an amount that PayPal does not take":   {before: func(*world) string { return "" }, op: func(op *orchestrator.Operation) { op.Amount = euro(1_000_000_000) }, verb: process.Authorize, status: process.Declined, code: "amount_not_supported", done: effects{"open": 0}},
		"a charge":                              {before: func(*world) string { return "" }, verb: process.Charge, status: process.NotSent, code: "unsupported_verb"},
		"an order that is not there":            {before: func(*world) string { return "NOSUCHORDER123456" }, verb: process.Void, status: process.NotSent, code: "payment_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			op := operation(tc.verb, tc.before(w))
			if tc.op != nil {
				tc.op(&op)
			}
			out := w.Perform(t.Context(), op)
			if out.Status != tc.status || out.Code != tc.code || out.Snapshot.Note != tc.note {
				t.Errorf("%+v, want %s %s %q", out, tc.status, tc.code, tc.note)
			}
			for what, n := range tc.done {
				if got := w.effects(what); got != n {
					t.Errorf("%s: %d times, want %d", what, got, n)
				}
			}
		})
	}
}

type effects = map[string]int

func (w *world) taken() string { return w.captured("success") }

func (w *world) receives(receiver, status string) {
	w.t.Helper()
	if err := w.till.Receive(receiver, status); err != nil {
		w.t.Fatal(err)
	}
}

func card(name string) func(*world) string {
	return func(w *world) string { return w.reserved(name) }
}

func then(name string, verb process.Verb) func(*world) string {
	return func(w *world) string {
		id := w.reserved(name)
		w.does(verb, id, process.Succeeded)
		return id
	}
}

func payTo(user string) func(*orchestrator.Operation) {
	return func(op *orchestrator.Operation) { op.Transaction.Seller = user }
}

// What is lost on the way is found, and done once.
func TestDoubt(t *testing.T) {
	t.Parallel()
	routes := map[process.Verb]string{
		process.Authorize: "create_order", process.Capture: "capture_authorization", process.Void: "void", process.Refund: "refund", process.Transfer: "create_payout",
	}
	did := map[process.Verb]string{process.Authorize: "open", process.Capture: "capture", process.Void: "void", process.Refund: "refund", process.Transfer: "payout"}
	for kind, first := range map[string]process.Status{
		"cut_before": process.Unknown, "cut_after": process.Unknown, "error_before": process.Unknown, "error_after": process.Unknown, "timeout_after": process.Unknown,
		"html": process.Unknown, "broken_json": process.Unknown, "rate_limit": process.NotSent, "unavailable": process.Unknown,
	} {
		for verb, route := range routes {
			t.Run(kind+" "+string(verb), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				id := ""
				switch verb {
				case process.Capture, process.Void:
					id = w.reserved("success")
				case process.Refund, process.Transfer:
					id = w.taken()
				}
				w.fault(route, kind)
				op := operation(verb, id)
				out := w.Perform(t.Context(), op)
				if out.Status != first {
					t.Fatalf("at first: %+v, want %s", out, first)
				}
				op.Attempt = 2
				again := w.Perform(t.Context(), op)
				want := process.Succeeded
				if verb == process.Authorize {
					want = process.Pending
				}
				if again.Status != want || w.effects(did[verb]) != 1 {
					t.Errorf("again: %+v; done %d times", again, w.effects(did[verb]))
				}
			})
		}
	}
}

// The answer to a reservation is lost, and the next look finds it.
func TestDoubt_reserving(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cut_before", "cut_after", "error_after", "html"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.approved("success")
			w.fault("authorize_order", kind)
			if s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: id, Awaited: true}); err == nil {
				t.Fatalf("at first: %+v", s)
			}
			if s := w.look(id, true); !shows(s, process.FactAuthorized) || w.effects("authorize") != 1 {
				t.Errorf("again: %+v, %d times", s, w.effects("authorize"))
			}
		})
	}
}

// A buyer whose card is declined may approve the order again.
func TestReserve_declined(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.approved("instrument_declined")
	if s := w.look(id, true); len(s.Facts) != 0 || s.RedirectURL == "" {
		t.Fatalf("declined: %+v", s)
	}
	if err := w.till.Pay(id, "success"); err != nil {
		t.Fatal(err)
	}
	if s := w.look(id, true); !shows(s, process.FactAuthorized) {
		t.Errorf("then: %+v", s)
	}
}

// What happens after a call shows at the next look.
func TestLater(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		card  string
		verbs []process.Verb
		then  func(w *world, id string) error
		facts []process.Fact
		sums  process.Totals
	}{
		"a capture that waited is taken":  {"echeck", []process.Verb{process.Capture}, endCapture("COMPLETED"), []process.Fact{process.FactAuthorized, process.FactCaptured}, process.Totals{Captured: 5150}},
		"a capture that waited is denied": {"echeck", []process.Verb{process.Capture}, endCapture("DECLINED"), []process.Fact{process.FactAuthorized, process.FactVoided}, process.Totals{}},
		"a hold expires":                  {"success", nil, func(w *world, _ string) error { return w.till.Advance(30 * 24 * time.Hour) }, []process.Fact{process.FactAuthorized, process.FactVoided}, process.Totals{}},
		"a refund fails":                  {"refund_fails", []process.Verb{process.Capture, process.Refund}, func(w *world, _ string) error { return w.till.Advance(25 * time.Hour) }, []process.Fact{process.FactAuthorized, process.FactCaptured}, process.Totals{Captured: 5150}},
		"a refund ends":                   {"refund_pending", []process.Verb{process.Capture, process.Refund}, func(w *world, _ string) error { return w.till.Advance(25 * time.Hour) }, []process.Fact{process.FactAuthorized, process.FactCaptured, process.FactRefunded}, process.Totals{Captured: 5150, Refunded: 5150}},
		"the buyer disputes":              {"success", []process.Verb{process.Capture}, func(w *world, id string) error { _, err := w.till.Dispute(id, "", ""); return err }, []process.Fact{process.FactAuthorized, process.FactCaptured, process.FactDisputeOpened}, process.Totals{Captured: 5150, Disputed: 5150, ByBank: 5150}},
		"a dispute is won":                {"success", []process.Verb{process.Capture}, disputed("won"), []process.Fact{process.FactAuthorized, process.FactCaptured, process.FactDisputeWon}, process.Totals{Captured: 5150}},
		"a dispute is lost":               {"success", []process.Verb{process.Capture}, disputed("lost"), []process.Fact{process.FactAuthorized, process.FactCaptured, process.FactDisputeOpened, process.FactDisputeLost}, process.Totals{Captured: 5150, Refunded: 5150, ByBank: 5150}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			id := w.reserved(tc.card)
			for _, verb := range tc.verbs {
				w.Perform(t.Context(), operation(verb, id))
			}
			if err := tc.then(w, id); err != nil {
				t.Fatal(err)
			}
			s := w.look(id, false)
			want := map[process.Fact]bool{}
			for _, f := range tc.facts {
				want[f] = true
			}
			got := map[process.Fact]bool{}
			for f, at := range s.Facts {
				got[f] = !at.IsZero()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(&tc.sums, s.Totals); diff != "" {
				t.Errorf("sums (-want +got):\n%s", diff)
			}
		})
	}
}

func endCapture(status string) func(*world, string) error {
	return func(w *world, id string) error { return w.till.EndCapture(id, status) }
}

func disputed(outcome string) func(*world, string) error {
	return func(w *world, id string) error {
		d, err := w.till.Dispute(id, "", "")
		if err != nil {
			return err
		}
		return w.till.CloseDispute(d, outcome)
	}
}

// A token that has ended, also before its time, is got anew, and nothing is lost.
func TestToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.reserved("success")
	w.later(10 * time.Hour)
	w.does(process.Capture, id, process.Succeeded)
	tokens := 0
	for _, r := range w.till.Requests() {
		if r.Route == "token" {
			tokens++
		}
	}
	if tokens != 2 {
		t.Errorf("%d tokens, want 2", tokens)
	}
	if err := w.till.SetFaults([]sandbox.Fault{{Route: "refund", Kind: "token_ended", Times: 2}}); err != nil {
		t.Fatal(err)
	}
	if out := w.Perform(t.Context(), operation(process.Refund, id)); out.Status != process.NotSent {
		t.Errorf("a token that is never taken: %+v", out)
	}
	w.does(process.Refund, id, process.Succeeded)
}

// All that was held may be less than was taken: a fee that the marketplace keeps does not come back.
func TestRefund_whole(t *testing.T) {
	t.Parallel()
	for whole, want := range map[bool]process.Fact{true: process.FactRefunded, false: process.FactRefundedInPart} {
		w := newWorld(t, nil)
		id := w.taken()
		op := operation(process.Refund, id)
		op.Amount, op.Whole = euro(5000), whole
		if out := w.Perform(t.Context(), op); out.Status != process.Succeeded {
			t.Fatalf("refund: %+v", out)
		}
		s := w.look(id, false)
		if !shows(s, want) || s.Totals.Refunded != 5000 || s.References[1].Text != op.Reference() {
			t.Errorf("whole %t: %+v", whole, s)
		}
	}
}
