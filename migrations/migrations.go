// Package migrations brings a database to the schema that this binary needs.
// The folders postgres and sqlite hold the same steps under the same numbers.
// Steps only add; there is no way down, so that an older binary keeps working
// beside a newer one while replicas are exchanged.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Dialect is a kind of database.
type Dialect string

// The dialects. Databases that speak PostgreSQL's protocol are Postgres too.
const (
	Postgres Dialect = "postgres"
	SQLite   Dialect = "sqlite"
)

//go:embed postgres/*.sql sqlite/*.sql
var files embed.FS

// Two processes may open one new SQLite file at the same moment. The loser of a
// step fails as a whole and finds it done when it looks again.
const (
	sqliteTries = 5
	sqliteRaces = 600 // tries while another process is at it: a minute
	sqliteWait  = 100 * time.Millisecond
)

// A replica that starts while another migrates asks for the lock once a second
// for five minutes.
const lockEvery, lockTries = 1, 300

// Up applies the steps that are missing. Any number of replicas may call it at
// the same moment: on PostgreSQL an advisory lock lets one of them work.
func Up(ctx context.Context, db *sql.DB, d Dialect) error { return UpTo(ctx, db, d, Target()) }

// UpTo is Up as far as a step, which is how an older binary left its database.
func UpTo(ctx context.Context, db *sql.DB, d Dialect, step int64) error {
	if d != SQLite {
		return up(ctx, db, d, step)
	}
	err := up(ctx, db, d, step)
	for try := 1; err != nil && (try < sqliteTries || isRace(err) && try < sqliteRaces); try++ {
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(sqliteWait):
		}
		err = up(ctx, db, d, step)
	}
	return err
}

// isRace reports whether another process works on the same file. The driver's errors
// are known by their text alone here: this package knows no driver.
func isRace(err error) bool {
	text := err.Error()
	for _, sign := range []string{"SQLITE_BUSY", "database is locked", "already exists", "UNIQUE constraint", "duplicate column"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

func up(ctx context.Context, db *sql.DB, d Dialect, step int64) error {
	p, err := provider(db, d)
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, step); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Target is the step that this binary brings a database to.
func Target() int64 {
	var last int64
	names, _ := fs.Glob(files, "sqlite/*.sql") // the pattern is fine
	for _, name := range names {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "sqlite/"), "_")
		if n, err := strconv.ParseInt(number, 10, 64); err == nil {
			last = max(last, n)
		}
	}
	return last
}

// Versions reports which step the database is at and which one this binary
// brings it to.
func Versions(ctx context.Context, db *sql.DB, d Dialect) (current, target int64, err error) {
	p, err := provider(db, d)
	if err != nil {
		return 0, 0, err
	}
	current, target, err = p.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("migrations: %w", err)
	}
	return current, target, nil
}

func provider(db *sql.DB, d Dialect) (*goose.Provider, error) {
	steps, err := fs.Sub(files, string(d))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if d == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(lockEvery, lockTries))
		if err != nil {
			return nil, fmt.Errorf("migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, db, steps, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return p, nil
}
