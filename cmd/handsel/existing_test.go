package main

import (
	"database/sql"
	"errors"
	"io"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// Commands that read make no database, change no foreign one and refuse a newer one.
func TestU1_U2_U9_existingDatabases(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	missing, foreign, newer := filepath.Join(folder, "typo.db"), filepath.Join(folder, "foreign.db"), filepath.Join(folder, "newer.db")
	if err := run(t.Context(), []string{"migrate", "--database-url=" + newer}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{foreign: `create table theirs (id integer)`, newer: `insert into goose_db_version (version_id, is_applied) values (99999, 1)`} {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for url, want := range map[string]string{missing: "there is no database", foreign: "not a database of Handsel", newer: "version 99999", "sqllite:" + missing: "unknown scheme"} {
		for _, args := range [][]string{{"doctor"}, {"communities"}, {"keys", "revoke", "0123456789abcdef", "--reason=test"}, {"reconcile", "--gateway=balance", "--from=2026-03-01"}} {
			err := run(t.Context(), append(args, "--database-url="+url), io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v on %s: %v; want %s", args, url, err, want)
			}
		}
	}
	if err := run(t.Context(), []string{"migrate", "--database-url=" + newer}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "version 99999") {
		t.Errorf("migrate a newer database: %v", err)
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Error("a command that reads made a database")
	}
}

// dump is all that a PostgreSQL database has: its tables with the number of their rows.
func dump(t *testing.T, url string) (all string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRowContext(t.Context(), `select coalesce(string_agg(c.relname || ' ' || (xpath('/row/n/text()',
			query_to_xml('select count(*) as n from ' || quote_ident(c.relname), false, true, '')))[1]::text, ', ' order by c.relname), '')
		from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The same on PostgreSQL: on an empty, a foreign and a newer database, and on one that
// is not there, no command but migrate changes anything, and all say what is wrong.
func TestU1_U9_existingPostgres(t *testing.T) {
	t.Parallel()
	goose := `create table goose_db_version (id serial primary key, version_id bigint, is_applied boolean, tstamp timestamp default now()); insert into goose_db_version (version_id, is_applied) values `
	for name, c := range map[string]struct {
		prepare         string
		want, ofMigrate string
	}{
		"empty":              {"", "not a database of Handsel", ""},
		"foreign":            {`create table theirs (id bigint); insert into theirs values (1)`, "not a database of Handsel", ""},
		"foreign migrations": {goose + `(20240101, true)`, "not a database of Handsel", "not a database of Handsel"},
		"newer":              {`insert into goose_db_version (version_id, is_applied) values (99999, true)`, "version 99999", "version 99999"},
		"older":              {`delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)`, "run handsel migrate", ""},
		"not there":          {"", "does not exist", "does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.URL(t)
			if name == "newer" || name == "older" {
				if err := run(t.Context(), []string{"migrate", "--database-url=" + url}, io.Discard, io.Discard); err != nil {
					t.Fatal(err)
				}
			}
			execute(t, url, c.prepare)
			before, asked := dump(t, url), url
			if name == "not there" {
				u, err := neturl.Parse(url)
				if err != nil {
					t.Fatal(err)
				}
				u.Path += "_not"
				asked = u.String()
			}
			commands := [][]string{
				{"doctor"}, {"communities"}, {"communities", "add", "8", "Eight", "--reason=test"}, {"keys", "list"}, {"keys", "revoke", "0123456789abcdef", "--reason=test"}, {"recovery"},
				{"recovery", "begin", "--reason=test"}, {"recovery", "end", "--reason=test"}, {"reconcile", "--gateway=balance", "--from=2026-03-01"},
			}
			for _, args := range commands {
				var out strings.Builder
				err := run(t.Context(), append(args, "--database-url="+asked), &out, &out)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v: %v %s; want %s", args, err, &out, c.want)
				}
			}
			if c.ofMigrate != "" {
				if err := run(t.Context(), []string{"migrate", "--database-url=" + asked}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.ofMigrate) {
					t.Errorf("migrate: %v; want %s", err, c.ofMigrate)
				}
			}
			if after := dump(t, url); after != before {
				t.Errorf("changed from %s to %s", before, after)
			}
		})
	}
}

func execute(t *testing.T, url, text string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}
