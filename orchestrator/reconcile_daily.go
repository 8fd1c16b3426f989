package orchestrator

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
)

// comparedFor is how old the deals and payments are that the daily comparison compares.
// Deals that have ended are watched for longer, on the same reading, and open ones have
// their timers.
const comparedFor = 35 * 24 * time.Hour

// ReconcileDaily compares the books with every gateway once a day, whichever replica
// is first, and keeps what differs as rows that are tasks until they are gone. What
// happened to deals that have ended is merged on the way: each statement is read once.
// What could not be read is tried again an hour later. It never sends anything.
func (e *Engine) ReconcileDaily(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(e.gateways)) {
		if !e.kind(name).Paid() {
			continue
		}
		err := e.daily(ctx, "reconcile_"+name, func(ctx context.Context) (bool, error) {
			return e.reconcileOnce(ctx, name)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) reconcileOnce(ctx context.Context, gateway string) (complete bool, err error) {
	at := e.now()
	from := at.Add(-comparedFor)
	report, unwatched, incomplete := e.reconcile(ctx, ReconcileInput{Gateway: gateway, From: from, To: at}, true)
	if incomplete != nil {
		e.config.Log.WarnContext(ctx, "the daily comparison is not complete", "gateway", gateway, "error", incomplete)
	}
	return incomplete == nil && !unwatched, e.keepDifferences(ctx, gateway, from, at, report, incomplete == nil)
}

// keepDifferences stores what a comparison found as tasks. What is a task by its own rows
// already is not one twice: payments that our operations opened, unless the gateway does not show
// them, operations that are open, deals on hold for a loss.
func (e *Engine) keepDifferences(ctx context.Context, gateway string, from, at time.Time, report Report, complete bool) error {
	found := slices.DeleteFunc(slices.Clone(report.Differences), func(d Difference) bool {
		return d.Class == OpenIntent || d.Class == OpenLoss || d.Class == MissingHere && d.TransactionID != 0 && !d.unshown
	})
	if len(found) > 0 {
		e.config.Log.ErrorContext(ctx, "the books and a gateway differ", "gateway", gateway, "differences", len(found))
	}
	return e.config.Store.SaveDifferences(ctx, gateway, from, at, found, complete)
}

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
