package deal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	expiring, text := apikey.Generate(facetest.Ours, "expired", apikey.Test, []apikey.Scope{apikey.Read}, facetest.Epoch)
	expiring.ExpiresAt = facetest.Epoch
	w.Must(w.Store.AddKey(t.Context(), expiring, facetest.Someone))
	_, unknown := apikey.Generate(facetest.Ours, "unknown", apikey.Test, []apikey.Scope{apikey.Read}, facetest.Epoch)
	swapped := w.Key[:len(w.Key)-64] + w.Other[len(w.Other)-64:]
	tests := []struct {
		name   string
		change facetest.Option
		code   string
	}{
		{"none", facetest.Anonymous, "unauthenticated"},
		{"other scheme", facetest.Header("Authorization", "Digest "+w.Key), "unauthenticated"},
		{"no scheme", facetest.Header("Authorization", w.Key), "unauthenticated"},
		{"empty", facetest.WithKey(""), "invalid_api_key"},
		{"no key of ours", facetest.WithKey("sk_test_123"), "invalid_api_key"},
		{"unknown", facetest.WithKey(unknown), "invalid_api_key"},
		{"another key's secret", facetest.WithKey(swapped), "invalid_api_key"},
		{"live instead of test", facetest.WithKey(strings.Replace(w.Key, "_test_", "_live_", 1)), "invalid_api_key"},
		{"expired", facetest.WithKey(text), "expired_api_key"},
		{"as password", func(r *http.Request) { r.SetBasicAuth("x", w.Key) }, "invalid_api_key"},
		{"two headers", func(r *http.Request) { r.Header.Add("Authorization", "Bearer "+w.Other) }, "unauthenticated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/v1/community", facetest.DealsPath + "1"} {
				a := w.Call(t, "GET", path, nil, tt.change).Refused(401, tt.code)
				if a.Header.Get("WWW-Authenticate") == "" {
					t.Error("WWW-Authenticate is missing")
				}
			}
		})
	}
	w.Call(t, "GET", "/v1/community", nil, func(r *http.Request) { r.SetBasicAuth(w.Key, "") }).Is(200)
	w.Call(t, "GET", "/v1/community", nil, facetest.Header("Authorization", "bearer "+w.Key)).Is(200)
	w.Call(t, "GET", "/v1/community?api_key="+w.Key, nil, facetest.Anonymous).Refused(401, "unauthenticated")
	for _, secret := range []string{w.Key[len(w.Key)-64:], w.Other[len(w.Other)-64:], unknown[len(unknown)-64:], "sk_test_123"} {
		if strings.Contains(w.Log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
}

func TestActors(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	tests := []struct {
		name   string
		change []facetest.Option
		status int
		code   string
	}{
		{"empty user", []facetest.Option{facetest.As("")}, 400, "invalid_actor"},
		{"user with space", []facetest.Option{facetest.As("be a")}, 400, "invalid_actor"},
		{"user beyond ASCII", []facetest.Option{facetest.As("béa")}, 400, "invalid_actor"},
		{"long user", []facetest.Option{facetest.As(strings.Repeat("b", 129))}, 400, "invalid_actor"},
		{"two users", []facetest.Option{func(r *http.Request) { r.Header["Handsel-Actor"] = []string{"a", "b"} }}, 400, "ambiguous_actor"},
		{"user and staff", []facetest.Option{facetest.As("bea"), facetest.Staff("ann")}, 400, "ambiguous_actor"},
		{"empty staff", []facetest.Option{facetest.Staff("")}, 400, "invalid_actor"},
		{"staff without scope", []facetest.Option{facetest.Staff("ann"), facetest.WithKey(w.Scopes(apikey.Read, apikey.Write))}, 403, "missing_scope"},
		{"writing key reads", []facetest.Option{facetest.WithKey(w.Scopes(apikey.Write))}, 403, "missing_scope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, "GET", "/v1/community", nil, tt.change...).Refused(tt.status, tt.code)
		})
	}
	id := w.Sell(t, "1")
	w.Take(t, id, "cancel", map[string]string{"reason": "both asked for it"}, "cancelled", facetest.Staff("ann"))
	w.Call(t, "GET", "/v1/transactions/"+id+"/timeline", nil).Is(200).Has(map[string]string{"items.0.actor": "backend", "items.2.actor": "operator:ann"})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.RateLimits = true })
	ask := func(o ...facetest.Option) facetest.Answer { return w.Call(t, "GET", "/v1/community", nil, o...) }
	for range 400 {
		ask().Is(200)
	}
	if a := ask().Refused(429, "rate_limited"); a.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
	}
	ask(facetest.WithKey(w.Other)).Is(200)
	w.Clock.Advance(5 * time.Millisecond)
	ask().Is(200)
	ask().Is(429)
	for range 20 {
		ask(facetest.WithKey("wrong")).Is(401)
	}
	spoofed := []facetest.Option{facetest.WithKey("wrong"), facetest.Header("X-Forwarded-For", "192.0.2.99")}
	ask(spoofed...).Refused(429, "rate_limited")
	w.Clock.Advance(time.Second)
	ask(spoofed...).Is(401)
}

func TestNoRateLimitByDefault(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for range 500 {
		w.Call(t, "GET", "/v1/community", nil).Is(200)
	}
}

// A trusted proxy's word on the client's address is taken, nobody else's.
func TestTrustedProxy(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.RateLimits, c.TrustedProxies = true, []string{"192.0.2.1"} })
	for i := range 25 {
		client := facetest.Header("X-Forwarded-For", "198.51.100."+string(rune('0'+i%10)))
		w.Call(t, "GET", "/v1/community", nil, facetest.WithKey("wrong"), client).Is(401)
	}
	if _, err := server.New(server.Config{
		Engine: w.Engine, Keys: w.Store, Profiles: w.Store, Books: w.Store, IDs: w.Ids, TrustedProxies: []string{"nowhere"},
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
		w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Mode, c.NoDevKeys = mode, true })
		for _, of := range []apikey.Mode{apikey.Test, apikey.Live} {
			key, text := apikey.Generate(facetest.Ours, "some", of, []apikey.Scope{apikey.Read}, facetest.Epoch)
			w.Must(w.Store.AddKey(t.Context(), key, facetest.Someone))
			a := w.Call(t, "GET", "/v1/community", nil, facetest.WithKey(text))
			if of == mode {
				a.Is(200)
			} else {
				a.Refused(401, "key_mode")
			}
		}
		key, text := apikey.Generate(facetest.Ours, "dev", mode, []apikey.Scope{apikey.Read}, facetest.Epoch)
		key.Origin = apikey.Dev
		w.Must(w.Store.AddKey(t.Context(), key, facetest.Someone))
		w.Call(t, "GET", "/v1/community", nil, facetest.WithKey(text)).Refused(401, "dev_key")
	}
}
