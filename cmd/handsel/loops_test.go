package main

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// Work that should go on for ever is taken up again after an error, not at once,
// and not any more when the program is to end.
func TestPersist(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begun, runs := time.Now(), 0
		persist(ctx, slog.New(slog.DiscardHandler), "work", func(ctx context.Context) error {
			if runs++; runs < 3 {
				return errors.New("the connection is gone")
			}
			cancel()
			<-ctx.Done()
			return ctx.Err()
		})
		if runs != 3 || time.Since(begun) != 10*time.Second {
			t.Errorf("%d runs in %s, want 3 in 10s", runs, time.Since(begun))
		}
	})
}

// A replica hears what the others tell: it listens at the database they share.
func TestServe_listens(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	address := freeAddress(t)
	start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_DATABASE_URL=" + url}, "serve")
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	await(t, "the replica to listen", func() bool {
		var n int
		err := db.QueryRowContext(t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and query like 'LISTEN "handsel_%"'`).Scan(&n)
		return err == nil && n == 1
	})
}
