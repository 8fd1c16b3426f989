package console_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var (
	sessionField = regexp.MustCompile(`name="session" value="([0-9a-f]{64})"`)
	thisOne      = regexp.MustCompile(`(?s)this one.*?name="session" value="([0-9a-f]{64})"`)
)

// People end their own sessions, an admin everybody's of the community; each ends at once, and the audit log says who did it.
func TestSessions(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		page := func(who facetest.Option) string {
			t.Helper()
			return w.Call(t, "GET", "/console/sessions", nil, facetest.Anonymous, who).Is(200).Body
		}
		is := func(who facetest.Option, status int) {
			t.Helper()
			w.Call(t, "GET", "/console", nil, facetest.Anonymous, who).Is(status)
		}
		end := func(who facetest.Option, session string) facetest.Answer {
			return send(w, t, "/console/sessions", map[string]string{"session": session}, who)
		}
		vic, phone, laptop := signIn(w, t, "vic", console.Viewer), signIn(w, t, "vic", console.Viewer), signIn(w, t, "vic", console.Viewer)
		fin, adam := signIn(w, t, "fin", console.Finance), signIn(w, t, "adam", console.Admin)
		theirs := cookie(send(w, t, link(w, t, facetest.Theirs, "vic", console.Admin), nil).Is(303))
		id := func(who facetest.Option) string { t.Helper(); return thisOne.FindStringSubmatch(page(who))[1] }

		if body := page(vic); !strings.Contains(body, "You are signed in 3 times.") || strings.Contains(body, "fin (") || strings.Contains(body, "adam (") || len(sessionField.FindAllString(body, -1)) != 3 {
			t.Errorf("vic sees %s", body)
		}
		if body := page(adam); !strings.Contains(body, "fin (finance), by link") || len(sessionField.FindAllString(body, -1)) != 5 {
			t.Errorf("adam sees %s", body)
		}
		if body := page(theirs); len(sessionField.FindAllString(body, -1)) != 1 {
			t.Errorf("another community sees %s", body)
		}
		for who, session := range map[string]string{"another's": id(fin), "another community's": id(theirs), "no": strings.Repeat("0", 64)} {
			if a := end(vic, session).Is(404); !strings.Contains(a.Body, "console_session_unknown") {
				t.Errorf("%s: %s", who, a.Body)
			}
		}
		end(adam, id(theirs)).Is(404)
		is(fin, 200)
		is(theirs, 200)
		end(vic, id(phone)).Is(303)
		is(phone, 401)
		is(laptop, 200)
		end(vic, "").Is(303)
		is(laptop, 401)
		is(vic, 200)
		is(fin, 200)
		end(adam, id(fin)).Is(303)
		is(fin, 401)
		send(w, t, "/console/leave", nil, vic).Is(200)
		is(vic, 401)
		end(vic, id(adam)).Is(401)
		log := w.Call(t, "GET", "/console/audit?act=console.sign_out", nil, facetest.Anonymous, adam).Is(200).Body
		for _, line := range []string{"<code>operator:fin</code> by operator:adam", "<code>operator:vic</code> by operator:vic", "signed out", "ended in the console"} {
			if !strings.Contains(log, line) {
				t.Errorf("the audit log has no %q: %s", line, log)
			}
		}
	})
}
