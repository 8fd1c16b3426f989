package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// nextDue is when something is due next, here or at an emulator: a jump of the
// clock stops there, so that everything happens in its time.
func (w *Testbed) nextDue(after, until time.Time) (time.Time, bool) {
	if w.App == nil || w.Config.Manual {
		return time.Time{}, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	look, looks, err := w.nextLookup(ctx, after, until)
	next, ok, failed := w.Store.NextTimer(ctx, after, until, w.lookout.names...)
	if err = errors.Join(err, failed); err != nil && w.Config.Log != nil {
		w.Config.Log.WarnContext(ctx, "what is due next", "error", err)
	}
	if looks && (!ok || look.Before(next)) {
		next, ok = look, true
	}
	for _, e := range w.beside {
		if at, any := e.Next(); any && at.After(after) && (!ok || at.Before(next)) {
			next, ok = at, true
		}
	}
	return next, ok
}

// lookout knows when payments have to be looked up while the clock jumps. A deal that waits is looked up every few hours, and
// mostly nothing is found: a jump over a week would do little else. What is looked up can only have changed if something
// happened at a sandbox since that time was set. So a jump stops at the times that were set when something last happened; what is
// looked up again afterwards waits for the next stop.
type lookout struct {
	mu      sync.Mutex
	names   []process.TimerName // of the timers that only look
	until   time.Time           // where the jump ends
	changes int                 // at all sandboxes
	at      []time.Time         // when something has to be looked up
}

// nextLookup is when a payment has to be looked up next.
func (w *Testbed) nextLookup(ctx context.Context, after, until time.Time) (next time.Time, ok bool, err error) {
	l := w.lookout
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.names == nil {
		known, err := process.NewRegistry(catalog.All()...)
		if err != nil {
			return next, false, err
		}
		l.names = known.Lookups()
	}
	changes := w.Sandbox.Changes()
	for _, e := range w.beside {
		changes += e.Changes()
	}
	// While an outcome is not known, or a message could not be applied, what is looked up may end that.
	unsettled, err := w.Store.Unsettled(ctx)
	if unsettled || err != nil || changes != l.changes || !until.Equal(l.until) {
		var failed error
		l.at, failed = w.Store.TimerTimes(ctx, after, l.names...)
		l.changes, l.until, err = changes, until, errors.Join(err, failed)
	}
	for len(l.at) > 0 && !l.at[0].After(after) {
		l.at = l.at[1:]
	}
	if len(l.at) == 0 || l.at[0].After(until) {
		return next, false, err
	}
	return l.at[0], true, err
}
