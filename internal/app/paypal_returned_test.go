package app_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// A payout that nobody claims for 30 days comes back (RETURNED): the money is held for the seller again, a task says so, and
// they are paid once more and no more than that, whether PayPal's message comes, is lost or comes again and again.
func TestPayPal_payoutReturned(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tc := range map[string]struct{ webhook string }{"it is told": {}, "the message is lost": {"lose"}, "the message comes twice": {"duplicate"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				d := atPayPal(t, url)
				p := paypalOf(t, d.Testbed)
				d.captures("success")
				d.must(p.ReceiveAll("UNCLAIMED"))
				d.step("complete", "bea", `{}`, 502)
				if tc.webhook != "" {
					d.must(p.SetFaults([]paypal.Fault{{Route: "webhook", Kind: tc.webhook, Times: -1}}))
				}
				d.Advance(30*day - time.Hour)
				for d.moved()["payout_returned"] == 0 {
					d.Advance(time.Hour)
				}
				returned := len(p.Deliveries()) - 1
				d.Advance(7 * time.Hour) // without a message the payout itself is looked up every six
				if deal := d.deal(); deal.State != "paid" || deal.Operation != "" || deal.Funds.Held != 5000 || deal.Funds.Released != 0 {
					t.Fatalf("after it came back: %+v, %v", deal, d.moved())
				}
				d.Advance(time.Hour)
				if got := bankPayoutsOf(t, d.Testbed, "sam"); len(got) != 1 || got[0].Status != "failed" {
					t.Errorf("payouts of the seller: %+v", got)
				}
				if n := tasksOf(t, d.Testbed, "payout_failed"); n != 1 {
					t.Errorf("%d tasks", n)
				}
				d.CheckBooks()
				d.must(p.ReceiveAll("SUCCESS"))
				d.step("complete", "bea", `{}`, 200)
				d.must(p.SetFaults(nil))
				for range 2 {
					d.ask("POST", d.Config.EmulatorURLs["paypal"]+"/_sandbox/webhooks/"+jsonNumber(int64(returned))+"/resend")
					d.Advance(2 * day)
				}
				d.is("completed")
				if diff := cmp.Diff(map[string]int64{"authorize": 5000, "capture": 5000, "payout": 10000, "payout_returned": 5000}, d.moved()); diff != "" {
					t.Errorf("at PayPal (-want +got):\n%s", diff)
				}
				if deal := d.deal(); deal.Attention != "" || deal.Funds.Released != 5000 {
					t.Errorf("in the end: %+v", deal)
				}
				d.CheckBooks()
			})
		})
	}
}
