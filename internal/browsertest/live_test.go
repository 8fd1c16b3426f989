package browsertest_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/server/console"
)

// waits waits until an expression of the page is true.
func (b tab) waits(expression string) {
	b.t.Helper()
	script := `new Promise(yes => { const look = () => (` + expression + `) ? yes(true) : setTimeout(look, 20); look(); })`
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise)); err != nil {
		b.t.Fatalf("%s never comes true: %v\n%s", expression, err, b.text())
	}
}

// A page becomes what it is now without being loaded again: the focus, what is open and what was written stay.
func TestConsole_live(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	deal := m.sale(object{"external_reference": "order-80", "input": object{"payment_method": "pm_card_visa"}})
	b := m.enter(browser(t), "ann", console.Finance)
	b.do(chromedp.Navigate(m.URL + deal))
	b.reads("Complete preauthorization")
	b.waits(`(window.same = true) && (document.querySelector("main details").open = true) && !document.querySelector("header input[name=q]").focus()`)
	b.do(chromedp.KeyEvent("typed"))
	m.take(fmt.Sprint(m.named("order-80").ID), "sam", object{"transition": "reject"})
	m.MustSettle()
	b.waits(`document.querySelector("main .badge").textContent.includes("rejected")`)
	b.waits(`window.same && document.querySelector("main details").open && document.activeElement.value === "typed"`)
}

// The keys lead to the box, from row to row, and to the sheet that says so; who turns them off is left alone.
func TestConsole_keys(t *testing.T) {
	t.Parallel()
	m := newBareMarket(t)
	for i := range 2 {
		m.sale(object{"external_reference": fmt.Sprint("order-", i), "input": object{"payment_method": "pm_card_visa"}})
	}
	b := m.enter(browser(t), "ann", console.Viewer)
	b.do(chromedp.Navigate(m.URL + "/console/deals"))
	b.do(chromedp.KeyEvent("j"), chromedp.KeyEvent("j"))
	b.waits(`document.activeElement === document.querySelectorAll("tbody tr")[1].querySelector("a")`)
	b.do(chromedp.KeyEvent("k"))
	b.waits(`document.activeElement === document.querySelectorAll("tbody tr")[0].querySelector("a")`)
	b.do(chromedp.KeyEvent("?"))
	b.waits(`document.getElementById("keys").open`)
	b.do(chromedp.KeyEvent(" "), chromedp.KeyEvent("\x1b")) // the first in the sheet turns them off
	b.waits(`!document.getElementById("keys").open`)
	b.do(chromedp.KeyEvent("/"))
	b.waits(`document.activeElement.name !== "q"`)
	b.waits(`!document.getElementById("keys-on").click()`)
	b.do(chromedp.KeyEvent("/"))
	b.waits(`document.activeElement.name === "q"`)
	b.do(chromedp.KeyEvent("j/?"))
	b.waits(`document.activeElement.value.endsWith("j/?")`)
}
