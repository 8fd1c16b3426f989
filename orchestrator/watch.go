package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// watchedFor is how long after a payment was made its money can come back: the time
// that card networks give a payer to object, with room for late reports.
const watchedFor = 180 * 24 * time.Hour

// WatchEnded looks once a day at the payments that gateways list, whichever replica is
// first, and merges what happened to deals that have ended: a refund that failed, a
// payment that the payer's bank took back. Deals that go on have their own timers. It
// never sends anything.
func (e *Engine) WatchEnded(ctx context.Context) error {
	now := e.now()
	claimed, err := e.Store.ClaimDaily(ctx, "watch_ended", now, now.Add(-24*time.Hour))
	if err != nil || !claimed {
		return err
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(e.gateways)) {
		g, ok := e.gateways[name].(Statement)
		if !ok {
			continue
		}
		for line, err := range g.Payments(ctx, now.Add(-watchedFor), now) {
			if err == nil {
				err = e.watch(ctx, name, line)
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("payment %s at %s: %w", line.PaymentID, name, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (e *Engine) watch(ctx context.Context, gateway string, line StatementLine) error {
	tx, err := e.Store.FindPayment(ctx, gateway, line.PaymentID)
	if fault.CodeOf(err) == fault.NotFound {
		s := line.Snapshot
		s.References = append(s.References, line.Reference)
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
	if info, _ := p.StateInfo(tx.State); !info.Terminal || tx.Attention != "" {
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
