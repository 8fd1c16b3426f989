package client_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// idToken signs claims; alg is what its header says.
func idToken(t *testing.T, key *rsa.PrivateKey, alg string, claims map[string]any) string {
	t.Helper()
	body, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	text := encoded([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + encoded(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encoded(signature)
}

// Who has logged in is only believed of a token that the login server has signed for this client and this login.
func TestOAuth_Identify(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	with := func(base string, name string, value any) map[string]any {
		all := map[string]any{"iss": base + "/realms/test", "sub": "sam-at-trustap", "aud": "shop", "azp": "shop", "exp": start.Unix() + 60, "nonce": "n1"}
		all[name] = value
		return all
	}
	right := func(name string, value any) func(string) string {
		return func(base string) string { return idToken(t, key, "RS256", with(base, name, value)) }
	}
	for name, tt := range map[string]struct {
		token func(base string) string
		wrong string
	}{
		"right":                   {right("sub", "sam-at-trustap"), ""},
		"several readers":         {right("aud", []string{"api", "shop"}), ""},
		"of another client":       {right("aud", "else"), "client"},
		"made for another client": {right("azp", "else"), "client"},
		"several readers and nobody": {func(base string) string {
			c := with(base, "aud", []string{"api", "shop"})
			delete(c, "azp")
			return idToken(t, key, "RS256", c)
		}, "client"},
		"of another issuer":       {right("iss", "https://evil.example.com"), "issuer"},
		"of another login":        {right("nonce", "n2"), "login"},
		"without a login":         {right("nonce", ""), "login"},
		"over":                    {right("exp", start.Unix()), "time"},
		"of nobody":               {right("sub", ""), "user"},
		"of two lines":            {right("sub", "a\nb"), "user"},
		"signed by somebody else": {func(base string) string { return idToken(t, other, "RS256", with(base, "azp", "shop")) }, "signed"},
		"without a signature": {func(base string) string {
			return strings.Replace(idToken(t, key, "none", with(base, "azp", "shop")), "", "", 1)
		}, "readable"},
		"with a key that both know": {func(base string) string { return idToken(t, key, "HS256", with(base, "azp", "shop")) }, "readable"},
		"there is none":             {func(string) string { return "" }, "readable"},
		"there is something":        {func(string) string { return "a.b.c" }, "readable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rec *recorder
			rec = record(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/certs") {
					reply(200, `{"keys":[{"kty":"EC","use":"sig"},{"kty":"RSA","use":"sig","n":"`+encoded(key.N.Bytes())+`","e":"`+encoded(big.NewInt(int64(key.E)).Bytes())+`"}]}`)(w, r)
					return
				}
				reply(200, `{"access_token":"at-value","id_token":"`+tt.token(rec.URL)+`"}`)(w, r)
			})
			id, err := login(rec.URL, new(atomic.Int64)).Identify(t.Context(), client.Login{Verifier: "v-value", Nonce: "n1"}, "code-value")
			if tt.wrong == "" {
				if err != nil || id != "sam-at-trustap" {
					t.Errorf("%q, %v", id, err)
				}
				return
			}
			if id != "" || !errors.Is(err, client.ErrNotIdentified) || !strings.Contains(err.Error(), tt.wrong) || strings.Contains(err.Error(), "-value") {
				t.Errorf("%q, %v; want an error about %s", id, err, tt.wrong)
			}
		})
	}
}

func TestOAuth_LoginURL(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(400, `{"error":"invalid_grant","error_description":"v-value and code-value"}`))
	o := login(rec.URL, new(atomic.Int64))
	l := client.Login{State: "s", Verifier: "v-value", Nonce: "n1"}
	to, err := url.Parse(o.LoginURL(l))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("v-value"))
	for name, want := range map[string]string{
		"state": "s", "nonce": "n1", "prompt": "login", "code_challenge_method": "S256", "code_challenge": encoded(sum[:]), "response_type": "code",
	} {
		if got := to.Query().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	_, err = o.Identify(t.Context(), l, "code-value")
	if !errors.Is(err, client.ErrorCode("invalid_grant")) || strings.Contains(err.Error(), "-value") {
		t.Errorf("refused: %v", err)
	}
	form, err := url.ParseQuery(rec.last(t).Body)
	if err != nil || form.Get("code_verifier") != "v-value" {
		t.Errorf("sent %v, %v", form, err)
	}
}
