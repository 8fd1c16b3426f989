package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// deal is the body of a create that works.
func deal() map[string]any {
	return map[string]any{"transaction": map[string]any{
		"payment_process": "escrow_online", "payment_gateway": "trustap", "community_id": ours,
		"starter_id": "bea", "listing_id": 1234, "listing_title": "Old city-bike",
		"listing_price":     map[string]any{"amount": 5000, "currency": "EUR"},
		"listing_author_id": "sam", "listing_quantity": 2,
	}}
}

// with changes one member of a body; nil as value removes it.
func with(body map[string]any, path string, value any) map[string]any {
	at := body
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		inner, ok := at[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[name] = inner
		}
		at = inner
	}
	if value == nil {
		delete(at, names[len(names)-1])
	} else {
		at[names[len(names)-1]] = value
	}
	return body
}

const dealsPath = "/transactions/v1/"

// open creates a deal and returns its id.
func (w *world) open(t *testing.T) string {
	t.Helper()
	return w.call(t, "POST", dealsPath+"create", deal()).is(201).at("transaction.id")
}

// sync lets the gateway report what happened to the payment.
func (w *world) sync(t *testing.T, payment string) {
	t.Helper()
	if _, err := w.engine.SyncPayment(t.Context(), "trustap", payment); err != nil {
		t.Fatal(err)
	}
}

func TestDealFromPaymentToCompletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	created := w.call(t, "POST", dealsPath+"create", deal(), as("bea")).is(201)
	id := created.at("transaction.id")
	var shown map[string]any
	if err := json.Unmarshal([]byte(created.body), &shown); err != nil {
		t.Fatal(err)
	}
	number := shown["transaction"].(map[string]any)["id"]
	want := map[string]any{
		"transaction": map[string]any{
			"id": number, "conversation_id": number, "payment_process": "escrow_online", "payment_gateway": "trustap",
			"community_id": float64(ours), "starter_id": "bea", "listing_id": float64(1234), "listing_title": "Old city-bike",
			"listing_price":     map[string]any{"amount": float64(5000), "currency": "EUR"},
			"listing_author_id": "sam", "listing_quantity": float64(2), "automatic_confirmation_after_days": float64(14),
			"created_at": "2030-01-02T03:04:05Z", "updated_at": "2030-01-02T03:04:05Z", "last_transition_at": "2030-01-02T03:04:05Z",
			"current_state": "joined", "payment_total": nil,
		},
		"gateway_fields": map[string]any{"redirect_url": "https://pay.example.com/1"},
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	read := func(state, total string) {
		t.Helper()
		w.call(t, "GET", dealsPath+id, nil).is(200).has(map[string]string{"transaction.current_state": state, "transaction.payment_total.amount": total})
	}
	w.gateway.happen("1", process.FactPaid)
	w.sync(t, "1")
	read("paid", "10000")
	w.call(t, "POST", dealsPath+id+"/cancel", nil).refused(409, "illegal_transition")
	w.gateway.happen("1", process.FactTracked)
	w.sync(t, "1")
	read("tracked", "10000")
	w.call(t, "POST", dealsPath+id+"/complete", nil).refused(409, "illegal_transition").has(map[string]string{"current_state": "tracked"})
	w.gateway.happen("1", process.FactDelivered)
	w.sync(t, "1")
	read("delivered", "10000")
	w.call(t, "POST", dealsPath+id+"/complete", nil, as("sam")).refused(403, "not_buyer")
	w.call(t, "POST", dealsPath+id+"/complete/", nil, as("bea")).is(200).
		has(map[string]string{"transaction.current_state": "completed", "transaction.payment_total.amount": "10000", "gateway_fields.redirect_url": "absent"})
	w.gateway.happen("1", process.FactFundsReleased)
	w.sync(t, "1")
	read("completed", "10000")
}

func TestDealWithoutPayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := with(with(deal(), "transaction.payment_process", "none"), "transaction.payment_gateway", "none")
	a := w.call(t, "POST", dealsPath+"create/", with(body, "transaction.listing_quantity", nil)).is(201)
	a.has(map[string]string{
		"transaction.current_state": "free", "transaction.payment_total": "<nil>", "transaction.listing_quantity": "1",
		"transaction.automatic_confirmation_after_days": "0", "gateway_fields": "map[]", "booking_fields": "absent",
	})
	for _, operation := range []string{"reject", "complete", "cancel", "complete_preauthorization", "invoice", "pay_invoice"} {
		w.call(t, "POST", dealsPath+a.at("transaction.id")+"/"+operation, nil).refused(409, "illegal_transition").
			has(map[string]string{"current_state": "free", "transition": operation})
	}
}

func TestDealCanceledBeforePayment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open(t)
	w.call(t, "POST", dealsPath+id+"/cancel", "{}", as("sam")).is(200).
		has(map[string]string{"transaction.current_state": "canceled", "transaction.payment_total": "<nil>", "gateway_fields.redirect_url": "absent"})
	w.call(t, "POST", dealsPath+id+"/cancel", nil, as("bea")).refused(409, "illegal_transition")
}

func TestDealIsSeenByItsPartiesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open(t)
	absent := w.call(t, "GET", dealsPath+"999999", nil).refused(404, "transaction_not_found").at("detail")
	for name, a := range map[string]answer{
		"stranger reads":         w.call(t, "GET", dealsPath+id, nil, as("eve")),
		"stranger cancels":       w.call(t, "POST", dealsPath+id+"/cancel", nil, as("eve")),
		"other community reads":  w.call(t, "GET", dealsPath+id, nil, withKey(w.other)),
		"other community acts":   w.call(t, "POST", dealsPath+id+"/cancel", nil, withKey(w.other)),
		"other community's user": w.call(t, "GET", dealsPath+id, nil, withKey(w.other), as("bea")),
		"not canonical":          w.call(t, "GET", dealsPath+"0"+id, nil),
		"negative":               w.call(t, "GET", dealsPath+"-1", nil),
		"too large":              w.call(t, "GET", dealsPath+"9223372036854775808", nil),
		"no number":              w.call(t, "GET", dealsPath+"x", nil),
	} {
		t.Run(name, func(t *testing.T) {
			a.t = t
			if got := a.refused(404, "transaction_not_found").at("detail"); got != absent {
				t.Errorf("detail %q differs from that of an absent one", got)
			}
		})
	}
	w.call(t, "GET", dealsPath+id, nil, as("sam")).is(200).has(map[string]string{"gateway_fields.redirect_url": "absent"})
	w.call(t, "GET", dealsPath+id, nil, as("bea")).is(200).has(map[string]string{"gateway_fields.redirect_url": "https://pay.example.com/1"})
}

func TestCreateDealRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	booked := func(first, last string, quantity int) map[string]any {
		body := with(with(deal(), "booking_fields.start_on", first), "booking_fields.end_on", last)
		return with(body, "transaction.listing_quantity", quantity)
	}
	encoded, _ := json.Marshal(deal())
	good := string(encoded)
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	tests := []struct {
		name   string
		body   any
		status int
		code   string
		field  string
	}{
		{"no body", nil, 400, "body_missing", "absent"},
		{"no object", "[]", 400, "invalid_type", "absent"},
		{"null", "null", 400, "missing_field", "transaction"},
		{"broken", `{"transaction":`, 400, "invalid_json", "absent"},
		{"trailing data", good + "{}", 400, "invalid_json", "absent"},
		{"invalid UTF-8", replace("Old city", "Old \xff"), 400, "invalid_json", "absent"},
		{"lone surrogate", replace("Old city", `Old \ud800`), 400, "invalid_json", "absent"},
		{"too deep", strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20), 400, "body_too_deep", "absent"},
		{"unknown name", with(deal(), "transaction.commission", 5), 400, "unknown_field", "transaction.commission"},
		{"unknown top name", with(deal(), "state", "paid"), 400, "unknown_field", "state"},
		{"wrong case", replace(`"starter_id"`, `"Starter_id"`), 400, "unknown_field", "transaction.Starter_id"},
		{"repeated", replace(`"starter_id":"bea"`, `"starter_id":"bea","starter_id":"eve"`), 400, "duplicate_field", "transaction.starter_id"},
		{"state is not settable", with(deal(), "transaction.current_state", "paid"), 400, "unknown_field", "transaction.current_state"},
		{"no transaction", "{}", 400, "missing_field", "transaction"},
		{"no process", with(deal(), "transaction.payment_process", nil), 400, "missing_field", "transaction.payment_process"},
		{"process of another type", with(deal(), "transaction.payment_process", 5), 400, "invalid_type", "transaction.payment_process"},
		{"prepay", with(deal(), "transaction.payment_process", "prepay"), 400, "unknown_process", "transaction.payment_process"},
		{"long process", with(deal(), "transaction.payment_process", strings.Repeat("x", 65)), 400, "too_long", "transaction.payment_process"},
		{"no gateway", with(deal(), "transaction.payment_gateway", nil), 400, "missing_field", "transaction.payment_gateway"},
		{"unknown gateway", with(deal(), "transaction.payment_gateway", "bank"), 400, "unknown_gateway", "absent"},
		{"impossible pair", with(deal(), "transaction.payment_gateway", "none"), 400, "process_gateway_mismatch", "absent"},
		{"none elsewhere", with(deal(), "transaction.payment_process", "none"), 400, "process_gateway_mismatch", "absent"},
		{"gateway not here", with(with(deal(), "transaction.payment_process", "preauthorize"), "transaction.payment_gateway", "paypal"), 400, "gateway_not_configured", "absent"},
		{"no community", with(deal(), "transaction.community_id", nil), 400, "missing_field", "transaction.community_id"},
		{"community as text", with(deal(), "transaction.community_id", "501"), 400, "invalid_type", "transaction.community_id"},
		{"foreign community", with(deal(), "transaction.community_id", theirs), 404, "community_not_found", "transaction.community_id"},
		{"absent community", with(deal(), "transaction.community_id", 7), 404, "community_not_found", "transaction.community_id"},
		{"no starter", with(deal(), "transaction.starter_id", nil), 400, "missing_field", "transaction.starter_id"},
		{"empty starter", with(deal(), "transaction.starter_id", " "), 400, "missing_field", "transaction.starter_id"},
		{"starter as number", with(deal(), "transaction.starter_id", 12), 400, "invalid_type", "transaction.starter_id"},
		{"starter with space", with(deal(), "transaction.starter_id", "be a"), 400, "invalid_user_id", "transaction.starter_id"},
		{"long starter", with(deal(), "transaction.starter_id", strings.Repeat("b", 129)), 400, "too_long", "transaction.starter_id"},
		{"own listing", with(deal(), "transaction.starter_id", "sam"), 400, "starter_is_author", "absent"},
		{"no author", with(deal(), "transaction.listing_author_id", nil), 400, "missing_field", "transaction.listing_author_id"},
		{"no listing", with(deal(), "transaction.listing_id", nil), 400, "missing_field", "transaction.listing_id"},
		{"listing zero", with(deal(), "transaction.listing_id", 0), 400, "invalid_listing_id", "transaction.listing_id"},
		{"listing as text", with(deal(), "transaction.listing_id", "1234"), 400, "invalid_type", "transaction.listing_id"},
		{"listing too large", replace(`"listing_id":1234`, `"listing_id":9223372036854775808`), 400, "invalid_type", "transaction.listing_id"},
		{"no title", with(deal(), "transaction.listing_title", nil), 400, "missing_field", "transaction.listing_title"},
		{"long title", with(deal(), "transaction.listing_title", strings.Repeat("é", 256)), 400, "too_long", "transaction.listing_title"},
		{"control in title", with(deal(), "transaction.listing_title", "a\x00b"), 400, "invalid_text", "transaction.listing_title"},
		{"no price", with(deal(), "transaction.listing_price", nil), 400, "missing_field", "transaction.listing_price"},
		{"price as number", with(deal(), "transaction.listing_price", 5000), 400, "invalid_type", "transaction.listing_price"},
		{"no amount", with(deal(), "transaction.listing_price.amount", nil), 400, "missing_field", "transaction.listing_price.amount"},
		{"amount as text", with(deal(), "transaction.listing_price.amount", "5000"), 400, "invalid_type", "transaction.listing_price.amount"},
		{"fraction", replace(`"amount":5000`, `"amount":5000.0`), 400, "invalid_type", "transaction.listing_price.amount"},
		{"exponent", replace(`"amount":5000`, `"amount":5e3`), 400, "invalid_type", "transaction.listing_price.amount"},
		{"leading zero", replace(`"amount":5000`, `"amount":05000`), 400, "invalid_json", "absent"},
		{"plus sign", replace(`"amount":5000`, `"amount":+5000`), 400, "invalid_json", "absent"},
		{"negative", with(deal(), "transaction.listing_price.amount", -1), 400, "amount_out_of_range", "transaction.listing_price.amount"},
		{"nothing", with(deal(), "transaction.listing_price.amount", 0), 400, "price_too_low", "absent"},
		{"huge", with(deal(), "transaction.listing_price.amount", 1_000_000_000_001), 400, "amount_out_of_range", "transaction.listing_price.amount"},
		{"beyond 64 bits", replace(`"amount":5000`, `"amount":9223372036854775808`), 400, "invalid_type", "transaction.listing_price.amount"},
		{"no currency", with(deal(), "transaction.listing_price.currency", nil), 400, "missing_field", "transaction.listing_price.currency"},
		{"small currency", with(deal(), "transaction.listing_price.currency", "eur"), 400, "invalid_currency", "transaction.listing_price.currency"},
		{"unknown currency", with(deal(), "transaction.listing_price.currency", "ZZZ"), 400, "invalid_currency", "transaction.listing_price.currency"},
		{"third money key", with(deal(), "transaction.listing_price.cents", 1), 400, "unknown_field", "transaction.listing_price.cents"},
		{"quantity zero", with(deal(), "transaction.listing_quantity", 0), 400, "invalid_quantity", "transaction.listing_quantity"},
		{"quantity negative", with(deal(), "transaction.listing_quantity", -2), 400, "invalid_quantity", "transaction.listing_quantity"},
		{"quantity fraction", with(deal(), "transaction.listing_quantity", 1.5), 400, "invalid_type", "transaction.listing_quantity"},
		{"quantity huge", with(deal(), "transaction.listing_quantity", 1_000_001), 400, "invalid_quantity", "transaction.listing_quantity"},
		{"dates missing", with(deal(), "booking_fields", map[string]any{}), 400, "dates_missing", "booking_fields.start_on"},
		{"end missing", booked("2030-10-28", "", 1), 400, "dates_missing", "booking_fields.end_on"},
		{"no date", booked("28.10.2030", "2030-10-28", 1), 400, "invalid_date", "booking_fields.start_on"},
		{"impossible date", booked("2030-02-28", "2030-02-30", 1), 400, "invalid_date", "booking_fields.end_on"},
		{"end before start", booked("2030-10-28", "2030-10-27", 1), 400, "end_cant_be_before_start", "booking_fields.end_on"},
		{"quantity mismatch", booked("2030-10-28", "2030-10-28", 2), 400, "quantity_mismatch", "transaction.listing_quantity"},
		{"date of the past", booked("2029-12-30", "2029-12-31", 2), 400, "start_in_the_past", "booking_fields.start_on"},
		{"two tokens", with(with(deal(), "gateway_fields.payment_method", "tok"), "gateway_fields.payment_method_nonce", "tok"), 400, "ambiguous_payment_method", "gateway_fields.payment_method_nonce"},
		{"token not taken", with(deal(), "gateway_fields.payment_method", "tok"), 400, "unknown_input", "gateway_fields.payment_method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, "POST", dealsPath+"create", tt.body).refused(tt.status, tt.code).has(map[string]string{"field": tt.field, "money_moved": "no"})
		})
	}
	w.call(t, "POST", dealsPath+"create", deal(), as("sam")).refused(403, "not_starter")
	w.call(t, "POST", dealsPath+"create", deal(), as("eve")).refused(403, "not_starter")
	w.call(t, "POST", dealsPath+"create", deal(), staff("ann")).refused(403, "not_starter")
	w.call(t, "POST", dealsPath+"create", deal(), withKey(w.scopes(apikey.Read))).refused(403, "missing_scope")
	w.call(t, "POST", dealsPath+"create", deal(), withKey(w.other)).refused(404, "community_not_found")
	if n := w.transactions(ours) + w.transactions(theirs); n != 0 || w.gateway.operations() != 0 {
		t.Errorf("refused requests left %d transactions and made %d gateway calls", n, w.gateway.operations())
	}
}

const card = "4111111111111111"

func TestCardDataIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.open(t)
	start := w.gateway.operations()
	send := func(name, path string, body any, options ...option) {
		t.Run(name, func(t *testing.T) {
			a := w.call(t, "POST", path, body, options...).refused(400, "card_data_not_accepted")
			if strings.Contains(a.body, "4111") {
				t.Errorf("the answer repeats the number: %s", a.body)
			}
		})
	}
	for _, name := range []string{"credit_card_number", "credit_card_expiration_month", "credit_card_expiration_year", "cvv", "CVV", "creditCardNumber", "cvc", "card_number"} {
		send(name, dealsPath+"create", with(deal(), "gateway_fields."+name, "1"))
		send("pay_invoice "+name, dealsPath+id+"/pay_invoice", map[string]any{"gateway_fields": map[string]any{name: 12}})
	}
	fields := []string{
		"transaction.payment_process", "transaction.payment_gateway", "transaction.starter_id", "transaction.listing_title",
		"transaction.listing_author_id", "transaction.listing_price.currency", "booking_fields.start_on", "booking_fields.end_on",
		"gateway_fields.payment_method", "gateway_fields.cardholder_name", "gateway_fields.success_url", "unknown.field", "transaction." + card,
	}
	for _, field := range fields {
		send("in "+field, dealsPath+"create", with(deal(), field, "my card "+card+" ok"))
	}
	send("grouped", dealsPath+"create", with(deal(), "transaction.listing_title", "4111 1111 1111 1111"))
	send("dashed", dealsPath+"create", with(deal(), "transaction.listing_title", "x4111-1111-1111-1111x"))
	send("inside letters", dealsPath+"create", with(deal(), "transaction.listing_title", "a"+card+"b"))
	send("before a broken body", dealsPath+"create", `{"cvv":"1", broken`)
	send("as a name", dealsPath+"create", `{"`+card+`":1}`)
	a := w.call(t, "GET", dealsPath+"can_start_transaction?payment_gateway=trustap&community_id=501&listing_author_id="+card, nil)
	a.refused(400, "card_data_not_accepted")
	w.call(t, "GET", dealsPath+id, nil, header("X-Request-Id", card)).is(200)
	if strings.Contains(w.log.String(), "4111") {
		t.Error("the log holds the card number")
	}
	if w.transactions(ours) != 1 || w.gateway.operations() != start {
		t.Error("a refused request had an effect")
	}
}

func TestNumbersThatAreNoCards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, title := range []string{"4111111111111112", "411111111111", "41111111111111111111111", "call 555 0100 200", "8f14e45f-ceea-467f-9111-411111111111"} {
		t.Run(title, func(t *testing.T) {
			w.call(t, "POST", dealsPath+"create", with(with(deal(), "transaction.listing_title", title), "transaction.listing_id", i+1)).is(201)
		})
	}
}

func TestCanStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	question := func(gateway string, community any, author string) map[string]any {
		return map[string]any{"transaction": map[string]any{"payment_gateway": gateway, "community_id": community, "listing_author_id": author}}
	}
	path := dealsPath + "can_start_transaction"
	result := func(want string) map[string]string { return map[string]string{"result": want} }
	w.call(t, "GET", path, question("trustap", ours, "sam")).is(200).has(result("true"))
	w.call(t, "GET", path+"/", question("trustap", ours, "no-account")).is(200).has(result("false"))
	w.call(t, "GET", path+"?payment_gateway=trustap&community_id=501&listing_author_id=no-account", nil).is(200).has(result("false"))
	w.call(t, "GET", path+"?payment_gateway=none&community_id=501&listing_author_id=no-account", nil).is(200).has(result("true"))
	tests := []struct {
		name, query string
		body        any
		status      int
		code        string
	}{
		{"nothing", "", nil, 400, "body_missing"},
		{"no transaction", "", "{}", 400, "missing_field"},
		{"no gateway", "", question("", ours, "sam"), 400, "missing_field"},
		{"unknown gateway", "", question("bank", ours, "sam"), 400, "unknown_gateway"},
		{"gateway not here", "", question("paypal", ours, "sam"), 400, "gateway_not_configured"},
		{"foreign community", "", question("trustap", theirs, "sam"), 404, "community_not_found"},
		{"community as text", "", question("trustap", "501", "sam"), 400, "invalid_type"},
		{"no author", "", question("trustap", ours, ""), 400, "missing_field"},
		{"query without author", "?payment_gateway=trustap&community_id=501", nil, 400, "missing_field"},
		{"query with text", "?payment_gateway=trustap&community_id=x&listing_author_id=sam", nil, 400, "invalid_type"},
		{"query with another name", "?payment_gateway=trustap&community_id=501&listing_author_id=sam&x=1", nil, 400, "unknown_parameter"},
		{"query with a repetition", "?payment_gateway=trustap&payment_gateway=none&community_id=501&listing_author_id=sam", nil, 400, "duplicate_parameter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.call(t, "GET", path+tt.query, tt.body).refused(tt.status, tt.code)
		})
	}
}

func TestDeclinedAndDoubtfulDeals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status process.Status
		code   string
		http   int
		want   string
		moved  string
		retry  string
	}{
		{process.Declined, "card_declined", http.StatusPaymentRequired, "card_declined", "no", ""},
		{process.NotSent, "", http.StatusServiceUnavailable, "gateway_unreachable", "no", "5"},
		{process.Unknown, "", http.StatusBadGateway, "outcome_unknown", "unknown", "5"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.gateway.answer(tt.status, tt.code)
			a := w.call(t, "POST", dealsPath+"create", deal()).refused(tt.http, tt.want).has(map[string]string{"money_moved": tt.moved})
			if got := a.header.Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After %q, want %q", got, tt.retry)
			}
		})
	}
}
