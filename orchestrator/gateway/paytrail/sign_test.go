package paytrail

import (
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// Examples that Paytrail publishes, for its public test account.
const (
	shop       = "375917"
	shopSecret = "SAIPPUAKAUPPIAS"
	example    = `{"stamp":"unique-identifier-for-merchant","reference":"3759170","amount":1525,"currency":"EUR","language":"FI","items":[{"unitPrice":1525,"units":1,"vatPercentage":25.5,"productCode":"#1234","deliveryDate":"2018-09-01"}],"customer":{"email":"test.customer@example.com"},"redirectUrls":{"success":"https://ecom.example.com/cart/success","cancel":"https://ecom.example.com/cart/cancel"}}`
	redirect   = "checkout-account=375917&checkout-algorithm=sha256&checkout-amount=2964&checkout-stamp=15336332710015&checkout-reference=192387192837195&checkout-transaction-id=4b300af6-9a22-11e8-9184-abb6de7fd2d0&checkout-status=ok&checkout-provider=nordea"
	signedAs   = "b2d3ecdda2c04563a4638fcade3d4e77dfdc58829b429ad2c2cb422d0fc64080"
)

func TestSignature_published(t *testing.T) {
	t.Parallel()
	headers := map[string]string{
		"checkout-account": shop, "checkout-algorithm": "sha256", "checkout-method": "POST", "checkout-nonce": "564635208570151",
		"checkout-timestamp": "2018-07-06T10:01:31.904Z", "platform-name": "not signed",
	}
	const want = "9a4a7735279de4c99268e4566a5526ae887e73e6e58f2918cb2309ccac366129"
	if got := signature(shopSecret, "sha256", headers, []byte(example)); got != want {
		t.Errorf("a call is signed %s, want %s", got, want)
	}
	if !verified(shop, shopSecret, want, headers, []byte(example)) || verified(shop, shopSecret, want, headers, []byte(example+" ")) {
		t.Error("an answer is verified by its body")
	}
	if verified("1", shopSecret, want, headers, []byte(example)) {
		t.Error("what is for another merchant is verified")
	}
	if got := signature(shopSecret, "md5", headers, nil); got != "" {
		t.Errorf("an unknown algorithm signs %q", got)
	}
}

// Messages are verified over everything that Paytrail signs, also what it may add some day.
func TestWebhook_read(t *testing.T) {
	t.Parallel()
	params := map[string]string{}
	query, err := url.ParseQuery(redirect)
	if err != nil {
		t.Fatal(err)
	}
	for key := range query {
		params[key] = query.Get(key)
	}
	params["checkout-new-thing"] = "1"
	grown := redirect + "&checkout-new-thing=1&signature=" + signature(shopSecret, "sha256", params, nil)
	const payment = "4b300af6-9a22-11e8-9184-abb6de7fd2d0"
	for name, tc := range map[string]struct {
		query  string
		want   string // the payment, or the reason
		code   string
		secret string
	}{
		"as published":           {query: redirect + "&signature=" + signedAs, want: payment, code: "payment_ok"},
		"with a name of ours":    {query: redirect + "&shop=1&signature=" + signedAs, want: payment, code: "payment_ok"},
		"with a new parameter":   {query: grown, want: payment, code: "payment_ok"},
		"of a refund":            {query: redirect + "&payment=p-1&signature=" + signedAs, want: "p-1+" + payment + "+15336332710015+ok", code: "refund_ok"},
		"with a false status":    {query: redirect[:len(redirect)-len("nordea")] + "op&signature=" + signedAs, want: "invalid_webhook_signature"},
		"with a parameter twice": {query: redirect + "&checkout-status=fail&signature=" + signedAs, want: "invalid_webhook"},
		"a parameter added":      {query: redirect + "&checkout-new-thing=1&signature=" + signedAs, want: "invalid_webhook_signature"},
		"unsigned":               {query: redirect, want: "invalid_webhook_signature"},
		"nothing":                {query: "", want: "invalid_webhook_signature"},
		"no query":               {query: "%", want: "invalid_webhook"},
		"without a secret":       {query: redirect + "&signature=" + signedAs, want: "invalid_webhook_signature", secret: "another"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := Webhook{Merchant: shop, Secret: shopSecret}
			if tc.secret != "" {
				w.Secret = tc.secret
			}
			d, err := w.Read(nil, []byte(tc.query))
			if err != nil {
				d.PaymentID = string(fault.ReasonOf(err))
			}
			if d.PaymentID != tc.want || d.Code != tc.code {
				t.Errorf("read %q %q (%v), want %q %q", d.PaymentID, d.Code, err, tc.want, tc.code)
			}
		})
	}
}

// A part that goes back is taken from the items in their order, and what was given back
// before is left out.
func TestBack(t *testing.T) {
	t.Parallel()
	all := []item{{UnitPrice: 100, Units: 3, Stamp: "a"}, {UnitPrice: 50, Units: 1, Stamp: "b"}, {UnitPrice: 70, Units: 1, Stamp: "c"}}
	for _, tc := range []struct {
		before, amount, fee int64
		want                []refundItem
	}{
		{0, 420, 0, []refundItem{{300, "a", nil}, {50, "b", nil}, {70, "c", nil}}},
		{0, 120, 0, []refundItem{{120, "a", nil}}},
		{120, 200, 0, []refundItem{{180, "a", nil}, {20, "b", nil}}},
		{320, 100, 0, []refundItem{{30, "b", nil}, {70, "c", nil}}},
		{0, 420, 310, []refundItem{{300, "a", &commission{"m", 300}}, {50, "b", &commission{"m", 10}}, {70, "c", nil}}},
	} {
		got := back(all, tc.before, tc.amount, tc.fee, "m")
		if len(got) != len(tc.want) {
			t.Fatalf("%+v: %+v", tc, got)
		}
		for i, w := range tc.want {
			same := got[i].Amount == w.Amount && got[i].Stamp == w.Stamp && (got[i].Commission == nil) == (w.Commission == nil)
			if !same || w.Commission != nil && *got[i].Commission != *w.Commission {
				t.Errorf("%d after %d: item %d is %+v, want %+v", tc.amount, tc.before, i, got[i], w)
			}
		}
	}
}

// Rows of an invoice are items with their rate; the fee on top of them is a line.
func TestItems_rows(t *testing.T) {
	t.Parallel()
	op := orchestrator.Operation{Rows: []orchestrator.Row{{Title: "Bike", Amount: 1240, VAT: 24}, {Title: "Trip", Amount: 99}}}
	op.Transaction.Lines = []pricing.Line{
		{Code: pricing.UnitPrice, Side: pricing.Both, Quantity: 1, Unit: money.New(1339, euro), Amount: money.New(1339, euro)},
		{Code: pricing.BuyerFee, Side: pricing.Payer, Quantity: 1, Unit: money.New(50, euro), Amount: money.New(50, euro)},
	}
	all, err := items(op, 1389, "s", "1")
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	for i, want := range []item{
		{UnitPrice: 1240, Units: 1, VAT: 240, ProductCode: "1", Description: "Bike", Stamp: "s.1"}, {UnitPrice: 99, Units: 1, ProductCode: "2", Description: "Trip", Stamp: "s.2"},
		{UnitPrice: 50, Units: 1, ProductCode: "buyer_fee", Stamp: "s.3"},
	} {
		want.Merchant, want.Reference = "1", op.Transaction.Tag()
		if all[i] != want {
			t.Errorf("item %d is %+v, want %+v", i, all[i], want)
		}
	}
	if _, err := items(op, 1390, "s", "1"); err == nil {
		t.Error("items of less than the amount are taken")
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	all := []item{{UnitPrice: 100, Units: 1}, {UnitPrice: 50, Units: 2}}
	take(all, "m", 130)
	if *all[0].Commission != (commission{"m", 100}) || *all[1].Commission != (commission{"m", 30}) {
		t.Errorf("commissions %+v and %+v", all[0].Commission, all[1].Commission)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for p, want := range map[percent]string{0: "0", 240: "24", 255: "25.5", 1000: "100", 5: "0.5"} {
		if got, err := p.MarshalJSON(); err != nil || string(got) != want {
			t.Errorf("%d tenths are %s (%v), want %s", p, got, err, want)
		}
	}
}
