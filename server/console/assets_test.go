package console_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// newBazaar is an exchange on which Ann has 20 USDT and sells 10.5 of them to Bob; it returns the order's id.
func newBazaar(t *testing.T, database string) (m *facetest.Market, order string) {
	t.Helper()
	m = facetest.NewExchangeOn(t, database, func(c *server.Config) {
		listed, assets, err := money.ParseAssets("USDT:6")
		if err == nil {
			c.Assets, err = c.Keys.(*sqlstore.DB).KeepAssets(t.Context(), assets.List())
		}
		if err != nil {
			t.Fatal(err)
		}
		c.Exchange.Listed = listed
		facetest.KeepAll(t, c)
	})
	m.Call(t, "POST", "/v1/balances/"+facetest.Ann+"/deposits", `{"amount":20000000,"currency":"USDT"}`, facetest.Once("purse")).Is(201)
	ad := m.Ask(t, facetest.Ann, "POST", facetest.ExchangePath+"ads", `{"type":"sell","asset":"USDT","fiat_currency":"JPY","exchange_rate":15025,"min_amount":1000000,"max_amount":15000000,
		"payment_methods":["card"],"payment_details":{"iban":"DE00 0000"}}`).Is(200).At("id")
	number := m.Ask(t, facetest.Bob, "POST", facetest.ExchangePath+"orders", `{"ad_id":`+ad+`,"usdt_amount":10500000,"payment_method":"card"}`).Is(200).At("id")
	return m, m.Ids.Seal(publicid.Transaction, facetest.Number(t, number))
}

// Amounts of assets are read in whole units, in every language and on every page, as those of currencies are.
func TestAssets_wholeUnits(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		m, order := newBazaar(t, database)
		m.Clock.Advance(time.Minute) // a file has what was before
		counted(m.Testbed, t)
		vic := signIn(m.Testbed, t, "vic", console.Viewer)
		for _, c := range []struct {
			path  string
			texts map[string][]string
		}{
			{"/console/deals/" + order, map[string][]string{
				"en": {"the order expires and the frozen 10.500000 USDT go back to the seller."},
				"de": {"die Order läuft ab und die eingefrorenen 10.500000 USDT gehen zurück an die Verkäuferseite."},
				"es": {"la orden caduca y los 10.500000 USDT congelados vuelven a la parte vendedora."},
			}},
			{"/console/deals?q=10.5+USDT", map[string][]string{"en": {order}}},
			{"/console/sellers/" + facetest.Ann, map[string][]string{"en": {"9.500000 <span class=\"unit\">USDT", "10.500000 <span class=\"unit\">USDT"}, "de": {"9.500000"}, "es": {"9.500000"}}},
			{"/console/books", map[string][]string{"en": {"20.000000 USDT"}, "de": {"20.000000 USDT"}, "es": {"20.000000 USDT"}}},
			{"/console/books/entries?account=available%3A" + facetest.Ann + "&currency=USDT", map[string][]string{"en": {"−10.500000 <span"}}},
		} {
			for language, texts := range c.texts {
				page := m.Call(t, "GET", c.path, nil, facetest.Anonymous, vic, facetest.Header("Accept-Language", language))
				shows(t, page, append(texts, `<html lang="`+language+`">`)...)
				hides(t, page, "minor units of", "10500000 ", "9500000 ", "20000000 ")
			}
		}
		if table := m.Call(t, "GET", "/console/books/export?format=csv", nil, facetest.Anonymous, vic).Is(200).Body; !strings.Contains(table, ",-10500000,-10.500000,USDT") {
			t.Errorf("the export is %s", table)
		}
	})
}
