package sqlstore

import (
	"testing"

	"github.com/handsel-dev/handsel/migrations"
)

// A limit is prepared so that SQLite keeps the plan of its statement, and is the same
// elsewhere.
func TestStatements_limitKeepsThePlan(t *testing.T) {
	t.Parallel()
	s := newStatements(nil, migrations.SQLite)
	for text, want := range map[string]string{
		"select id from t order by id limit $2":            "select id from t order by id limit $2 + 0",
		"select id from t limit $12 offset $3":             "select id from t limit $12 + 0 offset $3",
		"select n from (select 1 as n limit $1) as capped": "select n from (select 1 as n limit $1 + 0) as capped",
		"select id from t where off_limit = $1 limit 5":    "select id from t where off_limit = $1 limit 5",
	} {
		if got := s.prepared(text); got != want {
			t.Errorf("%q is prepared as %q, want %q", text, got, want)
		}
	}
	if s.dialect = migrations.Postgres; s.prepared("limit $1") != "limit $1" {
		t.Error("PostgreSQL gets another text")
	}
}
