package testkit

import (
	"hash/fnv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
)

// OnBoth runs a test on SQLite and on PostgreSQL.
func OnBoth(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, testdb.SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, testdb.Postgres(t))
	})
}

// OnEither is OnBoth where a run takes its time. In any other a test, or a case of a table, is
// played on one of the two, which its name chooses, so that a package as a whole is played on
// both. It is for what stands above the store. What is about the database itself, such as
// replicas that race, crashes and backups, is played on both in every run.
func OnEither(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Helper()
	switch {
	case testsize.Large():
		OnBoth(t, test)
	case onPostgres(t.Name()):
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			test(t, testdb.Postgres(t))
		})
	default:
		t.Run("sqlite", func(t *testing.T) {
			t.Parallel()
			test(t, testdb.SQLite(t))
		})
	}
}

// OneOfMany is OnEither for a case that was begun within OnBoth: it is left out on one of the
// databases unless the run takes its time.
func OneOfMany(t *testing.T, databaseURL string) {
	t.Helper()
	name := strings.NewReplacer("/sqlite/", "/", "/postgres/", "/").Replace(t.Name())
	if !testsize.Large() && onPostgres(name) != strings.HasPrefix(databaseURL, "postgres") {
		t.Skip("played on the other database; HANDSEL_TEST_SIZE=large plays it on both")
	}
}

func onPostgres(name string) bool {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // never fails
	return sum.Sum32()%2 == 1
}
