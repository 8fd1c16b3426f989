package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
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
		for _, user := range []string{ann, bob} {
			b.call(t, "POST", "/v1/balances/"+user+"/deposits", `{"amount":100000000,"currency":"USDT"}`, once("fund-"+user)).is(201).
				has(map[string]string{"currency": "USDT", "amount": "100000000"})
		}
		has := assetHoldings(t, b)
		has(ann, 100_000_000, 0)
		frozen, sold := int64(0), int64(0)
		for _, name := range []string{"yen", "dinars", "euros"} {
			c := assetCases()[name]
			id := b.ask(t, ann, "POST", p2pPath+"ads", assetAd("sell", c)).is(200).has(map[string]string{"asset": "USDT", "asset_decimals": "6", "fiat_currency": c.fiat}).at("id")
			b.ask(t, bob, "GET", p2pPath+"ads?asset=USDT&fiat_currency="+c.fiat, nil).is(200).has(map[string]string{"total": "1", "items.0.id": id})
			b.ask(t, bob, "GET", p2pPath+"ads?fiat_currency="+c.fiat, nil).is(200).has(map[string]string{"total": "0"})
			b.ask(t, bob, "GET", "/p2p/ad/detail/"+id, nil).succeeded("<nil>").has(map[string]string{
				"entity.crypto_currency": "usdt", "entity.price_per_unit": c.perUnit, "entity.crypto_amount": "50.00000000000000000000",
				"entity.min_limit": c.least, "entity.total_available": "50.0000000000",
			})
			order := b.takeAsset(t, id, c)
			has(ann, 100_000_000-sold-10_500_000, 10_500_000)
			b.ask(t, bob, "POST", p2pPath+"orders/"+order+"/confirm-paid", nil).is(200)
			b.ask(t, ann, "POST", p2pPath+"orders/"+order+"/confirm-received", nil).is(200).has(map[string]string{"status": "completed"})
			sold += 10_500_000
			has(bob, 100_000_000+sold, frozen)
			b.splitAsset(t, id, c)
			sold += 1_500_001
			has(ann, 100_000_000-sold, 0)
			has(bob, 100_000_000+sold, 0)
			b.ask(t, ann, "DELETE", p2pPath+"ads/"+id, nil).is(204)
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
		b.ask(t, user, "GET", p2pPath+"balance?currency=USDT", nil).is(200).has(want)
		delete(want, "decimals")
		b.call(t, "GET", "/v1/balances/"+user+"?currency=USDT", nil).is(200).has(want)
		b.balanceOf(t, user, "10000000", "0") // rubles are apart
	}
}

// takeAsset takes 10.5 USDT, after what must be refused, and reads the order.
func (b *bazaar) takeAsset(t *testing.T, ad string, c assetCase) string {
	t.Helper()
	body := `{"ad_id":` + ad + `,"usdt_amount":10500000,"payment_method":"card","currency":`
	b.ask(t, bob, "POST", p2pPath+"orders", body+`"RUB"}`).denied(400, "VALIDATION_ERROR").has(map[string]string{"field": "currency"})
	b.ask(t, bob, "POST", p2pPath+"orders", body+`"EUR"}`).denied(400, "VALIDATION_ERROR").has(map[string]string{"field": "currency"})
	order := b.ask(t, bob, "POST", p2pPath+"orders", body+`"USDT"}`).is(200).at("id")
	b.ask(t, bob, "GET", p2pPath+"orders/"+order, nil).is(200).exactly("", orderNames...).has(map[string]string{
		"usdt_amount": "10500000", "currency": "USDT", "currency_decimals": "6", "fiat_amount": c.cost, "fiat_currency": c.fiat,
	})
	return order
}

// splitAsset makes an offer in the buy flow, of fiat, and splits it.
func (b *bazaar) splitAsset(t *testing.T, ad string, c assetCase) {
	t.Helper()
	b.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(ad, `"currency_amount":"2.0000001"`)).is(400)
	b.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(ad, `"fiat_amount":"`+c.less+`"`)).is(400)
	made := b.ask(t, bob, "POST", "/p2p/offer/create/", offerBody(ad, `"currency_amount":"2.000002"`)).succeeded("Offer created successfully").
		has(map[string]string{"entity.currency_amount": "2.00000200000000000000", "entity.fiat_amount": c.offerOf})
	order := made.at("entity.id")
	path := p2pPath + "orders/" + order + "/"
	b.ask(t, bob, "POST", path+"confirm-paid", nil).is(200)
	b.ask(t, bob, "POST", path+"call-operator", nil).is(200)
	b.ask(t, olga, "POST", p2pPath+"operator/orders/"+order+"/assign", nil).is(200)
	verdict := `{"outcome":"split","buyer_amount":1500001,"seller_amount":500001,"reason":"Three quarters were paid."}`
	b.ask(t, olga, "POST", p2pPath+"operator/orders/"+order+"/resolve", verdict).is(200).
		has(map[string]string{"resolution.buyer_amount": "1500001", "resolution.seller_amount": "500001"})
}

// payOut withdraws everything, and not a unit more.
func (b *bazaar) payOut(t *testing.T, has func(user string, available, frozen int64), all int64) {
	t.Helper()
	withdraw := func(amount int64, key string) answer {
		return b.call(t, "POST", "/v1/balances/"+bob+"/withdrawals", fmt.Sprintf(`{"amount":%d,"currency":"USDT"}`, amount), once(key))
	}
	withdraw(all+1, "too-much").is(402)
	withdraw(all, "all").is(201)
	has(bob, 0, 0)
}

// sound asks the doctor.
func (b *bazaar) sound(t *testing.T) {
	t.Helper()
	registry, err := process.NewRegistry(process.All()...)
	b.must(err)
	found, err := b.store.Doctor(t.Context(), registry)
	b.must(err)
	if len(found) > 0 {
		t.Errorf("the doctor finds %v", found)
	}
}

// What is told about an order has the decimals of its asset.
func TestH13_told(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		b.call(t, "POST", "/v1/balances/"+ann+"/deposits", `{"amount":10500000,"currency":"USDT"}`, once("fund")).is(201)
		buyer := b.join(t, bob, "")
		c := assetCases()["yen"]
		id := b.ask(t, ann, "POST", p2pPath+"ads", assetAd("sell", c)).is(200).at("id")
		order := b.takeAsset(t, id, c)
		b.ask(t, bob, "POST", p2pPath+"orders/"+order+"/confirm-paid", nil).is(200)
		b.ask(t, ann, "POST", p2pPath+"orders/"+order+"/confirm-received", nil).is(200)
		b.tell(t)
		buyer.message().has(map[string]string{"type": "funds_released", "amount": "10.5", "amount_str": "10.500000", "crypto_currency": "usdt"})
		mails, err := b.store.ClaimMails(t.Context(), b.clock.now(), b.clock.now().Add(time.Minute), 10)
		b.must(err)
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
	b := newBazaar(t, t.TempDir()+"/test.db")
	c := assetCases()["euros"]
	id := b.ask(t, ann, "POST", p2pPath+"ads", assetAd("sell", c)).is(200).at("id")
	plain := `{"type":"sell","fiat_currency":"EUR","exchange_rate":94,"min_amount":1000000,"max_amount":2000000,"payment_methods":["card"]`
	b.ask(t, ann, "PUT", p2pPath+"ads/"+id, plain+`}`).is(200).has(map[string]string{"asset": "USDT", "exchange_rate": "94"})
	for _, code := range []string{"TRX", "usdt", "EUR", ""} {
		b.ask(t, ann, "PUT", p2pPath+"ads/"+id, plain+`,"asset":"`+code+`"}`).denied(400, "VALIDATION_ERROR").has(map[string]string{"field": "asset"})
		b.ask(t, bob, "GET", p2pPath+"ads?asset="+code, nil).denied(400, "VALIDATION_ERROR").has(map[string]string{"field": "asset"})
	}
	deposit := func(body string) answer {
		return b.call(t, "POST", "/v1/balances/"+ann+"/deposits", body, once(body))
	}
	deposit(`{"amount":1,"currency":"TRX"}`).is(400).has(map[string]string{"code": "invalid_currency"})
	deposit(`{"amount":1000000000001,"currency":"USDT"}`).is(400).has(map[string]string{"code": "amount_out_of_range"})
	deposit(`{"amount":100000000000001,"currency":"BTC"}`).is(400).has(map[string]string{"code": "amount_out_of_range"})
	deposit(`{"amount":100000000000000,"currency":"BTC"}`).is(201)
	b.call(t, "POST", "/v1/prices/preview", `{"gateway":"stripe","unit_price":{"amount":1,"currency":"USDT"}}`).is(400)
	b.ask(t, ann, "GET", p2pPath+"balance?currency=TRX", nil).denied(400, "VALIDATION_ERROR")
}

// A balance that does not fit 63 bits is refused, and nothing of it is booked.
func TestH13_overflow(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b *bazaar) {
		const most = 1_000_000_000_000_000_000
		for i := range 9 {
			b.call(t, "POST", "/v1/balances/"+ann+"/deposits", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), once(fmt.Sprint(i))).is(201)
		}
		b.call(t, "POST", "/v1/balances/"+ann+"/deposits", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), once("9")).is(400).
			has(map[string]string{"code": "amount_out_of_range", "money_moved": "no"})
		b.ask(t, ann, "GET", p2pPath+"balance?currency=ETH", nil).is(200).has(map[string]string{"available": fmt.Sprint(9 * int64(most)), "decimals": "18"})
		b.call(t, "POST", "/v1/balances/"+ann+"/withdrawals", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), once("back")).is(201)
		b.call(t, "POST", "/v1/balances/"+ann+"/deposits", fmt.Sprintf(`{"amount":%d,"currency":"ETH"}`, most), once("again")).is(201)
		b.sound(t)
	})
}
