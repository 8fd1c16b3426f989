package sqlstore_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func commit(id int64, note string) orchestrator.Commit {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return orchestrator.Commit{
		Transaction: orchestrator.Transaction{
			ID: id, CommunityID: 1, Process: "none@1", Revision: 1, EventSequence: 1,
			Deal: process.Deal{State: "free"}, CreatedAt: at, UpdatedAt: at,
		},
		Log:    orchestrator.LogEntry{Transition: "create", To: "free", Note: note, At: at},
		Events: []orchestrator.Event{{Sequence: 1, Type: "transaction.free", At: at}},
		Reply:  &idempotency.Change{Reply: idempotency.Reply{Scope: "s", Key: note, Status: 200, At: at}},
	}
}

// TestAnswerLost cuts the connection after the commit was written and before
// its answer: the store must find out that it was, and not write it again.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	for _, o := range []struct {
		name    string
		options sqlstore.Options
	}{{"one statement", sqlstore.Options{}}, {"portable", sqlstore.Options{Portable: true}}} {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			p, proxied := pgtest.StartProxy(t, testdb.Postgres(t))
			db, ctx := open(t, proxied, o.options), t.Context()
			if err := db.Apply(ctx, commit(1, "warm up")); err != nil {
				t.Fatal(err)
			}
			p.Lose("lose me")
			if err := db.Apply(ctx, commit(2, "lose me")); err != nil {
				t.Errorf("the commit was written, but Apply says: %v", err)
			}
			if p.Lost() != 1 || db.Stats().Retries == 0 {
				t.Fatalf("%d answers were lost, %d retries: this test tests nothing", p.Lost(), db.Stats().Retries)
			}
			if log, err := db.Timeline(ctx, 2); err != nil || len(log) != 1 {
				t.Errorf("%d log rows, %v", len(log), err)
			}
			if err := db.Apply(ctx, commit(2, "again")); !errors.Is(err, orchestrator.ErrRevisionConflict) {
				t.Errorf("another commit of the same revision: %v", err)
			}
		})
	}
}

// TestServerGone lets every connection break while many commit: each verdict
// must be true.
func TestServerGone(t *testing.T) {
	t.Parallel()
	address := testdb.Postgres(t)
	db, ctx := open(t, address, sqlstore.Options{}), t.Context()
	admin := connect(t, address)
	const kills = 12
	var killer sync.WaitGroup
	killer.Go(func() {
		for range kills {
			if _, err := admin.ExecContext(ctx, `select pg_terminate_backend(pid), pg_sleep(0.02) from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() order by query like 'with%' desc limit 1`); err != nil {
				t.Errorf("terminate: %v", err)
				return
			}
		}
	})
	errs := make([]error, 300)
	var all sync.WaitGroup
	for worker := range 10 {
		all.Go(func() {
			for i := worker; i < len(errs); i += 10 {
				errs[i] = db.Apply(ctx, commit(int64(i+1), strconv.Itoa(i)))
			}
		})
	}
	all.Wait()
	killer.Wait()
	// Those may all have struck between two commits. This one strikes the writers' sessions.
	if _, err := admin.ExecContext(ctx, `select pg_terminate_backend(pid, 10000) from pg_stat_activity
		where datname = current_database() and pid <> pg_backend_pid()`); err != nil {
		t.Fatal(err)
	}
	errs = append(errs, db.Apply(ctx, commit(int64(len(errs)+1), "after all")))
	for i, err := range errs {
		var n int
		if e := admin.GetContext(ctx, &n, `select count(*) from transaction_log where transaction_id = $1`, i+1); e != nil {
			t.Fatal(e)
		}
		if err != nil || n != 1 {
			t.Errorf("commit %d: %v, %d log rows", i, err, n)
		}
	}
	if db.Stats().Retries == 0 {
		t.Error("no connection broke: this test tests nothing")
	}
}

// TestSerializationFailure runs at an isolation level at which the server asks
// clients to repeat (40001), as distributed databases do: many commits at once, of which it
// refuses what it likes, and then one for each kind of store that it must refuse.
func TestSerializationFailure(t *testing.T) {
	t.Parallel()
	address := testdb.Postgres(t)
	serializable := address + "&default_transaction_isolation=serializable"
	stores := []*sqlstore.DB{open(t, serializable, sqlstore.Options{BatchSize: 1}), open(t, serializable, sqlstore.Options{BatchSize: 1, Portable: true})}
	ctx := t.Context()
	errs := make([]error, 200)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < len(errs); i += 8 {
				errs[i] = stores[i%2].Apply(ctx, commit(int64(i+1), strconv.Itoa(i)))
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			t.Errorf("commit %d: %v", i, err)
		}
	}
	for i, db := range stores {
		overtake(t, connect(t, address), db, int64(i+1))
	}
}

// overtake changes a deal while a commit of its next revision waits for it: at this level
// the server refuses the commit once, and the store has to repeat it.
func overtake(t *testing.T, other *sqlx.DB, db *sqlstore.DB, id int64) {
	t.Helper()
	ctx := t.Context()
	first, err := other.BeginTxx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.ExecContext(ctx, `update transactions set revision = revision where id = $1`, id); err != nil {
		t.Fatal(err)
	}
	next := commit(id, "overtaken "+strconv.FormatInt(id, 10))
	next.Transaction.Revision, next.Transaction.EventSequence, next.Events[0].Sequence = 2, 2, 2
	next.Log.From = "free"
	before, done := db.Stats().Retries, make(chan error, 1)
	go func() { done <- db.Apply(ctx, next) }()
	waitFor(t, func() bool {
		waiting := false
		if err := first.GetContext(ctx, &waiting, `select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))`); err != nil {
			t.Fatal(err)
		}
		return waiting
	})
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("overtaken: %v", err)
	}
	if db.Stats().Retries == before {
		t.Error("the server did not ask to repeat: this test tests nothing")
	}
	if log, err := db.Timeline(ctx, id); err != nil || len(log) != 2 {
		t.Errorf("overtaken: %d log rows, %v", len(log), err)
	}
}

func connect(t *testing.T, address string) *sqlx.DB {
	t.Helper()
	db, err := sqlx.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	})
	return db
}

// TestCancelledInQueue blocks the writers with a lock and cancels a commit that
// waits behind them: it must not be written. Those that were taken are.
func TestCancelledInQueue(t *testing.T) {
	t.Parallel()
	address := testdb.Postgres(t)
	db, ctx := open(t, address, sqlstore.Options{Writers: 1}), t.Context()
	lock, err := connect(t, address).BeginTxx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(ctx, `lock table transaction_log in exclusive mode`); err != nil {
		t.Fatal(err)
	}
	taken, cancelTaken := context.WithCancel(ctx)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- db.Apply(taken, commit(1, "taken")) }()
	waitFor(t, func() bool { return db.Stats().Batches == 1 })
	waiting, cancelWaiting := context.WithCancel(ctx)
	go func() { second <- db.Apply(waiting, commit(2, "waiting")) }()
	waitFor(t, func() bool { return db.Stats().Queued == 1 })
	cancelWaiting()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
	cancelTaken()
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := <-first; err != nil {
		t.Errorf("cancelled when taken: %v", err)
	}
	if log, err := db.Timeline(ctx, 1); err != nil || len(log) != 1 {
		t.Errorf("taken: %d log rows, %v", len(log), err)
	}
	if log, err := db.Timeline(ctx, 2); err != nil || len(log) != 0 {
		t.Errorf("cancelled: %d log rows, %v", len(log), err)
	}
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-t.Context().Done():
			t.Fatal("the test ended")
		case <-tick.C:
		}
	}
}
