package events

import (
	"slices"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Making is a process and the transitions of it that make an event; none for a reminder.
type Making struct {
	Process     *process.Process
	Transitions []process.Transition
}

// MadeBy lists which processes make an event, and by which transitions.
func MadeBy(t Type) []Making {
	kind, _ := Find(t)
	var all []Making
	for _, p := range catalog.All() {
		made := Emitted(p)
		steps, makes := made[t]
		switch {
		case len(kind.Transitions) > 0 && p.Name == kind.Process:
			steps, makes = kind.Transitions, true
		case kind.Source == Any:
			steps, makes = nil, true
		}
		if makes {
			all = append(all, Making{p, steps})
		}
	}
	return all
}

// Emitted is what a process writes into the outbox, with the steps that do.
func Emitted(p *process.Process) map[Type][]process.Transition {
	all := map[Type][]process.Transition{}
	add := func(r process.Rule, from, to process.State, sets process.Fact) {
		if sets == "" {
			sets = r.Observe
		}
		what := string(sets)
		if to != "" && to != from {
			what = string(to)
		}
		if name := Type("transaction." + what); what != "" && !slices.Contains(all[name], r.Name) {
			all[name] = append(all[name], r.Name)
		}
	}
	for _, r := range p.Rules {
		from := r.From
		if len(from) == 0 {
			from = []process.State{""}
		}
		for _, f := range from {
			add(r, f, r.To, r.Sets)
			if r.During != "" {
				add(r, f, r.During, "")
			}
			for _, b := range r.Else {
				add(r, f, b.To, b.Sets)
			}
		}
	}
	for _, t := range p.Timers {
		if t.Remind {
			all[Type("reminder."+string(t.Name))] = nil
		}
	}
	return all
}
