package exchangeapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/trade"
)

// Contract 39 and 47: who has no token, on every route.
func TestExchange_unauthenticated(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeWith(t, func(x *trade.Exchange) { x.Community = 0 })
	routes := 0
	for _, route := range m.Server.Routes() {
		exchangeFace, flow := strings.HasPrefix(route.Path, facetest.ExchangePath), strings.HasPrefix(route.Path, "/p2p/")
		if !exchangeFace && !flow {
			continue
		}
		routes++
		path := strings.NewReplacer("{id}", "1", "{file}", "1").Replace(route.Path)
		expired := m.Token(facetest.Bob, -time.Hour)
		for name, o := range map[string]facetest.Option{
			"no token": facetest.Anonymous, "nonsense": facetest.Header("Authorization", "Bearer nonsense"), "basic": facetest.Header("Authorization", "Basic eDp5"),
			"empty": facetest.Header("Authorization", "Bearer "), "expired": facetest.Header("Authorization", "Bearer "+expired), "an API key": facetest.WithKey(m.Key),
		} {
			a := m.Call(t, route.Method, path, "", o)
			if flow {
				if a.Is(401); a.Body != `{"detail":"Authentication credentials were not provided."}` {
					t.Errorf("%s %s with %s: %s", route.Method, path, name, a.Body)
				}
				continue
			}
			a.Denied(401, "UNAUTHENTICATED").Exactly("", "code", "message", "request_id")
		}
	}
	if routes < 30 {
		t.Errorf("only %d routes", routes)
	}
}

// Without an exchange there is nothing at its paths.
func TestExchange_off(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for _, path := range []string{facetest.ExchangePath + "ads", "/p2p/ad/detail/1", "/ws/p2p/"} {
		w.Call(t, "GET", path, nil).Refused(404, "route_not_found")
	}
}

// Contract 22: keys on the exchange.
func TestExchange_idempotency(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	body := `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`
	first := m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body, facetest.Once("k1")).Is(200)
	order := first.At("id")
	calls := []struct{ user, path, body, other string }{
		{facetest.Bob, "orders", body, strings.Replace(body, "500000", "600000", 1)},
		{facetest.Ann, "ads", facetest.Ad("buy"), facetest.Ad("sell")},
		{facetest.Ann, "ads/" + id + "/pause", "", `{}`},
		{facetest.Bob, "orders/" + order + "/confirm-paid", "", `{}`},
		{facetest.Bob, "orders/" + order + "/messages", `{"message":"a"}`, `{"message":"b"}`},
		{facetest.Ann, "orders/" + order + "/confirm-received", "", `{}`},
		{facetest.Bob, "orders/" + order + "/rate", `{"rating":5}`, `{"rating":4}`},
	}
	for _, call := range calls {
		first := m.Ask(t, call.user, "POST", facetest.ExchangePath+call.path, call.body, facetest.Once("k1")).Is(200)
		again := m.Ask(t, call.user, "POST", facetest.ExchangePath+call.path, call.body, facetest.Once("k1")).Is(200)
		if diff := cmp.Diff(first.Body, again.Body); diff != "" || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: replayed %q, diff %s", call.path, again.Header.Get("Idempotent-Replayed"), diff)
		}
		m.Ask(t, call.user, "POST", facetest.ExchangePath+call.path, call.other, facetest.Once("k1")).Denied(409, "IDEMPOTENCY_CONFLICT")
	}
	// A refusal leaves the key free.
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("buy"), facetest.Once("k2")).Denied(400, "DUPLICATE_AD_TYPE")
	m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"ads", facetest.Ad("buy"), facetest.Once("k2")).Is(200)
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("buy"), facetest.Once("k2")).Denied(400, "DUPLICATE_AD_TYPE")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("buy"), facetest.Once(" ")).Denied(400, "VALIDATION_ERROR")
}

// A request that is sent twice at once is refused by what it did itself: it gets its own
// answer, on both faces.
func TestExchange_twiceAtOnce(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	for path, body := range map[string]string{
		facetest.ExchangePath + "orders": `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`,
		"/p2p/offer/create/":             facetest.OfferBody(id, `"currency_amount":"5000"`),
	} {
		send := func() facetest.Answer { return m.Ask(t, facetest.Bob, "POST", path, body, facetest.Once("k")).Is(200) }
		var faster facetest.Answer
		m.Before("ExchangeRules", func() error {
			m.Failing("ExchangeRules", nil)
			faster = send()
			return nil
		})
		if slower := send(); slower.Body != faster.Body || slower.Header.Get("Idempotent-Replayed") != "true" || faster.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: %s and %s", path, faster.Body, slower.Body)
		}
		order := m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders?status=pending", nil).Has(map[string]string{"total": "1"}).At("items.0.id")
		m.Step(t, facetest.Ann, order, "cancel", "").Is(200)
	}
}

// Contract 6: limits per user and class, only where they are on.
func TestExchange_limits(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		m := facetest.NewExchangeIn(t, func(c *server.Config) { c.RateLimits = on })
		denied := 0
		for range 210 {
			if a := m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"balance", nil); a.Status == 429 {
				a.Denied(429, "RATE_LIMITED")
				if a.Header.Get("Retry-After") != "1" {
					t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
				}
				denied++
			}
		}
		if (denied > 0) != on {
			t.Errorf("limits %t: %d of 210 denied", on, denied)
		}
		m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"balance", nil).Is(200)
	}
}

// With the setting on, the exchange's face still waits for the buyer.
func TestConfirmReceived_early(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeWith(t, func(x *trade.Exchange) { x.ReleaseEarly = true })
	order := m.NewOrder(t, facetest.Bob, m.NewAd(t, facetest.Ann, "sell"))
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-received", nil).Denied(400, "INVALID_ORDER_STATUS")
	m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-received", nil).Denied(403, "ROLE_NOT_ALLOWED")
}

// A name in a token is stored and shown as what is written in a body is.
func TestS5_cardNumbersInTokens(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	for _, name := range []string{facetest.Card, "Ann " + facetest.Spelled(facetest.Card, 4, " "), facetest.InScript(facetest.Card, '０')} {
		token := m.TokenNamed(facetest.Ann, name, time.Hour)
		with := facetest.Header("Authorization", "Bearer "+token)
		m.Call(t, "GET", facetest.ExchangePath+"balance", "", with).Denied(401, "UNAUTHENTICATED")
		m.Call(t, "POST", "/p2p/ws-ticket", "", with).Is(401)
	}
}
