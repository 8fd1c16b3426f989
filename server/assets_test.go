package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// assetCase is a trade of 10.500000 USDT in a currency with other decimals.
type assetCase struct {
	fiat                   string
	rate                   int64
	cost                   string // of 10.5 USDT, in minor units
	least                  string // of an order, as the buy flow writes it
	perUnit, offerOf, less string // price; fiat for 2 USDT; an amount that has too many decimals
}

func assetCases() map[string]assetCase {
	return map[string]assetCase{
		"yen":    {"JPY", 15_025, "1578", "150.0000000000", "150.25", "301.00", "0.5"},
		"dinars": {"KWD", 31, "3255", "0.3100000000", "0.31", "0.620", "0.0005"},
		"euros":  {"EUR", 93, "977", "0.9300000000", "0.93", "1.86", "0.005"},
	}
}

func assetAd(kind string, c assetCase) string {
	return fmt.Sprintf(`{"type":%q,"asset":"USDT","fiat_currency":%q,"exchange_rate":%d,"min_amount":1000000,"max_amount":50000000,
		"payment_methods":["card"],"payment_details":{"iban":"DE00 0000"}}`, kind, c.fiat, c.rate)
}

// A whole trade in an asset with six decimals, on both faces and both databases: ad,
// order, paid, released, refused, split, paid out.
func TestH13_wholeTrade(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		for _, user := range []string{facetest.Ann, facetest.Bob} {
			b.Call(t, "POST", "/v1/balances/"+user+"/deposits", `{"amount":100000000,"currency":"USDT"}`, facetest.Once("fund-"+user)).Is(201).
				Has(map[string]string{"currency": "USDT", "amount": "100000000"})
		}
		has := assetHoldings(t, b)
		has(facetest.Ann, 100_000_000, 0)
		frozen, sold := int64(0), int64(0)
		for _, name := range []string{"yen", "dinars", "euros"} {
			c := assetCases()[name]
			id := b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", assetAd("sell", c)).Is(200).Has(map[string]string{"asset": "USDT", "asset_decimals": "6", "fiat_currency": c.fiat}).At("id")
			b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads?asset=USDT&fiat_currency="+c.fiat, nil).Is(200).Has(map[string]string{"total": "1", "items.0.id": id})
			b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads?fiat_currency="+c.fiat, nil).Is(200).Has(map[string]string{"total": "0"})
			b.Ask(t, facetest.Bob, "GET", "/p2p/ad/detail/"+id, nil).Succeeded("<nil>").Has(map[string]string{
				"entity.crypto_currency": "usdt", "entity.price_per_unit": c.perUnit, "entity.crypto_amount": "50.00000000000000000000",
				"entity.min_limit": c.least, "entity.total_available": "50.0000000000",
			})
			order := b.takeAsset(t, id, c)
			has(facetest.Ann, 100_000_000-sold-10_500_000, 10_500_000)
			b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-paid", nil).Is(200)
			b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-received", nil).Is(200).Has(map[string]string{"status": "completed"})
			sold += 10_500_000
			has(facetest.Bob, 100_000_000+sold, frozen)
			b.splitAsset(t, id, c)
			sold += 1_500_001
			has(facetest.Ann, 100_000_000-sold, 0)
			has(facetest.Bob, 100_000_000+sold, 0)
			b.Ask(t, facetest.Ann, "DELETE", facetest.ExchangePath+"ads/"+id, nil).Is(204)
		}
		b.payOut(t, has, 100_000_000+sold)
		b.sound(t)
	})
}

// assetHoldings checks a balance in USDT at both places where it can be read.
func assetHoldings(t *testing.T, b *bazaar) func(user string, available, frozen int64) {
	return func(user string, available, frozen int64) {
		t.Helper()
		want := map[string]string{"currency": "USDT", "available": fmt.Sprint(available), "frozen": fmt.Sprint(frozen), "decimals": "6"}
		b.Ask(t, user, "GET", facetest.ExchangePath+"balance?currency=USDT", nil).Is(200).Has(want)
		delete(want, "decimals")
		b.Call(t, "GET", "/v1/balances/"+user+"?currency=USDT", nil).Is(200).Has(want)
		b.balanceOf(t, user, "10000000", "0") // rubles are apart
	}
}

// takeAsset takes 10.5 USDT, after what must be refused, and reads the order.
func (b *bazaar) takeAsset(t *testing.T, ad string, c assetCase) string {
	t.Helper()
	body := `{"ad_id":` + ad + `,"usdt_amount":10500000,"payment_method":"card","currency":`
	b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body+`"RUB"}`).Denied(400, "VALIDATION_ERROR").Has(map[string]string{"field": "currency"})
	b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body+`"EUR"}`).Denied(400, "VALIDATION_ERROR").Has(map[string]string{"field": "currency"})
	order := b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", body+`"USDT"}`).Is(200).At("id")
	b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"orders/"+order, nil).Is(200).Exactly("", facetest.OrderNames...).Has(map[string]string{
		"usdt_amount": "10500000", "currency": "USDT", "currency_decimals": "6", "fiat_amount": c.cost, "fiat_currency": c.fiat,
	})
	return order
}

// splitAsset makes an offer in the buy flow, of fiat, and splits it.
func (b *bazaar) splitAsset(t *testing.T, ad string, c assetCase) {
	t.Helper()
	b.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(ad, `"currency_amount":"2.0000001"`)).Is(400)
	b.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(ad, `"fiat_amount":"`+c.less+`"`)).Is(400)
	made := b.Ask(t, facetest.Bob, "POST", "/p2p/offer/create/", facetest.OfferBody(ad, `"currency_amount":"2.000002"`)).Succeeded("Offer created successfully").
		Has(map[string]string{"entity.currency_amount": "2.00000200000000000000", "entity.fiat_amount": c.offerOf})
	order := made.At("entity.id")
	path := facetest.ExchangePath + "orders/" + order + "/"
	b.Ask(t, facetest.Bob, "POST", path+"confirm-paid", nil).Is(200)
	b.Ask(t, facetest.Bob, "POST", path+"call-operator", nil).Is(200)
	b.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/orders/"+order+"/assign", nil).Is(200)
	verdict := `{"outcome":"split","buyer_amount":1500001,"seller_amount":500001,"reason":"Three quarters were paid."}`
	b.Ask(t, facetest.Olga, "POST", facetest.ExchangePath+"operator/orders/"+order+"/resolve", verdict).Is(200).
		Has(map[string]string{"resolution.buyer_amount": "1500001", "resolution.seller_amount": "500001"})
}

// payOut withdraws everything, and not a unit more.
func (b *bazaar) payOut(t *testing.T, has func(user string, available, frozen int64), all int64) {
	t.Helper()
	withdraw := func(amount int64, key string) facetest.Answer {
		return b.Call(t, "POST", "/v1/balances/"+facetest.Bob+"/withdrawals", fmt.Sprintf(`{"amount":%d,"currency":"USDT"}`, amount), facetest.Once(key))
	}
	withdraw(all+1, "too-much").Is(402)
	withdraw(all, "all").Is(201)
	has(facetest.Bob, 0, 0)
}

// sound asks the doctor.
func (b *bazaar) sound(t *testing.T) {
	t.Helper()
	registry, err := process.NewRegistry(catalog.All()...)
	b.Must(err)
	found, err := b.Store.Doctor(t.Context(), registry)
	b.Must(err)
	if len(found) > 0 {
		t.Errorf("the doctor finds %v", found)
	}
}

// What is told about an order has the decimals of its asset.
func TestH13_told(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		b.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/deposits", `{"amount":10500000,"currency":"USDT"}`, facetest.Once("fund")).Is(201)
		buyer := b.Join(t, facetest.Bob, "")
		c := assetCases()["yen"]
		id := b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", assetAd("sell", c)).Is(200).At("id")
		order := b.takeAsset(t, id, c)
		b.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-paid", nil).Is(200)
		b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"orders/"+order+"/confirm-received", nil).Is(200)
		b.tell(t)
		buyer.Message().Has(map[string]string{"type": "funds_released", "amount": "10.5", "amount_str": "10.500000", "crypto_currency": "usdt"})
		mails, err := b.Store.ClaimMails(t.Context(), b.Clock.Now(), b.Clock.Now().Add(time.Minute), 10)
		b.Must(err)
		if len(mails) == 0 {
			t.Error("no mail")
		}
		for _, m := range mails {
			if data := string(m.Data); !strings.Contains(data, `10500000`) || !strings.Contains(data, `"USDT"`) {
				t.Errorf("%s says %s", m.Kind, m.Data)
			}
		}
	})
}

// What is no asset here is refused by name, and an ad keeps its asset when it is
// replaced by terms that name none.
func TestH13_refused(t *testing.T) {
	t.Parallel()
	b := newBazaar(t, testdb.SQLite(t))
	c := assetCases()["euros"]
	id := b.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", assetAd("sell", c)).Is(200).At("id")
	plain := `{"type":"sell","fiat_currency":"EUR","exchange_rate":94,"min_amount":1000000,"max_amount":2000000,"payment_methods":["card"]`
	b.Ask(t, facetest.Ann, "PUT", facetest.ExchangePath+"ads/"+id, plain+`}`).Is(200).Has(map[string]string{"asset": "USDT", "exchange_rate": "94"})
	for _, code := range []string{"TRX", "usdt", "EUR", ""} {
		b.Ask(t, facetest.Ann, "PUT", facetest.ExchangePath+"ads/"+id, plain+`,"asset":"`+code+`"}`).Denied(400, "VALIDATION_ERROR").Has(map[string]string{"field": "asset"})
		b.Ask(t, facetest.Bob, "GET", facetest.ExchangePath+"ads?asset="+code, nil).Denied(400, "VALIDATION_ERROR").Has(map[string]string{"field": "asset"})
	}
	deposit := func(body string) facetest.Answer {
		return b.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/deposits", body, facetest.Once(body))
	}
	deposit(`{"amount":1,"currency":"TRX"}`).Is(400).Has(map[string]string{"code": "invalid_currency"})
	deposit(`{"amount":1000000000001,"currency":"USDT"}`).Is(400).Has(map[string]string{"code": "amount_out_of_range"})
	deposit(`{"amount":100000000000001,"currency":"BTC"}`).Is(400).Has(map[string]string{"code": "amount_out_of_range"})
	deposit(`{"amount":100000000000000,"currency":"BTC"}`).Is(201)
	b.Call(t, "POST", "/v1/prices/preview", `{"gateway":"stripe","unit_price":{"amount":1,"currency":"USDT"}}`).Is(400)
	b.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"balance?currency=TRX", nil).Denied(400, "VALIDATION_ERROR")
}

// A balance that does not fit 63 bits is refused, and nothing of it is booked.
func TestH13_overflow(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		const most = 1_000_000_000_000_000_000
		for i := range 9 {
			b.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/deposits", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), facetest.Once(fmt.Sprint(i))).Is(201)
		}
		b.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/deposits", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), facetest.Once("9")).Is(400).
			Has(map[string]string{"code": "amount_out_of_range", "money_moved": "no"})
		b.Ask(t, facetest.Ann, "GET", facetest.ExchangePath+"balance?currency=ETH", nil).Is(200).Has(map[string]string{"available": fmt.Sprint(9 * int64(most)), "decimals": "18"})
		b.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/withdrawals", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), facetest.Once("back")).Is(201)
		b.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/deposits", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), facetest.Once("again")).Is(201)
		b.sound(t)
	})
}
