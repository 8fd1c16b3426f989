package process

import (
	"slices"
	"time"
)

// Foresee gives the steps that follow from a decision when its verb succeeds: its
// own, and those that a timer takes at once after it, such as the payout of what a
// split left. They are the steps that would be committed.
func Foresee(p *Process, d Decision, c Command, now time.Time) ([]Step, error) {
	step, err := succeed(p, d, c.Input, now)
	if err != nil {
		return nil, err
	}
	steps := []Step{step}
	for range p.States {
		then, ok := p.atOnce(step, now)
		if !ok {
			break
		}
		next, err := Decide(p, step.Deal, Command{Transition: then, Actor: Actor{Kind: OfSchedule}, AtOnce: c.AtOnce}, now)
		if err != nil {
			break // the timer would be refused, too
		}
		if step, err = succeed(p, next, nil, now); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

func succeed(p *Process, d Decision, input map[string]string, now time.Time) (Step, error) {
	if d.Verb == "" {
		return d.Step, nil
	}
	return Conclude(p, d.Step.Deal, d.Rule, input, Succeeded, now)
}

// atOnce is the transition of a timer that is due with the step that set it.
func (p *Process) atOnce(s Step, now time.Time) (Transition, bool) {
	for _, a := range s.Arm {
		if t, ok := p.Timer(a.Name, s.To); ok && t.Then != "" && !a.Due.After(now) {
			return t.Then, true
		}
	}
	return "", false
}

// WouldMove lists what an option moves if its actor takes it and its verb succeeds, with what
// a timer takes at once after it. own tells that the gateway is our own ledger. It is nil for an
// option that is refused, and where an amount of the input decides; empty where nothing moves.
func (p *Process) WouldMove(d Deal, o Option, a Actor, own bool, now time.Time) []Move {
	r, ok := p.Rule(o.Transition, d.State)
	decided := slices.ContainsFunc(o.Input, func(in Input) bool { return in.Amount && in.Required })
	if !ok || decided || o.Refusal != nil {
		return nil
	}
	c := Command{Transition: o.Transition, Actor: a, Input: sample(r), AtOnce: own, probe: true}
	decision, err := Decide(p, d, c, now)
	if err != nil {
		return nil
	}
	steps, err := Foresee(p, decision, c, now)
	if err != nil {
		return nil
	}
	moves := []Move{}
	for _, step := range steps {
		moves = append(moves, step.Moves...)
	}
	return moves
}
