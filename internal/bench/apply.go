package bench

import (
	"context"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

type opener = func(ctx context.Context, workers int) (func(i int) (worker, error), func() error, error)

// openStore measures Store.Apply.
func openStore(newURL func(context.Context) (string, error), o sqlstore.Options, oneFee bool) opener {
	return func(ctx context.Context, _ int) (func(int) (worker, error), func() error, error) {
		url, err := newURL(ctx)
		if err != nil {
			return nil, nil, err
		}
		db, err := sqlstore.Open(ctx, url, o)
		if err != nil {
			return nil, nil, err
		}
		each := func(i int) (worker, error) {
			fees := "gateway"
			if !oneFee {
				fees += strconv.Itoa(i)
			}
			var open orchestrator.Transaction
			return func(ctx context.Context, n int64) error {
				if n%2 == 1 {
					return db.Apply(ctx, payment(open, fees))
				}
				id, err := db.NextID(ctx)
				if err != nil {
					return err
				}
				c := opening(id)
				open = c.Transaction
				return db.Apply(ctx, c)
			}, nil
		}
		return each, db.Close, nil
	}
}

// day is the instant of everything that is measured.
func day() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// opening is the commit that opens a transaction: with a timer, an event and the
// reply of an idempotency key.
func opening(id int64) orchestrator.Commit {
	at := day()
	tx := orchestrator.Transaction{
		ID: id, CommunityID: 1, ConversationID: id, Process: "preauthorize@1", Gateway: "stripe", Revision: 1, EventSequence: 1,
		Deal: process.Deal{
			State: preauthorize.Initiated, EnteredAt: at, Starter: "buyer-" + strconv.FormatInt(id%1000, 10), Author: "seller-" + strconv.FormatInt(id%77, 10),
			Price: money.New(10000, "EUR"), BuyerFee: 250,
		},
		ListingID: 9, ListingTitle: "A bicycle, hardly used", UnitPrice: money.New(10000, "EUR"), Quantity: 1,
		CreatedAt: at, UpdatedAt: at, LastTransitionAt: at,
	}
	tx.Buyer, tx.Seller = tx.Starter, tx.Author
	return orchestrator.Commit{
		Transaction: tx,
		Log:         orchestrator.LogEntry{TransactionID: id, Revision: 1, Transition: process.Create, To: tx.State, Actor: "user:buyer", RequestID: "req-0123456789", At: at},
		Timers:      orchestrator.TimerChange{Set: []orchestrator.Timer{{TransactionID: id, CommunityID: 1, Name: "payment_window", State: tx.State, Due: at.Add(time.Hour)}}},
		Events:      []orchestrator.Event{{TransactionID: id, Sequence: 1, CommunityID: 1, Type: "transaction.initiated", At: at}},
		Reply: &idempotency.Change{Reply: idempotency.Reply{
			Scope: "key:1 POST /v1/transactions", Key: strconv.FormatInt(id, 10), Hash: "0123456789abcdef0123456789abcdef", CommunityID: 1,
			TransactionID: id, Status: 201, Body: []byte(`{"id":"txn_0123456789","state":"initiated","price":{"amount":10000,"currency":"EUR"}}`), At: at,
		}},
	}
}

// payment is the commit that follows: the money comes in, with four postings, and
// the timer makes way for the next.
func payment(tx orchestrator.Transaction, fees string) orchestrator.Commit {
	at := day().Add(time.Minute)
	from := tx.State
	tx.Revision, tx.EventSequence, tx.State, tx.EnteredAt, tx.UpdatedAt, tx.LastTransitionAt = 2, 2, preauthorize.Preauthorized, at, at, at
	tx.PaymentID = "pi_" + strconv.FormatInt(tx.ID, 10)
	tx.Facts = map[process.Fact]time.Time{process.FactPaid: at}
	tx.Funds = process.Funds{Captured: 10250, Held: 10000, Fees: 250}
	world, eur := ledger.Account{Kind: ledger.Outside, Owner: "stripe"}, money.Currency("EUR")
	return orchestrator.Commit{
		Transaction: tx,
		Log:         orchestrator.LogEntry{TransactionID: tx.ID, Revision: 2, Transition: preauthorize.CompletePreauthorization, From: from, To: tx.State, Actor: "gateway", RequestID: "req-0123456789", At: at},
		Entries: []ledger.Entry{{Kind: "collect", Postings: []ledger.Posting{
			{Account: world, Amount: money.New(-10000, eur)},
			{Account: ledger.Account{Kind: ledger.Escrow, Owner: strconv.FormatInt(tx.ID, 10)}, Amount: money.New(10000, eur)},
			{Account: world, Amount: money.New(-250, eur)},
			{Account: ledger.Account{Kind: ledger.Fees, Owner: fees}, Amount: money.New(250, eur)},
		}}},
		Timers: orchestrator.TimerChange{Clear: true, Set: []orchestrator.Timer{{TransactionID: tx.ID, CommunityID: 1, Name: "hold_expires", State: tx.State, Due: at.Add(time.Hour)}}},
		Events: []orchestrator.Event{{TransactionID: tx.ID, Sequence: 2, CommunityID: 1, Type: "transaction.preauthorized", At: at}},
	}
}
