package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/notices/events"
)

// trader is a user of the exchange who is there for one play: a user has one ad of a type at a
// time, and those of the samples may have theirs.
type trader struct{ id, token string }

const selling, buying = 0, 1

// marketTriggers are plays of the exchange.
func marketTriggers() []trigger {
	then := func(before []step, more ...step) []step { return append(slices.Clip(before), more...) }
	posted := []step{comeIn, posts}
	taken := then(posted, orders)
	told := then(taken, ofOrder(buying, "confirm-paid", ""))
	return []trigger{
		{events.AdCreated, posted},
		{events.OrderCreated, taken},
		{events.OrderPaymentIndicated, told},
		{events.OrderCompleted, then(told, ofOrder(selling, "confirm-received", ""))},
		{events.OrderCancelledByBuyer, then(taken, ofOrder(buying, "cancel", ""))},
		{events.DisputeOpened, then(told, ofOrder(selling, "call-operator", `{"reason":"Only a part has come in."}`))},
	}
}

// comeIn makes a seller with a balance, and a buyer.
func comeIn(p *triggerPlay) error {
	if p.JWTSecret == "" {
		return errors.New("HANDSEL_JWT_SECRET is not set, with which users of the exchange are signed; handsel dev prints it")
	}
	for i, name := range []string{"Sam Seller", "Bea Buyer"} {
		id := uuid.NewString()
		token, err := app.SampleToken(p.JWTSecret, app.SampleUser{ID: id, Name: name}, time.Now())
		if err != nil {
			return err
		}
		p.traders[i] = trader{id, token}
	}
	return p.do("", "/v1/balances/"+p.traders[selling].id+"/deposits", `{"amount":1000000,"currency":"RUB","reason":"a play of handsel trigger"}`, nil)
}

// as calls the exchange for one of the two.
func (p *triggerPlay) as(who int, path, body string, answer any) error {
	return p.send(request{method: "POST", url: p.at("/api/v1/p2p/" + path), token: p.traders[who].token, body: body}, answer)
}

func posts(p *triggerPlay) error {
	var ad struct{ ID int64 }
	err := p.as(selling, "ads", `{"type":"sell","fiat_currency":"RUB","exchange_rate":102,"min_amount":10000,"max_amount":500000,
		"total_amount":200000,"payment_methods":["bank_transfer"],"payment_details":{"account":"Sam's account"},"payment_window_minutes":30}`, &ad)
	p.ad = ad.ID
	return err
}

func orders(p *triggerPlay) error {
	var order struct{ ID int64 }
	err := p.as(buying, "orders", fmt.Sprintf(`{"ad_id":%d,"usdt_amount":100000,"payment_method":"bank_transfer"}`, p.ad), &order)
	p.order = order.ID
	return err
}

func ofOrder(who int, path, body string) step {
	return func(p *triggerPlay) error { return p.as(who, fmt.Sprintf("orders/%d/%s", p.order, path), body, nil) }
}
