package sqlstore_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// confided is a commit with a secret wherever there is place for one.
func confided(id int64, status orchestrator.IntentStatus) orchestrator.Commit {
	c := orchestrator.Commit{Transaction: orchestrator.Transaction{ID: id, CommunityID: 1, Revision: 1, Process: "preauthorize@1", Gateway: "stripe", UnitPrice: money.New(1, "EUR"), CreatedAt: ticketTime}}
	t := &c.Transaction
	t.Price, t.JoinCode, t.ClientSecret, t.RedirectURL = money.New(1, "EUR"), "canary-join", "canary-client", "https://example.com/pay#canary-page"
	c.Intent = &orchestrator.Intent{
		ID: fmt.Sprint("intent-", id), CommunityID: 1, TransactionID: id, Gateway: "stripe", Transition: "create", Verb: process.Authorize,
		Input: map[string]string{"payment_method": "canary-token"}, Status: status, Attempt: 1, Due: ticketTime, CreatedAt: ticketTime, UpdatedAt: ticketTime,
	}
	return c
}

// stored is what the database itself has of a deal and its operation.
func stored(t *testing.T, url string, id int64) (deal, input string) {
	t.Helper()
	raw := rawDB(t, url)
	if err := raw.QueryRowContext(t.Context(), `select join_code || ' ' || redirect_url || ' ' || client_secret from transactions where id = $1`, id).Scan(&deal); err != nil {
		t.Fatal(err)
	}
	if err := raw.QueryRowContext(t.Context(), `select cast(input as text) from intents where transaction_id = $1`, id).Scan(&input); err != nil {
		t.Fatal(err)
	}
	return deal, input
}

// onEvery runs a test on each way in which commits are written.
func onEvery(t *testing.T, test func(t *testing.T, url string, o sqlstore.Options)) {
	for name, c := range map[string]struct {
		url func(*testing.T) string
		o   sqlstore.Options
	}{"sqlite": {sqliteFile, sqlstore.Options{}}, "postgres": {postgres, sqlstore.Options{}}, "portable": {postgres, sqlstore.Options{Portable: true}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, c.url(t), c.o)
		})
	}
}

// What lets its holder pay or join is not in the database in the clear, and the input
// of an operation goes when it is settled.
func TestB9_secretsAreSealed(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		c := confided(7, orchestrator.IntentOpen)
		if err := db.Apply(ctx, c); err != nil {
			t.Fatal(err)
		}
		deal, input := stored(t, url, 7)
		if strings.Contains(deal+input, "canary") || strings.Count(deal, "sealed:") != 3 || !strings.HasPrefix(input, `"sealed:`) {
			t.Errorf("stored %s, %s", deal, input)
		}
		tx, err := db.Transaction(ctx, 1, 7)
		if err != nil || tx.JoinCode != "canary-join" || tx.ClientSecret != "canary-client" || tx.RedirectURL != c.Transaction.RedirectURL {
			t.Errorf("read %q, %q, %q, %v", tx.JoinCode, tx.ClientSecret, tx.RedirectURL, err)
		}
		claimed, err := db.ClaimIntents(ctx, ticketTime, ticketTime, 10)
		if err != nil || len(claimed) != 1 || claimed[0].Input["payment_method"] != "canary-token" {
			t.Fatalf("claimed %v, %v", claimed, err)
		}
		c.Transaction.Revision, c.Intent.Status = 2, orchestrator.IntentSucceeded
		if err := db.Apply(ctx, c); err != nil {
			t.Fatal(err)
		}
		if _, input := stored(t, url, 7); input != "{}" {
			t.Errorf("a settled operation keeps %s", input)
		}
	})
}

// What an older release stored in the clear can be read, and is sealed or cleared
// by the job, without a change of what is read.
func TestB9_rowsOfOlderReleases(t *testing.T) {
	t.Parallel()
	onEvery(t, func(t *testing.T, url string, o sqlstore.Options) {
		db, ctx := open(t, url, o), t.Context()
		status := map[int64]orchestrator.IntentStatus{1: orchestrator.IntentOpen, 2: orchestrator.IntentSucceeded, 3: orchestrator.IntentNotSent, 4: orchestrator.IntentDeclined}
		raw := rawDB(t, url)
		for id, s := range status {
			c := confided(id, s)
			if err := db.Apply(ctx, c); err != nil {
				t.Fatal(err)
			}
			inClear(t, raw, c)
		}
		look := func() {
			t.Helper()
			tx, err := db.Transaction(ctx, 1, 1)
			i, failed := db.Intent(ctx, "intent-1")
			if err != nil || failed != nil || tx.JoinCode != "canary-join" || tx.ClientSecret != "canary-client" || i.Input["payment_method"] != "canary-token" {
				t.Errorf("read %q, %q, %v, %v, %v", tx.JoinCode, tx.ClientSecret, i.Input, err, failed)
			}
		}
		look()
		if n, err := db.SealOld(ctx); n != 8 || err != nil {
			t.Errorf("%d rows changed, %v, want 8", n, err)
		}
		look()
		for id, s := range status {
			deal, input := stored(t, url, id)
			kept := s == orchestrator.IntentOpen || s == orchestrator.IntentNotSent
			if strings.Contains(deal+input, "canary") || kept != strings.HasPrefix(input, `"sealed:`) {
				t.Errorf("%s: %s, %s", s, deal, input)
			}
		}
		if n, err := db.SealOld(ctx); n != 0 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
	})
}

// inClear writes the secrets of a commit as a release did that sealed none.
func inClear(t *testing.T, raw *sql.DB, c orchestrator.Commit) {
	t.Helper()
	for query, args := range map[string][]any{
		`update transactions set join_code = $2, redirect_url = $3, client_secret = $4 where id = $1`: {c.Transaction.ID, c.Transaction.JoinCode, c.Transaction.RedirectURL, c.Transaction.ClientSecret},
		`update intents set input = $2 where transaction_id = $1`:                                     {c.Transaction.ID, `{"payment_method": "canary-token"}`},
	} {
		if _, err := raw.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
}

// A store without the key reads deals and changes them without losing the secrets;
// operations that need their input are not handed out, and hold up no others.
func TestB9_withoutTheKey(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "keys.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			with := open(t, url, sqlstore.Options{SealKeys: []secretbox.Key{{ID: "given", Secret: [secretbox.KeySize]byte{1}}}})
			if err := with.Apply(ctx, confided(1, orchestrator.IntentOpen)); err != nil {
				t.Fatal(err)
			}
			without := open(t, url, sqlstore.Options{})
			tx, err := without.Transaction(ctx, 1, 1)
			if err != nil || strings.Contains(tx.ClientSecret+tx.JoinCode, "canary") {
				t.Fatalf("%q, %v", tx.ClientSecret, err)
			}
			if _, err := without.ClaimIntents(ctx, ticketTime, ticketTime, 10); err == nil {
				t.Error("an operation was handed out without its input, and nobody was told")
			}
			own := confided(2, orchestrator.IntentOpen)
			if err := without.Apply(ctx, own); err != nil {
				t.Fatal(err)
			}
			if got, err := without.ClaimIntents(ctx, ticketTime, ticketTime, 10); err != nil || len(got) != 1 || got[0].ID != own.Intent.ID {
				t.Errorf("claimed %v, %v", got, err)
			}
			tx.Revision++
			if err := without.Apply(ctx, orchestrator.Commit{Transaction: tx}); err != nil {
				t.Fatal(err)
			}
			if tx, err := with.Transaction(ctx, 1, 1); err != nil || tx.ClientSecret != "canary-client" || tx.JoinCode != "canary-join" || tx.Revision != 2 {
				t.Errorf("after a change without the key: %q, %q, %v", tx.ClientSecret, tx.JoinCode, err)
			}
		})
	}
}

// What staff asked for is not shown without its key, and hides nothing else.
func TestB9_approvalsWithoutTheKey(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, by := t.Context(), orchestrator.By{Actor: "operator:olga", Reason: "a test", At: ticketTime}
			ask := func(db *sqlstore.DB, id int64) {
				t.Helper()
				a := orchestrator.Approval{
					ID: id, CommunityID: 1, Status: orchestrator.ApprovalWaiting, Act: "operators.set", Object: "community:1", AskedBy: by.Actor,
					Reason: by.Reason, AskedAt: ticketTime, ExpiresAt: ticketTime.Add(time.Hour), Request: []byte(`{"Operators":["ann"]}`), Same: fmt.Sprint("same:", id),
				}
				if _, err := db.AskApproval(ctx, a, nil, by.Act(1, "approval.ask", orchestrator.ObjectOfApproval(id), nil)); err != nil {
					t.Fatal(err)
				}
			}
			with := open(t, url, sqlstore.Options{SealKeys: []secretbox.Key{{ID: "given", Secret: [secretbox.KeySize]byte{1}}}})
			if err := with.AddCommunity(ctx, 1, "One", by); err != nil {
				t.Fatal(err)
			}
			ask(with, 1)
			without := open(t, url, sqlstore.Options{})
			ask(without, 2)
			all, err := without.ListApprovals(ctx, orchestrator.ApprovalFilter{CommunityID: 1, Limit: 10})
			if err != nil || len(all) != 2 {
				t.Fatalf("%d approvals, %v", len(all), err)
			}
			for _, a := range all {
				if readable := len(a.Request) > 0; readable != (a.ID == 2) {
					t.Errorf("the request of approval %d is %q", a.ID, a.Request)
				}
			}
			due, err := without.ClaimApprovals(ctx, ticketTime.Add(2*time.Hour), ticketTime.Add(2*time.Hour), ticketTime, 10)
			if err != nil || len(due) != 2 {
				t.Errorf("%d approvals are due, %v", len(due), err)
			}
			engine, err := orchestrator.New(orchestrator.Config{Store: without.ForEngine(), Now: func() time.Time { return ticketTime }, NewID: func() string { return "id" }})
			if err != nil {
				t.Fatal(err)
			}
			if err := without.SaveOperators(ctx, 1, []string{"olga", "ann"}, by); err != nil {
				t.Fatal(err)
			}
			ann := process.Actor{Kind: process.Staff, ID: "ann"}
			if _, err := engine.Decide(ctx, 1, 1, ann, "seen", "", orchestrator.ApprovalApproved); fault.ReasonOf(err) != "approval_sealed" {
				t.Errorf("approved unseen: %v", err)
			}
			if _, err := engine.Decide(ctx, 1, 1, ann, "not that", "", orchestrator.ApprovalRejected); err != nil {
				t.Errorf("rejected: %v", err)
			}
		})
	}
}
