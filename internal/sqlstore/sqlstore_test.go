package sqlstore_test

import (
	"path/filepath"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/storetest"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/listings"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, backend(sqliteFile, sqlstore.Options{}))
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, backend(postgres, sqlstore.Options{}))
}

// TestPortable runs the fallback for PostgreSQL's relatives, which differs in how commits are
// written; a run that takes its time tries the rest as well.
func TestPortable(t *testing.T) {
	t.Parallel()
	run := storetest.RunCommits
	if testsize.Large() {
		run = storetest.Run
	}
	run(t, backend(postgres, sqlstore.Options{Portable: true}))
}

func sqliteFile(t *testing.T) string {
	return testdb.SQLiteAt(t, filepath.Join(t.TempDir(), "odd name #1%20?.db"))
}

func postgres(t *testing.T) string { return testdb.Postgres(t) }

func unusedPostgres(t *testing.T) string { return testdb.UnusedPostgres(t) }

func backend(newURL func(*testing.T) string, o sqlstore.Options) func(*testing.T) storetest.Stores {
	return func(t *testing.T) storetest.Stores {
		url := newURL(t)
		return storetest.Stores{
			Open: func() storetest.Store { return open(t, url, o) },
			Rate: func(user string, r listings.Reputation) { rate(t, url, user, r) },
		}
	}
}

// rate writes a user's reputation past the store.
func rate(t *testing.T, url, user string, r listings.Reputation) {
	t.Helper()
	_, err := rawDB(t, url).ExecContext(t.Context(), `insert into ratings (community_id, user_id, positive, negative, votes, stars, completed)
		values (501, $1, $2, $3, $4, $5, $6)`, user, r.Positive, r.Negative, r.Votes, r.Stars, r.Completed)
	if err != nil {
		t.Error(err)
	}
}

func open(t *testing.T, url string, o sqlstore.Options) *sqlstore.DB {
	t.Helper()
	o.AdsRest = -1 // the suite looks right after it has changed something, on a slow machine too
	db, err := sqlstore.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
