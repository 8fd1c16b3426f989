package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	expiring, text := apikey.Generate(ours, "expired", apikey.Test, []apikey.Scope{apikey.Read}, epoch)
	expiring.ExpiresAt = epoch
	w.must(w.store.AddKey(t.Context(), expiring, someone))
	_, unknown := apikey.Generate(ours, "unknown", apikey.Test, []apikey.Scope{apikey.Read}, epoch)
	swapped := w.key[:len(w.key)-64] + w.other[len(w.other)-64:]
	tests := []struct {
		name   string
		change option
		code   string
	}{
		{"none", anonymous, "unauthenticated"},
		{"other scheme", header("Authorization", "Digest "+w.key), "unauthenticated"},
		{"no scheme", header("Authorization", w.key), "unauthenticated"},
		{"empty", withKey(""), "invalid_api_key"},
		{"no key of ours", withKey("sk_test_123"), "invalid_api_key"},
		{"unknown", withKey(unknown), "invalid_api_key"},
		{"another key's secret", withKey(swapped), "invalid_api_key"},
		{"live instead of test", withKey(strings.Replace(w.key, "_test_", "_live_", 1)), "invalid_api_key"},
		{"expired", withKey(text), "expired_api_key"},
		{"as password", func(r *http.Request) { r.SetBasicAuth("x", w.key) }, "invalid_api_key"},
		{"two headers", func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+w.other) }, "unauthenticated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/v1/community", dealsPath + "1"} {
				a := w.call(t, "GET", path, nil, tt.change).refused(401, tt.code)
				if a.header.Get("WWW-Authenticate") == "" {
					t.Error("WWW-Authenticate is missing")
				}
			}
		})
	}
	w.call(t, "GET", "/v1/community", nil, func(r *http.Request) { r.SetBasicAuth(w.key, "") }).is(200)
	w.call(t, "GET", "/v1/community", nil, header("Authorization", "bearer "+w.key)).is(200)
	w.call(t, "GET", "/v1/community?api_key="+w.key, nil, anonymous).refused(401, "unauthenticated")
	for _, secret := range []string{w.key[len(w.key)-64:], w.other[len(w.other)-64:], unknown[len(unknown)-64:], "sk_test_123"} {
		if strings.Contains(w.log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

func TestActors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name   string
		change []option
		status int
		code   string
	}{
		{"empty user", []option{as("")}, 400, "invalid_actor"},
		{"user with space", []option{as("be a")}, 400, "invalid_actor"},
		{"user beyond ASCII", []option{as("béa")}, 400, "invalid_actor"},
		{"long user", []option{as(strings.Repeat("b", 129))}, 400, "invalid_actor"},
		{"two users", []option{func(r *http.Request) { r.Header["Handsel-Actor"] = []string{"a", "b"} }}, 400, "ambiguous_actor"},
		{"user and staff", []option{as("bea"), staff("ann")}, 400, "ambiguous_actor"},
		{"empty staff", []option{staff("")}, 400, "invalid_actor"},
		{"staff without scope", []option{staff("ann"), withKey(w.scopes(apikey.Read, apikey.Write))}, 403, "missing_scope"},
		{"writing key reads", []option{withKey(w.scopes(apikey.Write))}, 403, "missing_scope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, "GET", "/v1/community", nil, tt.change...).refused(tt.status, tt.code)
		})
	}
	id := w.sell(t, "1")
	w.take(t, id, "cancel", map[string]string{"reason": "both asked for it"}, "cancelled", staff("ann"))
	w.call(t, "GET", "/v1/transactions/"+id+"/timeline", nil).is(200).has(map[string]string{"items.0.actor": "backend", "items.2.actor": "operator:ann"})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.RateLimits = true })
	ask := func(o ...option) answer { return w.call(t, "GET", "/v1/community", nil, o...) }
	for range 400 {
		ask().is(200)
	}
	if a := ask().refused(429, "rate_limited"); a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	ask(withKey(w.other)).is(200)
	w.clock.advance(5 * time.Millisecond)
	ask().is(200)
	ask().is(429)
	for range 20 {
		ask(withKey("wrong")).is(401)
	}
	spoofed := []option{withKey("wrong"), header("X-Forwarded-For", "192.0.2.99")}
	ask(spoofed...).refused(429, "rate_limited")
	w.clock.advance(time.Second)
	ask(spoofed...).is(401)
}

func TestNoRateLimitByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 500 {
		w.call(t, "GET", "/v1/community", nil).is(200)
	}
}

// A trusted proxy's word on the client's address is taken, nobody else's.
func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *server.Config) { c.RateLimits, c.TrustedProxies = true, []string{"192.0.2.1"} })
	for i := range 25 {
		client := header("X-Forwarded-For", "198.51.100."+string(rune('0'+i%10)))
		w.call(t, "GET", "/v1/community", nil, withKey("wrong"), client).is(401)
	}
	if _, err := server.New(server.Config{
		Engine: w.engine, Keys: w.store, Profiles: w.store, IDs: w.ids, TrustedProxies: []string{"nowhere"},
	}); err == nil {
		t.Error("a proxy that is no address was accepted")
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := server.New(server.Config{}); err == nil {
		t.Error("an empty configuration was accepted")
	}
}

// A test key moves no real money, a live one opens no sandbox, and a key that was
// printed by handsel dev opens no real server.
func TestS2_keyMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []apikey.Mode{apikey.Test, apikey.Live} {
		w := newWorldWith(t, func(c *server.Config) { c.Mode, c.NoDevKeys = mode, true })
		for _, of := range []apikey.Mode{apikey.Test, apikey.Live} {
			key, text := apikey.Generate(ours, "some", of, []apikey.Scope{apikey.Read}, epoch)
			w.must(w.store.AddKey(t.Context(), key, someone))
			a := w.call(t, "GET", "/v1/community", nil, withKey(text))
			if of == mode {
				a.is(200)
			} else {
				a.refused(401, "key_mode")
			}
		}
		key, text := apikey.Generate(ours, "dev", mode, []apikey.Scope{apikey.Read}, epoch)
		key.Origin = apikey.Dev
		w.must(w.store.AddKey(t.Context(), key, someone))
		w.call(t, "GET", "/v1/community", nil, withKey(text)).refused(401, "dev_key")
	}
}
