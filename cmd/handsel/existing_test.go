package main

import (
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		db, err := sql.Open("sqlite", path)
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
		for _, args := range [][]string{{"doctor"}, {"communities"}, {"keys", "revoke", "0123456789abcdef"}, {"reconcile", "--gateway=balance", "--from=2026-03-01"}} {
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
