package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/balance"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// talkingCases are the cases of conversations.
func talkingCases() []testCase {
	return []testCase{
		{"marks", on(testMarks)},
		{"marks go by time", on(testMarksByTime)},
		{"changes", on(testChanges)},
		{"sessions", on(testSessions)},
		{"sessions of every role", on(testSessionRoles)},
		{"one review of many at once", on(testReviewRace)},
		{"sums of reviews", on(testRatings)},
		{"completed once", on(testCompleted)},
		{"reminders", on(testReminders)},
		{"a reminder is fenced", on(testReminderLease)},
		{"reminders of two workers", on(testReminderWorkers)},
		{"reminders of many claimers", on(testReminderClaimers)},
		{"file round trip", on(testFile)},
		{"same file twice", on(testSameFile)},
		{"no more files than the limit", on(testFileRace)},
	}
}

// talk is a service beside an engine, on one store and one clock.
type talk struct {
	*conversations.Service
	*notices.Reminders
	books  *notices.Books
	engine *orchestrator.Engine
	store  Store
	clock  atomic.Pointer[time.Time]

	mu       sync.Mutex
	reminded []string // keys
}

func (k *talk) at(now time.Time) { k.clock.Store(&now) }

func newTalk(t *testing.T, s Store) *talk {
	t.Helper()
	k := &talk{store: s}
	k.at(noon)
	now := func() time.Time { return *k.clock.Load() }
	var ids atomic.Int64
	newID := func() string { return name("id-"+t.Name()+"-", int(ids.Add(1))) }
	var err error
	k.engine, err = orchestrator.New(orchestrator.Config{Store: s.ForEngine(), Now: now, NewID: newID})
	must(t, err)
	k.Service, err = conversations.New(conversations.Config{
		Engine: k.engine, Store: s.ForConversations(), NewID: newID, Now: now,
	})
	must(t, err)
	k.books, err = notices.NewBooks(nil, notices.Reviews(k))
	must(t, err)
	k.Reminders, err = notices.NewReminders(notices.RemindersConfig{
		Store: s.ForNotices(), Books: k.books, Now: now,
		Tell: func(_ context.Context, h notices.Happening) error {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.reminded = append(k.reminded, h.Reminder.Key())
			return nil
		},
	})
	must(t, err)
	return k
}

// Ended plans what a deal is to be reminded of.
func (k *talk) Ended(ctx context.Context, community, id int64) error {
	tx, err := k.store.Transaction(ctx, community, id)
	if err != nil {
		return err
	}
	plan, err := k.books.Plan(tx)
	if err != nil {
		return err
	}
	return k.store.PlanReminders(ctx, plan)
}

// say posts a message at the time of the clock and returns its id.
func (k *talk) say(t *testing.T, tx orchestrator.Transaction, sender, content string) int64 {
	t.Helper()
	m, _, err := k.engine.Say(t.Context(), orchestrator.SayInput{
		CommunityID: community, TransactionID: tx.ID, Actor: process.Actor{Kind: process.User, ID: sender}, Content: content,
	})
	must(t, err)
	return m.ID
}

// deal inserts a transaction after an edit of it.
func deal(t *testing.T, s Store, edit func(tx *orchestrator.Transaction)) orchestrator.Transaction {
	t.Helper()
	c := opening(newID(t, s))
	edit(&c.Transaction)
	must(t, s.Apply(t.Context(), c))
	return c.Transaction
}

// completed inserts a deal between bea and sam that ended at noon.
func completed(t *testing.T, s Store) orchestrator.Transaction {
	t.Helper()
	return deal(t, s, func(tx *orchestrator.Transaction) { tx.State = settlement.Confirmed })
}

func by(tx orchestrator.Transaction, user string) conversations.Ref {
	return conversations.Ref{CommunityID: community, TransactionID: tx.ID, Actor: process.Actor{Kind: process.User, ID: user}}
}

func unread(t *testing.T, k *talk, user string, want ...conversations.Unread) {
	t.Helper()
	got, err := k.Unread(t.Context(), community, user)
	must(t, err)
	if d := diff(want, got); d != "" {
		t.Errorf("unread by %s (-want +got):\n%s", user, d)
	}
}

func testMarks(t *testing.T, open func() Store) {
	k, ctx := newTalk(t, open()), t.Context()
	first, second := opened(t, k.store), opened(t, k.store)
	hello := k.say(t, first, "bea", "Hello?")
	again := k.say(t, first, "bea", "Are you there?")
	other := k.say(t, second, "sam", "Good day")
	unread(t, k, "bea", conversations.Unread{TransactionID: second.ID, Messages: 1})
	unread(t, k, "sam", conversations.Unread{TransactionID: first.ID, Messages: 2})
	must(t, k.MarkRead(ctx, community, first.ID, "sam", hello))
	unread(t, k, "sam", conversations.Unread{TransactionID: first.ID, Messages: 1})
	must(t, k.MarkRead(ctx, community, first.ID, "sam", again))
	must(t, k.MarkRead(ctx, community, first.ID, "sam", hello))
	unread(t, k, "sam")
	k.say(t, first, "bea", "Well?")
	unread(t, k, "sam", conversations.Unread{TransactionID: first.ID, Messages: 1})
	must(t, k.MarkRead(ctx, community, first.ID, "sam", 0))
	unread(t, k, "sam")
	unread(t, k, "bea", conversations.Unread{TransactionID: second.ID, Messages: 1})
	reason(t, "message of another deal", k.MarkRead(ctx, community, first.ID, "sam", other), "message_not_found")
	reason(t, "stranger", k.MarkRead(ctx, community, first.ID, "eve", hello), "transaction_not_found")
	reason(t, "another community", k.MarkRead(ctx, community+1, first.ID, "sam", hello), "transaction_not_found")
}

// testMarksByTime gives the later message the lower id, as two replicas do.
func testMarksByTime(t *testing.T, open func() Store) {
	early, late := newTalk(t, open()), newTalk(t, open())
	tx := opened(t, late.store)
	first := early.say(t, tx, "bea", "first")
	must(t, early.MarkRead(t.Context(), community, tx.ID, "sam", first))
	late.at(noon.Add(time.Second))
	second := late.say(t, tx, "bea", "second")
	if second > first {
		t.Fatalf("the ids %d and %d do not show what is tested", first, second)
	}
	unread(t, late, "sam", conversations.Unread{TransactionID: tx.ID, Messages: 1})
	page, _, err := late.Chats(t.Context(), conversations.ChatFilter{CommunityID: community, User: "sam", Limit: 1})
	must(t, err)
	if len(page) != 1 || page[0].Last == nil || page[0].Last.ID != second {
		t.Errorf("the last message is not the second one: %+v", page)
	}
	must(t, late.MarkRead(t.Context(), community, tx.ID, "sam", 0))
	must(t, late.MarkRead(t.Context(), community, tx.ID, "sam", first))
	unread(t, late, "sam")
}

func testChanges(t *testing.T, open func() Store) {
	k, ctx := newTalk(t, open()), t.Context()
	tx := opened(t, k.store)
	changed := conversations.Unread{TransactionID: tx.ID, Changed: true}
	must(t, k.MarkUnread(ctx, community, tx.ID, "bea"))
	unread(t, k, "bea")
	unread(t, k, "sam", changed)
	must(t, k.MarkUnread(ctx, community, tx.ID, ""))
	unread(t, k, "bea", changed)
	must(t, k.MarkRead(ctx, community, tx.ID, "sam", 0))
	unread(t, k, "sam")
	id := k.say(t, tx, "sam", "Shipped")
	unread(t, k, "bea", conversations.Unread{TransactionID: tx.ID, Changed: true, Messages: 1})
	must(t, k.MarkRead(ctx, community, tx.ID, "bea", id))
	must(t, k.MarkUnread(ctx, community, tx.ID, "sam"))
	unread(t, k, "bea", changed)
	for _, err := range atOnce(10, func(i int) error {
		if i%2 == 0 {
			return k.MarkUnread(ctx, community, tx.ID, "")
		}
		return k.MarkRead(ctx, community, tx.ID, "sam", id)
	}) {
		must(t, err)
	}
}

func testSessions(t *testing.T, open func() Store) {
	k, ctx := newTalk(t, open()), t.Context()
	quiet, lively := opened(t, k.store), opened(t, k.store)
	order := deal(t, k.store, func(tx *orchestrator.Transaction) { tx.Process, tx.State = "p2p_order@1", "pending" })
	deal(t, k.store, func(tx *orchestrator.Transaction) { tx.Process, tx.State = "deposit@1", balance.Booked })
	deal(t, k.store, func(tx *orchestrator.Transaction) { tx.CommunityID++ })
	deal(t, k.store, func(tx *orchestrator.Transaction) {
		tx.Starter, tx.Buyer, tx.Author, tx.Seller = "ann", "ann", "tom", "tom"
	})
	k.at(noon.Add(time.Hour))
	k.say(t, quiet, "bea", "Hello?")
	k.at(noon.Add(2 * time.Hour))
	k.say(t, lively, "bea", "Hello?")
	last := k.say(t, lively, "sam", "Yes?")
	f := conversations.ChatFilter{CommunityID: community, User: "sam", Limit: 2}
	page, total, err := k.Chats(ctx, f)
	must(t, err)
	want := []conversations.Chat{
		{Transaction: stored(t, k.store, lively.ID), Last: &orchestrator.Message{
			ID: last, TransactionID: lively.ID, CommunityID: community, Sender: "sam", Kind: orchestrator.FromParty,
			Content: "Yes?", At: noon.Add(2 * time.Hour),
		}, Unread: conversations.Unread{TransactionID: lively.ID, Messages: 1}},
		{Transaction: stored(t, k.store, quiet.ID), Last: page[1].Last, Unread: conversations.Unread{TransactionID: quiet.ID, Messages: 1}},
	}
	if d := diff(want, page); d != "" || total != 3 {
		t.Errorf("%d in all (-want +got):\n%s", total, d)
	}
	f.Offset = 2
	page, total, err = k.Chats(ctx, f)
	must(t, err)
	want = []conversations.Chat{{Transaction: stored(t, k.store, order.ID), Unread: conversations.Unread{TransactionID: order.ID}}}
	if d := diff(want, page); d != "" || total != 3 {
		t.Errorf("second page, %d in all (-want +got):\n%s", total, d)
	}
	f.Offset, f.Process = 0, "p2p_order"
	page, total, err = k.Chats(ctx, f)
	must(t, err)
	if d := diff(want, page); d != "" || total != 1 {
		t.Errorf("orders, %d in all (-want +got):\n%s", total, d)
	}
	f.Offset = 7
	page, total, err = k.Chats(ctx, f)
	must(t, err)
	if len(page) != 0 || total != 1 {
		t.Errorf("past the end: %d of %d", len(page), total)
	}
}

func testSessionRoles(t *testing.T, open func() Store) {
	k := newTalk(t, open())
	for _, edit := range []func(d *orchestrator.Transaction){
		func(d *orchestrator.Transaction) { d.Buyer = "kim" },
		func(d *orchestrator.Transaction) { d.Seller = "kim" },
		func(d *orchestrator.Transaction) { d.Starter = "kim" },
		func(d *orchestrator.Transaction) { d.Author = "kim" },
		func(d *orchestrator.Transaction) { d.Buyer, d.Starter = "kim", "kim" },
		func(d *orchestrator.Transaction) { d.Starter, d.Author = "kim", "kim" },
	} {
		deal(t, k.store, edit)
	}
	page, total, err := k.Chats(t.Context(), conversations.ChatFilter{CommunityID: community, User: "kim", Limit: 100})
	if err != nil || len(page) != 6 || total != 6 {
		t.Errorf("%d of %d sessions, %v", len(page), total, err)
	}
}

func rating(t *testing.T, k *talk, user string, want conversations.Rating) {
	t.Helper()
	got, err := k.Rating(t.Context(), community, user)
	must(t, err)
	if d := diff(want, got); d != "" {
		t.Errorf("rating of %s (-want +got):\n%s", user, d)
	}
}

func testReviewRace(t *testing.T, open func() Store) {
	both := []*talk{newTalk(t, open()), newTalk(t, open())}
	tx := completed(t, both[0].store)
	var won int
	for _, err := range atOnce(20, func(i int) error {
		_, err := both[i%2].Review(t.Context(), by(tx, "bea"), 5, "Good")
		return err
	}) {
		if err == nil {
			won++
		} else if !errors.Is(err, conversations.ErrAlreadyRated) {
			t.Errorf("loser: %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d reviews of one party were accepted", won)
	}
	rating(t, both[1], "sam", conversations.Rating{Tally: conversations.Tally{Positive: 1, Votes: 1, Stars: 5}, Average: "5.00"})
	_, err := both[1].Review(t.Context(), by(tx, "sam"), 1, "Slow")
	must(t, err)
	got, err := both[1].Reviews(t.Context(), community, tx.ID, process.Actor{Kind: process.User, ID: "sam"})
	must(t, err)
	want := []conversations.Review{
		{CommunityID: community, TransactionID: tx.ID, Reviewer: "bea", Subject: "sam", Rating: 5, Content: "Good", At: noon},
		{CommunityID: community, TransactionID: tx.ID, Reviewer: "sam", Subject: "bea", Rating: 1, Content: "Slow", At: noon},
	}
	if d := diff(want, got); d != "" {
		t.Errorf("reviews (-want +got):\n%s", d)
	}
	err = both[0].store.AddReview(t.Context(), conversations.Review{TransactionID: tx.ID, Reviewer: "x", Rating: 3, Content: "a\x00b"})
	reason(t, "text that PostgreSQL cannot store", err, "invalid_text")
}

func testRatings(t *testing.T, open func() Store) {
	k, ctx := newTalk(t, open()), t.Context()
	deals := make([]orchestrator.Transaction, 10)
	for i := range deals {
		deals[i] = completed(t, k.store)
	}
	for _, err := range atOnce(len(deals), func(i int) error {
		_, err := k.Review(ctx, by(deals[i], "bea"), int64(i%5+1), "")
		return err
	}) {
		must(t, err)
	}
	sam := conversations.Rating{Tally: conversations.Tally{Positive: 4, Negative: 4, Votes: 10, Stars: 30}, Average: "3.00"}
	nobody := conversations.Rating{Average: "0.00"}
	rating(t, k, "sam", sam)
	many := []string{"sam", "bea", "sam"}
	for i := range 250 {
		many = append(many, name("user", i))
	}
	all, err := k.Ratings(ctx, community, many...)
	must(t, err)
	if d := diff([]conversations.Rating{sam, nobody, nobody}, []conversations.Rating{all["sam"], all["bea"], all["user249"]}); d != "" || len(all) != 252 {
		t.Errorf("%d ratings (-want +got):\n%s", len(all), d)
	}
	none, err := k.Ratings(ctx, community+1, "sam")
	must(t, err)
	if d := diff(map[string]conversations.Rating{"sam": nobody}, none); d != "" {
		t.Errorf("another community (-want +got):\n%s", d)
	}
}

func testCompleted(t *testing.T, open func() Store) {
	stores := []Store{open(), open()}
	for _, err := range atOnce(12, func(i int) error {
		users := []string{"bea", "sam"}
		if i%3 == 0 {
			slices.Reverse(users)
		}
		return stores[i%2].AddCompleted(t.Context(), community, int64(i%3+1), users...)
	}) {
		must(t, err)
	}
	k := newTalk(t, stores[0])
	for _, user := range []string{"bea", "sam"} {
		rating(t, k, user, conversations.Rating{Tally: conversations.Tally{Completed: 3}, Average: "0.00"})
	}
}
