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
				to := resp.Header.Get("Location")
				if strings.HasPrefix(to, page.Path) { // the page itself
					return ""
				}
				return to
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

// A seller whose bank has refused a payout gives another bank account on the page, and is paid out to that one. Who has a
// bank account that takes payouts keeps it.
func TestOnboarding_otherBank(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	giveAll := func() *api.Account {
		t.Helper()
		link, err := x.client.AccountLinks.New(&api.AccountLinkParams{Account: api.String(seller), Type: api.String("account_onboarding"),
			ReturnURL: api.String("https://shop.example.com"), RefreshURL: api.String("https://shop.example.com")})
		must(t, err)
		status, _ := x.send("POST", link.URL[len("https://pay.example.com"):], "application/json", `{"card":"success"}`)
		same(t, "on the page", status, 200)
		a, err := x.client.Accounts.GetByID(seller, nil)
		must(t, err)
		return a
	}
	x.sell()
	x.days(4)
	same(t, "nothing was refused", len(giveAll().ExternalAccounts.Data), 1)
	must(t, x.EndPayout(x.Payouts(seller)[0], "account_closed"))
	a := giveAll()
	banks := a.ExternalAccounts.Data
	same(t, "given", []any{a.PayoutsEnabled, len(a.Requirements.PastDue), len(banks)}, []any{true, 0, 2})
	if len(banks) != 2 {
		t.FailNow()
	}
	same(t, "the refused one", []any{banks[0].BankAccount.Status, banks[0].BankAccount.DefaultForCurrency}, []any{api.BankAccountStatusErrored, false})
	x.days(3)
	ids := x.Payouts(seller)
	same(t, "payouts", len(ids), 2)
	again, err := x.client.Payouts.Get(ids[1], &api.PayoutParams{Params: of(seller)})
	must(t, err)
	same(t, "paid again", []any{again.Status, again.Amount, again.Destination.ID}, []any{api.PayoutStatusPaid, int64(1000), banks[1].BankAccount.ID})
}

func TestOnboarding_refused(t *testing.T) {
	t.Parallel()
	x := newTester(t, stripe.Config{})
	ended, err := x.client.Accounts.New(&api.AccountParams{Type: api.String("express")})
	must(t, err)
	must(t, x.RejectAccount(ended.ID))
	for name, form := range map[string]string{
		"rejected":   "account=" + ended.ID + "&type=account_onboarding&return_url=https://a.example&refresh_url=https://a.example",
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
