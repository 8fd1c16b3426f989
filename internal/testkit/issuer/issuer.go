// Package issuer plays an issuer of OpenID Connect on loopback, for tests.
package issuer

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// The one client that it knows.
const (
	ClientID     = "handsel-console"
	ClientSecret = "a client secret of 32 characters!"
)

// Claims are what a token says.
type Claims = jwt.MapClaims

// Issuer logs in whoever comes, as the person of the moment. It is safe for concurrent use.
type Issuer struct {
	URL string
	Now func() time.Time

	mu     sync.Mutex
	key    *rsa.PrivateKey
	person Claims
	sign   func(c Claims, key *rsa.PrivateKey) string
	codes  map[string]url.Values // of logins that were not traded, with what was asked for
	asked  url.Values            // of the last login
}

// New starts one that ends with the test.
func New(t testing.TB, now func() time.Time) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{Now: now, key: key, sign: Signed, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.describe)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /login", i.login)
	mux.HandleFunc("POST /token", i.token)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.URL = server.URL
	return i
}

// LogsIn says who logs in from now on. Claims of the same name replace those that an issuer gives; nil ones are left out.
func (i *Issuer) LogsIn(person Claims) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.person = person
}

// Signs says how tokens are signed from now on.
func (i *Issuer) Signs(how func(c Claims, key *rsa.PrivateKey) string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sign = how
}

// Asked is the query of the last login.
func (i *Issuer) Asked() url.Values {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked
}

// Signed signs a token as an issuer does.
func Signed(c Claims, key *rsa.PrivateKey) string {
	return signed(jwt.SigningMethodRS256, c, key)
}

// Unsigned signs with nothing, and says so.
func Unsigned(c Claims, _ *rsa.PrivateKey) string {
	return signed(jwt.SigningMethodNone, c, jwt.UnsafeAllowNoneSignatureType)
}

// SignedWithSecret signs with what the client knows, too.
func SignedWithSecret(c Claims, _ *rsa.PrivateKey) string {
	return signed(jwt.SigningMethodHS256, c, []byte(ClientSecret))
}

func signed(how jwt.SigningMethod, c Claims, key any) string {
	token := jwt.NewWithClaims(how, c)
	token.Header["kid"] = "first"
	text, err := token.SignedString(key)
	if err != nil {
		return err.Error()
	}
	return text
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (i *Issuer) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/login", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "first", Algorithm: "RS256", Use: "sig"}}})
}

// login sends the browser back with a code, as an issuer does for somebody who has logged in.
func (i *Issuer) login(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked = r.URL.Query()
	code := rand.Text()
	i.codes[code] = i.asked
	back := url.Values{"code": {code}, "state": {i.asked.Get("state")}}
	http.Redirect(w, r, i.asked.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

// token trades a code, once, with the client and the browser that it was made for.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	id, secret, basic := r.BasicAuth()
	if basic {
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	code := r.PostFormValue("code")
	asked, known := i.codes[code]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != ClientID || secret != ClientSecret || !known || asked.Get("client_id") != id || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	delete(i.codes, code)
	now := i.Now()
	said := Claims{"iss": i.URL, "aud": ClientID, "sub": "1", "nonce": asked.Get("nonce"), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "auth_time": now.Unix()}
	for name, value := range i.person {
		if said[name] = value; value == nil {
			delete(said, name)
		}
	}
	answer(w, http.StatusOK, map[string]any{"access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": i.sign(said, i.key)})
}
