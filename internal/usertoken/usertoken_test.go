package usertoken_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/usertoken"
)

const (
	issuer   = "https://market.example.com"
	audience = "handsel"
	userID   = "598b1f02-b6b5-4197-a399-c8537e45d768"
)

var (
	now    = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	secret = []byte("an example secret of 32 bytes...")
	ann    = usertoken.User{ID: userID, Name: "Ann Example", Community: 501, Expires: now.Add(time.Hour)}
)

func config() usertoken.Config {
	return usertoken.Config{
		Community: 501, Secrets: [][]byte{secret}, Issuer: issuer, Audience: audience, Leeway: 30 * time.Second,
		Now: func() time.Time { return now },
	}
}

func verifier(t testing.TB, cfg usertoken.Config) *usertoken.Verifier {
	t.Helper()
	v, err := usertoken.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// good are the claims of Ann's token, to be spoilt.
func good() jwt.MapClaims {
	return jwt.MapClaims{
		"iss": issuer, "aud": audience, "sub": userID, "exp": now.Add(time.Hour).Unix(), "name": "Ann Example", "community": 501,
	}
}

func sign(t testing.TB, method jwt.SigningMethod, key any, claims jwt.Claims, header map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSign_verifies(t *testing.T) {
	t.Parallel()
	boss := ann
	boss.Operator = true
	for _, want := range []usertoken.User{ann, boss} {
		text, err := usertoken.Sign(secret, want, issuer, audience, now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := verifier(t, config()).Verify(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("user (-want +got):\n%s", diff)
		}
	}
	for name, bad := range map[string]usertoken.User{
		"no id": {Name: "Ann", Community: 501, Expires: now}, "no name": {ID: userID, Community: 501, Expires: now}, "no community": {ID: userID, Name: "Ann", Expires: now},
	} {
		if text, err := usertoken.Sign(secret, bad, issuer, audience, now); err == nil {
			t.Errorf("%s: signed %s", name, text)
		}
	}
	if _, err := usertoken.Sign(secret[:31], ann, issuer, audience, now); err == nil || strings.Contains(err.Error(), string(secret[:31])) {
		t.Errorf("a short secret: %v", err)
	}
}

func TestVerify_accepts(t *testing.T) {
	t.Parallel()
	second := []byte("another example secret, 32 bytes")
	cfg := config()
	cfg.Secrets = append(cfg.Secrets, second)
	v := verifier(t, cfg)
	with := func(name string, value any) jwt.MapClaims {
		c := good()
		c[name] = value
		return c
	}
	tests := map[string]string{
		"the second secret":        sign(t, jwt.SigningMethodHS256, second, good(), nil),
		"several audiences":        sign(t, jwt.SigningMethodHS256, secret, with("aud", []string{"shop", audience}), nil),
		"expired within leeway":    sign(t, jwt.SigningMethodHS256, secret, with("exp", now.Add(-29*time.Second).Unix()), nil),
		"not before within leeway": sign(t, jwt.SigningMethodHS256, secret, with("nbf", now.Add(29*time.Second).Unix()), nil),
		"unknown claims":           sign(t, jwt.SigningMethodHS256, secret, with("locale", "fi"), nil),
		"an empty role":            sign(t, jwt.SigningMethodHS256, secret, with("role", ""), nil),
		"capital letters":          sign(t, jwt.SigningMethodHS256, secret, with("sub", strings.ToUpper(userID)), nil),
		"a key id, not looked at":  sign(t, jwt.SigningMethodHS256, secret, good(), map[string]any{"kid": "../../dev/null"}),
	}
	for name, text := range tests {
		if u, err := v.Verify(t.Context(), text); err != nil || u.ID != userID || u.Operator {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
}

func TestNew_refusals(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*usertoken.Config){
		"no issuer":         func(c *usertoken.Config) { c.Issuer = "" },
		"no audience":       func(c *usertoken.Config) { c.Audience = "" },
		"no keys":           func(c *usertoken.Config) { c.Secrets = nil },
		"a short secret":    func(c *usertoken.Config) { c.Secrets = [][]byte{secret, secret[:31]} },
		"negative leeway":   func(c *usertoken.Config) { c.Leeway = -1 },
		"too much leeway":   func(c *usertoken.Config) { c.Leeway = 61 * time.Second },
		"two key sets":      func(c *usertoken.Config) { c.JWKS, c.JWKSURL = []byte(`{}`), "https://market.example.com/jwks" },
		"empty key set":     func(c *usertoken.Config) { c.JWKS = []byte(`{"keys":[]}`) },
		"a set of nonsense": func(c *usertoken.Config) { c.JWKS = []byte(`keys`) },
		"symmetric keys":    func(c *usertoken.Config) { c.JWKS = []byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`) },
		"plain http":        func(c *usertoken.Config) { c.JWKSURL = "http://market.example.com/jwks" },
		"http to localhost's namesake": func(c *usertoken.Config) {
			c.JWKSURL = "http://localhost.example.com/jwks"
		},
		"a file":                func(c *usertoken.Config) { c.JWKSURL = "file:///etc/jwks" },
		"a password in the URL": func(c *usertoken.Config) { c.JWKSURL = "https://me:hunter2@market.example.com/jwks" },
	}
	for name, spoil := range tests {
		cfg := config()
		spoil(&cfg)
		_, err := usertoken.New(cfg)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), string(secret[:31])) {
			t.Errorf("%s: %v shows a secret", name, err)
		}
	}
}

// FuzzVerify: only what was signed verifies. JSON and base64 are decoded before
// the signature is checked, so nothing in there may panic.
func FuzzVerify(f *testing.F) {
	text, err := usertoken.Sign(secret, ann, issuer, audience, now)
	if err != nil {
		f.Fatal(err)
	}
	v := verifier(f, config())
	f.Add(text)
	f.Add("..")
	f.Add("eyJhbGciOiJIUzI1NiJ9.bnVsbA.")
	f.Fuzz(func(t *testing.T, guess string) {
		u, err := v.Verify(t.Context(), guess)
		if err == nil && guess != text {
			t.Fatalf("%q verifies as %+v", guess, u)
		}
		if err != nil && fault.ReasonOf(err) != "invalid_token" {
			t.Fatalf("%q: %v", guess, err)
		}
	})
}

// FuzzClaims: whatever is signed, a user that comes out is complete.
func FuzzClaims(f *testing.F) {
	v := verifier(f, config())
	f.Add(`{"iss":"https://market.example.com","aud":"handsel","sub":"598b1f02-b6b5-4197-a399-c8537e45d768","exp":1772445600,"name":"Ann","community":501}`)
	f.Add(`null`)
	f.Add(`{"exp":1e400,"aud":[null]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		u, err := v.Verify(t.Context(), raw(t, `{"alg":"HS256"}`, payload))
		if err != nil {
			return
		}
		if len(u.ID) != len(userID) || u.Name == "" || u.Community < 1 || u.Expires.Before(now.Add(-30*time.Second)) {
			t.Fatalf("%s became %+v", payload, u)
		}
	})
}
