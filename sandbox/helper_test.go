package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

var start = time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)

const (
	fullSeller = "ad5bb99f-85bf-47e1-be0d-15e7541c6ad7"
	fullBuyer  = "feb33a87-3917-4538-9260-127c8a6b5232"
	terms      = `"currency":"eur","price":1234,"description":"Soccer ticket","charge":78,"charge_calculator_version":5`
)

// tester is a world with two guests and a client of its API.
type tester struct {
	*sandboxtest.Server
	t             testing.TB
	seller, buyer string
	lenient       bool // faults may answer what the description does not know
}

func newTester(t testing.TB, cfg sandbox.Config) *tester {
	t.Helper()
	if cfg.Start.IsZero() {
		cfg.Start = start
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return start }
	}
	if cfg.FirstF2FID == 0 {
		cfg.FirstF2FID = 1309 // as in the customer's document
	}
	if cfg.Profile == "" {
		cfg.Profile = sandbox.Profile202602 // which tells of joined transactions
	}
	x := &tester{Server: sandboxtest.Start(t, cfg), t: t}
	x.seller, x.buyer = x.guest("seller@example.com", "IE"), x.guest("buyer@example.com", "DE")
	return x
}

func (x *tester) guest(email, country string) string {
	x.t.Helper()
	var u struct{ ID string }
	x.ok(201, "POST", "/guest_users", "", fmt.Sprintf(
		`{"email":%q,"first_name":"Test","last_name":"User","country_code":%q,"tos_acceptance":{"ip":"192.0.2.1","unix_timestamp":1672531200}}`,
		email, country), &u)
	return u.ID
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// code is the error code of the answer, "" when there is none.
func (a answer) code() string {
	var e struct{ Code, Error string }
	if json.Unmarshal(a.body, &e) != nil || e.Error == "" {
		return ""
	}
	return e.Code
}

// send makes one request. A user that starts with "bearer:" sends its own token, any other is named in Trustap-User.
func (x *tester) send(method, url, user, body string) (answer, error) {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.URL+url, strings.NewReader(body))
	if err != nil {
		x.t.Fatal(err)
	}
	if id, ok := strings.CutPrefix(user, "bearer:"); ok {
		r.Header.Set("Authorization", "Bearer user:"+id)
	} else {
		r.SetBasicAuth(x.APIKey, "")
		if user != "" {
			r.Header.Set("Trustap-User", user)
		}
	}
	return x.do(r)
}

func (x *tester) do(r *http.Request) (answer, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	a := answer{resp.StatusCode, resp.Header, b}
	if err == nil && !x.lenient {
		conforms(x.t, r, a)
	}
	return a, err
}

func (x *tester) api(method, path, user, body string) answer {
	x.t.Helper()
	a, err := x.send(method, "/api/v1"+path, user, body)
	if err != nil {
		x.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (x *tester) control(method, path, body string) answer {
	x.t.Helper()
	a, err := x.send(method, "/_sandbox"+path, "", body)
	if err != nil {
		x.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (x *tester) ok(status int, method, path, user, body string, into any) {
	x.t.Helper()
	a := x.api(method, path, user, body)
	if a.status != status {
		x.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.status, status, a.body)
	}
	if into != nil {
		if err := json.Unmarshal(a.body, into); err != nil {
			x.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
}

func (x *tester) tx(method, path, user, body string) sandbox.Transaction {
	x.t.Helper()
	status := 200
	if strings.HasPrefix(path, "/me/transactions") {
		status = 201
	}
	var tx sandbox.Transaction
	x.ok(status, method, path, user, body, &tx)
	return tx
}

func (x *tester) get(id int64) sandbox.Transaction {
	x.t.Helper()
	return x.tx("GET", fmt.Sprintf("/transactions/%d", id), "", "")
}

// open creates a joined transaction between the two guests; extra is put into the body.
func (x *tester) open(extra string) sandbox.Transaction {
	x.t.Helper()
	return x.tx("POST", "/me/transactions/create_with_guest_user", x.seller, fmt.Sprintf(
		`{%s,"creator_role":"seller","seller_id":%q,"buyer_id":%q%s}`, terms, x.seller, x.buyer, extra))
}

// at makes a transaction that rests in the named situation, and returns its id.
func (x *tester) at(situation string) int64 {
	x.t.Helper()
	situation, accepting := strings.CutSuffix(situation, "+acceptance")
	if situation == "created" {
		return x.tx("POST", "/me/transactions", x.seller, `{`+terms+`,"role":"seller"}`).ID
	}
	if situation == "rejected" {
		tx := x.tx("POST", "/me/transactions", x.seller, `{`+terms+`,"role":"seller"}`)
		x.tx("POST", "/transactions-by-join-code/"+tx.JoinCode+"/reject", x.buyer, "")
		return tx.ID
	}
	extra := ""
	if accepting {
		extra = `,"features":["require_seller_acceptance"]`
	}
	id := x.open(extra).ID
	x.travel(id, situation)
	return id
}

// travel takes a joined transaction to a situation on the shortest way.
func (x *tester) travel(id int64, situation string) {
	x.t.Helper()
	post := func(action, user, body string) {
		x.tx("POST", fmt.Sprintf("/transactions/%d/%s", id, action), user, body)
	}
	pay := func() { must(x.t, second(x.Sandbox.Pay(id, "success"))) }
	track := func() { pay(); post("track", x.seller, `{"carrier":"ups","tracking_code":"1Z"}`) }
	deliver := func() { track(); must(x.t, second(x.Sandbox.Deliver(id))) }
	complain := func() { deliver(); post("complain_with_description", x.buyer, `{"description":"Item was fake"}`) }
	ways := map[string]func(){
		"joined":           func() {},
		"cancelled":        func() { post("cancel", x.seller, "") },
		"paid":             pay,
		"payment_accepted": func() { pay(); post("accept_payment", x.seller, "") },
		"paid, cancelled":  func() { pay(); post("cancel", x.seller, "") },
		"late tracking":    func() { pay(); must(x.t, x.Sandbox.Advance(96*time.Hour)) },
		"tracked":          track,
		"delivered":        deliver,
		"complained":       complain,
		"ended by buyer":   func() { deliver(); post("end_complaint_period", x.buyer, "") },
		"ended by time":    func() { deliver(); must(x.t, x.Sandbox.Advance(24*time.Hour)) },
		"complaint lost":   func() { complain(); must(x.t, second(x.Sandbox.ResolveComplaint(id, "release"))) },
	}
	way, ok := ways[situation]
	if !ok {
		x.t.Fatalf("unknown situation %q", situation)
	}
	way()
}

func second[T any](_ T, err error) error { return err }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func compact(t testing.TB, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	must(t, json.Compact(&b, raw))
	return b.String()
}
