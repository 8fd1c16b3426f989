package orchestrator_test

import (
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// A refund on the gateway's dashboard is taken over by staff, and the deal goes on
// with what is left: never more leaves than came in.
func TestM18_takeOver(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hand  url.Values
		next  []deed
		state process.State
		moved process.Totals
	}{
		"a part, then the rest is paid out": {
			url.Values{"amount": {"1000"}}, by(testkit.Buyer, "complete"), settlement.Confirmed, process.Totals{Captured: 5000, Refunded: 1000, Released: 4000},
		},
		"a part, then the rest is refunded": {
			url.Values{"amount": {"1000"}}, append(by(testkit.Buyer, "cancel"), by(staff, "refund")...), settlement.Refunded, process.Totals{Captured: 5000, Refunded: 5000},
		},
		"a part, then a split of the rest": {
			url.Values{"amount": {"1000"}},
			append(by(testkit.Buyer, "cancel"), deed{name: "split", actor: staff, input: map[string]string{"refund": "1500", "release": "2500"}}),
			settlement.Settled, process.Totals{Captured: 5000, Refunded: 2500, Released: 2500},
		},
		"all of it": {nil, nil, settlement.Refunded, process.Totals{Captured: 5000, Refunded: 5000}},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, oneOfMany(t, address))
				tx := cardPaid(t, r.Testbed, "pm_card_visa")
				form := url.Values{"payment_intent": {tx.PaymentID}}
				for k, v := range tc.hand {
					form[k] = v
				}
				r.AtStripe("/v1/refunds", form)
				r.MustSettle()
				if r.Load(tx).Attention == "" {
					t.Fatal("the deal is not on hold")
				}
				after, err := r.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, staff, "the buyer was promised this by phone", "r1")
				if err != nil {
					t.Fatalf("taking over is answered %v", err)
				}
				if after.Attention != "" {
					t.Errorf("the deal is still on hold: %s", after.Attention)
				}
				if err := r.take(t, tx, tc.next); err != nil {
					t.Fatal(err)
				}
				r.MustSettle()
				now := r.Load(tx)
				b := r.StripeBooks(tx.ListingTitle).Funds
				for what, got := range map[string]process.Totals{
					"here": {Captured: now.Funds.Captured, Refunded: now.Funds.Refunded, Released: now.Funds.Released}, "at Stripe": {Captured: b.Captured, Refunded: b.Refunded, Released: b.Released},
				} {
					if got != tc.moved {
						t.Errorf("%s %+v, want %+v", what, got, tc.moved)
					}
				}
				if now.State != tc.state {
					t.Errorf("the deal is %s, attention %q", now.State, now.Attention)
				}
				r.CheckBooks()
			})
		}
	})
}

// Only staff takes over, for a reason, and only what differs.
func TestM18_takeOverIsRefused(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := cardPaid(t, w, "pm_card_visa")
	for want, try := range map[fault.Reason]struct {
		actor  process.Actor
		reason string
	}{"not_operator": {testkit.Buyer, "mine"}, "reason_missing": {staff, " "}, "nothing_to_take_over": {staff, "looked at it"}} {
		if _, err := w.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, try.actor, try.reason, "r1"); fault.ReasonOf(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Where the gateway's sums are those of a transition that staff could take, taking them over
// is that transition, also when the payer's bank has taken some of the money.
func TestM18_takenOverFromTheBank(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	tx := w.MustDo(cardPaid(t, w, "pm_card_visa"), "cancel", testkit.Buyer)
	for name, tc := range map[string]struct {
		there process.Totals
		want  process.Transition
	}{
		"refunded by hand":            {process.Totals{Captured: 5000, Refunded: 5000}, settlement.Refund},
		"refunded, a part by a bank":  {process.Totals{Captured: 5000, Refunded: 5000, ByBank: 1000}, settlement.Refund},
		"paid out, and then disputed": {process.Totals{Captured: 5000, Released: 5000, Disputed: 5000, ByBank: 5000}, settlement.Dismiss},
		"a part, taken by a bank":     {process.Totals{Captured: 5000, Refunded: 1000, ByBank: 1000}, "take_over"},
	} {
		if step, err := w.Engine.TakenOver(tx, tc.there); err != nil || step.Transition != tc.want {
			t.Errorf("%s: %s, %v; want %s", name, step.Transition, err, tc.want)
		}
	}
}
