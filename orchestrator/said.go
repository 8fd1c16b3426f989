package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Saying is what somebody said along with a step of a deal.
type Saying struct {
	Transition process.Transition
	Actor      string // "user:bea"
	At         time.Time
	Said       map[string]string // by input: reason, description, tracking_code
}

// Sayings returns what was said in a transaction, oldest first, as far as the actor may
// read it. What was said with an operation at a gateway is there once.
func (e *Engine) Sayings(ctx context.Context, tx Transaction, a process.Actor) ([]Saying, error) {
	log, err := e.config.Store.Timeline(ctx, tx.ID)
	if err != nil {
		return nil, err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return nil, err
	}
	var all []Saying
	claimed := map[string]int{}
	for _, l := range log {
		said := p.Shown(l.Transition, l.Said, a)
		if len(said) == 0 {
			continue
		}
		if at, again := claimed[l.IntentID]; again && l.IntentID != "" {
			all[at].At = l.At
			continue
		}
		claimed[l.IntentID] = len(all)
		all = append(all, Saying{Transition: l.Transition, Actor: l.Actor, At: l.At, Said: said})
	}
	return all, nil
}
