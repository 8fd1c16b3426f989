package migrations_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/pgtest"
	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"

	"github.com/handsel-dev/handsel/migrations"
)

func files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestSameSteps(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(files(t, "postgres"), files(t, "sqlite")); diff != "" {
		t.Errorf("the folders differ (-postgres +sqlite):\n%s", diff)
	}
}

func TestUp(t *testing.T) {
	t.Parallel()
	columns := map[migrations.Dialect][]string{}
	for dialect, open := range map[migrations.Dialect]struct{ driver, url, columns string }{
		migrations.SQLite: {"sqlite", filepath.Join(t.TempDir(), "x.db"), `
			select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c
			where m.type = 'table' and m.name not like 'goose%' and m.name not like 'sqlite%' order by m.name, c.cid`},
		migrations.Postgres: {"postgres", pgtest.URL(t), `
			select table_name || '.' || column_name from information_schema.columns
			where table_schema = 'public' and table_name not like 'goose%' order by table_name collate "C", ordinal_position`},
	} {
		db, err := sqlx.Open(open.driver, open.url)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := migrations.Up(t.Context(), db.DB, dialect); err != nil {
				t.Fatal(err)
			}
		}
		current, target, err := migrations.Versions(t.Context(), db.DB, dialect)
		if err != nil || current != target || current == 0 {
			t.Errorf("%s: at %d of %d, %v", dialect, current, target, err)
		}
		var names []string
		if err := db.Select(&names, open.columns); err != nil {
			t.Fatal(err)
		}
		columns[dialect] = names
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(columns[migrations.Postgres], columns[migrations.SQLite]); diff != "" || len(columns[migrations.SQLite]) == 0 {
		t.Errorf("the schemas differ (-postgres +sqlite):\n%s", diff)
	}
}
