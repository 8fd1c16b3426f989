package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/server"
)

// Contract 39 and 47: who has no token, on every route.
func TestExchange_unauthenticated(t *testing.T) {
	t.Parallel()
	m := newExchangeWith(t, func(x *server.Exchange) { x.Community = 0 })
	routes := 0
	for _, route := range m.server.Routes() {
		exchangeFace, flow := strings.HasPrefix(route.Path, p2pPath), strings.HasPrefix(route.Path, "/p2p/")
		if !exchangeFace && !flow {
			continue
		}
		routes++
		path := strings.NewReplacer("{id}", "1", "{file}", "1").Replace(route.Path)
		expired := m.token(bob, -time.Hour)
		for name, o := range map[string]option{
			"no token": anonymous, "nonsense": header("Authorization", "Bearer nonsense"), "basic": header("Authorization", "Basic eDp5"),
			"empty": header("Authorization", "Bearer "), "expired": header("Authorization", "Bearer "+expired), "an API key": withKey(m.key),
		} {
			a := m.call(t, route.Method, path, "", o)
			if flow {
				if a.is(401); a.body != `{"detail":"Authentication credentials were not provided."}` {
					t.Errorf("%s %s with %s: %s", route.Method, path, name, a.body)
				}
				continue
			}
			a.denied(401, "UNAUTHENTICATED").exactly("", "code", "message", "request_id")
		}
	}
	if routes < 30 {
		t.Errorf("only %d routes", routes)
	}
}

// Without an exchange there is nothing at its paths.
func TestExchange_off(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{p2pPath + "ads", "/p2p/ad/detail/1", "/ws/p2p/"} {
		w.call(t, "GET", path, nil).refused(404, "route_not_found")
	}
}

// Contract 22: keys on the exchange.
func TestExchange_idempotency(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "sell")
	body := `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`
	first := m.ask(t, bob, "POST", p2pPath+"orders", body, once("k1")).is(200)
	order := first.at("id")
	calls := []struct{ user, path, body, other string }{
		{bob, "orders", body, strings.Replace(body, "500000", "600000", 1)},
		{ann, "ads", ad("buy"), ad("sell")},
		{ann, "ads/" + id + "/pause", "", `{}`},
		{bob, "orders/" + order + "/confirm-paid", "", `{}`},
		{bob, "orders/" + order + "/messages", `{"message":"a"}`, `{"message":"b"}`},
		{ann, "orders/" + order + "/confirm-received", "", `{}`},
		{bob, "orders/" + order + "/rate", `{"rating":5}`, `{"rating":4}`},
	}
	for _, call := range calls {
		first := m.ask(t, call.user, "POST", p2pPath+call.path, call.body, once("k1")).is(200)
		again := m.ask(t, call.user, "POST", p2pPath+call.path, call.body, once("k1")).is(200)
		if diff := cmp.Diff(first.body, again.body); diff != "" || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s: replayed %q, diff %s", call.path, again.header.Get("Idempotent-Replayed"), diff)
		}
		m.ask(t, call.user, "POST", p2pPath+call.path, call.other, once("k1")).denied(409, "IDEMPOTENCY_CONFLICT")
	}
	// A refusal leaves the key free.
	m.ask(t, ann, "POST", p2pPath+"ads", ad("buy"), once("k2")).denied(400, "DUPLICATE_AD_TYPE")
	m.ask(t, bob, "POST", p2pPath+"ads", ad("buy"), once("k2")).is(200)
	m.ask(t, ann, "POST", p2pPath+"ads", ad("buy"), once("k2")).denied(400, "DUPLICATE_AD_TYPE")
	m.ask(t, ann, "POST", p2pPath+"ads", ad("buy"), once(" ")).denied(400, "VALIDATION_ERROR")
}

// Contract 6: limits per user and class, only where they are on.
func TestExchange_limits(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{false, true} {
		m := newExchangeIn(t, func(c *server.Config) { c.RateLimits = on })
		denied := 0
		for range 210 {
			if a := m.ask(t, bob, "GET", p2pPath+"balance", nil); a.status == 429 {
				a.denied(429, "RATE_LIMITED")
				if a.header.Get("Retry-After") != "1" {
					t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
				}
				denied++
			}
		}
		if (denied > 0) != on {
			t.Errorf("limits %t: %d of 210 denied", on, denied)
		}
		m.ask(t, ann, "GET", p2pPath+"balance", nil).is(200)
	}
}

// With the setting on, the exchange's face still waits for the buyer.
func TestConfirmReceived_early(t *testing.T) {
	t.Parallel()
	m := newExchangeWith(t, func(x *server.Exchange) { x.ReleaseEarly = true })
	order := m.newOrder(t, bob, m.newAd(t, ann, "sell"))
	m.ask(t, ann, "POST", p2pPath+"orders/"+order+"/confirm-received", nil).denied(400, "INVALID_ORDER_STATUS")
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/confirm-received", nil).denied(403, "ROLE_NOT_ALLOWED")
}

// A name in a token is stored and shown as what is written in a body is.
func TestS5_cardNumbersInTokens(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	for _, name := range []string{card, "Ann " + spelled(card, 4, " "), inScript(card, '０')} {
		token := m.tokenNamed(ann, name, time.Hour)
		with := header("Authorization", "Bearer "+token)
		m.call(t, "GET", p2pPath+"balance", "", with).denied(401, "UNAUTHENTICATED")
		m.call(t, "POST", "/p2p/ws-ticket", "", with).is(401)
	}
}
