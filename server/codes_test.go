package server_test

import (
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Refusals that no other test asks for, by what a caller sends.
func TestRefusals_rare(t *testing.T) {
	t.Parallel()
	m := whole(t)
	type object = facetest.Object
	bob := m.By(facetest.Bob)
	staff := facetest.Staff("ann")
	sale := object{"process": "preauthorize", "gateway": "stripe", "starter_id": "bea", "author_id": "sam", "buyer_id": "sam", "seller_id": "bea", "listing": object{"title": "Bike"}, "unit_price": facetest.Euros(5000)}
	for code, c := range map[string]struct {
		status       int
		method, path string
		body         any
		options      []facetest.Option
	}{
		"payer_is_not_starter":  {400, "POST", "/v1/transactions", sale, nil},
		"unknown_language":      {400, "PUT", "/v1/community/letterhead", object{"language": "xx", "reason": "test"}, []facetest.Option{staff}},
		"unknown_mail_template": {404, "GET", "/v1/community/mail-templates/nobody_wrote_it", nil, []facetest.Option{staff}},
		"invalid_status":        {400, "GET", "/v1/payouts?status=maybe", nil, []facetest.Option{staff}},
	} {
		m.Call(t, c.method, c.path, c.body, append(c.options, facetest.Once(code))...).Refused(c.status, code)
	}
	for code, c := range map[string]struct {
		path string
		body object
		by   facetest.Option
	}{
		"amounts_differ":  {facetest.ExchangePath + "orders", object{"ad_id": 1, "payment_method": "card", "usdt_amount": 1, "amount_minor": 2}, bob},
		"invalid_value":   {facetest.ExchangePath + "orders", object{"ad_id": 1, "payment_method": "card", "usdt_amount": 1, "format": "slow"}, bob},
		"invalid_asset":   {facetest.ExchangePath + "orders", object{"ad_id": 1, "payment_method": "card", "usdt_amount": 1, "currency": "DOGE"}, bob},
		"out_of_range":    {facetest.ExchangePath + "orders", object{"ad_id": 1, "payment_method": "card", "usdt_amount": -1}, bob},
		"invalid_decimal": {"/p2p/offer/create", object{"ad": facetest.Number(t, m.NewAd(t, facetest.Ann, "sell")), "currency_amount": "x"}, bob},
	} {
		m.Call(t, "POST", c.path, c.body, c.by).Is(400).Has(map[string]string{"code": "VALIDATION_ERROR", "errors.0.code": code})
	}
}

// A row of an invoice has a rate of VAT from 0 to 100.
func TestRefusals_invoice(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	deal := facetest.With(facetest.With(facetest.Deal(), "transaction.payment_process", "postpay"), "transaction.payment_gateway", "checkout")
	path := facetest.DealsPath + w.Call(t, "POST", facetest.DealsPath+"create", deal).Is(201).At("transaction.id")
	rows := []any{facetest.Object{"title": "Repair", "sum": facetest.Euros(100), "vat": 101}, facetest.Object{"title": "", "sum": facetest.Euros(100), "vat": 24}}
	w.Call(t, "POST", path+"/invoice", facetest.Object{"gateway_fields": facetest.Object{"payment_rows": rows}}).Refused(400, "invalid_vat").Has(map[string]string{
		"errors.0.pointer": "/gateway_fields/payment_rows/0/vat", "errors.1.pointer": "/gateway_fields/payment_rows/1/title",
	})
}

// What staff does about money that came back asks for its sum, and that some did. What time does, and what the other side does, nobody else does.
func TestRefusals_steps(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	type object = facetest.Object
	paid := w.Call(t, "POST", "/v1/transactions", object{
		"process": "preauthorize", "gateway": "stripe", "starter_id": "bea", "author_id": "sam", "listing": object{"title": "Bike"},
		"unit_price": facetest.Euros(5000), "input": object{"payment_method": "pm_card_visa"},
	}, facetest.Once("1")).Is(201).At("id")
	take := func(id, transition string, input object, as facetest.Option) facetest.Answer {
		return w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", object{"transition": transition, "input": input}, as, facetest.Once(id+transition))
	}
	take(paid, "complete_preauthorization", nil, facetest.As("sam")).Is(200)
	take(paid, "complete", nil, facetest.As("bea")).Is(200)
	take(paid, "settle_loss", object{"reason": "test"}, facetest.Staff("ann")).Refused(400, "invalid_recovered")
	take(paid, "settle_loss", object{"recovered": 1, "reason": "test"}, facetest.Staff("eve")).Refused(409, "no_open_loss")
	take(paid, "repay_payee", object{"repaid": 1, "reason": "test"}, facetest.Staff("ann")).Refused(409, "nothing_owed")
	w.Gateway.Answer(process.NotSent, "unsendable_input")
	w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("unsendable")).Refused(400, "unsendable_input")
	open := w.Sell(t, "2")
	take(open, "expire", nil, facetest.As("bea")).Refused(403, "not_timer")
	take(open, "join", nil, facetest.As("sam")).Refused(403, "not_joiner")
}
