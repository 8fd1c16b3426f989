package sandbox_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/sandbox"
)

const realm = "/auth/realms/trustap-stage"

// logIn goes through the login page as a user and returns the code.
func (x *tester) logIn(o *client.OAuth, hint string) string {
	x.t.Helper()
	a := x.page("GET", strings.TrimPrefix(o.AuthCodeURL("a:b"), x.URL)+"&login_hint="+url.QueryEscape(hint), "", "")
	same(x.t, "status", a.status, http.StatusFound)
	back, err := url.Parse(a.header.Get("Location"))
	must(x.t, err)
	same(x.t, "state", back.Query().Get("state"), "a:b")
	return back.Query().Get("code")
}

func TestLoginWithTheClient(t *testing.T) {
	t.Parallel()
	now := start
	x := newTester(t, sandbox.Config{Now: func() time.Time { return now }})
	o := &client.OAuth{Issuer: x.URL + realm, ClientID: "sandbox", ClientSecret: client.Secret(x.APIKey),
		RedirectURL: "https://shop.example.com/callback", Now: func() time.Time { return now }}
	code := x.logIn(o, "buyer@example.com")
	token, err := o.Exchange(t.Context(), code)
	must(t, err)
	if _, err := o.Exchange(t.Context(), code); err == nil {
		t.Error("a code worked twice")
	}
	send := func(token string) answer {
		r, err := http.NewRequestWithContext(t.Context(), "POST", x.URL+"/api/v1/me/transactions", strings.NewReader(`{`+terms+`,"role":"buyer"}`))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := x.do(r)
		must(t, err)
		return a
	}
	access := accessOf(t, token)
	a := send(access)
	same(t, "acts", []any{a.status, strings.Contains(string(a.body), `"buyer_id":"`+fullBuyer+`"`)}, []any{201, true})
	same(t, "forged", send(access[:len(access)-6]+"AAAAAA").code(), "unauthorized")
	same(t, "no token", send("a.b").code(), "unauthorized")
	verify(t, x, access)
	now = now.Add(10 * time.Minute)
	same(t, "expired", send(access).code(), "unauthorized")
	fresh, err := o.Refresh(t.Context(), token.RefreshToken)
	must(t, err)
	same(t, "renewed", send(accessOf(t, fresh)).status, 201)
}

func accessOf(t *testing.T, token client.Token) string {
	t.Helper()
	access := string(token.AccessToken)
	if strings.Count(access, ".") != 2 {
		t.Fatal("the access token is no JWT")
	}
	return access
}

// verify checks a token with nothing but the published key.
func verify(t *testing.T, x *tester, token string) {
	t.Helper()
	var discovery struct {
		Certs string `json:"jwks_uri"`
	}
	must(t, json.Unmarshal(x.page("GET", realm+"/.well-known/openid-configuration", "", "").body, &discovery))
	var set struct{ Keys []struct{ N, E string } }
	must(t, json.Unmarshal(x.page("GET", strings.TrimPrefix(discovery.Certs, x.URL), "", "").body, &set))
	number := func(s string) *big.Int {
		b, err := base64.RawURLEncoding.DecodeString(s)
		must(t, err)
		return new(big.Int).SetBytes(b)
	}
	key := &rsa.PublicKey{N: number(set.Keys[0].N), E: int(number(set.Keys[0].E).Int64())}
	cut := strings.LastIndex(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
	must(t, err)
	sum := sha256.Sum256([]byte(token[:cut]))
	must(t, rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature))
}

func TestTokenCountsInTheWorldOfItsKey(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	x.as("second").guest("a@example.com", "IE")
	o := &client.OAuth{Issuer: x.URL + realm, ClientID: "sandbox", ClientSecret: "second", RedirectURL: "https://shop.example.com/callback"}
	x.Sandbox.Reset()
	token, err := o.Exchange(t.Context(), x.logIn(o, fullSeller))
	must(t, err)
	r, err := http.NewRequestWithContext(t.Context(), "POST", x.URL+"/api/v1/me/transactions", strings.NewReader(`{`+terms+`,"role":"seller"}`))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+accessOf(t, token))
	a, err := x.do(r)
	must(t, err)
	same(t, "made", []any{a.status, len(x.Sandbox.Transactions())}, []any{201, 0})
	of, err := x.Sandbox.ForKey("second")
	must(t, err)
	same(t, "in the other world", len(of.Transactions()), 1)
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{APIKeys: []string{"secret"}})
	auth := func(change ...string) answer {
		q := url.Values{"response_type": {"code"}, "client_id": {"sandbox"}, "scope": {"openid"}, "redirect_uri": {"https://shop.example.com/"}}
		for i := 0; i < len(change); i += 2 {
			q.Set(change[i], change[i+1])
		}
		return x.page("GET", realm+"/protocol/openid-connect/auth?"+q.Encode(), "", "")
	}
	if a := auth(); !strings.Contains(string(a.body), "buyer@example.com") {
		t.Errorf("page: %s", a.body)
	}
	for name, change := range map[string][]string{"client": {"client_id", "other"}, "address": {"redirect_uri", "javascript:alert(1)"},
		"kind": {"response_type", "token"}, "scope": {"scope", "profile"}} {
		a := auth(change...)
		same(t, name, []any{a.status, compact(t, a.body)}, []any{400, `{"error":"invalid_request"}`})
	}
	post := func(body string) string {
		a := x.page("POST", realm+"/protocol/openid-connect/token", form, body)
		return fmt.Sprint(a.status, compact(t, a.body))
	}
	same(t, "secret", post("client_id=sandbox&client_secret=wrong"), `401{"error":"invalid_client"}`)
	same(t, "client", post("client_id=other"), `401{"error":"invalid_client"}`)
	same(t, "grant", post("client_id=sandbox&grant_type=password"), `400{"error":"unsupported_grant_type"}`)
	same(t, "code", post("client_id=sandbox&grant_type=authorization_code&code=x"), `400{"error":"invalid_grant"}`)
	same(t, "refresh", post("client_id=sandbox&grant_type=refresh_token&refresh_token=x"), `400{"error":"invalid_grant"}`)
	same(t, "form", post("%"), `400{"error":"invalid_request"}`)
}

// Who logs in agrees with what the client may do, and their code is worth something only to who has begun the login.
func TestLoginOfOneBrowser(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Users: append(sandbox.DefaultUsers(), sandbox.User{ID: "shy", NoConsent: true})})
	o := &client.OAuth{Issuer: x.URL + realm, ClientID: "sandbox", ClientSecret: client.Secret(x.APIKey),
		RedirectURL: "https://shop.example.com/callback", Scopes: []string{"basic_tx:offline_track"}}
	begin := func(l client.Login, hint string) url.Values {
		a := x.page("GET", strings.TrimPrefix(o.LoginURL(l), x.URL)+"&login_hint="+url.QueryEscape(hint), "", "")
		same(t, "status", a.status, http.StatusFound)
		back, err := url.Parse(a.header.Get("Location"))
		must(t, err)
		return back.Query()
	}
	mine := client.Login{State: "mine", Verifier: "mine-mine-mine-mine-mine-mine-mine-mine-mine", Nonce: "n1"}
	theirs := client.Login{State: "theirs", Verifier: "their-their-their-their-their-their-their-th", Nonce: "n2"}
	same(t, "cancelled", begin(mine, "-"), url.Values{"state": {"mine"}, "error": {"access_denied"}})
	same(t, "shy", x.api("GET", "/me/balances", "shy", "").status, 401)
	for _, l := range []client.Login{theirs, {Verifier: "", Nonce: "n1"}, {Verifier: mine.Verifier, Nonce: "n2"}} {
		if id, err := o.Identify(t.Context(), l, begin(mine, "shy").Get("code")); err == nil {
			t.Errorf("%+v: %s", l, id)
		}
	}
	id, err := o.Identify(t.Context(), mine, begin(mine, "shy").Get("code"))
	must(t, err)
	same(t, "id", id, "shy")
	same(t, "agreed", x.api("GET", "/me/balances", "shy", "").status, 200)
	must(t, x.Sandbox.ChangeUser(sandbox.User{ID: "shy", Unfinished: true}))
	same(t, "unfinished", x.api("GET", "/me/balances", "shy", "").code(), "account_not_finished")
	same(t, "guest", x.control("POST", "/users/change", `{"id":"1-x"}`).code(), "invalid_user")
}
