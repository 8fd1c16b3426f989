package stripe_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What Stripe does not take is refused with the limit; what is paid out has no least amount.
func TestM22_takes(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	for _, tc := range []struct {
		verb   process.Verb
		amount money.Amount
		limit  string // in the refusal; empty: it is taken
	}{
		{process.Charge, money.New(50, "EUR"), ""},
		{process.Authorize, money.New(49, "EUR"), "the least is 0.50 EUR"},
		{process.Charge, money.New(29, "GBP"), "the least is 0.30 GBP"},
		{process.Charge, money.New(17499, "HUF"), "the least is 175.00 HUF"},
		{process.Charge, money.New(49, "JPY"), "the least is 50 JPY"},
		{process.Transfer, money.New(1, "EUR"), ""},
		{process.Charge, money.New(1230, "KWD"), ""},
		{process.Charge, money.New(1234, "KWD"), "multiples of 0.010 KWD"},
		{process.Transfer, money.New(1107, "KWD"), "multiples of 0.010 KWD"},
		{process.Charge, money.New(150, "MGA"), "multiples of 1.00 MGA"},
		{process.Charge, money.New(1, "ISK"), ""},
	} {
		err := w.Takes(tc.verb, tc.amount)
		if tc.limit == "" && err != nil || tc.limit != "" && (fault.ReasonOf(err) != "amount_not_supported" || !strings.Contains(err.Error(), tc.limit)) {
			t.Errorf("%s %s: %v, want %q", tc.verb, tc.amount, err, tc.limit)
		}
	}
}
