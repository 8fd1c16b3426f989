package sqlstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// How large the tables are is told about right, for every table that is there.
func TestB10_sizes(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, db *sqlstore.DB) {
		const replies = 20
		for i := range replies {
			_, _, err := db.Once(t.Context(), idempotency.Reply{Scope: "s", Key: fmt.Sprint(i), Hash: "h", CommunityID: 1, At: ticketTime},
				func(context.Context) (int, []byte, error) { return 200, []byte("{}"), nil })
			if err != nil {
				t.Fatal(err)
			}
		}
		sizes, err := db.Sizes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		rows := map[string]int64{}
		for _, s := range sizes {
			rows[s.Table] = s.Rows
			if s.Bytes == 0 {
				t.Errorf("%s has no size", s.Table)
			}
		}
		if len(rows) < 19 || rows["replies"] != replies || rows["inbox"] != 0 {
			t.Errorf("%v", rows)
		}
	})
}

// Lanes have numbers of chance, so that the first and the last are further apart than
// an integer can say: the server that starts a second time still knows the sizes.
func TestB10_sizesOfLanes(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			const far = `insert into lanes (lane, acts, opened_at, sealed) values
				(-9223372036854775807, 0, '2026-03-01T00:00:00Z', 0), (9223372036854775807, 0, '2026-03-01T00:00:00Z', 0)`
			if _, err := rawDB(t, url).ExecContext(t.Context(), far); err != nil {
				t.Fatal(err)
			}
			sizes, err := db.Sizes(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sizes {
				if s.Table == "lanes" && (s.Rows < 2 || s.Rows > 100) {
					t.Errorf("there are %d lanes", s.Rows)
				}
			}
		})
	}
}

// A database that is broken from end to end is described, not copied into memory.
func TestA4_doctorIsBounded(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newURL(t)
			db := open(t, url, sqlstore.Options{})
			// Postings of no commit, with one side each.
			const broken = `with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
				insert into postings (transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency)
				select i, 1, 1, 1, 1, 'x', '', 'outside:x', 5, 'EUR' from n`
			if _, err := rawDB(t, url).ExecContext(t.Context(), broken); err != nil {
				t.Fatal(err)
			}
			found := examine(t, db)
			more := 0
			for _, v := range found {
				if v.TransactionID == 0 {
					more++
				}
			}
			if len(found) > 3*1001 || more != 3 {
				t.Errorf("%d violations, %d kinds that are cut off", len(found), more)
			}
		})
	}
}
