package comeback_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Who comes back with what began no login here reads why, on a page that loads
// nothing, tells nobody where they were, and leads nowhere that its address names.
func TestRefusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for path, want := range map[string]struct {
		status int
		reason string
	}{
		"/logins/gold?state=x&code=y": {400, "unknown_gateway"},
		"/logins/balance?state=x":     {409, "no_onboarding"},
		"/logins/%3Cscript%3E":        {400, "unknown_gateway"},
		// A code of Keycloak, in which digits stand as in a card number.
		"/logins/balance?state=x&code=13faa8a6-7703-4000-8092-186c6de1c12b.d706875b-7ba3-40d5-986f-6ed4f08822cc.1b77a3fe-f2b9-4967-b9ec-ed5cc68c1985": {409, "no_onboarding"},
		"/logins/balance?state=x&code=" + facetest.Card: {400, "card_data_not_accepted"},
		"/logins/balance?error=%3Cscript%3E&state=%3Cscript%3E&error_description=%3Cscript%3E&return_url=https://evil.example.com": {409, "no_onboarding"},
	} {
		a := w.Call(t, "GET", path, nil, facetest.Anonymous).Is(want.status)
		body := string(a.Body)
		if !strings.Contains(body, "<code>"+want.reason+"</code>") || strings.Contains(body, "<script") || strings.Contains(body, "evil") {
			t.Errorf("%s: %s", path, body)
		}
		for name, value := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Location": "",
		} {
			if got := a.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
		if policy := a.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
	w.Call(t, "POST", "/logins/trustap", facetest.Object{}, facetest.Anonymous).Is(405)
}
