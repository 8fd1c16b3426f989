package main

import (
	"database/sql"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// A replica hears what the others tell: it listens at the database they share.
func TestServe_listens(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	address := freeAddress(t)
	start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_DATABASE_URL=" + url}, "serve")
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	await(t, "the replica to listen", func() bool {
		var n int
		err := db.QueryRowContext(t.Context(), `select count(*) from pg_stat_activity
			where datname = current_database() and query like 'LISTEN "handsel_%"'`).Scan(&n)
		return err == nil && n == 1
	})
}
