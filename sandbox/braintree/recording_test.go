package braintree_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/braintree"
	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
)

var update = flag.Bool("update", false, "write the recording instead of comparing with it")

// keys are what every request of the script is sent with.
const keys = "Authorization: Basic aW50ZWdyYXRpb25fcHVibGljX2tleTppbnRlZ3JhdGlvbl9wcml2YXRlX2tleQ==\nBraintree-Version: 2024-08-01\nContent-Type: application/json"

// TestRecording plays testdata/script.http and calls each classic route on nothing: what the emulator answered and sent when it was
// recorded, it answers and sends.
func TestRecording(t *testing.T) {
	t.Parallel()
	hears := &stagetest.Receiver{}
	b := newBank(t, func(c *braintree.Config) {
		c.WebhookURL, c.HTTPClient = "http://shop.example.com/hooks", &http.Client{Transport: hears}
	})
	play := &stagetest.Play{Emulator: b, Receiver: hears, Settled: b.WaitDelivered, Acts: map[string]func(){
		"day":         func() { b.later(24 * time.Hour) },
		"refuse once": func() { hears.Refuse(500) },
	}}
	written, err := os.ReadFile("testdata/script.http")
	if err != nil {
		t.Fatal(err)
	}
	// What is random comes of the seed, so that the ids of the first payment are always these.
	script := strings.NewReplacer("$KEYS", keys, "$ID", "dHJhbnNhY3Rpb25fNWpjam1zbXM", "$LEGACY", "5jcjmsms").Replace(string(written))
	for _, row := range braintree.Rows() {
		if row[2] != "/graphql" {
			script += fmt.Sprintf("### %s\n%s %s\n%s\n\n", row[0], row[1], strings.NewReplacer("{id}", "x", "{merchant}", "integration_merchant_id").Replace(row[2]), keys)
		}
	}
	play.Run(t, script, "testdata/recording.txt", *update)
}
