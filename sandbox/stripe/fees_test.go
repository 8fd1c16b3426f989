package stripe_test

import (
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// The platform's balance is what came in less what Stripe keeps of charges and
// disputes, as the official client reads it.
func TestM4_fees(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{Fees: &stripe.Fees{BasisPoints: 150, Fixed: 25, Dispute: 1500}})
	params := &api.PaymentIntentParams{
		Amount: api.Int64(5000), Currency: api.String("eur"), PaymentMethod: api.String("pm_card_visa"), Confirm: api.Bool(true),
	}
	params.AddExpand("latest_charge.balance_transaction")
	p, err := x.client.PaymentIntents.New(params)
	must(t, err)
	b := p.LatestCharge.BalanceTransaction
	same(t, "charge", []int64{b.Amount, b.Fee, b.Net}, []int64{5000, 100, 4900})
	same(t, "what the fee is for", []any{b.FeeDetails[0].Amount, b.FeeDetails[0].Type}, []any{int64(100), "stripe_fee"})
	id, err := x.Dispute(p.ID, "")
	must(t, err)
	d, err := x.client.Disputes.Get(id, nil)
	must(t, err)
	taken := d.BalanceTransactions[0]
	same(t, "dispute", []int64{taken.Amount, taken.Fee, taken.Net}, []int64{-5000, 1500, -6500})
	must(t, x.CloseDispute(id, true))
	balance, err := x.client.Balance.Get(nil)
	must(t, err)
	var sum int64
	for _, a := range append(balance.Available, balance.Pending...) {
		sum += a.Amount
	}
	same(t, "balance after a won dispute", sum, int64(5000-100-1500))
	if _, err := stripe.New(stripe.Config{Fees: &stripe.Fees{Fixed: -1}}); err == nil {
		t.Error("a negative fee is accepted")
	}
}
