package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/sandbox"
)

// The seller cancels while the buyer pays the rest: either the deposit goes back, or
// all is paid and the seller is told.
func TestF2F_cancelAgainstRemainder(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for range 20 {
			tx := w.MustSetPrice(w.BringF2FTo(escrowf2f.DepositAccepted))
			id := w.F2FID(tx)
			errs := race(
				func() error { _, err := w.Do(tx, "cancel", testkit.Seller); return err },
				func() error { _, err := w.Sandbox.PayRemainder(id, "success"); return err },
			)
			w.MustSettle()
			want, funds := escrowf2f.DepositRefunded, depositRefunded
			if errs[1] == nil {
				want, funds = escrowf2f.RemainderPaid, process.Funds{Captured: 10_340, Held: 10_000, Fees: 340}
			}
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("cancel answered %v, the payment %v: want exactly one winner", errs[0], errs[1])
			}
			if errs[0] != nil && fault.CodeOf(errs[0]) != fault.Conflict {
				t.Errorf("the late cancel got %v, want a conflict with a reason", errs[0])
			}
			if tx = w.Load(tx); tx.State != want || tx.Funds != funds {
				t.Errorf("the deal is %s with %+v, want %s with %+v", tx.State, tx.Funds, want, funds)
			}
		}
		w.CheckBooks()
	})
}

// Both sides confirm at the same moment: both count, once each.
func TestF2F_bothConfirmAtOnce(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for range 10 {
			tx := w.BringF2FTo(escrowf2f.RemainderPaid)
			errs := race(
				func() error { return insist(w, tx, "confirm_receipt", testkit.Buyer) },
				func() error { return insist(w, tx, "confirm_handover", testkit.Seller) },
			)
			w.MustSettle()
			now := w.Load(tx)
			if err := errors.Join(errs...); err != nil || now.State != escrowf2f.SellerHandoverConfirmed || !now.Has(process.FactBuyerHandoverConfirmed) {
				t.Errorf("the deal is %s with %v, %v", now.State, now.Facts, err)
			}
		}
		w.CheckBooks()
	})
}

// insist tries again while the other side's operation is in progress.
func insist(w *testkit.Testbed, tx orchestrator.Transaction, name process.Transition, a process.Actor) error {
	for {
		_, err := w.Do(tx, name, a)
		if fault.ReasonOf(err) != "operation_in_progress" {
			return err
		}
	}
}

// The seller sets the price at the gateway and does something else here, having
// forgotten. The gateway's price holds, and the seller is told.
func TestF2F_priceSetThere(t *testing.T) {
	t.Parallel()
	for _, name := range []process.Transition{"set_price", "skip_remainder"} {
		w := testkit.New(t, testkit.Options{Manual: true})
		tx := w.BringF2FTo(escrowf2f.DepositAccepted)
		w.RemoteF2F(tx, "set_price", testkit.Seller, `{"currency":"eur","price":5000,"charge":190,"charge_calculator_version":2}`)
		if err := f2fStep(t.Context(), w, tx, name, testkit.Seller); fault.ReasonOf(err) != "price_already_set" {
			t.Errorf("%s: got %v, want price_already_set", name, err)
		}
		if tx = w.Load(tx); tx.Price.Minor() != 5_000 || tx.BuyerFee != 190 || tx.Attention != "" || tx.Operation != "" {
			t.Errorf("%s: price %s + %d, attention %q, operation %q", name, tx.Price, tx.BuyerFee, tx.Attention, tx.Operation)
		}
		if tx = w.PayRemainder(tx); tx.State != escrowf2f.RemainderPaid || tx.Funds != (process.Funds{Captured: 5_190, Held: 5_000, Fees: 190}) {
			t.Errorf("%s: the deal is %s with %+v", name, tx.State, tx.Funds)
		}
		w.CheckBooks()
	}
}

// A webhook tells of the buyer's confirmation while another call of theirs is under
// way: the call is not lost.
func TestF2F_otherFactWhileBusy(t *testing.T) {
	t.Parallel()
	var meanwhile func()
	w := testkit.New(t, testkit.Options{CallTimeout: time.Minute, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/end_complaint_period_with_guest_buyer") {
			meanwhile()
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	tx := w.MustDo(w.BringF2FTo(escrowf2f.RemainderPaid), "confirm_handover", testkit.Seller)
	w.MustSettle()
	meanwhile = func() {
		w.RemoteF2F(tx, "confirm_handover_with_guest_user", testkit.Buyer, "")
		w.MustSettle()
		if now := w.Load(tx); !now.Has(process.FactBuyerHandoverConfirmed) || now.Operation != "end_complaint_period" {
			t.Errorf("the deal has %v and operation %q", now.Facts, now.Operation)
		}
	}
	w.MustDo(tx, "end_complaint_period", testkit.Buyer)
	w.MustSettle()
	if now := w.Load(tx); now.State != escrow.FundsReleased || now.Operation != "" {
		t.Errorf("the deal is %s with operation %q", now.State, now.Operation)
	}
	w.CheckBooks()
}

// f2fOperations are the steps of a deal in person that ask the gateway.
var f2fOperations = []struct {
	from   process.State
	name   process.Transition
	actor  process.Actor
	remote string
	want   process.State
	fact   process.Fact
}{
	{"", "create", testkit.Buyer, "p2p_create_with_guest_user", escrow.Joined, process.FactJoined},
	{escrowf2f.DepositPaid, "accept_deposit", testkit.Seller, "p2p_accept_deposit_with_guest_seller", escrowf2f.DepositAccepted, process.FactDepositAccepted},
	{escrowf2f.DepositAccepted, "set_price", testkit.Seller, "p2p_set_price", escrowf2f.DepositAccepted, process.FactPriced},
	{escrowf2f.DepositAccepted, "skip_remainder", testkit.Seller, "p2p_skip_remainder", escrowf2f.RemainderSkipped, process.FactRemainderSkipped},
	{escrowf2f.DepositAccepted, "cancel", testkit.Buyer, "p2p_cancel_with_description_with_guest_user", escrowf2f.DepositRefunded, process.FactCancelled},
	{escrowf2f.RemainderPaid, "confirm_receipt", testkit.Buyer, "p2p_confirm_handover_with_guest_user", escrowf2f.BuyerHandoverConfirmed, process.FactBuyerHandoverConfirmed},
	{escrowf2f.RemainderPaid, "complain", testkit.Buyer, "p2p_complain_with_guest_buyer", escrow.Complained, process.FactComplained},
	{escrowf2f.SellerHandoverConfirmed, "end_complaint_period", testkit.Buyer, "p2p_end_complaint_period_with_guest_buyer", escrow.FundsReleased, process.FactComplaintPeriodEnded},
}

// Answers are lost and engines die; every step happens once all the same.
func TestF2F_lostAnswers(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		r := newFrail(t, url)
		for i, op := range f2fOperations {
			for j, b := range blows {
				// The engine is the same on both databases: all blows on one are enough.
				if strings.HasPrefix(url, "postgres") && i%len(blows) != j {
					continue
				}
				t.Run(string(op.name)+" "+b.name, func(t *testing.T) {
					var tx orchestrator.Transaction
					if op.from != "" {
						tx = r.BringF2FTo(op.from)
					}
					before := r.Effects()[op.remote]
					r.strike(t, b, op.remote, func() error { return f2fStep(t.Context(), r.Testbed, tx, op.name, op.actor) })
					r.Advance(2 * time.Hour)
					if tx.ID == 0 {
						tx.CommunityID, tx.ID = testkit.F2F().CommunityID, firstID(t, r.Testbed)
					}
					tx = r.Load(tx)
					if n := r.Effects()[op.remote] - before; n != 1 || tx.State != op.want || !tx.Has(op.fact) || tx.Operation != "" {
						t.Errorf("%d effects; the deal is %s with operation %q and %v, want %s", n, tx.State, tx.Operation, tx.Facts, op.want)
					}
					r.CheckBooks()
				})
			}
		}
	})
}

// blow is one way to lose what came of a call: the engine dies at a hook, or the
// sandbox's line fails.
type blow struct{ name, hook, fault string }

var blows = []blow{
	{name: "claimed, not sent", hook: "after_claim"},
	{name: "cut after the effect", fault: "cut_after"},
	{name: "cut before the effect", fault: "cut_before"},
	{name: "error after the effect", fault: "error_after"},
	{name: "done, not stored", hook: "after_effect"},
}

// frail is a testbed whose calls can be struck.
type frail struct {
	*testkit.Testbed
	arm *armed
}

func newFrail(t *testing.T, url string) *frail {
	f := &frail{arm: &armed{}}
	f.Testbed = testkit.New(t, testkit.Options{DatabaseURL: url, Hook: f.arm.hook, CallTimeout: time.Minute})
	return f
}

// strike lets a call fail, and lets the engine start again and recover.
func (f *frail) strike(t *testing.T, b blow, remote string, call func() error) {
	t.Helper()
	f.arm.set(b.hook)
	var faults []sandbox.Fault
	if b.fault != "" {
		faults = []sandbox.Fault{{Route: remote, Kind: b.fault}}
	}
	if err := f.Sandbox.SetFaults(faults); err != nil {
		t.Fatal(err)
	}
	var err error
	crashed := testkit.Survive(func() { err = call() })
	if crashed != (b.hook != "") || b.hook == "" && err == nil {
		t.Fatalf("crashed %v, error %v: the blow did not strike", crashed, err)
	}
	if err := f.Sandbox.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	f.Restart()
	f.Advance(5 * time.Minute)
	f.Advance(5 * time.Minute)
}

func f2fStep(ctx context.Context, w *testkit.Testbed, tx orchestrator.Transaction, name process.Transition, a process.Actor) error {
	var err error
	switch name {
	case "create":
		_, err = w.Engine.Create(ctx, testkit.F2F())
	case "set_price":
		_, err = w.SetPrice(tx, testkit.Price)
	default:
		_, err = w.Do(tx, name, a)
	}
	return err
}

// A random walk of deals in person, as TestWalk is one of shipped ones.
func TestF2F_walk(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		for seed := range uint64(testsize.Of(2, 1)) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), CallTimeout: time.Minute})
				walk := &f2fWalker{walker{t: t, w: w, random: rand.New(rand.NewPCG(seed, 43))}}
				for range testsize.Of(100, 50) {
					walk.step()
				}
				walk.heal()
			})
		}
	})
}

type f2fWalker struct{ walker }

// f2fTransitions has those more often that lead on.
var f2fTransitions = []process.Transition{
	"accept_deposit", "accept_deposit", "accept_deposit", "set_price", "set_price", "set_price", "skip_remainder",
	"confirm_receipt", "confirm_receipt", "confirm_receipt", "confirm_handover", "confirm_handover", "confirm_handover",
	"complain", "end_complaint_period", "cancel", "pay_remainder",
}

func (k *f2fWalker) step() {
	if len(k.deals) < 4 {
		result, err := k.w.Engine.Create(k.t.Context(), testkit.F2F())
		k.allowed(err)
		if result.Transaction.ID != 0 {
			k.deals = append(k.deals, result.Transaction)
		}
		return
	}
	tx := k.deals[k.random.IntN(len(k.deals))]
	switch k.random.IntN(10) {
	case 0, 1, 2, 3, 4:
		k.allowed(f2fStep(k.t.Context(), k.w, tx, f2fTransitions[k.random.IntN(len(f2fTransitions))], anyActor[k.random.IntN(len(anyActor))]))
	case 5, 6:
		k.pay(k.w.Load(tx))
	case 7:
		k.w.Advance(time.Duration(k.random.IntN(20)) * time.Hour)
	case 8:
		k.fault()
	case 9:
		k.w.Restart()
	}
	k.w.CheckBooks()
}

func (k *f2fWalker) fault() {
	operations := append(sandbox.RouteNames(), "webhook")
	f := sandbox.Fault{Route: operations[k.random.IntN(len(operations))], Kind: anyFault[k.random.IntN(len(anyFault))], Times: 1 + k.random.IntN(3)}
	if f.Route == "webhook" {
		f.Kind = sandbox.WebhookFaultKinds()[k.random.IntN(4)]
	}
	if err := k.w.Sandbox.SetFaults([]sandbox.Fault{f}); err != nil {
		k.t.Fatal(err)
	}
}

// pay does something at the gateway that the state may or may not allow.
func (k *f2fWalker) pay(tx orchestrator.Transaction) {
	if tx.PaymentID == "" {
		return
	}
	id := k.w.F2FID(tx)
	if k.random.IntN(4) == 0 {
		_, _ = k.w.Sandbox.ResolveF2FComplaint(id, []string{"refund", "release"}[k.random.IntN(2)])
		return
	}
	card := []string{"success", "success", "card_declined"}[k.random.IntN(3)]
	if _, err := k.w.Sandbox.PayDeposit(id, card); err != nil {
		_, _ = k.w.Sandbox.PayRemainder(id, card)
	}
}

// heal ends all faults and lets two months pass.
func (k *f2fWalker) heal() {
	if err := k.w.Sandbox.SetFaults(nil); err != nil {
		k.t.Fatal(err)
	}
	k.twoMonths()
	k.w.CheckBooks()
	list, err := k.w.Store.List(k.t.Context(), orchestrator.Filter{CommunityID: testkit.F2F().CommunityID, Process: "escrow_f2f", Limit: 100})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, tx := range list {
		info, _ := escrowf2f.V1().StateInfo(tx.State)
		if tx.Operation != "" || tx.Attention != "" || !info.Terminal && info.OpenEnded == "" {
			k.t.Errorf("deal %d still is %s with operation %q, attention %q", tx.ID, tx.State, tx.Operation, tx.Attention)
		}
	}
	if payments := len(k.w.Sandbox.F2FTransactions()); payments > len(list) {
		k.t.Errorf("%d payments for %d deals: something was created twice", payments, len(list))
	}
}
