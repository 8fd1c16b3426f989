package orchestrator

import (
	"context"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Why money was not let out. They are the codes of intents and of refusals.
const (
	codeBooksDiffer   = "books_differ"  // the gateway moved other sums than our books say
	codeContradiction = "deal_corrupt"  // the deal's own books contradict each other
	codeNoLook        = "lookup_failed" // the gateway could not tell how the payment is
	codeOvertaken     = "overtaken"     // something happened at the gateway that is not merged yet
	codeRecovery      = "recovery_mode" // the database is being brought up to its gateways
	contradicts       = "the books of this transaction contradict each other: "
	unknownPayment    = "the gateway does not know the payment"
	unableToTell      = "gateway %s does not tell what it has moved for a payment"
	notLookedAt       = "the payment could not be looked up at gateway %s"
	notLookedAtAnswer = "the payment could not be looked up at gateway %s, so nothing was sent; try again later"
)

// leaves reports whether an operation may let money leave the gateway, back to the
// payer or out to the payee. Voiding a reservation lets none leave: none was taken.
func leaves(tx Transaction, v process.Verb) bool {
	switch v {
	case process.Refund, process.Transfer, process.Release, process.AcceptComplaint:
		return true
	case process.Void:
		return tx.Funds.Captured > 0
	}
	return false
}

// beforeLeaving is asked in the moment before an operation lets money leave. It
// looks at the deal's own books and at the payment; seen is what a look has just
// shown, nil if there was none. With stop the operation must not be sent, and the
// outcome says what to make of it: it has happened already, something else has, or
// the books differ and the deal is put on hold. Else it holds what the look showed.
func (e *Engine) beforeLeaving(ctx context.Context, g Gateway, tx Transaction, i Intent, seen *Snapshot) (out Outcome, stop bool) {
	held := func(code, why string) (Outcome, bool) {
		e.stopped(ctx, tx, i.Verb, code, why)
		return Outcome{Status: process.NotSent, Code: code, Unasked: true, hold: why}, true
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
	if why := contradiction(tx, e.kind(tx.Gateway).Own(), posted); why != "" {
		return held(codeContradiction, why)
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
		return held(codeBooksDiffer, booksDiffer+unknownPayment)
	case stateful:
		return e.reported(tx, i, *seen)
	case seen.Totals == nil:
		return unsure(fmt.Errorf(unableToTell, i.Gateway))
	}
	why := totalsDiffer(tx, *seen)
	if why == "" {
		return Outcome{Snapshot: *seen}, false
	}
	if after, err := e.concluded(tx, i); err == nil && totalsDiffer(after, *seen) == "" {
		// This very operation was carried out before: by an older state of this database,
		// say, or by hand. It is booked and not repeated.
		return Outcome{Status: process.Succeeded, Snapshot: *seen}, true
	}
	e.notice(ctx, i.Gateway, *seen)
	return held(codeBooksDiffer, why)
}

// glance looks a payment up in half of a call's time, so that enough is left for
// the operation itself.
func (e *Engine) glance(ctx context.Context, g Gateway, ref PaymentRef) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout/2)
	defer cancel()
	s, err := g.Lookup(ctx, ref)
	e.hear(ctx, g.Name(), errorHeard(ctx, err))
	return s, err
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

// concluded is the transaction as it is once the operation has succeeded.
func (e *Engine) concluded(tx Transaction, i Intent) (Transaction, error) {
	step, err := e.success(tx, i)
	tx.Deal = step.Deal
	return tx, err
}

// contradiction compares a deal with its own ledger entries, and says how they
// contradict each other; empty if they do not.
func contradiction(tx Transaction, own bool, posted []PostedEntry) string {
	if !tx.Funds.Balanced() {
		return fmt.Sprintf("%sof %d captured, %d were released, %d refunded, %d kept as fees and %d are held",
			contradicts, tx.Funds.Captured, tx.Funds.Released, tx.Funds.Refunded, tx.Funds.Fees, tx.Funds.Held)
	}
	entries := make([]ledger.Entry, len(posted))
	for n, entry := range posted {
		if err := entry.Validate(); err != nil {
			return fmt.Sprintf("%sthe entry of revision %d is invalid", contradicts, entry.Revision)
		}
		entries[n] = entry.Entry
	}
	sums, err := ledger.Balances(entries)
	if err != nil {
		return contradicts + "the entries add up to more than can be counted"
	}
	c := tx.Price.Currency()
	escrow, reserved := pocket(tx, own, process.EscrowPocket), pocket(tx, own, process.Reserved)
	type sum struct {
		what         string
		posted, here int64
	}
	compare := []sum{{"held", sums[escrow][c], tx.Funds.Held}, {"reserved", sums[reserved][c], tx.Funds.Authorized}}
	if escrow == reserved {
		compare = []sum{{"set aside", sums[escrow][c], tx.Funds.Held + tx.Funds.Authorized}}
	}
	for _, s := range compare {
		if s.posted != s.here {
			return fmt.Sprintf("%sby the ledger %s are %s, by the transaction %s", contradicts, money.New(s.posted, c), s.what, money.New(s.here, c))
		}
	}
	return ""
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
	if why == "" {
		return nil
	}
	e.stopped(ctx, tx, "", codeContradiction, why)
	_, err = e.hold(ctx, tx, process.Actor{Kind: process.AtGateway}, why, fault.New(fault.Conflict, codeContradiction, "%s; nothing was moved, and an operator has to look at it", why))
	return err
}

// stopped tells everybody who watches that money was held back.
func (e *Engine) stopped(ctx context.Context, tx Transaction, v process.Verb, code, why string) {
	e.config.Observer.Stopped(tx.Gateway, code)
	e.config.Log.ErrorContext(ctx, "money held back", "transaction", tx.ID, "gateway", tx.Gateway, "verb", v, "code", code, "why", why)
}
