package stripe_test

import (
	"testing"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

func TestRefunds(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusSucceeded)
	r, err := x.client.Refunds.New(&api.RefundParams{PaymentIntent: api.String(pi.ID), Amount: api.Int64(300),
		Reason: api.String("requested_by_customer"), Metadata: map[string]string{"intent_id": "int_2"}})
	must(t, err)
	same(t, "refund", []any{r.Status, r.Amount, string(r.Currency), r.Reason, r.PaymentIntent.ID, r.Charge.ID, r.Metadata["intent_id"]},
		[]any{api.RefundStatusSucceeded, int64(300), "eur", api.RefundReasonRequestedByCustomer, pi.ID, pi.LatestCharge.ID, "int_2"})
	_, err = x.refund(pi.ID, 701)
	same(t, "too much", refusalOf(t, err), refusal{Status: 400, Type: "invalid_request_error", Code: "amount_too_large", Param: "amount"})
	_, err = x.refund(pi.ID, 0)
	must(t, err)
	_, err = x.refund(pi.ID, 0)
	same(t, "again", refusalOf(t, err), refusal{Status: 400, Type: "invalid_request_error", Code: "charge_already_refunded"})

	p := &api.ChargeParams{}
	p.AddExpand("refunds")
	ch, err := x.client.Charges.Get(pi.LatestCharge.ID, p)
	must(t, err)
	same(t, "charge", []any{ch.AmountRefunded, ch.Refunded, len(ch.Refunds.Data), ch.Refunds.Data[1].ID}, []any{int64(1000), true, 2, r.ID})
	same(t, "effects", x.effects(), []string{"charge", "refund", "refund"})
	same(t, "events", x.events()[3:], []string{"refund.created", "charge.refunded", "refund.created", "charge.refunded"})
	x.wantBalance("", 0, 0)
}

func TestRefundRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	held, none := x.at(api.PaymentIntentStatusRequiresCapture), x.at(api.PaymentIntentStatusRequiresPaymentMethod)
	tests := map[string]struct {
		params *api.RefundParams
		want   refusal
	}{
		"held":           {&api.RefundParams{PaymentIntent: &held.ID}, refusal{Param: "payment_intent"}},
		"unpaid":         {&api.RefundParams{PaymentIntent: &none.ID}, refusal{Param: "payment_intent"}},
		"held charge":    {&api.RefundParams{Charge: &held.LatestCharge.ID}, refusal{Code: "charge_not_refundable", Param: "charge"}},
		"nothing":        {&api.RefundParams{}, refusal{Code: "parameter_missing"}},
		"unknown":        {&api.RefundParams{PaymentIntent: api.String("pi_0")}, refusal{Code: "resource_missing", Param: "payment_intent"}},
		"unknown charge": {&api.RefundParams{Charge: api.String("ch_0")}, refusal{Code: "resource_missing", Param: "charge"}},
		"reason":         {&api.RefundParams{PaymentIntent: &held.ID, Reason: api.String("sorry")}, refusal{Param: "reason"}},
		"with transfer":  {&api.RefundParams{PaymentIntent: &held.ID, ReverseTransfer: api.Bool(true)}, refusal{Param: "reverse_transfer"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := x.client.Refunds.New(test.params)
			test.want.Status, test.want.Type = 400, "invalid_request_error"
			same(t, "refusal", refusalOf(t, err), test.want)
		})
	}
}

func TestSlowRefunds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		card         string
		before, then api.RefundStatus
		refunded     int64
	}{
		{"pm_card_pendingRefund", api.RefundStatusPending, api.RefundStatusSucceeded, 1000},
		{"pm_card_refundFail", api.RefundStatusSucceeded, api.RefundStatusFailed, 0},
	}
	for _, test := range tests {
		t.Run(test.card, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			pi := x.create(payment(1000, "automatic", test.card))
			r, err := x.refund(pi.ID, 0)
			must(t, err)
			same(t, "at first", r.Status, test.before)
			x.advance(day)
			x.Tick()
			r, err = x.client.Refunds.Get(r.ID, nil)
			must(t, err)
			same(t, "a day later", r.Status, test.then)
			same(t, "refunded", x.get(pi.ID).LatestCharge.AmountRefunded, test.refunded)
			same(t, "events", x.events()[5:], []string{"refund.updated", "charge.refund.updated"})
		})
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	p := payment(1000, "automatic", "pm_card_visa")
	p.TransferGroup = api.String("deal_1")
	pi := x.create(p)

	_, err := x.transfer(800, "")
	same(t, "pending money", refusalOf(t, err), refusal{Status: 400, Type: "invalid_request_error", Code: "balance_insufficient"})

	tr, err := x.transfer(800, pi.LatestCharge.ID)
	must(t, err)
	same(t, "transfer", []any{tr.Amount, tr.Destination.ID, tr.SourceTransaction.ID, tr.TransferGroup, tr.Reversed},
		[]any{int64(800), seller, pi.LatestCharge.ID, "deal_1", false})
	x.wantBalance("", 0, 200)
	x.wantBalance(seller, 0, 800)
	_, err = x.transfer(201, pi.LatestCharge.ID)
	same(t, "more than the charge", refusalOf(t, err), refusal{Status: 400, Type: "invalid_request_error", Param: "amount"})

	x.advance(2 * day)
	x.wantBalance("", 200, 0)
	x.wantBalance(seller, 800, 0)
	_, err = x.transfer(200, "")
	must(t, err)
	x.wantBalance("", 0, 0)

	rv, err := x.client.TransferReversals.New(&api.TransferReversalParams{ID: &tr.ID, Amount: api.Int64(300)})
	must(t, err)
	same(t, "reversal", []any{rv.Amount, rv.Transfer.ID}, []any{int64(300), tr.ID})
	_, err = x.client.TransferReversals.New(&api.TransferReversalParams{ID: &tr.ID, Amount: api.Int64(501)})
	same(t, "too much", refusalOf(t, err).Code, api.ErrorCodeAmountTooLarge)
	_, err = x.client.TransferReversals.New(&api.TransferReversalParams{ID: &tr.ID})
	must(t, err)
	_, err = x.client.TransferReversals.New(&api.TransferReversalParams{ID: &tr.ID})
	same(t, "reversed", refusalOf(t, err).Status, 400)
	tr, err = x.client.Transfers.Get(tr.ID, nil)
	must(t, err)
	same(t, "afterwards", []any{tr.AmountReversed, tr.Reversed, len(tr.Reversals.Data)}, []any{int64(800), true, 2})
	x.wantBalance("", 800, 0)
	x.wantBalance(seller, 200, 0)
	same(t, "effects", x.effects(), []string{"charge", "transfer", "transfer", "reverse", "reverse"})
	same(t, "events", x.events()[3:], []string{"transfer.created", "transfer.created", "transfer.reversed", "transfer.reversed"})
}

func TestTransferRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	held := x.at(api.PaymentIntentStatusRequiresCapture).LatestCharge.ID
	paid := x.at(api.PaymentIntentStatusSucceeded).LatestCharge.ID
	closed, err := x.client.Accounts.New(&api.AccountParams{Type: api.String("express")})
	must(t, err)
	must(t, x.EnableAccount(closed.ID, false))
	tests := map[string]struct {
		to, currency, source string
		want                 refusal
	}{
		"nobody":         {"acct_0", "eur", paid, refusal{Code: "resource_missing", Param: "destination"}},
		"closed":         {closed.ID, "eur", paid, refusal{Code: "insufficient_capabilities_for_transfer", Param: "destination"}},
		"not captured":   {seller, "eur", held, refusal{Param: "source_transaction"}},
		"other currency": {seller, "usd", paid, refusal{Param: "source_transaction"}},
		"unknown source": {seller, "eur", "ch_0", refusal{Code: "resource_missing", Param: "source_transaction"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := x.client.Transfers.New(&api.TransferParams{Amount: api.Int64(100), Currency: &test.currency, Destination: &test.to,
				SourceTransaction: &test.source})
			test.want.Status, test.want.Type = 400, "invalid_request_error"
			same(t, "refusal", refusalOf(t, err), test.want)
		})
	}
}

func TestTransferGroup(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.at(api.PaymentIntentStatusSucceeded)
	tr, err := x.transfer(100, pi.LatestCharge.ID)
	must(t, err)
	same(t, "group of both", []string{tr.TransferGroup, x.get(pi.ID).LatestCharge.TransferGroup}, []string{"group_" + pi.ID, "group_" + pi.ID})
	found := 0
	for i := x.client.Transfers.List(&api.TransferListParams{TransferGroup: &tr.TransferGroup}); i.Next(); {
		found++
		same(t, "found", i.Transfer().ID, tr.ID)
	}
	same(t, "by group", found, 1)
}

func TestImmediateMoney(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	x.create(payment(1000, "automatic", "pm_card_bypassPending"))
	x.wantBalance("", 1000, 0)
	_, err := x.transfer(1000, "")
	must(t, err)
	same(t, "platform's entries", len(x.entries("")), 2)
	same(t, "seller's entries", len(x.entries(seller)), 1)
}

func (x *tester) entries(account string) []*api.BalanceTransaction {
	p := &api.BalanceTransactionListParams{}
	if account != "" {
		p.SetStripeAccount(account)
	}
	var all []*api.BalanceTransaction
	for i := x.client.BalanceTransactions.List(p); i.Next(); {
		all = append(all, i.BalanceTransaction())
	}
	return all
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	a, err := x.client.Accounts.New(&api.AccountParams{Type: api.String("express"), Country: api.String("FI"), Email: api.String("seller@example.com"),
		Capabilities: &api.AccountCapabilitiesParams{Transfers: &api.AccountCapabilitiesTransfersParams{Requested: api.Bool(true)}}})
	must(t, err)
	same(t, "not set up", []any{a.DetailsSubmitted, a.Capabilities.Transfers, len(a.Requirements.CurrentlyDue) > 0}, []any{false, api.AccountCapabilityStatusInactive, true})
	must(t, x.EnableAccount(a.ID, true))
	a, err = x.client.Accounts.GetByID(a.ID, nil)
	must(t, err)
	same(t, "account", []any{a.ChargesEnabled, a.PayoutsEnabled, a.Capabilities.Transfers, a.Country, a.Type},
		[]any{true, true, api.AccountCapabilityStatusActive, "FI", api.AccountTypeExpress})
	must(t, x.EnableAccount(a.ID, false))
	a, err = x.client.Accounts.GetByID(a.ID, nil)
	must(t, err)
	same(t, "closed", []any{a.PayoutsEnabled, a.Capabilities.Transfers}, []any{false, api.AccountCapabilityStatusInactive})
	must(t, x.RejectAccount(a.ID))
	a, err = x.client.Accounts.GetByID(a.ID, nil)
	must(t, err)
	same(t, "rejected", a.Requirements.DisabledReason, api.AccountRequirementsDisabledReason("rejected.fraud"))
	same(t, "events", x.eventsOf(a.ID), []string{"account.updated", "account.updated", "account.updated"})
	whole, err := x.client.Accounts.New(&api.AccountParams{Type: api.String("custom"), ExternalAccount: &api.AccountExternalAccountParams{Token: api.String("btok_ie")},
		TOSAcceptance: &api.AccountTOSAcceptanceParams{Date: api.Int64(1)}})
	must(t, err)
	same(t, "made with all details", whole.PayoutsEnabled, true)
	if x.EnableAccount("acct_0", true) == nil {
		t.Error("an unknown account was enabled")
	}
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	for _, won := range []bool{true, false} {
		t.Run(map[bool]string{true: "won", false: "lost"}[won], func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			pi := x.at(api.PaymentIntentStatusSucceeded)
			id, err := x.Dispute(pi.ID, "product_not_received")
			must(t, err)
			if _, err := x.Dispute(pi.LatestCharge.ID, ""); err == nil {
				t.Error("disputed twice")
			}
			same(t, "charge", x.get(pi.ID).LatestCharge.Disputed, true)
			_, err = x.refund(pi.ID, 0)
			same(t, "no refund", refusalOf(t, err).Code, api.ErrorCodeChargeDisputed)
			x.wantBalance("", -1000, 1000)

			must(t, x.CloseDispute(id, won))
			if x.CloseDispute(id, won) == nil {
				t.Error("closed twice")
			}
			d, err := x.client.Disputes.Get(id, nil)
			must(t, err)
			want := map[bool][]any{
				true:  {api.DisputeStatusWon, []string{"charge.dispute.funds_reinstated", "charge.dispute.closed"}},
				false: {api.DisputeStatusLost, []string{"charge.dispute.closed"}},
			}[won]
			same(t, "status", d.Status, want[0])
			same(t, "reason", d.Reason, api.DisputeReasonProductNotReceived)
			same(t, "events", x.events()[5:], want[1])
			_, err = x.refund(pi.ID, 0)
			same(t, "refundable", err == nil, won)
		})
	}
}

func TestAnswerDispute(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	pi := x.create(payment(1000, "automatic", "pm_card_createDispute"))
	i := x.client.Disputes.List(&api.DisputeListParams{PaymentIntent: &pi.ID})
	if !i.Next() {
		t.Fatal("no dispute")
	}
	d, err := x.client.Disputes.Update(i.Dispute().ID, &api.DisputeParams{Evidence: &api.DisputeEvidenceParams{UncategorizedText: api.String("Sent")}})
	must(t, err)
	same(t, "status", d.Status, api.DisputeStatusUnderReview)
	d, err = x.client.Disputes.Close(d.ID, nil)
	must(t, err)
	same(t, "given up", d.Status, api.DisputeStatusLost)
	_, err = x.client.Disputes.Close(d.ID, nil)
	same(t, "again", refusalOf(t, err).Status, 400)
}

func TestTransferAgain(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	source := x.at(api.PaymentIntentStatusSucceeded).LatestCharge.ID
	tr, err := x.transfer(1000, source)
	must(t, err)
	_, err = x.transfer(1, source)
	same(t, "all is gone", refusalOf(t, err).Param, "amount")
	_, err = x.client.TransferReversals.New(&api.TransferReversalParams{ID: &tr.ID, Amount: api.Int64(600)})
	must(t, err)
	_, err = x.transfer(601, source)
	same(t, "more than came back", refusalOf(t, err).Param, "amount")
	_, err = x.transfer(600, source)
	must(t, err)
	x.wantBalance(seller, 0, 1000)
}
