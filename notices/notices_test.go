package notices_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func onBoth(t *testing.T, test func(t *testing.T, db *sqlstore.DB)) {
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return filepath.Join(t.TempDir(), "test.db") },
		"postgres": func() string { return testdb.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := sqlstore.Open(t.Context(), url(), sqlstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			test(t, db)
		})
	}
}

// deal stores a deal with events of the given types, a second after one another.
func deal(t *testing.T, db *sqlstore.DB, id int64, types ...string) {
	t.Helper()
	dealWith(t, db, id, time.Second, types...)
}

// dealWith stores one whose events are some time after one another by the clocks.
func dealWith(t *testing.T, db *sqlstore.DB, id int64, apart time.Duration, types ...string) {
	t.Helper()
	for i, kind := range types {
		n := int64(i + 1)
		tx := orchestrator.Transaction{
			ID: id, CommunityID: 501, ConversationID: id, Process: "none@1", Gateway: "none", Revision: n, EventSequence: n,
			Deal:      process.Deal{State: "free", Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(0, "EUR")},
			CreatedAt: epoch, UpdatedAt: epoch, LastTransitionAt: epoch, UnitPrice: money.New(0, "EUR"), Quantity: 1,
		}
		err := db.Apply(t.Context(), orchestrator.Commit{
			Transaction: tx,
			Log:         orchestrator.LogEntry{TransactionID: id, Revision: n, Transition: "create", To: "free", Actor: "user:bea", At: epoch},
			Events:      []orchestrator.Event{{TransactionID: id, Sequence: n, CommunityID: 501, Type: kind, At: epoch.Add(time.Duration(n) * apart)}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// toBoth tells both sides of everything but what is quiet.
func toBoth(_ context.Context, h notices.Happening) (notices.News, error) {
	var n notices.News
	id, kind := "", ""
	if h.Message != nil {
		id, kind = fmt.Sprintf("m%d", h.Message.ID), "message"
	} else if kind = h.Event.Type; kind == "quiet" {
		return n, nil
	} else {
		id = fmt.Sprintf("%d.%d", h.Event.TransactionID, h.Event.Sequence)
	}
	for _, user := range []string{h.Transaction.Seller, h.Transaction.Buyer} {
		n.Entries = append(n.Entries, notices.Entry{CommunityID: 501, UserID: user, ID: id, Type: kind, Data: json.RawMessage(`{"a": 1}`), At: epoch})
	}
	n.Mails = []notices.Mail{{ID: id + "@example.com", CommunityID: 501, UserID: "sam", Kind: "offer_created", Data: json.RawMessage(`{"OrderID": "7", "Minor": 1234, "Currency": "KWD"}`), At: epoch}}
	return n, nil
}

func consumer(t *testing.T, db *sqlstore.DB, w notices.Writer) *notices.Consumer {
	t.Helper()
	now := epoch
	return consumerAt(t, db, w, &now)
}

func consumerAt(t *testing.T, db *sqlstore.DB, w notices.Writer, now *time.Time) *notices.Consumer {
	t.Helper()
	c, err := notices.NewConsumer(notices.ConsumerConfig{Store: db.ForNotices(), Write: w, Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func told(t *testing.T, db *sqlstore.DB, user string, after int64) []string {
	t.Helper()
	entries, err := db.FeedEntries(t.Context(), 501, user, after, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i, e := range entries {
		if e.Sequence != after+int64(i)+1 {
			t.Errorf("entry %d of %s has number %d", i, user, e.Sequence)
		}
		ids = append(ids, e.ID)
	}
	return ids
}

func TestConsumer_tellsOnceInOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		deal(t, db, 1, "one", "quiet", "two", "three")
		if err := db.AddMessage(t.Context(), orchestrator.Message{ID: 50, TransactionID: 1, CommunityID: 501, Sender: "bea", Kind: orchestrator.FromParty, Content: "hello", At: epoch}, nil); err != nil {
			t.Fatal(err)
		}
		var replicas sync.WaitGroup
		for range 4 {
			c := consumer(t, db, toBoth)
			replicas.Go(func() {
				for range 3 {
					if _, err := c.ProcessDue(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		replicas.Wait()
		got := told(t, db, "bea", 0)
		order := map[string]int{}
		for i, id := range got {
			order[id] = i
		}
		if len(got) != 4 || order["1.1"] > order["1.3"] || order["1.3"] > order["1.4"] {
			t.Errorf("told %v, want 1.1, 1.3, 1.4 in this order and m50", got)
		}
		if n, err := consumer(t, db, toBoth).ProcessDue(t.Context()); n != 0 || err != nil {
			t.Errorf("told %d again (%v)", n, err)
		}
		if last, err := db.LastEntry(t.Context(), 501, "sam"); last != 4 || err != nil {
			t.Errorf("sam's last entry is %d (%v)", last, err)
		}
		if diff := cmp.Diff(got[2:], told(t, db, "bea", 2)); diff != "" {
			t.Errorf("resumed after 2 (-want +got):\n%s", diff)
		}
	})
}

func TestConsumer_holdsUpOnlyTheDealThatFails(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		deal(t, db, 1, "one", "broken", "three")
		deal(t, db, 2, "one")
		fails := true
		w := func(ctx context.Context, h notices.Happening) (notices.News, error) {
			if fails && h.Event.Type == "broken" {
				return notices.News{}, errors.New("not now")
			}
			return toBoth(ctx, h)
		}
		if _, err := consumer(t, db, w).ProcessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"1.1", "2.1"}, told(t, db, "sam", 0)); diff != "" {
			t.Errorf("while it fails (-want +got):\n%s", diff)
		}
		fails = false
		later := epoch.Add(5 * time.Second)
		if _, err := consumerAt(t, db, w, &later).TellAgain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"1.2", "1.3"}, told(t, db, "sam", 2)); diff != "" {
			t.Errorf("afterwards (-want +got):\n%s", diff)
		}
	})
}

// That many deals go on which nobody hears of costs as many statements as that one does.
func TestCost_quietEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		cost, next := map[int]int64{}, int64(1)
		for _, deals := range []int{1, 20} {
			for range deals {
				deal(t, db, next, "quiet", "quiet")
				next++
			}
			before := db.Stats().Statements
			if n, err := consumer(t, db, toBoth).ProcessDue(t.Context()); n != 2*deals || err != nil {
				t.Fatal(n, err)
			}
			cost[deals] = db.Stats().Statements - before
		}
		if cost[20] > cost[1] {
			t.Errorf("20 deals cost %d statements, one %d", cost[20], cost[1])
		}
	})
}

// unread is a store in which a deal cannot be read.
type unread struct {
	notices.Stores
	deal int64
}

func (u unread) TransactionsByID(ctx context.Context, ids []int64) (map[int64]orchestrator.Transaction, error) {
	if slices.Contains(ids, u.deal) {
		return nil, errors.New("damaged")
	}
	return u.Outbox.TransactionsByID(ctx, ids)
}

func (u unread) Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error) {
	if id == u.deal {
		return orchestrator.Transaction{}, errors.New("damaged")
	}
	return u.Transactions.Transaction(ctx, community, id)
}

// The deals of a batch are read together; one that cannot be read holds up itself only.
func TestConsumer_oneDealCannotBeRead(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		for id := range int64(3) {
			deal(t, db, id+1, "one")
		}
		s := unread{db.ForNotices(), 2}
		parts := s.Stores
		parts.Outbox, parts.Transactions = s, s
		c, err := notices.NewConsumer(notices.ConsumerConfig{Store: parts, Write: toBoth, Now: func() time.Time { return epoch }})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := c.ProcessDue(t.Context()); n != 2 || err != nil {
			t.Errorf("told %d, %v", n, err)
		}
		if diff := cmp.Diff([]string{"1.1", "3.1"}, told(t, db, "sam", 0)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// More deals than are looked at in one go cannot be told; the one behind them is.
func TestConsumer_reachesWhatIsBehindManyFailures(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		for id := range int64(120) {
			deal(t, db, id+1, "broken")
		}
		deal(t, db, 500, "one")
		w := func(ctx context.Context, h notices.Happening) (notices.News, error) {
			if h.Event.Type == "broken" {
				return notices.News{}, errors.New("not now")
			}
			return toBoth(ctx, h)
		}
		if _, err := consumer(t, db, w).ProcessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"500.1"}, told(t, db, "sam", 0)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// overtaken is a store that lets something happen right after the outbox was read for the
// first time.
type overtaken struct {
	notices.Outbox
	then func()
}

func (s *overtaken) Undelivered(ctx context.Context, limit int) ([]orchestrator.Event, []orchestrator.Message, error) {
	events, messages, err := s.Outbox.Undelivered(ctx, limit)
	if s.then != nil {
		s.then()
		s.then = nil
	}
	return events, messages, err
}

// Another replica tells a part of a full batch first: the rest of a conversation is told in
// its order, and all of it.
func TestConsumer_messagesInOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		deal(t, db, 1, "quiet")
		var want []string
		for id := range int64(260) {
			m := orchestrator.Message{ID: 50 + id, TransactionID: 1, CommunityID: 501, Sender: "bea", Kind: orchestrator.FromParty, Content: "hello", At: epoch}
			if err := db.AddMessage(t.Context(), m, nil); err != nil {
				t.Fatal(err)
			}
			want = append(want, fmt.Sprintf("m%d", m.ID))
		}
		// It is stopped in the middle.
		overtakes := func() {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			other := consumer(t, db, func(ctx context.Context, h notices.Happening) (notices.News, error) {
				if h.Message != nil && h.Message.ID == 50+40 {
					stop()
				}
				return toBoth(ctx, h)
			})
			if _, err := other.ProcessDue(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("the other replica ended with %v", err)
			}
		}
		store := db.ForNotices()
		store.Outbox = &overtaken{store.Outbox, overtakes}
		c, err := notices.NewConsumer(notices.ConsumerConfig{Store: store, Write: toBoth, Now: func() time.Time { return epoch }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.ProcessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, told(t, db, "bea", 0)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// The second events of many deals were written by a replica whose clock is behind, so that
// they come first in the outbox: the first ones are told before them.
func TestConsumer_eventsBehindTheClock(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		var want []string
		for id := range int64(120) {
			dealWith(t, db, id+1, -time.Second, "one", "two")
			want = append(want, fmt.Sprintf("%d.1", id+1), fmt.Sprintf("%d.2", id+1))
		}
		if _, err := consumer(t, db, toBoth).ProcessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, told(t, db, "bea", 0)); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// moody is a sender that fails before it delivers.
type moody struct {
	mail.Memory
	fail int
}

func (m *moody) Send(ctx context.Context, message mail.Message) error {
	if m.fail > 0 {
		m.fail--
		return errors.New("451 try again")
	}
	return m.Memory.Send(ctx, message)
}

type addresses map[string]string

func (a addresses) Address(_ context.Context, _ int64, user string) (notices.Reader, bool, error) {
	address, found := a[user]
	return notices.Reader{Address: address}, found, nil
}

// heads is a community that writes German.
type heads struct{}

func (heads) Letterhead(context.Context, int64) (notices.Letterhead, error) {
	return notices.Letterhead{Marketplace: "Sample", Sender: "hello@market.example.com", Link: "https://market.example.com/orders/{order}", Language: "de"}, nil
}

func TestPost(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		deal(t, db, 1, "one")
		if _, err := consumer(t, db, toBoth).ProcessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		now, sender := epoch, &moody{fail: 2}
		post, err := notices.NewPost(notices.PostConfig{Store: db, Stops: db, Overrides: db, Sender: sender, Addresses: addresses{"sam": "sam@example.com"}, Letterheads: heads{}, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for _, wait := range []time.Duration{0, 30 * time.Second, 31 * time.Second, 3 * time.Minute} {
			now = now.Add(wait)
			if _, err := post.SendDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		sent := sender.Messages()
		if len(sent) != 1 || sent[0].To != "sam@example.com" || sent[0].ID != "1.1@market.example.com" || sent[0].From != `"Sample" <hello@market.example.com>` ||
			!strings.Contains(sent[0].Text, "1,234 KWD") || !strings.Contains(sent[0].Text, "https://market.example.com/orders/7\n") {
			t.Errorf("sent %+v, want one to sam", sent)
		}
		now = now.Add(time.Hour)
		if n, err := post.SendDue(t.Context()); n != 0 || err != nil {
			t.Errorf("sent again: %d (%v)", n, err)
		}
	})
}

// An asset's amount is written with all its decimals.
func TestH13_mailedDecimals(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		_, known, err := money.ParseAssets("USDT:6")
		if err != nil {
			t.Fatal(err)
		}
		letter, err := notices.Letter{OrderID: "7", Minor: 10_500_000, Currency: "USDT"}.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if err := db.AddMail(t.Context(), notices.Mail{ID: "1.1", CommunityID: 501, UserID: "sam", Kind: "offer_created", Data: letter, At: epoch}); err != nil {
			t.Fatal(err)
		}
		sender := &moody{}
		post, err := notices.NewPost(notices.PostConfig{
			Store: db, Stops: db, Overrides: db, Sender: sender, Addresses: addresses{"sam": "sam@example.com"}, Letterheads: heads{}, Assets: known, Now: func() time.Time { return epoch },
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := post.SendDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if sent := sender.Messages(); len(sent) != 1 || !strings.Contains(sent[0].Text, "10,500000 USDT") {
			t.Errorf("sent %+v", sent)
		}
	})
}

// slow is a sender that is stopped while it sends.
type slow struct{ stop func() }

func (s slow) Send(ctx context.Context, _ mail.Message) error {
	s.stop()
	<-ctx.Done()
	return ctx.Err()
}

// A post office that is stopped gives back the mails that it has claimed.
func TestE23_mailsAreHandedBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		const mails = 3
		for i := range mails {
			m := notices.Mail{ID: fmt.Sprint("m", i), CommunityID: 501, UserID: fmt.Sprint("sam", i), Kind: "offer_created", Data: json.RawMessage(`{"OrderID": "7", "Minor": 1234, "Currency": "KWD"}`), At: epoch}
			if err := db.AddMail(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		post, err := notices.NewPost(notices.PostConfig{Store: db, Stops: db, Overrides: db, Sender: slow{stop}, Addresses: addresses{"sam0": "a@example.com", "sam1": "b@example.com", "sam2": "c@example.com"}, Letterheads: heads{}, Now: func() time.Time { return epoch }})
		if err != nil {
			t.Fatal(err)
		}
		if n, err := post.SendDue(ctx); n != 0 || !errors.Is(err, context.Canceled) {
			t.Fatalf("ended %d, %v", n, err)
		}
		if due, err := db.ClaimMails(t.Context(), epoch, epoch, 10); err != nil || len(due) != mails {
			t.Errorf("another replica may send %d of %d, %v", len(due), mails, err)
		}
	})
}

func TestHub(t *testing.T) {
	t.Parallel()
	hub := notices.NewHub()
	woken, stop := hub.Listen(501, "bea")
	other, stopOther := hub.Listen(502, "bea")
	defer stopOther()
	hub.Wake(501, "bea")
	hub.Wake(501, "bea")
	select {
	case <-woken:
	default:
		t.Error("not woken")
	}
	select {
	case <-other:
		t.Error("another community's user was woken")
	default:
	}
	stop()
	hub.Wake(501, "bea")
	if len(woken) != 0 {
		t.Error("woken after the end")
	}
}
