package browsertest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/testkit"
)

// The pages for people who are no staff: an e-mail that is stopped, a login that is over, and our own page to pay on, before and after
// somebody pays, and in another language. It says what is paid and to whom, leads back to the shop, and leaves nothing to press once it is paid.
func TestPages_outside(t *testing.T) {
	t.Parallel()
	chromium, source := browser(t), axeSource(t)
	w := testkit.New(t, testkit.Options{})
	i := inspect(t, openTab(t, chromium, "about:blank"), source, w.Config.URL)
	i.also = w.Config.EmulatorURLs["stripe"]
	i.heard()
	look := func(name, path, ready string, wants ...string) {
		t.Helper()
		address, secret, _ := strings.Cut(path, "#")
		between := "?"
		if strings.Contains(address, "?") {
			between = "&"
		}
		for _, d := range dresses() {
			i.wear(d)
			i.open(address + between + "seen=" + d.String() + "#" + secret) // else the browser would stay where it is
			i.do(chromedp.WaitVisible(chromedp.CSS(ready)))
			i.check("outside "+name, d)
		}
		i.reads(wants...)
		i.walk("outside " + name)
	}
	look("mail", stopLink(t, w), "button.main", "Stop them")
	look("mail refused", "/mail/stop/nothing", "h1", "This link is not complete")
	look("login refused", "/logins/trustap?state=x&code=y", "h1", "This login is over")
	look("payment refused", "/pay/nothing", "h1", "This link is incomplete.")

	tx := openAtStripe(t, w)
	u, err := url.Parse(tx.RedirectURL)
	if err != nil {
		t.Fatal(err)
	}
	page := u.Path + "#" + u.Fragment
	look("payment of nobody", u.Path, "#notice", "This link is incomplete.", "Your payment to Sample marketplace")
	look("payment", page, "#element select", "You pay 50.00 EUR to Sample marketplace.", title, "Sample marketplace, for the seller", "Pay 50.00 EUR", "Back to the shop")
	look("payment in German", u.Path+"?language=de#"+u.Fragment, "#element select", "Sie zahlen 50.00 EUR an Sample marketplace.", "Zurück zum Shop")
	look("payment", u.Path+"?language=en#"+u.Fragment, "#element select", "Pay 50.00 EUR")
	if titled := i.ask(`JSON.stringify([document.title])`)[0]; titled != "You pay 50.00 EUR to Sample marketplace." {
		t.Errorf("the page is called %q", titled)
	}
	pays(t, w.Config.EmulatorURLs["stripe"]+"/pay/"+tx.PaymentID)
	look("payment paid", page, "#notice", "You have paid 50.00 EUR to Sample marketplace.", "You can close this page.", "Back to the shop")
	if n := len(i.ask(`JSON.stringify([...document.querySelectorAll("button, input, select")].map(b => b.id))`)); n > 0 {
		t.Errorf("there are %d things to press once it is paid:\n%s", n, i.text())
	}
}

// stopLink is the path of a link that stops a kind of e-mail.
func stopLink(t *testing.T, w *testkit.Testbed) string {
	t.Helper()
	tx := w.Open()
	body := `{"content":"Hello","sender_id":"` + testkit.Buyer.ID + `"}`
	if a := w.Call("POST", fmt.Sprint("/v1/transactions/", tx.ID, "/messages"), body, "Handsel-Actor", testkit.Buyer.ID); a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	w.Advance(time.Hour)
	for _, m := range w.Mailbox.Messages() {
		if m.Unsubscribe != "" {
			return strings.TrimPrefix(m.Unsubscribe, w.Config.URL)
		}
	}
	t.Fatal("no e-mail has a link that stops it")
	return ""
}
