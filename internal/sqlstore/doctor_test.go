package sqlstore_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// TestDoctorFinds plants one corruption at a time.
func TestDoctorFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, invariant, message, plant string }{
		{"posting changed", "I-1", "sum to zero", `update postings set amount = amount + 1 where transaction_id = 1 and line = 1`},
		{"posting invented", "I-1", "no commit", `update postings set revision = 9 where transaction_id = 1`},
		{"balance changed", "I-3", "sum of its postings", `update accounts set balance = balance + 1`},
		{"balance lost", "I-3", "sum of its postings", `delete from accounts`},
		{"funds changed", "I-4", "ledger holds another", `update transactions set held = held + 1, captured = captured + 1 where id = 1`},
		{"intent without history", "I-6", "not in the history", `update transaction_log set intent_id = '' where transaction_id = 1`},
		{"log row lost", "I-8", "gap", `delete from transaction_log where transaction_id = 1 and revision = 1`},
		{"log row changed", "I-8", "no chain", `update transaction_log set from_state = 'x' where transaction_id = 1 and revision = 2`},
		{"state changed", "I-8", "history ends in", `update transactions set state = 'x' where id = 1`},
		{"event lost", "I-9", "gap", `delete from events where transaction_id = 1 and sequence = 1`},
		{"event invented", "I-9", "no transaction", `update events set transaction_id = 77 where transaction_id = 1`},
		{"money where none belongs", "I-4", "should hold", `update transactions set process = 'preauthorize@1', state = 'rejected', operation = '' where id = 1`},
		{"timer in a terminal state", "I-8", "not at rest", `update transactions set state = 'free' where id = 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for driver, url := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "x.db"), "postgres": pgtest.URL(t)} {
				db, ctx := open(t, url, sqlstore.Options{}), t.Context()
				for _, commit := range history(t) {
					if err := db.Apply(ctx, commit); err != nil {
						t.Fatal(err)
					}
				}
				if v := examine(t, db); len(v) != 0 {
					t.Fatalf("%s: a sound database has violations: %v", driver, v)
				}
				raw, err := sqlx.Open(driver, url)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := raw.ExecContext(ctx, c.plant); err != nil {
					t.Fatal(err)
				}
				if err := raw.Close(); err != nil {
					t.Fatal(err)
				}
				if v := examine(t, db); !contains(v, c.invariant, c.message) {
					t.Errorf("%s: %v", driver, v)
				}
			}
		})
	}
}

func contains(all []orchestrator.Violation, invariant, message string) bool {
	for _, v := range all {
		if v.Invariant == invariant && strings.Contains(v.Message, message) {
			return true
		}
	}
	return false
}

func examine(t *testing.T, db *sqlstore.DB) []orchestrator.Violation {
	t.Helper()
	r, err := process.NewRegistry(process.All()...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := db.Doctor(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// history is a transaction that takes money, and a deposit.
func history(t *testing.T) []orchestrator.Commit {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	open, pay, deposit := commit(1, "open"), commit(1, "pay"), commit(2, "deposit")
	open.Transaction.State, open.Log.To = "busy", "busy"
	open.Log.IntentID = "intent"
	open.Intent = &orchestrator.Intent{ID: "intent", Status: orchestrator.IntentOpen, Due: at}
	pay.Transaction.Revision, pay.Transaction.EventSequence, pay.Transaction.State = 2, 2, "paid"
	pay.Transaction.Funds = process.Funds{Captured: 10, Held: 10}
	pay.Log.From, pay.Log.To, pay.Log.IntentID, pay.Events[0].Sequence = "busy", "paid", "intent", 2
	pay.Intent = &orchestrator.Intent{ID: "intent", Status: orchestrator.IntentSucceeded, Due: at}
	pay.Timers.Set = []orchestrator.Timer{{Name: "confirm", State: "paid", Due: at}}
	pay.Entries = []ledger.Entry{entry(t, ledger.Account{Kind: ledger.Escrow, Owner: "1"})}
	deposit.Entries = []ledger.Entry{entry(t, ledger.Account{Kind: ledger.Available, Owner: "bea"})}
	return []orchestrator.Commit{open, pay, deposit}
}

func entry(t *testing.T, to ledger.Account) ledger.Entry {
	t.Helper()
	postings, err := ledger.Move(ledger.Account{Kind: ledger.Outside, Owner: "bank"}, to, money.New(10, "EUR"))
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Entry{Kind: "collect", Postings: postings}
}
