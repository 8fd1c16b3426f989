package plays

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// trader is a user of the exchange who is there for one play: a user has one ad of a type at a
// time, and those of the samples may have theirs.
type trader struct{ id, token string }

const selling, buying = 0, 1

// comeIn makes a seller with a balance, and a buyer.
var comeIn = step{what: "Sam, who has deposited 10,000 roubles, and Bea come to the exchange", do: func(p *play) error {
	if p.Token == nil {
		return errors.New("HANDSEL_JWT_SECRET is not set, with which users of the exchange are signed; handsel dev prints it")
	}
	for i, name := range []string{"Sam Seller", "Bea Buyer"} {
		id := p.NewID()
		token, err := p.Token(id, name, false)
		if err != nil {
			return err
		}
		p.traders[i] = trader{id, token}
	}
	return p.post("", "/v1/balances/"+p.traders[selling].id+"/deposits", `{"amount":1000000,"currency":"RUB","reason":"a play"}`, nil)
}}

// trades calls the exchange for somebody.
func (p *play) trades(token, path, body string, answer any) error {
	return p.send(Call{Method: http.MethodPost, URL: p.URL + "/api/v1/p2p/" + path, Token: token, Body: body}, answer)
}

var posts = step{what: "Sam offers roubles", do: func(p *play) error {
	var ad struct{ ID int64 }
	err := p.trades(p.traders[selling].token, "ads", `{"type":"sell","fiat_currency":"RUB","exchange_rate":102,"min_amount":10000,"max_amount":500000,
		"total_amount":200000,"payment_methods":["bank_transfer"],"payment_details":{"account":"Sam's account"},"payment_window_minutes":30}`, &ad)
	p.ad = ad.ID
	return err
}}

var orders = step{what: "Bea takes 1,000.00 of them; Sam's are frozen", do: func(p *play) error {
	var order struct{ ID int64 }
	err := p.trades(p.traders[buying].token, "orders", fmt.Sprintf(`{"ad_id":%d,"usdt_amount":100000,"payment_method":"bank_transfer"}`, p.ad), &order)
	p.order = order.ID
	return err
}}

// ordered makes the order the deal of the play: the native API takes its number.
var ordered = step{what: "the order waits for Bea's payment", do: func(p *play) error {
	p.deal.ID = strconv.FormatInt(p.order, 10)
	return nil
}}

func ofOrder(what string, who int, path, body string) step {
	return step{what: what, do: func(p *play) error {
		return p.trades(p.traders[who].token, fmt.Sprintf("orders/%d/%s", p.order, path), body, nil)
	}}
}

// staffOfExchange decides a dispute as an operator of the exchange.
func staffOfExchange(what, path, body string) step {
	return step{what: what, do: func(p *play) error {
		token, err := p.Token("00000000-0000-4000-8000-0000000000ff", "Olga Operator", true)
		if err != nil {
			return err
		}
		return p.trades(token, fmt.Sprintf("operator/orders/%d/%s", p.order, path), body, nil)
	}}
}
