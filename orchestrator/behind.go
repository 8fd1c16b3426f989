package orchestrator

import (
	"context"
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// decideAfterLook decides again once the gateway was asked, if the refusal may be
// due to us: the gateway knows of a payment before its message is here. If the look
// finds nothing new, or fails, the refusal stands.
func (e *Engine) decideAfterLook(ctx context.Context, tx Transaction, in DoInput, refusal error) (Transaction, process.Decision, error) {
	if !e.mayBeBehind(tx, in, refusal) {
		return tx, process.Decision{}, refusal
	}
	look, cancel := context.WithTimeout(ctx, min(lookBefore, e.config.CallTimeout))
	defer cancel()
	after, err := e.Sync(look, tx)
	if err != nil || after.Revision == tx.Revision {
		return tx, process.Decision{}, refusal
	}
	return e.decide(ctx, in)
}

// mayBeBehind reports whether a transition that is refused here would be possible
// after something that the gateway may have seen already.
func (e *Engine) mayBeBehind(tx Transaction, in DoInput, refusal error) bool {
	if fault.CodeOf(refusal) != fault.Conflict || tx.PaymentID == "" || tx.IntentID != "" || e.kind(tx.Gateway).Own() {
		return false
	}
	if in.Actor.Kind == process.OfSchedule || in.Actor.Kind == process.AtGateway {
		return false // which look for themselves
	}
	p, err := e.processOf(tx)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.Observers(tx.State), func(r process.Rule) bool {
		_, leads := p.Rule(in.Transition, r.To)
		return leads && r.To != tx.State
	})
}
