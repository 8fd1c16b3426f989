package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/migrations"
)

// MaxSkew is how far this machine's clock may be from the database's: leases and
// timers of all replicas compare with it.
const MaxSkew = 5 * time.Second

// clock remembers how far this machine's clock was from the database's.
type clock struct {
	mu   sync.Mutex // held while one asks; the others wait for its answer
	at   time.Time
	skew time.Duration

	shown atomic.Int64 // skew, for who must not wait
}

// ClockSkew is how far the given clock is ahead of the database server's, at least:
// the time that the answer takes is not counted. SQLite runs on this machine's
// clock, so there it is nothing.
func (db *database) ClockSkew(ctx context.Context, now func() time.Time) (time.Duration, error) {
	if db.dialect != migrations.Postgres {
		return 0, nil
	}
	var server time.Time
	before := now()
	if err := db.read.GetContext(ctx, &server, `select clock_timestamp()`); err != nil {
		return 0, unavailable(fmt.Errorf("read the database's clock: %w", err))
	}
	switch after := now(); {
	case server.Before(before):
		return before.Sub(server), nil
	case server.After(after):
		return after.Sub(server), nil
	}
	return 0, nil
}

// trustClock refuses to claim work while this machine's clock is wrong: a replica
// that is ahead takes what still belongs to another, and what is not due yet. It
// asks the database once a second at most.
func (db *database) trustClock(ctx context.Context) error {
	if db.dialect != migrations.Postgres {
		return nil
	}
	c := &db.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := db.health.now(); c.at.IsZero() || now.Sub(c.at).Abs() >= freshFor {
		skew, err := db.ClockSkew(ctx, db.health.now)
		if err != nil {
			return err
		}
		c.skew, c.at = skew, now
		c.shown.Store(int64(skew))
	}
	if c.skew.Abs() <= MaxSkew {
		return nil
	}
	return fault.New(fault.Unavailable, "clock_skewed", "this machine's clock is %s away from the database's; synchronise both: until then this replica does no due work",
		c.skew.Round(time.Millisecond))
}
