package exchangeapi_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Contract 33, 36: an ad from creation to deletion.
func TestAds(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	m.Rated(t)
	created := m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("sell")).Is(200)
	created.Exactly("", append([]string{"payment_details"}, facetest.AdNames...)...)
	created.Exactly("user", "id", "fullname", "ratings")
	created.Exactly("user.ratings", "positive_feedback_count", "negative_feedback_count", "average_rating", "averate_rating")
	created.Has(map[string]string{
		"type": "sell", "status": "active", "fiat_currency": "RUB", "exchange_rate": "100", "min_amount": "100000", "max_amount": "5000000",
		"total_amount": "5000000", "available_amount": "5000000", "payment_methods": "[card bank_transfer]",
		"payment_details.card_number": "****0004", "user.fullname": "Ann Example", "user.ratings.averate_rating": "4.5", "user.ratings.average_rating": "4.5",
		"user.ratings.positive_feedback_count": "2", "user.ratings.negative_feedback_count": "0",
	})
	id := created.At("id")
	m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"ads/my", nil).Is(200).Exactly("", facetest.ListNames...).Has(map[string]string{"total": "1", "items.0.id": id, "items.0.payment_details.card_number": "****0004"})
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads/"+id, nil).Is(200).Exactly("", facetest.AdNames...)
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads/my", nil).Is(200).Has(map[string]string{"total": "0", "items": "[]", "limit": "20", "offset": "0"})

	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("sell")).Denied(400, "DUPLICATE_AD_TYPE")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("buy")).Is(200)
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads/"+id+"/pause", nil).Is(200).Has(map[string]string{"status": "paused"})
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads/"+id+"/resume", "{}").Is(200).Has(map[string]string{"status": "active"})
	replaced := strings.Replace(facetest.Ad("sell"), `"max_amount":5000000`, `"max_amount":6000000,"total_amount":7000000`, 1)
	m.Ask(t, facetest.Ann, "PUT", facetest.ExchangePath+"ads/"+id, replaced).Is(200).Has(map[string]string{"id": id, "max_amount": "6000000", "total_amount": "7000000"})

	m.Ask(t, facetest.Bob, "PUT", facetest.ExchangePath+"ads/"+id, replaced).Denied(404, "AD_NOT_FOUND")
	m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"ads/"+id+"/pause", nil).Denied(404, "AD_NOT_FOUND")
	m.Ask(t, facetest.Bob, "DELETE", facetest.ExchangePath+"ads/"+id, nil).Denied(404, "AD_NOT_FOUND")
	if a := m.Ask(t, facetest.Ann, "DELETE", facetest.ExchangePath+"ads/"+id, nil).Is(204); a.Body != "" {
		t.Errorf("a body after DELETE: %s", a.Body)
	}
	m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"ads/"+id, nil).Denied(404, "AD_NOT_FOUND")
	m.Ask(t, facetest.Ann, "DELETE", facetest.ExchangePath+"ads/"+id, nil).Denied(404, "AD_NOT_FOUND")
}

// Seed 002: the public list with its filters; contract 35, 39.
func TestAds_public(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "buy")
	m.NewAd(t, facetest.Carl, "sell") // is hidden while its owner has no balance
	open := m.Call(t, "GET", facetest.ExchangePath+"ads?type=buy&fiat_currency=RUB&limit=20&offset=0&amount=200000&payment_method=card&sort_by=best_price", nil, facetest.Anonymous).Is(200)
	open.Exactly("", facetest.ListNames...).Exactly("items.0", facetest.AdNames...).Has(map[string]string{"items.0.id": id, "total": "1", "limit": "20", "offset": "0"})
	for _, query := range []string{"type=sell", "fiat_currency=EUR", "amount=99999", "amount=5000001", "payment_method=cash", "offset=1"} {
		m.Call(t, "GET", facetest.ExchangePath+"ads?"+query, nil, facetest.Anonymous).Is(200).Has(map[string]string{"items": "[]"})
	}
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads?sort_by=rating", nil).Is(200).Has(map[string]string{"total": "1"})
	m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"ads?sort_by=orders_count", nil).Is(200).Has(map[string]string{"total": "0"})
	for _, query := range []string{
		"limit=0", "limit=101", "limit=ten", "limit=", "limit=%2B5", "offset=-1", "type=lend", "type=", "sort_by=price", "sort=rating", "amount=0",
		"amount=1.5", "amount=1e3", "fiat_currency=rub", "payment_method=", "payment_method=seashells", "limit=5&limit=6", "limit=%zz",
	} {
		m.Call(t, "GET", facetest.ExchangePath+"ads?"+query, nil, facetest.Anonymous).Denied(400, "VALIDATION_ERROR")
	}
	m.Call(t, "GET", facetest.ExchangePath+"ads", nil, facetest.Header("Authorization", "Bearer nonsense")).Denied(401, "UNAUTHENTICATED")
}

// Contract 40 and the bodies of both documents: what is refused before the
// exchange is asked.
func TestExchange_validation(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "buy")
	order := m.NewOrder(t, facetest.Bob, id)
	replace := func(from, to string) string {
		changed := strings.Replace(facetest.Ad("sell"), from, to, 1)
		if changed == facetest.Ad("sell") {
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
		a := m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+test.path, test.body).Denied(400, "VALIDATION_ERROR")
		if got := a.At("field"); test.field != "" && got != test.field {
			t.Errorf("%s %s: field %s, want %s", test.path, test.body, got, test.field)
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "offset=x", "status=paid", "role=taker", "page=2"} {
		m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"orders?"+query, nil).Denied(400, "VALIDATION_ERROR")
	}
	for _, path := range []string{"ads/my", "sessions", "orders/" + order + "/messages"} {
		m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+path+"?limit=101", nil).Denied(400, "VALIDATION_ERROR")
		m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+path+"?limit=1&x=1", nil).Denied(400, "VALIDATION_ERROR")
	}
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads?x=1", facetest.Ad("sell")).Denied(400, "VALIDATION_ERROR")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", facetest.Ad("sell"), facetest.Header("Content-Type", "text/plain")).Denied(415, "UNSUPPORTED_MEDIA_TYPE")
	m.Ask(t, facetest.Ann, "PATCH", facetest.ExchangePath+"ads", nil).Denied(405, "METHOD_NOT_ALLOWED")
	m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"nothing", nil).Denied(404, "ROUTE_NOT_FOUND")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", strings.Repeat(" ", 1<<20+1)).Denied(413, "BODY_TOO_LARGE")
}

// Seeds 002 and 003: an order from creation to rating; contract 32, 34, 35.
func TestOrders(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	created := m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", `{"ad_id":`+id+`,"usdt_amount":500000,"payment_method":"card","format":"p2p"}`).Is(200)
	order := created.At("id")
	if created.Body != `{"id":`+order+`}` {
		t.Errorf("POST orders answers %s; want the id alone", created.Body)
	}
	read := m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+order, nil).Is(200).Exactly("", facetest.OrderNames...)
	read.Has(map[string]string{
		"ad_id": id, "status": "pending", "usdt_amount": "500000", "amount_minor": "500000", "currency": "RUB", "fiat_amount": "500000",
		"payment_method": "card", "payment_details.card_number": "2200000000000004", "buyer_id": facetest.Bob, "seller_id": facetest.Ann,
		"created_at": "2030-01-02T03:04:05Z", "pay_deadline": "2030-01-02T03:34:05Z", "paid_at": "<nil>", "release_deadline": "<nil>",
		"cancel_reason": "<nil>", "resolution": "<nil>",
	})
	has := func(user, available, frozen string) {
		t.Helper()
		m.Ask(t, user, "GET", facetest.ExchangePath+"balance", nil).Is(200).Exactly("", "currency", "available", "frozen").
			Has(map[string]string{"currency": "RUB", "available": available, "frozen": frozen})
	}
	has(facetest.Ann, "9500000", "500000")
	step := func(user, name, body string) facetest.Answer { return m.Step(t, user, order, name, body) }
	for _, name := range []string{"confirm-paid", "confirm-received", "cancel", "call-operator", "appeal"} {
		step(facetest.Carl, name, "").Denied(404, "ORDER_NOT_FOUND")
	}
	step(facetest.Ann, "confirm-paid", "").Denied(403, "ROLE_NOT_ALLOWED")
	step(facetest.Ann, "confirm-received", "").Denied(400, "INVALID_ORDER_STATUS").Has(map[string]string{"current_status": "pending"})
	step(facetest.Bob, "confirm-paid", "").Is(200).Exactly("", facetest.OrderNames...).Has(map[string]string{"status": "paid_by_buyer", "paid_at": "2030-01-02T03:04:05Z", "release_deadline": "2030-01-03T03:04:05Z"})
	step(facetest.Bob, "confirm-paid", "").Denied(400, "INVALID_ORDER_STATUS").Has(map[string]string{"current_status": "paid_by_buyer"})
	step(facetest.Bob, "cancel", "").Denied(400, "INVALID_ORDER_STATUS").Has(map[string]string{"current_status": "paid_by_buyer"})
	step(facetest.Bob, "call-operator", `{"reason":"not_received"}`).Is(200).Has(map[string]string{"status": "disputed"})
	step(facetest.Ann, "call-operator", "").Is(200).Has(map[string]string{"status": "disputed"})
	step(facetest.Bob, "rate", `{"rating":5}`).Denied(400, "RATING_NOT_ALLOWED")
	step(facetest.Ann, "confirm-received", "{}").Is(200).Has(map[string]string{"status": "completed"})
	if rated := step(facetest.Bob, "rate", `{"rating":5}`).Is(200); rated.Body != "{}" {
		t.Errorf("rate answers %s", rated.Body)
	}
	step(facetest.Bob, "rate", `{"rating":1}`).Denied(400, "ALREADY_RATED")

	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders?status=completed&role=buyer&limit=5", nil).Is(200).Exactly("", facetest.ListNames...).Exactly("items.0", facetest.OrderNames...).
		Has(map[string]string{"total": "1", "limit": "5", "offset": "0", "items.0.id": order})
	m.Ask(t, facetest.Carl, "GET", facetest.ExchangePath+"orders", nil).Is(200).Has(map[string]string{"items": "[]", "limit": "20"})
	has(facetest.Ann, "9500000", "0")
	has(facetest.Bob, "10500000", "0")
	for _, path := range []string{"orders/999999", "orders/0", "orders/-1", "orders/x", "orders/01", "orders/99999999999999999999"} {
		m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+path, nil).Denied(404, "ORDER_NOT_FOUND")
	}
}

// Contract 38: a claim is taken back by the buyer, in so many words, and is over then;
// what the seller cancelled can be called back.
func TestOrders_cancel(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	order := m.NewOrder(t, facetest.Bob, id)
	m.Step(t, facetest.Bob, order, "confirm-paid", "").Is(200)
	m.Step(t, facetest.Bob, order, "cancel", `{"not_paid":false}`).Denied(400, "INVALID_ORDER_STATUS")
	m.Step(t, facetest.Bob, order, "cancel", `{"not_paid":true}`).Is(200).Has(map[string]string{"status": "cancelled", "cancel_reason": "buyer"})
	m.Step(t, facetest.Bob, order, "appeal", `{"reason":"I did pay."}`).Denied(400, "INVALID_ORDER_STATUS").Has(map[string]string{"current_status": "cancelled"})

	order = m.NewOrder(t, facetest.Bob, id)
	m.Step(t, facetest.Ann, order, "cancel", "").Is(200).Has(map[string]string{"status": "cancelled", "cancel_reason": "seller"})
	m.Step(t, facetest.Ann, order, "appeal", `{"reason":"They did not pay."}`).Denied(403, "ROLE_NOT_ALLOWED")
	m.Step(t, facetest.Bob, order, "appeal", `{"reason":"I did pay."}`).Is(200).Has(map[string]string{"status": "disputed", "cancel_reason": "<nil>"})
	m.Ask(t, facetest.Olga, "GET", facetest.ExchangePath+"operator/disputes", nil).Is(200).Has(map[string]string{"items.0.order_id": order, "items.0.reason": "I did pay."})
}

// Seed 003's amount under both names, and a taker who sells.
func TestOrders_body(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "buy")
	bodies := []string{`"usdt_amount":500000`, `"amount_minor":500000`, `"amount_minor":500000,"usdt_amount":500000,"currency":"RUB"`}
	for _, amount := range bodies {
		body := `{"ad_id":` + id + `,` + amount + `,"payment_method":"sber","payment_details":{"card_number":"4242424242424242"},"format":"fast_pay"}`
		order := m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body).Is(200).At("id")
		m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"orders/"+order, nil).Is(200).Exactly("payment_details", "card_number").Has(map[string]string{
			"payment_details.card_number": "4242424242424242", "ad_id": id, "amount_minor": "500000", "usdt_amount": "500000",
			"payment_method": "sber", "format": "fast_pay", "buyer_id": facetest.Ann, "seller_id": facetest.Bob,
		})
		m.Step(t, facetest.Ann, order, "cancel", "").Is(200)
	}
}

// An order is taken on the terms that the taker has seen: those that the order names,
// and for an offer those that its amount was converted with.
func TestOrders_adVersion(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	id := m.NewAd(t, facetest.Ann, "sell")
	reprice := func(rate, version string) {
		t.Helper()
		terms := strings.Replace(facetest.Ad("sell"), `"exchange_rate":100`, `"exchange_rate":`+rate, 1)
		m.Ask(t, facetest.Ann, "PUT", facetest.ExchangePath+"ads/"+id, terms).Is(200).Has(map[string]string{"version": version})
	}
	take := func(more string) facetest.Answer {
		return m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", `{"ad_id":`+id+`,"usdt_amount":500000,"payment_method":"card"`+more+`}`)
	}
	offer := func() facetest.Answer {
		return m.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(id, `"currency_amount":"5000"`))
	}
	reprice("100", "2")
	m.Step(t, facetest.Ann, take("").Is(200).At("id"), "cancel", "").Is(200)
	m.Step(t, facetest.Ann, take(`,"expected_ad_version":2`).Is(200).At("id"), "cancel", "").Is(200)
	m.Step(t, facetest.Ann, offer().Is(200).At("entity.id"), "cancel", "").Is(200)
	take(`,"expected_ad_version":0`).Is(400)
	take(`,"expected_ad_version":1`).Denied(409, "AD_CHANGED").Has(map[string]string{"version": "2", "exchange_rate": "100"})

	m.Before("ExchangeRules", sync.OnceValue(func() error { reprice("99", "3"); return nil }))
	offer().Failed("(ad) the ad was changed; look at its terms again", "AD_CHANGED")
	take(`,"expected_ad_version":2`).Denied(409, "AD_CHANGED").Has(map[string]string{"version": "3", "exchange_rate": "99"})
	m.Before("ExchangeRules", sync.OnceValue(func() error { reprice("98", "4"); return nil }))
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+take("").Is(200).At("id"), nil).Has(map[string]string{"fiat_amount": "490000"}) // any version
}

// Seed 002: the chat and its list; contract 35.
func TestChat(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	order := m.NewOrder(t, facetest.Bob, m.NewAd(t, facetest.Ann, "sell"))
	messages := facetest.ExchangePath + "orders/" + order + "/messages"
	m.Ask(t, facetest.Bob, "POST", messages, `{"message":"Payment sent, please check."}`).Is(200).Exactly("", facetest.MessageNames...).Has(map[string]string{
		"order_id": order, "sender_id": facetest.Bob, "kind": "text", "message": "Payment sent, please check.", "created_at": "2030-01-02T03:04:05Z",
	})
	second := m.Ask(t, facetest.Bob, "POST", messages, `{"message":"Hello?","client_message_id":"m-1"}`).Is(200).At("id")
	again := m.Ask(t, facetest.Bob, "POST", messages, `{"message":"Hello?","client_message_id":"m-1"}`).Is(200).Has(map[string]string{"id": second})
	if again.Header.Get("Idempotent-Replayed") != "true" {
		t.Error("a message with the same client_message_id is not a replay")
	}
	m.Ask(t, facetest.Carl, "POST", messages, `{"message":"x"}`).Denied(404, "ORDER_NOT_FOUND")
	m.Ask(t, facetest.Carl, "GET", messages, nil).Denied(404, "ORDER_NOT_FOUND")
	m.Ask(t, facetest.Ann, "GET", messages+"?limit=50&offset=0", nil).Is(200).Exactly("", facetest.ListNames...).Exactly("items.0", facetest.MessageNames...).
		Has(map[string]string{"total": "2", "limit": "50", "offset": "0", "items.1.message": "Hello?"})
	m.Ask(t, facetest.Ann, "GET", messages+"?limit=1&offset=1", nil).Is(200).Has(map[string]string{"items.0.id": second, "limit": "1", "offset": "1"})
	m.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"sessions", nil).Is(200).Exactly("", facetest.ListNames...).Exactly("items.0", "order_id", "status", "last_message", "counterparty").
		Exactly("items.0.last_message", facetest.MessageNames...).Exactly("items.0.counterparty", "id", "fullname", "ratings").
		Has(map[string]string{"items.0.order_id": order, "items.0.counterparty.id": facetest.Bob, "items.0.last_message.id": second})
}

// Contract 37: operators settle disputes; for others those routes do not exist.
func TestOperators(t *testing.T) {
	t.Parallel()
	m := facetest.NewExchange(t)
	order := m.NewOrder(t, facetest.Bob, m.NewAd(t, facetest.Ann, "sell"))
	m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-paid", nil).Is(200)
	m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/call-operator", nil).Is(200)
	const disputes = facetest.ExchangePath + "operator/disputes"
	resolve := facetest.ExchangePath + "operator/orders/" + order + "/resolve"
	m.Ask(t, facetest.Bob, "GET", disputes, nil).Denied(404, "ROUTE_NOT_FOUND")
	m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"operator/orders/"+order+"/assign", nil).Denied(404, "ROUTE_NOT_FOUND")
	m.Ask(t, facetest.Bob, "POST", resolve, `{"outcome":"release","reason":"x"}`).Denied(404, "ROUTE_NOT_FOUND")
	m.Ask(t, facetest.Olga, "GET", disputes, nil).Is(200).Exactly("", facetest.ListNames...).Exactly("items.0.order", facetest.OrderNames...).
		Has(map[string]string{"total": "1", "items.0.order_id": order, "items.0.opened_by": facetest.Bob, "items.0.assigned_to": "<nil>"})
	m.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/orders/"+order+"/assign", nil).Is(200).Exactly("", facetest.OrderNames...)
	for _, body := range []string{
		`{}`, `{"outcome":"release"}`, `{"outcome":"burn","reason":"x"}`, `{"outcome":"split","reason":"x"}`,
		`{"outcome":"split","buyer_amount":1,"reason":"x"}`, `{"outcome":"split","buyer_amount":0,"seller_amount":1,"reason":"x"}`,
		`{"outcome":"release","buyer_amount":1,"reason":"x"}`, `{"outcome":"release","reason":" "}`, `{"outcome":"release","reason":"x","x":1}`,
	} {
		m.Ask(t, facetest.Olga, "POST", resolve, body).Denied(400, "VALIDATION_ERROR")
	}
	m.Ask(t, facetest.Olga, "POST", resolve, `{"outcome":"split","buyer_amount":200000,"seller_amount":300000,"reason":"Half was paid."}`).Is(200).Exactly("", facetest.OrderNames...).
		Has(map[string]string{"status": "completed", "resolution.outcome": "split", "resolution.buyer_amount": "200000", "resolution.seller_amount": "300000"})

	sees := func(total string) {
		t.Helper()
		m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads?type=sell", nil).Is(200).Has(map[string]string{"total": total})
	}
	sees("1")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"users/"+facetest.Bob+"/block", nil).Is(200)
	sees("0")
	m.Ask(t, facetest.Ann, "DELETE", facetest.ExchangePath+"users/"+facetest.Bob+"/block", nil).Is(200)
	sees("1")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"users/"+facetest.Ann+"/block", nil).Denied(400, "VALIDATION_ERROR")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"users/bob/block", nil).Denied(404, "USER_NOT_FOUND")
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/ban", `{"reason":"fraud"}`).Denied(404, "ROUTE_NOT_FOUND")
	m.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/ban", `{}`).Denied(400, "VALIDATION_ERROR")
	m.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/ban", `{"reason":"fraud"}`).Is(200)
	m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/unban", `{"reason":"a mistake"}`).Denied(404, "ROUTE_NOT_FOUND")
	m.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/unban", `{}`).Denied(400, "VALIDATION_ERROR")
	m.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/unban", `{"reason":"a mistake"}`).Is(200)
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"balance", nil).Is(200)
	m.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/users/"+facetest.Bob+"/ban", `{"reason":"fraud"}`).Is(200)
	m.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders", nil).Denied(403, "BANNED")
}
