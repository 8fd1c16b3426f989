package browsertest_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/server/console"
)

// By the keyboard alone, a developer moves the clock of handsel dev, lets an emulator fail and plays a scenario, whose deal
// the page leads to. The band and the page of development keep nobody from using them, in whatever dress.
func TestConsole_playground(t *testing.T) {
	t.Parallel()
	chromium, source := browser(t), axeSource(t)
	m := newMarketWith(t, testkit.Options{Playground: true})
	m.sale(object{"external_reference": "order-90", "input": object{"payment_method": "pm_card_visa"}})
	b := m.enter(chromium, "ann", console.Support)
	b.enter(`.band button[value="next"]`)
	b.reads("forward; ")
	b.enter(`a[href="/console/dev"]`)
	b.reads("no money is real", "Nothing fails.", "card-happy")
	b.enter(`form[action="/console/dev/faults/stripe"] button`)
	b.reads("webhook:lose", "× 1")
	b.enter(`form[action="/console/dev/faults/stripe"] button[name="clear"]`)
	b.enter(`form[action="/console/dev/scenarios/card-happy"] button`)
	b.reads("Bea confirms → "+string(settlement.Confirmed), "Look at the deal")
	i := inspect(t, m.enter(chromium, staff[3], console.Admin), source, m.URL)
	pages := map[string]string{"dev": "/console/dev", "overview in dev": "/console", "deals in dev": "/console/deals"}
	for _, d := range dresses() {
		i.wear(d)
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			i.open(pages[name])
			i.check(name, d)
			if d == dresses()[0] && name != "dev" { // which has far more to walk through than a test has time for
				i.walk(name)
			}
		}
	}
	b.enter(`#latest a[href^="/console/deals/txn_"]`)
	b.reads("The deal is complete")
	b.do(chromedp.Navigate(m.URL + "/console/audit"))
	b.reads("console.scenario", "in handsel dev")
	m.CheckBooks()
}
