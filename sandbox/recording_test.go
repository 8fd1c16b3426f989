package sandbox_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
)

var update = flag.Bool("update", false, "write the recording instead of comparing with it")

// TestRecording plays testdata/script.http: what the sandbox answered and sent when it was recorded, it answers and sends.
func TestRecording(t *testing.T) {
	t.Parallel()
	wall := start
	net := &stagetest.Receiver{}
	s, err := sandbox.New(sandbox.Config{
		FirstF2FID: 1309,
		Start:      start, Now: func() time.Time { return wall }, Seed: 7, PublicURL: "http://sandbox.example.com", HTTPClient: &http.Client{Transport: net},
		WebhookURL: "http://shop.example.com/hooks", WebhookUsername: "trustap", WebhookPassword: "word",
		FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond,
	})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	play := &stagetest.Play{Emulator: s, Receiver: net, Settled: s.WaitDelivered, Acts: map[string]func(){
		"flush":  func() { must(t, s.Flush(t.Context())) },
		"hour":   func() { wall = wall.Add(time.Hour) },
		"refuse": func() { net.Refuse(500) },
	}}
	script, err := os.ReadFile("testdata/script.http")
	must(t, err)
	play.Run(t, string(script), "testdata/recording.txt", *update)
}

// TestRecordingOfEveryRoute calls each route on nothing, with and without a credential.
func TestRecordingOfEveryRoute(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Config{Start: start, Now: func() time.Time { return start }, Seed: 7, FirstF2FID: 1309})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	var script strings.Builder
	for _, row := range sandbox.Rows() {
		if path := strings.ReplaceAll(row.Path, "{id}", "1309"); strings.HasPrefix(path, "/api/") {
			fmt.Fprintf(&script, "### %s\n%s %s\n\n### as a user\n%s %s\nAuthorization: Bearer user:%s\n\n", row.Name, row.Method, path, row.Method, path, fullSeller)
		}
	}
	play := &stagetest.Play{Emulator: s, Receiver: &stagetest.Receiver{}, Settled: s.WaitDelivered}
	play.Run(t, script.String(), "testdata/recording_every.txt", *update)
}
