package sqlstore_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testkit"
)

// After a restore the next ids are none of those that were handed out before, and
// what is handed out stays below what a client can read and above a card number's
// shortest form.
func TestM31_idsAfterARestore(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
		open := func() *sqlstore.DB {
			db, err := sqlstore.Open(t.Context(), url, sqlstore.Options{RealTime: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			return db
		}
		take := func(db *sqlstore.DB, n int) (last int64) {
			t.Helper()
			for range n {
				id, err := db.NextID(t.Context())
				if err != nil || id <= last || id >= 1_000_000_000_000 {
					t.Fatalf("id %d after %d: %v", id, last, err)
				}
				last = id
			}
			return last
		}
		db := open()
		first := take(db, 1)
		now = now.Add(time.Minute)
		last := take(db, 5000)
		// The backup of the beginning comes back, first under the running program.
		restore := func() {
			driver := "sqlite"
			if strings.HasPrefix(url, "postgres") {
				driver = "postgres"
			}
			side, err := sql.Open(driver, url)
			if err != nil {
				t.Fatal(err)
			}
			defer side.Close()
			if _, err := side.ExecContext(t.Context(), `update id_blocks set next_id = $1`, first); err != nil {
				t.Fatal(err)
			}
		}
		restore()
		if next := take(db, 2000); next <= last {
			t.Errorf("id %d is handed out again, up to %d were", next, last)
		} else {
			last = next
		}
		restore()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
		db = open()
		if next := take(db, 1); next <= last {
			t.Errorf("after a restart id %d is handed out again, up to %d were", next, last)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
