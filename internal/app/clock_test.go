package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// TestOneClock moves the time at each emulator of a testbed: it is the time of all of them.
func TestOneClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)
	w, err := app.OpenTestbed(t.Context(), app.TestbedConfig{
		DatabaseURL: filepath.Join(t.TempDir(), "testbed.db"), Seed: 1, Start: start, Log: slog.New(slog.DiscardHandler),
		URL: "http://127.0.0.1:1", SandboxURL: "http://127.0.0.1:2", EmulatorURLs: map[string]string{"stripe": "http://127.0.0.1:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	till := w.Emulator("stripe").(*stripe.Emulator)
	for i, emulator := range []http.Handler{w.Sandbox, till} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/_sandbox/clock/advance", strings.NewReader(`{"seconds":3600}`))
		r.Host = "127.0.0.1"
		answer := httptest.NewRecorder()
		emulator.ServeHTTP(answer, r)
		want := start.Add(time.Duration(i+1) * time.Hour)
		if !strings.Contains(answer.Body.String(), want.Format(time.RFC3339)) || !w.Sandbox.Now().Equal(want) || !till.Now().Equal(want) {
			t.Errorf("emulator %d: %s; the clocks are at %s and %s, want %s", i, answer.Body, w.Sandbox.Now(), till.Now(), want)
		}
	}
}
