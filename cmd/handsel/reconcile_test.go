package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReconcile(t *testing.T) {
	t.Parallel()
	file := newDatabase(t)
	reconcile := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), append([]string{"reconcile", "--database-url=" + file}, args...), &out, &out)
		return out.String(), err
	}
	window := []string{"--gateway=balance", "--from=2026-03-01", "--to=2026-03-02T12:00:00+02:00"}
	out, err := reconcile(window...)
	if want := "balance from 2026-03-01T00:00:00Z to 2026-03-02T10:00:00Z: 0 payments compared, 0 adopted, 0 differences\n"; err != nil || out != want {
		t.Errorf("a new database: %v, %q", err, out)
	}

	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `insert into accounts (community_id, account, currency, balance) values (7, 'frozen:zoe', 'EUR', 1050)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	out, err = reconcile(window...)
	if err == nil || !strings.Contains(out, "amount_differs frozen:zoe (community 7, 0s old): frozen in the books 10.50 EUR, at the gateway 0.00 EUR") {
		t.Errorf("money that no deal holds: %v, %q", err, out)
	}
	out, err = reconcile(append(window, "--json")...)
	if err == nil {
		t.Error("differences end in success")
	}
	var got reconciled
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v: %q", err, out)
	}
	want := []difference{{
		Class: "amount_differs", CommunityID: 7, Account: "frozen:zoe", What: "frozen",
		Here: amount{1050, "EUR"}, There: amount{0, "EUR"}, Advice: got.Differences[0].Advice,
	}}
	if diff := cmp.Diff(want, got.Differences); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out, err = reconcile(append(window, "--community=8")...); err != nil {
		t.Errorf("another community: %v, %q", err, out)
	}
}

// newDatabase makes an empty database of this version and returns its path.
func newDatabase(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "x.db")
	if err := run(t.Context(), []string{"migrate", "--database-url=" + file}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReconcile_refuses(t *testing.T) {
	t.Parallel()
	file := "--database-url=" + newDatabase(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no database":    {[]string{"--database-url=", "--gateway=balance", "--from=2026-03-01"}, "HANDSEL_DATABASE_URL"},
		"no gateway":     {[]string{file, "--from=2026-03-01"}, "--gateway"},
		"no such time":   {[]string{file, "--gateway=balance", "--from=yesterday"}, "neither a day"},
		"not configured": {[]string{file, "--gateway=stripe", "--from=2026-03-01"}, "gateway_not_configured"},
		"empty window":   {[]string{file, "--gateway=balance", "--from=2026-03-01", "--to=2026-03-01"}, "invalid_window"},
	} {
		var out bytes.Buffer
		if err := run(t.Context(), append([]string{"reconcile"}, c.args...), &out, &out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
