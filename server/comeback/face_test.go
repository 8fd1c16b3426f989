package comeback_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Who comes back with something that is no login of ours reads why, on a page that loads
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
		"/logins/balance?error=%3Cscript%3E&state=%3Cscript%3E&error_description=%3Cscript%3E&return_url=https://evil.example.com": {409, "no_onboarding"},
	} {
		a := w.Call(t, "GET", path, nil, facetest.Anonymous).Is(want.status)
		body := string(a.Body)
		if !strings.Contains(body, "<small>"+want.reason+"</small>") || strings.Contains(body, "<script") || strings.Contains(body, "evil") {
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
