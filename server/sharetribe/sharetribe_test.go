package sharetribe_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

func TestDealFromPaymentToCompletion(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	created := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.As("bea")).Is(201)
	id := created.At("transaction.id")
	var shown map[string]any
	if err := json.Unmarshal([]byte(created.Body), &shown); err != nil {
		t.Fatal(err)
	}
	number := shown["transaction"].(map[string]any)["id"]
	want := map[string]any{
		"transaction": map[string]any{
			"id": number, "conversation_id": number, "payment_process": "escrow_online", "payment_gateway": "trustap",
			"community_id": float64(facetest.Ours), "starter_id": "bea", "listing_id": float64(1234), "listing_title": "Old city-bike",
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
		w.Call(t, "GET", facetest.DealsPath+id, nil).Is(200).Has(map[string]string{"transaction.current_state": state, "transaction.payment_total.amount": total})
	}
	w.Gateway.Happen("1", process.FactPaid)
	w.Sync(t, "1")
	read("paid", "10000")
	w.Call(t, "POST", facetest.DealsPath+id+"/cancel", nil).Refused(409, "illegal_transition")
	w.Gateway.Happen("1", process.FactTracked)
	w.Sync(t, "1")
	read("tracked", "10000")
	w.Call(t, "POST", facetest.DealsPath+id+"/complete", nil).Refused(409, "illegal_transition").Has(map[string]string{"current_state": "tracked"})
	w.Gateway.Happen("1", process.FactDelivered)
	w.Sync(t, "1")
	read("delivered", "10000")
	w.Call(t, "POST", facetest.DealsPath+id+"/complete", nil, facetest.As("sam")).Refused(403, "not_buyer")
	w.Call(t, "POST", facetest.DealsPath+id+"/complete/", nil, facetest.As("bea")).Is(200).
		Has(map[string]string{"transaction.current_state": "completed", "transaction.payment_total.amount": "10000", "gateway_fields.redirect_url": "absent"})
	w.Gateway.Happen("1", process.FactFundsReleased)
	w.Sync(t, "1")
	read("completed", "10000")
}

func TestDealWithoutPayment(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	body := facetest.With(facetest.With(facetest.Deal(), "transaction.payment_process", "none"), "transaction.payment_gateway", "none")
	a := w.Call(t, "POST", facetest.DealsPath+"create/", facetest.With(body, "transaction.listing_quantity", nil)).Is(201)
	a.Has(map[string]string{
		"transaction.current_state": "free", "transaction.payment_total": "<nil>", "transaction.listing_quantity": "1",
		"transaction.automatic_confirmation_after_days": "0", "gateway_fields": "map[]", "booking_fields": "absent",
	})
	for _, operation := range []string{"reject", "complete", "cancel", "complete_preauthorization", "invoice", "pay_invoice"} {
		w.Call(t, "POST", facetest.DealsPath+a.At("transaction.id")+"/"+operation, nil).Refused(409, "illegal_transition").
			Has(map[string]string{"current_state": "free", "transition": operation})
	}
}

func TestDealCanceledBeforePayment(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Open(t)
	w.Call(t, "POST", facetest.DealsPath+id+"/cancel", "{}", facetest.As("sam")).Is(200).
		Has(map[string]string{"transaction.current_state": "canceled", "transaction.payment_total": "<nil>", "gateway_fields.redirect_url": "absent"})
	w.Call(t, "POST", facetest.DealsPath+id+"/cancel", nil, facetest.As("bea")).Refused(409, "illegal_transition")
}

func TestDealIsSeenByItsPartiesOnly(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Open(t)
	absent := w.Call(t, "GET", facetest.DealsPath+"999999", nil).Refused(404, "transaction_not_found").At("detail")
	for name, a := range map[string]facetest.Answer{
		"stranger reads":         w.Call(t, "GET", facetest.DealsPath+id, nil, facetest.As("eve")),
		"stranger cancels":       w.Call(t, "POST", facetest.DealsPath+id+"/cancel", nil, facetest.As("eve")),
		"other community reads":  w.Call(t, "GET", facetest.DealsPath+id, nil, facetest.WithKey(w.Other)),
		"other community acts":   w.Call(t, "POST", facetest.DealsPath+id+"/cancel", nil, facetest.WithKey(w.Other)),
		"other community's user": w.Call(t, "GET", facetest.DealsPath+id, nil, facetest.WithKey(w.Other), facetest.As("bea")),
		"not canonical":          w.Call(t, "GET", facetest.DealsPath+"0"+id, nil),
		"negative":               w.Call(t, "GET", facetest.DealsPath+"-1", nil),
		"too large":              w.Call(t, "GET", facetest.DealsPath+"9223372036854775808", nil),
		"no number":              w.Call(t, "GET", facetest.DealsPath+"x", nil),
	} {
		t.Run(name, func(t *testing.T) {
			a.T = t
			if got := a.Refused(404, "transaction_not_found").At("detail"); got != absent {
				t.Errorf("detail %q differs from that of an absent one", got)
			}
		})
	}
	w.Call(t, "GET", facetest.DealsPath+id, nil, facetest.As("sam")).Is(200).Has(map[string]string{"gateway_fields.redirect_url": "absent"})
	w.Call(t, "GET", facetest.DealsPath+id, nil, facetest.As("bea")).Is(200).Has(map[string]string{"gateway_fields.redirect_url": "https://pay.example.com/1"})
}

func TestCreateDealRefusals(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	booked := func(first, last string, quantity int) map[string]any {
		body := facetest.With(facetest.With(facetest.Deal(), "booking_fields.start_on", first), "booking_fields.end_on", last)
		return facetest.With(body, "transaction.listing_quantity", quantity)
	}
	encoded, _ := json.Marshal(facetest.Deal())
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
		{"unknown name", facetest.With(facetest.Deal(), "transaction.commission", 5), 400, "unknown_field", "transaction.commission"},
		{"unknown top name", facetest.With(facetest.Deal(), "state", "paid"), 400, "unknown_field", "state"},
		{"wrong case", replace(`"starter_id"`, `"Starter_id"`), 400, "unknown_field", "transaction.Starter_id"},
		{"repeated", replace(`"starter_id":"bea"`, `"starter_id":"bea","starter_id":"eve"`), 400, "duplicate_field", "transaction.starter_id"},
		{"state is not settable", facetest.With(facetest.Deal(), "transaction.current_state", "paid"), 400, "unknown_field", "transaction.current_state"},
		{"no transaction", "{}", 400, "missing_field", "transaction"},
		{"no process", facetest.With(facetest.Deal(), "transaction.payment_process", nil), 400, "missing_field", "transaction.payment_process"},
		{"process of another type", facetest.With(facetest.Deal(), "transaction.payment_process", 5), 400, "invalid_type", "transaction.payment_process"},
		{"prepay", facetest.With(facetest.Deal(), "transaction.payment_process", "prepay"), 400, "unknown_process", "transaction.payment_process"},
		{"long process", facetest.With(facetest.Deal(), "transaction.payment_process", strings.Repeat("x", 65)), 400, "too_long", "transaction.payment_process"},
		{"no gateway", facetest.With(facetest.Deal(), "transaction.payment_gateway", nil), 400, "missing_field", "transaction.payment_gateway"},
		{"unknown gateway", facetest.With(facetest.Deal(), "transaction.payment_gateway", "bank"), 400, "unknown_gateway", "absent"},
		{"impossible pair", facetest.With(facetest.Deal(), "transaction.payment_gateway", "none"), 400, "process_gateway_mismatch", "absent"},
		{"none elsewhere", facetest.With(facetest.Deal(), "transaction.payment_process", "none"), 400, "process_gateway_mismatch", "absent"},
		{"gateway not here", facetest.With(facetest.With(facetest.Deal(), "transaction.payment_process", "preauthorize"), "transaction.payment_gateway", "paypal"), 400, "gateway_not_configured", "absent"},
		{"no community", facetest.With(facetest.Deal(), "transaction.community_id", nil), 400, "missing_field", "transaction.community_id"},
		{"community as text", facetest.With(facetest.Deal(), "transaction.community_id", "501"), 400, "invalid_type", "transaction.community_id"},
		{"foreign community", facetest.With(facetest.Deal(), "transaction.community_id", facetest.Theirs), 404, "community_not_found", "transaction.community_id"},
		{"absent community", facetest.With(facetest.Deal(), "transaction.community_id", 7), 404, "community_not_found", "transaction.community_id"},
		{"no starter", facetest.With(facetest.Deal(), "transaction.starter_id", nil), 400, "missing_field", "transaction.starter_id"},
		{"empty starter", facetest.With(facetest.Deal(), "transaction.starter_id", " "), 400, "missing_field", "transaction.starter_id"},
		{"starter as number", facetest.With(facetest.Deal(), "transaction.starter_id", 12), 400, "invalid_type", "transaction.starter_id"},
		{"starter with space", facetest.With(facetest.Deal(), "transaction.starter_id", "be a"), 400, "invalid_user_id", "transaction.starter_id"},
		{"long starter", facetest.With(facetest.Deal(), "transaction.starter_id", strings.Repeat("b", 129)), 400, "too_long", "transaction.starter_id"},
		{"own listing", facetest.With(facetest.Deal(), "transaction.starter_id", "sam"), 400, "starter_is_author", "absent"},
		{"no author", facetest.With(facetest.Deal(), "transaction.listing_author_id", nil), 400, "missing_field", "transaction.listing_author_id"},
		{"no listing", facetest.With(facetest.Deal(), "transaction.listing_id", nil), 400, "missing_field", "transaction.listing_id"},
		{"listing zero", facetest.With(facetest.Deal(), "transaction.listing_id", 0), 400, "invalid_listing_id", "transaction.listing_id"},
		{"listing as text", facetest.With(facetest.Deal(), "transaction.listing_id", "1234"), 400, "invalid_type", "transaction.listing_id"},
		{"listing too large", replace(`"listing_id":1234`, `"listing_id":9223372036854775808`), 400, "invalid_type", "transaction.listing_id"},
		{"no title", facetest.With(facetest.Deal(), "transaction.listing_title", nil), 400, "missing_field", "transaction.listing_title"},
		{"long title", facetest.With(facetest.Deal(), "transaction.listing_title", strings.Repeat("é", 256)), 400, "too_long", "transaction.listing_title"},
		{"control in title", facetest.With(facetest.Deal(), "transaction.listing_title", "a\x00b"), 400, "invalid_text", "transaction.listing_title"},
		{"no price", facetest.With(facetest.Deal(), "transaction.listing_price", nil), 400, "missing_field", "transaction.listing_price"},
		{"price as number", facetest.With(facetest.Deal(), "transaction.listing_price", 5000), 400, "invalid_type", "transaction.listing_price"},
		{"no amount", facetest.With(facetest.Deal(), "transaction.listing_price.amount", nil), 400, "missing_field", "transaction.listing_price.amount"},
		{"amount as text", facetest.With(facetest.Deal(), "transaction.listing_price.amount", "5000"), 400, "invalid_type", "transaction.listing_price.amount"},
		{"fraction", replace(`"amount":5000`, `"amount":5000.0`), 400, "invalid_type", "transaction.listing_price.amount"},
		{"exponent", replace(`"amount":5000`, `"amount":5e3`), 400, "invalid_type", "transaction.listing_price.amount"},
		{"leading zero", replace(`"amount":5000`, `"amount":05000`), 400, "invalid_json", "absent"},
		{"plus sign", replace(`"amount":5000`, `"amount":+5000`), 400, "invalid_json", "absent"},
		{"negative", facetest.With(facetest.Deal(), "transaction.listing_price.amount", -1), 400, "amount_out_of_range", "transaction.listing_price.amount"},
		{"nothing", facetest.With(facetest.Deal(), "transaction.listing_price.amount", 0), 400, "price_too_low", "absent"},
		{"huge", facetest.With(facetest.Deal(), "transaction.listing_price.amount", 1_000_000_000_001), 400, "amount_out_of_range", "transaction.listing_price.amount"},
		{"beyond 64 bits", replace(`"amount":5000`, `"amount":9223372036854775808`), 400, "invalid_type", "transaction.listing_price.amount"},
		{"no currency", facetest.With(facetest.Deal(), "transaction.listing_price.currency", nil), 400, "missing_field", "transaction.listing_price.currency"},
		{"small currency", facetest.With(facetest.Deal(), "transaction.listing_price.currency", "eur"), 400, "invalid_currency", "transaction.listing_price.currency"},
		{"unknown currency", facetest.With(facetest.Deal(), "transaction.listing_price.currency", "ZZZ"), 400, "invalid_currency", "transaction.listing_price.currency"},
		{"third money key", facetest.With(facetest.Deal(), "transaction.listing_price.cents", 1), 400, "unknown_field", "transaction.listing_price.cents"},
		{"quantity zero", facetest.With(facetest.Deal(), "transaction.listing_quantity", 0), 400, "invalid_quantity", "transaction.listing_quantity"},
		{"quantity negative", facetest.With(facetest.Deal(), "transaction.listing_quantity", -2), 400, "invalid_quantity", "transaction.listing_quantity"},
		{"quantity fraction", facetest.With(facetest.Deal(), "transaction.listing_quantity", 1.5), 400, "invalid_type", "transaction.listing_quantity"},
		{"quantity huge", facetest.With(facetest.Deal(), "transaction.listing_quantity", 1_000_001), 400, "invalid_quantity", "transaction.listing_quantity"},
		{"dates missing", facetest.With(facetest.Deal(), "booking_fields", map[string]any{}), 400, "dates_missing", "booking_fields.start_on"},
		{"end missing", booked("2030-10-28", "", 1), 400, "dates_missing", "booking_fields.end_on"},
		{"no date", booked("28.10.2030", "2030-10-28", 1), 400, "invalid_date", "booking_fields.start_on"},
		{"impossible date", booked("2030-02-28", "2030-02-30", 1), 400, "invalid_date", "booking_fields.end_on"},
		{"end before start", booked("2030-10-28", "2030-10-27", 1), 400, "end_cant_be_before_start", "booking_fields.end_on"},
		{"quantity mismatch", booked("2030-10-28", "2030-10-28", 2), 400, "quantity_mismatch", "transaction.listing_quantity"},
		{"date of the past", booked("2029-12-30", "2029-12-31", 2), 400, "start_in_the_past", "booking_fields.start_on"},
		{"two tokens", facetest.With(facetest.With(facetest.Deal(), "gateway_fields.payment_method", "tok"), "gateway_fields.payment_method_nonce", "tok"), 400, "ambiguous_payment_method", "gateway_fields.payment_method_nonce"},
		{"token not taken", facetest.With(facetest.Deal(), "gateway_fields.payment_method", "tok"), 400, "unknown_input", "gateway_fields.payment_method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, "POST", facetest.DealsPath+"create", tt.body).Refused(tt.status, tt.code).Has(map[string]string{"field": tt.field, "money_moved": "no"})
		})
	}
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.As("sam")).Refused(403, "not_starter")
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.As("eve")).Refused(403, "not_starter")
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.Staff("ann")).Refused(403, "not_starter")
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.WithKey(w.Scopes(apikey.Read))).Refused(403, "missing_scope")
	w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal(), facetest.WithKey(w.Other)).Refused(404, "community_not_found")
	if n := w.Transactions(facetest.Ours) + w.Transactions(facetest.Theirs); n != 0 || w.Gateway.Operations() != 0 {
		t.Errorf("refused requests left %d transactions and made %d gateway calls", n, w.Gateway.Operations())
	}
}

func TestCardDataIsRefusedAndNotKept(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	id := w.Open(t)
	start := w.Gateway.Operations()
	send := func(name, path string, body any, options ...facetest.Option) {
		t.Run(name, func(t *testing.T) {
			a := w.Call(t, "POST", path, body, options...).Refused(400, "card_data_not_accepted")
			if facetest.HoldsCard(a.Body) {
				t.Errorf("the answer repeats the number: %s", a.Body)
			}
		})
	}
	for _, name := range []string{"credit_card_number", "credit_card_expiration_month", "credit_card_expiration_year", "cvv", "CVV", "creditCardNumber", "cvc", "card_number"} {
		send(name, facetest.DealsPath+"create", facetest.With(facetest.Deal(), "gateway_fields."+name, "1"))
		send("pay_invoice "+name, facetest.DealsPath+id+"/pay_invoice", map[string]any{"gateway_fields": map[string]any{name: 12}})
	}
	fields := []string{
		"transaction.payment_process", "transaction.payment_gateway", "transaction.starter_id", "transaction.listing_title",
		"transaction.listing_author_id", "transaction.listing_price.currency", "booking_fields.start_on", "booking_fields.end_on",
		"gateway_fields.payment_method", "gateway_fields.cardholder_name", "gateway_fields.success_url", "unknown.field", "transaction." + facetest.Card,
	}
	for _, field := range fields {
		send("in "+field, facetest.DealsPath+"create", facetest.With(facetest.Deal(), field, "my card "+facetest.Card+" ok"))
	}
	send("grouped", facetest.DealsPath+"create", facetest.With(facetest.Deal(), "transaction.listing_title", "4111 1111 1111 1111"))
	send("dashed", facetest.DealsPath+"create", facetest.With(facetest.Deal(), "transaction.listing_title", "x4111-1111-1111-1111x"))
	send("inside letters", facetest.DealsPath+"create", facetest.With(facetest.Deal(), "transaction.listing_title", "a"+facetest.Card+"b"))
	send("before a broken body", facetest.DealsPath+"create", `{"cvv":"1", broken`)
	send("as a name", facetest.DealsPath+"create", `{"`+facetest.Card+`":1}`)
	a := w.Call(t, "GET", facetest.DealsPath+"can_start_transaction?payment_gateway=trustap&community_id=501&listing_author_id="+facetest.Card, nil)
	a.Refused(400, "card_data_not_accepted")
	w.Call(t, "GET", facetest.DealsPath+id, nil, facetest.Header("X-Request-Id", facetest.Card)).Is(200)
	if facetest.HoldsCard(w.Log.String()) {
		t.Error("the log holds the card number")
	}
	if w.Transactions(facetest.Ours) != 1 || w.Gateway.Operations() != start {
		t.Error("a refused request had an effect")
	}
}

func TestNumbersThatAreNoCards(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	for i, title := range []string{"4111111111111112", "411111111111", "41111111111111111111111", "call 555 0100 200", "8f14e45f-ceea-467f-9111-411111111111"} {
		t.Run(title, func(t *testing.T) {
			w.Call(t, "POST", facetest.DealsPath+"create", facetest.With(facetest.With(facetest.Deal(), "transaction.listing_title", title), "transaction.listing_id", i+1)).Is(201)
		})
	}
}

func TestCanStart(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	question := func(gateway string, community any, author string) map[string]any {
		return map[string]any{"transaction": map[string]any{"payment_gateway": gateway, "community_id": community, "listing_author_id": author}}
	}
	path := facetest.DealsPath + "can_start_transaction"
	result := func(want string) map[string]string { return map[string]string{"result": want} }
	w.Call(t, "GET", path, question("trustap", facetest.Ours, "sam")).Is(200).Has(result("true"))
	w.Call(t, "GET", path+"/", question("trustap", facetest.Ours, "no-account")).Is(200).Has(result("false"))
	w.Call(t, "GET", path+"?payment_gateway=trustap&community_id=501&listing_author_id=no-account", nil).Is(200).Has(result("false"))
	w.Call(t, "GET", path+"?payment_gateway=none&community_id=501&listing_author_id=no-account", nil).Is(200).Has(result("true"))
	tests := []struct {
		name, query string
		body        any
		status      int
		code        string
	}{
		{"nothing", "", nil, 400, "body_missing"},
		{"no transaction", "", "{}", 400, "missing_field"},
		{"no gateway", "", question("", facetest.Ours, "sam"), 400, "missing_field"},
		{"unknown gateway", "", question("bank", facetest.Ours, "sam"), 400, "unknown_gateway"},
		{"gateway not here", "", question("paypal", facetest.Ours, "sam"), 400, "gateway_not_configured"},
		{"foreign community", "", question("trustap", facetest.Theirs, "sam"), 404, "community_not_found"},
		{"community as text", "", question("trustap", "501", "sam"), 400, "invalid_type"},
		{"no author", "", question("trustap", facetest.Ours, ""), 400, "missing_field"},
		{"query without author", "?payment_gateway=trustap&community_id=501", nil, 400, "missing_field"},
		{"query with text", "?payment_gateway=trustap&community_id=x&listing_author_id=sam", nil, 400, "invalid_type"},
		{"query with another name", "?payment_gateway=trustap&community_id=501&listing_author_id=sam&x=1", nil, 400, "unknown_parameter"},
		{"query with a repetition", "?payment_gateway=trustap&payment_gateway=none&community_id=501&listing_author_id=sam", nil, 400, "duplicate_parameter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w.Call(t, "GET", path+tt.query, tt.body).Refused(tt.status, tt.code)
		})
	}
}

func TestDeclinedAndDoubtfulDeals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status process.Status
		code   fault.Reason
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
			w := facetest.NewTestbed(t)
			w.Gateway.Answer(tt.status, tt.code)
			a := w.Call(t, "POST", facetest.DealsPath+"create", facetest.Deal()).Refused(tt.http, tt.want).Has(map[string]string{"money_moved": tt.moved})
			if got := a.Header.Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After %q, want %q", got, tt.retry)
			}
		})
	}
}
