package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

func TestControlPlaysAnEscrow(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	path := fmt.Sprintf("/transactions/%d", x.open("").ID)
	status := func(a answer) string {
		var tx sandbox.Transaction
		must(t, json.Unmarshal(a.body, &tx))
		return fmt.Sprint(a.status, " ", tx.Status)
	}
	declined := x.control("POST", path+"/pay", `{"card":"insufficient_funds"}`)
	same(t, "declined", []any{declined.status, declined.code()}, []any{400, "insufficient_funds"})
	same(t, "paid", status(x.control("POST", path+"/pay", `{"card":"success"}`)), "200 paid")
	x.tx("POST", path+"/track", x.seller, trackBody)
	same(t, "delivered", status(x.control("POST", path+"/deliver", "")), "200 delivered")
	x.tx("POST", path+"/complain_with_description", x.buyer, complaintBody)
	same(t, "resolved", status(x.control("POST", path+"/resolve_complaint", `{"outcome":"refund"}`)), "200 funds_released")

	var effects []sandbox.Effect
	must(t, json.Unmarshal(x.control("GET", "/effects", "").body, &effects))
	var names []string
	for i, e := range effects {
		names = append(names, e.Operation)
		if i > 0 && e.RequestNo <= effects[i-1].RequestNo {
			t.Errorf("request numbers do not rise: %+v", effects)
		}
	}
	same(t, "effects", names, []string{"create_guest_user", "create_guest_user", "create_with_guest_user", "pay", "track", "deliver",
		"complain_with_description", "resolve_complaint"})
}

func TestControlClock(t *testing.T) {
	t.Parallel()
	var hooked []time.Time
	x := newTester(t, sandbox.Config{OnAdvance: []func(time.Time){func(now time.Time) { hooked = append(hooked, now) }}})
	same(t, "clock", compact(t, x.control("GET", "/clock", "").body), `{"now":"2030-03-01T09:00:00Z"}`)
	same(t, "advance", compact(t, x.control("POST", "/clock/advance", `{"seconds":3600}`).body), `{"now":"2030-03-01T10:00:00Z"}`)
	same(t, "hook", hooked, []time.Time{start.Add(time.Hour)})
	for _, bad := range []string{`{}`, `{"seconds":-1}`, `{"seconds":9223372036854775807}`, `{"seconds":999999999999}`} {
		same(t, bad, x.control("POST", "/clock/advance", bad).code(), "invalid_seconds")
	}
	same(t, "text", x.control("POST", "/clock/advance", `{"seconds":"1"}`).code(), "malformed_json")
	same(t, "clock stands", x.Sandbox.Now(), start.Add(time.Hour))
}

func TestControlRefusals(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	joined, complained := x.at("joined"), x.at("complained")
	tests := []struct {
		path, body, code string
	}{
		{fmt.Sprintf("/transactions/%d/pay", joined), `{"card":"stolen"}`, "invalid_card"},
		{fmt.Sprintf("/transactions/%d/pay", joined), `{`, "malformed_json"},
		{fmt.Sprintf("/transactions/%d/pay", complained), `{"card":"success"}`, "already_paid"},
		{fmt.Sprintf("/transactions/%d/pay", x.at("created")), `{"card":"success"}`, "second_party_not_joined"},
		{fmt.Sprintf("/transactions/%d/deliver", joined), ``, "tracking_not_added"},
		{fmt.Sprintf("/transactions/%d/resolve_complaint", complained), `{"outcome":"both"}`, "invalid_outcome"},
		{fmt.Sprintf("/transactions/%d/resolve_complaint", joined), `{"outcome":"release"}`, "not_paid"},
		{"/transactions/1/pay", `{"card":"success"}`, "not_found"},
		{"/transactions/one/pay", `{"card":"success"}`, "invalid_id"},
		{"/users", `{"id":"` + fullSeller + `"}`, "invalid_user"},
		{"/users", `{"id":""}`, "invalid_user"},
		{"/nothing", ``, "not_found"},
	}
	for _, test := range tests {
		same(t, test.path+test.body, x.control("POST", test.path, test.body).code(), test.code)
	}
	_, err := x.Sandbox.Pay(joined, "expired_card")
	var refused *sandbox.Error
	if !errors.As(err, &refused) || refused.Code != "expired_card" {
		t.Errorf("declined card: got %v", err)
	}
}

func TestAddedUserCanAct(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	same(t, "add", x.control("POST", "/users", `{"id":"carol","country_code":"FR"}`).status, 200)
	same(t, "acts", x.tx("POST", "/me/transactions", "bearer:carol", `{`+terms+`,"role":"buyer"}`).BuyerID, "carol")
}

func TestResetForgetsEverything(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Seed: 3})
	x.at("late tracking")
	must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "*", Kind: "html", Times: -1}}))
	same(t, "reset", compact(t, x.control("POST", "/reset", "").body), `{"now":"2030-03-01T09:00:00Z"}`)
	same(t, "transactions", string(x.control("GET", "/transactions", "").body), "[]\n")
	same(t, "effects", string(x.control("GET", "/effects", "").body), "[]\n")
	same(t, "webhooks", string(x.control("GET", "/webhooks", "").body), "[]\n")
	same(t, "same ids again", x.guest("seller@example.com", "IE"), x.seller)
}

func TestSameSeedAndCallsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	play := func(seed uint64) string {
		x := newTester(t, sandbox.Config{Seed: seed})
		var all strings.Builder
		for _, situation := range []string{"created", "late tracking", "complaint lost", "ended by buyer"} {
			fmt.Fprintf(&all, "%s\n", x.api("GET", fmt.Sprintf("/transactions/%d", x.at(situation)), "", "").body)
		}
		for _, path := range []string{"/webhooks", "/effects", "/transactions"} {
			all.Write(x.control("GET", path, "").body)
		}
		return all.String()
	}
	first := play(1)
	same(t, "again", play(1), first)
	if play(2) == first {
		t.Error("another seed gave the same bytes")
	}
}

func TestBadConfigIsRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]sandbox.Config{
		"negative time":      {Timelines: sandbox.Timelines{ReleaseDelay: -1}},
		"fraction of second": {Timelines: sandbox.Timelines{ComplaintPeriod: time.Millisecond}},
		"negative delay":     {SlowDelay: -1},
		"percentage":         {Charges: []sandbox.ChargeConfig{{ID: 1, PaymentMethod: "card", BasisPoints: 10_001}}},
		"flat":               {Charges: []sandbox.ChargeConfig{{ID: 1, PaymentMethod: "card", Flat: -1}}},
		"method":             {Charges: []sandbox.ChargeConfig{{ID: 1}}},
		"minimum":            {MinPrice: -1},
		"version":            {CalculatorVersion: -1},
		"webhook":            {WebhookURL: "example.com"},
		"user":               {Users: []sandbox.User{{ID: "1-guest"}}},
		"user twice":         {Users: []sandbox.User{{ID: "a"}, {ID: "a"}}},
		"country":            {Users: []sandbox.User{{ID: "a", Country: "XX"}}},
	}
	for name, cfg := range tests {
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("%s: New took it", name)
		}
	}
}

func TestYearOfAThousandDealsIsQuick(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	online := []string{"joined", "paid", "delivered", "complained"}
	f2f := []string{"joined", "deposit paid", "seller confirmed", "complained"}
	for i := range 500 {
		x.at(online[i%4])
		x.f2fAt(f2f[i%4])
	}
	began := time.Now()
	must(t, x.Sandbox.Advance(365*24*time.Hour))
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("a year took %s", took)
	}
	got := map[string]int{}
	for _, tx := range x.Sandbox.Transactions() {
		got[tx.Status]++
	}
	same(t, "online", got, map[string]int{"joined": 125, "payment_refunded": 125, "funds_released": 125, "complained": 125})
	got = map[string]int{}
	for _, tx := range x.Sandbox.F2FTransactions() {
		got[tx.Status]++
	}
	same(t, "face to face", got, map[string]int{"joined": 125, "deposit_paid": 125, "funds_released": 125, "complained": 125})
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	huge := `"` + strings.Repeat("x", 1<<20) + `"`
	for _, path := range []string{"/api/v1/guest_users", "/_sandbox/faults", "/online/transactions/1/pay"} {
		method := "POST"
		if path == "/_sandbox/faults" {
			method = "PUT"
		}
		a, err := x.send(method, path, "", huge)
		must(t, err)
		same(t, path, []any{a.status, a.code()}, []any{413, "request_too_large"})
	}
}

func TestTimeEndsBeforeDatesBreak(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Start: time.Date(9900, 12, 30, 0, 0, 0, 0, time.UTC),
		Timelines: sandbox.Timelines{TrackingAllowance: 10 * 365 * 24 * time.Hour}})
	id := x.at("paid")
	same(t, "deadline", x.get(id).TrackingDetailsDeadline.Year(), 9910)
	a := x.api("POST", fmt.Sprintf("/transactions/%d/extend_tracking_deadline", id), x.buyer, "")
	same(t, "no further", a.status, 400)
	if err := x.Sandbox.Advance(72 * time.Hour); err == nil {
		t.Error("the clock went beyond its last year")
	}
	same(t, "clock stands", x.Sandbox.Now().Day(), 30)
}
