package sqlstore

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func benchCommit(id int64) orchestrator.Commit {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	price := money.New(10000, "EUR")
	return orchestrator.Commit{
		Transaction: orchestrator.Transaction{
			ID: id, CommunityID: 1, ConversationID: id, Process: "preauthorize@1", Gateway: "stripe", Revision: 1, EventSequence: 1,
			Deal: process.Deal{
				State: "initiated", EnteredAt: at, Starter: "buyer-1", Author: "seller-2", Buyer: "buyer-1", Seller: "seller-2", Price: price, BuyerFee: 250,
				Facts: map[process.Fact]time.Time{"paid": at},
			},
			ListingID: 9, ListingTitle: "A bicycle, hardly used", UnitPrice: price, Quantity: 1, CreatedAt: at, UpdatedAt: at, LastTransitionAt: at,
		},
		Log: orchestrator.LogEntry{Transition: "create", To: "initiated", Actor: "user:buyer", RequestID: "req-0123456789", At: at},
		Entries: []ledger.Entry{{Kind: "deposit", Postings: []ledger.Posting{
			{Account: ledger.Account{Kind: ledger.Outside, Owner: "stripe"}, Amount: money.New(-1, "EUR")},
			{Account: ledger.Account{Kind: ledger.Available, Owner: "sam"}, Amount: money.New(1, "EUR")},
		}}},
		Timers: orchestrator.TimerChange{Set: []orchestrator.Timer{{Name: "payment_window", State: "initiated", Due: at}}},
		Events: []orchestrator.Event{{Sequence: 1, Type: "transaction.initiated", At: at}},
		Reply:  &idempotency.Change{Reply: idempotency.Reply{Scope: "s", Key: "k", Hash: "h", CommunityID: 1, TransactionID: id, Status: 201, Body: []byte("{}"), At: at}},
	}
}

// BenchmarkRows turns 64 commits into the arguments of PostgreSQL's statement: all of an
// Apply but for the database.
func BenchmarkRows(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		batch := make([]*pending, 64)
		for i := range batch {
			w, err := newWrite(benchCommit(int64(i+1)), emptyObject, 7)
			if err != nil {
				b.Fatal(err)
			}
			batch[i] = &pending{write: w}
		}
		if _, _, err := bind(batch); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead reads a deal, and a page of a hundred.
func BenchmarkRead(b *testing.B) {
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "x.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for id := range int64(100) {
		c := benchCommit(id + 1)
		c.Reply = nil
		if err := db.Apply(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.Transaction(b.Context(), 1, 7); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if all, err := db.List(b.Context(), orchestrator.Filter{CommunityID: 1}); err != nil || len(all) != 100 {
				b.Fatal(len(all), err)
			}
		}
	})
}
