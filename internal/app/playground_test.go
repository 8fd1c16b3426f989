package app_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
)

// Who develops moves the clock, has an emulator fail and plays a scenario from the console, and fills a new world with samples once. Plays wait in real time, so that this one has the machine for itself.
func TestPlayground(t *testing.T) {
	w := testkit.New(t, testkit.Options{Playground: true})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	send := func(method, path string, fields url.Values, want ...string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(fields.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %.300s, %v", method, path, answer.StatusCode, body, err)
		}
		for _, text := range want {
			if !strings.Contains(string(body), text) {
				t.Errorf("%s %s lacks %q", method, path, text)
			}
		}
	}
	link, _, err := w.Door.Link(t.Context(), console.SignIn{Community: app.SampleCommunity, Name: app.Olga.ID, Role: console.Admin}, orchestrator.By{Actor: "operator:olga", Reason: "to try it", At: w.Engine.Now()})
	if err != nil {
		t.Fatal(err)
	}
	send("POST", strings.TrimPrefix(link, w.URL), nil, "Overview")
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Due.Run(ctx) })
	running.Go(func() { w.Emulators.Run(ctx) })
	err = w.Fill(t.Context())
	stop()
	running.Wait()
	if err != nil {
		t.Fatal(err)
	}
	before, err := w.Engine.List(t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Limit: 100}, testkit.Backend)
	if err != nil || len(before) < 7 {
		t.Fatalf("%d deals are there, %v", len(before), err)
	}
	if err := w.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, err := w.Engine.List(t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Limit: 100}, testkit.Backend); err != nil || len(again) != len(before) {
		t.Errorf("%d deals after the second time, %d before, %v", len(again), len(before), err)
	}
	send("POST", "/console/dev/clock", url.Values{"by": {"next"}, "back": {"/console/dev"}}, "forward")
	send("POST", "/console/dev/clock", url.Values{"by": {"1h"}, "back": {"/console/dev"}}, "forward")
	send("POST", "/console/dev/faults/stripe", url.Values{"operation": {"webhook"}, "kind": {"lose"}, "times": {"1"}}, "webhook:lose")
	send("POST", "/console/dev/faults/stripe", url.Values{"clear": {"1"}})
	send("POST", "/console/dev/scenarios/card-happy", nil, "Look at the deal")
	w.CheckBooks()
}
