package orchestrator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/sandbox"
)

const day = 24 * time.Hour

// The funds at the ends of a deal in person.
var (
	nothingPaid     = process.Funds{}
	wholeReleased   = process.Funds{Captured: 10_340, Released: 10_000, Fees: 340}
	wholeRefunded   = process.Funds{Captured: 10_340, Refunded: 10_000, Fees: 340}
	depositReleased = process.Funds{Captured: 2_100, Released: 2_000, Fees: 100}
	depositRefunded = process.Funds{Captured: 2_100, Refunded: 2_000, Fees: 100}
)

// f2fEnding is one way through a deal in person, from a state on.
type f2fEnding struct {
	from process.State
	play func(w *testkit.Testbed, tx orchestrator.Transaction)
	want process.State
	fund process.Funds
}

// do takes transitions by the two sides: "confirm_receipt buyer".
func do(steps ...string) func(w *testkit.Testbed, tx orchestrator.Transaction) {
	return func(w *testkit.Testbed, tx orchestrator.Transaction) {
		for _, step := range steps {
			name, side, _ := strings.Cut(step, " ")
			actor := testkit.Buyer
			if side == "seller" {
				actor = testkit.Seller
			}
			w.MustDo(tx, process.Transition(name), actor)
		}
		w.MustSettle()
	}
}

// wait lets time pass after some steps.
func wait(d time.Duration, steps ...string) func(w *testkit.Testbed, tx orchestrator.Transaction) {
	return func(w *testkit.Testbed, tx orchestrator.Transaction) {
		do(steps...)(w, tx)
		w.Advance(d + time.Minute)
	}
}

var f2fEndings = map[string]f2fEnding{
	"both confirm, buyer first":  {escrowf2f.RemainderPaid, wait(day, "confirm_receipt buyer", "confirm_handover seller"), escrow.FundsReleased, wholeReleased},
	"both confirm, seller first": {escrowf2f.RemainderPaid, wait(day, "confirm_handover seller", "confirm_receipt buyer"), escrow.FundsReleased, wholeReleased},
	"the seller alone confirms":  {escrowf2f.RemainderPaid, wait(day, "confirm_handover seller"), escrow.FundsReleased, wholeReleased},
	"the seller forgets to confirm": {escrowf2f.BuyerHandoverConfirmed, func(w *testkit.Testbed, tx orchestrator.Transaction) {
		wait(14*day)(w, tx)
		wait(day)(w, tx)
	}, escrow.FundsReleased, wholeReleased},
	"the buyer is content": {escrowf2f.SellerHandoverConfirmed, do("end_complaint_period buyer"), escrow.FundsReleased, wholeReleased},
	"remainder skipped":    {escrowf2f.DepositAccepted, wait(day, "skip_remainder seller", "confirm_handover seller"), escrow.FundsReleased, depositReleased},

	"cancelled unpaid":             {escrow.Joined, do("cancel seller"), escrow.Cancelled, nothingPaid},
	"never paid":                   {escrow.Joined, wait(14 * day), escrow.Cancelled, nothingPaid},
	"cancelled with deposit":       {escrowf2f.DepositPaid, do("cancel buyer"), escrowf2f.DepositRefunded, depositRefunded},
	"cancelled after acceptance":   {escrowf2f.DepositAccepted, do("cancel seller"), escrowf2f.DepositRefunded, depositRefunded},
	"deposit never accepted":       {escrowf2f.DepositPaid, wait(14*day + 2*time.Hour), escrowf2f.DepositRefunded, depositRefunded},
	"waits for the price for ever": {escrowf2f.DepositAccepted, wait(60 * day), escrowf2f.DepositAccepted, process.Funds{Captured: 2_100, Held: 2_000, Fees: 100}},
	"cancelled although priced": {escrowf2f.DepositAccepted, func(w *testkit.Testbed, tx orchestrator.Transaction) {
		do("cancel buyer")(w, w.MustSetPrice(tx))
	}, escrowf2f.DepositRefunded, depositRefunded},

	"complaint decided for the buyer":     {escrow.Complained, decide("refund"), escrow.Refunded, wholeRefunded},
	"H6 the seller accepts the complaint": {escrow.Complained, do("accept_complaint seller"), escrow.Refunded, wholeRefunded},
	"complaint decided for the seller":    {escrow.Complained, decide("release"), escrow.FundsReleased, wholeReleased},
	"complaint before any handover": {escrowf2f.RemainderPaid, func(w *testkit.Testbed, tx orchestrator.Transaction) {
		do("complain buyer")(w, tx)
		w.DecideF2F(tx, "refund")
	}, escrow.Refunded, wholeRefunded},
	"complaint of a deposit": {escrowf2f.DepositAccepted, func(w *testkit.Testbed, tx orchestrator.Transaction) {
		do("skip_remainder seller", "confirm_handover seller", "complain buyer")(w, tx)
		w.DecideF2F(tx, "refund")
	}, escrow.Refunded, depositRefunded},
	"review refuses the remainder": {escrowf2f.DepositAccepted, func(w *testkit.Testbed, tx orchestrator.Transaction) {
		id := w.F2FID(w.MustSetPrice(tx))
		if _, err := w.Sandbox.PayRemainder(id, "review"); err != nil {
			panic(err)
		}
		w.MustSettle()
		if _, err := w.Sandbox.FinishF2FReview(id, false); err != nil {
			panic(err)
		}
		w.MustSettle()
	}, escrowf2f.DepositRefunded, wholeRefunded},
}

func decide(outcome string) func(w *testkit.Testbed, tx orchestrator.Transaction) {
	return func(w *testkit.Testbed, tx orchestrator.Transaction) { w.DecideF2F(tx, outcome) }
}

// Every way through a deal in person, with the books at the end.
func TestF2F_endings(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for name, tc := range f2fEndings {
			t.Run(name, func(t *testing.T) {
				testkit.OneOfMany(t, url)
				tx := w.BringF2FTo(tc.from)
				tc.play(w, tx)
				if tx = w.Load(tx); tx.State != tc.want || tx.Funds != tc.fund || tx.Attention != "" {
					t.Errorf("the deal is %s with %+v (%s), want %s with %+v", tx.State, tx.Funds, tx.Attention, tc.want, tc.fund)
				}
				w.CheckBooks()
			})
		}
	})
}

// What people see of a deal on its way to the price.
func TestF2F_terms(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := w.OpenF2F()
	if !strings.HasSuffix(tx.RedirectURL, fmt.Sprintf("/f2f/transactions/%d/pay_deposit", w.F2FID(tx))) || !tx.Price.IsZero() || tx.Deposit != 2_000 || tx.DepositFee != 100 {
		t.Errorf("opened: pay %q, price %s, deposit %d + %d", tx.RedirectURL, tx.Price, tx.Deposit, tx.DepositFee)
	}
	if tx = w.PayDeposit(tx); tx.RedirectURL != "" {
		t.Errorf("paid, and still to pay at %q", tx.RedirectURL)
	}
	w.MustDo(tx, "accept_deposit", testkit.Seller)
	tx = w.MustSetPrice(tx)
	if tx.State != escrowf2f.DepositAccepted || !tx.Has(process.FactPriced) || tx.Price != money.New(10_000, "EUR") || tx.BuyerFee != 340 {
		t.Errorf("priced: %s %v, price %s + %d", tx.State, tx.Facts, tx.Price, tx.BuyerFee)
	}
	if !strings.HasSuffix(tx.RedirectURL, "/pay_remainder") {
		t.Errorf("pay the remainder at %q", tx.RedirectURL)
	}
	tx = w.PayRemainder(tx)
	if want := (process.Funds{Captured: 10_340, Held: 10_000, Fees: 340}); tx.Funds != want || tx.RedirectURL != "" {
		t.Errorf("remainder paid: %+v, pay at %q; want %+v", tx.Funds, tx.RedirectURL, want)
	}
	skipped := w.MustDo(w.BringF2FTo(escrowf2f.DepositAccepted), "skip_remainder", testkit.Seller)
	if skipped.Price != money.New(2_000, "EUR") || skipped.BuyerFee != 100 {
		t.Errorf("skipped: price %s + %d, want that of the deposit", skipped.Price, skipped.BuyerFee)
	}
	w.CheckBooks()
}

func TestF2F_refusals(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	accepted, complained := w.BringF2FTo(escrowf2f.DepositAccepted), w.BringF2FTo(escrow.Complained)
	confirmed, paid := w.BringF2FTo(escrowf2f.SellerHandoverConfirmed), w.BringF2FTo(escrowf2f.RemainderPaid)
	priced := w.MustSetPrice(w.BringF2FTo(escrowf2f.DepositAccepted))
	tests := map[string]struct {
		tx     orchestrator.Transaction
		name   process.Transition
		actor  process.Actor
		input  map[string]string
		code   fault.Code
		reason fault.Reason
	}{
		"buyer sets the price":        {accepted, "set_price", testkit.Buyer, map[string]string{"price": "10000"}, fault.Forbidden, "not_seller"},
		"no price":                    {accepted, "set_price", testkit.Seller, nil, fault.Invalid, "invalid_price"},
		"price is no number":          {accepted, "set_price", testkit.Seller, map[string]string{"price": "100.00"}, fault.Invalid, "invalid_price"},
		"price is the deposit":        {accepted, "set_price", testkit.Seller, map[string]string{"price": "2000"}, fault.Invalid, "remainder_too_low"},
		"price is set":                {priced, "set_price", testkit.Seller, map[string]string{"price": "10000"}, fault.Conflict, "price_already_set"},
		"skip after the price":        {priced, "skip_remainder", testkit.Seller, nil, fault.Conflict, "price_already_set"},
		"buyer confirms for seller":   {paid, "confirm_handover", testkit.Buyer, nil, fault.Forbidden, "not_seller"},
		"handover before remainder":   {priced, "confirm_handover", testkit.Seller, nil, fault.Conflict, "illegal_transition"},
		"buyer confirms twice":        {confirmed, "confirm_receipt", testkit.Buyer, nil, fault.Conflict, "buyer_handover_already_confirmed"},
		"seller confirms twice":       {confirmed, "confirm_handover", testkit.Seller, nil, fault.Conflict, "illegal_transition"},
		"cancel after remainder":      {paid, "cancel", testkit.Buyer, nil, fault.Conflict, "illegal_transition"},
		"complaint without a text":    {confirmed, "complain", testkit.Buyer, map[string]string{"description": " "}, fault.Invalid, "empty_complaint_description"},
		"content after the complaint": {complained, "end_complaint_period", testkit.Buyer, nil, fault.Conflict, "illegal_transition"},
		"only the gateway pays":       {priced, "pay_remainder", testkit.Backend, nil, fault.Forbidden, "not_gateway"},
	}
	for name, tc := range tests {
		_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tc.tx.CommunityID, TransactionID: tc.tx.ID, Transition: tc.name, Actor: tc.actor, Input: tc.input})
		if got := fault.As(err); err == nil || got.Code != tc.code || got.Reason != tc.reason {
			t.Errorf("%s: got %v, want %s %s", name, err, tc.code, tc.reason)
		}
	}
}

func TestF2F_createRefusals(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tests := map[string]struct {
		change func(*orchestrator.CreateInput)
		reason fault.Reason
	}{
		"no deposit":         {func(in *orchestrator.CreateInput) { in.Deposit = 0 }, "invalid_deposit"},
		"deposit below zero": {func(in *orchestrator.CreateInput) { in.Deposit = -1 }, "deposit_too_low"},
		"deposit of a shipped deal": {func(in *orchestrator.CreateInput) {
			in.Process, in.UnitPrice = "escrow_online", money.New(5_000, "EUR")
		}, "invalid_deposit"},
		"too low for the gateway": {func(in *orchestrator.CreateInput) { in.Deposit = 5 }, "price_too_low"},
	}
	for name, tc := range tests {
		in := testkit.F2F()
		tc.change(&in)
		if _, err := w.Engine.Create(t.Context(), in); fault.ReasonOf(err) != tc.reason {
			t.Errorf("%s: got %v, want %s", name, err, tc.reason)
		}
	}
	w.CheckBooks()
}

// An invited deal in person is joined, rejected, or forgotten.
func TestF2F_invitation(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	invited := func() orchestrator.Transaction {
		in := testkit.F2F()
		in.Transition, in.Actor, in.Starter, in.Author, in.Seller = "invite", testkit.Seller, "sam", "", "sam"
		result, err := w.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return result.Transaction
	}
	joined, rejected, forgotten := invited(), invited(), invited()
	if err := join(t, w, joined, "bea", joined.JoinCode); err != nil {
		t.Error(err)
	}
	if _, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
		CommunityID: rejected.CommunityID, TransactionID: rejected.ID, Transition: "reject", Actor: testkit.Buyer, Input: map[string]string{"join_code": rejected.JoinCode},
	}); err != nil {
		t.Error(err)
	}
	w.PayDeposit(w.Load(joined))
	w.MustDo(joined, "accept_deposit", testkit.Seller)
	w.Advance(30*day + time.Minute)
	got := map[process.State]int{}
	for _, tx := range []orchestrator.Transaction{joined, rejected, forgotten} {
		got[w.Load(tx).State]++
	}
	want := map[process.State]int{escrowf2f.DepositAccepted: 1, escrow.Rejected: 1, escrow.Cancelled: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.CheckBooks()
}

// Everything happens at the gateway while the engine is deaf. One look brings the
// whole story, whose price it has never heard of.
func TestF2F_catchesUp(t *testing.T) {
	t.Parallel()
	const price = `{"currency":"eur","price":10000,"charge":340,"charge_calculator_version":2}`
	tests := map[string]struct {
		steps []string
		want  process.State
		fund  process.Funds
	}{
		"sold":      {[]string{"pay_deposit", "accept_deposit_with_guest_seller", "set_price", "pay_remainder", "confirm_handover_with_guest_user", "a day"}, escrow.FundsReleased, wholeReleased},
		"skipped":   {[]string{"pay_deposit", "accept_deposit_with_guest_seller", "skip_remainder", "confirm_handover_with_guest_user", "a day"}, escrow.FundsReleased, depositReleased},
		"cancelled": {[]string{"pay_deposit", "accept_deposit_with_guest_seller", "set_price", "cancel_with_description_with_guest_user", "a day"}, escrowf2f.DepositRefunded, depositRefunded},
		"complaint": {[]string{"pay_deposit", "accept_deposit_with_guest_seller", "set_price", "pay_remainder", "confirm_handover_with_guest_user", "complain_with_guest_buyer", "decide"}, escrow.Refunded, wholeRefunded},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{Manual: true})
			tx := w.OpenF2F()
			for _, step := range tc.steps {
				var err error
				switch step {
				case "pay_deposit":
					_, err = w.Sandbox.PayDeposit(w.F2FID(tx), "success")
				case "pay_remainder":
					_, err = w.Sandbox.PayRemainder(w.F2FID(tx), "success")
				case "decide":
					_, err = w.Sandbox.ResolveF2FComplaint(w.F2FID(tx), "refund")
				case "a day":
					err = w.Sandbox.Advance(25 * time.Hour)
				case "set_price":
					w.RemoteF2F(tx, step, testkit.Seller, price)
				case "complain_with_guest_buyer":
					w.RemoteF2F(tx, step, testkit.Buyer, `{"description":"broken"}`)
				case "cancel_with_description_with_guest_user":
					w.RemoteF2F(tx, step, testkit.Buyer, `{"description":"too dear"}`)
				default:
					w.RemoteF2F(tx, step, testkit.Seller, "")
				}
				if err != nil {
					t.Fatalf("%s: %v", step, err)
				}
			}
			w.MustSettle()
			if tx = w.Load(tx); tx.State != tc.want || tx.Funds != tc.fund || tx.Attention != "" {
				t.Errorf("the deal is %s with %+v (%s), want %s with %+v", tx.State, tx.Funds, tx.Attention, tc.want, tc.fund)
			}
			w.CheckBooks()
		})
	}
}

// A deal of each model has the same number at the gateway.
func TestF2F_numbersDoNotCollide(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Sandbox: func(c *sandbox.Config) { c.FirstF2FID = 1309 }})
	shipped, inPerson := w.Open(), w.OpenF2F()
	if w.PaymentID(shipped) != w.F2FID(inPerson) {
		t.Fatalf("the sandbox gave %s and %s; the test needs equal numbers", shipped.PaymentID, inPerson.PaymentID)
	}
	shipped, inPerson = w.Pay(shipped), w.PayDeposit(inPerson)
	if shipped.State != escrowonline.Paid || inPerson.State != escrowf2f.DepositPaid {
		t.Errorf("the deals are %s and %s", shipped.State, inPerson.State)
	}
	tx, err := w.Store.FindPayment(t.Context(), "trustap", inPerson.PaymentID)
	if err != nil || tx.ID != inPerson.ID || tx.CommunityID != app.SampleCommunity {
		t.Errorf("payment %s is of %d, %v", inPerson.PaymentID, tx.ID, err)
	}
	w.CheckBooks()
}
