package stripe_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

var update = flag.Bool("update", false, "write the recording instead of comparing with it")

// TestRecording plays testdata/script.http and calls each route on nothing: what the emulator answered and sent when it
// was recorded, it answers and sends.
func TestRecording(t *testing.T) {
	t.Parallel()
	now := start
	net := &stagetest.Receiver{}
	e, err := stripe.New(stripe.Config{
		Now: func() time.Time { return now }, WallClock: func() time.Time { return start }, Seed: 7, PublicURL: "http://stripe.example.com",
		WebhookURL: "http://shop.example.com/hooks", Accounts: []string{seller}, HTTPClient: &http.Client{Transport: net},
		FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond,
	})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	settled := func(ctx context.Context) error {
		var failed error
		for _, key := range []string{"sk_test_1", "sk_test_2"} {
			of, err := e.ForKey(key)
			must(t, err)
			failed = errors.Join(failed, of.WaitDelivered(ctx))
		}
		return failed
	}
	play := &stagetest.Play{Emulator: e, Receiver: net, Settled: settled, Acts: map[string]func(){
		"flush":       func() { must(t, e.Flush(t.Context())) },
		"hour":        func() { now = now.Add(time.Hour) },
		"week":        func() { now = now.Add(7 * day) },
		"refuse once": func() { net.Refuse(500) },
		"refuse":      func() { net.Refuse(500, 404, 503) },
	}}
	written, err := os.ReadFile("testdata/script.http")
	must(t, err)
	script := string(written)
	for _, row := range stripe.Rows() {
		request := row[1] + " " + strings.ReplaceAll(row[2], "{id}", "x_1")
		script += fmt.Sprintf("### %s\n%s\n\n### with a key\n%s\nKey: sk_test_1\n\n", row[0], request, request)
	}
	play.Run(t, script, "testdata/recording.txt", *update)
}
