package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

// as is the same sandbox seen with another API key.
func (x *tester) as(key string) *tester {
	other := *x
	world := *x.Server
	world.APIKey = key
	other.Server = &world
	return &other
}

// bare makes a control call without credentials.
func (x *tester) bare(method, path, body string) answer {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.URL+"/_sandbox"+path, strings.NewReader(body))
	must(x.t, err)
	a, err := x.do(r)
	must(x.t, err)
	return a
}

func TestEachKeyHasItsOwnWorld(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Seed: 1})
	first := x.open("").ID
	y := x.as("second-key")
	y.seller, y.buyer = y.guest("seller@example.com", "IE"), y.guest("buyer@example.com", "DE")
	same(t, "same seed, same ids", []any{y.seller, y.open("").ID}, []any{x.seller, first})
	must(t, x.Sandbox.Advance(time.Hour))
	same(t, "other clock", compact(t, y.control("GET", "/clock", "").body), `{"now":"2030-03-01T09:00:00Z"}`)
	same(t, "faults", y.control("PUT", "/faults", `[{"operation":"get_charge","kind":"error_before"}]`).status, 200)
	same(t, "not here", x.api("GET", "/charge?currency=eur&price=1234", "", "").status, 200)
	same(t, "but there", y.api("GET", "/charge?currency=eur&price=1234", "", "").status, 500)
	same(t, "no key means the first", compact(t, x.bare("GET", "/clock", "").body), `{"now":"2030-03-01T10:00:00Z"}`)
	same(t, "reset of one", y.control("POST", "/reset", "").status, 200)
	same(t, "leaves the other", len(x.Sandbox.Transactions()), 1)

	of, err := x.Sandbox.ForKey("second-key")
	must(t, err)
	y.seller, y.buyer = y.guest("seller@example.com", "IE"), y.guest("buyer@example.com", "DE")
	id := y.open("").ID
	link := strings.TrimPrefix(of.PaymentURL(id), x.URL)
	same(t, "link names the world", strings.HasSuffix(link, "?world=2"), true)
	same(t, "paid", x.page("POST", link, "", `{"card":"success"}`).status, 200)
	same(t, "there", y.get(id).Status, "paid")
	same(t, "not here either", x.get(first).Status, "joined")
}

func TestKeysCanShareAWorld(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{SharedWorld: true})
	id := x.open("").ID
	same(t, "seen with another key", x.as("second-key").get(id).ID, id)
	same(t, "paid without a key", x.bare("POST", fmt.Sprintf("/transactions/%d/pay", id), `{"card":"success"}`).status, 200)
}

func TestKeysThatAreNotAccepted(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{APIKeys: []string{"one", "two"}})
	if _, err := x.Sandbox.ForKey("three"); err == nil {
		t.Error("a strange key got a world")
	}
	same(t, "control", x.as("three").control("GET", "/clock", "").code(), "unauthorized")
	same(t, "second key", x.as("two").control("GET", "/clock", "").status, 200)
	main := newTester(t, sandbox.Config{APIKeys: []string{"one", "two"}})
	main.Sandbox.Reset()
	main.as("two").guest("a@example.com", "IE")
	same(t, "the first of the list has the main world, whoever comes first", len(main.Sandbox.Effects()), 0)
}

func TestSnapshotAndRestore(t *testing.T) {
	t.Parallel()
	play := func(x *tester, restore bool) string {
		x.at("paid")
		x.f2fAt("seller confirmed")
		x.at("tracked")
		x.f2fAt("deposit accepted")
		shelf{"single_use_listings", ""}.make(x)
		must(t, x.Sandbox.Advance(time.Hour))
		if restore {
			taken := x.control("GET", "/snapshot", "").body
			must(t, x.Sandbox.Advance(200*time.Hour))
			x.at("joined")
			a := x.control("PUT", "/snapshot", string(taken))
			same(t, "clock is back", compact(t, a.body), `{"now":"2030-03-01T10:00:00Z"}`)
			same(t, "snapshot of the restored", string(x.control("GET", "/snapshot", "").body), string(taken))
		}
		must(t, x.Sandbox.Advance(90*time.Hour))
		x.at("delivered")
		must(t, x.Sandbox.Advance(1000*time.Hour))
		var all strings.Builder
		for _, path := range []string{"/transactions", "/p2p/transactions", "/effects", "/webhooks"} {
			all.Write(x.control("GET", path, "").body)
		}
		return all.String()
	}
	plain := play(newTester(t, sandbox.Config{Seed: 5}), false)
	same(t, "goes on as if nothing had happened", play(newTester(t, sandbox.Config{Seed: 5}), true), plain)
}

func TestBadSnapshots(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	x.at("paid")
	var good map[string]any
	raw, err := x.Sandbox.Snapshot()
	must(t, err)
	before := string(raw)
	must(t, json.Unmarshal(raw, &good))
	for field, value := range map[string]any{
		"version": 2, "random": "AAAA", "users": []any{nil}, "online": []any{nil}, "online_next": 5, "face": []any{map[string]any{}},
		"listings": []any{map[string]any{"id": "a", "p2p": true}}, "notifications": []any{map[string]any{"id": 1}},
		"offset_nanoseconds": -1, "delivery_count": -1,
	} {
		bad := map[string]any{}
		for k, v := range good {
			bad[k] = v
		}
		bad[field] = value
		b, err := json.Marshal(bad)
		must(t, err)
		same(t, field, x.control("PUT", "/snapshot", string(b)).code(), "invalid_snapshot")
	}
	same(t, "empty", x.control("PUT", "/snapshot", "").code(), "invalid_snapshot")
	after, err := x.Sandbox.Snapshot()
	must(t, err)
	same(t, "nothing changed", string(after), before)
}

func TestRestoredWebhooksAreHeld(t *testing.T) {
	t.Parallel()
	x, r := listening(t, 200)
	must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "delay"}}))
	x.open("")
	taken, err := x.Sandbox.Snapshot()
	must(t, err)
	x.Sandbox.Reset()
	must(t, x.Sandbox.Restore(taken))
	same(t, "held", x.Sandbox.Deliveries()[0].State, sandbox.DeliveryHeld)
	must(t, x.Sandbox.Flush(t.Context()))
	same(t, "sent", r.codes(), []string{"basic_tx.joined"})
}

func TestClockIsFrozenAndRunsOn(t *testing.T) {
	t.Parallel()
	now := start
	x := newTester(t, sandbox.Config{Follow: true, Now: func() time.Time { return now }})
	now = now.Add(time.Hour)
	same(t, "frozen", compact(t, x.control("POST", "/clock/freeze", "").body), `{"now":"2030-03-01T10:00:00Z"}`)
	now = now.Add(time.Hour)
	same(t, "stands", x.Sandbox.Now(), start.Add(time.Hour))
	same(t, "no jump", compact(t, x.control("POST", "/clock/follow", "").body), `{"now":"2030-03-01T10:00:00Z"}`)
	now = now.Add(time.Minute)
	same(t, "runs", x.Sandbox.Now(), start.Add(61*time.Minute))
}

func TestSeedProfileHasTheWordsOfTheDocument(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Profile: sandbox.ProfileSeed})
	for situation, want := range map[string]string{"rejected": "joined", "priced": "deposit_accepted", "remainder paid": "deposit_accepted",
		"complained": "deposit_accepted", "deposit paid": "deposit_paid", "seller confirmed": "seller_handover_confirmed"} {
		same(t, situation, x.f2f(x.f2fAt(situation)).Status, want)
	}
	same(t, "charge", compact(t, x.api("GET", "/p2p/charge?currency=eur&price=1234", "", "").body),
		`{"currency":"eur","charge":78,"charge_calculator_version":2}`)
	if _, err := sandbox.New(sandbox.Config{Profile: "future"}); err == nil {
		t.Error("an unknown profile was taken")
	}
}

func TestStrictAuth(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{StrictAuth: true})
	id := x.open("").ID
	for _, test := range []struct {
		method, path, user, code string
	}{
		{"GET", "/me/transactions", "bearer:" + fullSeller, ""},
		{"GET", "/me/transactions", x.seller, "unauthorized"},
		{"POST", "/guest_users", "bearer:" + fullSeller, "unauthorized"},
		{"GET", "/me/notifications", x.seller, "unauthorized"},
		{"GET", fmt.Sprintf("/transactions/%d", id), x.seller, ""},
		{"GET", fmt.Sprintf("/transactions/%d/buyer_details", id), x.seller, "unauthorized"},
	} {
		same(t, test.method+test.path+test.user, x.api(test.method, test.path, test.user, "").code(), test.code)
	}
}
