package exchange_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// Who gets around the steps of the exchange meets the rules of its orders: nothing ends before its time, and nobody agrees for
// the other side.
func TestOrders_rules(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url, func(c *exchange.Config) { c.Defaults.DisputeDefault = exchange.Refund })
		m.fund("ann", 10_000)
		o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
		schedule := process.Actor{Kind: process.OfSchedule}
		do := func(name process.Transition, a process.Actor) error {
			_, err := m.w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: community, TransactionID: o.ID, Transition: name, Actor: a})
			return err
		}
		ann, bob := process.Actor{Kind: process.User, ID: "ann"}, process.Actor{Kind: process.User, ID: "bob"}
		m.later(31*time.Minute - time.Microsecond)
		refused(t, "the buyer can still pay", do(p2porder.Expire, schedule), "payment_window_open")
		m.mustStep("paid", "bob", o.ID)
		m.mustStep("operator", "bob", o.ID)
		refused(t, "an operator can still decide", do(p2porder.DefaultRefund, schedule), "dispute_open")
		refused(t, "an end that was not declared", do(p2porder.DefaultRelease, schedule), "dispute_open")
		refused(t, "nobody has agreed", do(p2porder.CancelTogether, bob), "other_side_silent")
		m.mustStep("not paid", "bob", o.ID)
		refused(t, "nobody agrees with themselves", do(p2porder.CancelTogether, bob), "other_side_silent")
		refused(t, "the buyer has agreed", do(p2porder.AgreeToCancelSale, ann), "other_side_agreed")
		m.has("ann", 8000, 2000)
		must(t, do(p2porder.CancelTogether, ann))
		m.has("ann", 10_000, 0)
		m.w.CheckBooks()
	})
}
