package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func diff(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(money.Amount{}))
}

// full is a commit with something else than its zero value in every field.
func full(t *testing.T, id int64) orchestrator.Commit {
	zone := time.FixedZone("east", 5*3600+1800)
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute).In(zone) }
	c := opening(id)
	c.Transaction.Deal = process.Deal{
		State: "paid", EnteredAt: at(1), Starter: "bea", Author: "Sam \"the\" \\ Ünique {,}", Buyer: "bea", Seller: "sam", JoinCode: "j-1",
		Price: money.New(12345, "EUR"), BuyerFee: 45, SellerFee: 12,
		Facts:     map[process.Fact]time.Time{"priced": at(2), "paid": at(3)},
		Deadlines: map[process.Deadline]time.Time{"complaint_end": at(4)},
		Funds:     process.Funds{Authorized: 3, Captured: 100, Held: 40, Released: 30, Refunded: 20, Fees: 10},

		BookingEnd: at(5), ConfirmAfterDays: 14, Operation: "release",
	}
	c.Transaction.ListingTitle = "Line one\nline \"two\" \\ 漢字"
	c.Transaction.UnitPrice, c.Transaction.Quantity = money.New(4115, "USD"), 3
	c.Transaction.PaymentID, c.Transaction.RedirectURL, c.Transaction.ClientSecret = "pay-"+name("", int(id)), "https://example.com/pay?x=1&y={}", "secret"
	c.Transaction.IntentID, c.Transaction.Attention = "intent-"+name("", int(id)), "look here"
	c.Transaction.Labels = noted("order " + name("", int(id)))
	c.Transaction.CreatedAt, c.Transaction.UpdatedAt, c.Transaction.LastTransitionAt = at(6), at(7), at(8)
	c.Log.From, c.Log.IntentID, c.Log.Note, c.Log.At = "none", c.Transaction.IntentID, "because", at(9)
	c.Entries = []ledger.Entry{
		transfer(t, outside(), ledger.Account{Kind: ledger.Escrow, Owner: "1"}, 40),
		{Kind: "correction", Reverses: "9.1", Postings: transfer(t, outside(), available("bea:1"), 5).Postings},
	}
	c.Timers.Set = []orchestrator.Timer{{TransactionID: id, CommunityID: community, Name: "confirm", State: "paid", Due: at(10), Attempts: 2}}
	c.Intent = &orchestrator.Intent{
		ID: c.Transaction.IntentID, CommunityID: community, TransactionID: id, Gateway: "stripe", Transition: "release", From: "paid",
		Verb: process.Transfer, Actor: process.Actor{Kind: process.User, ID: "bea"}, Input: map[string]string{"reason": "it's \"fine\""},
		RequestID: "req-1", Status: orchestrator.IntentOpen, Code: "later", Attempt: 1, Due: at(11), CreatedAt: at(12), UpdatedAt: at(13),
	}
	c.Events[0].Data, c.Events[0].At = map[string]string{"from": "a", "to": "b"}, at(14)
	c.Reply = &idempotency.Change{Reply: idempotency.Reply{
		Scope: "key:1 POST /v1/x", Key: "k" + name("", int(id)), Hash: "abc", CommunityID: community, TransactionID: id,
		IntentID: c.Transaction.IntentID, Body: []byte{0, 1, '"', '\\', 255}, At: at(15),
	}}
	return c
}

func testRoundTrip(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	id := newID(t, s)
	c := full(t, id)
	must(t, s.Apply(ctx, c))

	want := c.Transaction
	if d := diff(want, stored(t, s, id)); d != "" {
		t.Errorf("transaction (-want +got):\n%s", d)
	}
	if got := stored(t, s, id).CreatedAt; got.Location() != time.UTC {
		t.Errorf("times come back in %v, want UTC", got.Location())
	}
	log, err := s.Timeline(ctx, id)
	must(t, err)
	if d := diff([]orchestrator.LogEntry{c.Log}, log); d != "" {
		t.Errorf("timeline (-want +got):\n%s", d)
	}
	var wantEntries []orchestrator.PostedEntry
	for _, e := range c.Entries {
		wantEntries = append(wantEntries, orchestrator.PostedEntry{TransactionID: id, Revision: 1, CommunityID: community, Entry: e, At: c.Log.At})
	}
	entries, err := s.Entries(ctx, id)
	must(t, err)
	if d := diff(wantEntries, entries); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
	timers, err := s.Timers(ctx, id)
	must(t, err)
	if d := diff(c.Timers.Set, timers); d != "" {
		t.Errorf("timers (-want +got):\n%s", d)
	}
	intent, err := s.Intent(ctx, c.Intent.ID)
	must(t, err)
	if d := diff(*c.Intent, intent); d != "" {
		t.Errorf("intent (-want +got):\n%s", d)
	}
	events, err := s.Events(ctx, id)
	must(t, err)
	if d := diff(c.Events, events); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	reply, found, err := s.Reply(ctx, c.Reply.Scope, c.Reply.Key)
	must(t, err)
	if d := diff(c.Reply.Reply, reply); d != "" || !found {
		t.Errorf("reply found %t (-want +got):\n%s", found, d)
	}
}

func testZeroValues(t *testing.T, open func() Store) {
	s := open()
	want := orchestrator.Transaction{ID: newID(t, s), CommunityID: community, Revision: 1}
	must(t, s.Apply(t.Context(), orchestrator.Commit{Transaction: want}))
	if d := diff(want, stored(t, s, want.ID)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func testRefused(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := opened(t, s)
	for _, c := range []struct {
		name string
		edit func(*orchestrator.Commit)
		want error
	}{
		{"unbalanced entry", func(c *orchestrator.Commit) {
			c.Entries = []ledger.Entry{{Kind: "x", Postings: []ledger.Posting{{Account: outside(), Amount: money.New(1, "EUR")}}}}
		}, ledger.ErrUnbalanced},
		{"zero byte", func(c *orchestrator.Commit) { c.Log.Note = "a\x00b" }, fault.New(fault.Invalid, "invalid_text", "")},
		{"zero byte in data", func(c *orchestrator.Commit) {
			c.Events = []orchestrator.Event{{Sequence: 2, Data: map[string]string{"a": "\x00"}}}
		}, fault.New(fault.Invalid, "invalid_text", "")},
		{"not UTF-8", func(c *orchestrator.Commit) { c.Transaction.Attention = "\xff" }, fault.New(fault.Invalid, "invalid_text", "")},
		{"revision in the past", func(c *orchestrator.Commit) { c.Transaction.Revision = 1 }, orchestrator.ErrRevisionConflict},
		{"revision in the future", func(c *orchestrator.Commit) { c.Transaction.Revision = 3 }, orchestrator.ErrRevisionConflict},
		{"unknown transaction", func(c *orchestrator.Commit) { c.Transaction.ID += 1 << 40 }, orchestrator.ErrRevisionConflict},
	} {
		commit := next(tx)
		c.edit(&commit)
		if err := s.Apply(ctx, commit); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	unbalanced := next(tx)
	unbalanced.Transaction.Funds = process.Funds{Captured: 5}
	if err := s.Apply(ctx, unbalanced); err == nil {
		t.Error("funds that do not add up were stored")
	}
	if d := diff(tx, stored(t, s, tx.ID)); d != "" {
		t.Errorf("a refused commit left something behind (-want +got):\n%s", d)
	}
}

func testImmutable(t *testing.T, open func() Store) {
	s := open()
	tx := opened(t, s)
	c := full(t, tx.ID)
	c.Transaction.Revision, c.Transaction.EventSequence = 2, 2
	c.Events[0].Sequence = 2
	must(t, s.Apply(t.Context(), c))
	want := c.Transaction
	want.CommunityID, want.ConversationID, want.Process, want.Gateway, want.CreatedAt = tx.CommunityID, tx.ConversationID, tx.Process, tx.Gateway, tx.CreatedAt
	want.Labels = tx.Labels
	if d := diff(want, stored(t, s, tx.ID)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// tally counts outcomes and fails on any other.
func tally(t *testing.T, results []error, allowed ...error) (won int) {
	t.Helper()
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !slices.ContainsFunc(allowed, func(a error) bool { return errors.Is(err, a) }):
			t.Errorf("unexpected: %v", err)
		}
	}
	return won
}

func testOneWinner(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := opened(t, s)
	for round := range 5 {
		won := tally(t, atOnce(50, func(i int) error {
			c := next(tx)
			c.Transaction.Attention = name("writer ", i)
			c.Log.Note = c.Transaction.Attention
			return s.Apply(ctx, c)
		}), orchestrator.ErrRevisionConflict)
		if won != 1 {
			t.Fatalf("round %d: %d winners", round, won)
		}
		tx = stored(t, s, tx.ID)
	}
	log, err := s.Timeline(ctx, tx.ID)
	must(t, err)
	if last := log[len(log)-1]; len(log) != 6 || last.Note != tx.Attention {
		t.Errorf("%d log rows, the last by %q, the transaction by %q", len(log), last.Note, tx.Attention)
	}
}

func testOneKey(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	ids := make([]int64, 50)
	for i := range ids {
		ids[i] = newID(t, stores[0])
	}
	results := atOnce(len(ids), func(i int) error {
		c := opening(ids[i])
		c.Reply = &idempotency.Change{Reply: idempotency.Reply{Scope: "s", Key: "k", TransactionID: ids[i], Status: 201, At: noon}}
		return stores[i%2].Apply(ctx, c)
	})
	if won := tally(t, results, idempotency.ErrTaken); won != 1 {
		t.Fatalf("%d commits got the key", won)
	}
	reply, _, err := stores[0].Reply(ctx, "s", "k")
	must(t, err)
	all, err := stores[0].List(ctx, orchestrator.Filter{CommunityID: community})
	must(t, err)
	if len(all) != 1 || all[0].ID != reply.TransactionID {
		t.Errorf("%d transactions were written; the reply is about %d", len(all), reply.TransactionID)
	}
}

func testReplicas(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	var txs []orchestrator.Transaction
	for range 8 {
		txs = append(txs, opened(t, stores[0]))
	}
	for range 5 {
		for i := range txs {
			txs[i] = stored(t, stores[0], txs[i].ID)
		}
		results := atOnce(8*len(txs), func(i int) error { return stores[i%2].Apply(ctx, next(txs[i/8])) })
		if won := tally(t, results, orchestrator.ErrRevisionConflict); won != len(txs) {
			t.Fatalf("%d winners for %d transactions", won, len(txs))
		}
	}
}

func testBadAmongGood(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	deposit(t, s, "poor", 10)
	stale := opened(t, s)
	must(t, s.Apply(ctx, next(stale)))
	taken := idempotency.Reply{Scope: "s", Key: "taken", Status: 200, At: noon}
	first := opening(newID(t, s))
	first.Reply = &idempotency.Change{Reply: taken}
	must(t, s.Apply(ctx, first))
	ids := make([]int64, 60)
	for i := range ids {
		ids[i] = newID(t, s)
	}
	wants := []error{nil, orchestrator.ErrRevisionConflict, idempotency.ErrTaken, orchestrator.ErrInsufficientBalance, fault.New(fault.Conflict, "payment_taken", ""), nil}
	results := atOnce(len(ids), func(i int) error {
		c := opening(ids[i])
		switch i % len(wants) {
		case 1:
			c = next(stale)
		case 2:
			c.Reply = &idempotency.Change{Reply: taken}
		case 3:
			c.Entries = []ledger.Entry{transfer(t, available("poor"), outside(), 11)}
		case 4:
			c.Transaction.PaymentID = "pay"
		case 5:
			c.Entries = []ledger.Entry{transfer(t, outside(), available("rich"), 1)}
		}
		return s.Apply(ctx, c)
	})
	paid := 0
	for i, err := range results {
		if i%len(wants) == 4 && err == nil {
			paid++
			continue
		}
		if want := wants[i%len(wants)]; !errors.Is(err, want) {
			t.Errorf("commit %d: %v, want %v", i, err, want)
		}
	}
	if paid != 1 || balanceOf(t, s, available("poor")) != 10 || balanceOf(t, s, available("rich")) != 10 {
		t.Errorf("paid %d times, balances %d and %d", paid, balanceOf(t, s, available("poor")), balanceOf(t, s, available("rich")))
	}
	if v, err := s.Doctor(ctx, registry(t)); err != nil || len(v) != 0 {
		t.Errorf("doctor: %v, %v", v, err)
	}
}

func testCancelled(t *testing.T, open func() Store) {
	s := open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := opening(newID(t, s))
	err := s.Apply(ctx, c)
	_, missing := s.Transaction(t.Context(), community, c.Transaction.ID)
	if written := missing == nil; written != (err == nil) || (err != nil && !errors.Is(err, context.Canceled)) {
		t.Errorf("Apply says %v, written: %t", err, written)
	}
}

func registry(t *testing.T) *process.Registry {
	t.Helper()
	r, err := process.NewRegistry(catalog.All()...)
	must(t, err)
	return r
}
