package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// A page of another site cannot steer the emulator of whoever looks at it.
func TestS12_controlsAreNotForOtherSites(t *testing.T) {
	t.Parallel()
	s, err := sandbox.New(sandbox.Config{SharedWorld: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	json := map[string]string{"Content-Type": "application/json"}
	with := func(name, value string) map[string]string {
		return map[string]string{"Content-Type": "application/json; charset=utf-8", name: value}
	}
	for name, tt := range map[string]struct {
		host    string
		headers map[string]string
		code    string
	}{
		"plain":          {"127.0.0.1:8421", json, ""},
		"own page":       {"127.0.0.1:8421", with("Origin", "http://127.0.0.1:8421"), ""},
		"localhost":      {"localhost:8421", json, ""},
		"IPv6":           {"[::1]:8421", json, ""},
		"in a container": {"sandbox:8421", json, ""},
		"text":           {"127.0.0.1:8421", map[string]string{"Content-Type": "text/plain"}, "unsupported_media_type"},
		"form":           {"127.0.0.1:8421", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "unsupported_media_type"},
		"foreign origin": {"127.0.0.1:8421", with("Origin", "https://evil.example.com"), "foreign_origin"},
		"null origin":    {"127.0.0.1:8421", with("Origin", "null"), "foreign_origin"},
		"other port":     {"127.0.0.1:8421", with("Origin", "http://127.0.0.1:3000"), "foreign_origin"},
		"cross-site":     {"127.0.0.1:8421", with("Sec-Fetch-Site", "cross-site"), "foreign_origin"},
		"rebound name":   {"evil.example.com:8421", json, "foreign_host"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/_sandbox/faults", strings.NewReader("[]"))
		r.Host = tt.host
		for header, value := range tt.headers {
			r.Header.Set(header, value)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if tt.code == "" && w.Code != http.StatusOK || tt.code != "" && (w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), tt.code)) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
