package conversations_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

const (
	community = 501
	day       = 24 * time.Hour
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testbed is a service on a new database, with a clock that stands at noon.
type testbed struct {
	*conversations.Service
	*notices.Reminders
	books  *notices.Books
	engine *orchestrator.Engine
	db     *sqlstore.DB
	now    time.Time
	notify func(r notices.Reminder) error
}

func newTestbed(t *testing.T) *testbed {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "conversations.db"), sqlstore.Options{})
	must(t, err)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &testbed{db: db, now: noon, notify: func(notices.Reminder) error { return nil }}
	now := func() time.Time { return w.now }
	var ids int
	newID := func() string { ids++; return "id-" + strconv.Itoa(ids) }
	w.engine, err = orchestrator.New(orchestrator.Config{Store: db.ForEngine(), Now: now, NewID: newID})
	must(t, err)
	w.Service, err = conversations.New(conversations.Config{
		Engine: w.engine, Store: db.ForConversations(), NewID: newID, Now: now,
	})
	must(t, err)
	w.books, err = notices.NewBooks(nil, notices.Reviews(w))
	must(t, err)
	w.Reminders, err = notices.NewReminders(notices.RemindersConfig{
		Store: db.ForNotices(), Books: w.books, Now: now,
		Tell: func(_ context.Context, h notices.Happening) error { return w.notify(*h.Reminder) },
	})
	must(t, err)
	return w
}

// Ended plans what a deal is to be reminded of.
func (w *testbed) Ended(ctx context.Context, community, id int64) error {
	tx, err := w.db.Transaction(ctx, community, id)
	if err != nil {
		return err
	}
	plan, err := w.books.Plan(tx)
	if err != nil {
		return err
	}
	return w.db.PlanReminders(ctx, plan)
}

// deal inserts a deal between bea, who pays, and sam, which is in a state since noon.
func (w *testbed) deal(t *testing.T, state process.State) orchestrator.Transaction {
	t.Helper()
	id, err := w.db.NextID(t.Context())
	must(t, err)
	tx := orchestrator.Transaction{
		ID: id, CommunityID: community, ConversationID: id, Process: "preauthorize@1", Gateway: "none", Revision: 1,
		Deal: process.Deal{
			State: state, EnteredAt: noon, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(1000, "EUR"),
		},
		UnitPrice: money.New(1000, "EUR"), Quantity: 1, CreatedAt: noon, UpdatedAt: noon, LastTransitionAt: noon,
	}
	must(t, w.db.Apply(t.Context(), orchestrator.Commit{
		Transaction: tx, Log: orchestrator.LogEntry{TransactionID: id, Revision: 1, To: state, At: noon},
	}))
	return tx
}

func by(tx orchestrator.Transaction, kind process.ActorKind, id, user string) conversations.Ref {
	return conversations.Ref{CommunityID: community, TransactionID: tx.ID, Actor: process.Actor{Kind: kind, ID: id}, User: user}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the reason of a refusal; an empty one is none.
func refused(t *testing.T, what string, err error, want fault.Reason) {
	t.Helper()
	got := fault.Reason("")
	if err != nil {
		got = fault.ReasonOf(err)
	}
	if got != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestNew_required(t *testing.T) {
	t.Parallel()
	if _, err := conversations.New(conversations.Config{}); err == nil {
		t.Error("a service without anything was made")
	}
}

func TestReview_refusals(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	for name, tc := range map[string]struct {
		state   process.State
		kind    process.ActorKind
		id      string
		user    string
		rating  int64
		content string
		after   time.Duration
		want    fault.Reason
	}{
		"buyer":              {settlement.Confirmed, process.User, "bea", "", 5, "Gladly again\nThanks", 0, ""},
		"seller":             {settlement.Confirmed, process.User, "sam", "sam", 1, "", 0, ""},
		"backend for buyer":  {settlement.Confirmed, process.Backend, "", "bea", 3, "", 0, ""},
		"last instant":       {settlement.Confirmed, process.User, "bea", "", 5, "", 30 * day, ""},
		"refunded":           {settlement.Refunded, process.User, "bea", "", 2, "", 0, ""},
		"longest":            {settlement.Confirmed, process.User, "bea", "", 5, strings.Repeat("ä", 2000), 0, ""},
		"too late":           {settlement.Confirmed, process.User, "bea", "", 5, "", 30*day + time.Microsecond, "rating_window_closed"},
		"not ended":          {"preauthorized", process.User, "bea", "", 5, "", 0, "rating_not_allowed"},
		"rejected":           {"rejected", process.User, "bea", "", 5, "", 0, "rating_not_allowed"},
		"no stars":           {settlement.Confirmed, process.User, "bea", "", 0, "", 0, "validation_error"},
		"six stars":          {settlement.Confirmed, process.User, "bea", "", 6, "", 0, "validation_error"},
		"too long":           {settlement.Confirmed, process.User, "bea", "", 5, strings.Repeat("ä", 2001), 0, "validation_error"},
		"reversed text":      {settlement.Confirmed, process.User, "bea", "", 5, "a\u202eb", 0, "validation_error"},
		"zero byte":          {settlement.Confirmed, process.User, "bea", "", 5, "a\x00b", 0, "validation_error"},
		"for another":        {settlement.Confirmed, process.User, "bea", "sam", 5, "", 0, "not_yourself"},
		"operator":           {settlement.Confirmed, process.Staff, "olga", "", 5, "", 0, "not_participant"},
		"operator for buyer": {settlement.Confirmed, process.Staff, "olga", "bea", 5, "", 0, "not_participant"},
		"backend for nobody": {settlement.Confirmed, process.Backend, "", "", 5, "", 0, "not_participant"},
		"backend for eve":    {settlement.Confirmed, process.Backend, "", "eve", 5, "", 0, "not_participant"},
		"stranger":           {settlement.Confirmed, process.User, "eve", "", 5, "", 0, "transaction_not_found"},
	} {
		w.now = noon.Add(tc.after)
		ref := by(w.deal(t, tc.state), tc.kind, tc.id, tc.user)
		_, err := w.Review(t.Context(), ref, tc.rating, tc.content)
		refused(t, name, err, tc.want)
		stored, err := w.db.Reviews(t.Context(), ref.TransactionID)
		if err != nil || (len(stored) == 1) != (tc.want == "") {
			t.Errorf("%s: %d reviews are stored, %v", name, len(stored), err)
		}
	}
}

func TestReview_onceEach(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	tx := w.deal(t, settlement.Confirmed)
	bea := by(tx, process.User, "bea", "")
	_, err := w.Review(t.Context(), bea, 4, "Good")
	must(t, err)
	_, err = w.Review(t.Context(), bea, 1, "On second thought")
	refused(t, "again", err, "already_rated")
	_, err = w.Reviews(t.Context(), community, tx.ID, process.Actor{Kind: process.User, ID: "eve"})
	refused(t, "stranger reads", err, "transaction_not_found")
	got, err := w.Rating(t.Context(), community, "sam")
	want := conversations.Rating{Tally: conversations.Tally{Positive: 1, Votes: 1, Stars: 4}, Average: "4.00"}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTally_Rating(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stars, votes int64
		want         string
	}{
		"none":              {0, 0, "0.00"},
		"whole":             {10, 2, "5.00"},
		"half":              {9, 2, "4.50"},
		"third down":        {13, 3, "4.33"},
		"third up":          {14, 3, "4.67"},
		"half to even down": {33, 8, "4.12"}, // 4.125
		"half to even up":   {35, 8, "4.38"}, // 4.375
		"small fraction":    {201, 200, "1.00"},
		"carries over":      {999, 200, "5.00"}, // 4.995, the even neighbour
		"leading zero":      {51, 50, "1.02"},
	} {
		if got := (conversations.Tally{Stars: tc.stars, Votes: tc.votes}).Rating().Average; got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestReview_Tally(t *testing.T) {
	t.Parallel()
	for stars, want := range map[int64]conversations.Tally{
		1: {Negative: 1, Votes: 1, Stars: 1}, 2: {Negative: 1, Votes: 1, Stars: 2}, 3: {Votes: 1, Stars: 3},
		4: {Positive: 1, Votes: 1, Stars: 4}, 5: {Positive: 1, Votes: 1, Stars: 5},
	} {
		if diff := cmp.Diff(want, conversations.Review{Rating: stars}.Tally()); diff != "" {
			t.Errorf("%d stars (-want +got):\n%s", stars, diff)
		}
	}
}

func TestSessions_refusals(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	for name, tc := range map[string]struct {
		filter conversations.ChatFilter
		want   fault.Reason
	}{
		"no user":         {conversations.ChatFilter{Limit: 1}, "validation_error"},
		"no limit":        {conversations.ChatFilter{User: "bea"}, "validation_error"},
		"high limit":      {conversations.ChatFilter{User: "bea", Limit: 101}, "validation_error"},
		"negative offset": {conversations.ChatFilter{User: "bea", Limit: 1, Offset: -1}, "validation_error"},
		"unknown process": {conversations.ChatFilter{User: "bea", Limit: 1, Process: "barter"}, "unknown_process"},
		"all right":       {conversations.ChatFilter{User: "bea", Limit: 100, Process: "preauthorize@1"}, ""},
	} {
		_, _, err := w.Chats(t.Context(), tc.filter)
		refused(t, name, err, tc.want)
	}
}

func TestRemindDue_notifierFails(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	tx := w.deal(t, settlement.Confirmed)
	must(t, w.Ended(t.Context(), community, tx.ID))
	var told []notices.Reminder
	broken := true
	w.notify = func(r notices.Reminder) error {
		if broken && r.User == "bea" {
			return errors.New("no way to reach her")
		}
		told = append(told, r)
		return nil
	}
	remind := func(want int) {
		t.Helper()
		if sent, err := w.RemindDue(t.Context()); err != nil || sent != want {
			t.Errorf("%d reminders were sent, want %d; %v", sent, want, err)
		}
	}
	w.now = noon.Add(3 * day)
	remind(1)
	broken = false
	w.now = w.now.Add(time.Minute - time.Second)
	remind(0)
	w.now = w.now.Add(time.Second)
	remind(1)
	remind(0)
	due := noon.Add(3 * day)
	want := []notices.Reminder{
		{CommunityID: community, TransactionID: tx.ID, User: "sam", Round: 1, Due: due, Attempts: 1},
		{CommunityID: community, TransactionID: tx.ID, User: "bea", Round: 1, Due: due, Attempts: 2},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// TestRemindDue_stops is a worker that is stopped while it tells somebody: that
// it was told is noted all the same.
func TestRemindDue_stops(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	must(t, w.Ended(t.Context(), community, w.deal(t, settlement.Confirmed).ID))
	ctx, stop := context.WithCancel(t.Context())
	told := map[string]int{}
	w.notify = func(r notices.Reminder) error { told[r.Key()]++; stop(); return nil }
	w.now = noon.Add(3 * day)
	if sent, err := w.RemindDue(ctx); sent != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d sent, %v", sent, err)
	}
	w.now = w.now.Add(day)
	if sent, err := w.RemindDue(t.Context()); sent != 1 || err != nil {
		t.Errorf("%d sent after that, %v", sent, err)
	}
	for key, times := range told {
		if times != 1 {
			t.Errorf("%s was told %d times", key, times)
		}
	}
}

func TestEnded_unknown(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	refused(t, "unknown", w.Ended(t.Context(), community, 999), "transaction_not_found")
	refused(t, "unknown", w.MarkUnread(t.Context(), community, 999, "bea"), "transaction_not_found")
}

// A reminder that is being told is nobody else's; one that cannot be told is tried again
// at least once a day, and who has reviewed meanwhile is not told at all.
func TestP4_remindedOnce(t *testing.T) {
	t.Parallel()
	w := newTestbed(t)
	tx := w.deal(t, settlement.Confirmed)
	must(t, w.Ended(t.Context(), community, tx.ID))
	must(t, w.Ended(t.Context(), community, tx.ID)) // planned twice
	remind := func() {
		t.Helper()
		if _, err := w.RemindDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	told, tries := map[string]int{}, 0
	var last time.Time
	w.notify = func(r notices.Reminder) error {
		if r.User == "bea" {
			if tries++; tries > 1 && w.now.Sub(last) > day+time.Minute {
				t.Errorf("try %d came %s after the one before", tries, w.now.Sub(last))
			}
			last = w.now
			return errors.New("no way to reach her")
		}
		if told[r.Key()]++; told[r.Key()] == 1 {
			remind() // another replica, meanwhile
			w.now = w.now.Add(4 * time.Minute)
			remind()
		}
		return nil
	}
	for w.now = noon.Add(3 * day); w.now.Before(noon.Add(9 * day)); w.now = w.now.Add(20 * time.Minute) {
		remind()
	}
	if len(told) != 1 || tries < 10 {
		t.Errorf("told %v, tried the other %d times", told, tries)
	}
	for key, times := range told {
		if times != 1 {
			t.Errorf("%s was told %d times", key, times)
		}
	}
}
