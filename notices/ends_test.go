package notices_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
)

// refusing sends nothing: every message gets an error, and what happens meanwhile.
type refusing struct {
	err       error
	meanwhile func()
	at        []time.Time
	now       *time.Time
}

func (r *refusing) Send(context.Context, mail.Message) error {
	r.at = append(r.at, *r.now)
	if r.meanwhile != nil {
		r.meanwhile()
	}
	return r.err
}

func fileStore(t *testing.T) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func queue(t *testing.T, db *sqlstore.DB, user string) {
	t.Helper()
	m := notices.Mail{ID: "1.1", CommunityID: 501, UserID: user, Kind: "offer_created", Data: json.RawMessage(`{"OrderID":"7"}`), At: epoch}
	if err := db.AddMail(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func office(t *testing.T, db *sqlstore.DB, sender notices.Sender, now *time.Time) *notices.Post {
	t.Helper()
	post, err := notices.NewPost(notices.PostConfig{
		Store: db, Stops: db, Overrides: db, Sender: sender, Addresses: addresses{"sam": "sam@example.com"}, Letterheads: heads{}, Now: func() time.Time { return *now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return post
}

// Every e-mail comes to an end, whatever its sender answers, and is tried at bounded
// distances until then.
func TestP4_mailsComeToAnEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		user        string
		err         error
		least, most int           // tries
		over        time.Duration // when it is over at the latest
	}{
		"sent at once":     {"sam", nil, 1, 1, 0},
		"no address":       {"bea", nil, 0, 0, 0},
		"refused for now":  {"sam", errors.New("451 try again"), 72, 85, 73 * time.Hour},
		"refused for good": {"sam", new(mail.Memory).Send(t.Context(), mail.Message{}), 1, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, now := fileStore(t), epoch
			sender := &refusing{err: tc.err, now: &now}
			post := office(t, db, sender, &now)
			queue(t, db, tc.user)
			ended, when := 0, time.Duration(-1)
			for ; now.Before(epoch.Add(100 * time.Hour)); now = now.Add(time.Minute) {
				n, err := post.SendDue(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if ended += n; n > 0 {
					when = now.Sub(epoch)
				}
			}
			if ended != 1 || when > tc.over || len(sender.at) < tc.least || len(sender.at) > tc.most {
				t.Errorf("ended %d times, after %s and %d tries; want once, by %s, after %d to %d", ended, when, len(sender.at), tc.over, tc.least, tc.most)
			}
			for i := 1; i < len(sender.at); i++ {
				if gap := sender.at[i].Sub(sender.at[i-1]); gap > time.Hour+time.Minute || gap < time.Minute {
					t.Errorf("try %d came %s after the one before", i+1, gap)
				}
			}
		})
	}
}

// While an e-mail is being sent nobody else sends it, and who died while sending it
// holds it up for minutes at most.
func TestP9_mailsAreLeased(t *testing.T) {
	t.Parallel()
	db, now := fileStore(t), epoch
	other := &refusing{now: &now}
	second := office(t, db, other, &now)
	send := func() {
		if _, err := second.SendDue(t.Context()); err != nil {
			t.Error(err)
		}
	}
	first := &refusing{err: context.Canceled, now: &now}
	first.meanwhile = func() {
		send()
		now = now.Add(time.Minute)
		send()
		if len(other.at) > 0 {
			t.Error("two have sent it")
		}
		now = now.Add(4 * time.Minute)
		send()
		if len(other.at) != 1 {
			t.Errorf("sent %d times five minutes after its sender fell silent, want once", len(other.at))
		}
	}
	queue(t, db, "sam")
	if _, err := office(t, db, first, &now).SendDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// The order of a deal's events is kept twice over: who reads them does not even look at
// one that comes after one that failed, and the store does not mark it. What is told to
// nobody is passed on the way, in the same run.
func TestP4_inOrder(t *testing.T) {
	t.Parallel()
	db := fileStore(t)
	deal(t, db, 1, "one", "two", "quiet", "three")
	events, err := db.Events(t.Context(), 1)
	if err != nil || len(events) != 4 {
		t.Fatalf("%v, %v", events, err)
	}
	for _, e := range events[1:] {
		if done, err := db.Deliver(t.Context(), notices.Happening{Event: &e}, notices.News{}, epoch); done || err != nil {
			t.Errorf("event %d was told before the first, %v", e.Sequence, err)
		}
	}
	var looked []int64
	fails := true
	now := epoch
	c := consumerAt(t, db, func(ctx context.Context, h notices.Happening) (notices.News, error) {
		looked = append(looked, h.Event.Sequence)
		if fails && h.Event.Sequence == 1 {
			return notices.News{}, errors.New("not yet")
		}
		return toBoth(ctx, h)
	}, &now)
	if n, err := c.ProcessDue(t.Context()); n != 0 || err != nil || len(looked) != 1 {
		t.Errorf("told %d after one that failed, looked at %v, %v", n, looked, err)
	}
	fails, now = false, now.Add(5*time.Second)
	if _, err := c.TellAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := told(t, db, "sam", 0); len(got) != 3 || got[0] != "1.1" || got[1] != "1.2" || got[2] != "1.4" {
		t.Errorf("told %v in one run", got)
	}
}

// Several e-mails to one person are sent in their order, without a pause between them.
func TestPost_severalToOne(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		now, sender := epoch, &moody{}
		for i := range 3 {
			m := notices.Mail{ID: fmt.Sprint("1.", i), CommunityID: 501, UserID: "sam", Kind: "offer_created", Data: json.RawMessage(`{"OrderID":"7"}`), At: epoch.Add(-time.Duration(3-i) * time.Second)}
			if err := db.AddMail(t.Context(), m); err != nil {
				t.Fatal(err)
			}
		}
		n, err := office(t, db, sender, &now).SendDue(t.Context())
		var ids []string // the newest first
		for _, m := range sender.Messages() {
			ids = append(ids, m.ID)
		}
		if n != 3 || err != nil || strings.Join(ids, " ") != "1.2@market.example.com 1.1@market.example.com 1.0@market.example.com" {
			t.Errorf("sent %d, %v: %v", n, err, ids)
		}
	})
}
