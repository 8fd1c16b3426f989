package sqlstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// plant is one corruption and what the doctor says about it.
type plant struct {
	name, invariant, message, sql string
	// postgres is used instead of sql there, where the two need different words.
	postgres string
}

// plants are corruptions that may break several invariants at once.
var plants = []plant{
	{name: "posting changed", invariant: "I-1", message: "sum to zero", sql: `update postings set amount = amount + 1 where transaction_id = 1 and line = 1`},
	{name: "posting invented", invariant: "I-1", message: "no commit", sql: `update postings set revision = 9 where transaction_id = 1`},
	{name: "balance changed", invariant: "I-3", message: "sum of its postings", sql: `update accounts set balance = balance + 1`},
	{name: "balance lost", invariant: "I-3", message: "sum of its postings", sql: `delete from accounts`},
	{name: "funds changed", invariant: "I-4", message: "ledger holds another", sql: `update transactions set held = held + 1, captured = captured + 1 where id = 1`},
	{name: "postings lost", invariant: "I-4", message: "ledger holds another", sql: `delete from postings where transaction_id = 1`},
	{name: "intent without history", invariant: "I-6", message: "not in the history", sql: `update transaction_log set intent_id = '' where transaction_id = 1`},
	{name: "log row lost", invariant: "I-8", message: "gap", sql: `delete from transaction_log where transaction_id = 1 and revision = 1`},
	{name: "log row changed", invariant: "I-8", message: "not a chain", sql: `update transaction_log set from_state = 'x' where transaction_id = 1 and revision = 2`},
	{name: "state changed", invariant: "I-8", message: "history ends in", sql: `update transactions set state = 'x' where id = 1`},
	{name: "event lost", invariant: "I-9", message: "gap", sql: `delete from events where transaction_id = 1 and sequence = 1`},
	{name: "log: event lost", invariant: "I-9", message: "the log of events has a gap", sql: `insert into event_counters (community_id, last) values (501, 3);
		insert into event_log (community_id, sequence, type, transaction_id, object_type, object_number, object_id, reference, data, at, step)
		values (501, 1, 'x', 0, 'x', 0, '', '', '{}', '2026-01-02T03:04:05.000000Z', 0), (501, 3, 'x', 0, 'x', 0, '', '', '{}', '2026-01-02T03:04:05.000000Z', 0)`},
	{name: "log: number behind the counter", invariant: "I-9", message: "the log of events has a gap", sql: `insert into event_counters (community_id, last) values (501, 1);
		insert into event_log (community_id, sequence, type, transaction_id, object_type, object_number, object_id, reference, data, at, step)
		values (501, 1, 'x', 0, 'x', 0, '', '', '{}', '2026-01-02T03:04:05.000000Z', 1)`},
	{name: "event invented", invariant: "I-9", message: "no transaction", sql: `update events set transaction_id = 77 where transaction_id = 1`},
	{name: "money where none belongs", invariant: "I-4", message: "should hold", sql: `update transactions set process = 'preauthorize@1', state = 'rejected', operation = '' where id = 1`},
	{name: "operation in a terminal state", invariant: "I-8", message: "not at rest", sql: `update intents set status = 'open', transaction_id = 3`},
}

// onlyPlants are corruptions that break exactly one invariant.
var onlyPlants = []plant{
	{name: "paid another amount", invariant: "I-4", message: "ledger paid another", sql: `update transactions set released = released - 1, refunded = refunded + 1 where id = 3`},
	{name: "lines of another price", invariant: "I-4", message: "lines do not add up", sql: `update transactions set buyer_fee = buyer_fee + 1 where id = 3`},
	{name: "released and refunded", invariant: "I-5", message: "nobody split it", sql: `update transactions set facts = '{}' where id = 3`},
	{name: "operation open again", invariant: "I-6", message: "not busy with", sql: `update intents set status = 'open' where id = 'intent'; update transaction_log set intent_id = 'intent'`},
	{name: "busy with the past", invariant: "I-6", message: "not open", sql: `update transactions set intent_id = 'intent' where id = 1`},
	{name: "refunded before it was taken", invariant: "I-7", message: "more was taken out", sql: `update postings set revision = 4, line = line + 10 where transaction_id = 3 and revision = 2`},
	{name: "event of another kind", invariant: "I-9", message: "without an event", sql: `update events set type = 'transaction.other' where transaction_id = 3 and sequence = 2`},
	{name: "event of another community", invariant: "I-9", message: "another community", sql: `update events set community_id = 9 where transaction_id = 3 and sequence = 2`},
	{name: "message of nobody", invariant: "I-9", message: "no transaction", sql: `update messages set transaction_id = 77`},
	{name: "answer of no operation", invariant: "I-10", message: "does not exist", sql: `update replies set intent_id = 'gone' where key = 'open'`},
	{name: "answer about nothing", invariant: "I-10", message: "about no transaction", sql: `update replies set transaction_id = 77 where key = 'open'`},
	{name: "below zero", invariant: "I-11", message: "below zero", sql: `pragma ignore_check_constraints = on; update resources set free = -1 where name = 'stock:1'`,
		postgres: `alter table resources drop constraint resources_not_negative; update resources set free = -1 where name = 'stock:1'`},
	{name: "over and still holding", invariant: "I-11", message: "still holds stock:1", sql: `update transactions set reserved = '[{"resource":"stock:1","amount":1}]' where id = 3`},
	{name: "day free and booked", invariant: "I-11", message: "date:1:2026-03-01 was not reserved", sql: `update resources set free = 1 where name = 'date:1:2026-03-01'`},
	{name: "lock given to two", invariant: "I-11", message: "single:1 was not reserved", sql: `update resources set free = 1 where name = 'single:1'`},
	{name: "held and never reserved", invariant: "I-11", message: "stock:1 was not reserved", sql: `delete from resources where name = 'stock:1'`},
	{name: "stale timer", invariant: "I-12", message: "not in", sql: `update timers set state = 'busy'`},
	{name: "timer in a terminal state", invariant: "I-12", message: "not at rest", sql: `update timers set transaction_id = 3, state = 'settled'`},
}

// TestDoctorFinds plants one corruption at a time.
func TestDoctorFinds(t *testing.T) {
	t.Parallel()
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			onBothCorrupted(t, p, func(driver string, found []orchestrator.Violation) {
				if !contains(found, p.invariant, p.message) {
					t.Errorf("%s: %v", driver, found)
				}
			})
		})
	}
}

func TestDoctorFindsExactly(t *testing.T) {
	t.Parallel()
	for _, p := range onlyPlants {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			onBothCorrupted(t, p, func(driver string, found []orchestrator.Violation) {
				if len(found) != 1 || !contains(found, p.invariant, p.message) {
					t.Errorf("%s: %v", driver, found)
				}
			})
		})
	}
}

// onBothCorrupted makes a sound database of each kind, corrupts it and asks the doctor.
func onBothCorrupted(t *testing.T, p plant, check func(driver string, found []orchestrator.Violation)) {
	t.Helper()
	for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		db := open(t, url, sqlstore.Options{})
		for _, commit := range history(t) {
			if err := db.Apply(t.Context(), commit); err != nil {
				t.Fatal(err)
			}
		}
		if v := examine(t, db); len(v) != 0 {
			t.Fatalf("%s: a sound database has violations: %v", driver, v)
		}
		sql := p.sql
		if driver == "postgres" && p.postgres != "" {
			sql = p.postgres
		}
		corrupt(t, driver, url, sql)
		check(driver, examine(t, db))
	}
}

// corrupt changes rows behind the store's back.
func corrupt(t *testing.T, driver, url, sql string) {
	t.Helper()
	raw, err := sqlx.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.ExecContext(t.Context(), unlocked(driver)+sql); err != nil {
		t.Fatalf("%s: %v", driver, err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
}

// unlocked lets a session change what is only ever added.
func unlocked(driver string) string {
	if driver == "postgres" {
		return "set session_replication_role = replica; "
	}
	var b strings.Builder
	for _, table := range []string{"postings", "transaction_log", "audit_log", "seals"} {
		fmt.Fprintf(&b, "drop trigger if exists %s_no_update; drop trigger if exists %s_no_delete; ", table, table)
	}
	return b.String()
}

// someone does what is privileged in these tests.
var someone = orchestrator.By{Actor: "operator:olga", Reason: "a test", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}

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
	r, err := process.NewRegistry(catalog.All()...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := db.Doctor(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// history is a transaction that takes money and reserves, a deposit, and a deal
// that was split to its end.
func history(t *testing.T) []orchestrator.Commit {
	t.Helper()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	open, pay, deposit := commit(1, "open"), commit(1, "pay"), commit(2, "deposit")
	open.Transaction.State, open.Log.To, open.Events[0].Type = "busy", "busy", "transaction.busy"
	open.Log.IntentID, open.Transaction.IntentID = "intent", "intent"
	open.Intent = &orchestrator.Intent{ID: "intent", Status: orchestrator.IntentOpen, Due: at}
	open.Messages = []orchestrator.Message{{ID: 1, Sender: "bea", Content: "hello", At: at}}
	open.Reserve = []orchestrator.Reservation{
		{Resource: "stock:1", Amount: 1, Capacity: 5}, {Resource: "date:1:2026-03-01", Amount: 1, Capacity: 1}, {Resource: "single:1", Amount: 1, Capacity: 1, Lock: true},
	}
	open.Reply.TransactionID = 1
	pay.Transaction.Revision, pay.Transaction.EventSequence, pay.Transaction.State = 2, 2, "paid"
	pay.Transaction.Funds, pay.Transaction.Reserved = process.Funds{Captured: 10, Held: 10}, open.Reserve
	pay.Log.From, pay.Log.To, pay.Log.IntentID = "busy", "paid", "intent"
	pay.Events[0].Sequence, pay.Events[0].Type = 2, "transaction.paid"
	pay.Intent = &orchestrator.Intent{ID: "intent", Status: orchestrator.IntentSucceeded, Due: at}
	pay.Timers.Set = []orchestrator.Timer{{Name: "confirm", State: "paid", Due: at}}
	pay.Entries = []ledger.Entry{move(t, bank, ledger.Account{Kind: ledger.Escrow, Owner: "1"}, 10)}
	deposit.Entries = []ledger.Entry{move(t, bank, ledger.Account{Kind: ledger.Available, Owner: "bea"}, 10)}
	return append([]orchestrator.Commit{open, pay, deposit}, split(t)...)
}

// split is a deal of which a part is refunded and the rest paid out.
func split(t *testing.T) []orchestrator.Commit {
	t.Helper()
	b, err := pricing.Compute(pricing.Policy{}, pricing.Input{UnitPrice: money.New(10, "EUR"), Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	escrow, payee := ledger.Account{Kind: ledger.Escrow, Owner: "3"}, ledger.Account{Kind: ledger.PaidOut, Owner: "sam"}
	var commits []orchestrator.Commit
	for i, step := range []struct {
		state process.State
		funds process.Funds
		entry []ledger.Entry
	}{
		{"pending", process.Funds{}, nil},
		{"paid", process.Funds{Captured: 10, Held: 10}, []ledger.Entry{move(t, bank, escrow, 10)}},
		{"settling", process.Funds{Captured: 10, Held: 4, Refunded: 6}, []ledger.Entry{move(t, escrow, bank, 6)}},
		{"settled", process.Funds{Captured: 10, Released: 4, Refunded: 6}, []ledger.Entry{move(t, escrow, payee, 4)}},
	} {
		c := commit(3, "split "+string(step.state))
		c.Transaction.Process, c.Transaction.State, c.Transaction.Funds = "postpay@1", step.state, step.funds
		c.Transaction.Revision, c.Transaction.EventSequence = int64(i+1), int64(i+1)
		c.Transaction.Facts = map[process.Fact]time.Time{process.FactSplit: c.Log.At}
		c.Transaction.Price, c.Transaction.Lines = b.Price, b.Lines
		c.Log.To, c.Entries = step.state, step.entry
		if i > 0 {
			c.Log.From = commits[i-1].Log.To
		}
		c.Events[0].Sequence, c.Events[0].Type = int64(i+1), "transaction."+string(step.state)
		commits = append(commits, c)
	}
	return commits
}

var bank = ledger.Account{Kind: ledger.Outside, Owner: "bank"}

func move(t *testing.T, from, to ledger.Account, cents int64) ledger.Entry {
	t.Helper()
	postings, err := ledger.Move(from, to, money.New(cents, "EUR"))
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Entry{Kind: "test", Postings: postings}
}
