package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/handsel-dev/handsel/migrations"
)

// How long a listener waits before it connects again.
const (
	firstReconnect   = time.Second
	longestReconnect = time.Minute
	pingListener     = 20 * time.Second // a connection that hangs is known by its silence
	listenSilence    = 3 * pingListener
)

// Notify tells the listeners of all replicas. It is a hint that may get lost;
// where the database has no such thing it does nothing.
func (db *database) Notify(ctx context.Context, channel, payload string) error {
	if db.dialect == migrations.SQLite {
		return nil
	}
	_, err := db.exec(ctx, `select pg_notify($1, $2)`, channel, payload)
	return err
}

// Listen calls heard for what any replica tells on some channels, until ctx is done. Where the
// database has no such thing it only waits for that.
func (db *database) Listen(ctx context.Context, heard func(channel, payload string), channels ...string) error {
	if db.dialect == migrations.SQLite {
		<-ctx.Done()
		return nil
	}
	wire := &dialer{silence: listenSilence, now: time.Now}
	l := pq.NewDialListener(wire, db.address, firstReconnect, longestReconnect, nil)
	// A server that hangs must not keep anybody who wants to leave.
	defer context.AfterFunc(ctx, func() {
		wire.cut()
		_ = l.Close() // says only that it was closed before
	})()
	defer l.Close()
	for _, channel := range channels {
		if err := l.Listen(channel); err != nil && ctx.Err() == nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	ping := time.NewTicker(pingListener)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ping.C:
			// In the background: what does not answer is cut after the silence.
			go func() { _ = l.Ping() }()
		case n := <-l.Notify:
			// nil comes after a reconnection: what was told meanwhile is lost.
			if n != nil {
				heard(n.Channel, n.Extra)
			}
		}
	}
}
