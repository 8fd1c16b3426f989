package notices_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What cannot be told is tried after 5, 10, 20 … seconds by one of all replicas, not each
// second by each. Meanwhile its deal's messages and the other deals are told, and
// afterwards it is told with what came after it, in its order.
func TestHeld_backsOff(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		deal(t, db, 1, "one", "broken", "three")
		if err := db.AddMessage(t.Context(), orchestrator.Message{ID: 50, TransactionID: 1, CommunityID: 501, Sender: "bea", Kind: orchestrator.FromParty, Content: "hello", At: epoch}, nil); err != nil {
			t.Fatal(err)
		}
		now, fails := epoch, true
		var tries []time.Duration
		w := func(ctx context.Context, h notices.Happening) (notices.News, error) {
			if fails && h.Event != nil && h.Event.Type == "broken" {
				tries = append(tries, now.Sub(epoch))
				return notices.News{}, errors.New("not now")
			}
			return toBoth(ctx, h)
		}
		replicas := []*notices.Consumer{consumerAt(t, db, w, &now), consumerAt(t, db, w, &now)}
		second := func() {
			for _, c := range replicas {
				if _, err := c.ProcessDue(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := c.TellAgain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(time.Second)
		}
		for range 100 {
			second()
		}
		const s = time.Second
		if diff := cmp.Diff([]time.Duration{0, 5 * s, 10 * s, 20 * s, 40 * s, 80 * s}, tries); diff != "" {
			t.Errorf("tried (-want +got):\n%s", diff)
		}
		deal(t, db, 2, "one")
		second()
		if diff := cmp.Diff([]string{"1.1", "m50", "2.1"}, told(t, db, "bea", 0)); diff != "" {
			t.Errorf("while it fails (-want +got):\n%s", diff)
		}
		fails = false
		for range 100 {
			second()
		}
		if diff := cmp.Diff([]string{"1.2", "1.3"}, told(t, db, "bea", 3)); diff != "" {
			t.Errorf("afterwards (-want +got):\n%s", diff)
		}
		deal(t, db, 3, "one")
		second()
		if held, err := db.ClaimHeld(t.Context(), now.Add(24*time.Hour), now, 10); err != nil || len(held) > 0 {
			t.Errorf("still waits: %v, %v", held, err)
		}
	})
}

// A stream that is being told again is nobody else's, and who died while telling it holds
// it up for as long as the lease. Who has lost it changes nothing.
func TestHeld_isLeased(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		ctx := t.Context()
		claim := func(at time.Time) []notices.Held {
			t.Helper()
			held, err := db.ClaimHeld(ctx, at, at.Add(time.Minute), 10)
			if err != nil {
				t.Fatal(err)
			}
			return held
		}
		h := notices.Held{CommunityID: 501, TransactionID: 1, Stream: notices.Messages, Since: epoch}
		for range 2 {
			if err := db.Hold(ctx, h, epoch.Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if early := claim(epoch); len(early) > 0 {
			t.Errorf("claimed %v before its time", early)
		}
		first := claim(epoch.Add(time.Second))
		if h.Attempts = 1; cmp.Diff([]notices.Held{h}, first) != "" {
			t.Fatalf("claimed %v", first)
		}
		if other := claim(epoch.Add(30 * time.Second)); len(other) > 0 {
			t.Errorf("claimed twice: %v", other)
		}
		second := claim(epoch.Add(61 * time.Second))
		if len(second) != 1 || second[0].Attempts != 2 {
			t.Fatalf("after the lease %v", second)
		}
		for _, lost := range []error{db.EndHeld(ctx, first[0]), db.RetryHeld(ctx, first[0], epoch), db.ReturnHeld(ctx, first[0], epoch)} {
			if lost != nil {
				t.Error(lost)
			}
		}
		if again := claim(epoch.Add(62 * time.Second)); len(again) > 0 {
			t.Errorf("who had lost it made it due: %v", again)
		}
		if err := db.ReturnHeld(ctx, second[0], epoch.Add(70*time.Second)); err != nil {
			t.Fatal(err)
		}
		third := claim(epoch.Add(70 * time.Second))
		if len(third) != 1 || third[0].Attempts != 2 {
			t.Fatalf("handed back: %v", third)
		}
		if err := db.EndHeld(ctx, third[0]); err != nil {
			t.Fatal(err)
		}
		if left := claim(epoch.Add(time.Hour)); len(left) > 0 {
			t.Errorf("ended, and still there: %v", left)
		}
	})
}
