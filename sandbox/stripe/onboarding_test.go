package stripe_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// A seller follows the link of the official client, gives the details on the page and can be paid. A link
// leads there once, and for five minutes; then the page leads to where a new one is made.
func TestOnboarding(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		how     string
		late    bool
		lead    string // where the page leads
		enabled bool
		reason  string
	}{
		"set up":    {"success", false, "https://shop.example.com/done", true, ""},
		"left":      {"incomplete", false, "https://shop.example.com/done", false, "requirements.past_due"},
		"rejected":  {"rejected", false, "https://shop.example.com/done", false, "rejected.fraud"},
		"too late":  {"success", true, "https://shop.example.com/again", false, "requirements.past_due"},
		"no choice": {"gold", false, "", false, "requirements.past_due"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, stripe.Config{})
			a, err := x.client.Accounts.New(&api.AccountParams{Type: api.String("express")})
			must(t, err)
			link, err := x.client.AccountLinks.New(&api.AccountLinkParams{
				Account: &a.ID, Type: api.String("account_onboarding"), ReturnURL: api.String("https://shop.example.com/done"), RefreshURL: api.String("https://shop.example.com/again"),
			})
			must(t, err)
			page, err := url.Parse(link.URL)
			must(t, err)
			if tc.late {
				x.advance(5*time.Minute + time.Second)
			}
			leave := func() string {
				browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
				resp, err := browser.PostForm(x.url+page.Path, url.Values{"card": {tc.how}})
				must(t, err)
				must(t, resp.Body.Close())
				return resp.Header.Get("Location")
			}
			same(t, "leads to", leave(), tc.lead)
			a, err = x.client.Accounts.GetByID(a.ID, nil)
			must(t, err)
			same(t, "account", []any{a.PayoutsEnabled, string(a.Requirements.DisabledReason)}, []any{tc.enabled, tc.reason})
			if tc.lead != "" {
				same(t, "used again", leave(), "https://shop.example.com/again")
			}
		})
	}
}

func TestOnboarding_refused(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	for name, form := range map[string]string{
		"no type":    "account=" + seller + "&return_url=https://a.example&refresh_url=https://a.example",
		"no account": "account=acct_0&type=account_onboarding&return_url=https://a.example&refresh_url=https://a.example",
		"no address": "account=" + seller + "&type=account_onboarding&return_url=mailto:a&refresh_url=https://a.example",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, x.url+"/v1/account_links", strings.NewReader(form))
		must(t, err)
		r.SetBasicAuth("sk_test_sandbox", "")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(r)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode < 400 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}
