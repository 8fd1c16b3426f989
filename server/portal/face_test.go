package portal_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

const links = "/v1/portal-links"

// form is the body of a form, and says that it is one.
func form(w *facetest.Testbed, t *testing.T, path string, fields map[string]string, options ...facetest.Option) facetest.Answer {
	t.Helper()
	values := url.Values{}
	for name, value := range fields {
		values.Set(name, value)
	}
	return w.Call(t, "POST", path, values.Encode(), append([]facetest.Option{facetest.Anonymous, facetest.Header("Content-Type", "application/x-www-form-urlencoded"), facetest.Header("Sec-Fetch-Site", "same-origin")}, options...)...)
}

func newShop(t *testing.T, database string) *facetest.Testbed {
	t.Helper()
	return facetest.NewTestbedOn(t, database, func(c *server.Config) { facetest.KeepAll(t, c) })
}

// link makes a link and returns its path.
func link(w *facetest.Testbed, t *testing.T, options ...facetest.Option) string {
	t.Helper()
	made := w.Call(t, "POST", links, facetest.Object{}, options...).Is(201)
	if at, want := made.At("expires_at"), w.Clock.Now().Add(15*time.Minute).Format(time.RFC3339); at != want {
		t.Errorf("the link works until %s, want %s", at, want)
	}
	u, err := url.Parse(made.At("url"))
	if err != nil || u.Scheme != "https" || !strings.HasPrefix(u.Path, "/portal/open/") {
		t.Fatalf("the link is %s", made.At("url"))
	}
	return u.Path
}

// enter opens a link and returns the cookie.
func enter(w *facetest.Testbed, t *testing.T, options ...facetest.Option) facetest.Option {
	t.Helper()
	a := form(w, t, link(w, t, options...), nil).Is(303)
	pair, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
	return facetest.Header("Cookie", pair)
}

// A link lets one person in, once, for a while.
func TestLink(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newShop(t, database)
		at := link(w, t)
		for range 2 { // programs that look at links use nothing up
			if a := w.Call(t, "GET", at, nil, facetest.Anonymous).Is(200); a.Header.Get("Set-Cookie") != "" || !strings.Contains(a.Body, "Open the portal") {
				t.Errorf("the link shows %v %s", a.Header, a.Body)
			}
		}
		w.Call(t, "GET", "/portal", nil, facetest.Anonymous).Is(401)
		a := form(w, t, at, nil).Is(303)
		want := regexp.MustCompile(`^__Host-handsel-portal=[A-Za-z0-9_-]+; Path=/; Max-Age=900; HttpOnly; Secure; SameSite=Lax$`)
		if got := a.Header.Get("Set-Cookie"); !want.MatchString(got) || a.Header.Get("Location") != "/portal" {
			t.Errorf("cookie %q leads to %s", got, a.Header.Get("Location"))
		}
		pair, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
		visit := facetest.Header("Cookie", pair)
		w.Call(t, "GET", "/portal", nil, facetest.Anonymous, visit).Is(200)
		refused(t, form(w, t, at, nil), 401, "portal_link_invalid") // the second time
		name, value, _ := strings.Cut(pair, "=")
		for what, cookie := range map[string]string{
			"a link":    name + "=" + strings.TrimPrefix(link(w, t), "/portal/open/"),
			"a changed": name + "=" + value[:len(value)-1] + map[bool]string{true: "B", false: "A"}[value[len(value)-1] == 'A'],
			"nothing":   name + "=",
			"others":    "handsel-portal=" + value,
		} {
			if a := w.Call(t, "GET", "/portal", nil, facetest.Anonymous, facetest.Header("Cookie", cookie)); a.Status != 401 {
				t.Errorf("%s cookie lets in: %d", what, a.Status)
			}
		}
		late := link(w, t)
		w.Clock.Advance(15 * time.Minute)
		refused(t, form(w, t, late, nil), 401, "portal_link_invalid")
		refused(t, w.Call(t, "GET", late, nil, facetest.Anonymous), 401, "portal_link_invalid")
		refused(t, w.Call(t, "GET", "/portal", nil, facetest.Anonymous, visit), 401, "portal_link_invalid")
		for what, token := range map[string]string{"made up": "bWFkZS11cA", "a visit": value, "long": strings.Repeat("A", 4000), "cut": link(w, t)[len("/portal/open/") : len("/portal/open/")+30]} {
			if a := form(w, t, "/portal/open/"+token, nil); a.Status != 401 || a.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s opens: %d", what, a.Status)
			}
		}
		w.Call(t, "POST", links, facetest.Object{}, facetest.WithKey(w.Scopes(apikey.Read, apikey.Write))).Refused(403, "missing_scope")
		w.Call(t, "GET", "/v1/operator/audit?act=portal.link", nil).Is(200).Has(map[string]string{"items.0.object": "community:501", "items.3.act": "portal.link", "items.4": "absent"})
	})
}

func refused(t *testing.T, a facetest.Answer, status int, reason string) {
	t.Helper()
	if a.Status != status || !strings.Contains(a.Body, "<code>"+reason+"</code>") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		t.Errorf("answered %d %s, want %d %s", a.Status, a.Body, status, reason)
	}
}

var secretForm = regexp.MustCompile(`whsec_[A-Za-z0-9&#;+/=]+`)

// A visitor looks after endpoints, and what they do is what the routes of the API do.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	w := newShop(t, testdb.SQLite(t))
	receiver := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = a.Write([]byte("<b>thanks</b>"))
	}))
	defer receiver.Close()
	visit := enter(w, t)
	get := func(path string) string {
		t.Helper()
		a := w.Call(t, "GET", path, nil, facetest.Anonymous, visit).Is(200)
		if strings.Contains(a.Body, "whsec_") {
			t.Errorf("%s shows a secret", path)
		}
		return a.Body
	}
	send := func(path string, fields map[string]string) facetest.Answer { return form(w, t, path, fields, visit) }

	if body := get("/portal"); !strings.Contains(body, "Events are sent nowhere.") || !strings.Contains(body, `name="url"`) {
		t.Errorf("without endpoints: %s", body)
	}
	made := send("/portal/endpoints", map[string]string{"url": receiver.URL, "types": "transaction.*\r\nseller.*", "description": "<script>alert(1)</script>"}).Is(200)
	first := secretForm.FindString(made.Body)
	path := regexp.MustCompile(`/portal/endpoints/whe_[a-z2-7]+`).FindString(made.Body)
	if first == "" || path == "" || made.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("made %s", made.Body)
	}
	api := "/v1/webhook-endpoints/" + strings.TrimPrefix(path, "/portal/endpoints/")
	w.Call(t, "GET", api, nil).Is(200).Has(map[string]string{"types.1": "seller.*", "payload": "full", "status": "enabled"})
	for _, page := range []string{"/portal", path} {
		if body := get(page); strings.Contains(body, "<script") || !strings.Contains(body, "&lt;script&gt;") || !strings.Contains(body, "● enabled") {
			t.Errorf("%s: %s", page, body)
		}
	}
	send(path+"/change", map[string]string{"url": receiver.URL, "types": "*", "payload": "thin", "description": "ERP"}).Is(303)
	w.Call(t, "GET", api, nil).Is(200).Has(map[string]string{"types.0": "*", "types.1": "absent", "payload": "thin", "description": "ERP"})
	if second := secretForm.FindString(send(path+"/rotate", map[string]string{"old": "hour"}).Is(200).Body); second == "" {
		t.Error("a rotated secret is not shown")
	}
	if body := send(path+"/test", nil).Is(200).Body; !strings.Contains(body, "has the test event") || !strings.Contains(body, "&lt;b&gt;thanks") {
		t.Errorf("tested: %s", body)
	}
	send(path+"/disable", nil).Is(303)
	if body := get(path); !strings.Contains(body, "This endpoint is disabled: nothing is sent to it.") || !strings.Contains(body, "/enable") {
		t.Errorf("disabled: %s", body)
	}
	send(path+"/enable", map[string]string{"from": "now"}).Is(303)
	refused(t, send(path+"/resend", map[string]string{"event": "evt_x"}), 404, "delivery_not_found")
	refused(t, send(path+"/replay", nil), 400, "invalid_replay")
	refused(t, send(path+"/replay", map[string]string{"from_sequence": "x"}), 400, "invalid_replay")
	refused(t, send(path+"/replay", map[string]string{"since": "yesterday"}), 400, "invalid_replay")
	refused(t, send(path+"/forget", nil), 404, "route_not_found")
	refused(t, send(path+"/rotate", map[string]string{"old": "week"}), 400, "invalid_endpoint")
	refused(t, send("/portal/endpoints", map[string]string{"url": "https://169.254.169.254/"}), 400, "url_not_allowed")
	refused(t, send("/portal/endpoints", map[string]string{"url": receiver.URL, "description": facetest.Card}), 400, "card_data_not_accepted")
	refused(t, send("/portal/endpoints", map[string]string{"url": receiver.URL, "description": strings.Repeat("x", 40<<10)}), 413, "body_too_large")
	refused(t, w.Call(t, "POST", path+"/disable", facetest.Object{}, facetest.Anonymous, visit), 415, "unsupported_media_type")
	refused(t, send(path+"/delete", nil), 400, "invalid_endpoint")
	get("/portal/events")
	refused(t, w.Call(t, "GET", "/portal/events?before=x", nil, facetest.Anonymous, visit), 400, "invalid_cursor")

	// Another community sees nothing of it and changes nothing.
	theirs := enter(w, t, facetest.WithKey(w.Other))
	if a := w.Call(t, "GET", "/portal", nil, facetest.Anonymous, theirs).Is(200); strings.Contains(a.Body, receiver.URL) {
		t.Error("another community sees the endpoint")
	}
	refused(t, w.Call(t, "GET", path, nil, facetest.Anonymous, theirs), 404, "endpoint_not_found")
	for act, fields := range map[string]map[string]string{
		"change": {"url": receiver.URL, "types": "*"}, "enable": nil, "disable": nil, "delete": {"sure": "yes"}, "rotate": nil, "test": nil, "replay": nil,
	} {
		if a := form(w, t, path+"/"+act, fields, theirs); a.Status < 400 {
			t.Errorf("another community may %s: %d", act, a.Status)
		}
	}
	w.Call(t, "GET", api, nil).Is(200).Has(map[string]string{"status": "enabled"})
	w.Call(t, "GET", "/v1/operator/audit?act=webhook_endpoint.disable", nil).Is(200).Has(map[string]string{"items.0.reason": "in the portal", "items.1": "absent"})
	send(path+"/delete", map[string]string{"sure": "yes"}).Is(303)
	w.Call(t, "GET", api, nil).Refused(404, "endpoint_not_found")
	if a := send("/portal/leave", nil).Is(200); !strings.Contains(a.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("leaving sets %q", a.Header.Get("Set-Cookie"))
	}
	refused(t, w.Call(t, "GET", "/portal", nil, facetest.Anonymous, visit), 401, "portal_link_invalid") // whoever kept the cookie
	w.Call(t, "GET", "/portal", nil, facetest.Anonymous, theirs).Is(200)
}

// A visitor reads the pages in their own language, refusals too.
func TestLanguages(t *testing.T) {
	t.Parallel()
	w := newShop(t, testdb.SQLite(t))
	visit := enter(w, t)
	for wish, want := range map[string][3]string{
		"":              {`<html lang="en">`, "Events are sent nowhere.", "No such webhook endpoint."},
		"de-AT, en;q=1": {`<html lang="de">`, "Ereignisse werden nirgendwohin gesendet.", "Diesen Endpunkt gibt es nicht oder nicht mehr."},
		"fr, es;q=0.3":  {`<html lang="es">`, "Los eventos no se envían a ningún sitio.", "Ese destino no existe o ya no existe."},
	} {
		language := facetest.Header("Accept-Language", wish)
		page, gone := w.Call(t, "GET", "/portal", nil, facetest.Anonymous, visit, language).Is(200).Body, w.Call(t, "GET", "/portal/endpoints/whe_x", nil, facetest.Anonymous, visit, language).Is(404).Body
		for text, in := range map[string]string{want[0]: page, want[1]: page, want[2]: gone} {
			if !strings.Contains(in, text) {
				t.Errorf("for %q the page lacks %q:\n%s", wish, text, in)
			}
		}
	}
}

// Pages of other sites change nothing, whatever the browser sends along, and no page runs a script
// or loads anything.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	w := newShop(t, testdb.SQLite(t))
	visit := enter(w, t)
	for name, headers := range map[string]map[string]string{
		"another site": {"Sec-Fetch-Site": "cross-site"}, "a neighbour": {"Sec-Fetch-Site": "same-site"}, "an old browser": {"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, "a hidden origin": {"Sec-Fetch-Site": "", "Origin": "null"},
	} {
		for _, path := range []string{link(w, t), "/portal/leave", "/portal/endpoints", "/portal/endpoints/whe_x/delete"} {
			options := []facetest.Option{visit}
			for header, value := range headers {
				options = append(options, func(r *http.Request) {
					if r.Header.Set(header, value); value == "" {
						r.Header.Del(header)
					}
				})
			}
			a := form(w, t, path, map[string]string{"url": "https://evil.example/"}, options...)
			if refused(t, a, 403, "origin_not_allowed"); a.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s at %s sets a cookie", name, path)
			}
		}
	}
	w.Call(t, "GET", "/v1/webhook-endpoints", nil).Is(200).Has(map[string]string{"items": "[]"})
	for _, path := range []string{link(w, t), "/portal", "/portal/events", "/portal/endpoints/whe_x"} {
		a := w.Call(t, "GET", path, nil, facetest.Anonymous, visit)
		for header, want := range map[string]string{"Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q", path, header, got)
			}
		}
		_, style, _ := strings.Cut(a.Body, "<style>")
		style, _, _ = strings.Cut(style, "</style>")
		sum := sha256.Sum256([]byte(style))
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
		if got := a.Header.Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: the policy is %s, want %s", path, got, want)
		}
		if strings.Contains(a.Body, "<script") || strings.Contains(a.Body, " style=") || strings.Contains(a.Body, "src=") {
			t.Errorf("%s loads something: %s", path, a.Body)
		}
	}
}
