package orchestrator

import (
	"context"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Bounds of looks that people cause; our choice.
const (
	lookOnRead  = time.Second      // how long a read may wait for a look at the gateway
	refreshRest = 5 * time.Second  // between two looks at a deal that are asked for
	readRest    = 30 * time.Second // between two looks that reads of a doubtful deal cause
	waitsLong   = 2 * time.Minute  // a payment that was opened this long ago may be paid
	maxLooks    = 10_000           // deals whose last look is remembered

	lookEvery = 200 * time.Millisecond // on the average, between two looks of one community
	lookBurst = 40                     // looks of a community at the same moment
)

// looks remember when this engine looked at a deal last, and how often for whom, so
// that nobody makes it ask a gateway again and again: what one key may ask of us is
// more than some gateways take from all of us, refunds included. It is safe for
// concurrent use.
type looks struct {
	mu   sync.Mutex
	last map[int64]time.Time // by deal
	full map[int64]time.Time // when a community may look as often as ever again
}

// take reports whether a deal may be looked at now, and notes that it is.
func (l *looks) take(tx Transaction, now time.Time, rest time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, ok := l.last[tx.ID]; ok && now.Sub(last) < rest && !now.Before(last) {
		return false
	}
	full := l.full[tx.CommunityID]
	if full.Before(now) || full.Sub(now) > lookBurst*lookEvery { // the clock was set back
		full = now
	}
	if full = full.Add(lookEvery); full.Sub(now) > lookBurst*lookEvery {
		return false
	}
	if len(l.last) >= maxLooks || l.last == nil {
		l.last = map[int64]time.Time{}
	}
	if l.full == nil {
		l.full = map[int64]time.Time{}
	}
	l.last[tx.ID], l.full[tx.CommunityID] = now, full
	return true
}

// Refresh looks a deal up at its gateway now, and returns it: what happened there is
// merged, and an operation without a clear outcome is settled if its outcome shows. It
// sends nothing. A deal that was just looked at is returned as it is, and so is any where
// its community has looked too often.
func (e *Engine) Refresh(ctx context.Context, community, id int64, a process.Actor) (Transaction, error) {
	tx, err := e.Find(ctx, community, id, a)
	if err != nil || !e.looks.take(tx, e.now(), refreshRest) {
		return tx, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(lookBefore, e.config.CallTimeout))
	defer cancel()
	if err := e.look(ctx, tx); err != nil {
		e.config.Log.InfoContext(ctx, "refresh", "transaction", tx.ID, "error", err)
	}
	return e.config.Store.Transaction(context.WithoutCancel(ctx), community, id)
}

// Read is Find, but a deal that is doubtful is looked at first: one that waits for a
// payment which may have been made, or for the outcome of an operation. A look that
// fails or takes long changes nothing.
func (e *Engine) Read(ctx context.Context, community, id int64, a process.Actor) (Transaction, error) {
	tx, err := e.Find(ctx, community, id, a)
	if err != nil || !e.doubtful(tx) || !e.lanes.Ready(tx.Gateway) || !e.looks.take(tx, e.now(), readRest) {
		return tx, err
	}
	short, cancel := context.WithTimeout(ctx, min(lookOnRead, e.config.CallTimeout))
	defer cancel()
	if err := e.look(short, tx); err != nil {
		e.config.Log.InfoContext(ctx, "look on read", "transaction", tx.ID, "error", err)
	}
	if after, err := e.config.Store.Transaction(ctx, community, id); err == nil {
		return after, nil
	}
	return tx, nil
}

// doubtful reports whether the gateway may know more about a deal than we do.
func (e *Engine) doubtful(tx Transaction) bool {
	if e.kind(tx.Gateway).Own() || e.now().Sub(tx.UpdatedAt) < waitsLong {
		return false
	}
	return tx.IntentID != "" || tx.PaymentID != "" && e.awaitsPayment(tx.Process, tx.State)
}

// awaitsPayment reports whether a payer may pay in a state, at the gateway.
func (e *Engine) awaitsPayment(ref string, s process.State) bool {
	p, err := e.config.Processes.Find(ref)
	if err != nil {
		return false
	}
	for _, r := range p.Observers(s) {
		if r.Effect == process.Collect || r.Effect == process.Hold {
			return true
		}
	}
	return false
}

// look asks the gateway about a deal and merges what happened. It sends nothing.
func (e *Engine) look(ctx context.Context, tx Transaction) error {
	if tx.IntentID == "" {
		_, err := e.Sync(ctx, tx)
		return err
	}
	i, err := e.config.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return err
	}
	now := e.now()
	if _, busy := e.calling.Load(i.ID); busy || i.Status != IntentOpen || now.Before(i.UpdatedAt.Add(e.lease())) {
		return nil // somebody is at it
	}
	s, err := e.lookup(ctx, tx, i)
	if err != nil {
		return err
	}
	if e.happened(tx, i, s) {
		_, _, err := e.settle(ctx, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		return ignoreRefusal(err)
	}
	// Recovery judges what else it may mean, soon.
	held := i.Due
	if i.Due = now; held.After(now) {
		return e.config.Store.DeferIntent(ctx, i, held)
	}
	return nil
}
