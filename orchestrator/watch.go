package orchestrator

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
)

// watchedFor is how long after a payment was made its money can come back: the time
// that card networks give a payer to object, with room for late reports.
const watchedFor = 180 * 24 * time.Hour

// When daily work is begun again: soon after a gateway did not let it end, and much later
// where whoever claimed it says nothing. It may take hours.
const (
	nextTry  = time.Hour
	deadWork = 6 * time.Hour
)

// daily does work once a day, on whichever replica is first, and again an hour later
// if it could not be completed.
func (e *Engine) daily(ctx context.Context, name string, do func(context.Context) (complete bool, err error)) error {
	d := due.Daily{Name: name, Period: 24 * time.Hour, Lease: deadWork, Again: nextTry, Now: e.now, Claim: e.config.Store.ClaimDaily}
	return d.Do(ctx, do)
}

// payments lists what a gateway has, and ends with an error when the gateway answers
// nothing for as long as one call may take.
func (e *Engine) payments(ctx context.Context, name string, g Statement, from, to time.Time) iter.Seq2[StatementLine, error] {
	return func(yield func(StatementLine, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		hung := time.AfterFunc(e.config.CallTimeout, cancel)
		defer hung.Stop()
		for line, err := range g.Payments(ctx, from, to) {
			hung.Stop()
			e.hear(ctx, name, errorHeard(ctx, err))
			if !yield(line, err) {
				return
			}
			hung.Reset(e.config.CallTimeout)
		}
	}
}

// watch merges what happened to a deal that has ended: a refund that failed, a payment
// that the payer's bank took back. Deals that go on have their own timers. It never sends
// anything.
func (e *Engine) watch(ctx context.Context, gateway string, line StatementLine) error {
	tx, err := e.config.Store.FindPayment(ctx, gateway, line.PaymentID)
	if fault.CodeOf(err) == fault.NotFound {
		s := line.Snapshot
		s.References = line.references()
		_, _, err = e.unowned(ctx, gateway, s)
		return err
	}
	if err != nil {
		return err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return err
	}
	if info, _ := p.StateInfo(tx.State); !info.Terminal {
		return nil
	}
	s := line.Snapshot
	if s.Totals == nil {
		s.Totals = &Totals{Captured: line.Captured, Refunded: line.Refunded, Released: line.Released}
	}
	_, behind := p.Observed(tx.Deal, s.Facts)
	cameBack := s.Totals.Refunded+s.Totals.Disputed != tx.Funds.Refunded+tx.Funds.ChargedBack
	if !behind && !cameBack && totalsDiffer(tx, s) == "" {
		return nil
	}
	_, err = e.Sync(ctx, tx)
	var refused *fault.Error
	if errors.As(err, &refused) {
		return nil // it is on hold now, which is what the list shows
	}
	return err
}
