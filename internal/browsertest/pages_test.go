package browsertest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// step is a click of the buyer, what they read then, and where the deal stands.
type step struct {
	card  string // the button
	want  string // on the page
	state process.State
}

const (
	paidNotice = "Paid. You can close this page."
	bankAsks   = "Your bank asks: do you pay"
	title      = "Old city bike" // of every deal
)

// What the buyer clicks on a payment page becomes the engine's truth.
func TestPayPages(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	const joined, paid, initiated, preauthorized = escrow.Joined, escrowonline.Paid, preauthorize.Initiated, preauthorize.Preauthorized
	atStripe := func(w *testkit.Testbed) orchestrator.Transaction { return openAtStripe(t, w) }
	tests := map[string]struct {
		open  func(*testkit.Testbed) orchestrator.Transaction
		total string
		steps []step
	}{
		"trustap, paid": {(*testkit.Testbed).Open, "51.90 EUR", []step{{"success", paidNotice, paid}}},
		"trustap, declined, then paid": {(*testkit.Testbed).Open, "51.90 EUR", []step{
			{"card_declined", "declined", joined}, {"success", paidNotice, paid},
		}},
		"trustap, 3-D Secure": {(*testkit.Testbed).Open, "51.90 EUR", []step{
			{"three_d_secure", bankAsks, joined}, {"success", paidNotice, paid},
		}},
		"trustap, 3-D Secure refused": {(*testkit.Testbed).Open, "51.90 EUR", []step{
			{"three_d_secure", bankAsks, joined}, {"card_declined", "declined", joined},
		}},
		"stripe, paid": {atStripe, "50.00 EUR", []step{{"success", paidNotice, preauthorized}}},
		"stripe, declined, then paid": {atStripe, "50.00 EUR", []step{
			{"card_declined", "declined", initiated}, {"success", paidNotice, preauthorized},
		}},
		"stripe, 3-D Secure": {atStripe, "50.00 EUR", []step{
			{"authentication_required", bankAsks, initiated}, {"approve", paidNotice, preauthorized},
		}},
		"stripe, 3-D Secure refused": {atStripe, "50.00 EUR", []step{
			{"authentication_required", bankAsks, initiated}, {"reject", "could not confirm", initiated},
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{})
			tx := tc.open(w)
			url := tx.RedirectURL
			if tx.Gateway == "stripe" { // the emulator's own page
				url = w.Config.EmulatorURLs["stripe"] + "/pay/" + tx.PaymentID
			}
			b := openTab(t, chromium, url)
			if text := b.text(); !strings.Contains(text, title) || !strings.Contains(text, "Pay "+tc.total) {
				t.Fatalf("the page does not show %q and %s:\n%s", title, tc.total, text)
			}
			for _, s := range tc.steps {
				b.choose(s.card)
				if text := b.text(); !strings.Contains(text, s.want) {
					t.Fatalf("after %s the page lacks %q:\n%s", s.card, s.want, text)
				}
				w.MustSettle()
				if tx = w.Load(tx); tx.State != s.state {
					t.Fatalf("after %s the deal is %s, want %s", s.card, tx.State, s.state)
				}
			}
			w.CheckBooks()
		})
	}
}

// openAtStripe opens a deal whose buyer pays on the emulator's page.
func openAtStripe(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
	t.Helper()
	result, err := w.Engine.Create(t.Context(), orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: "preauthorize", Gateway: "stripe", Actor: testkit.Buyer,
		Starter: testkit.Buyer.ID, Author: testkit.Seller.ID, Title: title, UnitPrice: money.New(5000, "EUR"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return result.Transaction
}

// The e-mails of a testbed can be read, and what a user wrote in them does nothing.
func TestMailPage(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	b := openTab(t, browser(t), w.URL+"/_dev/mail")
	if text := b.text(); !strings.Contains(text, "None yet.") {
		t.Errorf("before there are e-mails the page says:\n%s", text)
	}
	const name = "Bob <script>document.body.remove()</script>"
	takeAd(t, w, app.SampleUser{ID: app.Bob.ID, Name: name})
	w.MustSettle()
	b.do(chromedp.Reload())
	text := b.text()
	var got []string
	for _, want := range []string{"Sample marketplace: a buyer for order", "To " + app.Alice.ID + "@example.invalid", name} {
		if strings.Contains(text, want) {
			got = append(got, want)
		}
	}
	if d := cmp.Diff([]string{"Sample marketplace: a buyer for order", "To " + app.Alice.ID + "@example.invalid", name}, got); d != "" {
		t.Errorf("the page lacks (-):\n%s\n%s", d, text)
	}
}

// A template is shown as a phone shows it: nothing is wider than the screen. Its links lead from the list to the e-mail.
func TestMailTemplatePage(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	b := openTab(t, browser(t), w.URL+"/_dev/mail")
	b.do(chromedp.EmulateViewport(375, 800))
	for _, link := range []string{`a[href="/_dev/mail/templates"]`, `a[href="/_dev/mail/templates/money_reserved?language=de"]`, `a[href$="/html?language=de"]`} {
		b.follow(link)
		wide, err := chromedp.Run(b.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
		if err != nil || wide > 375 {
			t.Errorf("behind %s the page is %d wide: %v", link, wide, err)
		}
	}
	if text := b.text(); !strings.Contains(text, "Example Market") || !strings.Contains(text, "50,00 EUR") {
		t.Errorf("the e-mail says:\n%s", text)
	}
}

// takeAd lets a user take an ad of Alice's, of which she is told by e-mail.
func takeAd(t *testing.T, w *testkit.Testbed, taker app.SampleUser) (order int64) {
	t.Helper()
	ad := trade(t, w, app.Alice, "ads", `{"type":"sell","fiat_currency":"RUB","exchange_rate":100,"min_amount":10000,"max_amount":500000,
		"payment_methods":["card"],"payment_details":{"note":"ask me"}}`)
	return trade(t, w, taker, "orders", fmt.Sprintf(`{"ad_id":%d,"usdt_amount":100000,"payment_method":"card"}`, ad))
}

// trade calls the exchange as one of its users, and returns the id of what came of it.
func trade(t *testing.T, w *testkit.Testbed, u app.SampleUser, path, body string) (id int64) {
	t.Helper()
	token, err := w.Token(u)
	if err != nil {
		t.Fatal(err)
	}
	answer := w.Call("POST", "/api/v1/p2p/"+path, body, "Authorization", "Bearer "+token)
	if answer.Status/100 != 2 {
		t.Fatalf("%s: %d %s", path, answer.Status, answer.Body)
	}
	var made struct {
		ID int64 `json:"id"`
	}
	answer.JSON(t, &made)
	return made.ID
}
