package stripe_test

import (
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// A test clock that is advanced moves the world: a hold runs out, and a seller is paid out.
func TestTestClock(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	k, err := x.client.TestHelpersTestClocks.New(&api.TestHelpersTestClockParams{FrozenTime: api.Int64(start.Unix()), Name: api.String("spring")})
	must(t, err)
	same(t, "made", []any{k.Status, k.FrozenTime, k.Name}, []any{api.TestHelpersTestClockStatusReady, start.Unix(), "spring"})
	hold := x.at(api.PaymentIntentStatusRequiresCapture)
	x.sell()
	k, err = x.client.TestHelpersTestClocks.Advance(k.ID, &api.TestHelpersTestClockAdvanceParams{FrozenTime: api.Int64(start.Add(8 * day).Unix())})
	must(t, err)
	same(t, "moving", k.Status, api.TestHelpersTestClockStatusAdvancing)
	k, err = x.client.TestHelpersTestClocks.Get(k.ID, nil)
	must(t, err)
	same(t, "moved", []any{k.Status, k.FrozenTime, x.Now()}, []any{api.TestHelpersTestClockStatusReady, start.Add(8 * day).Unix(), start.Add(8 * day)})
	same(t, "the hold", x.get(hold.ID).Status, api.PaymentIntentStatusCanceled)
	same(t, "the seller", x.paidOut(seller).Status, api.PayoutStatusPaid)
	_, err = x.client.TestHelpersTestClocks.Advance(k.ID, &api.TestHelpersTestClockAdvanceParams{FrozenTime: api.Int64(start.Add(time.Hour).Unix())})
	same(t, "never back", refusalOf(t, err).Param, "frozen_time")
	_, err = x.client.TestHelpersTestClocks.Del(k.ID, nil)
	must(t, err)
	_, err = x.client.TestHelpersTestClocks.Get(k.ID, nil)
	same(t, "gone", refusalOf(t, err).Code, api.ErrorCodeResourceMissing)
}
