package sqlstore_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
)

// patience of the stores in these tests; what hangs is given up after a small
// multiple of it.
const patience = 900 * time.Millisecond

// soon fails the test if something takes longer than any bound allows.
func soon(t *testing.T, what string, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%s took %s", what, took)
	}
}

func isDown(err error) bool { return fault.ReasonOf(err) == "database_unavailable" }

// TestM28_frozen plays a server that hangs: connections stay open, nothing answers.
func TestM28_frozen(t *testing.T) {
	t.Parallel()
	for _, portable := range []bool{false, true} {
		t.Run(map[bool]string{false: "one statement", true: "portable"}[portable], func(t *testing.T) {
			t.Parallel()
			address := testdb.Postgres(t)
			p, proxied := pgtest.StartProxy(t, address)
			db, ctx := open(t, proxied, sqlstore.Options{Patience: patience, Portable: portable, Writers: 1}), t.Context()
			if err := db.Apply(ctx, commit(1, "before")); err != nil {
				t.Fatal(err)
			}
			if err := db.Ready(ctx); err != nil {
				t.Fatalf("ready before: %v", err)
			}
			p.Freeze(true)
			soon(t, "reading", func() {
				if _, err := db.Transaction(ctx, 1, 1); !isDown(err) {
					t.Errorf("reading: %v", err)
				}
			})
			soon(t, "committing", func() {
				err := db.Apply(ctx, commit(2, "hangs"))
				// The portable way may not get as far as sending anything.
				if !isDown(err) || fault.As(err).Money() != fault.MoneyUnknown && !portable {
					t.Errorf("a commit that was sent and not answered: %v, money moved: %s", err, fault.As(err).Money())
				}
			})
			waitFor(t, func() bool { return isDown(db.Ready(ctx)) })
			p.Freeze(false)
			waitFor(t, func() bool { return db.Ready(ctx) == nil })
			if err := db.Apply(ctx, commit(3, "after")); err != nil {
				t.Errorf("a commit after the server came back: %v", err)
			}
			// Written or not, but not both.
			if err := db.Apply(ctx, commit(2, "once more")); err != nil && fault.ReasonOf(err) != "revision_conflict" {
				t.Errorf("repeating what was in doubt: %v", err)
			}
			if log, err := db.Timeline(ctx, 2); err != nil || len(log) != 1 {
				t.Errorf("%d log rows, %v", len(log), err)
			}
		})
	}
}

// TestM28_callerGivesUp does not wait for a hanging server longer than the caller.
func TestM28_callerGivesUp(t *testing.T) {
	t.Parallel()
	p, proxied := pgtest.StartProxy(t, testdb.Postgres(t))
	db := open(t, proxied, sqlstore.Options{Patience: time.Minute})
	if _, err := db.Timeline(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	p.Freeze(true)
	defer p.Freeze(false)
	soon(t, "a read with a deadline", func() {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if _, err := db.Timeline(ctx, 1); err == nil {
			t.Error("a frozen server answered")
		}
	})
}

// TestM28_closeEnds closes a store whose server hangs in the middle of a commit.
func TestM28_closeEnds(t *testing.T) {
	t.Parallel()
	p, proxied := pgtest.StartProxy(t, testdb.Postgres(t))
	db, err := sqlstore.Open(t.Context(), proxied, sqlstore.Options{Patience: time.Minute, Writers: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Apply(t.Context(), commit(1, "before")); err != nil {
		t.Fatal(err)
	}
	p.Freeze(true)
	defer p.Freeze(false)
	verdict := make(chan error, 1)
	go func() { verdict <- db.Apply(t.Context(), commit(2, "hangs")) }()
	waitFor(t, func() bool { return db.Stats().Batches == 2 })
	soon(t, "closing", func() {
		if err := db.Close(); err != nil {
			t.Logf("closing: %v", err) // its sessions break
		}
		if err := <-verdict; fault.As(err).Money() != fault.MoneyUnknown {
			t.Errorf("the commit that hung: %v", err)
		}
	})
}

// TestM28_partition cuts every connection and refuses new ones: the answer is at
// once, and nothing was done.
func TestM28_partition(t *testing.T) {
	t.Parallel()
	p, proxied := pgtest.StartProxy(t, testdb.Postgres(t))
	db, ctx := open(t, proxied, sqlstore.Options{Patience: patience, Writers: 1}), t.Context()
	if err := db.Apply(ctx, commit(1, "before")); err != nil {
		t.Fatal(err)
	}
	p.Refuse(true)
	soon(t, "committing", func() {
		if err := db.Apply(ctx, commit(2, "cut")); !isDown(err) {
			t.Errorf("a commit without a server: %v", err)
		}
		err := db.Apply(ctx, commit(3, "cut too"))
		if !isDown(err) || fault.As(err).Money() != fault.MoneyNo {
			t.Errorf("a commit that could not be sent: %v, money moved: %s", err, fault.As(err).Money())
		}
		if _, err := db.Timeline(ctx, 1); !isDown(err) {
			t.Errorf("reading: %v", err)
		}
		waitFor(t, func() bool { return isDown(db.Ready(ctx)) })
	})
	p.Refuse(false)
	waitFor(t, func() bool { return db.Apply(ctx, commit(4, "after")) == nil })
}

// TestM28_promotion has a primary that hangs and is never heard of again, and
// another host of the URL that takes over.
func TestM28_promotion(t *testing.T) {
	t.Parallel()
	address := testdb.Postgres(t)
	old, first := pgtest.StartProxy(t, address)
	_, second := pgtest.StartProxy(t, address)
	a, b := parse(t, first), parse(t, second)
	q := a.Query()
	q.Set("port", a.Port()+","+b.Port())
	a.Host, a.RawQuery = a.Hostname()+","+b.Hostname(), q.Encode()
	db, ctx := open(t, a.String(), sqlstore.Options{Patience: patience}), t.Context()
	if err := db.Apply(ctx, commit(1, "before")); err != nil {
		t.Fatal(err)
	}
	old.Freeze(true)
	defer old.Freeze(false)
	soon(t, "going over to the new primary", func() {
		next := int64(2)
		waitFor(t, func() bool { next++; return db.Apply(ctx, commit(next, strconv.FormatInt(next, 10))) == nil })
		waitFor(t, func() bool { return db.Ready(ctx) == nil })
		if _, err := db.Timeline(ctx, 1); err != nil {
			t.Errorf("reading: %v; the new primary is at %s", err, second)
		}
	})
}

func parse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestM25_readOnly makes the server read-only for new sessions, as a primary that
// was fenced, and ends the old ones.
func TestM25_readOnly(t *testing.T) {
	t.Parallel()
	for _, attrs := range []string{"", "any"} {
		t.Run("target_session_attrs="+attrs, func(t *testing.T) {
			t.Parallel()
			address := testdb.Postgres(t)
			admin, ctx := connect(t, address), t.Context()
			if attrs != "" {
				address += "&target_session_attrs=" + attrs
			}
			db := open(t, address, sqlstore.Options{Patience: patience})
			if err := db.Apply(ctx, commit(1, "before")); err != nil {
				t.Fatal(err)
			}
			name := strings.TrimPrefix(parse(t, address).Path, "/")
			for _, text := range []string{
				`alter database ` + name + ` set default_transaction_read_only = on`,
				`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
			} {
				if _, err := admin.ExecContext(ctx, text); err != nil {
					t.Fatal(err)
				}
			}
			waitFor(t, func() bool { return isDown(db.Ready(ctx)) })
			if err := db.Apply(ctx, commit(2, "refused")); !isDown(err) {
				t.Errorf("a commit to a read-only server: %v", err)
			}
			if _, err := db.NextID(ctx); attrs == "" && !isDown(err) {
				t.Errorf("a statement to a read-only server: %v", err)
			}
			if _, err := admin.ExecContext(ctx, `set transaction_read_only = off; alter database `+name+` reset default_transaction_read_only`); err != nil {
				t.Fatal(err)
			}
			waitFor(t, func() bool { return db.Ready(ctx) == nil })
			for id := int64(3); id < 20; id++ {
				if err := db.Apply(ctx, commit(id, strconv.FormatInt(id, 10))); err != nil {
					t.Fatalf("a commit after there is a writable server: %v", err)
				}
			}
		})
	}
}

// TestH8_down is the store's part: a stopped server is a fault that says so.
func TestH8_down(t *testing.T) {
	t.Parallel()
	_, err := sqlstore.Open(t.Context(), "postgres://handsel@127.0.0.1:1/none?sslmode=disable", sqlstore.Options{})
	if !isDown(err) || !errors.Is(err, fault.New(fault.Unavailable, "", "")) {
		t.Errorf("%v", err)
	}
}

// TestM36_clock has a replica that is three minutes ahead, also one whose clock was
// right when it started: it claims nothing and says that it is not ready.
func TestM36_clock(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	db, ctx := open(t, testdb.Postgres(t), sqlstore.Options{Now: now}), t.Context()
	claims := map[string]func() error{
		"timers":    func() error { _, err := db.ClaimTimers(ctx, now(), now(), 1); return err },
		"intents":   func() error { _, err := db.ClaimIntents(ctx, now(), now(), 1); return err },
		"messages":  func() error { _, err := db.Claim(ctx, now(), now(), 1); return err },
		"mails":     func() error { _, err := db.ClaimMails(ctx, now(), now(), 1); return err },
		"reminders": func() error { _, err := db.ClaimReminders(ctx, now(), now(), 1); return err },
		"listings":  func() error { _, err := db.ClaimUnmirrored(ctx, now(), now(), 1); return err },
		"readiness": func() error { return db.Ready(ctx) },
	}
	for what, do := range claims {
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, skew := range []time.Duration{3 * time.Minute, -3 * time.Minute} {
		ahead.Store(int64(skew))
		for what, do := range claims {
			if err := do(); fault.ReasonOf(err) != "clock_skewed" {
				t.Errorf("%s with a clock %s ahead: %v", what, skew, err)
			}
		}
	}
}

// TestM26_pooler opens a store through a pooler in transaction mode, which cannot
// work and says so, and in session mode, which works.
func TestM26_pooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"transaction", "session"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			db, err := sqlstore.Open(t.Context(), pgtest.Pooler(t, testdb.Postgres(t), mode), sqlstore.Options{})
			if mode == "transaction" {
				if err == nil || !strings.Contains(err.Error(), "pool_mode=session") {
					t.Errorf("%v, closed: %v", err, db.Close())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for id := int64(1); id < 20; id++ {
				if err := db.Apply(t.Context(), commit(id, strconv.FormatInt(id, 10))); err != nil {
					t.Error(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
