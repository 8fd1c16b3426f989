package sqlstore

import (
	"context"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/migrations"
)

const (
	// stuckAfter is how long a batch may be written before its writer counts as stuck.
	stuckAfter = 4 * time.Second
	// freshFor is how long an answer of Ready is true for, and how long a commit
	// proves that commits are possible.
	freshFor    = time.Second
	readyWithin = 2 * time.Second
)

// health remembers the last answer of Ready, so that any number of callers ask the
// database once a second.
type health struct {
	now func() time.Time

	mu   sync.Mutex // held while one asks; the others wait for its answer
	at   time.Time
	last error
}

// Ready reports whether commits are possible: no writer is stuck, the server that
// they write to takes writes, and this machine's clock is right. The fault says what is wrong. It is cheap to ask
// often.
func (db *database) Ready(ctx context.Context) error {
	if since := db.group.stuck(); since > stuckAfter {
		return fault.New(fault.Unavailable, reasonUnavailable, "a commit has waited for the database for %d s", int64(since/time.Second))
	}
	h := &db.health
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	if now.Sub(db.group.lastWritten()) < freshFor {
		return db.trustClock(ctx)
	}
	if now.Sub(h.at) < freshFor {
		return h.last
	}
	asked, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	if h.last = db.probe(asked); h.last == nil {
		h.last = db.trustClock(asked)
	}
	h.at = now
	return h.last
}

// probe asks on a session of the writers' pool.
func (db *database) probe(ctx context.Context) error {
	if db.dialect != migrations.Postgres {
		return db.Ping(ctx)
	}
	var readOnly bool
	const query = `select current_setting('transaction_read_only') = 'on'`
	if err := db.commits.GetContext(ctx, &readOnly, query); err != nil {
		return fault.Wrap(err, fault.Unavailable, reasonUnavailable, "the database does not answer")
	}
	if !readOnly {
		return nil
	}
	// As a write would find: the sessions are given up, so that the primary is looked for.
	db.sessions.retire(db.sessions.epoch.Load())
	return fault.New(fault.Unavailable, reasonUnavailable, "the database is read-only")
}
