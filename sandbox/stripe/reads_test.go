package stripe_test

import (
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// TestReads finds the traces of one deal in every list and below every expansion.
func TestReads(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	x.at(api.PaymentIntentStatusSucceeded) // another deal
	p := payment(1000, "automatic", "pm_card_visa")
	p.TransferGroup = api.String("deal_1")
	pi := x.create(p)
	r, err := x.refund(pi.ID, 100)
	must(t, err)
	tr, err := x.transfer(500, pi.LatestCharge.ID)
	must(t, err)
	rv, err := x.client.TransferReversals.New(&api.TransferReversalParams{ID: &tr.ID})
	must(t, err)
	d, err := x.Dispute(pi.ID, "")
	must(t, err)

	charge, group := "charge="+pi.LatestCharge.ID, "transfer_group=deal_1"
	tests := []struct{ name, path, want string }{
		{"charges by intent", "charges?expand[]=data.balance_transaction&payment_intent=" + pi.ID, pi.LatestCharge.ID},
		{"charges by group", "charges?expand[]=data.refunds&" + group, pi.LatestCharge.ID},
		{"refunds by intent", "refunds?expand[]=data.charge.payment_intent&payment_intent=" + pi.ID, r.ID},
		{"refunds by charge", "refunds?expand[]=data.balance_transaction.source&" + charge, r.ID},
		{"transfers by group", "transfers?expand[]=data.destination&" + group, tr.ID},
		{"transfers by destination", "transfers?expand[]=data.source_transaction&destination=" + seller, tr.ID},
		{"reversals", "transfers/" + tr.ID + "/reversals?expand[]=data.transfer", rv.ID},
		{"disputes by charge", "disputes?expand[]=data.charge&" + charge, d},
		{"accounts", "accounts", seller},
		{"entries by source", "balance_transactions?currency=eur&type=refund&source=" + r.ID, r.BalanceTransaction.ID},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			status, got := x.control("GET", "/v1/"+test.path, "")
			same(t, "status", status, 200)
			data, _ := got["data"].([]any)
			if len(data) != 1 {
				t.Fatalf("got %d objects, want 1", len(data))
			}
			first, _ := data[0].(map[string]any)
			same(t, "id", first["id"], any(test.want))
		})
	}
	m, err := x.client.PaymentMethods.Get(pi.PaymentMethod.ID, nil)
	must(t, err)
	same(t, "card", []any{m.Card.Brand, m.Card.Last4}, []any{api.PaymentMethodCardBrandVisa, "4242"})
	n, err := x.client.BalanceTransactions.Get(r.BalanceTransaction.ID, nil)
	must(t, err)
	same(t, "entry", []any{n.Amount, n.Status, n.Type}, []any{int64(-100), api.BalanceTransactionStatusPending, api.BalanceTransactionTypeRefund})
}

func TestNotes(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusSucceeded)
	r, err := x.refund(pi.ID, 100)
	must(t, err)
	r, err = x.client.Refunds.Update(r.ID, &api.RefundParams{Metadata: map[string]string{"a": "1"}})
	must(t, err)
	same(t, "refund", r.Metadata, map[string]string{"a": "1"})
	tr, err := x.transfer(100, pi.LatestCharge.ID)
	must(t, err)
	tr, err = x.client.Transfers.Update(tr.ID, &api.TransferParams{Description: api.String("Thanks"), Metadata: map[string]string{"b": "2"}})
	must(t, err)
	same(t, "transfer", []any{tr.Description, tr.Metadata}, []any{"Thanks", map[string]string{"b": "2"}})
}

func TestCaptureCharge(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusRequiresCapture)
	ch, err := x.client.Charges.Capture(pi.LatestCharge.ID, &api.ChargeCaptureParams{Amount: api.Int64(400)})
	must(t, err)
	same(t, "charge", []any{ch.Captured, ch.AmountCaptured}, []any{true, int64(400)})
	same(t, "intent", x.get(pi.ID).Status, api.PaymentIntentStatusSucceeded)

	pi = x.at(api.PaymentIntentStatusRequiresCapture)
	_, err = x.client.PaymentIntents.Cancel(pi.ID, &api.PaymentIntentCancelParams{CancellationReason: api.String("abandoned")})
	must(t, err)
	same(t, "given back", x.get(pi.ID).LatestCharge.Refunded, true)
	_, err = x.client.Charges.Capture(pi.LatestCharge.ID, nil)
	same(t, "canceled", refusalOf(t, err).Code, api.ErrorCodeChargeAlreadyRefunded)
	same(t, "effects", x.effects(), []string{"authorize", "capture", "authorize", "void"})
}
