package native_test

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
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestSaleFromOrderToRelease(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	created := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("1"), facetest.As("bea")).Is(201)
	id := created.At("id")
	if !regexp.MustCompile(`^txn_[a-z2-7]{26}$`).MatchString(id) {
		t.Errorf("id %q", id)
	}
	var shown map[string]any
	if err := json.Unmarshal([]byte(created.Body), &shown); err != nil {
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
	created.Has(map[string]string{
		"lines.0.code": "unit_price", "lines.0.for": "both", "lines.0.quantity": "2", "lines.0.unit.amount": "5000", "lines.0.amount.amount": "10000",
	})
	delete(shown, "lines")
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	w.Gateway.Happen("1", process.FactPaid)
	w.Sync(t, "1")
	w.Take(t, id, "track", map[string]string{"carrier": "post", "tracking_code": "4111111111111111"}, "tracked", facetest.As("sam"))
	w.Take(t, id, "confirm_delivery", nil, "delivered", facetest.As("bea"))
	w.Take(t, id, "end_complaint_period", nil, "complaint_period_ended", facetest.As("bea"))
	w.Gateway.Happen("1", process.FactFundsReleased)
	w.Sync(t, "1")
	w.Call(t, "GET", "/v1/transactions/"+id, nil, facetest.As("sam")).Is(200).Has(map[string]string{
		"state": "funds_released", "funds.captured": "10030", "funds.held": "0", "funds.released": "9995", "funds.fees": "35",
		"redirect_url": "absent", "payment_id": "absent",
	})
	w.Call(t, "GET", "/v1/transactions/"+id, nil).Has(map[string]string{"payment_id": "1"})
	entries := w.Call(t, "GET", "/v1/transactions/"+id+"/entries", nil).Is(200)
	entries.Has(map[string]string{
		"items.0.kind": "collect", "items.0.postings.1.account.kind": "escrow", "items.0.postings.1.account.owner": id,
		"items.0.postings.1.amount.amount": "10000", "items.1.kind": "pay_out", "items.2": "absent",
	})
	timeline := w.Call(t, "GET", "/v1/transactions/"+id+"/timeline", nil, facetest.As("bea")).Is(200)
	timeline.Has(map[string]string{"items.0.transition": "create", "items.0.actor": "user:bea", "items.0.request_id": created.Header.Get("X-Request-Id")})
	if !strings.Contains(timeline.Body, `"to":"funds_released"`) {
		t.Errorf("timeline %s", timeline.Body)
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	path := "/v1/transactions/" + id + "/explain"
	w.Call(t, "GET", path, nil, facetest.As("sam")).Is(200).Has(map[string]string{
		"transaction.id": id, "label": "joined", "terminal": "false", "operation": "<nil>",
		"options.0.transition": "pay", "options.0.allowed": "false", "options.0.refusal.code": "not_gateway",
		"options.1.transition": "cancel", "options.1.allowed": "true", "options.1.refusal": "<nil>",
		"timers.0.name": "poll", "timers.0.then": "<nil>", "timers.1.name": "payment_window", "timers.1.then": "expire",
		"waiting_for.role": "buyer", "waiting_for.user_ids.0": "bea", "next_timer.name": "payment_window", "next_timer.then": "expire",
		"money": "[]", "options.0.moves": "<nil>", "options.1.moves": "[]",
	})
	w.Call(t, "GET", path, nil, facetest.As("eve")).Refused(404, "transaction_not_found")
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	path, asked := "/v1/transactions/"+id+"/dry-run", w.Gateway.Operations()
	w.Call(t, "POST", path, map[string]any{"transition": "cancel"}).Is(200).Has(map[string]string{
		"transition": "cancel", "from": "joined", "to": "cancelled", "verb": "void", "moves": "[]",
	})
	w.Call(t, "POST", path, map[string]any{"transition": "track"}).Is(200).Has(map[string]string{
		"dry_run": "true", "allowed": "false", "refusal.code": "illegal_transition", "refusal.status": "409", "from": "joined", "to": "<nil>",
	})
	w.Call(t, "POST", path, map[string]any{"transition": "cancel"}, facetest.As("eve")).Refused(404, "transaction_not_found")
	w.Call(t, "GET", "/v1/transactions/"+id, nil).Has(map[string]string{"state": "joined", "revision": "2"})
	if w.Gateway.Operations() != asked {
		t.Error("a dry run asked the gateway")
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	body := facetest.With(facetest.With(facetest.With(facetest.Sale(), "transition", "invite"), "author_id", nil), "buyer_id", "bea")
	a := w.Call(t, "POST", "/v1/transactions", body, facetest.Once("1"), facetest.As("bea")).Is(201).Has(map[string]string{"state": "created", "seller_id": "<nil>", "author_id": "<nil>"})
	code := a.At("join_code")
	path := "/v1/transactions/" + a.At("id") + "/transitions"
	join := func(code string) map[string]any {
		return map[string]any{"transition": "join", "input": map[string]string{"join_code": code}}
	}
	w.Call(t, "POST", path, join("guess"), facetest.Once("2"), facetest.As("sam")).Refused(404, "transaction_not_found")
	w.Call(t, "POST", path, join(""), facetest.Once("2"), facetest.As("sam")).Refused(404, "transaction_not_found")
	w.Call(t, "POST", path, join(code), facetest.Once("2"), facetest.As("sam")).Is(200).Has(map[string]string{"state": "joined", "seller_id": "sam", "join_code": "absent"})
}

func TestListTransactions(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	var ids []string
	for i := range 5 {
		w.Clock.Advance(time.Second)
		ids = append(ids, w.Sell(t, fmt.Sprint(i)))
	}
	w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.Sale(), "starter_id", "zoe"), facetest.Once("z"), facetest.WithKey(w.Other)).Is(201)
	w.Take(t, ids[0], "cancel", nil, "cancelled")
	page := w.Call(t, "GET", "/v1/transactions?limit=2", nil).Is(200).Has(map[string]string{"items.0.id": ids[4], "items.1.id": ids[3], "items.2": "absent"})
	page = w.Call(t, "GET", "/v1/transactions?limit=2&cursor="+page.At("next_cursor"), nil).Has(map[string]string{"items.0.id": ids[2], "items.1.id": ids[1]})
	w.Call(t, "GET", "/v1/transactions?limit=2&cursor="+page.At("next_cursor"), nil).Has(map[string]string{"items.0.id": ids[0], "items.1": "absent", "next_cursor": "<nil>"})
	w.Call(t, "GET", "/v1/transactions?state=cancelled", nil).Has(map[string]string{"items.0.id": ids[0], "items.1": "absent"})
	w.Call(t, "GET", "/v1/transactions?party=sam&limit=1", nil).Has(map[string]string{"items.0.id": ids[4]})
	w.Call(t, "GET", "/v1/transactions?process=escrow_online&listing_id=7&limit=1", nil).Has(map[string]string{"items.0.id": ids[4]})
	w.Call(t, "GET", "/v1/transactions?process=none", nil).Has(map[string]string{"items": "[]"})
	w.Call(t, "GET", "/v1/transactions?listing_id=8", nil).Has(map[string]string{"items": "[]"})
	for _, who := range []facetest.Option{facetest.As("eve"), facetest.As("zoe")} {
		w.Call(t, "GET", "/v1/transactions", nil, who).Is(200).Has(map[string]string{"items": "[]", "next_cursor": "<nil>"})
	}
	w.Call(t, "GET", "/v1/transactions?party=sam", nil, facetest.As("eve")).Refused(403, "not_yourself")
	foreign, err := publicid.New([]byte("a secret of some other server"))
	w.Must(err)
	for query, code := range map[string]string{
		"limit=0": "invalid_limit", "limit=101": "invalid_limit", "limit=x": "invalid_limit", "limit=": "invalid_limit",
		"cursor=x": "invalid_cursor", "cursor=" + ids[0]: "invalid_cursor", "cursor=" + foreign.Seal(publicid.Cursor, 1): "invalid_cursor",
		"state=sold": "unknown_state", "process=barter": "unknown_process", "process=escrow%25": "unknown_process", "listing_id=0": "invalid_listing_id", "listing_id=x": "invalid_listing_id", "party=a%20b": "invalid_user_id", "sort=id": "unknown_parameter", "limit=1&limit=2": "duplicate_parameter",
	} {
		t.Run(query, func(t *testing.T) {
			w.Call(t, "GET", "/v1/transactions?"+query, nil).Refused(400, code)
		})
	}
}

func TestNativeRefusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	tests := []struct {
		name   string
		body   any
		status int
		code   string
		field  string
	}{
		{"no body", nil, 400, "body_missing", "absent"},
		{"unknown name", facetest.With(facetest.Sale(), "state", "paid"), 400, "unknown_field", "state"},
		{"no process", facetest.With(facetest.Sale(), "process", nil), 400, "missing_field", "process"},
		{"unknown process", facetest.With(facetest.Sale(), "process", "barter"), 400, "unknown_process", "absent"},
		{"no gateway", facetest.With(facetest.Sale(), "gateway", nil), 400, "missing_field", "gateway"},
		{"unknown transition", facetest.With(facetest.Sale(), "transition", "fly"), 400, "unknown_transition", "absent"},
		{"later transition", facetest.With(facetest.Sale(), "transition", "track"), 409, "illegal_transition", "absent"},
		{"long transition", facetest.With(facetest.Sale(), "transition", strings.Repeat("t", 65)), 400, "too_long", "transition"},
		{"no starter", facetest.With(facetest.Sale(), "starter_id", nil), 400, "missing_field", "starter_id"},
		{"no author", facetest.With(facetest.Sale(), "author_id", nil), 400, "party_missing", "absent"},
		{"bad buyer", facetest.With(facetest.Sale(), "buyer_id", "b b"), 400, "invalid_user_id", "buyer_id"},
		{"bad seller", facetest.With(facetest.Sale(), "seller_id", "s\ts"), 400, "invalid_text", "seller_id"},
		{"own listing", facetest.With(facetest.Sale(), "author_id", "bea"), 400, "starter_is_author", "absent"},
		{"no listing", facetest.With(facetest.Sale(), "listing", nil), 400, "missing_field", "listing"},
		{"no title", facetest.With(facetest.Sale(), "listing.title", nil), 400, "missing_field", "listing.title"},
		{"listing zero", facetest.With(facetest.Sale(), "listing.id", 0), 400, "invalid_listing_id", "listing.id"},
		{"no price", facetest.With(facetest.Sale(), "unit_price", nil), 400, "missing_field", "unit_price"},
		{"fraction", facetest.With(facetest.Sale(), "unit_price.amount", 1.5), 400, "invalid_type", "unit_price.amount"},
		{"bad currency", facetest.With(facetest.Sale(), "unit_price.currency", "EURO"), 400, "invalid_currency", "unit_price.currency"},
		{"quantity zero", facetest.With(facetest.Sale(), "quantity", 0), 400, "invalid_quantity", "quantity"},
		{"days", facetest.With(facetest.Sale(), "confirm_after_days", 366), 400, "invalid_confirm_after_days", "confirm_after_days"},
		{"input not taken", facetest.With(facetest.Sale(), "input.color", "red"), 400, "unknown_input", "color"},
		{"input no text", facetest.With(facetest.Sale(), "input.color", 5.5), 400, "invalid_type", "input"},
		{"long input", facetest.With(facetest.Sale(), "input.color", strings.Repeat("r", 2001)), 400, "too_long", "input"},
		{"NUL in input", facetest.With(facetest.Sale(), "input.color", "\x00"), 400, "invalid_text", "input"},
		{"card number", facetest.With(facetest.Sale(), "listing.title", facetest.Card), 400, "card_data_not_accepted", "listing.title"},
		{"card key", facetest.With(facetest.Sale(), "cvv", "1"), 400, "card_data_not_accepted", "cvv"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, "POST", "/v1/transactions", tt.body, facetest.Once("x")).Refused(tt.status, tt.code).Has(map[string]string{"field": tt.field})
		})
	}
	w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.Once("x"), facetest.As("sam")).Refused(403, "not_starter")
	if n := w.Transactions(facetest.Ours); n != 0 || w.Gateway.Operations() != 0 {
		t.Errorf("refused requests left %d transactions and made %d gateway calls", n, w.Gateway.Operations())
	}
}

func TestTransitionRefusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	w.Gateway.Happen("1", process.FactPaid)
	w.Sync(t, "1")
	tests := []struct {
		name    string
		body    any
		options []facetest.Option
		status  int
		code    string
	}{
		{"no body", nil, nil, 400, "body_missing"},
		{"no transition", "{}", nil, 400, "missing_field"},
		{"state instead of transition", `{"state":"tracked"}`, nil, 400, "unknown_field"},
		{"unknown transition", `{"transition":"fly"}`, nil, 400, "unknown_transition"},
		{"too early", `{"transition":"confirm_delivery"}`, nil, 409, "illegal_transition"},
		{"wrong side", `{"transition":"track"}`, []facetest.Option{facetest.As("bea")}, 403, "not_seller"},
		{"staff in a party's place", `{"transition":"track"}`, []facetest.Option{facetest.Staff("ann")}, 403, "not_seller"},
		{"backend in the gateway's place", `{"transition":"cancel_payment"}`, nil, 403, "not_gateway"},
		{"input missing", `{"transition":"track","input":{"carrier":"post"}}`, []facetest.Option{facetest.As("sam")}, 400, "empty_tracking_code"},
		{"input not taken", `{"transition":"track","input":{"carrier":"post","tracking_code":"1","fee":"0"}}`, nil, 400, "unknown_input"},
		{"stranger", `{"transition":"track"}`, []facetest.Option{facetest.As("eve")}, 404, "transaction_not_found"},
		{"other community", `{"transition":"track"}`, []facetest.Option{facetest.WithKey(w.Other)}, 404, "transaction_not_found"},
		{"reading key", `{"transition":"track"}`, []facetest.Option{facetest.WithKey(w.Scopes(apikey.Read))}, 403, "missing_scope"},
	}
	before := w.Gateway.Operations()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", tt.body, append(tt.options, facetest.Once("2"))...).Refused(tt.status, tt.code)
		})
	}
	w.Call(t, "GET", "/v1/transactions/"+id, nil).Has(map[string]string{"state": "paid", "revision": "3"})
	if w.Gateway.Operations() != before {
		t.Error("a refused request asked the gateway")
	}
}

// Every route that names a transaction answers alike for what does not exist,
// what is another community's, and what a stranger asks for.
func TestNativeRoutesHideWhatIsNotTheCallers(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Sell(t, "1")
	absent := w.Ids.Seal(publicid.Transaction, 1<<40)
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
			ask := func(id string, options ...facetest.Option) string {
				a := w.Call(t, r.method, "/v1/transactions/"+id+r.path, r.body, append(options, facetest.Once("h"))...)
				return a.Refused(404, "transaction_not_found").At("detail")
			}
			want := ask(absent)
			for name, got := range map[string]string{
				"no id": ask("x"), "an integer": ask("1"), "stranger": ask(id, facetest.As("eve")), "other community": ask(id, facetest.WithKey(w.Other)),
				"other community's user": ask(id, facetest.WithKey(w.Other), facetest.As("bea")), "cursor": ask(w.Ids.Seal(publicid.Cursor, 1)),
			} {
				if got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestSaveUser(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	w.Call(t, "PUT", "/v1/users/bea", facetest.Profile(), facetest.As("bea")).Is(200).Has(map[string]string{"id": "bea", "terms_accepted_at": "2030-01-01T10:00:00Z"})
	stored, found, err := w.Store.Profile(t.Context(), facetest.Ours, "bea")
	if err != nil || !found || stored.Email != "bea@example.com" || stored.TermsIP != "192.0.2.7" {
		t.Errorf("stored %+v, %v, %v", stored, found, err)
	}
	if _, found, _ := w.Store.Profile(t.Context(), facetest.Theirs, "bea"); found {
		t.Error("the other community sees the profile")
	}
	slash := "auth0|a/b?c"
	w.Call(t, "PUT", "/v1/users/"+url.PathEscape(slash)+"/", facetest.With(facetest.With(facetest.Profile(), "terms_ip", nil), "terms_accepted_at", nil)).
		Is(200).Has(map[string]string{"id": slash, "terms_ip": "<nil>", "terms_accepted_at": "<nil>"})
	w.Call(t, "PUT", "/v1/users/bea", facetest.Profile(), facetest.As("sam")).Refused(403, "not_yourself")
	w.Call(t, "PUT", "/v1/users/b%20a", facetest.Profile()).Refused(400, "invalid_user_id")
	w.Call(t, "PUT", "/v1/users/eve", facetest.Profile(), facetest.WithKey(w.Scopes(apikey.Read))).Refused(403, "missing_scope")
	for path, value := range map[string]any{
		"email": nil, "first_name": "", "last_name": strings.Repeat("x", 101), "country_code": "ie",
		"terms_accepted_at": nil, "terms_ip": nil,
	} {
		w.Call(t, "PUT", "/v1/users/eve", facetest.With(facetest.Profile(), path, value)).Is(400).Has(map[string]string{"field": path})
	}
	for path, value := range map[string]any{
		"email": "Bea <bea@example.com>", "country_code": "i1", "terms_accepted_at": "yesterday", "terms_ip": "fe80::1%eth0", "password": "x", "id": "eve",
	} {
		w.Call(t, "PUT", "/v1/users/eve", facetest.With(facetest.Profile(), path, value)).Is(400).Has(map[string]string{"field": path})
	}
	if _, found, _ := w.Store.Profile(t.Context(), facetest.Ours, "eve"); found {
		t.Error("a refused profile was stored")
	}
	if strings.Contains(w.Log.String(), "example.com") {
		t.Error("the log holds an address")
	}
}

func TestProcessesAndCommunity(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
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
	w.Must(json.Unmarshal([]byte(w.Call(t, "GET", "/v1/processes", nil).Is(200).Body), &listed))
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
	a := w.Call(t, "GET", "/v1/community", nil).Is(200).Has(map[string]string{"id": "501", "gateways": "[none balance trustap stripe paytrail]", "key.mode": "test", "key.expires_at": "<nil>"})
	if strings.Contains(a.Body, "hash") || strings.Contains(a.Body, w.Key[len(w.Key)-64:]) {
		t.Errorf("the answer tells the key's secret: %s", a.Body)
	}
	w.Call(t, "GET", "/v1/community", nil, facetest.WithKey(w.Other)).Has(map[string]string{"id": "502"})
}
