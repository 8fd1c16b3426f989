package server_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func sale() map[string]any {
	return map[string]any{
		"process": "escrow_online", "gateway": "trustap", "starter_id": "bea", "author_id": "sam",
		"listing":    map[string]any{"id": 7, "title": "Old city-bike"},
		"unit_price": map[string]any{"amount": 5000, "currency": "EUR"}, "quantity": 2,
	}
}

// sell opens a transaction on the native face and returns its id.
func (w *world) sell(t *testing.T, key string) string {
	t.Helper()
	return w.call(t, "POST", "/v1/transactions", sale(), once(key)).is(201).at("id")
}

// take makes a transition and checks where it led.
func (w *world) take(t *testing.T, id, transition string, input map[string]string, state string, options ...option) answer {
	t.Helper()
	options = append(options, once(transition+" of "+id))
	return w.call(t, "POST", "/v1/transactions/"+id+"/transitions", map[string]any{"transition": transition, "input": input}, options...).
		is(200).has(map[string]string{"state": state})
}

func TestSaleFromOrderToRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	created := w.call(t, "POST", "/v1/transactions", sale(), once("1"), as("bea")).is(201)
	id := created.at("id")
	if !regexp.MustCompile(`^txn_[a-z2-7]{26}$`).MatchString(id) {
		t.Errorf("id %q", id)
	}
	var shown map[string]any
	if err := json.Unmarshal([]byte(created.body), &shown); err != nil {
		t.Fatal(err)
	}
	euros := func(amount int) map[string]any {
		return map[string]any{"amount": float64(amount), "currency": "EUR"}
	}
	at := "2030-01-02T03:04:05Z"
	want := map[string]any{
		"id": id, "number": shown["number"], "process": "escrow_online@1", "gateway": "trustap", "state": "joined", "revision": float64(2),
		"starter_id": "bea", "author_id": "sam", "buyer_id": "bea", "seller_id": "sam",
		"listing": map[string]any{"id": float64(7), "title": "Old city-bike"}, "booking": nil, "deposit": nil,
		"unit_price": euros(5000), "quantity": float64(2), "price": euros(10000), "buyer_fee": euros(30), "seller_fee": euros(5),
		"funds": map[string]any{"currency": "EUR", "authorized": 0., "captured": 0., "held": 0., "released": 0., "refunded": 0., "fees": 0.},
		"facts": map[string]any{"joined": at}, "deadlines": map[string]any{}, "confirm_after_days": float64(14),
		"operation": nil, "redirect_url": "https://pay.example.com/1",
		"created_at": at, "updated_at": at, "last_transition_at": at,
	}
	created.has(map[string]string{
		"lines.0.code": "unit_price", "lines.0.for": "both", "lines.0.quantity": "2", "lines.0.unit.amount": "5000", "lines.0.amount.amount": "10000",
	})
	delete(shown, "lines")
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	w.gateway.happen("1", process.FactPaid)
	w.sync(t, "1")
	w.take(t, id, "track", map[string]string{"carrier": "post", "tracking_code": "4111111111111111"}, "tracked", as("sam"))
	w.take(t, id, "confirm_delivery", nil, "delivered", as("bea"))
	w.take(t, id, "end_complaint_period", nil, "complaint_period_ended", as("bea"))
	w.gateway.happen("1", process.FactFundsReleased)
	w.sync(t, "1")
	w.call(t, "GET", "/v1/transactions/"+id, nil, as("sam")).is(200).has(map[string]string{
		"state": "funds_released", "funds.captured": "10030", "funds.held": "0", "funds.released": "9995", "funds.fees": "35",
		"redirect_url": "absent", "payment_id": "absent",
	})
	w.call(t, "GET", "/v1/transactions/"+id, nil).has(map[string]string{"payment_id": "1"})
	entries := w.call(t, "GET", "/v1/transactions/"+id+"/entries", nil).is(200)
	entries.has(map[string]string{
		"items.0.kind": "collect", "items.0.postings.1.account.kind": "escrow", "items.0.postings.1.account.owner": id,
		"items.0.postings.1.amount.amount": "10000", "items.1.kind": "pay_out", "items.2": "absent",
	})
	timeline := w.call(t, "GET", "/v1/transactions/"+id+"/timeline", nil, as("bea")).is(200)
	timeline.has(map[string]string{"items.0.transition": "create", "items.0.actor": "user:bea", "items.0.request_id": created.header.Get("X-Request-Id")})
	if !strings.Contains(timeline.body, `"to":"funds_released"`) {
		t.Errorf("timeline %s", timeline.body)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sell(t, "1")
	path := "/v1/transactions/" + id + "/explain"
	w.call(t, "GET", path, nil, as("sam")).is(200).has(map[string]string{
		"transaction.id": id, "label": "joined", "terminal": "false", "operation": "<nil>",
		"options.0.transition": "pay", "options.0.allowed": "false", "options.0.refusal.code": "not_gateway",
		"options.1.transition": "cancel", "options.1.allowed": "true", "options.1.refusal": "<nil>",
		"timers.0.name": "poll", "timers.0.then": "<nil>", "timers.1.name": "payment_window", "timers.1.then": "expire",
	})
	w.call(t, "GET", path, nil, as("eve")).refused(404, "transaction_not_found")
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sell(t, "1")
	path, asked := "/v1/transactions/"+id+"/dry-run", w.gateway.operations()
	w.call(t, "POST", path, map[string]any{"transition": "cancel"}).is(200).has(map[string]string{
		"transition": "cancel", "from": "joined", "to": "cancelled", "verb": "void", "moves": "[]",
	})
	w.call(t, "POST", path, map[string]any{"transition": "track"}).is(200).has(map[string]string{
		"dry_run": "true", "allowed": "false", "refusal.code": "illegal_transition", "refusal.status": "409", "from": "joined", "to": "<nil>",
	})
	w.call(t, "POST", path, map[string]any{"transition": "cancel"}, as("eve")).refused(404, "transaction_not_found")
	w.call(t, "GET", "/v1/transactions/"+id, nil).has(map[string]string{"state": "joined", "revision": "2"})
	if w.gateway.operations() != asked {
		t.Error("a dry run asked the gateway")
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := with(with(with(sale(), "transition", "invite"), "author_id", nil), "buyer_id", "bea")
	a := w.call(t, "POST", "/v1/transactions", body, once("1"), as("bea")).is(201).has(map[string]string{"state": "created", "seller_id": "<nil>", "author_id": "<nil>"})
	code := a.at("join_code")
	path := "/v1/transactions/" + a.at("id") + "/transitions"
	join := func(code string) map[string]any {
		return map[string]any{"transition": "join", "input": map[string]string{"join_code": code}}
	}
	w.call(t, "POST", path, join("guess"), once("2"), as("sam")).refused(404, "transaction_not_found")
	w.call(t, "POST", path, join(""), once("2"), as("sam")).refused(404, "transaction_not_found")
	w.call(t, "POST", path, join(code), once("2"), as("sam")).is(200).has(map[string]string{"state": "joined", "seller_id": "sam", "join_code": "absent"})
}

func TestListTransactions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []string
	for i := range 5 {
		w.clock.advance(time.Second)
		ids = append(ids, w.sell(t, fmt.Sprint(i)))
	}
	w.call(t, "POST", "/v1/transactions", with(sale(), "starter_id", "zoe"), once("z"), withKey(w.other)).is(201)
	w.take(t, ids[0], "cancel", nil, "cancelled")
	page := w.call(t, "GET", "/v1/transactions?limit=2", nil).is(200).has(map[string]string{"items.0.id": ids[4], "items.1.id": ids[3], "items.2": "absent"})
	page = w.call(t, "GET", "/v1/transactions?limit=2&cursor="+page.at("next_cursor"), nil).has(map[string]string{"items.0.id": ids[2], "items.1.id": ids[1]})
	w.call(t, "GET", "/v1/transactions?limit=2&cursor="+page.at("next_cursor"), nil).has(map[string]string{"items.0.id": ids[0], "items.1": "absent", "next_cursor": "<nil>"})
	w.call(t, "GET", "/v1/transactions?state=cancelled", nil).has(map[string]string{"items.0.id": ids[0], "items.1": "absent"})
	w.call(t, "GET", "/v1/transactions?party=sam&limit=1", nil).has(map[string]string{"items.0.id": ids[4]})
	w.call(t, "GET", "/v1/transactions?process=escrow_online&listing_id=7&limit=1", nil).has(map[string]string{"items.0.id": ids[4]})
	w.call(t, "GET", "/v1/transactions?process=none", nil).has(map[string]string{"items": "[]"})
	w.call(t, "GET", "/v1/transactions?listing_id=8", nil).has(map[string]string{"items": "[]"})
	for _, who := range []option{as("eve"), as("zoe")} {
		w.call(t, "GET", "/v1/transactions", nil, who).is(200).has(map[string]string{"items": "[]", "next_cursor": "<nil>"})
	}
	w.call(t, "GET", "/v1/transactions?party=sam", nil, as("eve")).refused(403, "not_yourself")
	foreign, err := publicid.New([]byte("a secret of some other server"))
	w.must(err)
	for query, code := range map[string]string{
		"limit=0": "invalid_limit", "limit=101": "invalid_limit", "limit=x": "invalid_limit", "limit=": "invalid_limit",
		"cursor=x": "invalid_cursor", "cursor=" + ids[0]: "invalid_cursor", "cursor=" + foreign.Seal(publicid.Cursor, 1): "invalid_cursor",
		"state=sold": "unknown_state", "process=barter": "unknown_process", "process=escrow%25": "unknown_process", "listing_id=0": "invalid_listing_id", "listing_id=x": "invalid_listing_id", "party=a%20b": "invalid_user_id", "sort=id": "unknown_parameter", "limit=1&limit=2": "duplicate_parameter",
	} {
		t.Run(query, func(t *testing.T) {
			w.call(t, "GET", "/v1/transactions?"+query, nil).refused(400, code)
		})
	}
}

func TestNativeRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tests := []struct {
		name   string
		body   any
		status int
		code   string
		field  string
	}{
		{"no body", nil, 400, "body_missing", "absent"},
		{"unknown name", with(sale(), "state", "paid"), 400, "unknown_field", "state"},
		{"no process", with(sale(), "process", nil), 400, "missing_field", "process"},
		{"unknown process", with(sale(), "process", "barter"), 400, "unknown_process", "absent"},
		{"no gateway", with(sale(), "gateway", nil), 400, "missing_field", "gateway"},
		{"unknown transition", with(sale(), "transition", "fly"), 400, "unknown_transition", "absent"},
		{"later transition", with(sale(), "transition", "track"), 409, "illegal_transition", "absent"},
		{"long transition", with(sale(), "transition", strings.Repeat("t", 65)), 400, "too_long", "transition"},
		{"no starter", with(sale(), "starter_id", nil), 400, "missing_field", "starter_id"},
		{"no author", with(sale(), "author_id", nil), 400, "party_missing", "absent"},
		{"bad buyer", with(sale(), "buyer_id", "b b"), 400, "invalid_user_id", "buyer_id"},
		{"bad seller", with(sale(), "seller_id", "s\ts"), 400, "invalid_text", "seller_id"},
		{"own listing", with(sale(), "author_id", "bea"), 400, "starter_is_author", "absent"},
		{"no listing", with(sale(), "listing", nil), 400, "missing_field", "listing"},
		{"no title", with(sale(), "listing.title", nil), 400, "missing_field", "listing.title"},
		{"listing zero", with(sale(), "listing.id", 0), 400, "invalid_listing_id", "listing.id"},
		{"no price", with(sale(), "unit_price", nil), 400, "missing_field", "unit_price"},
		{"fraction", with(sale(), "unit_price.amount", 1.5), 400, "invalid_type", "unit_price.amount"},
		{"bad currency", with(sale(), "unit_price.currency", "EURO"), 400, "invalid_currency", "unit_price.currency"},
		{"quantity zero", with(sale(), "quantity", 0), 400, "invalid_quantity", "quantity"},
		{"days", with(sale(), "confirm_after_days", 366), 400, "invalid_confirm_after_days", "confirm_after_days"},
		{"input not taken", with(sale(), "input.color", "red"), 400, "unknown_input", "color"},
		{"input no text", with(sale(), "input.color", 5.5), 400, "invalid_type", "input"},
		{"long input", with(sale(), "input.color", strings.Repeat("r", 2001)), 400, "too_long", "input"},
		{"NUL in input", with(sale(), "input.color", "\x00"), 400, "invalid_text", "input"},
		{"card number", with(sale(), "listing.title", card), 400, "card_data_not_accepted", "listing.title"},
		{"card key", with(sale(), "cvv", "1"), 400, "card_data_not_accepted", "cvv"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, "POST", "/v1/transactions", tt.body, once("x")).refused(tt.status, tt.code).has(map[string]string{"field": tt.field})
		})
	}
	w.call(t, "POST", "/v1/transactions", sale(), once("x"), as("sam")).refused(403, "not_starter")
	if n := w.transactions(ours); n != 0 || w.gateway.operations() != 0 {
		t.Errorf("refused requests left %d transactions and made %d gateway calls", n, w.gateway.operations())
	}
}

func TestTransitionRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sell(t, "1")
	w.gateway.happen("1", process.FactPaid)
	w.sync(t, "1")
	tests := []struct {
		name    string
		body    any
		options []option
		status  int
		code    string
	}{
		{"no body", nil, nil, 400, "body_missing"},
		{"no transition", "{}", nil, 400, "missing_field"},
		{"state instead of transition", `{"state":"tracked"}`, nil, 400, "unknown_field"},
		{"unknown transition", `{"transition":"fly"}`, nil, 400, "unknown_transition"},
		{"too early", `{"transition":"confirm_delivery"}`, nil, 409, "illegal_transition"},
		{"wrong side", `{"transition":"track"}`, []option{as("bea")}, 403, "not_seller"},
		{"staff in a party's place", `{"transition":"track"}`, []option{staff("ann")}, 403, "not_seller"},
		{"backend in the gateway's place", `{"transition":"cancel_payment"}`, nil, 403, "not_gateway"},
		{"input missing", `{"transition":"track","input":{"carrier":"post"}}`, []option{as("sam")}, 400, "empty_tracking_code"},
		{"input not taken", `{"transition":"track","input":{"carrier":"post","tracking_code":"1","fee":"0"}}`, nil, 400, "unknown_input"},
		{"stranger", `{"transition":"track"}`, []option{as("eve")}, 404, "transaction_not_found"},
		{"other community", `{"transition":"track"}`, []option{withKey(w.other)}, 404, "transaction_not_found"},
		{"reading key", `{"transition":"track"}`, []option{withKey(w.scopes(apikey.Read))}, 403, "missing_scope"},
	}
	before := w.gateway.operations()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, "POST", "/v1/transactions/"+id+"/transitions", tt.body, append(tt.options, once("2"))...).refused(tt.status, tt.code)
		})
	}
	w.call(t, "GET", "/v1/transactions/"+id, nil).has(map[string]string{"state": "paid", "revision": "3"})
	if w.gateway.operations() != before {
		t.Error("a refused request asked the gateway")
	}
}

// Every route that names a transaction answers alike for what does not exist,
// what is another community's, and what a stranger asks for.
func TestNativeRoutesHideWhatIsNotTheCallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sell(t, "1")
	absent := w.ids.Seal(publicid.Transaction, 1<<40)
	transition := map[string]any{"transition": "cancel"}
	routes := []struct {
		method, path string
		body         any
	}{
		{"GET", "", nil}, {"GET", "/explain", nil}, {"GET", "/timeline", nil}, {"GET", "/entries", nil},
		{"GET", "/messages", nil}, {"POST", "/messages", map[string]any{"content": "Hi", "sender_id": "bea"}},
		{"POST", "/transitions", transition}, {"POST", "/dry-run", transition},
	}
	for _, r := range routes {
		t.Run(r.method+r.path, func(t *testing.T) {
			ask := func(id string, options ...option) string {
				a := w.call(t, r.method, "/v1/transactions/"+id+r.path, r.body, append(options, once("h"))...)
				return a.refused(404, "transaction_not_found").at("detail")
			}
			want := ask(absent)
			for name, got := range map[string]string{
				"no id": ask("x"), "an integer": ask("1"), "stranger": ask(id, as("eve")), "other community": ask(id, withKey(w.other)),
				"other community's user": ask(id, withKey(w.other), as("bea")), "cursor": ask(w.ids.Seal(publicid.Cursor, 1)),
			} {
				if got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func profile() map[string]any {
	return map[string]any{
		"email": "bea@example.com", "first_name": "Bea", "last_name": "Example", "country_code": "IE",
		"terms_accepted_at": "2030-01-01T12:00:00+02:00", "terms_ip": "192.0.2.7",
	}
}

func TestSaveUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(t, "PUT", "/v1/users/bea", profile(), as("bea")).is(200).has(map[string]string{"id": "bea", "terms_accepted_at": "2030-01-01T10:00:00Z"})
	stored, found, err := w.store.Profile(t.Context(), ours, "bea")
	if err != nil || !found || stored.Email != "bea@example.com" || stored.TermsIP != "192.0.2.7" {
		t.Errorf("stored %+v, %v, %v", stored, found, err)
	}
	if _, found, _ := w.store.Profile(t.Context(), theirs, "bea"); found {
		t.Error("the other community sees the profile")
	}
	slash := "auth0|a/b?c"
	w.call(t, "PUT", "/v1/users/"+url.PathEscape(slash)+"/", with(with(profile(), "terms_ip", nil), "terms_accepted_at", nil)).
		is(200).has(map[string]string{"id": slash, "terms_ip": "<nil>", "terms_accepted_at": "<nil>"})
	w.call(t, "PUT", "/v1/users/bea", profile(), as("sam")).refused(403, "not_yourself")
	w.call(t, "PUT", "/v1/users/b%20a", profile()).refused(400, "invalid_user_id")
	w.call(t, "PUT", "/v1/users/eve", profile(), withKey(w.scopes(apikey.Read))).refused(403, "missing_scope")
	for path, value := range map[string]any{
		"email": nil, "first_name": "", "last_name": strings.Repeat("x", 101), "country_code": "ie",
		"terms_accepted_at": nil, "terms_ip": nil,
	} {
		w.call(t, "PUT", "/v1/users/eve", with(profile(), path, value)).is(400).has(map[string]string{"field": path})
	}
	for path, value := range map[string]any{
		"email": "Bea <bea@example.com>", "country_code": "i1", "terms_accepted_at": "yesterday", "terms_ip": "fe80::1%eth0", "password": "x", "id": "eve",
	} {
		w.call(t, "PUT", "/v1/users/eve", with(profile(), path, value)).is(400).has(map[string]string{"field": path})
	}
	if _, found, _ := w.store.Profile(t.Context(), ours, "eve"); found {
		t.Error("a refused profile was stored")
	}
	if strings.Contains(w.log.String(), "example.com") {
		t.Error("the log holds an address")
	}
}

func TestProcessesAndCommunity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var listed struct {
		Items []struct {
			Name, Summary string
			Version       int
			Gateways      []string
			States        []struct{ Name string }
			Transitions   []struct {
				Name string
				From []string
			}
			Timers []struct{ Name string }
		}
	}
	w.must(json.Unmarshal([]byte(w.call(t, "GET", "/v1/processes", nil).is(200).body), &listed))
	versions := map[string]int{}
	for _, p := range listed.Items {
		versions[p.Name] = p.Version
		if p.Name != "escrow_online" {
			continue
		}
		if p.Summary == "" || len(p.States) == 0 || len(p.Timers) == 0 || p.Transitions[0].Name != "create" || len(p.Transitions[0].From) != 0 {
			t.Errorf("escrow_online: %d states, %d timers, begins with %v", len(p.States), len(p.Timers), p.Transitions[0])
		}
		if diff := cmp.Diff([]string{"trustap"}, p.Gateways); diff != "" {
			t.Errorf("gateways (-want +got):\n%s", diff)
		}
	}
	for _, name := range []string{"none", "preauthorize", "postpay", "escrow_online", "p2p_order"} {
		if versions[name] < 1 {
			t.Errorf("%s is not listed", name)
		}
	}
	a := w.call(t, "GET", "/v1/community", nil).is(200).has(map[string]string{"id": "501", "gateways": "[none balance trustap stripe paytrail]", "key.mode": "test", "key.expires_at": "<nil>"})
	if strings.Contains(a.body, "hash") || strings.Contains(a.body, w.key[len(w.key)-64:]) {
		t.Errorf("the answer tells the key's secret: %s", a.body)
	}
	w.call(t, "GET", "/v1/community", nil, withKey(w.other)).has(map[string]string{"id": "502"})
}
