package console_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func newMarket(t *testing.T, database string) *facetest.Testbed {
	t.Helper()
	return facetest.NewTestbedOn(t, database, func(c *server.Config) { facetest.KeepAll(t, c) })
}

// send sends a form as a page of the console does.
func send(w *facetest.Testbed, t *testing.T, path string, fields map[string]string, options ...facetest.Option) facetest.Answer {
	t.Helper()
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return w.Call(t, "POST", path, values.Encode(), append([]facetest.Option{facetest.Anonymous, facetest.Header("Content-Type", "application/x-www-form-urlencoded"), facetest.Header("Sec-Fetch-Site", "same-origin")}, options...)...)
}

func link(w *facetest.Testbed, t *testing.T, community int64, name string, role console.Role) string {
	t.Helper()
	at, until, err := w.Door.Link(t.Context(), console.SignIn{Community: community, Name: name, Role: role}, facetest.Someone)
	if err != nil || until.Sub(w.Clock.Now()) > console.LinkLife {
		t.Fatal(at, until, err)
	}
	path, ours := strings.CutPrefix(at, "https://pay.example.com")
	if !ours {
		t.Fatalf("the link is %s", at)
	}
	return path
}

// signIn signs an operator in and returns the cookie.
func signIn(w *facetest.Testbed, t *testing.T, name string, role console.Role) facetest.Option {
	t.Helper()
	a := send(w, t, link(w, t, facetest.Ours, name, role), nil).Is(303)
	return cookie(a)
}

// cookie is the session that an answer gives.
func cookie(a facetest.Answer) facetest.Option {
	pair, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
	return facetest.Header("Cookie", pair)
}

// A link signs one person in, once, for a while, and signing out ends it everywhere.
func TestSignIn(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		at := link(w, t, facetest.Ours, "olga", console.Viewer)
		for range 2 { // programs that look at links use nothing up
			if a := w.Call(t, "GET", at, nil, facetest.Anonymous).Is(200); a.Header.Get("Set-Cookie") != "" || !strings.Contains(a.Body, "Sign in") {
				t.Errorf("the link shows %v %s", a.Header, a.Body)
			}
		}
		planted := facetest.Header("Cookie", "__Host-handsel-console=planted")
		a := send(w, t, at, nil, planted).Is(303)
		want := regexp.MustCompile(`^__Host-handsel-console=501\.[A-Za-z0-9_-]{43}; Path=/; Max-Age=28800; HttpOnly; Secure; SameSite=Lax$`)
		if got := a.Header.Get("Set-Cookie"); !want.MatchString(got) {
			t.Errorf("the cookie is %q", got)
		}
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, planted).Is(401)
		pair, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
		olga := facetest.Header("Cookie", pair)
		page := w.Call(t, "GET", "/console", nil, facetest.Anonymous, olga).Is(200)
		for name, value := range map[string]string{"X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
			if got := page.Header.Get(name); got != value {
				t.Errorf("%s is %q", name, got)
			}
		}
		if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("the policy is %q", policy)
		}
		if again := send(w, t, at, nil).Is(401); !strings.Contains(again.Body, "<code>console_link_invalid</code>") {
			t.Errorf("the link is refused with %s", again.Body)
		}
		w.Call(t, "GET", at, nil, facetest.Anonymous).Is(401)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous).Is(401)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, facetest.Header("Cookie", "__Host-handsel-console="+strings.TrimPrefix(at, "/console/open/"))).Is(401)
		send(w, t, "/console/leave", nil, olga).Is(200)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, olga).Is(401)

		second := signIn(w, t, "olga", console.Viewer)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, second).Is(200)
		for range 15 { // who asks for pages stays, but not for ever
			w.Clock.Advance(console.SessionIdle - 2*time.Second)
			w.Call(t, "GET", "/console", nil, facetest.Anonymous, second).Is(200)
		}
		idle := signIn(w, t, "olga", console.Viewer)
		w.Clock.Advance(console.SessionLife - 15*(console.SessionIdle-2*time.Second))
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, second).Is(401)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, idle).Is(401) // who asks for none does not
		late := link(w, t, facetest.Ours, "olga", console.Viewer)
		w.Clock.Advance(console.LinkLife)
		send(w, t, late, nil).Is(401)
	})
}

// A name that is taken off the list of operators is out at once.
func TestSignIn_operatorsOnly(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	eve := signIn(w, t, "eve", console.Admin)
	w.Call(t, "GET", "/console", nil, facetest.Anonymous, eve).Is(200)
	facetest.Limited(t, w) // which makes a list, without eve
	if a := w.Call(t, "GET", "/console", nil, facetest.Anonymous, eve).Is(403); !strings.Contains(a.Body, "unknown_operator") {
		t.Errorf("eve gets %s", a.Body)
	}
}

// An API key is no person: nobody is signed in under the name of one.
func TestSignIn_noKeys(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for _, name := range []string{"key:0123456789abcdef", "", "two words"} {
		if at, _, err := w.Door.Link(t.Context(), console.SignIn{Community: facetest.Ours, Name: name, Role: console.Admin}, facetest.Someone); err == nil {
			t.Errorf("%q gets the link %s", name, at)
		}
	}
}

// needs is the least role for each page: a route without a line fails the test.
var needs = map[string]console.Role{
	"GET /console": console.Viewer, "GET /console/deals": console.Viewer, "GET /console/deals/{id}": console.Viewer, "GET /console/deals/{id}/do/{transition}": console.Viewer,
	"POST /console/deals/{id}": console.Support, "POST /console/deals/{id}/do/{transition}": console.Support, "GET /console/risk": console.Viewer, "POST /console/risk/{id}/{act}": console.Support,
	"GET /console/approvals": console.Viewer, "POST /console/approvals/{id}/{act}": console.Finance, "GET /console/audit": console.Viewer,
	"GET /console/books": console.Viewer, "GET /console/books/entries": console.Viewer, "GET /console/books/statement": console.Viewer, "GET /console/books/export": console.Viewer,
	"GET /console/live": console.Viewer, "GET /console/sessions": console.Viewer, "POST /console/sessions": console.Viewer,
	"GET /console/webhooks": console.Viewer, "GET /console/webhooks/events": console.Viewer, "POST /console/webhooks/endpoints": console.Support,
	"GET /console/webhooks/endpoints/{id}": console.Viewer, "POST /console/webhooks/endpoints/{id}/{act}": console.Support,
	"GET /console/dev": console.Viewer, "POST /console/dev/clock": console.Support, "POST /console/dev/faults/{gateway}": console.Support, "POST /console/dev/scenarios/{name}": console.Support,
	"GET /console/jobs": console.Viewer, "GET /console/jobs/{id}": console.Viewer, "POST /console/jobs/{id}": console.Support,
	"GET /console/disputes": console.Viewer, "GET /console/disputes/{id}": console.Viewer, "POST /console/disputes/{id}/take": console.Support, "GET /console/disputes/{id}/evidence/{file}": console.Support,
	"GET /console/sellers": console.Viewer, "GET /console/sellers/{user}": console.Viewer, "POST /console/sellers/{user}/{act}": console.Support,
	"GET /console/community": console.Admin, "POST /console/community/{act}": console.Admin, "GET /console/keys": console.Admin, "POST /console/keys": console.Admin, "POST /console/keys/{id}/revoke": console.Admin,
	"GET /console/mails":    console.Viewer,
	"GET /console/listings": console.Viewer, "GET /console/listings/{id}": console.Viewer, "POST /console/listings/{id}/{act}": console.Support, "GET /console/ads": console.Viewer, "GET /console/ads/{id}": console.Viewer, "POST /console/ads/{id}/{act}": console.Support,
	"GET /console/inbox": console.Viewer, "POST /console/inbox/{id}/replay": console.Support,
}

// open are the routes that need nobody who is signed in.
var open = []string{"GET /console/open/{token}", "POST /console/open/{token}", "GET /console/sign-in", "POST /console/sign-in", "POST /console/sign-in/account", "GET /console/invite/{token}", "POST /console/invite/{token}", "POST /console/sign-in/oidc", "GET /console/sign-in/oidc", "POST /console/leave"}

// Every page against every role, nobody, and another site.
func TestRoles(t *testing.T) {
	t.Parallel()
	w, _ := newPlayground(t)
	people := map[console.Role]facetest.Option{}
	for _, r := range console.Roles() {
		people[r] = signIn(w, t, "olga-"+string(r), r) // who ends their other sessions ends none of these
	}
	for _, r := range w.Server.Routes() {
		name := r.Method + " " + r.Path
		if !strings.HasPrefix(r.Path, "/console") || slices.Contains(open, name) {
			continue
		}
		least, listed := needs[name]
		if !listed {
			t.Errorf("%s has no line here", name)
			continue
		}
		path := strings.NewReplacer("/live", "/live?deal=none", "{id}", "12", "{transition}", "refund", "{act}", "take").Replace(r.Path)
		call := func(options ...facetest.Option) facetest.Answer {
			if r.Method == "GET" {
				return w.Call(t, "GET", path, nil, append([]facetest.Option{facetest.Anonymous}, options...)...)
			}
			return send(w, t, path, map[string]string{"reason": "a test"}, options...)
		}
		if a := call(); a.Status != 401 || !strings.Contains(a.Body, "console_signed_out") {
			t.Errorf("%s lets nobody in: %d", name, a.Status)
		}
		for role, cookie := range people {
			a := call(cookie)
			refused := a.Status == 403 && strings.Contains(a.Body, "console_role")
			if refused == role.May(least) {
				t.Errorf("%s as %s: %d", name, role, a.Status)
			}
			if r.Method == "POST" {
				if a := call(cookie, facetest.Header("Sec-Fetch-Site", "cross-site")); a.Status != 403 || !strings.Contains(a.Body, "origin_not_allowed") {
					t.Errorf("%s from another site: %d", name, a.Status)
				}
			}
		}
	}
}

var hidden = regexp.MustCompile(`name="revision" value="(\d+)"`)

// A deal is shown, a step is previewed, and then it is taken by who may, for a reason, if nothing has changed.
func TestDeal(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		sale := facetest.With(facetest.Sale(), "listing.title", `<script>alert(1)</script>"'>`)
		id := w.Call(t, "POST", "/v1/transactions", sale, facetest.As("bea"), facetest.Once("sale")).Is(201).At("id")
		viewer, finance := signIn(w, t, "vic", console.Viewer), signIn(w, t, "olga", console.Finance)
		at := "/console/deals/" + id
		page := w.Call(t, "GET", at, nil, facetest.Anonymous, viewer).Is(200)
		if strings.Contains(page.Body, "<script>alert") || !strings.Contains(page.Body, "&lt;script&gt;") {
			t.Errorf("the title runs: %s", page.Body)
		}
		if found := w.Call(t, "GET", "/console/deals?q=bea", nil, facetest.Anonymous, viewer).Is(200); !strings.Contains(found.Body, at) {
			t.Errorf("bea has no deal: %s", found.Body)
		}
		if found := w.Call(t, "GET", "/console/deals?q=nobody-at-all", nil, facetest.Anonymous, viewer).Is(200); strings.Contains(found.Body, at) {
			t.Errorf("nobody has a deal: %s", found.Body)
		}
		w.Call(t, "GET", "/console/deals?q="+id, nil, facetest.Anonymous, viewer).Is(303)
		steps := regexp.MustCompile(`href="(`+at+`/do/[a-z_]+)"`).FindAllStringSubmatch(page.Body, -1)
		if len(steps) == 0 {
			t.Fatalf("nothing can be done: %s", page.Body)
		}
		step := steps[0][1]
		before := w.Call(t, "GET", "/v1/transactions/"+id, nil).Is(200)
		shown := w.Call(t, "GET", step, nil, facetest.Anonymous, finance).Is(200)
		revision := hidden.FindStringSubmatch(shown.Body)
		if revision == nil {
			t.Fatalf("%s asks for nothing: %s", step, shown.Body)
		}
		send(w, t, step, map[string]string{"revision": revision[1]}, finance).Is(400)
		send(w, t, step, map[string]string{"revision": "0", "reason": "too late"}, finance).Is(409)
		send(w, t, step, map[string]string{"revision": revision[1], "reason": "as vic"}, viewer).Is(403)
		for name, wrong := range map[string]string{"input.return_url": "javascript:alert(1)", "input." + strings.Repeat("a", 300): "long", "input.note": "\x00"} {
			send(w, t, step, map[string]string{"revision": revision[1], "reason": "a wrong input", name: wrong}, finance).Is(400)
		}
		if after := w.Call(t, "GET", "/v1/transactions/"+id, nil).Is(200); after.Body != before.Body {
			t.Errorf("looking has changed the deal: %s", after.Body)
		}
		send(w, t, step, map[string]string{"revision": revision[1], "reason": "the seller has asked for it"}, finance).Is(303)
		if after := w.Call(t, "GET", "/v1/transactions/"+id, nil).Is(200); after.At("state") == before.At("state") {
			t.Errorf("nothing has happened: %s", after.Body)
		}
		send(w, t, step, map[string]string{"revision": revision[1], "reason": "twice"}, finance).Is(409)
		log := w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, viewer).Is(200).Body
		if !strings.Contains(log, "the seller has asked for it") || !strings.Contains(log, "console.sign_in") {
			t.Errorf("the audit log says %s", log)
		}
		theirs := send(w, t, link(w, t, facetest.Theirs, "olga", console.Admin), nil).Is(303)
		pair, _, _ := strings.Cut(theirs.Header.Get("Set-Cookie"), ";")
		for _, path := range []string{at, step} {
			w.Call(t, "GET", path, nil, facetest.Anonymous, facetest.Header("Cookie", pair)).Is(404)
		}
		send(w, t, step, map[string]string{"revision": revision[1], "reason": "another's"}, facetest.Header("Cookie", pair)).Is(404)
	})
}

// Support may not take a step that moves money, whatever it was shown. Finance may.
func TestMoney_needsFinance(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10000), facetest.Staff("olga"), facetest.Once("paid in")).Is(201)
		id := w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance"), facetest.Once("sale")).Is(201).At("id")
		step := "/console/deals/" + id + "/do/reject"
		finance := signIn(w, t, "olga", console.Finance)
		shown := w.Call(t, "GET", step, nil, facetest.Anonymous, finance).Is(200)
		revision := hidden.FindStringSubmatch(shown.Body)
		if revision == nil || !strings.Contains(shown.Body, "100.00") {
			t.Fatalf("%s shows no money that moves: %s", step, shown.Body)
		}
		form := map[string]string{"revision": revision[1], "reason": "the seller has none"}
		if a := send(w, t, step, form, signIn(w, t, "sue", console.Support)).Is(403); !strings.Contains(a.Body, "console_role") {
			t.Errorf("support is refused with %s", a.Body)
		}
		send(w, t, step, form, finance).Is(303)
	})
}

// A deal says what was asked for above the limit and waits for a second person, until somebody has decided it.
func TestDeal_asked(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Fund(t, "bea", 200_000)
		facetest.Limited(t, w)
		sale := facetest.With(facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance"), "unit_price", facetest.Euros(90_000))
		id := w.Call(t, "POST", "/v1/transactions", facetest.With(sale, "quantity", 1), facetest.Once("sale")).Is(201).At("id")
		olga := signIn(w, t, "olga", console.Finance)
		page := func() string {
			return w.Call(t, "GET", "/console/deals/"+id, nil, facetest.Anonymous, olga).Is(200).Body
		}
		if strings.Contains(page(), "waits for a second person") {
			t.Error("something waits that nobody asked for")
		}
		asked := w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", facetest.Object{"transition": "reject", "input": facetest.Object{"reason": "<b>no piano</b>"}}, facetest.Staff("ann"), facetest.Once("reject")).Is(202).At("id")
		if body := page(); !strings.Contains(body, "waits for a second person") || !strings.Contains(body, "operator:ann") || !strings.Contains(body, "&lt;b&gt;no piano") {
			t.Errorf("the deal does not say what waits: %s", body)
		}
		send(w, t, "/console/approvals/"+asked+"/reject", map[string]string{"reason": "there is one"}, olga).Is(303)
		if strings.Contains(page(), "waits for a second person") {
			t.Error("what was rejected still waits")
		}
	})
}
