package process_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
)

func dealInPerson(s process.State, facts ...process.Fact) process.Deal {
	d := process.Deal{
		State: s, EnteredAt: t0, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", ConfirmAfterDays: 14,
		Price: money.New(0, "EUR"), BuyerFee: 100, Deposit: 2000, DepositFee: 100, Facts: map[process.Fact]time.Time{},
	}
	if s != escrow.Joined {
		d.Funds = process.Funds{Captured: 2100, Held: 2000, Fees: 100}
	}
	for _, f := range facts {
		d.Facts[f] = t0
	}
	return d
}

// The gateway's facts are taken in the order in which they can have happened.
func TestF2F_observers(t *testing.T) {
	t.Parallel()
	p := escrowf2f.V1()
	got := map[process.State][]process.Fact{}
	for _, s := range p.States {
		for _, r := range p.Observers(s.Name) {
			got[s.Name] = append(got[s.Name], r.Observe)
		}
	}
	settled := []process.Fact{"cancelled", "buyer_handover_confirmed", "seller_handover_confirmed", "complained"}
	want := map[process.State][]process.Fact{
		"joined": {"deposit_paid", "cancelled"}, "deposit_paid": {"deposit_accepted", "cancelled"},
		"deposit_accepted": {"priced", "remainder_skipped", "remainder_paid", "cancelled"}, "cancelled_with_deposit": {"deposit_refunded"},
		"remainder_paid": settled, "remainder_skipped": settled,
		"buyer_handover_confirmed":  {"seller_handover_confirmed", "complained"},
		"seller_handover_confirmed": {"buyer_handover_confirmed", "complained", "complaint_period_ended"},
		"complained":                {"funds_released", "funds_refunded"}, "complaint_period_ended": {"funds_released"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A step that stays in its state ends the operation that asked for it, and no other.
func TestF2F_reportsWhileBusy(t *testing.T) {
	t.Parallel()
	p := escrowf2f.V1()
	gateway := process.Actor{Kind: process.AtGateway}
	for under, left := range map[process.Transition]process.Transition{"set_price": "", "cancel": "cancel"} {
		d := dealInPerson(escrowf2f.DepositAccepted)
		d.Operation = under
		decision, err := process.Decide(p, d, process.Command{Transition: "set_price", Actor: gateway, Input: map[string]string{"price": "5000"}}, t0)
		if err != nil {
			t.Fatal(err)
		}
		after := decision.Step.Deal
		if decision.Step.Entered || after.State != escrowf2f.DepositAccepted || after.Price != money.New(5000, "EUR") || after.Operation != left {
			t.Errorf("while %s is in progress: %s, price %s, operation %q; want %q", under, after.State, after.Price, after.Operation, left)
		}
	}
}

func TestF2F_money(t *testing.T) {
	t.Parallel()
	p := escrowf2f.V1()
	gateway := process.Actor{Kind: process.AtGateway}
	priced := dealInPerson(escrowf2f.DepositAccepted, process.FactPriced)
	priced.Price, priced.BuyerFee = money.New(5000, "EUR"), 190
	tests := map[string]struct {
		deal   process.Deal
		name   process.Transition
		want   process.Funds
		reason fault.Reason
	}{
		"deposit":          {dealInPerson(escrow.Joined), "pay_deposit", process.Funds{Captured: 2100, Held: 2000, Fees: 100}, ""},
		"remainder":        {priced, "pay_remainder", process.Funds{Captured: 5190, Held: 5000, Fees: 190}, ""},
		"without a price":  {dealInPerson(escrowf2f.DepositAccepted), "pay_remainder", process.Funds{}, "missing_pricing"},
		"deposit returned": {dealInPerson(escrowf2f.CancelledWithDeposit), "refund", process.Funds{Captured: 2100, Refunded: 2000, Fees: 100}, ""},
		"released":         {dealInPerson(escrow.ComplaintPeriodEnded), "release", process.Funds{Captured: 2100, Released: 2000, Fees: 100}, ""},
		"refunded":         {dealInPerson(escrow.Complained), "refund", process.Funds{Captured: 2100, Refunded: 2000, Fees: 100}, ""},
	}
	for name, tc := range tests {
		decision, err := process.Decide(p, tc.deal, process.Command{Transition: tc.name, Actor: gateway}, t0)
		if tc.reason != "" {
			if err == nil || fault.ReasonOf(err) != tc.reason {
				t.Errorf("%s: got %v, want %s", name, err, tc.reason)
			}
			continue
		}
		if err != nil || decision.Step.Deal.Funds != tc.want {
			t.Errorf("%s: %+v, %v; want %+v", name, decision.Step.Deal.Funds, err, tc.want)
		}
	}
}

// A transition of several rules names each role once.
func TestF2F_wrongSide(t *testing.T) {
	t.Parallel()
	d := dealInPerson(escrowf2f.DepositAccepted)
	_, err := process.Decide(escrowf2f.V1(), d, process.Command{Transition: "confirm_handover", Actor: process.Actor{Kind: process.User, ID: d.Buyer}}, t0)
	if err == nil || !strings.Contains(err.Error(), "confirm_handover is for seller or gateway or timer, not for") {
		t.Errorf("the buyer may not, because %v", err)
	}
}

func TestF2F_timers(t *testing.T) {
	t.Parallel()
	const hour, day = time.Hour, 24 * time.Hour
	p := escrowf2f.V1()
	tests := map[string]struct {
		deal process.Deal
		name process.Transition
		want map[process.TimerName]time.Duration
	}{
		"deposit paid":        {dealInPerson(escrow.Joined), "pay_deposit", map[process.TimerName]time.Duration{"acceptance_window": 14 * day, "poll": 6 * hour}},
		"deposit accepted":    {dealInPerson(escrowf2f.DepositPaid), "accept_deposit", map[process.TimerName]time.Duration{"remainder_reminder": 7 * day, "poll": 6 * hour}},
		"remainder skipped":   {dealInPerson(escrowf2f.DepositAccepted), "skip_remainder", map[process.TimerName]time.Duration{"handover_reminder": 7 * day, "poll": 6 * hour}},
		"the buyer confirmed": {dealInPerson(escrowf2f.RemainderSkipped), "confirm_receipt", map[process.TimerName]time.Duration{"automatic_confirmation": 14 * day, "poll": 6 * hour}},
		"the seller too":      {dealInPerson(escrowf2f.BuyerHandoverConfirmed), "confirm_handover", map[process.TimerName]time.Duration{"complaint_period": day}},
		"the seller first":    {dealInPerson(escrowf2f.RemainderSkipped), "confirm_handover", map[process.TimerName]time.Duration{"complaint_period": day}},
		"then the buyer":      {dealInPerson(escrowf2f.SellerHandoverConfirmed), "confirm_receipt", map[process.TimerName]time.Duration{}},
	}
	for name, tc := range tests {
		decision, err := process.Decide(p, tc.deal, process.Command{Transition: tc.name, Actor: process.Actor{Kind: process.AtGateway}}, t0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := map[process.TimerName]time.Duration{}
		for _, a := range decision.Step.Arm {
			got[a.Name] = a.Due.Sub(t0)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
