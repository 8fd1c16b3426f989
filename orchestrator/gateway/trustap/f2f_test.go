package trustap_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

func faceOperation(verb process.Verb) orchestrator.Operation {
	op := operation(verb)
	op.Input = map[string]string{"description": "broken", "price": "5000", "reason": "too dear"}
	op.Transaction.Price, op.Transaction.Deposit = money.New(0, "EUR"), 1234
	return op
}

// openFace opens a deal in person and returns operations on it.
func openFace(t *testing.T, g *trustap.Gateway, w *sandboxtest.Server) (id int64, on func(process.Verb) orchestrator.Operation) {
	t.Helper()
	out := g.Perform(t.Context(), faceOperation(process.Charge))
	if out.Status != process.RequiresAction {
		t.Fatalf("charge: %+v", out)
	}
	return w.Sandbox.F2FTransactions()[0].ID, func(v process.Verb) orchestrator.Operation {
		op := faceOperation(v)
		op.Transaction.PaymentID = out.Snapshot.PaymentID
		return op
	}
}

func TestFace_charge(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	out := g.Perform(t.Context(), faceOperation(process.Charge))
	s := out.Snapshot
	if out.Status != process.RequiresAction || s.PaymentID != "p2p:1309" || s.Deposit != 1234 || s.Price != (money.Amount{}) || *s.Fees != (process.Fees{Buyer: 78, Deposit: 78}) {
		t.Fatalf("outcome %+v", out)
	}
	if want := w.URL + "/f2f/transactions/1309/pay_deposit?redirect_uri=https%3A%2F%2Fshop.example.com%2Fback"; s.RedirectURL != want {
		t.Errorf("pay at %s, want %s", s.RedirectURL, want)
	}
	if made := w.Sandbox.F2FTransactions()[0]; s.Payer == "" || s.Payer != made.BuyerID || s.Payee != made.SellerID || s.Payer == s.Payee {
		t.Errorf("from %q for %q, want from %q for %q", s.Payer, s.Payee, made.BuyerID, made.SellerID)
	}
	if d := w.Sandbox.F2FTransactions()[0].Description; d != "Old city bike [5f1c0e0a]" {
		t.Errorf("description %q", d)
	}
}

// What Trustap says of a deal in person, as facts, price and fees.
func TestFace_lookup(t *testing.T) {
	t.Parallel()
	for _, profile := range sandbox.Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			g, w := newGatewayOf(t, sandbox.Config{Start: t0, Seed: 1, Profile: profile})
			id, on := openFace(t, g, w)
			var err error
			perform := func(v process.Verb) func() {
				return func() {
					if out := g.Perform(t.Context(), on(v)); out.Status != process.Succeeded {
						t.Fatalf("%s: %+v", v, out)
					}
				}
			}
			steps := []struct {
				do   func()
				fact process.Fact
				pay  string
			}{
				{func() {}, "joined", "pay_deposit"},
				{func() { _, err = w.Sandbox.PayDeposit(id, "success") }, "deposit_paid", ""},
				{perform(process.AcceptDeposit), "deposit_accepted", ""},
				{perform(process.SetPrice), "priced", "pay_remainder"},
				{func() { _, err = w.Sandbox.PayRemainder(id, "success") }, "remainder_paid", ""},
				{perform(process.ConfirmReceipt), "buyer_handover_confirmed", ""},
				{perform(process.ConfirmHandover), "seller_handover_confirmed", ""},
				{perform(process.Complain), "complained", ""},
				{func() { _, err = w.Sandbox.ResolveF2FComplaint(id, "refund") }, "funds_refunded", ""},
			}
			var want []process.Fact
			for _, step := range steps {
				if step.do(); err != nil {
					t.Fatalf("%s: %v", step.fact, err)
				}
				want = append(want, step.fact)
				s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{CommunityID: 1, PaymentID: on("").Transaction.PaymentID, Buyer: "bea"})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(s.Facts))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", step.fact, diff)
				}
				if page := s.RedirectURL; (step.pay == "") != (page == "") || !strings.Contains(page, step.pay) {
					t.Errorf("%s: pay at %q, want %s", step.fact, page, step.pay)
				}
				price, fees := money.Amount{}, process.Fees{Buyer: 78, Deposit: 78}
				if len(want) >= 4 {
					price, fees = money.New(5000, "EUR"), process.Fees{Buyer: 190, Deposit: 78}
				}
				if s.Price != price || *s.Fees != fees || s.Deposit != 1234 {
					t.Errorf("%s: price %s, fees %+v, deposit %d", step.fact, s.Price, *s.Fees, s.Deposit)
				}
				if _, known := s.Deadlines[process.ComplaintDeadline]; known != (len(want) >= 7) {
					t.Errorf("%s: complaint deadline known = %v", step.fact, known)
				}
			}
		})
	}
}

var faceOutcomes = map[string]struct {
	before []process.Verb // performed first, after the deposit
	unpaid bool
	verb   process.Verb
	twice  bool
	fault  sandbox.Fault
	change func(*orchestrator.Operation)
	status process.Status
	code   fault.Reason
}{
	"accepted":             {verb: process.AcceptDeposit, status: process.Succeeded},
	"accepted twice":       {verb: process.AcceptDeposit, twice: true, status: process.Succeeded},
	"not paid":             {unpaid: true, verb: process.AcceptDeposit, status: process.Declined, code: "deposit_not_paid"},
	"cancelled":            {verb: process.Void, status: process.Succeeded},
	"cancelled, no reason": {verb: process.Void, change: func(op *orchestrator.Operation) { op.Input = nil }, status: process.Succeeded},
	"cancelled twice":      {verb: process.Void, twice: true, status: process.Succeeded},
	"skipped":              {before: []process.Verb{process.AcceptDeposit}, verb: process.SkipRemainder, status: process.Succeeded},
	"price not accepted":   {verb: process.SetPrice, status: process.Declined, code: "deposit_not_accepted"},
	"price set":            {before: []process.Verb{process.AcceptDeposit}, verb: process.SetPrice, status: process.Succeeded},
	"same price twice":     {before: []process.Verb{process.AcceptDeposit}, verb: process.SetPrice, twice: true, status: process.Succeeded},
	"another price": {before: []process.Verb{process.AcceptDeposit, process.SetPrice}, verb: process.SetPrice,
		change: func(op *orchestrator.Operation) { op.Input = map[string]string{"price": "6000"} }, status: process.Declined, code: "price_already_set"},
	"price without a quote": {before: []process.Verb{process.AcceptDeposit}, verb: process.SetPrice,
		fault: sandbox.Fault{Route: "p2p_get_charge", Kind: "cut_before", Times: -1}, status: process.NotSent, code: "gateway_unreachable"},
	"price, line cut": {before: []process.Verb{process.AcceptDeposit}, verb: process.SetPrice,
		fault: sandbox.Fault{Route: "p2p_set_price", Kind: "cut_after"}, status: process.Unknown, code: "no_clear_answer"},
	"handover too early":      {verb: process.ConfirmHandover, status: process.Declined, code: "remainder_required"},
	"received":                {before: []process.Verb{process.AcceptDeposit, process.SkipRemainder}, verb: process.ConfirmReceipt, twice: true, status: process.Succeeded},
	"handed over":             {before: []process.Verb{process.AcceptDeposit, process.SkipRemainder}, verb: process.ConfirmHandover, twice: true, status: process.Succeeded},
	"content":                 {before: []process.Verb{process.AcceptDeposit, process.SkipRemainder, process.ConfirmHandover}, verb: process.Release, twice: true, status: process.Succeeded},
	"content too early":       {before: []process.Verb{process.AcceptDeposit, process.SkipRemainder, process.ConfirmReceipt}, verb: process.Release, status: process.Declined, code: "handover_not_confirmed"},
	"deposit too low":         {verb: process.Charge, change: func(op *orchestrator.Operation) { op.Transaction.Deposit = 1 }, status: process.Declined, code: "price_too_low"},
	"verb of a shipped deal":  {verb: process.Track, status: process.NotSent, code: "unsupported_verb"},
	"payment id is no number": {verb: process.Void, change: func(op *orchestrator.Operation) { op.Transaction.PaymentID = "p2p:x" }, status: process.NotSent, code: "payment_unknown"},
	"people of the payment":   {verb: process.Void, change: func(op *orchestrator.Operation) { op.Transaction.Seller, op.Transaction.Buyer = "ghost", "ghost" }, status: process.Succeeded},
}

func TestFace_outcomes(t *testing.T) {
	t.Parallel()
	for name, tc := range faceOutcomes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, w := newGateway(t)
			id, on := openFace(t, g, w)
			if !tc.unpaid {
				if _, err := w.Sandbox.PayDeposit(id, "success"); err != nil {
					t.Fatal(err)
				}
			}
			for _, v := range tc.before {
				if out := g.Perform(t.Context(), on(v)); out.Status != process.Succeeded {
					t.Fatalf("%s: %+v", v, out)
				}
			}
			if tc.fault.Kind != "" {
				if err := w.Sandbox.SetFaults([]sandbox.Fault{tc.fault}); err != nil {
					t.Fatal(err)
				}
			}
			op := on(tc.verb)
			if tc.change != nil {
				tc.change(&op)
			}
			if tc.twice {
				g.Perform(t.Context(), op)
			}
			if out := g.Perform(t.Context(), op); out.Status != tc.status || out.Code != tc.code {
				t.Errorf("outcome %s %q (%v), want %s %q", out.Status, out.Code, out.Err, tc.status, tc.code)
			}
		})
	}
}

// A reference is found in whichever model it is.
func TestFace_lookupByReference(t *testing.T) {
	t.Parallel()
	g, w := newGateway(t)
	if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "p2p_create_with_guest_user", Kind: "cut_after"}}); err != nil {
		t.Fatal(err)
	}
	if out := g.Perform(t.Context(), faceOperation(process.Charge)); out.Status != process.Unknown {
		t.Fatalf("cut line: %+v, want unknown", out)
	}
	ref := orchestrator.PaymentRef{CommunityID: 1, Reference: "5f1c0e0a", Since: t0, Buyer: "bea", Seller: "sam"}
	if s, err := g.Lookup(t.Context(), ref); err != nil || s.PaymentID != "p2p:1309" {
		t.Errorf("lost payment: %+v, %v; want it found", s, err)
	}
	ref.PaymentID = "1309"
	if s, err := g.Lookup(t.Context(), ref); err != nil || s.Found {
		t.Errorf("the online deal of the same number: %+v, %v; want nothing", s, err)
	}
}

// newStatement makes three shipped deals and three in person: unpaid, released and
// refunded.
func newStatement(t *testing.T) (*trustap.Gateway, *sandboxtest.Server) {
	t.Helper()
	g, w := newGateway(t)
	g.ClientID = "sandbox"
	for _, base := range []orchestrator.Operation{operation(process.Charge), faceOperation(process.Charge)} {
		for _, end := range []string{"unpaid", "released", "refunded"} {
			op := base
			op.IntentID = end
			if out := g.Perform(t.Context(), op); out.Status != process.RequiresAction {
				t.Fatalf("%s: %+v", end, out)
			}
		}
	}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	verbs := func(paymentID string, vs ...process.Verb) {
		for _, v := range vs {
			op := faceOperation(v)
			op.Transaction.PaymentID = paymentID
			if !strings.HasPrefix(paymentID, "p2p:") {
				op = operation(v)
				op.Transaction.PaymentID = paymentID
			}
			if out := g.Perform(t.Context(), op); out.Status != process.Succeeded {
				t.Fatalf("%s of %s: %+v", v, paymentID, out)
			}
		}
	}
	for _, id := range []int64{1310, 1311} {
		must(w.Sandbox.Pay(id, "success"))
		must(w.Sandbox.PayDeposit(id, "success"))
	}
	verbs("1310", process.Track, process.ConfirmDelivery, process.Release)
	verbs("1311", process.Track, process.ConfirmDelivery, process.Complain)
	must(w.Sandbox.ResolveComplaint(1311, "refund"))
	verbs("p2p:1310", process.AcceptDeposit, process.SetPrice)
	must(w.Sandbox.PayRemainder(1310, "success"))
	verbs("p2p:1310", process.ConfirmHandover, process.Release)
	verbs("p2p:1311", process.Void)
	if err := w.Sandbox.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	return g, w
}

func TestPayments(t *testing.T) {
	t.Parallel()
	g, _ := newStatement(t)
	type line struct {
		Reference                    string
		Captured, Refunded, Released int64
	}
	got := map[string]line{}
	for l, err := range g.Payments(t.Context(), t0, t0.Add(time.Second)) {
		if err != nil {
			t.Fatal(err)
		}
		got[l.PaymentID] = line{l.Reference, l.Captured, l.Refunded, l.Released}
	}
	want := map[string]line{
		"1309": {"unpaid", 0, 0, 0}, "1310": {"released", 1312, 0, 1234}, "1311": {"refunded", 1312, 1234, 0},
		"p2p:1309": {"unpaid", 0, 0, 0}, "p2p:1310": {"released", 5190, 0, 5000}, "p2p:1311": {"refunded", 1312, 1234, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for l, err := range g.Payments(t.Context(), t0.Add(time.Second), t0.Add(time.Hour)) {
		t.Errorf("later there is %+v, %v", l, err)
	}
	g.ClientID = ""
	for l, err := range g.Payments(t.Context(), t0, t0.Add(time.Second)) {
		if fault.ReasonOf(err) != "client_id_missing" || !strings.Contains(err.Error(), "HANDSEL_TRUSTAP_CLIENT_ID") {
			t.Errorf("without a client id there is %+v, %v", l, err)
		}
	}
}
