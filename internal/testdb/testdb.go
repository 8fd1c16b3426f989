// Package testdb hands out new databases at the newest schema. The steps of the schema
// are taken once in each test binary; every database begins as a copy of the one they made.
// Tests of the steps themselves begin with an empty database instead (pgtest.URL, or a
// path where there is no file).
package testdb

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/migrations"
)

// TB is the part of testing.TB that is needed here.
type TB interface {
	pgtest.CleanTB
	TempDir() string
}

// Postgres returns the URL of a new PostgreSQL database.
func Postgres(t TB) string {
	t.Helper()
	return pgtest.Copy(t, postgres)
}

// UnusedPostgres returns the URL of a PostgreSQL database that no test had before, so that
// its plans do not depend on which tests ran first.
func UnusedPostgres(t TB) string {
	t.Helper()
	return pgtest.Unused(t, postgres)
}

var postgres = &pgtest.Template{Fill: func(ctx context.Context, url string) error { return migrate(ctx, "postgres", url, migrations.Postgres) }}

// SQLite returns the path of a new SQLite file.
func SQLite(t TB) string {
	t.Helper()
	return SQLiteAt(t, filepath.Join(t.TempDir(), "handsel.db"))
}

// SQLiteAt makes a new SQLite file at a path, which it returns.
func SQLiteAt(t TB, path string) string {
	t.Helper()
	content, err := sqlite()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatalf("new database: %v", err)
	}
	return path
}

var sqlite = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "handsel-testdb-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(context.Background(), "sqlite", "file:"+path, migrations.SQLite); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(ctx context.Context, driver, url string, d migrations.Dialect) error {
	db, err := sql.Open(driver, url)
	if err != nil {
		return err
	}
	return errors.Join(migrations.Up(ctx, db, d), db.Close())
}
