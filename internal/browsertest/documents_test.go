package browsertest_test

import (
	"net/http/httptest"
	"strconv"
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

// Who reads about a call tries it with the key that is filled in, by the keyboard alone, and sees the answer. Nothing is asked
// of another server, and the key is kept nowhere.
func TestReference_tries(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	b := openTab(t, browser(t), "about:blank")
	i := inspect(t, b, "", w.URL)
	i.open("/docs/api/transactions")
	form := `form[data-method="POST"][data-path="/v1/transactions"]`
	i.do(chromedp.Focus(chromedp.CSS(`details:has(> ` + form + `) > summary`)))
	i.do(chromedp.KeyEvent(kb.Enter))
	i.do(chromedp.Focus(chromedp.CSS(form + ` textarea`)))
	i.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent(kb.Enter))
	i.do(chromedp.WaitVisible(chromedp.CSS(form + ` pre:not([hidden])`)))
	said := i.seen(form)
	for _, text := range []string{"201 Created", "content-type: application/json", `"state": "preauthorized"`} {
		if !strings.Contains(said, text) {
			t.Errorf("the form does not say %q:\n%s", text, said)
		}
	}
	i.click(form + ` button.main`) // the same key again
	i.do(chromedp.WaitVisible(chromedp.CSS(form + ` pre:not([hidden])`)))
	i.do(chromedp.Poll[chromedp.Void](`document.querySelector('` + form + ` pre').textContent.includes("idempotent-replayed: true")`))
	if kept := i.ask(`JSON.stringify([...Object.values(localStorage), ...Object.values(sessionStorage), document.cookie, location.href].filter(v => v.includes("hsk_")))`); len(kept) > 0 {
		t.Errorf("the key is kept: %q", kept)
	}
	for _, found := range i.heard() {
		t.Error(found)
	}
}

// The key is shown to who asks by a name of this machine alone: a name of others that leads here is a page of theirs.
func TestReference_key(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	for host, shown := range map[string]bool{"127.0.0.1:8420": true, "localhost:8420": true, "[::1]:8420": true, "market.example.com": false, "localhost.example.com": false, "10.0.0.1:8420": false} {
		answer := httptest.NewRecorder()
		w.Handler.ServeHTTP(answer, httptest.NewRequest("GET", "http://"+host+"/docs/api/prices", nil))
		if answer.Code != 200 || strings.Contains(answer.Body.String(), w.Key) != shown {
			t.Errorf("%q: the key is shown: %v", host, !shown)
		}
	}
}

// The examples are shown in the language that was chosen last, on other pages too.
func TestReference_languages(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	b := openTab(t, browser(t), w.URL+"/docs/api/prices")
	tabs := tab{t, b.ctx}
	if text := tabs.seen("main"); !strings.Contains(text, `curl "$HANDSEL_URL/v1/prices`) || strings.Contains(text, "h.Prices.") {
		t.Errorf("the page shows:\n%s", text)
	}
	tabs.do(chromedp.Click(chromedp.CSS(`.tabs button:nth-child(2)`)))
	tabs.do(chromedp.Navigate(w.URL + "/docs/api/balances"))
	if text := tabs.seen("main"); !strings.Contains(text, "h.Balances.Get(ctx") || strings.Contains(text, "curl ") || strings.Contains(text, "handsel.balances.get") {
		t.Errorf("the page shows:\n%s", text)
	}
}

// seen is what a person reads of a part of the page.
func (b tab) seen(selector string) string {
	b.t.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.querySelector(`+strconv.Quote(selector)+`).innerText`))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}
