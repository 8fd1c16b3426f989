package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
)

const p2pPath = "/api/v1/p2p/"

var (
	adNames = []string{"id", "type", "status", "fiat_currency", "exchange_rate", "min_amount", "max_amount", "total_amount",
		"available_amount", "payment_methods", "instructions", "orders_count", "user", "version", "asset", "asset_decimals"}
	orderNames = []string{"id", "ad_id", "status", "usdt_amount", "amount_minor", "currency", "fiat_amount", "payment_method", "payment_details",
		"buyer_id", "seller_id", "instructions", "created_at", "pay_deadline", "paid_at", "release_deadline", "cancel_reason", "format", "payment_details_from", "dispute_deadline", "resolution", "currency_decimals", "fiat_currency", "fiat_decimals"}
	messageNames = []string{"id", "order_id", "sender_id", "kind", "message", "created_at"}
	listNames    = []string{"items", "total", "limit", "offset"}
)

// Contract 33, 36: an ad from creation to deletion.
func TestAds(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	created := m.ask(t, ann, "POST", p2pPath+"ads", ad("sell")).is(200)
	created.exactly("", append([]string{"payment_details"}, adNames...)...)
	created.exactly("user", "id", "fullname", "ratings")
	created.exactly("user.ratings", "positive_feedback_count", "negative_feedback_count", "average_rating", "averate_rating")
	created.has(map[string]string{
		"type": "sell", "status": "active", "fiat_currency": "RUB", "exchange_rate": "100", "min_amount": "100000", "max_amount": "5000000",
		"total_amount": "5000000", "available_amount": "5000000", "payment_methods": "[card bank_transfer]",
		"payment_details.card_number": "****0004", "user.fullname": "Ann Example", "user.ratings.averate_rating": "4.5", "user.ratings.average_rating": "4.5",
	})
	id := created.at("id")
	m.ask(t, ann, "GET", p2pPath+"ads/my", nil).is(200).exactly("", listNames...).has(map[string]string{"total": "1", "items.0.id": id, "items.0.payment_details.card_number": "****0004"})
	m.ask(t, bob, "GET", p2pPath+"ads/"+id, nil).is(200).exactly("", adNames...)
	m.ask(t, bob, "GET", p2pPath+"ads/my", nil).is(200).has(map[string]string{"total": "0", "items": "[]", "limit": "20", "offset": "0"})

	m.ask(t, ann, "POST", p2pPath+"ads", ad("sell")).denied(400, "DUPLICATE_AD_TYPE")
	m.ask(t, ann, "POST", p2pPath+"ads", ad("buy")).is(200)
	m.ask(t, ann, "POST", p2pPath+"ads/"+id+"/pause", nil).is(200).has(map[string]string{"status": "paused"})
	m.ask(t, ann, "POST", p2pPath+"ads/"+id+"/resume", "{}").is(200).has(map[string]string{"status": "active"})
	replaced := strings.Replace(ad("sell"), `"max_amount":5000000`, `"max_amount":6000000,"total_amount":7000000`, 1)
	m.ask(t, ann, "PUT", p2pPath+"ads/"+id, replaced).is(200).has(map[string]string{"id": id, "max_amount": "6000000", "total_amount": "7000000"})

	m.ask(t, bob, "PUT", p2pPath+"ads/"+id, replaced).denied(404, "AD_NOT_FOUND")
	m.ask(t, bob, "POST", p2pPath+"ads/"+id+"/pause", nil).denied(404, "AD_NOT_FOUND")
	m.ask(t, bob, "DELETE", p2pPath+"ads/"+id, nil).denied(404, "AD_NOT_FOUND")
	if a := m.ask(t, ann, "DELETE", p2pPath+"ads/"+id, nil).is(204); a.body != "" {
		t.Errorf("a body after DELETE: %s", a.body)
	}
	m.ask(t, ann, "GET", p2pPath+"ads/"+id, nil).denied(404, "AD_NOT_FOUND")
	m.ask(t, ann, "DELETE", p2pPath+"ads/"+id, nil).denied(404, "AD_NOT_FOUND")
}

// Seed 002: the public list with its filters; contract 35, 39.
func TestAds_public(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "buy") // a sell ad is hidden while its owner has no balance
	open := m.call(t, "GET", p2pPath+"ads?type=buy&fiat_currency=RUB&limit=20&offset=0&amount=200000&payment_method=card&sort_by=best_price", nil, anonymous).is(200)
	open.exactly("", listNames...).exactly("items.0", adNames...).has(map[string]string{"items.0.id": id, "total": "1", "limit": "20", "offset": "0"})
	for _, query := range []string{"type=sell", "fiat_currency=EUR", "amount=99999", "amount=5000001", "payment_method=cash", "offset=1"} {
		m.call(t, "GET", p2pPath+"ads?"+query, nil, anonymous).is(200).has(map[string]string{"items": "[]"})
	}
	m.ask(t, bob, "GET", p2pPath+"ads?sort_by=rating", nil).is(200).has(map[string]string{"total": "1"})
	m.ask(t, ann, "GET", p2pPath+"ads?sort_by=orders_count", nil).is(200).has(map[string]string{"total": "0"})
	for _, query := range []string{
		"limit=0", "limit=101", "limit=ten", "limit=", "limit=%2B5", "offset=-1", "type=lend", "type=", "sort_by=price", "sort=rating", "amount=0",
		"amount=1.5", "amount=1e3", "fiat_currency=rub", "payment_method=", "payment_method=seashells", "limit=5&limit=6", "limit=%zz",
	} {
		m.call(t, "GET", p2pPath+"ads?"+query, nil, anonymous).denied(400, "VALIDATION_ERROR")
	}
	m.call(t, "GET", p2pPath+"ads", nil, header("Authorization", "Bearer nonsense")).denied(401, "UNAUTHENTICATED")
}

// Contract 40 and the bodies of both documents: what is refused before the
// exchange is asked.
func TestExchange_validation(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "buy")
	order := m.newOrder(t, bob, id)
	replace := func(from, to string) string {
		changed := strings.Replace(ad("sell"), from, to, 1)
		if changed == ad("sell") {
			t.Fatalf("%s is not in the ad", from)
		}
		return changed
	}
	const take = `{"ad_id":1,"usdt_amount":500000,"payment_method":"card"`
	tests := []struct{ path, body, field string }{
		{"ads", `{"unknown":1}`, "unknown"},
		{"ads", `{"type":"sell","type":"buy"}`, "type"},
		{"ads", `{"Type":"sell"}`, "Type"},
		{"ads", `{}`, "type"},
		{"ads", ``, ""},
		{"ads", `[]`, ""},
		{"ads", `{"type":"sell"`, ""},
		{"ads", replace(`"sell"`, `"lend"`), "type"},
		{"ads", replace(`"RUB"`, `"rub"`), "fiat_currency"},
		{"ads", replace(`"RUB"`, `"XQX"`), "fiat_currency"},
		{"ads", replace(`:100,`, `:0,`), "exchange_rate"},
		{"ads", replace(`:100,`, `:1000000001,`), "exchange_rate"},
		{"ads", replace(`:100,`, `:1.5,`), "exchange_rate"},
		{"ads", replace(`100000`, `-1`), "min_amount"},
		{"ads", replace(`100000`, `"100000"`), "min_amount"},
		{"ads", replace(`5000000`, `99999`), "max_amount"},
		{"ads", replace(`5000000`, `5e6`), "max_amount"},
		{"ads", replace(`["card","bank_transfer"]`, `[]`), "payment_methods"},
		{"ads", replace(`"bank_transfer"`, `"seashells"`), "payment_methods"},
		{"ads", replace(`{"card_number":"2200000000000004"}`, `"2200"`), "payment_details"},
		{"ads", replace(`0004"}`, `0004","cvv":"123"}`), "payment_details.cvv"}, // S6
		{"ads", replace(`0004"}`, `0004","card":{"C.V.C 2":123}}`), "payment_details.card.C.V.C 2"},
		{"ads", replace(`0004"}`, `0004","PIN":"1"}`), "payment_details.PIN"},
		{"orders", take + `,"payment_details":{"cvv2":""}}`, "payment_details.cvv2"},
		{"orders", `{"ad_id":4111111111111111,"usdt_amount":500000,"payment_method":"card"}`, "ad_id"},
		{"ads", replace(`Please`, `Pay to 4242424242424242`), "instructions"},
		{"orders", `{"ad_id":1,"payment_method":"card"}`, "usdt_amount"},
		{"orders", `{"usdt_amount":1,"payment_method":"card"}`, "ad_id"},
		{"orders", `{"ad_id":1,"usdt_amount":1}`, "payment_method"},
		{"orders", take + `,"amount_minor":500001}`, "amount_minor"},
		{"orders", take + `,"currency":"USD"}`, "currency"},
		{"orders", take + `,"format":"slow_pay"}`, "format"},
		{"orders", take + `,"payment_details":[]}`, "payment_details"},
		{"orders", take + `,"note":"x"}`, "note"},
		{"orders", `{"ad_id":"1","usdt_amount":1,"payment_method":"card"}`, "ad_id"},
		{"orders", `{"ad_id":1,"usdt_amount":1.5,"payment_method":"card"}`, "usdt_amount"},
		{"orders/" + order + "/confirm-paid", `{"paid":true}`, "paid"},
		{"orders/" + order + "/cancel", `{"not_paid":"yes"}`, "not_paid"},
		{"orders/" + order + "/call-operator", `{"reason":""}`, "reason"},
		{"orders/" + order + "/messages", `{}`, "message"},
		{"orders/" + order + "/messages", `{"message":" "}`, "message"},
		{"orders/" + order + "/messages", `{"message":"` + strings.Repeat("x", 2001) + `"}`, "message"},
		{"orders/" + order + "/rate", `{"rating":6}`, "rating"},
		{"orders/" + order + "/rate", `{"rating":0}`, "rating"},
		{"orders/" + order + "/rate", `{}`, "rating"},
	}
	for _, test := range tests {
		a := m.ask(t, ann, "POST", p2pPath+test.path, test.body).denied(400, "VALIDATION_ERROR")
		if got := a.at("field"); test.field != "" && got != test.field {
			t.Errorf("%s %s: field %s, want %s", test.path, test.body, got, test.field)
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "offset=x", "status=paid", "role=taker", "page=2"} {
		m.ask(t, ann, "GET", p2pPath+"orders?"+query, nil).denied(400, "VALIDATION_ERROR")
	}
	for _, path := range []string{"ads/my", "sessions", "orders/" + order + "/messages"} {
		m.ask(t, ann, "GET", p2pPath+path+"?limit=101", nil).denied(400, "VALIDATION_ERROR")
		m.ask(t, ann, "GET", p2pPath+path+"?limit=1&x=1", nil).denied(400, "VALIDATION_ERROR")
	}
	m.ask(t, ann, "POST", p2pPath+"ads?x=1", ad("sell")).denied(400, "VALIDATION_ERROR")
	m.ask(t, ann, "POST", p2pPath+"ads", ad("sell"), header("Content-Type", "text/plain")).denied(415, "UNSUPPORTED_MEDIA_TYPE")
	m.ask(t, ann, "PATCH", p2pPath+"ads", nil).denied(405, "METHOD_NOT_ALLOWED")
	m.ask(t, ann, "GET", p2pPath+"nothing", nil).denied(404, "ROUTE_NOT_FOUND")
	m.ask(t, ann, "POST", p2pPath+"ads", strings.Repeat(" ", 1<<20+1)).denied(413, "BODY_TOO_LARGE")
}

// Seeds 002 and 003: an order from creation to rating; contract 32, 34, 35.
func TestOrders(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "sell")
	created := m.ask(t, bob, "POST", p2pPath+"orders", `{"ad_id":`+id+`,"usdt_amount":500000,"payment_method":"card","format":"p2p"}`).is(200)
	order := created.at("id")
	if created.body != `{"id":`+order+`}` {
		t.Errorf("POST orders answers %s; want the id alone", created.body)
	}
	read := m.ask(t, bob, "GET", p2pPath+"orders/"+order, nil).is(200).exactly("", orderNames...)
	read.has(map[string]string{
		"ad_id": id, "status": "pending", "usdt_amount": "500000", "amount_minor": "500000", "currency": "RUB", "fiat_amount": "500000",
		"payment_method": "card", "payment_details.card_number": "2200000000000004", "buyer_id": bob, "seller_id": ann,
		"created_at": "2030-01-02T03:04:05Z", "pay_deadline": "2030-01-02T03:34:05Z", "paid_at": "<nil>", "release_deadline": "<nil>",
		"cancel_reason": "<nil>", "resolution": "<nil>",
	})
	step := func(user, name, body string) answer {
		return m.ask(t, user, "POST", p2pPath+"orders/"+order+"/"+name, body)
	}
	for _, name := range []string{"confirm-paid", "confirm-received", "cancel", "call-operator", "appeal"} {
		step(carl, name, "").denied(404, "ORDER_NOT_FOUND")
	}
	step(ann, "confirm-paid", "").denied(403, "ROLE_NOT_ALLOWED")
	step(ann, "confirm-received", "").denied(400, "INVALID_ORDER_STATUS").has(map[string]string{"current_status": "pending"})
	step(bob, "confirm-paid", "").is(200).exactly("", orderNames...).has(map[string]string{"status": "paid_by_buyer", "paid_at": "2030-01-02T03:04:05Z", "release_deadline": "2030-01-03T03:04:05Z"})
	step(bob, "confirm-paid", "").denied(400, "INVALID_ORDER_STATUS").has(map[string]string{"current_status": "paid_by_buyer"})
	step(bob, "cancel", "").denied(400, "INVALID_ORDER_STATUS").has(map[string]string{"current_status": "paid_by_buyer"})
	step(bob, "call-operator", `{"reason":"not_received"}`).is(200).has(map[string]string{"status": "disputed"})
	step(ann, "call-operator", "").is(200).has(map[string]string{"status": "disputed"})
	step(bob, "rate", `{"rating":5}`).denied(400, "RATING_NOT_ALLOWED")
	step(ann, "confirm-received", "{}").is(200).has(map[string]string{"status": "completed"})
	if rated := step(bob, "rate", `{"rating":5}`).is(200); rated.body != "{}" {
		t.Errorf("rate answers %s", rated.body)
	}
	step(bob, "rate", `{"rating":1}`).denied(400, "ALREADY_RATED")

	m.ask(t, bob, "GET", p2pPath+"orders?status=completed&role=buyer&limit=5", nil).is(200).exactly("", listNames...).exactly("items.0", orderNames...).
		has(map[string]string{"total": "1", "limit": "5", "offset": "0", "items.0.id": order})
	m.ask(t, carl, "GET", p2pPath+"orders", nil).is(200).has(map[string]string{"items": "[]", "limit": "20"})
	m.ask(t, ann, "GET", p2pPath+"balance", nil).is(200).exactly("", "currency", "available", "frozen").
		has(map[string]string{"currency": "RUB", "available": "9500000", "frozen": "500000"})
	for _, path := range []string{"orders/999999", "orders/0", "orders/-1", "orders/x", "orders/01", "orders/99999999999999999999"} {
		m.ask(t, bob, "GET", p2pPath+path, nil).denied(404, "ORDER_NOT_FOUND")
	}
}

// Contract 38: a claim is taken back by the buyer, in so many words.
func TestOrders_cancel(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "sell")
	order := m.newOrder(t, bob, id)
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/confirm-paid", nil).is(200)
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/cancel", `{"not_paid":false}`).denied(400, "INVALID_ORDER_STATUS")
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/cancel", `{"not_paid":true}`).is(200).has(map[string]string{"status": "cancelled", "cancel_reason": "buyer"})
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/appeal", `{"reason":"I did pay."}`).is(200).has(map[string]string{"status": "disputed"})
}

// Seed 003's amount under both names, and a taker who sells.
func TestOrders_body(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := number(t, m.newAd(t, ann, "buy"))
	bodies := []string{`"usdt_amount":500000`, `"amount_minor":500000`, `"amount_minor":500000,"usdt_amount":500000,"currency":"RUB"`}
	for _, amount := range bodies {
		body := fmt.Sprintf(`{"ad_id":%d,%s,"payment_method":"sber","payment_details":{"card_number":"4242424242424242"},"format":"fast_pay"}`, id, amount)
		m.ask(t, bob, "POST", p2pPath+"orders", body).is(200)
		take := m.trading.asked().(exchange.Take)
		if details := string(take.Details.Reveal()); details != `{"card_number":"4242424242424242"}` {
			t.Errorf("details %s", details)
		}
		if take.AdID != id || take.Amount != 500_000 || take.Method != "sber" || take.Format != "fast_pay" {
			t.Errorf("%s: took %+v", amount, take)
		}
	}
}

// Seed 002 and 003: every code of taking an ad, with its status.
// An order is taken on the terms that the taker has seen: those that the order names,
// and for an offer those that its amount was converted with.
func TestOrders_adVersion(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "sell")
	m.ask(t, ann, "PUT", p2pPath+"ads/"+id, ad("sell")).is(200).has(map[string]string{"version": "2"})
	calls := []struct {
		path, body string
		want       int64
	}{
		{p2pPath + "orders", `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`, 0},
		{p2pPath + "orders", `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card","expected_ad_version":1}`, 1},
		{"/p2p/offer/create/", `{"ad":` + id + `,"currency_amount":"5000"}`, 2},
	}
	for _, c := range calls {
		m.ask(t, bob, "POST", c.path, c.body).is(200)
		if in, _ := m.trading.asked().(exchange.Take); in.AdVersion != c.want {
			t.Errorf("%s %s takes version %d, want %d", c.path, c.body, in.AdVersion, c.want)
		}
	}
	m.ask(t, bob, "POST", p2pPath+"orders", `{"ad_id":`+id+`,"usdt_amount":500000,"payment_method":"card","expected_ad_version":0}`).is(400)
	m.trading.failing("Take", fault.New(fault.Conflict, "ad_changed", "no").With("exchange_rate", int64(99)))
	m.ask(t, bob, "POST", p2pPath+"orders", calls[1].body).is(409).has(map[string]string{"code": "AD_CHANGED", "exchange_rate": "99"})
}

func TestOrders_codes(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	id := m.newAd(t, ann, "sell")
	body := `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`
	for _, reason := range []string{
		"ad_not_active", "own_ad", "active_deposit_order_exists", "active_withdraw_order_exists", "min_deposit_required",
		"wagering_requirement_not_met", "amount_too_low", "amount_too_high", "amount_exceeds_available", "amount_too_small",
		"invalid_payment_method", "seller_insufficient_balance",
	} {
		for _, class := range []fault.Code{fault.Conflict, fault.Invalid, fault.Declined} {
			m.trading.failing("Take", fault.New(class, reason, "no"))
			m.ask(t, bob, "POST", p2pPath+"orders", body).denied(400, strings.ToUpper(reason))
		}
	}
	others := []struct {
		err    error
		status int
		code   string
	}{
		{fault.New(fault.Conflict, "ad_changed", "no"), 409, "AD_CHANGED"},
		{fault.New(fault.KeyReused, "idempotency_key_reused", "no"), 409, "IDEMPOTENCY_CONFLICT"},
		{fault.New(fault.Conflict, "request_in_progress", "no"), 409, "REQUEST_IN_PROGRESS"},
		{fault.New(fault.Conflict, "too_many_expired_orders", "no"), 400, "TOO_MANY_EXPIRED_ORDERS"},
		{fault.New(fault.Forbidden, "banned", "no"), 403, "BANNED"},
		{errors.New("secret detail of the database"), 500, "CREATE_ORDER_FAILED"},
		{context.DeadlineExceeded, 503, "CREATE_ORDER_FAILED"},
		{fault.New(fault.Unavailable, "busy", "no"), 503, "CREATE_ORDER_FAILED"},
	}
	for _, o := range others {
		m.trading.failing("Take", o.err)
		a := m.ask(t, bob, "POST", p2pPath+"orders", body).denied(o.status, o.code)
		if strings.Contains(a.body, "database") {
			t.Errorf("tells %s", a.body)
		}
		if o.status == 500 {
			a.exactly("", "code", "message", "request_id")
		}
	}
	m.trading.failing("Order", errors.New("secret detail of the database"))
	m.ask(t, bob, "GET", p2pPath+"orders/1", nil).denied(500, "INTERNAL_ERROR").exactly("", "code", "message", "request_id")
	m.trading.failing("Say", fault.New(fault.Conflict, "chat_closed", "no"))
	m.ask(t, bob, "POST", p2pPath+"orders/1/messages", `{"message":"x"}`).denied(400, "CHAT_CLOSED")
	m.trading.failing("ConfirmPaid", fault.New(fault.Conflict, "order_expired", "no"))
	m.ask(t, bob, "POST", p2pPath+"orders/1/confirm-paid", nil).denied(400, "ORDER_EXPIRED")
}

// Seed 002: the chat and its list; contract 35.
func TestChat(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	order := m.newOrder(t, bob, m.newAd(t, ann, "sell"))
	messages := p2pPath + "orders/" + order + "/messages"
	m.ask(t, bob, "POST", messages, `{"message":"Payment sent, please check."}`).is(200).exactly("", messageNames...).has(map[string]string{
		"id": "1", "order_id": order, "sender_id": bob, "kind": "text", "message": "Payment sent, please check.", "created_at": "2030-01-02T03:04:05Z",
	})
	m.ask(t, bob, "POST", messages, `{"message":"Hello?","client_message_id":"m-1"}`).is(200)
	again := m.ask(t, bob, "POST", messages, `{"message":"Hello?","client_message_id":"m-1"}`).is(200).has(map[string]string{"id": "2"})
	if again.header.Get("Idempotent-Replayed") != "true" {
		t.Error("a message with the same client_message_id is not a replay")
	}
	m.ask(t, carl, "POST", messages, `{"message":"x"}`).denied(404, "ORDER_NOT_FOUND")
	m.ask(t, carl, "GET", messages, nil).denied(404, "ORDER_NOT_FOUND")
	m.ask(t, ann, "GET", messages+"?limit=50&offset=0", nil).is(200).exactly("", listNames...).exactly("items.0", messageNames...).
		has(map[string]string{"total": "2", "limit": "50", "offset": "0", "items.1.message": "Hello?"})
	m.ask(t, ann, "GET", messages+"?limit=1&offset=1", nil).is(200).has(map[string]string{"items.0.id": "2", "limit": "1", "offset": "1"})
	m.ask(t, ann, "GET", p2pPath+"sessions", nil).is(200).exactly("", listNames...).exactly("items.0", "order_id", "status", "last_message", "counterparty").
		exactly("items.0.last_message", messageNames...).exactly("items.0.counterparty", "id", "fullname", "ratings").
		has(map[string]string{"items.0.order_id": order, "items.0.counterparty.id": bob, "items.0.last_message.id": "2"})
}

// Contract 37: operators settle disputes; for others those routes do not exist.
func TestOperators(t *testing.T) {
	t.Parallel()
	m := newExchange(t)
	order := m.newOrder(t, bob, m.newAd(t, ann, "sell"))
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/confirm-paid", nil).is(200)
	m.ask(t, bob, "POST", p2pPath+"orders/"+order+"/call-operator", nil).is(200)
	const disputes = p2pPath + "operator/disputes"
	resolve := p2pPath + "operator/orders/" + order + "/resolve"
	m.ask(t, bob, "GET", disputes, nil).denied(404, "ROUTE_NOT_FOUND")
	m.ask(t, bob, "POST", p2pPath+"operator/orders/"+order+"/assign", nil).denied(404, "ROUTE_NOT_FOUND")
	m.ask(t, bob, "POST", resolve, `{"outcome":"release","reason":"x"}`).denied(404, "ROUTE_NOT_FOUND")
	m.ask(t, olga, "GET", disputes, nil).is(200).exactly("", listNames...).exactly("items.0.order", orderNames...).
		has(map[string]string{"total": "1", "items.0.order_id": order, "items.0.opened_by": bob, "items.0.assigned_to": "<nil>"})
	m.ask(t, olga, "POST", p2pPath+"operator/orders/"+order+"/assign", nil).is(200).exactly("", orderNames...)
	for _, body := range []string{
		`{}`, `{"outcome":"release"}`, `{"outcome":"burn","reason":"x"}`, `{"outcome":"split","reason":"x"}`,
		`{"outcome":"split","buyer_amount":1,"reason":"x"}`, `{"outcome":"split","buyer_amount":0,"seller_amount":1,"reason":"x"}`,
		`{"outcome":"release","buyer_amount":1,"reason":"x"}`, `{"outcome":"release","reason":" "}`, `{"outcome":"release","reason":"x","x":1}`,
	} {
		m.ask(t, olga, "POST", resolve, body).denied(400, "VALIDATION_ERROR")
	}
	m.ask(t, olga, "POST", resolve, `{"outcome":"split","buyer_amount":200000,"seller_amount":300000,"reason":"Half was paid."}`).is(200).exactly("", orderNames...).
		has(map[string]string{"status": "completed", "resolution.outcome": "split", "resolution.buyer_amount": "200000", "resolution.seller_amount": "300000"})

	m.ask(t, ann, "POST", p2pPath+"users/"+bob+"/block", nil).is(200)
	if !m.trading.blocked[bob] {
		t.Error("not blocked")
	}
	m.ask(t, ann, "DELETE", p2pPath+"users/"+bob+"/block", nil).is(200)
	m.ask(t, ann, "POST", p2pPath+"users/"+ann+"/block", nil).denied(400, "VALIDATION_ERROR")
	m.ask(t, ann, "POST", p2pPath+"users/bob/block", nil).denied(404, "USER_NOT_FOUND")
	m.ask(t, ann, "POST", p2pPath+"operator/users/"+bob+"/ban", `{"reason":"fraud"}`).denied(404, "ROUTE_NOT_FOUND")
	m.ask(t, olga, "POST", p2pPath+"operator/users/"+bob+"/ban", `{}`).denied(400, "VALIDATION_ERROR")
	m.ask(t, olga, "POST", p2pPath+"operator/users/"+bob+"/ban", `{"reason":"fraud"}`).is(200)
	m.ask(t, ann, "POST", p2pPath+"operator/users/"+bob+"/unban", `{"reason":"a mistake"}`).denied(404, "ROUTE_NOT_FOUND")
	m.ask(t, olga, "POST", p2pPath+"operator/users/"+bob+"/unban", `{}`).denied(400, "VALIDATION_ERROR")
	m.ask(t, olga, "POST", p2pPath+"operator/users/"+bob+"/unban", `{"reason":"a mistake"}`).is(200)
	m.ask(t, bob, "GET", p2pPath+"balance", nil).is(200)
	m.ask(t, olga, "POST", p2pPath+"operator/users/"+bob+"/ban", `{"reason":"fraud"}`).is(200)
	m.ask(t, bob, "GET", p2pPath+"orders", nil).denied(403, "BANNED")
}
