package process

import (
	"errors"
	"fmt"
	"slices"
)

// Validate checks what can be known about a table without running it: names are
// known and unique, every state is reachable and, unless terminal, has a way on
// that needs nobody's help or says why it may wait; terminal states have no way
// out and hold no money.
func Validate(p *Process) error {
	v := validation{p: p, states: map[State]StateInfo{}}
	v.checkStates()
	v.checkRules()
	v.checkTimers()
	v.checkMoney()
	v.checkWaits()
	v.checkReachable()
	v.checkWords()
	return errors.Join(v.problems...)
}

type validation struct {
	p        *Process
	states   map[State]StateInfo
	problems []error
}

func (v *validation) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Errorf(v.p.Ref()+": "+format, args...))
}

func (v *validation) checkStates() {
	for _, s := range v.p.States {
		if _, twice := v.states[s.Name]; twice || s.Name == "" {
			v.problem("state %q is empty or listed twice", s.Name)
		}
		v.states[s.Name] = s
		if s.Terminal && s.Money != HoldsNothing {
			v.problem("terminal state %s must hold nothing, not %s", s.Name, s.Money)
		}
		if !slices.Contains([]Holding{HoldsNothing, HoldsAuthorized, HoldsEscrow, HoldsAnything}, s.Money) {
			v.problem("state %s has no money invariant", s.Name)
		}
	}
	for _, s := range v.p.States {
		if !s.Terminal && s.OpenEnded == "" && !v.movesByItself(s.Name) {
			v.problem("state %s can wait without end: give it a timer, or say why it is open-ended", s.Name)
		}
	}
}

func (v *validation) movesByItself(s State) bool {
	return slices.ContainsFunc(v.p.Timers, func(t Timer) bool { return t.waitsIn(s) && !t.Remind })
}

func (v *validation) checkRules() {
	type row struct {
		name Transition
		from State
	}
	seen := map[row]bool{}
	for _, r := range v.p.Rules {
		v.checkTargets(r)
		if len(r.By) == 0 {
			v.problem("%s: nobody may take it", r.Name)
		}
		from := r.From
		if r.creates() {
			from = []State{""}
		}
		for _, f := range from {
			if seen[row{r.Name, f}] {
				v.problem("%s from %q is listed twice", r.Name, f)
			}
			seen[row{r.Name, f}] = true
			info, ok := v.states[f]
			if f != "" && !ok {
				v.problem("%s leaves unknown state %s", r.Name, f)
			}
			if info.Terminal && !r.afterEnd() && !r.reopens() {
				v.problem("%s leaves terminal state %s", r.Name, f)
			}
		}
	}
}

func (v *validation) checkTargets(r Rule) {
	targets := []State{r.To}
	if r.creates() && r.Verb != "" {
		targets = append(targets, r.During)
		if _, ok := r.Else[Declined]; !ok {
			v.problem("%s creates and asks a gateway, so it needs a way to go when declined", r.Name)
		}
	}
	for status, b := range r.Else {
		targets = append(targets, b.To)
		if status == Succeeded || status == Unknown || status == NotSent {
			v.problem("%s: outcome %s is not routed by a branch", r.Name, status)
		}
	}
	for _, s := range targets {
		if _, ok := v.states[s]; !ok {
			v.problem("%s leads to unknown state %q", r.Name, s)
		}
	}
	if r.allows(Gateway) && r.Observe == "" {
		v.problem("%s is taken by the gateway but observes no fact", r.Name)
	}
	if r.Verb != "" && r.Observe == "" {
		v.problem("%s asks the gateway but names no fact that settles a doubt", r.Name)
	}
}

func (v *validation) checkTimers() {
	for _, t := range v.p.Timers {
		if len(t.In) == 0 || t.Due.At == nil || t.Due.Text == "" {
			v.problem("timer %s needs states and a due time with a text", t.Name)
		}
		for _, s := range t.In {
			if info, ok := v.states[s]; !ok || info.Terminal {
				v.problem("timer %s waits in unknown or terminal state %s", t.Name, s)
			}
			if t.Remind {
				if t.Then != "" {
					v.problem("timer %s reminds and takes no transition", t.Name)
				}
				continue
			}
			if t.Then == "" {
				if t.Repeat <= 0 || len(v.p.Observers(s)) == 0 {
					v.problem("timer %s looks the gateway up in %s, so it needs a repeat time and something to observe", t.Name, s)
				}
				continue
			}
			if r, ok := v.p.Rule(t.Then, s); !ok || !r.allows(Clock) {
				v.problem("timer %s fires %s, which the timer may not take in %s", t.Name, t.Then, s)
			}
		}
	}
}

func (v *validation) checkReachable() {
	reached := map[State]bool{}
	for grew := true; grew; {
		grew = false
		for _, r := range v.p.Rules {
			if !r.creates() && !slices.ContainsFunc(r.From, func(s State) bool { return reached[s] }) {
				continue
			}
			for _, s := range r.targets() {
				grew = grew || !reached[s]
				reached[s] = true
			}
		}
	}
	for _, s := range v.p.States {
		if !reached[s.Name] {
			v.problem("state %s cannot be reached", s.Name)
		}
	}
}

// targets lists every state that a rule can lead to.
func (r Rule) targets() []State {
	targets := []State{r.To}
	if r.During != "" {
		targets = append(targets, r.During)
	}
	for _, status := range []Status{RequiresAction, Pending, Declined} {
		if b, ok := r.Else[status]; ok {
			targets = append(targets, b.To)
		}
	}
	return targets
}
