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

// target is a sandbox without a server, with one deal of each model, one listing and a user who takes part in all.
type target struct {
	*sandbox.Sandbox
	t       testing.TB
	listing string
	last    string // fingerprint after the last call
}

func newTarget(t testing.TB) *target {
	sb, err := sandbox.New(sandbox.Config{Start: start})
	must(t, err)
	x := &target{Sandbox: sb, t: t}
	x.serve("POST", "/api/v1/me/transactions/create_and_join", fullSeller, `{`+terms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
	x.serve("POST", "/api/v1/p2p/me/transactions/create_and_join", fullSeller, `{`+f2fTerms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`)
	var l struct{ ID string }
	must(t, json.Unmarshal(x.serve("POST", "/api/v1/p2p/me/multi_use_listings/create", fullSeller, shelf{"", "/p2p"}.terms()).Body.Bytes(), &l))
	x.listing, x.last = l.ID, x.fingerprint()
	return x
}

func (x *target) serve(method, path, user, body string) *httptest.ResponseRecorder {
	x.t.Helper()
	u, err := url.ParseRequestURI(path)
	must(x.t, err)
	r := httptest.NewRequestWithContext(x.t.Context(), http.MethodPost, "/", strings.NewReader(body))
	r.Method, r.URL = method, u
	r.SetBasicAuth("key", "")
	r.Header.Set("Trustap-User", user)
	w := httptest.NewRecorder()
	x.ServeHTTP(w, r)
	return w
}

// judge says what is wrong about an answer: it must be described, no failure of the server, and change nothing when it refuses.
func (x *target) judge(method, path, user, body string) {
	x.t.Helper()
	before := x.last
	w := x.serve(method, path, user, body)
	x.last = x.fingerprint()
	if w.Code >= 500 {
		x.t.Errorf("%s %s %s: status %d: %s", method, path, body, w.Code, w.Body)
	}
	if w.Code >= 400 && x.last != before {
		x.t.Errorf("%s %s %s: refused with %d, but something changed", method, path, body, w.Code)
	}
	r := httptest.NewRequestWithContext(x.t.Context(), http.MethodPost, "/", nil)
	r.Method = method
	r.URL, _ = url.ParseRequestURI(path)
	d, err := spec()
	must(x.t, err)
	if _, _, err := d.router.FindRoute(r); err == nil {
		conforms(x.t, r, answer{w.Code, w.Header(), w.Body.Bytes()})
	}
}

// fingerprint is everything that a refusal must leave alone. A declined card is announced, and requests are counted, so
// webhooks, notifications and that number are not in it.
func (x *target) fingerprint() string {
	x.t.Helper()
	raw, err := x.Snapshot()
	must(x.t, err)
	var all map[string]json.RawMessage
	must(x.t, json.Unmarshal(raw, &all))
	for _, volatile := range []string{"requests", "deliveries", "delivery_count", "event_count", "notifications"} {
		delete(all, volatile)
	}
	b, err := json.Marshal(all)
	must(x.t, err)
	return string(b)
}

// FuzzRequest sends anything to the handler: it must not break, and what it refuses must change nothing.
func FuzzRequest(f *testing.F) {
	for _, row := range sandbox.Rows() {
		f.Add(row.Method, strings.NewReplacer("{id}", "1309", "{client_id}", "sandbox", "{", "", "}", "").Replace(row.Path), fullSeller,
			`{"description":"A","card":"success","price":1234,"currency":"eur","seconds":60}`)
	}
	for _, seed := range [][4]string{
		{"GET", "/api/v1/charge?currency=eur&price=1234", "", ""},
		{"POST", "/api/v1/guest_users", "", guestBody("email", "a@example.com")},
		{"POST", "/api/v1/me/transactions", fullSeller, `{` + terms + `,"role":"seller"}`},
		{"POST", "/api/v1/p2p/me/transactions", fullSeller, `{` + f2fTerms + `,"role":"seller"}`},
		{"POST", "/api/v1/transactions/1309/track", fullSeller, trackBody},
		{"GET", "/api/v1/batch/transactions?ids=1309,1", "", ""},
		{"PUT", "/api/v1/transactions?join_code=x", fullSeller, ""},
		{"POST", "/online/transactions/1309/pay?redirect_uri=https://example.com", "", `{"card":"success"}`},
		{"POST", "/f2f/transactions/1309/pay_deposit?world=2", "", `{"card":"review"}`},
		{"GET", realm + "/protocol/openid-connect/auth?client_id=sandbox&response_type=code&scope=openid&redirect_uri=http://a", "", ""},
		{"POST", realm + "/protocol/openid-connect/token", "", `client_id=sandbox`},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, method, path, user, body string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasSuffix(u.Path, "/faults") {
			return
		}
		x := newTarget(t)
		x.judge(method, path, user, body)
		must(t, x.Close())
	})
}

// TestHostileInput sends what no call expects to every call there is.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	bodies := []string{
		``, `null`, `[]`, `{`, `{"a":{"b":[[[[]]]]}}`, `"\ud800"`,
		`{"id":-1,"price":9223372036854775807,"charge":-9223372036854775808,"deposit_price":9223372036854775807,"seconds":-1,"currency":"eur","role":"seller","creator_role":"buyer","payment_method":"card","card":"stolen","outcome":"","type":"bank_account","bank_details":{},"value":1e3}`,
		`{"currency":null,"price":null,"description":null,"deposit_fee_multiplier":null,"features":[null],"charge_config":null,"phone":null,"dob":null,"statuses":null,"skip_remainder":null,"carrier":"\u0000"}`,
	}
	hostile := strings.NewReplacer("{id}", "-9223372036854775808", "{listing_id}", "%00", "{client_id}", "%2F", "{notification_id}", "9223372036854775807",
		"{code}", "%25", "{secret}", "%0A", "{carrier_id}", "..", "{user_id}", "%FF")
	const query = "?price=-9223372036854775808&quantity=9223372036854775807&limit=9999999999&ids=,&page=9223372036854775807&page_size=x&currency=%FF"
	for _, row := range sandbox.Rows() {
		x := newTarget(t) // a fresh one, as some of this succeeds
		plain := strings.NewReplacer("{id}", "1309", "{listing_id}", x.listing, "{client_id}", "sandbox", "{notification_id}", "1990",
			"{code}", "x", "{secret}", "x", "{carrier_id}", "posta_hr", "{user_id}", fullSeller)
		for _, body := range bodies {
			for _, user := range []string{"", fullSeller, fullBuyer} {
				x.judge(row.Method, plain.Replace(row.Path), user, body)
			}
			x.judge(row.Method, hostile.Replace(row.Path)+query, fullSeller, body)
		}
		same(t, "it still works", x.serve("GET", "/api/v1/supported_carriers", "", "").Code, http.StatusOK)
		must(t, x.Close())
	}
}
