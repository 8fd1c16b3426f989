package testkit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// Backup is a copy of a testbed's database.
type Backup struct {
	testbed *Testbed
	place   string // a file, or the name of a PostgreSQL database
}

// Backup copies the database while the engine is down, and starts it again.
func (w *Testbed) Backup() Backup {
	w.t.Helper()
	b := Backup{testbed: w}
	w.restart(func() error {
		if address, name := w.postgres(); name != "" {
			b.place = name + "_backup"
			drop := "drop database if exists " + quoted(b.place) // of a test that had the database before
			return onServer(address, quoted(b.place), quoted(name), terminate(name), drop)
		}
		b.place = filepath.Join(w.t.TempDir(), "backup.db")
		db, err := sql.Open("sqlite", "file:"+w.path()+"?_pragma=busy_timeout(10000)")
		if err != nil {
			return err
		}
		_, err = db.ExecContext(w.t.Context(), `vacuum into $1`, b.place)
		return errors.Join(err, db.Close())
	})
	return b
}

// Restore puts the copy in the place of the database and starts the engine again:
// what happened since is forgotten here, and nowhere else.
func (b Backup) Restore() {
	w := b.testbed
	w.t.Helper()
	w.restart(func() error {
		if address, name := w.postgres(); name != "" {
			name = quoted(name)
			return onServer(address, name, quoted(b.place), "drop database "+name+" with (force)")
		}
		// A connection that is still closing must not write into the copy.
		content, err := os.ReadFile(b.place)
		w.Config.DatabaseURL = filepath.Join(w.t.TempDir(), "restored.db")
		return errors.Join(err, os.WriteFile(w.path(), content, 0o600))
	})
}

func (w *Testbed) path() string { return strings.TrimPrefix(w.Config.DatabaseURL, "sqlite:") }

// postgres is the address and the name of a PostgreSQL database, no name for another.
func (w *Testbed) postgres() (address *url.URL, name string) {
	u, err := url.Parse(w.Config.DatabaseURL)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return nil, ""
	}
	return u, strings.TrimPrefix(u.Path, "/")
}

func terminate(name string) string {
	return "select pg_terminate_backend(pid) from pg_stat_activity where datname = '" + name + "'"
}

// onServer runs statements in a database that always exists, and then makes one like a template.
func onServer(address *url.URL, name, template string, statements ...string) error {
	u := *address
	u.Path = "/postgres"
	db, err := sql.Open("postgres", u.String())
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return pgtest.Create(context.Background(), db, name, template)
}

// quoted names a database of a test: letters, digits and underscores.
func quoted(name string) string { return `"` + name + `"` }
