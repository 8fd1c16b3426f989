package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// FuzzRequest sends anything to the handler: it must not break, and what it refuses must change nothing.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][4]string{
		{"GET", "/api/v1/charge?currency=eur&price=1234", "", ""},
		{"POST", "/api/v1/guest_users", "", guestBody("email", "a@example.com")},
		{"POST", "/api/v1/me/transactions", fullSeller, `{` + terms + `,"role":"seller"}`},
		{"POST", "/api/v1/me/transactions/create_and_join", fullBuyer, `{` + terms + `,"creator_role":"buyer","join_user_id":"` + fullSeller + `"}`},
		{"POST", "/api/v1/transactions/1309/track", fullSeller, trackBody},
		{"POST", "/api/v1/transactions/1309/complain_with_description", fullBuyer, complaintBody},
		{"GET", "/api/v1/batch/transactions?ids=1309,1", "", ""},
		{"PUT", "/api/v1/transactions?join_code=x", fullSeller, ""},
		{"POST", "/online/transactions/1309/pay?redirect_uri=https://example.com", "", `{"card":"success"}`},
		{"GET", "/online/transactions/1309/guest_pay", "", ""},
		{"POST", "/_sandbox/transactions/1309/pay", "", `{"card":"success"}`},
		{"POST", "/_sandbox/clock/advance", "", `{"seconds":345600}`},
		{"POST", "/_sandbox/webhooks/1/resend", "", ""},
		{"PUT", "/_sandbox/webhooks/endpoint", "", `{"url":"x"}`},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, target, user, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasSuffix(u.Path, "/faults") {
			return
		}
		sb, err := sandbox.New(sandbox.Config{Start: start})
		must(t, err)
		serve := func(method string, u *url.URL, user, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
			r.Method, r.URL = method, u
			r.SetBasicAuth("key", "")
			r.Header.Set("Trustap-User", user)
			w := httptest.NewRecorder()
			sb.ServeHTTP(w, r)
			return w
		}
		serve("POST", &url.URL{Path: "/api/v1/me/transactions/create_and_join"}, fullSeller,
			`{`+terms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
		before := fingerprint(t, sb)
		w := serve(method, u, user, body)
		if w.Code >= 500 {
			t.Errorf("%s %s: status %d: %s", method, target, w.Code, w.Body)
		}
		if w.Code >= 400 && fingerprint(t, sb) != before {
			t.Errorf("%s %s %s: refused with %d, but something changed", method, target, body, w.Code)
		}
		must(t, sb.Close())
	})
}

// fingerprint is everything that a refusal must leave alone. A declined card is announced, so webhooks are not in it.
func fingerprint(t *testing.T, sb *sandbox.Sandbox) string {
	b, err := json.Marshal([]any{sb.Transactions(), sb.Effects(), sb.Now()})
	must(t, err)
	return string(b)
}
