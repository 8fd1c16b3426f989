package orchestrator

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// byTakeOver names a step that books what somebody has moved at the gateway, and its entry.
const byTakeOver = "take_over"

// maxEnding is more transitions than staff needs to end any deal.
const maxEnding = 4

// endings are the ways in which staff could end a deal whose money is taken, each as one
// step: transition after transition, as the rules book them. The direct ones come first. A
// way that divides the money gives back as much as brings the refunds of the deal to a sum.
func endings(p *process.Process, d process.Deal, refunded int64, now time.Time) []process.Step {
	return endingsWithin(maxEnding, p, d, refunded, now)
}

func endingsWithin(steps int, p *process.Process, d process.Deal, refunded int64, now time.Time) []process.Step {
	var ways, longer []process.Step
	for _, r := range p.Rules {
		step, ok := byStaff(p, d, r.Name, refunded, now)
		if !ok {
			continue
		}
		if info, _ := p.StateInfo(step.To); info.Terminal {
			ways = append(ways, step)
			continue
		}
		if steps == 1 {
			continue
		}
		for _, way := range endingsWithin(steps-1, p, step.Deal, refunded, now) {
			way.Transition, way.Effect = byTakeOver, byTakeOver
			way.From, way.Moves = d.State, slices.Concat(step.Moves, way.Moves)
			longer = append(longer, way)
		}
	}
	return append(ways, longer...)
}

// byStaff is a transition of staff that leads on and lets no money in: it decides, gives
// back or pays out.
func byStaff(p *process.Process, d process.Deal, name process.Transition, refunded int64, now time.Time) (process.Step, bool) {
	rule, ok := p.Rule(name, d.State)
	if !ok || rule.To == d.State || !rule.Verb.PaysOut() && (rule.Verb != "" || rule.Effect != "") {
		return process.Step{}, false
	}
	take := func(back int64) (process.Step, error) {
		c := process.Command{Transition: name, Actor: process.Actor{Kind: process.Staff}, Input: map[string]string{}, AtOnce: true}
		for _, in := range rule.Input {
			switch in.Name {
			case process.RefundInput.Name:
				c.Input[in.Name] = strconv.FormatInt(back, 10)
			case process.ReleaseInput.Name:
				c.Input[in.Name] = strconv.FormatInt(d.Funds.Held-back, 10)
			}
		}
		decision, err := process.Decide(p, d, c, now)
		return decision.Step, err
	}
	// Fees that go back with the payer's part depend on it, so it is looked for.
	back := 1 + sort.Search(int(max(d.Funds.Held-1, 0)), func(n int) bool {
		step, err := take(int64(n) + 1)
		return err != nil || step.Deal.Funds.Refunded >= refunded
	})
	step, err := take(int64(back))
	return step, err == nil
}

// pays reports whether a step moves money to a pocket.
func pays(s process.Step, to process.Pocket) bool {
	return slices.ContainsFunc(s.Moves, func(m process.Move) bool { return m.To == to })
}

// nearest is the way that gives to the sides to whom money went: that the payee was paid
// counts more.
func nearest(ways []process.Step, back, paid bool) process.Step {
	likeness := func(s process.Step) int {
		like := 0
		if pays(s, process.Payee) == paid {
			like = 2
		}
		if pays(s, process.Payer) == back {
			like++
		}
		return like
	}
	return slices.MaxFunc(ways, func(a, b process.Step) int { return likeness(a) - likeness(b) })
}
