package sandbox_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

func TestOnlyOneOfManyJoins(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	code := x.tx("POST", "/me/transactions", x.seller, `{`+terms+`,"role":"seller"}`).JoinCode
	var joined atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			a, err := x.send("PUT", "/api/v1/transactions?join_code="+code, x.buyer, "")
			if err == nil && a.status == 200 {
				joined.Add(1)
			}
		})
	}
	wg.Wait()
	same(t, "joins that succeeded", joined.Load(), int64(1))
	same(t, "joins that happened", countEffects(x, "join"), 1)
}

func TestControlAndCallsMayMeet(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, 200)
	x := newTester(t, sandbox.Config{WebhookURL: r.URL})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				_, err := x.send("GET", fmt.Sprintf("/api/v1/batch/transactions?ids=%d", 1309+i), "", "")
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		x.at("paid")
		must(t, x.Sandbox.Advance(time.Hour))
	}
	wg.Wait()
	must(t, x.Sandbox.Flush(t.Context()))
	same(t, "webhooks tried", len(r.hooks()), len(x.Sandbox.Deliveries()))
	x.Sandbox.Reset()
	same(t, "after reset", len(x.Sandbox.Deliveries()), 0)
	must(t, x.Sandbox.Close())
	x.guest("late@example.com", "IE")
}
