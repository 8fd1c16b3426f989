package process_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

var (
	staff     = process.Actor{Kind: process.Staff, ID: "olga"}
	atGateway = process.Actor{Kind: process.AtGateway}
)

// move takes a transition and lets its verb succeed.
func move(t *testing.T, p *process.Process, d process.Deal, name process.Transition, a process.Actor) process.Step {
	t.Helper()
	decision, err := process.Decide(p, d, process.Command{Transition: name, Actor: a}, t0)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if decision.Verb == "" {
		return decision.Step
	}
	step, err := process.Conclude(p, decision.Step.Deal, decision.Rule, nil, process.Succeeded, t0)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return step
}

// What a split left for a payee who cannot be paid goes back to the payer, and the
// deal stands on the operators' list until then.
func TestSettling_restBackToThePayer(t *testing.T) {
	t.Parallel()
	for _, p := range []*process.Process{preauthorize.V1(), postpay.V1()} {
		if info, _ := p.StateInfo(settlement.Settling); info.OpenEnded == "" {
			t.Errorf("%s: settling is not on the operators' list", p.Ref())
		}
		if timer, ok := p.Timer("operator_reminder", settlement.Settling); !ok || !timer.Remind {
			t.Errorf("%s: nobody is reminded of settling", p.Ref())
		}
		d := deal(settlement.Settling).With(process.FactSplit, t0)
		d.Funds = process.Funds{Captured: 1312, Held: 1000, Refunded: 234, Fees: 78}
		step := move(t, p, d, "refund_rest", staff)
		want := process.Funds{Captured: 1312, Refunded: 1234, Fees: 78}
		if step.To != settlement.Settled || step.Deal.Funds != want || step.Recorded != process.FactRestRefunded {
			t.Errorf("%s: %s %+v, recorded %q", p.Ref(), step.To, step.Deal.Funds, step.Recorded)
		}
	}
}

// A delayed payment that fails goes back to waiting for the payer, as often as it happens.
func TestDelayedPayment_failsAgainAndAgain(t *testing.T) {
	t.Parallel()
	p, d := postpay.V1(), deal(postpay.Paying)
	for range 2 {
		for _, report := range []struct {
			fact process.Fact
			want process.State
		}{{process.FactDelayed, postpay.PendingExt}, {process.FactPaymentFailed, postpay.Paying}} {
			r, ok := p.Observed(d, map[process.Fact]time.Time{report.fact: t0})
			if !ok {
				t.Fatalf("%s in %s is not observed", report.fact, d.State)
			}
			d = move(t, p, d, r.Name, atGateway).Deal
			if d.State != report.want {
				t.Errorf("%s leads to %s, want %s", report.fact, d.State, report.want)
			}
		}
	}
	if len(d.Facts) != 0 {
		t.Errorf("facts stay behind: %v", d.Facts)
	}
}

func TestPendingAtTheGateway_operatorGivesUp(t *testing.T) {
	t.Parallel()
	reserved := deal(preauthorize.PendingExt)
	reserved.Funds = process.Funds{Authorized: 1312}
	tests := []struct {
		p    *process.Process
		d    process.Deal
		name process.Transition
		want process.State
	}{
		{postpay.V1(), deal(postpay.PendingExt), "give_up_payment", postpay.Accepted},
		{postpay.V1(), deal(postpay.PendingExt), "cancel", postpay.Unpaid},
		{preauthorize.V1(), reserved, "deny", preauthorize.Rejected},
	}
	for _, tc := range tests {
		decision, err := process.Decide(tc.p, tc.d, process.Command{Transition: tc.name, Actor: staff}, t0)
		if err != nil || decision.Verb != process.Void {
			t.Errorf("%s asks for %q, %v", tc.name, decision.Verb, err)
		}
		if step := move(t, tc.p, tc.d, tc.name, staff); step.To != tc.want || step.Deal.Funds != (process.Funds{}) {
			t.Errorf("%s leads to %s with %+v", tc.name, step.To, step.Deal.Funds)
		}
		if info, _ := tc.p.StateInfo(tc.d.State); info.OpenEnded == "" {
			t.Errorf("%s of %s is not on the operators' list", tc.d.State, tc.p.Ref())
		}
	}
}

// The bank may ask again after a dispute was won; what was split is not split twice.
func TestDispute_again(t *testing.T) {
	t.Parallel()
	p, d := postpay.V1(), deal(settlement.Canceled).With(process.FactSplit, t0)
	d.Funds = process.Funds{Captured: 1312, Held: 1234, Fees: 78}
	for _, fact := range []process.Fact{process.FactDisputeOpened, process.FactDisputeWon, process.FactDisputeOpened, process.FactDisputeLost} {
		r, ok := p.Observed(d, map[process.Fact]time.Time{fact: t0})
		if !ok {
			t.Fatalf("%s in %s is not observed", fact, d.State)
		}
		if d.State == settlement.Canceled {
			split := process.Command{Transition: "split", Actor: staff, Input: map[string]string{"refund": "234", "release": "1000"}}
			if _, err := process.Decide(p, d, split, t0); fault.ReasonOf(err) != "already_split" {
				t.Errorf("split again: %v", err)
			}
		}
		d = move(t, p, d, r.Name, atGateway).Deal
	}
	if d.State != settlement.Refunded || d.Funds.Held != 0 {
		t.Errorf("ends as %s with %+v", d.State, d.Funds)
	}
}

// Nobody decides as an operator in their own deal, in any process.
func TestDecide_operatorIsParty(t *testing.T) {
	t.Parallel()
	for _, p := range catalog.All() {
		for _, r := range p.Rules {
			for _, id := range []string{"bea", "sam"} {
				d := deal("")
				if len(r.From) > 0 {
					d = deal(r.From[0])
				}
				_, err := process.Decide(p, d, process.Command{Transition: r.Name, Actor: process.Actor{Kind: process.Staff, ID: id}}, t0)
				if fault.CodeOf(err) != fault.Forbidden || fault.ReasonOf(err) != "operator_is_party" {
					t.Errorf("%s: %s by %s: %v", p.Ref(), r.Name, id, err)
				}
			}
		}
	}
	if err := process.Impartial(staff, deal("")); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}
