package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// secureHooks starts a receiver with https, and writes the certificate that a server has to trust for it.
func secureHooks(t *testing.T) (h *hooks, trusted string) {
	t.Helper()
	h = &hooks{}
	h.Server = httptest.NewTLSServer(h)
	t.Cleanup(h.Close)
	trusted = filepath.Join(t.TempDir(), "trusted.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	if err := os.WriteFile(trusted, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return h, trusted
}

// The real server sends webhooks by https as handsel dev does by http: nothing is lost and the order of each deal is
// kept while servers are killed and started again, one on SQLite and one of two on PostgreSQL.
func TestServe_webhooks(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			receiver, trusted := secureHooks(t)
			at, err := url.Parse(receiver.URL)
			if err != nil {
				t.Fatal(err)
			}
			key := "hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)
			serve := func(address string) *program {
				p := start(t, []string{
					"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + key,
					"HANDSEL_WEBHOOK_PORTS=" + at.Port(), "HANDSEL_WEBHOOK_NETWORKS=127.0.0.0/8", "SSL_CERT_FILE=" + trusted,
				}, "serve")
				await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
				return p
			}
			addresses := []string{freeAddress(t)}
			first := serve(addresses[0])
			if name == "postgres" {
				addresses = append(addresses, freeAddress(t))
				serve(addresses[1])
			}
			do := func(n int, method, path, body string) (a answer) {
				await(t, path, func() bool {
					a = call(t, method, "http://"+addresses[n%len(addresses)]+path, key, "", fmt.Sprint(path, n), body)
					return a.Status/100 == 2
				})
				return a
			}
			if a := call(t, "POST", "http://"+addresses[0]+"/v1/webhook-endpoints", key, "", "", `{"url":"http://127.0.0.1:`+at.Port()+`"}`); a.Status != http.StatusBadRequest {
				t.Errorf("an endpoint without https: %d %s", a.Status, a.Body)
			}
			made := do(0, "POST", "/v1/webhook-endpoints", `{"url":"`+receiver.URL+`"}`)
			receiver.mu.Lock()
			receiver.secrets = []string{made.field(t, "secret")}
			receiver.mu.Unlock()
			link := do(0, "POST", "/v1/portal-links", `{}`).field(t, "url")
			if !strings.HasPrefix(link, "https://"+addresses[0]+"/portal/open/") {
				t.Errorf("the portal's link is %s", link)
			}
			const deals = 40
			for n := range deals {
				if n == deals/2 {
					if err := first.Process.Kill(); err != nil {
						t.Fatal(err)
					}
					if err := first.Wait(); err == nil {
						t.Error("the server ended without having been killed")
					}
					serve(addresses[0])
				}
				made := do(n, "POST", "/v1/transactions", fmt.Sprintf(`{"process":"none","gateway":"none","starter_id":"bea","author_id":"sam","listing":{"title":"Bike %d"},"unit_price":{"amount":0,"currency":"EUR"}}`, n))
				do(n, "POST", "/v1/transactions/"+made.field(t, "id")+"/messages", `{"sender_id":"bea","content":"Is it still there?"}`)
			}
			const each = 3 // a step, what comes with it, and a message
			await(t, "all events", func() bool {
				got := receiver.sequences()
				slices.Sort(got)
				return len(slices.Compact(got)) == deals*each
			})
			inOrder(t, receiver)
		})
	}
}

// inOrder holds that what came was signed, and that the first arrivals of each deal have its order.
func inOrder(t *testing.T, h *hooks) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.refused) > 0 {
		t.Errorf("not signed as it should be: %v", h.refused)
	}
	last, seen := map[string]int64{}, map[int64]bool{}
	for _, e := range h.got {
		if seen[e.Sequence] {
			continue
		}
		seen[e.Sequence] = true
		if deal := e.Object.ID; e.Sequence < last[deal] {
			t.Errorf("number %d of %s came after %d", e.Sequence, deal, last[deal])
		} else {
			last[deal] = e.Sequence
		}
	}
}
