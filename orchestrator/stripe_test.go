package orchestrator_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// card is a deal of 50.00 euro on Stripe, with a token for the card or without.
func card(name, token string) orchestrator.CreateInput {
	in := testkit.Deal()
	in.Process, in.Gateway = name, "stripe"
	if token != "" {
		in.Input = map[string]string{"payment_method": token}
	}
	return in
}

func TestStripe_lifecycles(t *testing.T) {
	t.Parallel()
	type step struct {
		name   process.Transition // empty: wait
		actor  process.Actor
		input  map[string]string
		pay    string // the buyer pays on the page
		wait   time.Duration
		state  process.State
		reason fault.Reason
	}
	do := func(name process.Transition, a process.Actor, to process.State) step {
		return step{name: name, actor: a, state: to}
	}
	tests := map[string]struct {
		open   orchestrator.CreateInput
		state  process.State
		reason fault.Reason
		steps  []step
		funds  process.Funds
	}{
		"preauthorized with a token": {card("preauthorize", "pm_card_visa"), preauthorize.Preauthorized, "", []step{
			do("complete_preauthorization", testkit.Seller, settlement.Paid),
			do("complete", testkit.Buyer, settlement.Confirmed),
		}, process.Funds{Captured: 5000, Released: 5000}},
		"preauthorized on the page": {card("preauthorize", ""), preauthorize.Initiated, "", []step{
			{pay: "success", state: preauthorize.Preauthorized},
			do("complete_preauthorization", testkit.Seller, settlement.Paid),
			{wait: 15 * 24 * time.Hour, state: settlement.Confirmed},
		}, process.Funds{Captured: 5000, Released: 5000}},
		"3-D Secure": {card("preauthorize", "pm_card_authenticationRequired"), preauthorize.ActionRequired, "", []step{
			{pay: "approve", state: preauthorize.Preauthorized},
			do("reject", testkit.Seller, preauthorize.Rejected),
		}, process.Funds{}},
		"3-D Secure not answered": {card("preauthorize", "pm_card_authenticationRequired"), preauthorize.ActionRequired, "", []step{
			{wait: 20 * time.Minute, state: preauthorize.Abandoned},
		}, process.Funds{}},
		"never paid":      {card("preauthorize", ""), preauthorize.Initiated, "", []step{{wait: 2 * time.Hour, state: preauthorize.Abandoned}}, process.Funds{}},
		"hold expires":    {card("preauthorize", "pm_card_visa"), preauthorize.Preauthorized, "", []step{{wait: 7 * 24 * time.Hour, state: preauthorize.Rejected}}, process.Funds{}},
		"buyer withdraws": {card("preauthorize", "pm_card_visa"), preauthorize.Preauthorized, "", []step{do("withdraw", testkit.Buyer, preauthorize.Rejected)}, process.Funds{}},
		"declined":        {card("preauthorize", "pm_card_chargeDeclined"), preauthorize.Abandoned, "card_declined", nil, process.Funds{}},
		"cancelled and refunded": {card("preauthorize", "pm_card_visa"), preauthorize.Preauthorized, "", []step{
			do("complete_preauthorization", testkit.Seller, settlement.Paid),
			do("cancel", testkit.Buyer, settlement.Canceled),
			do("refund", staff, settlement.Refunded),
		}, process.Funds{Captured: 5000, Refunded: 5000}},
		"split": {card("preauthorize", "pm_card_visa"), preauthorize.Preauthorized, "", []step{
			do("complete_preauthorization", testkit.Seller, settlement.Paid),
			do("cancel", testkit.Buyer, settlement.Canceled),
			{name: "split", actor: staff, input: map[string]string{"refund": "1500", "release": "3500"}, state: settlement.Settling},
			{wait: time.Minute, state: settlement.Settled},
		}, process.Funds{Captured: 5000, Refunded: 1500, Released: 3500}},
		"invoice": {card("postpay", ""), postpay.Pending, "", []step{
			{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "6000"}, state: postpay.Accepted},
			{name: "pay_invoice", actor: testkit.Buyer, input: map[string]string{"payment_method": "pm_card_chargeDeclined"}, state: postpay.Accepted, reason: "card_declined"},
			{name: "pay_invoice", actor: testkit.Buyer, input: map[string]string{"payment_method": "pm_card_visa"}, state: settlement.Paid},
			do("complete", testkit.Buyer, settlement.Confirmed),
		}, process.Funds{Captured: 6000, Released: 6000}},
		"invoice on the page": {card("postpay", ""), postpay.Pending, "", []step{
			{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "6000"}, state: postpay.Accepted},
			do("pay_invoice", testkit.Buyer, postpay.Paying),
			{wait: 2 * time.Hour, state: postpay.Accepted},
			do("pay_invoice", testkit.Buyer, postpay.Paying),
			{pay: "success", state: settlement.Paid},
			do("cancel", testkit.Buyer, settlement.Canceled),
			do("dismiss", staff, settlement.Dismissed),
		}, process.Funds{Captured: 6000, Released: 6000}},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url)})
				check := func(what string, tx orchestrator.Transaction, err error, state process.State, reason fault.Reason) {
					t.Helper()
					if (err == nil) != (reason == "") || err != nil && fault.ReasonOf(err) != reason {
						t.Fatalf("%s: %v, want %q", what, err, reason)
					}
					if now := w.Load(tx); now.State != state {
						t.Fatalf("%s leads to %s, want %s", what, now.State, state)
					}
				}
				result, err := w.Engine.Create(t.Context(), tc.open)
				tx := result.Transaction
				check("create", tx, err, tc.state, tc.reason)
				for _, s := range tc.steps {
					var err error
					switch {
					case s.pay != "":
						err = w.Stripe.Pay(w.Load(tx).PaymentID, s.pay)
						w.MustSettle()
					case s.wait != 0:
						w.Advance(s.wait)
					default:
						_, err = w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: s.name, Actor: s.actor, Input: testkit.Because(s.actor, s.input)})
					}
					check(string(s.name)+s.pay+" "+s.wait.String(), tx, err, s.state, s.reason)
				}
				if now := w.Load(tx); now.Funds != tc.funds {
					t.Errorf("funds are %+v, want %+v", now.Funds, tc.funds)
				}
				w.CheckBooks()
			})
		}
	})
}

// Before a reservation is dropped both sides are told, twice, by e-mail.
func TestStripe_expiringHoldIsTold(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		if _, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa")); err != nil {
			t.Fatal(err)
		}
		for range 8 {
			w.Advance(24 * time.Hour)
		}
		told := map[string]int{}
		for _, m := range w.Mailbox.Messages() {
			if m.Kind == "hold_expiring" {
				told[m.To]++
			}
		}
		if len(told) != 1 || told["sam@example.invalid"] != 2 { // who accepts or declines
			t.Errorf("told %v, want the seller twice", told)
		}
	})
}
