package app_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
)

// A world belongs to one program at a time, is known again, and says so when a file of it cannot be read.
func TestHome(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "one")
	open := func(fresh bool) *app.Home {
		t.Helper()
		h, err := app.OpenHome(folder, fresh)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	h := open(false)
	if _, err := app.OpenHome(folder, false); !errors.Is(err, app.ErrHomeInUse) {
		t.Errorf("a second program: %v", err)
	}
	if h.Known() {
		t.Error("a new world is known")
	}
	h.Made = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	if err := errors.Join(h.Remember(), h.Close()); err != nil {
		t.Fatal(err)
	}
	if h = open(false); !h.Known() {
		t.Error("a world is not known again")
	}
	_ = h.Close()
	if h = open(true); h.Known() {
		t.Error("a world that is begun anew is known")
	}
	_ = h.Close()
	if err := os.WriteFile(filepath.Join(folder, "world.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := app.OpenHome(folder, false); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("a damaged world: %v", err)
	}
}

// A testbed in a world goes on with its keys and with what its emulators were told, whatever ended it.
func TestTestbed_kept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	open := func() (*app.Testbed, *app.Home) {
		t.Helper()
		h, err := app.OpenHome(folder, false)
		if err != nil {
			t.Fatal(err)
		}
		const nowhere = "http://127.0.0.1:9"
		urls := map[string]string{}
		for _, e := range app.Emulators() {
			urls[e.Gateway] = nowhere
		}
		w, err := app.OpenTestbed(t.Context(), app.TestbedConfig{World: h, URL: nowhere, SandboxURL: nowhere, EmulatorURLs: urls, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return w, h
	}
	w, h := open()
	key := w.Key
	r := httptest.NewRequest(http.MethodPut, "/_sandbox/faults", strings.NewReader(`[{"operation":"*","fault":"timeout_before","times":1}]`))
	answer := httptest.NewRecorder()
	w.Kept("stripe", w.Emulator("stripe")).ServeHTTP(answer, r)
	kept, err := os.ReadFile(filepath.Join(folder, "stripe.json"))
	if err != nil || !bytes.Contains(kept, []byte(`"holds"`)) {
		t.Fatalf("after a call that answered %d the file has %.100s, %v", answer.Code, kept, err)
	}
	w.CloseSandboxes()
	if err := errors.Join(w.Close(), h.Close()); err != nil { // no word to the emulators: they were written down already
		t.Fatal(err)
	}
	w, h = open()
	if w.Key != key || !h.Known() {
		t.Errorf("the key is another one, or the world is not known (%t)", h.Known())
	}
	w.CloseSandboxes()
	if err := errors.Join(w.Close(), h.Close()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "stripe.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err = app.OpenHome(folder, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	if _, err := app.OpenTestbed(t.Context(), app.TestbedConfig{World: h, URL: "http://127.0.0.1:9", SandboxURL: "http://127.0.0.1:9", EmulatorURLs: w.Config.EmulatorURLs, Seed: 1}); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Errorf("a damaged emulator: %v", err)
	}
}
