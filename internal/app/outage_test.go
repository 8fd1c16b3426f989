package app_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testdb"
)

// TestH8_everyFace asks every route of every face while the database is down: the
// answer is 503 with Retry-After, or one that needs no database, and never 500.
func TestH8_everyFace(t *testing.T) {
	t.Parallel()
	p, proxied := pgtest.StartProxy(t, testdb.Postgres(t))
	ctx := context.WithoutCancel(t.Context())
	w, err := app.OpenTestbed(ctx, app.TestbedConfig{DatabaseURL: proxied, Seed: 1, Log: slog.New(slog.DiscardHandler), URL: "http://127.0.0.1:1", SandboxURL: "http://127.0.0.1:2", EmulatorURLs: map[string]string{"stripe": "http://127.0.0.1:3"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	token, err := w.Token(app.Alice)
	if err != nil {
		t.Fatal(err)
	}
	p.Refuse(true)
	down, exempt := 0, map[string]bool{"/livez": true, "/metrics": true, "/docs": true, "/openapi.yaml": true, "/openapi.json": true}
	for _, r := range w.Server.Routes() {
		if exempt[r.Path] || strings.HasPrefix(r.Path, "/docs") {
			continue
		}
		credential := w.Key
		if strings.HasPrefix(r.Path, "/api/v1/p2p") || strings.HasPrefix(r.Path, "/p2p") || strings.HasPrefix(r.Path, "/ws/") {
			credential = token
		}
		path := strings.NewReplacer("{gateway}", "trustap").Replace(r.Path)
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		body := "{}"
		if r.Method == http.MethodGet {
			body = ""
		}
		began := time.Now()
		answer := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(ctx, r.Method, path, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+credential)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", "k")
		w.Handler.ServeHTTP(answer, request)
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("%s %s answered after %s", r.Method, r.Path, took)
		}
		switch {
		case answer.Code == http.StatusServiceUnavailable:
			down++
			if answer.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: no Retry-After", r.Method, r.Path)
			}
			if strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") { // a page for people
				if !strings.Contains(answer.Body.String(), "database_unavailable") {
					t.Errorf("%s %s: %s", r.Method, r.Path, answer.Body)
				}
				continue
			}
			var problem struct {
				MoneyMoved string `json:"money_moved"`
			}
			if err := json.Unmarshal(answer.Body.Bytes(), &problem); err != nil || problem.MoneyMoved == "unknown" {
				t.Errorf("%s %s: %v, %s", r.Method, r.Path, err, answer.Body)
			}
		case answer.Code >= http.StatusInternalServerError:
			t.Errorf("%s %s: %d %s", r.Method, r.Path, answer.Code, answer.Body)
		}
	}
	if down < 50 {
		t.Errorf("only %d routes noticed that the database is down", down)
	}
	ready := httptest.NewRecorder()
	w.Handler.ServeHTTP(ready, httptest.NewRequestWithContext(ctx, http.MethodGet, "/readyz", nil))
	if ready.Code != http.StatusServiceUnavailable || !strings.Contains(ready.Body.String(), `"reason":"database_unavailable"`) {
		t.Errorf("/readyz: %d %s", ready.Code, ready.Body)
	}
}
