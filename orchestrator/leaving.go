package orchestrator

import (
	"context"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// beforeLeaving is asked in the moment before an operation lets money leave. It
// looks at the deal's own books and at the payment; seen is what a look has just
// shown, nil if there was none. With stop the operation must not be sent, and the
// outcome says what to make of it: it has happened already, something else has, or
// the books differ and the deal is put on hold. Else it holds what the look showed.
func (e *Engine) beforeLeaving(ctx context.Context, g Gateway, tx Transaction, i Intent, seen *Snapshot) (out Outcome, stop bool) {
	held := func(why process.Attention) (Outcome, bool) {
		e.stopped(ctx, tx, i.Verb, fault.Reason(why.Reason), why.String())
		return Outcome{Status: process.NotSent, Code: fault.Reason(why.Reason), Unasked: true, hold: why}, true
	}
	unsure := func(err error) (Outcome, bool) {
		e.config.Observer.Stopped(i.Gateway, codeNoLook)
		return Outcome{Status: process.NotSent, Code: codeNoLook, Unasked: true, Err: err}, true
	}
	if err := e.communityHeld(tx.CommunityID); err != nil {
		e.stopped(ctx, tx, i.Verb, fault.ReasonOf(err), err.Error())
		return Outcome{Status: process.NotSent, Code: fault.ReasonOf(err), Unasked: true, Err: err}, true
	}
	posted, err := e.config.Store.Entries(ctx, tx.ID)
	if err != nil {
		return unsure(fmt.Errorf("read the entries of transaction %d: %w", tx.ID, err))
	}
	if why := contradiction(tx, e.kind(tx.Gateway).Own(), posted); why.Needed() {
		return held(why)
	}
	if seen == nil {
		s, err := e.glance(ctx, g, paymentRef(tx))
		if err != nil {
			return unsure(fmt.Errorf(notLookedAt+": %w", i.Gateway, err))
		}
		seen = &s
	}
	_, stateful := g.(Stateful)
	switch {
	case !seen.Found:
		return held(process.Attention{Reason: process.BooksDiffer, Detail: unknownPayment})
	case stateful:
		return e.reported(tx, i, *seen)
	case seen.Totals == nil && tx.Attention != "":
		// What it cannot tell without our books it is not asked about a deal whose books are in doubt.
		e.stopped(ctx, tx, i.Verb, process.ReasonAttention, tx.Attention)
		return Outcome{Status: process.NotSent, Code: process.ReasonAttention, Unasked: true, Snapshot: *seen}, true
	case seen.Totals == nil:
		return unsure(fmt.Errorf(unableToTell, i.Gateway))
	}
	why := tx.SumsDiffer(seen.Totals)
	if _, disputed := seen.Facts[process.FactDisputeOpened]; disputed && !why.Needed() {
		// The payer's bank has the money, or asks for it: whatever left now would leave twice.
		e.stopped(ctx, tx, i.Verb, codeDisputed, "the payer's bank took the payment back")
		return Outcome{Status: process.Declined, Code: codeDisputed, Unasked: true, Snapshot: *seen}, true
	}
	if !why.Needed() {
		return Outcome{Snapshot: *seen}, false
	}
	if after, err := e.concluded(tx, i); err == nil && !after.SumsDiffer(seen.Totals).Needed() {
		// This very operation was carried out before: by an older state of this database,
		// say, or by hand. It is booked and not repeated.
		return Outcome{Status: process.Succeeded, Snapshot: *seen}, true
	}
	e.notice(ctx, i.Gateway, *seen)
	return held(why)
}

// reported is the rule for gateways that keep states of their own and move each
// payment's money once: whatever happened there is merged before money leaves.
func (e *Engine) reported(tx Transaction, i Intent, s Snapshot) (out Outcome, stop bool) {
	p, err := e.processOf(tx)
	if err != nil {
		return Outcome{Status: process.NotSent, Code: codeNoLook, Unasked: true, Err: err}, true
	}
	if _, ahead := p.Observed(tx.Deal, s.Facts); !ahead {
		return Outcome{Snapshot: s}, false
	}
	if e.happened(tx, i, s) {
		return Outcome{Status: process.Succeeded, Snapshot: s}, true
	}
	return Outcome{Status: process.NotSent, Code: codeOvertaken, Unasked: true, Snapshot: s}, true
}

// checkOwn refuses to move what a deal on our own ledger has set aside when the
// deal contradicts its entries, and puts the deal on hold.
func (e *Engine) checkOwn(ctx context.Context, tx Transaction, step process.Step) error {
	moves := slices.ContainsFunc(step.Moves, func(m process.Move) bool {
		return m.From == process.EscrowPocket || m.From == process.Reserved
	})
	if !e.kind(tx.Gateway).Own() || !moves || tx.Revision == 0 {
		return nil
	}
	posted, err := e.config.Store.Entries(ctx, tx.ID)
	if err != nil {
		return fmt.Errorf("read the entries of transaction %d: %w", tx.ID, err)
	}
	why := contradiction(tx, e.kind(tx.Gateway).Own(), posted)
	if !why.Needed() {
		return nil
	}
	e.stopped(ctx, tx, "", codeContradiction, why.String())
	_, err = e.hold(ctx, tx, why, fault.New(fault.Conflict, codeContradiction, "%s; nothing was moved, and an operator has to look at it", why))
	return err
}

// stopped tells everybody who watches that money was held back.
func (e *Engine) stopped(ctx context.Context, tx Transaction, v process.Verb, code fault.Reason, why string) {
	e.config.Observer.Stopped(tx.Gateway, code)
	e.config.Log.ErrorContext(ctx, "money held back", "transaction", tx.ID, "gateway", tx.Gateway, "verb", v, "code", code, "why", why)
}
