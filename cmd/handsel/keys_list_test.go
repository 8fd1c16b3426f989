package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// TestS13_keys makes keys that end, uses one at the real server and lists them.
func TestS13_keys(t *testing.T) {
	t.Parallel()
	for kind, url := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "x.db"), "postgres": pgtest.URL(t)} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			db := "--database-url=" + url
			do := func(args ...string) string {
				var out bytes.Buffer
				if err := run(t.Context(), append(args, db), &out, io.Discard); err != nil {
					t.Fatalf("%v: %v", args, err)
				}
				return out.String()
			}
			do("migrate")
			do("communities", "add", "7", "Bicycles", "--reason=test")
			text, _, _ := strings.Cut(do("keys", "add", "--community=7", "--reason=test", "--name=shop", "--expires=90d"), "\n")
			do("keys", "add", "--community=7", "--reason=test", "--name=other", "--expires=2999-01-31", "--scopes=read")
			id := strings.Split(text, "_")[2]
			address := freeAddress(t)
			start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + url}, "serve")
			await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
			if got := call(t, "GET", "http://"+address+"/v1/transactions", text, "", "", ""); got.Status != 200 {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
			line := func(name string) []string {
				for l := range strings.Lines(do("keys", "list", "--community=7")) {
					if f := strings.Fields(l); f[2] == name {
						return f
					}
				}
				t.Fatalf("%s is not listed", name)
				return nil
			}
			await(t, "the last use", func() bool { return line("shop")[7] != "-" })
			do("keys", "revoke", id, "--reason=test")
			now, got := time.Now().UTC(), line("shop")
			if got[0] != id || got[1] != "7" || got[3] != "live" || got[4] != "read,write" || got[6][:10] != now.AddDate(0, 0, 90).Format(time.DateOnly) || got[8] == "-" {
				t.Errorf("shop: %v", got)
			}
			if got := line("other"); got[4] != "read" || got[6] != "2999-02-01T00:00:00Z" || got[7] != "-" || got[8] != "-" {
				t.Errorf("other: %v", got)
			}
			if list := do("keys", "list"); strings.Contains(list, strings.Split(text, "_")[3]) || !strings.Contains(list, id) {
				t.Errorf("the list:\n%s", list)
			}
			for _, args := range [][]string{
				{"keys", "add", "--community=7", "--reason=test", "--name=x", "--expires=2020-01-01"}, {"keys", "add", "--community=7", "--reason=test", "--name=x", "--expires=-1h"},
				{"keys", "add", "--community=7", "--reason=test", "--name=x", "--expires=soon"}, {"keys", "list", "--community=8"},
			} {
				if err := run(t.Context(), append(args, db), io.Discard, io.Discard); err == nil {
					t.Errorf("%v: no error", args)
				}
			}
		})
	}
}
