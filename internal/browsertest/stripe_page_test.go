package browsertest_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// The buyer pays on our page with Stripe's form, under its content security policy.
func TestH18_payPage(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	const initiated, preauthorized = preauthorize.Initiated, preauthorize.Preauthorized
	for name, steps := range map[string][]step{
		"paid": {{"success", paidNotice, preauthorized}},
		"declined, then paid": {
			{"insufficient_funds", "insufficient funds", initiated}, {"success", paidNotice, preauthorized},
		},
		"3-D Secure": {
			{"authentication_required", bankAsks, initiated}, {"approve", paidNotice, preauthorized}, {"", paidNotice, preauthorized},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testkit.New(t, testkit.Options{})
			tx := openAtStripe(t, w)
			if !strings.HasPrefix(tx.RedirectURL, w.Config.URL+"/pay/") {
				t.Fatalf("the page is %s", tx.RedirectURL)
			}
			b := openTab(t, chromium, tx.RedirectURL)
			b.do(chromedp.WaitVisible(chromedp.CSS("#element select")))
			if text := b.text(); !strings.Contains(text, title) || !strings.Contains(text, "Pay 50.00 EUR") {
				t.Fatalf("the page does not show %q and 50.00 EUR:\n%s", title, text)
			}
			for _, s := range steps {
				switch s.card {
				case "approve":
					b.choose(s.card)
				case "": // back to our page, which takes the secret out of the query, where proxies see it
					b.follow("a")
					b.do(chromedp.WaitVisible(chromedp.CSS("#notice:not([hidden])")))
					query, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`location.origin + location.search`))
					if err != nil || query != w.Config.URL {
						t.Fatalf("back from the bank the buyer is at %q, %v", query, err)
					}
				case "authentication_required":
					b.do(chromedp.SetValue(chromedp.CSS("#element select"), s.card))
					b.follow("#pay")
				default:
					b.do(chromedp.SetValue(chromedp.CSS("#element select"), s.card))
					b.click("#pay")
					b.do(chromedp.WaitVisible(chromedp.CSS("#notice:not([hidden])")))
				}
				if text := b.text(); !strings.Contains(text, s.want) {
					t.Fatalf("after %s the page lacks %q:\n%s", s.card, s.want, text)
				}
				w.MustSettle()
				if tx = w.Load(tx); tx.State != s.state {
					t.Fatalf("after %s the deal is %s, want %s", s.card, tx.State, s.state)
				}
			}
		})
	}
}
