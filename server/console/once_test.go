package console_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
	"github.com/handsel-dev/handsel/timeline"
)

var onceField = regexp.MustCompile(`<form method="post"[^>]*><input type="hidden" name="once" value="([A-Za-z0-9_-]{43})">`)

// field is what tells a form of a page from others.
func field(t *testing.T, page facetest.Answer) string {
	t.Helper()
	found := onceField.FindStringSubmatch(page.Body)
	if found == nil {
		t.Fatalf("no form has the field: %s", page.Body)
	}
	return found[1]
}

// Two clicks do what one does, and are answered alike; what is shown once is not shown again. Another page, or something else in the
// form, is another request, and so is one that was refused.
func TestOnce(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		ada := signIn(w, t, "ada", console.Admin)
		get := func(path string) facetest.Answer {
			return w.Call(t, "GET", path, nil, facetest.Anonymous, ada).Is(200)
		}
		keys := func() int {
			t.Helper()
			all, err := w.Store.Keys(t.Context(), facetest.Ours)
			w.Must(err)
			return len(all)
		}
		had := keys()
		form := map[string]string{"name": "shop", "scopes": "read", "mode": "test", "reason": "a new shop", "days": "x", "once": field(t, get("/console/keys"))}
		send(w, t, "/console/keys", form, ada).Is(400)
		form["days"] = "7"
		first, second := send(w, t, "/console/keys", form, ada).Is(200), send(w, t, "/console/keys", form, ada).Is(200)
		if keys() != had+1 || !strings.Contains(first.Body, "hsk_test_") || strings.Contains(second.Body, "hsk_test_") {
			t.Errorf("two clicks make %d keys, and the second is answered %s", keys()-had, second.Body)
		}
		shows(t, second, "This was sent twice, and was done once.", `href="/console/keys"`)
		form["once"] = field(t, get("/console/keys"))
		send(w, t, "/console/keys", form, ada).Is(200)
		form["name"] = "another shop"
		send(w, t, "/console/keys", form, ada).Is(200)
		if keys() != had+3 {
			t.Errorf("three forms made %d keys", keys()-had)
		}

		deal := "/console/deals/" + w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("sale")).Is(201).At("id")
		note := map[string]string{"note": "She called.", "once": field(t, get(deal))}
		for range 2 {
			if a := send(w, t, deal, note, ada).Is(303); a.Header.Get("Location") != deal+"#happened" {
				t.Errorf("a note leads to %s", a.Header.Get("Location"))
			}
		}
		if notes, err := w.Store.Acts(t.Context(), orchestrator.ActFilter{CommunityID: facetest.Ours, Name: timeline.Noted, Limit: 9}); err != nil || len(notes) != 1 {
			t.Errorf("two clicks write %d notes, %v", len(notes), err)
		}

		hook := map[string]string{"url": "http://127.0.0.1:1/hook", "types": "transaction.*", "reason": "the ERP", "once": field(t, get("/console/webhooks"))}
		send(w, t, "/console/webhooks/endpoints", hook, ada).Is(200)
		shows(t, send(w, t, "/console/webhooks/endpoints", hook, ada).Is(200), "This was sent twice, and was done once.", `href="/console/webhooks"`)
		if all, err := w.Store.ListEndpoints(t.Context(), facetest.Ours); err != nil || len(all) != 1 {
			t.Errorf("two clicks make %d endpoints, %v", len(all), err)
		}
		// What one person has sent is none of another's.
		eve := signIn(w, t, "eve", console.Admin)
		send(w, t, "/console/webhooks/endpoints", hook, eve).Is(200)
		if all, err := w.Store.ListEndpoints(t.Context(), facetest.Ours); err != nil || len(all) != 2 {
			t.Errorf("with another person's there are %d endpoints, %v", len(all), err)
		}
	})
}

// Of many clicks at the same moment one does the work; the others say so, or that it is at it.
func TestOnce_together(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		ada := signIn(w, t, "ada", console.Admin)
		form := map[string]string{"name": "together", "scopes": "read", "mode": "test", "reason": "a new shop", "once": field(t, w.Call(t, "GET", "/console/keys", nil, facetest.Anonymous, ada))}
		answers := make(chan int, 8)
		for range cap(answers) {
			go func() { answers <- send(w, t, "/console/keys", form, ada).Status }()
		}
		for range cap(answers) {
			if status := <-answers; status != 200 && status != 409 {
				t.Errorf("a click is answered %d", status)
			}
		}
		made := 0
		all, err := w.Store.Keys(t.Context(), facetest.Ours)
		w.Must(err)
		for _, k := range all {
			if k.Name == "together" {
				made++
			}
		}
		if made != 1 {
			t.Errorf("%d clicks make %d keys", cap(answers), made)
		}
	})
}

// answered is a store in which every form was sent before.
type answered struct{ idempotency.Runner }

func (answered) Reserve(_ context.Context, r idempotency.Reply) (idempotency.Reply, bool, error) {
	r.Status, r.Body = http.StatusSeeOther, []byte("/console/sent-before")
	return r, false, nil
}

// leaving is a store whose caller hangs up as soon as a form is known, as a browser does at the second of two clicks.
type leaving struct {
	idempotency.Runner
	hangUp func()
}

func (l *leaving) Reserve(ctx context.Context, r idempotency.Reply) (idempotency.Reply, bool, error) {
	kept, first, err := l.Runner.Reserve(ctx, r)
	l.hangUp()
	return kept, first, err
}

// Whoever clicks twice hangs up on the first click: it does its work, and the second does nothing.
func TestOnce_firstClickIsLeft(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := &leaving{hangUp: func() {}}
			w := facetest.NewTestbedOn(t, url, func(c *server.Config) {
				facetest.KeepAll(t, c)
				left.Runner, c.Replies = c.Replies, left
			})
			ada := signIn(w, t, "ada", console.Admin)
			form := map[string]string{"name": "left", "scopes": "read", "mode": "test", "reason": "a new shop", "once": field(t, w.Call(t, "GET", "/console/keys", nil, facetest.Anonymous, ada))}
			ctx, hangUp := context.WithCancel(t.Context())
			left.hangUp = hangUp
			send(w, t, "/console/keys", form, ada, func(r *http.Request) { *r = *r.WithContext(ctx) })
			left.hangUp = func() {}
			if a := send(w, t, "/console/keys", form, ada); !strings.Contains(a.Body, "was done once") {
				t.Errorf("the second click: %d %s", a.Status, a.Body)
			}
			all, err := w.Store.Keys(t.Context(), facetest.Ours)
			w.Must(err)
			if n := len(slices.DeleteFunc(all, func(k apikey.Key) bool { return k.Name != "left" })); n != 1 {
				t.Errorf("it made %d keys", n)
			}
		})
	}
}

// onceAnyway are forms that nobody signed in sends, and why two of them do what one does.
var onceAnyway = map[string]string{
	"/console/open/{token}":    "the link is used up",
	"/console/sign-in":         "the link is used up",
	"/console/sign-in/account": "the code is used up",
	"/console/invite/{token}":  "the invitation is used up",
	"/console/sign-in/oidc":    "a login that is begun twice is ended once; the first is forgotten",
	"/console/leave":           "the session has ended",
}

// Every form of the console is known when it is sent twice, before anything is done: a new route is, or it is listed with a reason.
func TestOnce_everyForm(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedOn(t, testdb.SQLite(t), func(c *server.Config) {
		facetest.KeepAll(t, c)
		c.Replies, c.Playground = answered{c.Replies}, &toys{}
	})
	ada := signIn(w, t, "ada", console.Admin)
	params := regexp.MustCompile(`\{[a-z]+\}`)
	seen, listed := 0, maps.Clone(onceAnyway)
	var routes []web.Route
	for _, r := range slices.Concat(w.Server.Routes(), console.PlayFace(console.Parts{}).Routes) {
		if r.Method == http.MethodPost && strings.HasPrefix(r.Path, "/console") {
			routes = append(routes, r)
		}
	}
	slices.SortFunc(routes, func(a, b web.Route) int { return cmp.Compare(a.Path, b.Path) })
	for _, r := range routes {
		if onceAnyway[r.Path] != "" {
			delete(listed, r.Path)
			continue
		}
		seen++
		path := params.ReplaceAllString(r.Path, "x")
		if a := send(w, t, path, map[string]string{"once": "sent-before"}, ada); a.Status != 303 || a.Header.Get("Location") != "/console/sent-before" {
			t.Errorf("POST %s does not know a form that is sent twice: %d %s", r.Path, a.Status, a.Header.Get("Location"))
		}
	}
	if seen < 20 || len(listed) > 0 {
		t.Errorf("%d forms were sent; there are no routes %v", seen, listed)
	}
}

// Every form of every page that changes something has the field.
func TestOnce_everyPage(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	ada := signIn(w, t, "ada", console.Admin)
	deal := "/console/deals/" + w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("sale")).Is(201).At("id")
	for _, path := range []string{
		"/console", deal, "/console/risk", "/console/disputes", "/console/sellers/sam", "/console/community", "/console/keys", "/console/mails", "/console/approvals",
		"/console/audit", "/console/inbox", "/console/jobs", "/console/sessions", "/console/webhooks", "/console/listings",
	} {
		page := w.Call(t, "GET", path, nil, facetest.Anonymous, ada).Is(200).Body
		if forms, fields := strings.Count(page, `method="post"`), len(onceField.FindAllString(page, -1)); forms != fields || forms == 0 {
			t.Errorf("%s has %d forms that change something, and %d have the field", path, forms, fields)
		}
	}
}

var wayBack = regexp.MustCompile(`<a href="(/console[^"]*sent=[^"]*)">`)

// A form that is refused leads back to the page that it came from, with what was written, whichever form it is; secrets are left out.
func TestRefused_keepsWhatWasWritten(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	ada := signIn(w, t, "ada", console.Admin)
	deal := "/console/deals/" + w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("sale")).Is(201).At("id")
	hook := map[string]string{"url": "http://127.0.0.1:1/hook", "types": "transaction.*", "reason": "the ERP"}
	send(w, t, "/console/webhooks/endpoints", hook, ada).Is(200)
	all, err := w.Store.ListEndpoints(t.Context(), facetest.Ours)
	w.Must(err)
	endpoint := "/console/webhooks/endpoints/" + w.Ids.Seal(publicid.Endpoint, all[0].ID)
	for path, tc := range map[string]struct {
		from   string
		fields map[string]string
		shows  []string
	}{
		"/console/keys":               {"/console/keys", map[string]string{"name": `"my" shop`, "scopes": "publishable", "mode": "test", "days": "many", "reason": "it <b>is</b>"}, []string{`value="&#34;my&#34; shop"`, `value="publishable" selected`, `value="many"`, `value="it &lt;b&gt;is&lt;/b&gt;"`}},
		deal:                          {deal, map[string]string{"note": strings.Repeat("däß ж ", 900)}, []string{strings.Repeat("däß ж ", 900) + "</textarea>"}},
		"/console/community/fees":     {"/console/community", map[string]string{"seller": "a lot", "buyer": "3", "reason": "agreed"}, []string{`value="a lot"`, `value="agreed"`}},
		"/console/webhooks/endpoints": {"/console/webhooks", map[string]string{"url": "nowhere", "types": "order.*", "description": "the ERP", "reason": "moved"}, []string{`value="nowhere"`, "order.*</textarea>", `value="the ERP"`, `value="moved"`}},
		endpoint + "/change":          {endpoint, map[string]string{"url": "nowhere", "types": "order.*", "description": "<i>", "reason": "moved"}, []string{`value="nowhere"`, "order.*</textarea>", `value="&lt;i&gt;"`, "<details open"}},
		endpoint + "/replay":          {endpoint, map[string]string{"from_sequence": "9", "to_sequence": "3", "reason": "again"}, []string{`value="9"`, `value="3"`, `value="again"`}},
	} {
		if path == "/console/community/fees" {
			tc.fields["seen"] = seen.FindStringSubmatch(w.Call(t, "GET", "/console/community", nil, facetest.Anonymous, ada).Body)[1]
		}
		refused := send(w, t, path, tc.fields, ada, facetest.Header("Referer", "http://example.com"+tc.from))
		back := wayBack.FindStringSubmatch(refused.Body)
		if refused.Status != 400 || back == nil {
			t.Errorf("%s is answered %d without a way back: %s", path, refused.Status, refused.Body)
			continue
		}
		at := html.UnescapeString(back[1])
		page := w.Call(t, "GET", at, nil, facetest.Anonymous, ada).Is(200)
		shows(t, page, tc.shows...)
	}
	if a := signInAs(w, t, "olga@501", "a wrong password", "123456").Is(401); !strings.Contains(a.Body, `value="olga@501"`) || strings.Contains(a.Body, "a wrong password") || strings.Contains(a.Body, "123456") {
		t.Errorf("a sign-in that is refused keeps %s", a.Body)
	}
	w.Call(t, "GET", "/console/keys?sent=x!", nil, facetest.Anonymous, ada).Is(200)
	tooLong := send(w, t, deal, map[string]string{"note": strings.Repeat("long ", 5500)}, ada)
	if tooLong.Status != 400 || strings.Contains(tooLong.Body, "sent=") {
		t.Errorf("what is too long for an address is answered %d %s", tooLong.Status, tooLong.Body)
	}
	// Nobody is led elsewhere, or finds more than fields filled in.
	page := w.Call(t, "GET", `/console/keys?sent=`+base64.RawURLEncoding.EncodeToString([]byte(`{"Action":"/console/keys","Fields":{"name":["\"><script>alert(1)</script>"],"once":["planted"]}}`)), nil, facetest.Anonymous, ada).Is(200)
	hides(t, page, "<script>alert(1)", "planted")
	refused := send(w, t, "/console/keys", map[string]string{"name": "x"}, ada, facetest.Header("Referer", "https://evil.example/console/mails"))
	if !strings.Contains(refused.Body, `href="/console/keys?sent=`) {
		t.Errorf("who names another site is led to %s", refused.Body)
	}
}
