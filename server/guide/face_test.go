package guide_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

var (
	inPage    = regexp.MustCompile(`(?s)<pre><code>(.*?)</code></pre>`)
	tag       = regexp.MustCompile(`<[^>]+>`)
	mark      = regexp.MustCompile("`|\\[|\\]\\([^)]*\\)")
	spaces    = regexp.MustCompile(`\s+`)
	asBrowser = facetest.Header("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
)

// said is what a page says to who reads it.
func said(page string) string {
	return spaces.ReplaceAllString(html.UnescapeString(tag.ReplaceAllString(page, "")), "")
}

// Every code has a page on the list that says what happened, what to do and where the money is, with an answer that
// leads back to it.
func TestErrors_everyCodeHasAPage(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	list := w.Call(t, "GET", web.ErrorPages, nil, facetest.Anonymous).Is(200).Body
	for _, g := range fault.Reasons() {
		for _, m := range g.Meanings {
			path := web.ErrorPages + "/" + string(m.Reason)
			if !strings.Contains(list, `href="`+path+`"`) {
				t.Errorf("%s is not on the list", m.Reason)
			}
			page := w.Call(t, "GET", path, nil, facetest.Anonymous).Is(200).Body
			text := said(page)
			if linked := strings.Contains(m.Means+m.Next, "]("); !linked {
				for _, what := range []string{m.Means, m.Next} {
					if !strings.Contains(text, spaces.ReplaceAllString(mark.ReplaceAllString(what, ""), "")) {
						t.Errorf("%s does not say %q", path, what)
					}
				}
			}
			if strings.Contains(text, "](") || !strings.Contains(text, "Wherethemoneyis") {
				t.Errorf("%s: %s", path, text)
			}
			if m.Code != "" && !shows(t, page, m, path) {
				t.Errorf("%s has no answer of the class %s: %s", path, m.Code, page)
			}
		}
	}
}

// shows reports whether a page has the answer of a class as an example.
func shows(t *testing.T, page string, m fault.Meaning, path string) bool {
	t.Helper()
	for _, found := range inPage.FindAllStringSubmatch(page, -1) {
		var p web.Problem
		if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &p); err != nil {
			t.Fatal(err)
		}
		if p.Code == string(m.Reason) && p.Type == path && p.Status == web.StatusOf(&fault.Error{Code: m.Code, Reason: m.Reason}) && p.Detail != "" && p.MoneyMoved != "" {
			return true
		}
	}
	return false
}

// A code is found as any face writes it; one that is a gateway's own is explained on the list.
func TestErrors_otherSpellings(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for path, says := range map[string]string{
		"/AD_CHANGED":           "<h1>ad_changed</h1>",
		"/ad_changed":           "<code>AD_CHANGED</code>",
		"/revision_conflict":    "<code>AD_CHANGED</code>",
		"/IDEMPOTENCY_CONFLICT": "<h1>idempotency_key_reused</h1>",
		"/outcome_unknown":      "Not known yet",
		"":                      `id="` + web.OtherCodes + `"`,
	} {
		if a := w.Call(t, "GET", web.ErrorPages+path, nil, facetest.Anonymous).Is(200); !strings.Contains(a.Body, says) {
			t.Errorf("%s does not say %s: %s", path, says, a.Body)
		}
	}
	for _, path := range []string{"/no_such_code", "/%3Cscript%3E"} {
		a := w.Call(t, "GET", web.ErrorPages+path, nil, facetest.Anonymous).Is(404)
		if !strings.Contains(a.Body, "All codes") || strings.Contains(a.Body, "script>") || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
	_, body := web.RenderProblem(fault.New(fault.Declined, "expired_token", "no"), "req_1")
	if !strings.Contains(string(body), `"type":"`+web.ErrorPages+"#"+web.OtherCodes+`"`) {
		t.Errorf("%s", body)
	}
}

// A browser is shown the way; for a program nothing is here.
func TestFront(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	a := w.Call(t, "GET", "/", nil, facetest.Anonymous, asBrowser).Is(200)
	for _, to := range []string{"/console", "/docs", web.ErrorPages, "/openapi.yaml"} {
		if !strings.Contains(a.Body, `href="`+to+`"`) {
			t.Errorf("no way to %s: %s", to, a.Body)
		}
		if there := w.Call(t, "GET", to, nil, facetest.Anonymous); there.Status == 404 {
			t.Errorf("%s is not there", to)
		}
	}
	if a.Header.Get("Vary") != "Accept" {
		t.Errorf("%v %s", a.Header, a.Body)
	}
	w.Call(t, "GET", "/", nil, facetest.Anonymous).Refused(404, "route_not_found")
	w.Call(t, "GET", "/", nil, facetest.Anonymous, facetest.Header("Accept", "application/json")).Refused(404, "route_not_found")
}
