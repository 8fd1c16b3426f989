package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// TestM35_databaseURLs names one database in all ways, and makes no file of any.
func TestM35_databaseURLs(t *testing.T) {
	t.Parallel()
	given := pgtest.URL(t)
	u, err := url.Parse(given)
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"communities", "add", "7", "Bicycles", "--reason=test"}} {
		if err := run(t.Context(), append(args, "--database-url="+given), io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	user, name := u.User.Username(), strings.TrimPrefix(u.Path, "/")
	host, port := cmp.Or(u.Hostname(), u.Query().Get("host")), cmp.Or(u.Port(), u.Query().Get("port"))
	for what, text := range map[string]string{
		"keys and values":       fmt.Sprintf("host=%s port=%s dbname=%s user=%s sslmode=disable", host, port, name, user),
		"with spaces":           fmt.Sprintf(" user = '%s' password='it\\'s a: secret' host=%s port=%s dbname=%s sslmode=disable", user, host, port, name),
		"hosts, keys":           fmt.Sprintf("host=127.0.0.1,%s port=1,%s dbname=%s user=%s sslmode=disable", host, port, name, user),
		"a port for each":       fmt.Sprintf("postgres://%s@127.0.0.1:1,%s:%s/%s?sslmode=disable", user, host, port, name),
		"a port for the second": fmt.Sprintf("postgresql://%s:p%%40ss,word@[::1]:1,%s:%s/%s?sslmode=disable", user, host, port, name),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := run(t.Context(), []string{"communities", "--database-url=" + text}, &out, io.Discard)
			if err != nil || !strings.Contains(out.String(), "Bicycles") {
				t.Errorf("%v\n%s", err, &out)
			}
		})
	}
}

// TestM35_malformed refuses what names no database, says why and repeats no password.
func TestM35_malformed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for text, want := range map[string]string{
		"host=127.0.0.1 dbname=x password=pass word":      "single quotes around a value that has spaces",
		"host='127.0.0.1 password=word":                   "use host=… port=…",
		"postgres://u:word@127.0.0.1:1,127.0.0.1:two/x":   "the PostgreSQL URL is malformed",
		"postgres://u:wo%rd@127.0.0.1/x":                  "the PostgreSQL URL is malformed",
		"postgres://u:word@127.0.0.1/x?sslmode=sometimes": "the PostgreSQL URL is malformed",
		"mysql://u:word@127.0.0.1/x":                      "unknown scheme",
		"sqlserver:" + filepath.Join(folder, "word.db"):   "unknown scheme",
	} {
		for _, command := range []string{"serve", "migrate", "doctor"} {
			err := run(t.Context(), []string{command, "--database-url=" + text}, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ":word") || strings.Contains(err.Error(), "=word") {
				t.Errorf("%s with %q: %v, want %q", command, text, err, want)
			}
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("it made %v, %v", entries, err)
	}
}

// What keeps a database from being opened is said with what to mend: an address where nobody answers, a database that there is
// not, a wrong password, and what is no database URL.
func TestM36_notOpened(t *testing.T) {
	t.Parallel()
	given, err := url.Parse(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	missing := *given
	missing.Path = "/there_is_no_such_database"
	for text, want := range map[string]string{
		"postgres://u:word@127.0.0.1:1/x?sslmode=disable": "no database server answers there: start it, or correct the database URL",
		missing.String():     "the database does not exist: create it, or correct the database URL",
		"sqllite:m5.db":      "unknown scheme of the database URL; use a file path, sqlite:path or postgres://",
		"postgres://u@[::1x": "the PostgreSQL URL is malformed",
	} {
		ended := runs(t, nil, "doctor", "--database-url="+text)
		code := exitFailed
		if strings.Contains(want, "scheme") || strings.Contains(want, "malformed") {
			code = exitUsage
		}
		if ended.code != code || !strings.Contains(ended.errOut, want) || ended.out != "" {
			t.Errorf("%s: exit %d, want %d\n%s%s", text, ended.code, code, ended.out, ended.errOut)
		}
	}
}
