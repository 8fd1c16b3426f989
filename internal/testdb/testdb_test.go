package testdb_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/handsel-dev/handsel/internal/testdb"
)

// A database that a test is done with is the next one's, and looks like a new one: with the
// rows that it had at first, whatever became of them, without any other, and without the
// sessions of the test. One whose schema was changed is nobody's any more. It is not parallel,
// so that nobody else takes one meanwhile.
func TestPostgres_recycled(t *testing.T) {
	const rows = `select (select count(*) from communities), (select count(*) from audit_log), (select next_id from id_blocks where name = 'id'),
		(select count(*) > 0 from goose_db_version)`
	look := func(t *testing.T, db *sql.DB) (found [3]int64) {
		t.Helper()
		var migrated bool
		if err := db.QueryRowContext(t.Context(), rows).Scan(&found[0], &found[1], &found[2], &migrated); err != nil || !migrated {
			t.Fatalf("migrated %v, %v", migrated, err)
		}
		return found
	}
	fill := []string{
		`insert into communities (id, name) values (1, 'x')`,
		`update id_blocks set next_id = 77`, `delete from id_blocks where name <> 'id'`,
	}
	var seen []string
	var fresh [3]int64
	for _, c := range []struct {
		name  string
		spoil string // besides rows
		again bool   // it is used again
	}{{"rows", "", true}, {"an open transaction", "begin", true}, {"a column", "alter table communities add column x int", false}, {"the last", "", true}} {
		t.Run(c.name, func(t *testing.T) {
			url := testdb.Postgres(t)
			db, err := sql.Open("postgres", url)
			if err != nil {
				t.Fatal(err)
			}
			session, err := db.Conn(context.WithoutCancel(t.Context()))
			if err != nil {
				t.Fatal(err)
			}
			found := look(t, db)
			if len(seen) == 0 {
				fresh = found
			}
			if found != fresh {
				t.Errorf("it has %v, a new one %v", found, fresh)
			}
			for _, statement := range append(fill, c.spoil) {
				if _, err := session.ExecContext(t.Context(), statement); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
			seen = append(seen, url)
		})
	}
	if seen[0] != seen[1] || seen[1] != seen[2] || seen[2] == seen[3] {
		t.Errorf("the databases were %v", seen)
	}
}

// A test that looks at plans gets a database that no other test had.
func TestPostgres_unused(t *testing.T) {
	had := map[string]bool{}
	for range 3 {
		t.Run("one", func(t *testing.T) {
			url := testdb.UnusedPostgres(t)
			if had[url] {
				t.Errorf("%s was used before", url)
			}
			had[url] = true
		})
	}
}
