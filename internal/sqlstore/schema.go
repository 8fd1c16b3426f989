package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/migrations"
)

// Databases that are not opened. Compare with errors.Is.
var (
	// ErrNoDatabase is a path at which there is none.
	ErrNoDatabase = errors.New("there is no database")
	// ErrForeign is a database that is not one of Handsel.
	ErrForeign = errors.New("this is not a database of Handsel")
	// ErrNewer is a database that a newer version of Handsel has changed.
	ErrNewer = errors.New("the database belongs to a newer version of Handsel")
)

// existing makes sure that there is a database of Handsel at a path before anything
// is opened that could change it.
func existing(ctx context.Context, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w at %s; handsel migrate makes one", ErrNoDatabase, path)
	case err != nil:
		return fmt.Errorf("look for the database: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w at %s: it is not a file", ErrNoDatabase, path)
	}
	looking, err := sqlx.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	return errors.Join(known(ctx, migrations.SQLite, looking), looking.Close())
}

// known refuses a foreign database and one whose schema is not this binary's.
func known(ctx context.Context, d migrations.Dialect, from *sqlx.DB) error {
	version, found, err := schemaVersion(ctx, d, from)
	switch {
	case err != nil && strings.Contains(err.Error(), "not a database"):
		return ErrForeign
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%w: its tables are not there; handsel migrate makes them in an empty database", ErrForeign)
	}
	if target := migrations.Target(); version < target {
		return fmt.Errorf("%w: it is at version %d and must be at %d", ErrSchema, version, target)
	}
	_, err = notNewer(ctx, d, from)
	return err
}

// schemaVersion is the schema's; found is false when there is none.
func schemaVersion(ctx context.Context, d migrations.Dialect, from *sqlx.DB) (version int64, found bool, err error) {
	if n, err := countTables(ctx, d, from, "goose_db_version", "transaction_log"); err != nil || n < 2 {
		return 0, false, err
	}
	if err := from.GetContext(ctx, &version, `select coalesce(max(version_id), 0) from goose_db_version`); err != nil {
		return 0, false, fmt.Errorf("read the schema's version: %w", err)
	}
	return version, true, nil
}

// countTables is how many of two tables there are.
func countTables(ctx context.Context, d migrations.Dialect, from *sqlx.DB, one, other string) (n int64, err error) {
	tables := `select count(*) from sqlite_master where type = 'table' and name in ($1, $2)`
	if d == migrations.Postgres {
		tables = `select count(*) from pg_catalog.pg_tables where schemaname = current_schema() and tablename in ($1, $2)`
	}
	if err := from.GetContext(ctx, &n, tables, one, other); err != nil {
		return 0, fmt.Errorf("read the schema: %w", err)
	}
	return n, nil
}

// othersMigrations refuses a database whose migrations are noted as ours are, by the same
// tool, but are those of another program: some of ours would be taken for done.
func othersMigrations(ctx context.Context, d migrations.Dialect, from *sqlx.DB) error {
	const noted = "goose_db_version"
	if n, err := countTables(ctx, d, from, noted, noted); err != nil || n == 0 {
		return err
	}
	var version int64
	if err := from.GetContext(ctx, &version, `select coalesce(max(version_id), 0) from `+noted); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if version == 0 {
		return nil
	}
	// Another replica may have made our tables since they were looked for.
	switch _, ours, err := schemaVersion(ctx, d, from); {
	case err != nil:
		return err
	case ours:
		_, err := notNewer(ctx, d, from)
		return err
	}
	return fmt.Errorf("%w: another program keeps its migrations there; use a database of its own", ErrForeign)
}

// notNewer refuses a database that a newer binary has changed: what that one relies on
// this one does not keep. It reports whether the schema is the one that this binary needs.
func notNewer(ctx context.Context, d migrations.Dialect, from *sqlx.DB) (newest bool, err error) {
	version, found, err := schemaVersion(ctx, d, from)
	if err != nil {
		return false, err
	}
	if !found {
		return false, othersMigrations(ctx, d, from)
	}
	target := migrations.Target()
	if version > target {
		return false, fmt.Errorf("%w: its schema is at version %d and this binary knows %d; run the newer binary", ErrNewer, version, target)
	}
	return version == target, nil
}

// schemeOf is the scheme of a URL, empty for a file path.
func schemeOf(databaseURL string) string {
	scheme, _, found := strings.Cut(databaseURL, ":")
	if !found || len(scheme) < 2 || strings.ContainsFunc(scheme, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return ""
	}
	return scheme
}
