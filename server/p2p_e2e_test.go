package server_test

import (
	"context"
	"crypto/rand"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/feed"
	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/balance"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server"
)

// bazaar is a market with nothing of it played: engine, exchange, ads, feed and
// database are those of production.
type bazaar struct {
	*line
	consumer *feed.Consumer
}

func newBazaar(t *testing.T, url string) *bazaar {
	t.Helper()
	return newBazaarWith(t, url, func(*server.Config) {})
}

func newBazaarWith(t *testing.T, url string, change func(*server.Config)) *bazaar {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), url, sqlstore.Options{AdsRest: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := &bazaar{line: &line{}}
	var service *exchange.Service
	b.market = newExchangeIn(t, func(c *server.Config) {
		c.Engine, err = orchestrator.New(orchestrator.Config{
			Store: store, Gateways: []orchestrator.Gateway{balance.Gateway{}}, Now: c.Now, NewID: rand.Text,
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Keys, c.Profiles = store, store
		listed, assets, err := money.ParseAssets("USDT:6,BTC:8,ETH:18")
		if err != nil {
			t.Fatal(err)
		}
		if c.Assets, err = store.KeepAssets(t.Context(), assets.List()); err != nil {
			t.Fatal(err)
		}
		c.Exchange.Listed = listed
		service = realExchange(t, c, store)
		c.Exchange.Trading, c.Exchange.Ads, c.Exchange.Feed, c.Exchange.Tickets, c.Exchange.Replies = service, service.Ads, store, store, store
		change(c)
	})
	b.store = store
	b.must(store.AddCommunity(t.Context(), ours, "sample", someone))
	b.key = b.addKey(ours, apikey.Read, apikey.Write, apikey.Operate)
	b.consumer, err = feed.NewConsumer(feed.ConsumerConfig{Store: store, Writers: []feed.Writer{service.Tell}, Told: b.hub.Wake, Now: b.clock.now})
	b.must(err)
	for _, user := range []string{ann, bob} {
		b.must(service.Seen(t.Context(), exchange.User{Community: ours, ID: user, Name: "X"}))
		_, err := service.Engine.Create(t.Context(), orchestrator.CreateInput{
			CommunityID: ours, Process: "deposit", Gateway: "balance", Actor: process.Actor{Kind: process.Staff, ID: olga},
			Starter: user, Author: user, Title: "deposit", UnitPrice: money.New(10_000_000, "RUB"), Input: map[string]string{"reason": "paid in"},
		})
		b.must(err)
	}
	listener := httptest.NewServer(b.server.Handler())
	t.Cleanup(listener.Close)
	b.url = "ws" + strings.TrimPrefix(listener.URL, "http") + "/ws/p2p/"
	return b
}

func realExchange(t *testing.T, c *server.Config, store *sqlstore.DB) *exchange.Service {
	t.Helper()
	box, err := secretbox.New(secretbox.Key{ID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	ads, err := listings.NewAds(listings.AdsConfig{Store: store, Sealer: box, OpenOrders: store.OpenOrders, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	talk, err := conversations.New(conversations.Config{Engine: c.Engine, Store: store, NewID: rand.Text, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	c.Exchange.Evidence = talk
	rules := exchange.DefaultRules()
	rules.NewcomerWait = 0 // these two have never traded before
	service, err := exchange.New(exchange.Config{
		Engine: c.Engine, Ads: ads, Store: store, Conversations: talk, Sealer: box, Defaults: rules, Now: c.Now, Listed: c.Exchange.Listed, Assets: c.Assets,
	})
	if err != nil {
		t.Fatal(err)
	}
	return service
}

// tell hands out the news of what happened.
func (b *bazaar) tell(t *testing.T) {
	t.Helper()
	_, err := b.consumer.ProcessDue(context.Background())
	b.must(err)
}

func eachDatabase(t *testing.T, test func(*testing.T, *bazaar)) {
	eachURL(t, func(t *testing.T, url string) { test(t, newBazaar(t, url)) })
}

func eachURL(t *testing.T, test func(t *testing.T, url string)) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return testdb.SQLite(t) },
		"postgres": func(t *testing.T) string { return testdb.Postgres(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, url(t))
		})
	}
}

// balanceOf checks what a user has.
func (b *bazaar) balanceOf(t *testing.T, user, available, frozen string) {
	t.Helper()
	b.ask(t, user, "GET", p2pPath+"balance", nil).is(200).has(map[string]string{"currency": "RUB", "available": available, "frozen": frozen})
}

// The walk through seeds 002 and 003, with the websocket messages of seed 000.
func TestExchange_endToEnd(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		seller, buyer := b.join(t, ann, ""), b.join(t, bob, "")
		id := b.newAd(t, ann, "sell")
		b.call(t, "GET", p2pPath+"ads?type=sell&fiat_currency=RUB&limit=20&offset=0", nil, anonymous).is(200).has(map[string]string{"items.0.id": id, "items.0.payment_details": "absent"})
		body := `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`
		order := b.ask(t, bob, "POST", p2pPath+"orders", body, once("take")).is(200).at("id")
		again := b.ask(t, bob, "POST", p2pPath+"orders", body, once("take")).is(200)
		if again.at("id") != order || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("taken again: %s", again.body)
		}
		b.ask(t, bob, "POST", p2pPath+"orders", body).denied(400, "ACTIVE_DEPOSIT_ORDER_EXISTS")
		b.ask(t, bob, "POST", p2pPath+"orders", strings.Replace(body, "500000", "500001", 1), once("take")).denied(409, "IDEMPOTENCY_CONFLICT")
		b.ask(t, ann, "POST", p2pPath+"orders", body).denied(400, "OWN_AD")
		b.balanceOf(t, ann, "9500000", "500000")
		b.tell(t)
		seller.message().has(map[string]string{"type": "ad_interest", "message": "You have an interested buyer on your p2p ad", "ad_id": id, "offer_id": order, "seq": "1"})
		b.ask(t, bob, "GET", p2pPath+"orders/"+order, nil).is(200).exactly("", orderNames...).
			has(map[string]string{"status": "pending", "payment_details.card_number": "2200000000000004", "fiat_amount": "500000", "buyer_id": bob, "seller_id": ann})
		b.ask(t, carl, "GET", p2pPath+"orders/"+order, nil).denied(404, "ORDER_NOT_FOUND")
		b.ask(t, bob, "POST", p2pPath+"orders/"+order+"/messages", `{"message":"Payment sent, please check."}`).is(200).exactly("", messageNames...)
		step := func(user, name string) answer {
			return b.ask(t, user, "POST", p2pPath+"orders/"+order+"/"+name, nil)
		}
		step(ann, "confirm-paid").denied(403, "ROLE_NOT_ALLOWED")
		step(ann, "confirm-received").denied(400, "INVALID_ORDER_STATUS").has(map[string]string{"current_status": "pending"})
		step(bob, "confirm-paid").is(200).has(map[string]string{"status": "paid_by_buyer"})
		step(bob, "cancel").denied(400, "INVALID_ORDER_STATUS").has(map[string]string{"current_status": "paid_by_buyer"})
		step(ann, "confirm-received").is(200).has(map[string]string{"status": "completed"})
		b.tell(t)
		seller.message().has(map[string]string{"type": "payment_indication", "message": "Bob Example has claimed to have made payment regarding your P2P advertisement.", "offer_id": order})
		buyer.message().has(map[string]string{"type": "funds_released", "message": "Funds have been released", "amount": "5000.0", "crypto_currency": "usdt"})
		b.balanceOf(t, ann, "9500000", "0")
		b.balanceOf(t, bob, "10500000", "0")
		b.ask(t, bob, "POST", p2pPath+"orders/"+order+"/rate", `{"rating":5}`).is(200)
		b.ask(t, bob, "POST", p2pPath+"orders/"+order+"/rate", `{"rating":5}`).denied(400, "ALREADY_RATED")
		b.ask(t, bob, "GET", p2pPath+"ads/"+id, nil).is(200).has(map[string]string{
			"user.ratings.positive_feedback_count": "1", "user.ratings.averate_rating": "5", "orders_count": "1", "available_amount": "4500000",
		})
		b.ask(t, ann, "GET", p2pPath+"sessions", nil).is(200).has(map[string]string{"items.0.order_id": order, "items.0.counterparty.id": bob})
	})
}

// The walk through seed 000, and a dispute that an operator settles.
func TestBuyFlow_endToEnd(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		id := b.newAd(t, ann, "sell")
		b.ask(t, bob, "GET", "/p2p/ad/detail/"+id, nil).succeeded("<nil>").has(map[string]string{"entity.total_available": "50000.0000000000"})
		create := func(amount string) string {
			return b.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(id, `"currency_amount":"`+amount+`"`)).succeeded("Offer created successfully").at("entity.id")
		}
		offer := create("2000.00000000000000000000")
		b.ask(t, bob, "POST", "/p2p/offer/create/", offerBody("0", `"currency_amount":"1"`)).failed(`(ad) Invalid pk "0" - object does not exist.`, "AD_NOT_FOUND")
		step := func(user, name string) answer {
			return b.ask(t, user, "POST", "/p2p/offer/"+name+"/"+offer+"/", nil)
		}
		step(ann, "release").failed("Offer has not been marked as paid yet", "INVALID_ORDER_STATUS")
		step(ann, "cancel").failed("You are not authorized to cancel this offer", "ROLE_NOT_ALLOWED")
		step(ann, "paid").failed("You are not authorized to indicate payment on this offer", "ROLE_NOT_ALLOWED")
		step(olga, "cancel").failed("You are not authorized to cancel this offer", "ROLE_NOT_ALLOWED") // H10, an operator without the case
		step(bob, "release").failed("You are not authorized to release funds on this trade", "ROLE_NOT_ALLOWED")
		step(bob, "cancel").succeeded("Offer cancelled successfully")
		step(bob, "cancel").failed("This offer is already cancelled", "INVALID_ORDER_STATUS")
		step(ann, "release").failed("Offer is already cancelled", "INVALID_ORDER_STATUS")
		b.tell(t)
		late := b.join(t, ann, "&last_seq=1")
		late.message().has(map[string]string{"type": "offer_cancel", "message": "Bob Example has cancelled their offer regarding your P2P advertisement.", "offer_id": offer, "seq": "2"})

		offer = create("3000")
		step(bob, "paid").succeeded("Offer successfully marked as paid")
		step(bob, "paid").failed("Offer has already been marked as paid", "INVALID_ORDER_STATUS")
		evidence := p2pPath + "orders/" + offer + "/evidence"
		b.evidence(t, evidence, carl).denied(404, "ORDER_NOT_FOUND")
		file := b.evidence(t, evidence, bob).is(200).has(map[string]string{"name": "receipt.txt", "uploader_id": bob}).at("id")
		b.ask(t, ann, "GET", evidence, nil).is(200).exactly("", listNames...).has(map[string]string{"total": "1", "items.0.id": file})
		if a := b.ask(t, ann, "GET", evidence+"/"+file, nil).is(200); a.body != "I have paid." || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("evidence %q, %v", a.body, a.header)
		}
		b.ask(t, bob, "POST", p2pPath+"orders/"+offer+"/call-operator", nil).is(200).has(map[string]string{"status": "disputed"})
		b.ask(t, ann, "POST", p2pPath+"orders/"+offer+"/call-operator", nil).is(200).has(map[string]string{"status": "disputed"})
		b.ask(t, olga, "GET", p2pPath+"operator/disputes", nil).is(200).has(map[string]string{"total": "1", "items.0.order_id": offer})
		b.ask(t, olga, "POST", p2pPath+"operator/orders/"+offer+"/assign", nil).is(200)
		verdict := `{"outcome":"split","buyer_amount":100000,"seller_amount":200000,"reason":"A third was paid."}`
		b.ask(t, olga, "POST", p2pPath+"operator/orders/"+offer+"/preview", verdict).is(200).
			has(map[string]string{"moves.0.to": "payee", "moves.0.amount.amount": "100000", "moves.1.to": "payer", "moves.1.amount.amount": "200000"})
		b.ask(t, olga, "POST", p2pPath+"operator/orders/"+offer+"/resolve", verdict).is(200).has(map[string]string{"resolution.outcome": "split"})
		b.balanceOf(t, ann, "9900000", "0")
		b.balanceOf(t, bob, "10100000", "0")
	})
}

// evidence uploads a file as a form does.
func (b *bazaar) evidence(t *testing.T, path, user string) answer {
	t.Helper()
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"receipt.txt\"\r\nContent-Type: text/plain\r\n\r\nI have paid.\r\n--x--\r\n"
	return b.ask(t, user, "POST", path, body, header("Content-Type", "multipart/form-data; boundary=x"))
}
