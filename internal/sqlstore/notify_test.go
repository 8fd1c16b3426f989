package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
)

func TestNotify_reachesOtherReplicas(t *testing.T) {
	t.Parallel()
	address := testdb.Postgres(t)
	one, other := open(t, address, sqlstore.Options{}), open(t, address, sqlstore.Options{})
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	heard, ended := make(chan string, 100), make(chan error, 1)
	go func() {
		ended <- other.Listen(ctx, func(_, payload string) {
			select {
			case heard <- payload:
			default:
			}
		}, "test")
	}()
	// The listener connects in its own time, so it is told until it has heard.
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case payload := <-heard:
			if payload != "501/bea" {
				t.Errorf("heard %q", payload)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			return
		case <-again.C:
			if err := one.Notify(ctx, "test", "501/bea"); err != nil {
				t.Fatal(err)
			}
		case <-ctx.Done():
			t.Fatal("nothing was heard")
		}
	}
}

func TestNotify_isNothingOnSQLite(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir()+"/test.db", sqlstore.Options{})
	if err := db.Notify(t.Context(), "test", "x"); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := db.Listen(ctx, func(string, string) { t.Error("heard something") }, "test"); err != nil {
		t.Error(err)
	}
}
