package console_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var backField = regexp.MustCompile(`name="back" value="([^"]*)"`)

// unproved is a refusal that asks who somebody is; it returns where they come back to.
func unproved(t *testing.T, a facetest.Answer) (back string) {
	t.Helper()
	field := backField.FindStringSubmatch(a.Is(403).Body)
	if field == nil || !strings.Contains(a.Body, "<code>console_proof</code>") {
		t.Fatalf("the refusal is %s", a.Body)
	}
	return html.UnescapeString(field[1])
}

// prove shows again who olga is, by a fresh link that she pastes.
func prove(w *facetest.Testbed, t *testing.T, back string, role console.Role, before facetest.Option) (page string, after facetest.Option) {
	t.Helper()
	fields := map[string]string{"link": "https://pay.example.com" + link(w, t, facetest.Ours, "olga", role) + "\n", "back": back}
	a := send(w, t, "/console/sign-in", fields, before).Is(303)
	w.Call(t, "GET", "/console", nil, facetest.Anonymous, before).Is(401) // a session that somebody has seen ends
	send(w, t, "/console/sign-in", fields, before).Is(401)
	return a.Header.Get("Location"), cookie(a)
}

// Who moves money has shown within five minutes who they are. Nothing happens without that, nothing by it, and nothing
// that was written is lost.
func TestProof_step(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(20_000), facetest.Staff("ann"), facetest.Once("purse")).Is(201)
		sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
		id := w.Call(t, "POST", "/v1/transactions", sale, facetest.As("bea"), facetest.Once("sale")).Is(201).At("id")
		olga := signIn(w, t, "olga", console.Finance)
		step := "/console/deals/" + id + "/do/complete_preauthorization"
		before := w.Call(t, "GET", "/v1/transactions/"+id, nil).Is(200).Body
		unchanged := func(when string) {
			if after := w.Call(t, "GET", "/v1/transactions/"+id, nil).Is(200).Body; after != before {
				t.Errorf("%s the deal is %s", when, after)
			}
		}
		w.Clock.Advance(console.ProofLife)
		shown := w.Call(t, "GET", step, nil, facetest.Anonymous, olga).Is(200)
		form := map[string]string{"revision": hidden.FindStringSubmatch(shown.Body)[1], "reason": `they "asked" & agreed`}
		back := unproved(t, send(w, t, step, form, olga))
		unchanged("unproved,")
		if at, err := url.Parse(back); err != nil || at.Path != step || at.Query().Get("reason") != form["reason"] || at.Query().Has("revision") {
			t.Errorf("the way back is %s", back)
		}
		at, olga := prove(w, t, back, console.Finance, olga)
		unchanged("after the proof alone,")
		shown = w.Call(t, "GET", at, nil, facetest.Anonymous, olga).Is(200)
		if !strings.Contains(shown.Body, html.EscapeString(form["reason"])) {
			t.Errorf("what was written is lost: %s", shown.Body)
		}
		unchanged("after coming back,")
		w.Clock.Advance(console.ProofLife - time.Second)
		_, less := prove(w, t, back, console.Support, signIn(w, t, "olga", console.Finance))
		if a := send(w, t, step, form, less).Is(403); !strings.Contains(a.Body, "console_role") {
			t.Errorf("a new proof keeps the old role: %s", a.Body)
		}
		send(w, t, step, form, olga).Is(303)
		if after := w.Call(t, "GET", "/v1/transactions/"+id, nil).Is(200).Body; after == before {
			t.Error("nothing has happened")
		}
	})
}

// What another has asked for is approved under the same rule; to reject it moves nothing.
func TestProof_approval(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		facetest.Limited(t, w)
		ask := func(key string) string {
			return "/console/approvals/" + w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(20_000), facetest.Staff("ann"), facetest.Once(key)).Is(202).At("id")
		}
		first, other := ask("first"), ask("second")
		olga := signIn(w, t, "olga", console.Finance)
		w.Clock.Advance(console.ProofLife)
		back := unproved(t, send(w, t, first+"/approve", map[string]string{"reason": "I was there"}, olga))
		send(w, t, other+"/reject", map[string]string{"reason": "twice"}, olga).Is(303)
		at, olga := prove(w, t, back, console.Finance, olga)
		page := w.Call(t, "GET", at, nil, facetest.Anonymous, olga).Is(200).Body
		if !strings.Contains(page, `value="I was there"`) || !strings.Contains(page, ">waiting<") && !strings.Contains(page, "waiting</span>") {
			t.Errorf("after coming back: %s", page)
		}
		send(w, t, first+"/approve", map[string]string{"reason": "I was there"}, olga).Is(303)
		if page := w.Call(t, "GET", "/console/approvals", nil, facetest.Anonymous, olga).Is(200).Body; !strings.Contains(page, "Nothing waits") {
			t.Errorf("after approving: %s", page)
		}
	})
}

// The link of handsel dev counts for as long as its session.
func TestProof_trusted(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	facetest.Limited(t, w)
	asked := w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(20_000), facetest.Staff("ann"), facetest.Once("k")).Is(202).At("id")
	at, _, err := w.Door.Link(t.Context(), console.SignIn{Community: facetest.Ours, Name: "olga", Role: console.Admin, Trusted: true}, facetest.Someone)
	w.Must(err)
	olga := cookie(send(w, t, strings.TrimPrefix(at, "https://pay.example.com"), nil).Is(303))
	for range 15 {
		w.Clock.Advance(console.SessionIdle - time.Second)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, olga).Is(200)
	}
	send(w, t, "/console/approvals/"+asked+"/approve", map[string]string{"reason": "I was there"}, olga).Is(303)
}

// Who signs in is led to the page that they asked for, and never out of the console.
func TestSignIn_back(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	a := w.Call(t, "GET", "/console/deals?q=bea&state=paid", nil, facetest.Anonymous).Is(401)
	if field := backField.FindStringSubmatch(a.Body); field == nil || html.UnescapeString(field[1]) != "/console/deals?q=bea&state=paid" {
		t.Errorf("the page to sign in is %s", a.Body)
	}
	for back, want := range map[string]string{
		"/console/deals?q=bea&state=paid": "/console/deals?q=bea&state=paid", "/console": "/console",
		"": "/console", "https://evil.example.com/console": "/console", "//evil.example.com/console": "/console", `/\evil.example.com`: "/console", `\\evil.example.com/console`: "/console",
		"/console/../portal": "/console", "/console//evil.example.com": "/console", "/portal": "/console", "/consoles": "/console", "javascript:alert(1)": "/console", "/console/deals\r\nSet-Cookie: a=b": "/console", "console:/console": "/console",
		"/%2Fevil.example.com": "/console", "/console/%2e%2e/%2e%2e/x": "/console",
	} {
		a := send(w, t, "/console/sign-in", map[string]string{"link": link(w, t, facetest.Ours, "olga", console.Viewer), "back": back}).Is(303)
		if got := a.Header.Get("Location"); got != want {
			t.Errorf("%q leads to %q", back, got)
		}
	}
}

// A session of a developer's machine lasts while nobody looks, and no longer than another.
func TestSignIn_development(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Door.Plain = true
	olga := signIn(w, t, "olga", console.Viewer)
	w.Clock.Advance(console.SessionLife - time.Minute)
	w.Call(t, "GET", "/console", nil, facetest.Anonymous, olga).Is(200)
	w.Clock.Advance(time.Minute)
	w.Call(t, "GET", "/console", nil, facetest.Anonymous, olga).Is(401)
}
