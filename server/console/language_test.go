package console_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Staff reads pages in the language that their browser wants, or in the one that they have chosen, and what is going on with a deal, too.
func TestLanguage(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	session := signIn(w, t, "vera", console.Viewer)
	deal := "/console/deals/" + w.Open(t)
	wants := facetest.Header("Accept-Language", "de-AT")
	for _, c := range []struct {
		name, path string
		options    []facetest.Option
		want       []string
	}{
		{"nothing said", "/console", nil, []string{`<html lang="en">`, "Nothing needs a person now"}},
		{"what a browser wants", "/console", []facetest.Option{wants}, []string{`<html lang="de">`, "Nichts braucht jetzt einen Menschen", "Zum Inhalt"}},
		{"a deal", deal, []facetest.Option{wants}, []string{`<html lang="de">`, "die Käuferseite"}},
		{"a refusal", "/console/deals/1234567", []facetest.Option{wants}, []string{`<html lang="de">`, `<h1 lang="en">`, "Zur Übersicht"}},
		{"a language that there is not", "/console?language=fr", nil, []string{`<html lang="en">`}},
	} {
		page := w.Call(t, "GET", c.path, nil, append(c.options, facetest.Anonymous, session)...).Body
		for _, text := range c.want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: the page lacks %q:\n%s", c.name, text, page)
			}
		}
	}
	chosen := w.Call(t, "GET", "/console/sessions?language=es", nil, facetest.Anonymous, session, wants).Is(200)
	if kept := chosen.Header.Get("Set-Cookie"); !strings.HasPrefix(kept, "language=es;") || !strings.Contains(chosen.Body, "Otros") && !strings.Contains(chosen.Body, "Tiene una sesión iniciada.") {
		t.Errorf("after choosing: %s\n%s", kept, chosen.Body)
	}
}
