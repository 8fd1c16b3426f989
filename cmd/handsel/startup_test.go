package main

import (
	"database/sql"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// TestP10_clock starts the server on a database whose clock is wrong.
func TestP10_clock(t *testing.T) {
	t.Parallel()
	for off, refused := range map[string]bool{"-7 s": true, "1 min": true, "1 s": false} {
		t.Run(off, func(t *testing.T) {
			t.Parallel()
			url := pgtest.URL(t)
			db, err := sql.Open("postgres", url)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			// A schema before that of the system's functions stands in for another clock.
			for _, text := range []string{
				`create schema late`,
				`create function late.clock_timestamp() returns timestamptz language sql as $$ select pg_catalog.clock_timestamp() + interval '` + off + `' $$`,
			} {
				if _, err := db.ExecContext(t.Context(), text); err != nil {
					t.Fatal(err)
				}
			}
			address := freeAddress(t)
			p := start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + url + "&search_path=late,pg_catalog,public"}, "serve")
			if !refused {
				await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
				return
			}
			if err := p.Wait(); p.ProcessState.ExitCode() != 1 || !strings.Contains(p.out(), "away from the database's; synchronise both") {
				t.Errorf("it ended with %v:\n%s", err, p.out())
			}
		})
	}
}

// TestP10_rateLimits guesses keys at the server as it is without any setting.
func TestP10_rateLimits(t *testing.T) {
	t.Parallel()
	for setting, limited := range map[string]bool{"": true, "HANDSEL_RATE_LIMITS=off": false} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "x.db"), setting}, "serve")
			await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
			guess := "hsk_live_00000000000000ab_" + strings.Repeat("ab", 32)
			seen := false
			for range 200 {
				seen = seen || call(t, "GET", "http://"+address+"/v1/transactions", guess, "", "", "").Status == http.StatusTooManyRequests
			}
			if seen != limited {
				t.Errorf("limited: %v, want %v", seen, limited)
			}
		})
	}
}

// TestP10_looseFiles starts the server on a file that others can read.
func TestP10_looseFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.db")
	if err := run(t.Context(), []string{"migrate", "--database-url=" + path}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"HANDSEL_DATABASE_URL=" + path}, "serve")
	if err := p.Wait(); p.ProcessState.ExitCode() != exitUsage || !strings.Contains(p.out(), "chmod 600 "+path) {
		t.Errorf("it ended with %v:\n%s", err, p.out())
	}
}

// A server that starts in recovery says so: it sends nothing, and nobody should wonder.
func TestServe_saysThatItIsInRecovery(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "x.db")
	for _, args := range [][]string{{"migrate"}, {"recovery", "begin", "--reason=drill"}} {
		if err := run(t.Context(), append(args, "--database-url="+db), io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	address := freeAddress(t)
	p := start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + db}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
	if !strings.Contains(p.out(), "in recovery, so nothing is sent") || !strings.Contains(p.out(), "drill") {
		t.Errorf("it says:\n%s", p.out())
	}
}
