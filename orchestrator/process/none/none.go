// Package none is the process without payment.
package none

import "github.com/handsel-dev/handsel/orchestrator/process"

// Name is how transactions name the process.
const Name = "none"

// Free is where such a deal rests from its beginning.
const Free process.State = "free"

// V1 is the process without payment: a conversation about a listing.
func V1() *process.Process {
	return &process.Process{
		Name: Name, Version: 1, PayerIsStarter: true,
		Summary: "A free deal: no payment and no states, only a conversation.",
		States: []process.StateInfo{
			{Name: Free, Terminal: true, Money: process.HoldsNothing, ChatOpen: true},
		},
		Words: process.Words{States: map[process.State][]process.Saying{
			Free: process.Says("", "This deal has no payment; nothing is due, and both sides can talk."),
		}},
		Rules: []process.Rule{
			{Name: process.Create, To: Free, By: []process.Role{process.Starter}, Guards: []process.Guard{process.DifferentPeople}},
		},
	}
}
