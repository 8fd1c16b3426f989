package buyflow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Seed 000, "Get details of a p2p ad"; contract 41, 42, 46.
func TestBuyFlow_ad(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	m.Rated(t)
	body := strings.Replace(facetest.Ad("sell"), `"exchange_rate":100`, `"exchange_rate":9550,"total_amount":10000000,"payment_window_minutes":150`, 1)
	id := m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", body).Is(200).At("id")
	detail := m.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+id, nil).Succeeded("<nil>")
	detail.Exactly("entity", "id", "user", "crypto_currency", "price_per_unit", "ad_type", "payment_method", "fiat_currency", "crypto_amount",
		"start_date", "end_date", "auto_reply_message", "terms_of_trade", "additional_information", "status", "max_limit", "min_limit",
		"total_available", "trade_started_at", "trade_completed_at", "asset_id", "time_to_pay", "minutes_to_pay")
	// H12: names that leak nothing are served.
	detail.Exactly("entity.user", "id", "ratings", "fullname", "created_at", "updated_at", "is_banned", "has_p2p", "has_kyc", "country",
		"country_verified", "email_verified", "phone_number_verified")
	detail.Exactly("entity.user.ratings", "positive_feedback_count", "negative_feedback_count", "average_rating", "averate_rating")
	detail.Has(map[string]string{
		"entity.id": id, "entity.user.id": facetest.Ann, "entity.user.fullname": "Ann Example", "entity.user.ratings.averate_rating": "4.5",
		"entity.user.ratings.positive_feedback_count": "2", "entity.user.created_at": "2030-01-01T00:00:00Z", "entity.crypto_currency": "usdt", "entity.fiat_currency": "rub",
		"entity.price_per_unit": "95.50", "entity.ad_type": "buy", "entity.payment_method": "card",
		"entity.crypto_amount": "100000.00000000000000000000", "entity.total_available": "100000.0000000000",
		"entity.min_limit": "95500.0000000000", "entity.max_limit": "4775000.0000000000",
		"entity.start_date": "2030-01-02", "entity.end_date": "<nil>", "entity.auto_reply_message": "", "entity.additional_information": "",
		"entity.terms_of_trade": "Please include order ID in the transfer comment.", "entity.status": "pending",
		"entity.trade_started_at": "<nil>", "entity.trade_completed_at": "<nil>", "entity.asset_id": "<nil>", "entity.time_to_pay": "3", // H9
	})
	m.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+id+"/", nil).Succeeded("<nil>")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads/"+id+"/pause", nil).Is(200)
	m.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+id, nil).Has(map[string]string{"entity.status": "paused"})
	other := m.NewAd(t, facetest.Ann, "buy")
	m.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+other, nil).Succeeded("<nil>").Has(map[string]string{"entity.ad_type": "sell", "entity.time_to_pay": "1"})
	order := m.NewOrder(t, facetest.Bob, other)
	started := map[string]string{"entity.trade_started_at": "2030-01-02T03:04:05.000000+00:00", "entity.trade_completed_at": "<nil>"}
	m.Ask(t, facetest.Carl, "GET", "/p2p/ad/detail/"+other, nil).Succeeded("<nil>").Has(started)
	m.Step(t, facetest.Bob, order, "cancel", "").Is(200)
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads/"+other+"/pause", nil).Is(200)
	m.Ask(t, facetest.Carl, "GET", "/p2p/ad/detail/"+other, nil).Succeeded("<nil>").Has(started) // it may be resumed
	for _, unknown := range []string{"0", "999999", "x"} {
		m.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+unknown, nil).Failed("Ad not found", "AD_NOT_FOUND")
	}
	m.Ask(t, facetest.Ann, "DELETE", facetest.ExchangePath+"ads/"+id, nil).Is(204)
	m.Ask(t, facetest.Ann, "GET", "/p2p/ad/detail/"+id, nil).Failed("Ad not found", "AD_NOT_FOUND")
}

// Seed 000, "Create an offer": the printed amounts.
func TestBuyFlow_create(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	// Ten coins at 200.00 cost 2000.00.
	body := strings.Replace(facetest.Ad("sell"), `"exchange_rate":100,"min_amount":100000`, `"exchange_rate":20000,"min_amount":1000`, 1)
	id := m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", body).Is(200).At("id")
	for _, amounts := range []string{
		`"currency_amount":"10.00000000000000000000"`, `"currency_amount":10`, `"fiat_amount":"2000.00"`, `"fiat_amount":2000.00`,
		`"currency_amount":"10","fiat_amount":"2000"`, `"currency_amount":"10","fiat_amount":"2000.01"`, `"currency_amount":"10","fiat_amount":null`,
	} {
		offer := m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(id, amounts)).Succeeded("Offer created successfully")
		offer.Exactly("entity", "id", "created_at", "currency_amount", "status", "fiat_amount", "has_indicated_paid", "ad", "user", "pay_deadline")
		offer.Has(map[string]string{
			"entity.currency_amount": "10.00000000000000000000", "entity.fiat_amount": "2000.00", "entity.status": "pending",
			"entity.has_indicated_paid": "false", "entity.ad": id, "entity.user": facetest.Bob, "entity.created_at": "2030-01-02T03:04:05.000000+00:00",
		})
		m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+offer.At("entity.id"), nil).Is(200).Has(map[string]string{"usdt_amount": "1000", "payment_method": "card"})
		m.Step(t, facetest.Ann, offer.At("entity.id"), "cancel", "").Is(200)
	}
	const invalid = "VALIDATION_ERROR"
	const number = "A valid number with at most two decimals is required."
	refused := []struct{ body, message, code string }{
		{facetest.OfferBody("0", `"currency_amount":"10"`), `(ad) Invalid pk "0" - object does not exist.`, "AD_NOT_FOUND"},
		{facetest.OfferBody("987", `"currency_amount":"10"`), `(ad) Invalid pk "987" - object does not exist.`, "AD_NOT_FOUND"},
		{`{"currency_amount":"10"}`, "(ad) This field is required.", invalid},
		{facetest.OfferBody("null", `"currency_amount":"10"`), "(ad) This field is required.", invalid},
		{facetest.OfferBody(`"one"`, `"currency_amount":"10"`), "(ad) Incorrect type. Expected pk value.", invalid},
		{`{"ad":` + id + `}`, "(currency_amount) This field is required.", invalid},
		{facetest.OfferBody(id, `"currency_amount":"10.005"`), "(currency_amount) " + number, invalid},
		{facetest.OfferBody(id, `"currency_amount":1e1`), "(currency_amount) " + number, invalid},
		{facetest.OfferBody(id, `"currency_amount":-1`), "(currency_amount) " + number, invalid},
		{facetest.OfferBody(id, `"currency_amount":true`), "(currency_amount) " + number, invalid},
		{facetest.OfferBody(id, `"fiat_amount":"abc"`), "(fiat_amount) " + number, invalid},
		{facetest.OfferBody(id, `"currency_amount":"10","fiat_amount":"2000.02"`), "(fiat_amount) The amount does not match currency_amount at the ad's price: it would be 2000.00.", invalid},
		{facetest.OfferBody(id, `"currency_amount":"10","fee":1`), "(fee) unknown field fee; use one of ad, currency_amount, fiat_amount, payment_method, payment_details", invalid},
		{`{"ad":1,"ad":2}`, "(ad) field ad is repeated; send it once", invalid},
	}
	for _, r := range refused {
		m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", r.body).Failed(r.message, r.code)
	}
	own := m.Ask(t, facetest.Ann, "POST", "/p2p/offer/create", facetest.OfferBody(id, `"currency_amount":"10"`))
	own.Failed("(ad) you cannot take your own ad", "OWN_AD")
}

// What the exchange refuses names the field that is to blame.
func TestBuyFlow_refused(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	offer := func(amount string) facetest.Answer {
		return m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(id, `"currency_amount":"`+amount+`"`))
	}
	terms := func(from, to string) {
		t.Helper()
		m.Ask(t, facetest.Ann, "PUT", facetest.ExchangePath+"ads/"+id, strings.Replace(facetest.Ad("sell"), from, to, 1)).Is(200)
	}
	offer("999.99").Failed("(currency_amount) the amount is below the ad's minimum", "AMOUNT_TOO_LOW")
	offer("50000.01").Failed("(currency_amount) the amount is above the ad's maximum", "AMOUNT_TOO_HIGH")
	m.Complete(t, m.NewOrder(t, facetest.Bob, id), 5)
	offer("45000.01").Failed("(currency_amount) the amount is more than the ad has left", "AMOUNT_EXCEEDS_AVAILABLE")
	terms(`5000000`, `20000000`)
	offer("95000.01").Failed("the seller's available balance does not cover the amount", "SELLER_INSUFFICIENT_BALANCE")
	terms(`"exchange_rate":100,"min_amount":100000`, `"exchange_rate":1,"min_amount":1`)
	offer("0.01").Failed("(currency_amount) the amount is too small: at this rate its price rounds to zero; take more", "AMOUNT_TOO_SMALL")
	m.Failing("Balance", errors.New("secret detail of the database"))
	if a := offer("1000").Is(500); strings.Contains(a.Body, "database") {
		t.Error(a.Body)
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
			{facetest.Ann, paid, noPaid, role},
			{facetest.Ann, cancel, noCancel, role},
			{facetest.Bob, release, noRelease, role},
			{facetest.Ann, release, "Offer has not been marked as paid yet", status},
			{facetest.Bob, paid, "Offer successfully marked as paid", ""},
			{facetest.Bob, paid, "Offer has already been marked as paid", status},
			{facetest.Bob, cancel, "Offer has already been marked as paid", status},
			{facetest.Bob, release, noRelease, role},
			{facetest.Ann, release, "Funds have been released successfully", ""},
			{facetest.Ann, release, "Funds have already been released", status},
			{facetest.Bob, cancel, "Funds have already been released", status},
			{facetest.Bob, paid, "Offer has already been marked as paid", status},
		},
		"cancelled": {
			{facetest.Bob, cancel, "Offer cancelled successfully", ""},
			{facetest.Bob, cancel, "This offer is already cancelled", status},
			{facetest.Ann, release, "Offer is already cancelled", status},
			{facetest.Bob, paid, "Offer is already cancelled", status},
		},
		"of a stranger": {
			{facetest.Carl, paid, "You are not authorized to indicate payment on this offer", "ROLE_NOT_ALLOWED"}, // H10
			{facetest.Carl, cancel, "You are not authorized to cancel this offer", "ROLE_NOT_ALLOWED"},
			{facetest.Carl, release, "You are not authorized to release funds on this trade", "ROLE_NOT_ALLOWED"},
		},
	}
	for name, calls := range tests {
		for _, slash := range []string{"/", ""} {
			t.Run(name+slash, func(t *testing.T) {
				t.Parallel()
				m := facetest.NewExchange(t)
				offer := m.NewOrder(t, facetest.Bob, m.NewAd(t, facetest.Ann, "sell"))
				for _, c := range calls {
					a := m.Ask(t, c.user, "POST", fmt.Sprintf("/p2p/offer/%s/%s%s", c.step, offer, slash), nil)
					if c.code == "" {
						a.Succeeded(c.message).Has(map[string]string{"entity": "<nil>"})
					} else {
						a.Failed(c.message, c.code)
					}
				}
				for _, step := range []string{paid, cancel, release} {
					for _, id := range []string{"0", "999999", "x"} {
						m.Ask(t, facetest.Bob, "POST", "/p2p/offer/"+step+"/"+id+slash, nil).Failed("Offer not found", "ORDER_NOT_FOUND")
					}
				}
			})
		}
	}
}

// A claim is withdrawn on this face too, in so many words; the states after it.
func TestBuyFlow_states(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	offer := m.NewOrder(t, facetest.Bob, id)
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).Is(200)
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/cancel/"+offer+"/", `{"not_paid":true}`).Succeeded("Offer cancelled successfully")
	offer = m.NewOrder(t, facetest.Bob, id)
	m.Clock.Advance(31 * time.Minute)
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).Failed("Offer has expired", "ORDER_EXPIRED")
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/"+offer+"/", `{"x":1}`).Failed("(x) unknown field x; this route takes no body", "VALIDATION_ERROR")
	m.Ask(t, facetest.Bob, "GET", "/p2p/offer/paid/"+offer+"/", nil).Is(405)
	m.Ban(t, facetest.Bob)
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).Failed("Offer has expired", "ORDER_EXPIRED") // it can still be called back
	m.Clock.Advance(15 * time.Minute)
	if _, err := m.Engine.FireDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/"+offer+"/", nil).Failed("you are banned from this exchange", "BANNED")
}

// Contract 22: a reused key is a 400 envelope here.
func TestBuyFlow_idempotency(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	first := m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(id, `"currency_amount":"1000"`), facetest.Once("k")).Is(200)
	again := m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create", facetest.OfferBody(id, `"currency_amount":"1000"`), facetest.Once("k")).Is(200)
	if first.Body != again.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%s is not replayed: %s", first.Body, again.Body)
	}
	m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(id, `"currency_amount":"2000"`), facetest.Once("k")).
		Failed("this Idempotency-Key was used with another request; make a new key for a new request", "IDEMPOTENCY_CONFLICT")
	offer := first.At("entity.id")
	for range 2 {
		m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/"+offer+"/", nil, facetest.Once("p")).Succeeded("Offer successfully marked as paid")
	}
}

// The rate limit has the envelope too, with its status.
func TestBuyFlow_limits(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeIn(t, func(c *server.Config) { c.RateLimits = true })
	for range 60 {
		a := m.Ask(t, facetest.Bob, "POST", "/p2p/offer/paid/1/", nil)
		if a.Status == 429 {
			a.Has(map[string]string{"status": "failure", "success": "false", "code": "RATE_LIMITED"})
			return
		}
	}
	t.Error("no limit")
}
