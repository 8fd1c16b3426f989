package orchestrator_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/sandbox"
)

// Whatever happens to the webhooks on their way, the deals end as they do with a
// perfect line.
func TestWebhooks_shuffledDuplicatedDropped(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		random := rand.New(rand.NewPCG(7, 11))
		kinds := sandbox.WebhookFaultKinds()
		for range 15 {
			tx := w.Open()
			disturb := func() {
				faults := []sandbox.Fault{}
				for range 1 + random.IntN(3) {
					faults = append(faults, sandbox.Fault{Route: "webhook", Kind: kinds[random.IntN(len(kinds))], Times: 1 + random.IntN(2)})
				}
				if err := w.Sandbox.SetFaults(faults); err != nil {
					t.Fatal(err)
				}
			}
			complains := random.IntN(2) == 0
			for _, step := range remoteLife(w, tx, complains) {
				disturb()
				step()
				if random.IntN(2) == 0 {
					w.MustSettle()
				}
			}
			if err := w.Sandbox.SetFaults(nil); err != nil {
				t.Fatal(err)
			}
			w.Advance(7 * time.Hour)
			want := escrow.FundsReleased
			if complains {
				want = escrow.Refunded
			}
			if now := w.Load(tx); now.State != want {
				t.Errorf("the deal ended %s, want %s", now.State, want)
			}
		}
		w.CheckBooks()
	})
}

// remoteLife plays a whole deal at the gateway alone: the engine only hears of it.
func remoteLife(w *testkit.Testbed, tx orchestrator.Transaction, complains bool) []func() {
	id := w.PaymentID(tx)
	must := func(_ sandbox.Transaction, err error) {
		if err != nil {
			panic(err)
		}
	}
	steps := []func(){
		func() { must(w.Sandbox.Pay(id, "success")) },
		func() {
			w.Remote(tx, "track_with_guest_seller", testkit.Seller, `{"carrier":"ups","tracking_code":"1Z"}`)
		},
		func() { must(w.Sandbox.Deliver(id)) },
	}
	if !complains {
		return append(steps, func() { w.Remote(tx, "end_complaint_period", testkit.Buyer, "") })
	}
	return append(steps,
		func() { w.Remote(tx, "complain_with_guest_buyer", testkit.Buyer, `{"description":"broken"}`) },
		func() { must(w.Sandbox.ResolveComplaint(id, "refund")) })
}
