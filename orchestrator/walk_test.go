package orchestrator_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/sandbox"
)

// A random walk: people, the gateway, time, faults and restarts in any order. The
// invariants hold after every step, and once the faults stop every deal comes to
// an end by itself.
func TestWalk(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		for seed := range uint64(testsize.Of(2, 1)) {
			t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), CallTimeout: time.Minute})
				walk := &walker{t: t, w: w, random: rand.New(rand.NewPCG(seed, 42))}
				for range testsize.Of(60, 30) {
					walk.step()
				}
				walk.heal()
			})
		}
	})
}

type walker struct {
	t      *testing.T
	w      *testkit.Testbed
	random *rand.Rand
	deals  []orchestrator.Transaction
}

var (
	anyTransition = []process.Transition{"cancel", "track", "confirm_delivery", "complain", "end_complaint_period", "pay", "release", "expire"}
	anyActor      = []process.Actor{testkit.Buyer, testkit.Seller, testkit.Backend, {Kind: process.User, ID: "eve"}}
	anyFault      = []string{"cut_before", "cut_after", "error_before", "error_after", "broken_json", "html", "rate_limit"}
)

func (k *walker) step() {
	if len(k.deals) == 0 || k.random.IntN(8) == 0 {
		k.open()
		return
	}
	tx := k.deals[k.random.IntN(len(k.deals))]
	switch k.random.IntN(10) {
	case 0, 1, 2, 3:
		k.act(tx)
	case 4, 5, 6:
		k.atGateway(k.w.Load(tx))
	case 7:
		k.w.Advance(time.Duration(k.random.IntN(40)) * time.Hour)
	case 8:
		operations := append(sandbox.RouteNames(), "webhook")
		f := sandbox.Fault{Route: operations[k.random.IntN(len(operations))], Kind: anyFault[k.random.IntN(len(anyFault))], Times: 1 + k.random.IntN(3)}
		if f.Route == "webhook" {
			f.Kind = sandbox.WebhookFaultKinds()[k.random.IntN(4)]
		}
		if err := k.w.Sandbox.SetFaults([]sandbox.Fault{f}); err != nil {
			k.t.Fatal(err)
		}
	case 9:
		k.w.Restart()
	}
	k.w.CheckBooks()
}

func (k *walker) open() {
	result, err := k.w.Engine.Create(k.t.Context(), testkit.Deal())
	k.allowed(err)
	if result.Transaction.ID != 0 {
		k.deals = append(k.deals, result.Transaction)
	}
}

func (k *walker) act(tx orchestrator.Transaction) {
	_, err := k.w.Do(tx, anyTransition[k.random.IntN(len(anyTransition))], anyActor[k.random.IntN(len(anyActor))])
	k.allowed(err)
}

// allowed: every refusal has a reason; nothing is ever an internal error.
func (k *walker) allowed(err error) {
	k.t.Helper()
	if err != nil && fault.CodeOf(err) == fault.Internal {
		k.t.Errorf("internal error: %v", err)
	}
}

// atGateway does something there that the state may or may not allow.
func (k *walker) atGateway(tx orchestrator.Transaction) {
	if tx.PaymentID == "" {
		return
	}
	id := k.w.PaymentID(tx)
	switch k.random.IntN(4) {
	case 0, 1:
		_, _ = k.w.Sandbox.Pay(id, []string{"success", "success", "card_declined"}[k.random.IntN(3)])
	case 2:
		_, _ = k.w.Sandbox.Deliver(id)
	case 3:
		_, _ = k.w.Sandbox.ResolveComplaint(id, []string{"refund", "release"}[k.random.IntN(2)])
	}
}

// twoMonths lets two months pass after a walk: days one by one, as long as something is
// still to be mended, then longer jumps, which stop wherever a timer is due.
func (k *walker) twoMonths() {
	for range 10 {
		k.w.Advance(24 * time.Hour)
	}
	for range 5 {
		k.w.Advance(10 * 24 * time.Hour)
	}
}

// heal ends all faults and lets two months pass.
func (k *walker) heal() {
	if err := k.w.Sandbox.SetFaults(nil); err != nil {
		k.t.Fatal(err)
	}
	k.twoMonths()
	k.w.CheckBooks()
	list, err := k.w.Store.List(k.t.Context(), orchestrator.Filter{CommunityID: testkit.Deal().CommunityID, Process: "escrow_online", Limit: 100})
	if err != nil {
		k.t.Fatal(err)
	}
	for _, tx := range list {
		info, _ := escrowonline.V1().StateInfo(tx.State)
		if tx.Operation != "" || (!info.Terminal && tx.State != escrow.Complained) {
			k.t.Errorf("deal %d still is %s with operation %q", tx.ID, tx.State, tx.Operation)
		}
	}
	if payments := len(k.w.Sandbox.Transactions()); payments > len(list) {
		k.t.Errorf("%d payments for %d deals: something was created twice", payments, len(list))
	}
}
