package console_test

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sso"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/issuer"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// company is a market whose staff logs in at an issuer.
type company struct {
	*facetest.Testbed
	t *testing.T
	*issuer.Issuer
}

func newCompany(t *testing.T, database string) company {
	t.Helper()
	w := facetest.NewTestbed(t)
	if database != "" {
		w = newMarket(t, database)
	}
	i := issuer.New(t, w.Clock.Now)
	w.Door.SSO = sso.New(sso.Config{Issuer: i.URL, ClientID: issuer.ClientID, ClientSecret: issuer.ClientSecret, RedirectURL: "https://pay.example.com" + console.LoginPath, Now: w.Clock.Now})
	var err error
	w.Door.Grants, err = console.ParseGrants([]string{"groups=desk:support@501", "groups=tills:finance@501", "groups=others:admin@502", "realm.roles=chief:admin@501"})
	w.Must(err)
	return company{w, t, i}
}

func in(groups ...any) issuer.Claims {
	return issuer.Claims{"sub": "248289761001", "email": "olga@example.com", "groups": groups}
}

// begin begins a login; it returns where the browser is sent, and its cookie.
func (co company) begin(fields map[string]string, options ...facetest.Option) (at *url.URL, browser facetest.Option) {
	co.t.Helper()
	a := send(co.Testbed, co.t, "/console/sign-in/oidc", fields, options...).Is(200)
	address, is := strings.CutPrefix(a.Header.Get("Refresh"), "0; url="+co.URL+"/login?")
	if !is || !strings.Contains(a.Body, html.EscapeString(address)) {
		co.t.Fatalf("the browser is sent to %q: %s", a.Header.Get("Refresh"), a.Body)
	}
	at, err := url.Parse(co.URL + "/login?" + address)
	co.Must(err)
	if !regexp.MustCompile(`^__Host-handsel-console-login=[A-Za-z0-9_-]{21}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$`).MatchString(a.Header.Get("Set-Cookie")) {
		co.t.Errorf("the cookie is %q", a.Header.Get("Set-Cookie"))
	}
	return at, cookie(a)
}

// visit logs in at the issuer, and returns the path with which the browser comes back.
func (co company) visit(at *url.URL) string {
	co.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(co.t.Context(), http.MethodGet, at.String(), http.NoBody)
	co.Must(err)
	response, err := client.Do(request)
	co.Must(err)
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	path, ours := strings.CutPrefix(response.Header.Get("Location"), "https://pay.example.com")
	if !ours {
		co.t.Fatalf("the issuer leads to %s", response.Header.Get("Location"))
	}
	return path
}

func (co company) back(path string, options ...facetest.Option) facetest.Answer {
	co.t.Helper()
	return co.Call(co.t, "GET", path, nil, append([]facetest.Option{facetest.Anonymous}, options...)...)
}

// logIn goes all the way.
func (co company) logIn(fields map[string]string, options ...facetest.Option) facetest.Answer {
	co.t.Helper()
	at, browser := co.begin(fields, options...)
	return co.back(co.visit(at), browser)
}

// sessionOf is the session that an answer gives, besides the cookie of the login that ends.
func sessionOf(a facetest.Answer) facetest.Option {
	for _, line := range a.Header.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(line, ";"); strings.HasPrefix(pair, "__Host-handsel-console=") {
			return facetest.Header("Cookie", pair)
		}
	}
	a.T.Fatalf("no session: %v", a.Header)
	return nil
}

// Somebody logs in at the issuer, is led back to what they asked for, and has the highest role that its claims give.
func TestLogin(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		co := newCompany(t, database)
		co.LogsIn(in("desk", "tills", "gardeners"))
		if a := co.Call(t, "GET", "/console/risk", nil, facetest.Anonymous).Is(401); !strings.Contains(a.Body, "Log in at 127.0.0.1:") {
			t.Errorf("the page to sign in is %s", a.Body)
		}
		a := co.logIn(map[string]string{"back": "/console/risk"}).Is(303)
		if got := a.Header.Get("Location"); got != "/console/risk" {
			t.Errorf("they are led to %q", got)
		}
		asked := co.Asked()
		for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "max_age": "28800", "prompt": "", "client_id": issuer.ClientID} {
			if got := asked.Get(name); got != want {
				t.Errorf("the issuer is asked with %s %q, want %q", name, got, want)
			}
		}
		page := co.Call(t, "GET", "/console/sessions", nil, facetest.Anonymous, sessionOf(a)).Is(200).Body
		if name := "sso:248289761001@" + strings.TrimPrefix(co.URL, "http://"); !strings.Contains(page, "olga@example.com (finance)") || !strings.Contains(page, name) {
			t.Errorf("they are called otherwise: %s", page)
		}
		if _, _, err := co.Door.Link(t.Context(), console.SignIn{Community: facetest.Ours, Name: "SSO:248289761001@x", Role: console.Admin}, facetest.Someone); err == nil {
			t.Error("a link has the name of a person of the issuer")
		}
	})
}

// A login ends once, in time, and in the browser in which it began.
func TestLogin_bound(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		co := newCompany(t, database)
		co.LogsIn(in("tills"))
		over := func(what string, a facetest.Answer) {
			t.Helper()
			if a.Status != 401 || !strings.Contains(a.Body, "console_login_over") || strings.Contains(strings.Join(a.Header.Values("Set-Cookie"), " "), "__Host-handsel-console=") {
				t.Errorf("%s: %d %v %s", what, a.Status, a.Header, a.Body)
			}
		}
		at, browser := co.begin(nil)
		path := co.visit(at)
		_, another := co.begin(nil)
		over("no browser", co.back(path))
		over("another browser", co.back(path, another))
		over("another state", co.back(strings.Replace(path, "state=", "state=A", 1), browser))
		over("no state", co.back("/console/sign-in/oidc?code=x", browser))
		state, half := at.Query().Get("state"), ""
		request := &http.Request{Header: http.Header{}}
		browser(request)
		_, half, _ = strings.Cut(request.Header.Get("Cookie"), "=")
		over("all of the secret as the state", co.back("/console/sign-in/oidc?code=x&state="+state+half))
		a := co.back(path, browser).Is(303)
		co.Call(t, "GET", "/console", nil, facetest.Anonymous, sessionOf(a)).Is(200)
		over("twice", co.back(path, browser))
		at, browser = co.begin(nil)
		path = co.visit(at)
		co.Clock.Advance(console.LoginLife)
		over("too late", co.back(path, browser))
		at, browser = co.begin(nil)
		if a := co.back("/console/sign-in/oidc?error=access_denied&error_description=%3Cscript%3E&state="+at.Query().Get("state"), browser).Is(401); !strings.Contains(a.Body, "console_login_refused") || strings.Contains(a.Body, "<script") {
			t.Errorf("refused there: %s", a.Body)
		}
		if a := co.Call(t, "POST", "/console/sign-in/oidc", "", facetest.Anonymous, facetest.Header("Content-Type", "application/x-www-form-urlencoded"), facetest.Header("Sec-Fetch-Site", "cross-site")).Is(403); !strings.Contains(a.Body, "origin_not_allowed") {
			t.Errorf("another site begins a login: %s", a.Body)
		}
	})
}

// An issuer that is down lets nobody in, whether it is so from the start or while somebody logs in there.
func TestLogin_issuerDown(t *testing.T) {
	t.Parallel()
	co := newCompany(t, "")
	co.LogsIn(in("tills"))
	up := co.Door.SSO
	down := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(down.Close)
	at, browser := co.begin(nil)
	path := co.visit(at)
	co.Door.SSO = sso.New(sso.Config{Issuer: down.URL, ClientID: issuer.ClientID, ClientSecret: issuer.ClientSecret, RedirectURL: "https://pay.example.com" + console.LoginPath, Now: co.Clock.Now})
	for when, a := range map[string]facetest.Answer{"before": send(co.Testbed, t, "/console/sign-in/oidc", nil), "meanwhile": co.back(path, browser)} {
		if a.Status != 503 || !strings.Contains(a.Body, "<code>console_issuer_unreachable</code>") || strings.Contains(fmt.Sprint(a.Header.Values("Set-Cookie")), "__Host-handsel-console=") {
			t.Errorf("down %s: %d %v %s", when, a.Status, a.Header, a.Body)
		}
	}
	co.Door.SSO = up
	co.logIn(nil).Is(303)
}

// A token that is wrong in anything shows nobody.
func TestLogin_tokens(t *testing.T) {
	t.Parallel()
	co := newCompany(t, "")
	now := co.Clock.Now()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	co.Must(err)
	for name, wrong := range map[string]struct {
		claims issuer.Claims
		sign   func(issuer.Claims, *rsa.PrivateKey) string
		reason string
	}{
		"another issuer":          {claims: issuer.Claims{"iss": "https://evil.example.com"}},
		"another audience":        {claims: issuer.Claims{"aud": "another-client"}},
		"two audiences, no party": {claims: issuer.Claims{"aud": []string{issuer.ClientID, "another-client"}}},
		"another party":           {claims: issuer.Claims{"azp": "another-client"}},
		"expired":                 {claims: issuer.Claims{"exp": now.Add(-time.Second).Unix()}},
		"not valid yet":           {claims: issuer.Claims{"nbf": now.Add(time.Hour).Unix()}},
		"another nonce":           {claims: issuer.Claims{"nonce": "x"}},
		"no nonce":                {claims: issuer.Claims{"nonce": nil}},
		"no subject":              {claims: issuer.Claims{"sub": nil}},
		"logged in too long ago":  {claims: issuer.Claims{"auth_time": now.Add(-9 * time.Hour).Unix()}, reason: "console_login_old"},
		"logged in in the future": {claims: issuer.Claims{"auth_time": now.Add(time.Hour).Unix()}, reason: "console_login_old"},
		"nothing gives a role":    {claims: issuer.Claims{"groups": []any{"gardeners"}}, reason: "console_no_role"},
		"no claims of groups":     {claims: issuer.Claims{"groups": nil}, reason: "console_no_role"},
		"a role of another case":  {claims: issuer.Claims{"groups": []any{"TILLS"}}, reason: "console_no_role"},
		"a claim that is no list": {claims: issuer.Claims{"groups": issuer.Claims{"tills": true}}, reason: "console_no_role"},
		"a name with spaces":      {claims: issuer.Claims{"sub": "two words"}, reason: "invalid_operators"},
		"no signature":            {sign: issuer.Unsigned},
		"signed with the secret":  {sign: issuer.SignedWithSecret},
		"signed by somebody":      {sign: func(c issuer.Claims, _ *rsa.PrivateKey) string { return issuer.Signed(c, other) }},
		"changed after the signing": {sign: func(c issuer.Claims, k *rsa.PrivateKey) string {
			text := issuer.Signed(c, k)
			c["sub"] = "2"
			parts := strings.Split(text, ".")
			return parts[0] + "." + strings.Split(issuer.Signed(c, k), ".")[1] + "." + parts[2]
		}},
		"no token": {sign: func(issuer.Claims, *rsa.PrivateKey) string { return "" }},
	} {
		person := in("tills")
		for claim, value := range wrong.claims {
			person[claim] = value
		}
		co.LogsIn(person)
		co.Signs(issuer.Signed)
		if wrong.sign != nil {
			co.Signs(wrong.sign)
		}
		if wrong.reason == "" {
			wrong.reason = "console_login_failed"
		}
		a := co.logIn(nil)
		if a.Status < 400 || a.Status >= 500 || !strings.Contains(a.Body, "<code>"+wrong.reason+"</code>") || strings.Contains(fmt.Sprint(a.Header.Values("Set-Cookie")), "__Host-handsel-console=") {
			t.Errorf("%s: %d %v %s", name, a.Status, a.Header, a.Body)
		}
	}
	co.LogsIn(in("tills"))
	co.Signs(issuer.Signed)
	co.logIn(nil).Is(303)
}

// Who has a role in one community has none in another; who has several chooses, and gets no other.
func TestLogin_communities(t *testing.T) {
	t.Parallel()
	co := newCompany(t, "")
	co.LogsIn(in("tills"))
	if a := co.logIn(map[string]string{"community": "502"}).Is(403); !strings.Contains(a.Body, "console_no_role") {
		t.Errorf("in another community: %s", a.Body)
	}
	co.LogsIn(in("desk", "others"))
	a := co.logIn(map[string]string{"back": "/console/risk"}).Is(200)
	for _, want := range []string{`name="community" value="501"`, `name="community" value="502"`, `name="back" value="/console/risk"`} {
		if !strings.Contains(a.Body, want) {
			t.Errorf("the choice has no %s: %s", want, a.Body)
		}
	}
	desk := sessionOf(co.logIn(map[string]string{"community": "501"}).Is(303))
	if page := co.Call(t, "GET", "/console/sessions", nil, facetest.Anonymous, desk).Is(200).Body; !strings.Contains(page, "(support)") {
		t.Errorf("the role of 502 counts in 501: %s", page)
	}
	co.LogsIn(issuer.Claims{"realm": issuer.Claims{"roles": []any{"chief"}}})
	chief := sessionOf(co.logIn(nil).Is(303))
	if page := co.Call(t, "GET", "/console/sessions", nil, facetest.Anonymous, chief).Is(200).Body; !strings.Contains(page, "(admin)") {
		t.Errorf("the claim in a claim gives %s", page)
	}
}

// Before money moves the issuer asks anew, and what it says then counts: a role that was taken away there is gone.
func TestLogin_proof(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		co := newCompany(t, database)
		name := "sso:248289761001@" + strings.TrimPrefix(co.URL, "http://")
		co.Call(t, "PUT", facetest.Operators, facetest.Object{"operators": []string{"olga", "ann", name}, "reason": "our staff"}, facetest.Staff("olga")).Is(200)
		co.Call(t, "PUT", facetest.LimitsPath, facetest.Object{"limits": facetest.Object{"EUR": 10_000}, "reason": "policy"}, facetest.Staff("olga")).Is(200)
		asked := co.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(20_000), facetest.Staff("ann"), facetest.Once("k")).Is(202).At("id")
		approve := func(who facetest.Option) facetest.Answer {
			return send(co.Testbed, t, "/console/approvals/"+asked+"/approve", map[string]string{"reason": "I was there"}, who)
		}
		person := in("tills")
		person["auth_time"] = co.Clock.Now().Add(-console.ProofLife).Unix() // at the issuer, they have been logged in for a while
		co.LogsIn(person)
		olga := sessionOf(co.logIn(nil).Is(303))
		a := approve(olga)
		fields := map[string]string{"back": unproved(t, a), "proving": "yes", "community": "501"}
		for field, value := range fields {
			if !strings.Contains(a.Body, `name="`+field+`" value="`+html.EscapeString(value)+`"`) {
				t.Errorf("the page to show it again has no %s %s: %s", field, value, a.Body)
			}
		}
		person["auth_time"] = co.Clock.Now().Add(-console.ProofLife - time.Minute).Unix()
		for _, at := range []any{person["auth_time"], nil} { // an issuer that asks nobody, and one that does not say
			person["auth_time"] = at
			if a := co.logIn(fields).Is(401); !strings.Contains(a.Body, "console_login_old") {
				t.Errorf("logged in at %v: %s", at, a.Body)
			}
		}
		if asked := co.Asked(); asked.Get("prompt") != "login" || asked.Get("max_age") != "300" {
			t.Errorf("the issuer is asked %v", asked)
		}
		approve(olga).Is(403)
		co.LogsIn(in("desk"))
		if a := approve(sessionOf(co.logIn(fields).Is(303))).Is(403); !strings.Contains(a.Body, "console_role") {
			t.Errorf("a role that was taken away counts: %s", a.Body)
		}
		co.LogsIn(in("tills"))
		at, browser := co.begin(fields, olga)
		request := &http.Request{Header: http.Header{}}
		browser(request)
		half := request.Header.Get("Cookie")
		olga(request)
		done := co.back(co.visit(at), facetest.Header("Cookie", half+"; "+request.Header.Get("Cookie"))).Is(303)
		if got := done.Header.Get("Location"); got != fields["back"] {
			t.Errorf("they come back to %s", got)
		}
		co.Call(t, "GET", "/console", nil, facetest.Anonymous, olga).Is(401)
		approve(sessionOf(done)).Is(303)
	})
}
