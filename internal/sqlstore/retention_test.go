package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/webhooks"
)

// What only serves for a while goes when its time is over, and nothing before.
func TestC9_retention(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		ctx, keep := t.Context(), sqlstore.DefaultRetention()
		check := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(what, err)
			}
		}
		_, _, err := db.Once(ctx, idempotency.Reply{Scope: "s", Key: "answered", Hash: "h", CommunityID: 1, At: ticketTime},
			func(context.Context) (int, []byte, error) { return 200, []byte("{}"), nil })
		check("reply", err)
		for _, key := range []string{"done", "open"} {
			_, err := db.Put(ctx, webhooks.Delivery{Gateway: "stripe", DedupeKey: key, PaymentID: key, ReceivedAt: ticketTime})
			check("message", err)
		}
		due, err := db.Claim(ctx, ticketTime, ticketTime, 1)
		check("claim message", err)
		check("done", db.Done(ctx, due[0].ID, "applied"))
		for _, id := range []string{"sent", "queued"} {
			check("mail", db.AddMail(ctx, notices.Mail{ID: id, CommunityID: 1, UserID: "bea", Kind: "x", Data: []byte("{}"), At: ticketTime}))
		}
		check("sent", db.EndMail(ctx, "sent", "sent", ticketTime))

		early, err := db.Prune(ctx, ticketTime.Add(7*24*time.Hour), keep)
		check("prune early", err)
		late, err := db.Prune(ctx, ticketTime.Add(keep.Replies+time.Second), keep)
		check("prune", err)
		if early != 0 || late != 3 {
			t.Errorf("%d rows went after a week and %d in the end, want 0 and 3", early, late)
		}
		if _, found, err := db.Reply(ctx, "s", "answered"); found || err != nil {
			t.Errorf("the answer is still there: %t, %v", found, err)
		}
		if left, err := db.Claim(ctx, ticketTime.Add(time.Hour), ticketTime.Add(time.Hour), 10); err != nil || len(left) != 1 {
			t.Errorf("messages that are not worked through: %d, %v", len(left), err)
		}
	})
}
