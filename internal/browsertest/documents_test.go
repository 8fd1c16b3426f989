package browsertest_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// By the keyboard alone, somebody who reads a document searches for a code and opens its page. Who has no scripts sends
// the form.
func TestDocuments_keyboard(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	b := openTab(t, browser(t), w.URL+"/docs/p2p")
	b.do(chromedp.KeyEvent("/"), chromedp.KeyEvent("illegal_transition"))
	b.do(chromedp.WaitVisible(chromedp.CSS(`#found li:first-child a[href="/docs/errors/illegal_transition"]`)))
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.submit()
	if text := b.text(); !strings.Contains(text, "Where the money is") {
		t.Errorf("the page says:\n%s", text)
	}
	b.until("input[type=search]")
	b.do(chromedp.KeyEvent("complaint_period"))
	b.submit() // pages of refusals have no script
	if text := b.text(); !strings.Contains(text, "escrow_online@1: Transitions") {
		t.Errorf("the page says:\n%s", text)
	}
}
