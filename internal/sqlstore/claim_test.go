package sqlstore_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/webhooks"
)

// A claim is a compare-and-set: where no claimer passes the rows of another, as on a
// database without such words, each row is still claimed by one.
func TestClaims_compareAndSet(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const messages, claimers, rounds = 40, 8, 5
			db, ctx := open(t, url(t), sqlstore.Options{}), t.Context()
			db.WithoutSkipping()
			now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			for i := range messages {
				if _, err := db.Put(ctx, webhooks.Delivery{Gateway: "trustap", DedupeKey: fmt.Sprint(i), PaymentID: "1", ReceivedAt: now}); err != nil {
					t.Fatal(err)
				}
			}
			for round := range rounds {
				var all sync.WaitGroup
				claimed := make(chan webhooks.Delivery, claimers*messages)
				for range claimers {
					all.Go(func() {
						got, err := db.Claim(ctx, now, now.Add(time.Minute), messages)
						if err != nil {
							t.Error(err)
						}
						for _, d := range got {
							claimed <- d
						}
					})
				}
				all.Wait()
				close(claimed)
				owners := map[int64]int{}
				for d := range claimed {
					owners[d.ID]++
					if owners[d.ID] > 1 || d.Attempts != round+1 {
						t.Errorf("round %d: message %d has %d owners and counts %d tries", round, d.ID, owners[d.ID], d.Attempts)
					}
				}
				if len(owners) != messages {
					t.Errorf("round %d: %d of %d messages were claimed", round, len(owners), messages)
				}
				now = now.Add(time.Minute) // the leases end
			}
		})
	}
}
