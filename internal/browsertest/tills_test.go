package browsertest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Every emulator's page to pay on, before, while and after somebody pays: it says that it is a sandbox, what is paid to whom
// and what each way means, names nothing of the engine's in its title, and leaves nothing to press once it is paid.
func TestPages_toPay(t *testing.T) {
	t.Parallel()
	chromium, source := browser(t), axeSource(t)
	w := testkit.New(t, testkit.Options{})
	for name, tx := range map[string]orchestrator.Transaction{
		"trustap": w.Open(), "deposit": w.OpenF2F(), "stripe": openAt(t, w, "preauthorize", "stripe"),
		"paypal": openAt(t, w, "preauthorize", "paypal"), "paytrail": invoiceAt(t, w, "paytrail"),
	} {
		at := tx.RedirectURL
		if tx.Gateway == "stripe" { // the emulator's own page
			at = w.Config.EmulatorURLs["stripe"] + "/pay/" + tx.PaymentID
		}
		u, err := url.Parse(at)
		if err != nil {
			t.Fatal(err)
		}
		origin, path := u.Scheme+"://"+u.Host, u.RequestURI()
		between := "?"
		if strings.Contains(path, "?") {
			between = "&"
		}
		i := inspect(t, openTab(t, chromium, "about:blank"), source, origin)
		i.heard()
		shown := map[string]string{"open": path, "declined": path + between + "chosen=card_declined", "asks": path + between + "chosen=three_d_secure"}
		look := func(state, path string) {
			for _, d := range dresses() {
				i.wear(d)
				i.open(path)
				i.check("till "+name+" "+state, d)
			}
			i.walk(name + " " + state)
		}
		for state, path := range shown {
			look(state, path)
		}
		i.open(path)
		text, titled := i.text(), i.ask(`JSON.stringify([document.title])`)[0]
		for _, want := range []string{"no money moves", "Old city bike", "From", "To", "Pay "} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, text)
			}
		}
		if !strings.HasPrefix(titled, "Pay ") || !strings.HasSuffix(titled, "EUR – "+map[string]string{"deposit": "Trustap", "trustap": "Trustap", "stripe": "Stripe", "paypal": "PayPal", "paytrail": "Paytrail"}[name]+" sandbox") {
			t.Errorf("the page of %s is called %q", name, titled)
		}
		pays(t, at)
		look("paid", path)
		if n := len(i.ask(`JSON.stringify([...document.querySelectorAll("button")].map(b => b.value))`)); n > 0 {
			t.Errorf("%s has %d buttons once it is paid:\n%s", name, n, i.text())
		}
	}
}

// pays sends the form of a page as a browser does, and does not follow to the shop, where there is nobody.
func pays(t *testing.T, page string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page, strings.NewReader("card=success"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("paying on %s: %d", page, answer.StatusCode)
	}
}

func openAt(t *testing.T, w *testkit.Testbed, process, gateway string) orchestrator.Transaction {
	t.Helper()
	result, err := w.Engine.Create(t.Context(), orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: process, Gateway: gateway, Actor: testkit.Buyer,
		Starter: testkit.Buyer.ID, Author: testkit.Seller.ID, Title: title, UnitPrice: money.New(5000, "EUR"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return result.Transaction
}

// invoiceAt opens a deal, invoices it and sends the buyer to pay.
func invoiceAt(t *testing.T, w *testkit.Testbed, gateway string) orchestrator.Transaction {
	t.Helper()
	tx := openAt(t, w, "postpay", gateway)
	for _, s := range []struct {
		name  process.Transition
		who   process.Actor
		input map[string]string
	}{{"invoice", testkit.Seller, map[string]string{"total_sum": "5000"}}, {"pay_invoice", testkit.Buyer, nil}} {
		result, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: s.name, Actor: s.who, Input: s.input})
		if err != nil {
			t.Fatal(err)
		}
		tx = result.Transaction
	}
	return tx
}
