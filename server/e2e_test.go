package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// bazaar is a market on either database, with more assets, whose traders are told what
// happens.
type bazaar struct {
	*facetest.Line
	consumer *notices.Consumer
}

func newBazaar(t *testing.T, url string) *bazaar {
	t.Helper()
	return newBazaarWith(t, url, func(*server.Config) {})
}

func newBazaarWith(t *testing.T, url string, change func(*server.Config)) *bazaar {
	t.Helper()
	b := &bazaar{Line: &facetest.Line{}}
	b.Market = facetest.NewExchangeOn(t, url, func(c *server.Config) {
		listed, assets, err := money.ParseAssets("USDT:6,BTC:8,ETH:18")
		if err != nil {
			t.Fatal(err)
		}
		if c.Assets, err = c.Keys.(*sqlstore.DB).KeepAssets(t.Context(), assets.List()); err != nil {
			t.Fatal(err)
		}
		c.Exchange.Listed = listed
		change(c)
	})
	books, err := notices.NewBooks(nil, b.Exchange.Notices())
	b.Must(err)
	b.consumer, err = notices.NewConsumer(notices.ConsumerConfig{Store: b.Store.ForNotices(), Write: books.Write, Told: b.Hub.Wake, Now: b.Clock.Now})
	b.Must(err)
	b.Listen(t)
	return b
}

// tell hands out the news of what happened.
func (b *bazaar) tell(t *testing.T) {
	t.Helper()
	_, err := b.consumer.ProcessDue(context.Background())
	b.Must(err)
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
	b.Ask(t, user, "GET", facetest.ExchangePath+"balance", nil).Is(200).Has(map[string]string{"currency": "RUB", "available": available, "frozen": frozen})
}

// The walk through seeds 002 and 003, with the websocket messages of seed 000.
func TestExchange_endToEnd(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		seller, buyer := b.Join(t, facetest.Ann, ""), b.Join(t, facetest.Bob, "")
		id := b.NewAd(t, facetest.Ann, "sell")
		b.Call(t, "GET", facetest.ExchangePath+"ads?type=sell&fiat_currency=RUB&limit=20&offset=0", nil, facetest.Anonymous).Is(200).Has(map[string]string{"items.0.id": id, "items.0.payment_details": "absent"})
		body := `{"ad_id":` + id + `,"usdt_amount":500000,"payment_method":"card"}`
		order := b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body, facetest.Once("take")).Is(200).At("id")
		again := b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body, facetest.Once("take")).Is(200)
		if again.At("id") != order || again.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("taken again: %s", again.Body)
		}
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body).Denied(400, "ACTIVE_DEPOSIT_ORDER_EXISTS")
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", strings.Replace(body, "500000", "500001", 1), facetest.Once("take")).Denied(409, "IDEMPOTENCY_CONFLICT")
		b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"orders", body).Denied(400, "OWN_AD")
		b.balanceOf(t, facetest.Ann, "9500000", "500000")
		b.tell(t)
		seller.Message().Has(map[string]string{"type": "ad_interest", "message": "You have an interested buyer on your p2p ad", "ad_id": id, "offer_id": order, "seq": "1"})
		b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+order, nil).Is(200).Exactly("", facetest.OrderNames...).
			Has(map[string]string{"status": "pending", "payment_details.card_number": "2200000000000004", "fiat_amount": "500000", "buyer_id": facetest.Bob, "seller_id": facetest.Ann})
		b.Ask(t, facetest.Carl, "GET", facetest.ExchangePath+"orders/"+order, nil).Denied(404, "ORDER_NOT_FOUND")
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/messages", `{"message":"Payment sent, please check."}`).Is(200).Exactly("", facetest.MessageNames...)
		step := func(user, name string) facetest.Answer {
			return b.Ask(t, user, "POST", facetest.ExchangePath+"orders/"+order+"/"+name, nil)
		}
		step(facetest.Ann, "confirm-paid").Denied(403, "ROLE_NOT_ALLOWED")
		step(facetest.Ann, "confirm-received").Denied(400, "INVALID_ORDER_STATUS").Has(map[string]string{"current_status": "pending"})
		step(facetest.Bob, "confirm-paid").Is(200).Has(map[string]string{"status": "paid_by_buyer"})
		step(facetest.Bob, "cancel").Denied(400, "INVALID_ORDER_STATUS").Has(map[string]string{"current_status": "paid_by_buyer"})
		step(facetest.Ann, "confirm-received").Is(200).Has(map[string]string{"status": "completed"})
		b.tell(t)
		seller.Message().Has(map[string]string{"type": "payment_indication", "message": "Bob Example has claimed to have made payment regarding your P2P advertisement.", "offer_id": order})
		buyer.Message().Has(map[string]string{"type": "funds_released", "message": "Funds have been released", "amount": "5000.0", "crypto_currency": "usdt"})
		b.balanceOf(t, facetest.Ann, "9500000", "0")
		b.balanceOf(t, facetest.Bob, "10500000", "0")
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/rate", `{"rating":5}`).Is(200)
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/rate", `{"rating":5}`).Denied(400, "ALREADY_RATED")
		b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads/"+id, nil).Is(200).Has(map[string]string{
			"user.ratings.positive_feedback_count": "1", "user.ratings.averate_rating": "5", "orders_count": "1", "available_amount": "4500000",
		})
		b.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"sessions", nil).Is(200).Has(map[string]string{"items.0.order_id": order, "items.0.counterparty.id": facetest.Bob})
	})
}

// The walk through seed 000, and a dispute that an operator settles.
func TestBuyFlow_endToEnd(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		id := b.NewAd(t, facetest.Ann, "sell")
		b.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+id, nil).Succeeded("<nil>").Has(map[string]string{"entity.total_available": "50000.0000000000"})
		create := func(amount string) string {
			return b.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(id, `"currency_amount":"`+amount+`"`)).Succeeded("Offer created successfully").At("entity.id")
		}
		offer := create("2000.00000000000000000000")
		b.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody("0", `"currency_amount":"1"`)).Failed(`(ad) Invalid pk "0" - object does not exist.`, "AD_NOT_FOUND")
		step := func(user, name string) facetest.Answer {
			return b.Ask(t, user, "POST", "/p2p/offer/"+name+"/"+offer+"/", nil)
		}
		step(facetest.Ann, "release").Failed("Offer has not been marked as paid yet", "INVALID_ORDER_STATUS")
		step(facetest.Ann, "cancel").Failed("You are not authorized to cancel this offer", "ROLE_NOT_ALLOWED")
		step(facetest.Ann, "paid").Failed("You are not authorized to indicate payment on this offer", "ROLE_NOT_ALLOWED")
		step(facetest.Olga, "cancel").Failed("You are not authorized to cancel this offer", "ROLE_NOT_ALLOWED") // H10, an operator without the case
		step(facetest.Bob, "release").Failed("You are not authorized to release funds on this trade", "ROLE_NOT_ALLOWED")
		step(facetest.Bob, "cancel").Succeeded("Offer cancelled successfully")
		step(facetest.Bob, "cancel").Failed("This offer is already cancelled", "INVALID_ORDER_STATUS")
		step(facetest.Ann, "release").Failed("Offer is already cancelled", "INVALID_ORDER_STATUS")
		b.tell(t)
		late := b.Join(t, facetest.Ann, "&last_seq=1")
		late.Message().Has(map[string]string{"type": "offer_cancel", "message": "Bob Example has cancelled their offer regarding your P2P advertisement.", "offer_id": offer, "seq": "2"})

		offer = create("3000")
		step(facetest.Bob, "paid").Succeeded("Offer successfully marked as paid")
		step(facetest.Bob, "paid").Failed("Offer has already been marked as paid", "INVALID_ORDER_STATUS")
		evidence := facetest.ExchangePath + "orders/" + offer + "/evidence"
		b.evidence(t, evidence, facetest.Carl).Denied(404, "ORDER_NOT_FOUND")
		file := b.evidence(t, evidence, facetest.Bob).Is(200).Has(map[string]string{"name": "receipt.txt", "uploader_id": facetest.Bob}).At("id")
		b.Ask(t, facetest.Ann, "GET", evidence, nil).Is(200).Exactly("", facetest.ListNames...).Has(map[string]string{"total": "1", "items.0.id": file})
		if a := b.Ask(t, facetest.Ann, "GET", evidence+"/"+file, nil).Is(200); a.Body != "I have paid." || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("evidence %q, %v", a.Body, a.Header)
		}
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+offer+"/call-operator", nil).Is(200).Has(map[string]string{"status": "disputed"})
		b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"orders/"+offer+"/call-operator", nil).Is(200).Has(map[string]string{"status": "disputed"})
		b.Ask(t, facetest.Olga, "GET", facetest.ExchangePath+"operator/disputes", nil).Is(200).Has(map[string]string{"total": "1", "items.0.order_id": offer})
		b.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/orders/"+offer+"/assign", nil).Is(200)
		verdict := `{"outcome":"split","buyer_amount":100000,"seller_amount":200000,"reason":"A third was paid."}`
		b.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/orders/"+offer+"/preview", verdict).Is(200).
			Has(map[string]string{"moves.0.to": "payee", "moves.0.amount.amount": "100000", "moves.1.to": "payer", "moves.1.amount.amount": "200000"})
		b.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/orders/"+offer+"/resolve", verdict).Is(200).Has(map[string]string{"resolution.outcome": "split"})
		b.balanceOf(t, facetest.Ann, "9900000", "0")
		b.balanceOf(t, facetest.Bob, "10100000", "0")
	})
}

// evidence uploads a file as a form does.
func (b *bazaar) evidence(t *testing.T, path, user string) facetest.Answer {
	t.Helper()
	body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"receipt.txt\"\r\nContent-Type: text/plain\r\n\r\nI have paid.\r\n--x--\r\n"
	return b.Ask(t, user, "POST", path, body, facetest.Header("Content-Type", "multipart/form-data; boundary=x"))
}
