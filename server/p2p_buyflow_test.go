package server_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server"
)

// succeeded checks a success envelope; message is "<nil>" for null.
func (a answer) succeeded(message string) answer {
	a.t.Helper()
	return a.is(200).exactly("", "status", "entity", "message", "success").has(map[string]string{"status": "success", "success": "true", "message": message})
}

// failed checks a failure envelope with the additive code.
func (a answer) failed(message, code string) answer {
	a.t.Helper()
	return a.is(400).exactly("", "status", "entity", "message", "success", "code").
		has(map[string]string{"status": "failure", "success": "false", "entity": "<nil>", "message": message, "code": code})
}

// Seed 000, "Get details of a p2p ad"; contract 41, 42, 46.
func TestBuyFlow_ad(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	body := strings.Replace(ad("sell"), `"exchange_rate":100`, `"exchange_rate":9550,"total_amount":10000000,"payment_window_minutes":150`, 1)
	id := m.ask(t, ann, "POST", p2pPath+"ads", body).is(200).at("id")
	detail := m.ask(t, bob, "GET", "/p2p/ad/detail/"+id, nil).succeeded("<nil>")
	detail.exactly("entity", "id", "user", "crypto_currency", "price_per_unit", "ad_type", "payment_method", "fiat_currency", "crypto_amount",
		"start_date", "end_date", "auto_reply_message", "terms_of_trade", "additional_information", "status", "max_limit", "min_limit",
		"total_available", "trade_started_at", "trade_completed_at", "asset_id", "time_to_pay", "minutes_to_pay")
	// H12: names that leak nothing are served.
	detail.exactly("entity.user", "id", "ratings", "fullname", "created_at", "updated_at", "is_banned", "has_p2p", "has_kyc", "country",
		"country_verified", "email_verified", "phone_number_verified")
	detail.exactly("entity.user.ratings", "positive_feedback_count", "negative_feedback_count", "average_rating", "averate_rating")
	detail.has(map[string]string{
		"entity.id": id, "entity.user.id": ann, "entity.user.fullname": "Ann Example", "entity.user.ratings.averate_rating": "4.5",
		"entity.user.created_at": "2024-09-01T00:00:00Z", "entity.crypto_currency": "usdt", "entity.fiat_currency": "rub",
		"entity.price_per_unit": "95.50", "entity.ad_type": "buy", "entity.payment_method": "card",
		"entity.crypto_amount": "100000.00000000000000000000", "entity.total_available": "100000.0000000000",
		"entity.min_limit": "95500.0000000000", "entity.max_limit": "4775000.0000000000",
		"entity.start_date": "2030-01-02", "entity.end_date": "<nil>", "entity.auto_reply_message": "", "entity.additional_information": "",
		"entity.terms_of_trade": "Please include order ID in the transfer comment.", "entity.status": "pending",
		"entity.trade_started_at": "<nil>", "entity.trade_completed_at": "<nil>", "entity.asset_id": "<nil>", "entity.time_to_pay": "3",
	})
	m.ask(t, bob, "GET", "/p2p/ad/detail/"+id+"/", nil).succeeded("<nil>")
	m.ask(t, ann, "POST", p2pPath+"ads/"+id+"/pause", nil).is(200)
	m.ask(t, bob, "GET", "/p2p/ad/detail/"+id, nil).has(map[string]string{"entity.status": "paused"})
	other := m.newAd(t, ann, "buy")
	m.ask(t, bob, "GET", "/p2p/ad/detail/"+other, nil).succeeded("<nil>").has(map[string]string{"entity.ad_type": "sell", "entity.time_to_pay": "1"})
	for _, unknown := range []string{"0", "999999", "x"} {
		m.ask(t, bob, "GET", "/p2p/ad/detail/"+unknown, nil).failed("Ad not found", "AD_NOT_FOUND")
	}
	m.ask(t, ann, "DELETE", p2pPath+"ads/"+id, nil).is(204)
	m.ask(t, ann, "GET", "/p2p/ad/detail/"+id, nil).failed("Ad not found", "AD_NOT_FOUND")
}

// offerBody is a body of create.
func offerBody(ad, rest string) string { return `{"ad":` + ad + `,` + rest + `}` }

// Seed 000, "Create an offer": the printed amounts.
func TestBuyFlow_create(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	// Ten coins at 200.00 cost 2000.00.
	body := strings.Replace(ad("sell"), `"exchange_rate":100,"min_amount":100000`, `"exchange_rate":20000,"min_amount":1000`, 1)
	id := m.ask(t, ann, "POST", p2pPath+"ads", body).is(200).at("id")
	for _, amounts := range []string{
		`"currency_amount":"10.00000000000000000000"`, `"currency_amount":10`, `"fiat_amount":"2000.00"`, `"fiat_amount":2000.00`,
		`"currency_amount":"10","fiat_amount":"2000"`, `"currency_amount":"10","fiat_amount":"2000.01"`, `"currency_amount":"10","fiat_amount":null`,
	} {
		offer := m.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, amounts)).succeeded("Offer created successfully")
		offer.exactly("entity", "id", "created_at", "currency_amount", "status", "fiat_amount", "has_indicated_paid", "ad", "user", "pay_deadline")
		offer.has(map[string]string{
			"entity.currency_amount": "10.00000000000000000000", "entity.fiat_amount": "2000.00", "entity.status": "pending",
			"entity.has_indicated_paid": "false", "entity.ad": id, "entity.user": bob, "entity.created_at": "2030-01-02T03:04:05.000000+00:00",
		})
		m.ask(t, bob, "GET", p2pPath+"orders/"+offer.at("entity.id"), nil).is(200).has(map[string]string{"usdt_amount": "1000", "payment_method": "card"})
	}
	const invalid = "VALIDATION_ERROR"
	const number = "A valid number with at most two decimals is required."
	refused := []struct{ body, message, code string }{
		{offerBody("0", `"currency_amount":"10"`), `(ad) Invalid pk "0" - object does not exist.`, "AD_NOT_FOUND"},
		{offerBody("987", `"currency_amount":"10"`), `(ad) Invalid pk "987" - object does not exist.`, "AD_NOT_FOUND"},
		{`{"currency_amount":"10"}`, "(ad) This field is required.", invalid},
		{offerBody("null", `"currency_amount":"10"`), "(ad) This field is required.", invalid},
		{offerBody(`"one"`, `"currency_amount":"10"`), "(ad) Incorrect type. Expected pk value.", invalid},
		{`{"ad":` + id + `}`, "(currency_amount) This field is required.", invalid},
		{offerBody(id, `"currency_amount":"10.005"`), "(currency_amount) " + number, invalid},
		{offerBody(id, `"currency_amount":1e1`), "(currency_amount) " + number, invalid},
		{offerBody(id, `"currency_amount":-1`), "(currency_amount) " + number, invalid},
		{offerBody(id, `"currency_amount":true`), "(currency_amount) " + number, invalid},
		{offerBody(id, `"fiat_amount":"abc"`), "(fiat_amount) " + number, invalid},
		{offerBody(id, `"currency_amount":"10","fiat_amount":"2000.02"`), "(fiat_amount) The amount does not match currency_amount at the ad's price: it would be 2000.00.", invalid},
		{offerBody(id, `"currency_amount":"10","fee":1`), "(fee) there is no field fee here; use one of ad, currency_amount, fiat_amount, payment_method, payment_details", invalid},
		{`{"ad":1,"ad":2}`, "(ad) field ad is there twice", invalid},
	}
	for _, r := range refused {
		m.ask(t, bob, "POST", "/p2p/offer/create/", r.body).failed(r.message, r.code)
	}
	own := m.ask(t, ann, "POST", "/p2p/offer/create", offerBody(id, `"currency_amount":"10"`))
	own.failed("(ad) you cannot take your own ad", "OWN_AD")
	for _, reason := range []string{"amount_too_low", "amount_too_high", "amount_exceeds_available", "amount_too_small"} {
		m.trading.failing("Take", fault.New(fault.Conflict, reason, "No."))
		m.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, `"currency_amount":"10"`)).failed("(currency_amount) No.", strings.ToUpper(reason))
	}
	m.trading.failing("Take", fault.New(fault.Conflict, "seller_insufficient_balance", "No."))
	m.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, `"currency_amount":"10"`)).failed("No.", "SELLER_INSUFFICIENT_BALANCE")
	m.trading.failing("Take", errors.New("secret detail of the database"))
	if a := m.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, `"currency_amount":"10"`)).is(500); strings.Contains(a.body, "database") {
		t.Error(a.body)
	}
}

// Seed 000: the literals of paid, cancel and release, with and without the slash;
// contract 38, 46.
func TestBuyFlow_steps(t *testing.T) {
	t.Parallel()
	const (
		paid, cancel, release = "paid", "cancel", "release"
		noPaid                = "You are not authorized to indicate payment on this offer"
		noCancel              = "You are not authorized to cancel this offer"
		noRelease             = "You are not authorized to release funds on this trade"
		role, status          = "ROLE_NOT_ALLOWED", "INVALID_ORDER_STATUS"
	)
	type call struct{ user, step, message, code string } // without a code it succeeds
	tests := map[string][]call{
		"to the end": {
			{ann, paid, noPaid, role},
			{ann, cancel, noCancel, role},
			{bob, release, noRelease, role},
			{ann, release, "Offer has not been marked as paid yet", status},
			{bob, paid, "Offer successfully marked as paid", ""},
			{bob, paid, "Offer has already been marked as paid", status},
			{bob, cancel, "Offer has already been marked as paid", status},
			{bob, release, noRelease, role},
			{ann, release, "Funds have been released successfully", ""},
			{ann, release, "Funds have already been released", status},
			{bob, cancel, "Funds have already been released", status},
			{bob, paid, "Offer has already been marked as paid", status},
		},
		"cancelled": {
			{bob, cancel, "Offer cancelled successfully", ""},
			{bob, cancel, "This offer is already cancelled", status},
			{ann, release, "Offer is already cancelled", status},
			{bob, paid, "Offer is already cancelled", status},
		},
		"of a stranger": {
			{carl, paid, "You are not authorized to indicate payment on this offer", "ROLE_NOT_ALLOWED"}, // H10
			{carl, cancel, "You are not authorized to cancel this offer", "ROLE_NOT_ALLOWED"},
			{carl, release, "You are not authorized to release funds on this trade", "ROLE_NOT_ALLOWED"},
		},
	}
	for name, calls := range tests {
		for _, slash := range []string{"/", ""} {
			t.Run(name+slash, func(t *testing.T) {
				t.Parallel()
				m := newExchange(t)
				offer := m.newOrder(t, bob, m.newAd(t, ann, "sell"))
				for _, c := range calls {
					a := m.ask(t, c.user, "POST", fmt.Sprintf("/p2p/offer/%s/%s%s", c.step, offer, slash), nil)
					if c.code == "" {
						a.succeeded(c.message).has(map[string]string{"entity": "<nil>"})
					} else {
						a.failed(c.message, c.code)
					}
				}
				for _, step := range []string{paid, cancel, release} {
					for _, id := range []string{"0", "999999", "x"} {
						m.ask(t, bob, "POST", "/p2p/offer/"+step+"/"+id+slash, nil).failed("Offer not found", "ORDER_NOT_FOUND")
					}
				}
			})
		}
	}
}

// A claim is withdrawn on this face too, in so many words; the states after it.
func TestBuyFlow_states(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	offer := m.newOrder(t, bob, m.newAd(t, ann, "sell"))
	m.ask(t, bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).is(200)
	m.ask(t, bob, "POST", "/p2p/offer/cancel/"+offer+"/", `{"not_paid":true}`).succeeded("Offer cancelled successfully")
	m.trading.failing("ConfirmPaid", fault.New(fault.Conflict, "order_expired", "x"))
	m.ask(t, bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).failed("Offer has expired", "ORDER_EXPIRED")
	m.ask(t, bob, "POST", "/p2p/offer/paid/"+offer+"/", `{"x":1}`).failed("(x) there is no field x here; this route takes no body", "VALIDATION_ERROR")
	m.ask(t, bob, "GET", "/p2p/offer/paid/"+offer+"/", nil).is(405)
	m.trading.ban(bob, true)
	m.ask(t, bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).failed("you are banned from this exchange", "BANNED")
}

// Contract 22: a reused key is a 400 envelope here.
func TestBuyFlow_idempotency(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "sell")
	first := m.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, `"currency_amount":"1000"`), once("k")).is(200)
	again := m.ask(t, bob, "POST", "/p2p/offer/create", offerBody(id, `"currency_amount":"1000"`), once("k")).is(200)
	if first.body != again.body || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s is not replayed: %s", first.body, again.body)
	}
	m.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, `"currency_amount":"2000"`), once("k")).
		failed("this Idempotency-Key was used with another request; make a new key for a new request", "IDEMPOTENCY_CONFLICT")
	offer := first.at("entity.id")
	for range 2 {
		m.ask(t, bob, "POST", "/p2p/offer/paid/"+offer+"/", nil, once("p")).succeeded("Offer successfully marked as paid")
	}
}

// The rate limit has the envelope too, with its status.
func TestBuyFlow_limits(t *testing.T) {
	t.Parallel()
	m := newExchangeIn(t, func(c *server.Config) { c.RateLimits = true })
	for range 60 {
		a := m.ask(t, bob, "POST", "/p2p/offer/paid/1/", nil)
		if a.status == 429 {
			a.has(map[string]string{"status": "failure", "success": "false", "code": "RATE_LIMITED"})
			return
		}
	}
	t.Error("no limit")
}
