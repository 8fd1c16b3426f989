package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   string
		effect bool
		status int // 0 means that the connection breaks
		check  func(*testing.T, answer)
	}{
		{"error_before", false, 500, nil},
		{"error_after", true, 500, nil},
		{"cut_before", false, 0, nil},
		{"cut_after", true, 0, nil},
		{"timeout_before", false, 0, nil},
		{"timeout_after", true, 0, nil},
		{"broken_json", true, 200, func(t *testing.T, a answer) { same(t, "valid JSON", json.Valid(a.body), false) }},
		{"html", false, 502, func(t *testing.T, a answer) {
			same(t, "type", a.header.Get("Content-Type"), "text/html; charset=utf-8")
		}},
		{"rate_limit", false, 429, func(t *testing.T, a answer) { same(t, "retry after", a.header.Get("Retry-After"), "1") }},
		{"slow", true, 200, func(t *testing.T, a answer) { same(t, "valid JSON", json.Valid(a.body), true) }},
	}
	if len(tests) != len(sandbox.FaultKinds()) {
		t.Errorf("kinds: %v are not all tested", sandbox.FaultKinds())
	}
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond})
			id := x.at("paid")
			x.lenient = true
			path := fmt.Sprintf("/api/v1/transactions/%d/track", id)
			must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "track", Kind: test.kind}}))
			a, err := x.send("POST", path, x.seller, trackBody)
			if broken := err != nil; broken != (test.status == 0) || a.status != test.status && !broken {
				t.Fatalf("got %d, %v, want status %d", a.status, err, test.status)
			}
			if test.check != nil {
				test.check(t, a)
			}
			want := map[bool]string{false: "paid", true: "tracked"}
			same(t, "status afterwards", x.get(id).Status, want[test.effect])
			same(t, "effects", countEffects(x, "track"), map[bool]int{true: 1}[test.effect])

			a, err = x.send("POST", path, x.seller, trackBody)
			must(t, err)
			same(t, "the fault is used up", a.status, map[bool]int{false: 200, true: 400}[test.effect])
		})
	}
}

func countEffects(x *tester, operation string) (n int) {
	for _, e := range x.Sandbox.Effects() {
		if e.Operation == operation {
			n++
		}
	}
	return n
}

func TestTimeoutEndsWhenTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{FaultTimeout: time.Hour})
	must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_with_guest_user", Kind: "timeout_after"}}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // the caller gives up once it has happened
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for len(x.Sandbox.Transactions()) == 0 && ctx.Err() == nil {
			<-tick.C
		}
		cancel()
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, x.URL+"/api/v1/me/transactions/create_with_guest_user", strings.NewReader(
		fmt.Sprintf(`{%s,"creator_role":"seller","seller_id":%q,"buyer_id":%q}`, terms, x.seller, x.buyer)))
	must(t, err)
	r.SetBasicAuth(x.APIKey, "")
	r.Header.Set("Trustap-User", x.seller)
	if _, err := x.do(r); err == nil {
		t.Error("the call was answered")
	}
	same(t, "created all the same", len(x.Sandbox.Transactions()), 1)
}

func TestFaultTimesAndWildcard(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	x.lenient = true
	charge := func() int { return x.api("GET", "/charge?currency=eur&price=1234", "", "").status }
	carriers := func() int { return x.api("GET", "/supported_carriers", "", "").status }
	a := x.control("PUT", "/faults", `[{"operation":"get_charge","kind":"error_before","times":2},{"operation":"*","kind":"rate_limit","times":1}]`)
	same(t, "set", a.status, 200)
	same(t, "statuses", []int{charge(), carriers(), charge(), charge(), carriers()}, []int{500, 429, 500, 200, 200})

	must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "*", Kind: "html", Times: -1}}))
	for range 5 {
		same(t, "always", charge(), 502)
	}
	same(t, "control is spared", x.control("PUT", "/faults", `[]`).status, 200)
	same(t, "cleared", charge(), 200)

	for _, bad := range []string{`[{"operation":"teleport","kind":"html"}]`, `[{"operation":"track","kind":"explode"}]`,
		`[{"operation":"webhook","kind":"html"}]`, `[{"operation":"track","kind":"lose"}]`} {
		same(t, bad, x.control("PUT", "/faults", bad).code(), "invalid_fault")
	}
	same(t, "not a list", x.control("PUT", "/faults", `{}`).code(), "malformed_json")
}

func TestCutWithoutAConnectionToTakeOver(t *testing.T) {
	t.Parallel()
	sb, err := sandbox.New(sandbox.Config{})
	must(t, err)
	must(t, sb.SetFaults([]sandbox.Fault{{Route: "*", Kind: "cut_before"}}))
	w := httptest.NewRecorder()
	sb.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/supported_carriers", nil))
	same(t, "announced and sent", []any{w.Header().Get("Content-Length"), w.Body.Len()}, []any{"1", 0})
}
