package stripe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func TestOpen_outcomes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		op     orchestrator.Operation
		status process.Status
		code   fault.Reason
		facts  []process.Fact
		pay    string // how the address begins where the buyer pays
		note   string
		left   map[string]int // effects
	}{
		"authorized":          {op: token(process.Authorize, "pm_card_visa"), status: process.Succeeded, facts: []process.Fact{"authorized"}, left: map[string]int{"authorize": 1}},
		"charged":             {op: token(process.Charge, "pm_card_visa"), status: process.Succeeded, facts: []process.Fact{"authorized", "captured"}, left: map[string]int{"charge": 1}},
		"waits for the buyer": {op: withInput(operation(process.Authorize, ""), nil), status: process.Pending, pay: "https://shop.example.com/pay/pi_"},
		"bank asks back":      {op: token(process.Authorize, "pm_card_threeDSecureRequired"), status: process.RequiresAction, pay: "https://pay.example.com/pay/pi_"},
		"slow":                {op: token(process.Charge, "processing"), status: process.Pending, facts: []process.Fact{"delayed"}, note: "processing"},
		"declined":            {op: token(process.Authorize, "pm_card_chargeDeclined"), status: process.Declined, code: "card_declined"},
		"no money":            {op: token(process.Charge, "pm_card_chargeDeclinedInsufficientFunds"), status: process.Declined, code: "card_declined"},
		"expired card":        {op: token(process.Authorize, "pm_card_chargeDeclinedExpiredCard"), status: process.Declined, code: "card_declined"},
		"wrong cvc":           {op: token(process.Authorize, "pm_card_chargeDeclinedIncorrectCvc"), status: process.Declined, code: "card_declined"},
		"unknown token":       {op: token(process.Authorize, "pm_nobodys"), status: process.Declined, code: "invalid_payment_method"},
		"too little": {
			op: func() orchestrator.Operation {
				op := operation(process.Authorize, "")
				op.Amount, op.Transaction.Price = money.New(2, "EUR"), money.New(1, "EUR")
				return op
			}(),
			status: process.Declined, code: "amount_too_small",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			out := w.Perform(t.Context(), tc.op)
			s := out.Snapshot
			if out.Status != tc.status || out.Code != tc.code || s.Note != tc.note {
				t.Fatalf("outcome %s %q %q (%v), want %s %q %q", out.Status, out.Code, s.Note, out.Err, tc.status, tc.code, tc.note)
			}
			if diff := cmp.Diff(tc.facts, sorted(s.Facts)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if open := tc.pay != ""; !strings.HasPrefix(s.RedirectURL, tc.pay) || open != (s.RedirectURL != "") || open != (s.ClientSecret != "") {
				t.Errorf("pay at %q with %q, want %q", s.RedirectURL, s.ClientSecret, tc.pay)
			}
			if tc.left == nil {
				tc.left = map[string]int{}
			}
			if diff := cmp.Diff(tc.left, w.effects()); diff != "" {
				t.Errorf("effects (-want +got):\n%s", diff)
			}
			if tc.status == process.Declined {
				checkDropped(t, w)
				return
			}
			if want := money.New(1234, "EUR"); s.Price != want || !s.Found || s.Fees != nil {
				t.Errorf("price %s, fees %v, want %s and none", s.Price, s.Fees, want)
			}
		})
	}
}

// checkDropped makes sure that a refusal leaves nothing that could still be paid.
func checkDropped(t *testing.T, w *testbed) {
	t.Helper()
	for line, err := range w.Payments(t.Context(), t0, t0.Add(time.Hour)) {
		if _, voided := line.Facts[process.FactVoided]; err != nil || !voided {
			t.Errorf("a payment is left: %+v, %v", line, err)
		}
	}
}

// sorted lists facts in a fixed order.
func sorted(facts map[process.Fact]time.Time) []process.Fact {
	var names []process.Fact
	for _, name := range []process.Fact{
		process.FactAuthorized, process.FactCaptured, process.FactDelayed, process.FactDisputeLost, process.FactDisputeOpened, process.FactDisputeWon,
		process.FactPaymentFailed, process.FactRefunded, process.FactRefundedInPart, process.FactTransferred, process.FactVoided,
	} {
		if _, ok := facts[name]; ok {
			names = append(names, name)
		}
	}
	if len(names) != len(facts) {
		names = append(names, "other")
	}
	return names
}

// A card number never leaves the machine, and appears nowhere.
func TestOpen_cardNumber(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	out := w.Perform(t.Context(), token(process.Charge, "4242424242424242"))
	if out.Status != process.Declined || out.Code != "invalid_payment_method" || strings.Contains(out.Err.Error(), "4242") {
		t.Errorf("outcome %+v", out)
	}
	if n := len(w.sent.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// The buyer pays what was opened without a token, or approves at the bank.
func TestOpen_buyerPays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		op    orchestrator.Operation
		plays []string
		facts []process.Fact
	}{
		"on the page":             {withInput(operation(process.Authorize, ""), nil), []string{"success"}, []process.Fact{"authorized"}},
		"with the second card":    {withInput(operation(process.Charge, ""), nil), []string{"card_declined", "success"}, []process.Fact{"authorized", "captured"}},
		"approves at the bank":    {token(process.Authorize, "pm_card_threeDSecureRequired"), []string{"approve"}, []process.Fact{"authorized"}},
		"says no at the bank":     {token(process.Authorize, "pm_card_threeDSecureRequired"), []string{"reject"}, []process.Fact{"payment_failed"}},
		"the slow payment ends":   {token(process.Charge, "processing"), []string{"success"}, []process.Fact{"authorized", "captured"}},
		"the slow payment fails":  {token(process.Charge, "processing"), []string{"card_declined"}, []process.Fact{"payment_failed"}},
		"the slow one goes on":    {withInput(operation(process.Charge, ""), nil), []string{"processing"}, []process.Fact{"delayed"}},
		"the card asks back once": {withInput(operation(process.Charge, ""), nil), []string{"authentication_required", "approve"}, []process.Fact{"authorized", "captured"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			id := w.Perform(t.Context(), tc.op).Snapshot.PaymentID
			for _, card := range tc.plays {
				_ = w.sandbox.Pay(id, card) // declines are errors too
			}
			s := w.look(t, id)
			if diff := cmp.Diff(tc.facts, sorted(s.Facts)); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
			if open := len(tc.facts) == 0 || tc.facts[0] == process.FactPaymentFailed; open != (s.RedirectURL != "") || open != (s.ClientSecret != "") {
				t.Errorf("pay at %q with %q", s.RedirectURL, s.ClientSecret)
			}
		})
	}
}

// Amounts reach Stripe in its own units and come back in ours.
func TestOpen_currencies(t *testing.T) {
	t.Parallel()
	tests := map[money.Currency]string{"EUR": "123400", "JPY": "123400", "BHD": "123400", "ISK": "12340000", "UGX": "12340000", "MGA": "1234"}
	for currency, units := range tests {
		t.Run(string(currency), func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, nil)
			op := operation(process.Authorize, "")
			op.Amount, op.Transaction.Price = money.New(123400, currency), money.New(123000, currency)
			s := w.must(t, op, process.Succeeded)
			if got := w.sent.requests()[0].Form.Get("amount"); got != units {
				t.Errorf("sent %s, want %s", got, units)
			}
			if s.Price != op.Transaction.Price {
				t.Errorf("price %s, want %s", s.Price, op.Transaction.Price)
			}
		})
	}
}

func TestOpen_inexactAmount(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	op := operation(process.Authorize, "")
	op.Amount, op.Transaction.Price = money.New(123401, "MGA"), money.New(123401, "MGA")
	if out := w.Perform(t.Context(), op); out.Status != process.Declined || out.Code != "amount_not_supported" || len(w.sent.requests()) != 0 {
		t.Errorf("outcome %+v after %d requests", out, len(w.sent.requests()))
	}
}
