package sqlstore_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// both runs a test on each database.
func both(t *testing.T, test func(*testing.T, *sqlstore.DB)) {
	for name, url := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, url(t), sqlstore.Options{}))
		})
	}
}

var ticketTime = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

// Of many who bring a ticket one gets in.
func TestTickets(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		for _, hash := range []string{"good", "late"} {
			if err := db.PutTicket(t.Context(), hash, []byte("holder of "+hash), ticketTime.Add(30*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		var winners atomic.Int32
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				holder, found, err := db.TakeTicket(t.Context(), "good", ticketTime)
				if err != nil {
					t.Error(err)
				}
				if found && string(holder) == "holder of good" {
					winners.Add(1)
				}
			})
		}
		callers.Wait()
		if winners.Load() != 1 {
			t.Errorf("%d got in", winners.Load())
		}
		for range 2 { // reading takes nothing
			if holder, found, err := db.Ticket(t.Context(), "late", ticketTime); string(holder) != "holder of late" || !found || err != nil {
				t.Errorf("read %q: %t, %v", holder, found, err)
			}
		}
		for hash, at := range map[string]time.Time{"late": ticketTime.Add(30 * time.Second), "good": ticketTime, "unknown": ticketTime} {
			if _, found, err := db.Ticket(t.Context(), hash, at); found || err != nil {
				t.Errorf("read %s: %t, %v", hash, found, err)
			}
		}
		for _, hash := range []string{"late", "late", "unknown"} {
			if _, found, err := db.TakeTicket(t.Context(), hash, ticketTime.Add(30*time.Second)); found || err != nil {
				t.Errorf("%s: %t, %v", hash, found, err)
			}
		}
	})
}
