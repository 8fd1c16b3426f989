package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/trade"
	"github.com/handsel-dev/handsel/server/web"
)

const (
	market    = "https://market.example.com"
	stranger  = "https://evil.example"
	originsOf = "/v1/community/origins"
)

func from(origin string) facetest.Option { return facetest.Header("Origin", origin) }

func asking(method string) facetest.Option {
	return facetest.Header("Access-Control-Request-Method", method)
}

// shownTo is the origin that an answer is for.
func shownTo(a facetest.Answer) string { return a.Header.Get("Access-Control-Allow-Origin") }

// TestPages_preflight asks for every route, from a page that may call and from one that may not.
func TestPages_preflight(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeIn(t, func(c *server.Config) { facetest.KeepAll(t, c) })
	m.Call(t, "PUT", originsOf, facetest.Object{"origins": []string{market}}).Is(200)
	for _, r := range m.Server.Routes() {
		path := facetest.SamplePath.Replace(r.Path)
		a := m.Call(t, "OPTIONS", path, nil, facetest.Anonymous, from(market), asking(r.Method))
		if !r.Pages && !r.Published {
			if a.Status == http.StatusNoContent && slices.Contains(strings.Split(a.Header.Get("Access-Control-Allow-Methods"), ", "), r.Method) {
				t.Errorf("%s %s is open to pages", r.Method, r.Path)
			}
			continue
		}
		if a.Status != http.StatusNoContent || shownTo(a) != market || !slices.Contains(strings.Split(a.Header.Get("Access-Control-Allow-Methods"), ", "), r.Method) ||
			!strings.Contains(strings.Join(a.Header.Values("Vary"), ", "), "Origin") || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %s: %d %v", r.Method, r.Path, a.Status, a.Header)
		}
		for _, origin := range []string{stranger, market + ".evil.example", "http://market.example.com", "null", ""} {
			a := m.Call(t, "OPTIONS", path, nil, facetest.Anonymous, from(origin), asking(r.Method))
			if shownTo(a) != "" || !strings.EqualFold(a.At("code"), "origin_not_allowed") {
				t.Errorf("%s %s is shown to %q: %d %s", r.Method, r.Path, shownTo(a), a.Status, a.Body)
			}
		}
	}
}

// TestPages_answers: an answer is for the pages of the caller's community alone, and a refusal too.
func TestPages_answers(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeIn(t, func(c *server.Config) { facetest.KeepAll(t, c) })
	const other = "https://other.example.com"
	m.Call(t, "PUT", originsOf, facetest.Object{"origins": []string{market}}).Is(200)
	m.Call(t, "PUT", originsOf, facetest.Object{"origins": []string{other}}, facetest.WithKey(m.Other)).Is(200)
	m.Call(t, "GET", originsOf, nil).Is(200).Has(map[string]string{"origins.0": market, "origins.1": "absent"})
	ours, theirs := m.AddKey(facetest.Ours, apikey.Publish), m.AddKey(facetest.Theirs, apikey.Publish)
	const orders, list = facetest.ExchangePath + "orders", "/v1/listings"
	for name, c := range map[string]struct {
		answer facetest.Answer
		shown  string
	}{
		"a user":                    {m.Call(t, "GET", orders, nil, m.By(facetest.Ann), from(market)).Is(200), market},
		"a user elsewhere":          {m.Call(t, "GET", orders, nil, m.By(facetest.Ann), from(other)).Is(200), ""},
		"no page":                   {m.Call(t, "GET", orders, nil, m.By(facetest.Ann)).Is(200), ""},
		"a strange page":            {m.Call(t, "GET", orders, nil, m.By(facetest.Ann), from(stranger)).Is(200), ""},
		"a refusal":                 {m.Call(t, "GET", orders, nil, facetest.Anonymous, from(market)).Is(401), market},
		"a key for pages":           {m.Call(t, "GET", list, nil, facetest.WithKey(ours), from(market)).Is(200), market},
		"another community's":       {m.Call(t, "GET", list, nil, facetest.WithKey(theirs), from(market)).Is(200), ""},
		"another community's there": {m.Call(t, "GET", list, nil, facetest.WithKey(theirs), from(other)).Is(200), other},
		"what is not for pages":     {m.Call(t, "GET", "/v1/transactions", nil, from(market)).Is(200), ""},
		"ads":                       {m.Call(t, "GET", facetest.ExchangePath+"ads", nil, facetest.WithKey(ours), from(market)).Is(200), market},
	} {
		if got := shownTo(c.answer); got != c.shown {
			t.Errorf("%s: the answer is for %q, want %q", name, got, c.shown)
		}
	}
	m.Call(t, "PUT", originsOf, facetest.Object{"origins": []string{}}).Is(200).Has(map[string]string{"origins": "[]"})
	m.Call(t, "OPTIONS", orders, nil, facetest.Anonymous, from(market), asking("GET")).Is(403)
	for _, bad := range []string{"*", "https://*.example.com", "https://bücher.example.com", "https://market.example.com:99999", market + "/", market + "/shop", "http://market.example.com", "HTTPS://market.example.com", market + ":443", "market.example.com", "https://user@market.example.com", "null", "", "javascript:alert(1)"} {
		m.Call(t, "PUT", originsOf, facetest.Object{"origins": []string{bad}}).Refused(400, "invalid_origin")
	}
	m.Call(t, "PUT", originsOf, facetest.Object{"origins": []string{"http://localhost:5173", market + ":8443"}}).Is(200)
	m.Call(t, "OPTIONS", orders, nil, facetest.Anonymous, from("http://localhost:5173"), asking("GET")).Is(204)
	m.Call(t, "OPTIONS", orders, nil, facetest.Anonymous, from("http://localhost:5174"), asking("GET")).Is(403)
}

// TestPages_settings: what the server's settings let in may call every community.
func TestPages_settings(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeWith(t, func(x *trade.Exchange) { x.AllowedOrigins, x.LocalOrigins = []string{market}, true })
	for origin, shown := range map[string]string{market: market, "http://localhost:3000": "http://localhost:3000", "http://127.0.0.1": "http://127.0.0.1", stranger: "", "http://localhost.evil.example": ""} {
		if a := m.Call(t, "POST", "/p2p/ws-ticket/", nil, m.By(facetest.Ann), from(origin)).Is(200); shownTo(a) != shown {
			t.Errorf("%s: shown to %q", origin, shownTo(a))
		}
	}
}

// TestPublishableKey: it calls what is published and nothing else, for nobody, and sees what is
// for everybody.
func TestPublishableKey(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchangeIn(t, func(c *server.Config) { facetest.KeepAll(t, c) })
	key := m.AddKey(facetest.Ours, apikey.Publish)
	if !strings.HasPrefix(key, "hpk_test_") {
		t.Errorf("key %s", key)
	}
	open := 0
	for _, r := range m.Server.Routes() {
		if r.Access == web.Public || r.Access == web.Users {
			continue
		}
		a := m.Knock(t, r, "", facetest.WithKey(key))
		if refused := a.Status == 403; refused == r.Published {
			t.Errorf("%s %s answers a publishable key %d %s", r.Method, r.Path, a.Status, a.Body)
		}
		if r.Published {
			open++
		}
	}
	if open != 5 {
		t.Errorf("%d routes are published", open)
	}
	shown := m.Call(t, "POST", "/v1/listings", facetest.Changed(facetest.Bike(), facetest.Object{"external_reference": "secret-1", "metadata": facetest.Object{"a": "b"}})).Is(201).At("id")
	hidden := m.Call(t, "POST", "/v1/listings", facetest.Changed(facetest.Bike(), facetest.Object{"disabled": true})).Is(201).At("id")
	m.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(key)).Is(200).Has(map[string]string{"items.0.id": shown, "items.1": "absent", "items.0.metadata": "absent", "items.0.external_reference": "absent"})
	m.Call(t, "GET", "/v1/listings/"+shown, nil, facetest.WithKey(key)).Is(200).Has(map[string]string{"title": "City bike", "metadata": "absent", "external_reference": "absent"})
	m.Call(t, "GET", "/v1/listings/"+hidden, nil, facetest.WithKey(key)).Refused(404, "listing_not_found")
	m.Call(t, "GET", "/v1/listings/"+hidden+"/availability?from=2030-01-01&to=2030-01-03", nil, facetest.WithKey(key)).Refused(404, "listing_not_found")
	m.Call(t, "GET", "/v1/listings?state=disabled", nil, facetest.WithKey(key)).Refused(403, "missing_scope")
	m.Call(t, "GET", "/v1/listings?external_reference=secret-1", nil, facetest.WithKey(key)).Refused(403, "not_backend")
	m.Call(t, "GET", "/v1/listings?metadata[a]=b", nil, facetest.WithKey(key)).Refused(403, "not_backend")
	m.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(key), facetest.As("sam")).Refused(403, "missing_scope")
	m.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(key), facetest.Staff("ann")).Refused(403, "missing_scope")
	m.Call(t, "GET", "/v1/users/sam/rating", nil, facetest.WithKey(key)).Is(200)
	m.Call(t, "POST", "/v1/prices/preview", facetest.Object{"gateway": "balance", "unit_price": facetest.Euros(500)}, facetest.WithKey(key)).Is(200)
	m.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(strings.Replace(key, "hpk_", "hsk_", 1))).Refused(401, "invalid_api_key")
	m.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(strings.Replace(m.Key, "hsk_", "hpk_", 1))).Refused(401, "invalid_api_key")
	m.Call(t, "GET", facetest.ExchangePath+"orders", nil, facetest.WithKey(key)).Is(401)
	m.Must(m.Store.RevokeKey(t.Context(), strings.Split(key, "_")[2], facetest.Epoch, facetest.Someone))
	m.Call(t, "GET", "/v1/listings", nil, facetest.WithKey(key)).Refused(401, "expired_api_key")
	m.Call(t, "GET", facetest.ExchangePath+"ads", nil, facetest.WithKey(key)).Is(401)
}
