package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
)

// Who changes the books with the triggers off is found by the chain: the doctor names
// the first row, and the community is on hold.
func TestM9_brokenChain(t *testing.T) {
	t.Parallel()
	for _, tamper := range []struct{ name, sql, want string }{
		{"money moved", `update postings set amount = case when amount > 0 then 10000000 else -10000000 end where transaction_id = 2`, "posting 1 of revision 1 of transaction 2"},
		{"actor rewritten", `update transaction_log set actor = 'user:sam' where transaction_id = 1 and revision = 2`, "revision 2 of transaction 1"},
		{"digest rewritten too", `update transaction_log set actor = 'user:sam', digest = substr(digest, 1, 0) where transaction_id = 1 and revision = 2`, "row "},
		{"posting gone", `delete from postings where transaction_id = 2 and line = 2`, "transaction 2"},
		{"history gone", `delete from postings where transaction_id = 3; delete from transaction_log where transaction_id = 3`, "row "},
		{"act rewritten", `update audit_log set reason = 'nothing' where act = 'community.set'`, "act "},
		{"seal rewritten", `update seals set row_count = row_count - 1 where sequence = 1`, "seal 1"},
		{"seal gone", `delete from seals where sequence = 1`, "which does not follow"},
	} {
		t.Run(tamper.name, func(t *testing.T) {
			t.Parallel()
			for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
				db := open(t, url, sqlstore.Options{})
				sealedHistory(t, db)
				if reach, found, err := db.Seals(t.Context()); err != nil || len(found) != 0 || len(reach) != 1 || reach[0].Rows == 0 {
					t.Fatalf("%s: a sound database: %v, %v, %v", driver, reach, found, err)
				}
				corrupt(t, driver, url, tamper.sql)
				if _, found, err := db.Seals(t.Context()); err != nil || len(found) != 1 || !strings.Contains(found[0].Message, tamper.want) {
					t.Errorf("%s: %v, %v; want %s", driver, found, err, tamper.want)
				}
				for range 9 { // piece by piece
					if _, err := db.Seal(t.Context()); err != nil && !strings.Contains(err.Error(), "on hold") {
						t.Fatal(err)
					}
				}
				if db.CommunityHold(1) == "" {
					t.Errorf("%s: the community is not on hold", driver)
				}
			}
		})
	}
}

// A row that was changed before it was sealed is found by its own digest.
func TestM9_changedBeforeTheSeal(t *testing.T) {
	t.Parallel()
	for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		db := open(t, url, sqlstore.Options{})
		if err := db.AddCommunity(t.Context(), 1, "Sample", someone); err != nil {
			t.Fatal(err)
		}
		for _, c := range history(t) {
			if err := db.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		corrupt(t, driver, url, `delete from postings where transaction_id = 2 and line = 2`)
		if _, err := db.Seal(t.Context()); err == nil || !strings.Contains(err.Error(), "revision 1 of transaction 2") {
			t.Errorf("%s: %v", driver, err)
		}
	}
}

// The database itself refuses to change what is only ever added.
func TestM9_rowsAreKept(t *testing.T) {
	t.Parallel()
	for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		db := open(t, url, sqlstore.Options{})
		sealedHistory(t, db)
		for _, table := range []string{"postings", "transaction_log", "audit_log", "seals"} {
			texts := []string{"update " + table + " set community_id = 9", "delete from " + table}
			if driver == "postgres" {
				texts = append(texts, "truncate "+table)
			}
			for _, text := range texts {
				if err := execute(t, driver, url, text); err == nil {
					t.Errorf("%s: %s went through", driver, text)
				}
			}
		}
	}
}

func sealedHistory(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	if err := db.AddCommunity(t.Context(), 1, "Sample", someone); err != nil {
		t.Fatal(err)
	}
	for _, c := range history(t) {
		if err := db.Apply(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if n, err := db.Seal(t.Context()); err != nil || n == 0 {
			t.Fatalf("sealed %d, %v", n, err)
		}
	}
	if n, err := db.Seal(t.Context()); err != nil || n != 0 {
		t.Fatalf("sealed %d when there was nothing new, %v", n, err)
	}
}

func execute(t *testing.T, driver, url, text string) error {
	t.Helper()
	raw, err := sqlx.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	_, err = raw.ExecContext(t.Context(), text)
	return err
}
