package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// twoWrong are bodies of which two members are wrong, each of the right type, and where they are: "/a /b".
func twoWrong() map[string]struct {
	body     any
	pointers string
} {
	type row = struct {
		body     any
		pointers string
	}
	type object = facetest.Object
	long := strings.Repeat("x", 20_000)
	ad := facetest.Ad("sell")
	ad = strings.Replace(strings.Replace(ad, `"sell"`, `"rent"`, 1), `"min_amount":100000`, `"min_amount":0`, 1)
	verdict := object{"outcome": "keep", "reason": long}
	labels := object{"external_reference": " x ", "metadata": object{"": "x"}}
	booked := object{"amount": -1, "currency": "eur", "reason": "test"}
	legacy := func(fields object) object { return object{"gateway_fields": fields} }
	paying := legacy(object{"success_url": "here", "cancel_url": "there"})
	return map[string]row{
		"POST /v1/transactions":                             {facetest.Changed(facetest.Sale(), object{"unit_price": object{"amount": -1, "currency": "EUR"}, "confirm_after_days": 1000}), "/confirm_after_days /unit_price/amount"},
		"POST /v1/transactions/{id}/transitions":            {object{"transition": long, "input": object{"x": "\x01"}}, "/transition /input"},
		"POST /v1/transactions/{id}/dry-run":                {object{"transition": long, "input": object{"x": "\x01"}}, "/transition /input"},
		"POST /v1/transactions/{id}/messages":               {object{"content": long, "sender_id": "b a"}, "/content /sender_id"},
		"POST /v1/transactions/{id}/reviews":                {object{"rating": 6, "content": long, "reviewer_id": "bea"}, "/rating /content"},
		"PATCH /v1/transactions/{id}":                       {labels, "/external_reference /metadata"},
		"PATCH /v1/listings/{id}":                           {labels, "/external_reference /metadata"},
		"PATCH /v1/sellers/{user_id}":                       {labels, "/external_reference /metadata"},
		"POST /v1/prices/preview":                           {object{"gateway": "trustap", "quantity": 0, "unit_price": object{"amount": -1, "currency": "EUR"}}, "/quantity /unit_price/amount"},
		"POST /v1/balances/{user_id}/deposits":              {booked, "/currency /amount"},
		"POST /v1/balances/{user_id}/withdrawals":           {booked, "/currency /amount"},
		"PUT /v1/users/{id}":                                {facetest.Changed(facetest.Profile(), object{"email": "bea", "terms_ip": "home"}), "/email /terms_ip"},
		"POST /v1/payment-setups":                           {object{"gateway": "braintree", "currency": "EUR", "success_url": "here", "cancel_url": "there"}, "/success_url /cancel_url"},
		"POST /v1/sellers/{user_id}/onboarding":             {object{"gateway": "stripe", "return_url": "here", "refresh_url": "there"}, "/return_url /refresh_url"},
		"PUT /v1/sellers/{user_id}/accounts/{gateway}":      {object{"account_id": long}, "/account_id /reason"},
		"POST /v1/listings":                                 {facetest.Changed(facetest.Bike(), object{"kind": "some", "model": "far", "stock": nil}), "/kind /model"},
		"PUT /v1/listings/{id}/description":                 {object{"description": long, "revision": 0}, "/description /revision"},
		"PUT /v1/listings/{id}/pricing":                     {object{"price": object{"amount": -1, "currency": "EUR"}, "revision": 0}, "/price/amount /revision"},
		"PUT /v1/listings/{id}/stock":                       {object{"stock": -1, "revision": 0}, "/stock /revision"},
		"POST /v1/listings/{id}/transactions":               {object{"starter_id": "b a", "quantity": 0}, "/starter_id /quantity"},
		"POST /v1/listings/{id}/blocked-dates":              {object{"days": []string{"soon", "later"}}, "/days/0 /days/1"},
		"PUT /v1/community/fees":                            {object{"seller_basis_points": -1, "buyer_basis_points": 20_000, "reason": "test"}, "/seller_basis_points /buyer_basis_points"},
		"PUT /v1/community/confirmation":                    {object{"automatic_confirmation_after_days": 0}, "/automatic_confirmation_after_days /reason"},
		"PUT /v1/community/letterhead":                      {object{"sender": "nobody", "language": "xx", "reason": "test"}, "/sender /language"},
		"PUT /v1/community/mail-templates/{name}":           {object{"subject": "{{.Secret}}", "text": "x"}, "/subject /reason"},
		"PUT /v1/community/origins":                         {object{"origins": []string{"here"}}, "/origins /reason"},
		"PUT /v1/community/operators":                       {object{"operators": []string{"a b"}}, "/reason /operators"},
		"PUT /v1/community/approval-limits":                 {object{"limits": object{"eur": 1}}, "/reason /limits"},
		"PUT /v1/community/exchange-rules":                  {object{"reason": "test", "fault_limit": -1, "dispute_default": "keep"}, "/fault_limit /dispute_default"},
		"POST /v1/operator/holds/end":                       {object{"object": "x"}, "/reason /object"},
		"POST /v1/operator/tasks/{id}/assign":               {object{"owner": long}, "/owner /reason"},
		"POST /v1/operator/transactions/{id}/outcome":       {object{"outcome": "maybe"}, "/reason /outcome"},
		"POST /v1/payouts/settlements":                      {object{"payouts": []any{}}, "/reason /payouts"},
		"POST /v1/webhook-endpoints":                        {object{"url": "here", "payload": "huge"}, "/reason /url /payload"},
		"POST /v1/webhook-endpoints/{id}/enable":            {object{"from": "then"}, "/reason /from"},
		"POST /v1/webhook-endpoints/{id}/rotate-secret":     {object{"old_valid_seconds": -1}, "/reason /old_valid_seconds"},
		"POST /v1/webhook-endpoints/{id}/replay":            {object{"from_sequence": -1}, "/reason /from_sequence"},
		"POST /transactions/v1/create":                      {facetest.With(facetest.With(facetest.Deal(), "transaction.listing_id", 0), "transaction.listing_quantity", 0), "/transaction/listing_id /transaction/listing_quantity"},
		"GET /transactions/v1/can_start_transaction":        {object{"transaction": object{"payment_gateway": long, "community_id": facetest.Ours, "listing_author_id": "b a"}}, "/transaction/payment_gateway /transaction/listing_author_id"},
		"POST /conversations/v1/{conversation_id}/messages": {object{"content": long, "sender_id": "b a"}, "/content /sender_id"},
		"POST /transactions/v1/{id}/pay_invoice":            {paying, "/gateway_fields/cancel_url /gateway_fields/success_url"},
		"POST /transactions/v1/{id}/invoice":                {legacy(object{"total_sum": object{"amount": -1, "currency": "eur"}}), "/gateway_fields/total_sum/currency /gateway_fields/total_sum/amount"},
		"POST /api/v1/p2p/ads":                              {ad, "/type /min_amount"},
		"PUT /api/v1/p2p/ads/{id}":                          {ad, "/type /min_amount"},
		"POST /api/v1/p2p/orders":                           {object{"ad_id": 1, "usdt_amount": -1, "payment_method": "card", "format": "slow"}, "/usdt_amount /format"},
		"POST /api/v1/p2p/orders/{id}/messages":             {object{"message": long, "client_message_id": long}, "/message /client_message_id"},
		"POST /api/v1/p2p/operator/orders/{id}/preview":     {verdict, "/reason /outcome"},
		"POST /api/v1/p2p/operator/orders/{id}/resolve":     {verdict, "/reason /outcome"},
		"POST /p2p/offer/create":                            {object{"ad": "AD", "currency_amount": "x", "fiat_amount": "y"}, "/currency_amount /fiat_amount"},
	}
}

// oneAtATime are routes of which a body cannot have two members that the route refuses, and why.
var oneAtATime = map[string]string{
	"POST /v1/transactions/{id}/read":                      "an id that is not known is not found",
	"POST /v1/payouts/{id}/settle":                         "reference and amount are the process's to refuse",
	"PATCH /v1/webhook-endpoints/{id}":                     "the other members are looked at beside those of the endpoint that there is",
	"POST /transactions/v1/{id}/reject":                    "gateway_fields are empty",
	"POST /transactions/v1/{id}/cancel":                    "gateway_fields are empty",
	"POST /transactions/v1/{id}/complete":                  "gateway_fields are empty",
	"POST /transactions/v1/{id}/complete_preauthorization": "gateway_fields are empty",
}

// A caller sees all that a handler refuses of a body at once, the first of it in the code that it has alone.
func TestRefusals_everyMemberAtOnce(t *testing.T) {
	t.Parallel()
	m := whole(t)
	rows := twoWrong()
	ad := m.NewAd(t, facetest.Ann, "sell")
	invoiced := facetest.With(facetest.With(facetest.Deal(), "transaction.payment_process", "postpay"), "transaction.payment_gateway", "stripe")
	place := strings.NewReplacer("ads/{id}", "ads/"+ad, "orders/{id}", "orders/"+m.NewOrder(t, facetest.Bob, ad), "/v1/listings/{id}", m.Offer(t, facetest.Bike()),
		"/v1/transactions/{id}", "/v1/transactions/"+m.Open(t), "/transactions/v1/{id}", "/transactions/v1/"+m.Call(t, "POST", facetest.DealsPath+"create", invoiced).Is(201).At("transaction.id"))
	for _, r := range m.Server.Routes() {
		line := r.Method + " " + r.Path
		row, ok := rows[line]
		delete(rows, line)
		switch _, known := oneAtATime[line]; {
		case !ok && !known && r.Body.Members() > 1:
			t.Errorf("%s has no row in twoWrong", line)
			continue
		case !ok:
			continue
		}
		options := []facetest.Option{facetest.Once(line)}
		switch {
		case r.Access == web.Users || r.Access == web.Public:
			options = append(options, m.By(map[bool]string{true: facetest.Olga, false: facetest.Bob}[strings.Contains(r.Path, "/operator/")]))
		case r.Access == web.Operating:
			options = append(options, facetest.Staff("ann"))
		}
		if strings.HasPrefix(r.Path, facetest.ExchangePath+"ads") {
			options = append(options, m.By(facetest.Ann))
		}
		body, err := json.Marshal(row.body)
		if text, ok := row.body.(string); ok {
			body, err = []byte(text), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		a := m.Call(t, r.Method, facetest.SamplePath.Replace(place.Replace(r.Path)), strings.ReplaceAll(string(body), `"AD"`, ad), options...)
		var got []string
		for i := range 5 {
			if at := a.At("errors." + strconv.Itoa(i) + ".pointer"); at != "absent" {
				got = append(got, at)
			}
		}
		if want := strings.Fields(row.pointers); a.Status != http.StatusBadRequest || !slices.Equal(got, want) {
			t.Errorf("%s answers %d with %v, want %v: %.300s", line, a.Status, got, want, a.Body)
		}
	}
	for line := range rows {
		t.Errorf("twoWrong has a row for %s, which is no route", line)
	}
}
