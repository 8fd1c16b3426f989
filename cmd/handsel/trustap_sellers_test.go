package main

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

const (
	trustapSeller = "ad5bb99f-85bf-47e1-be0d-15e7541c6ad7" // of sandbox.DefaultUsers
	trustapBuyer  = "feb33a87-3917-4538-9260-127c8a6b5232"
	marketBack    = "https://market.example.com/payouts?tab=1"
	marketAgain   = "https://market.example.com/again"
)

// logins is a real server with Trustap's emulator behind it, whose login server is the emulator's.
type logins struct {
	t        *testing.T
	url, key string
	box      *sandboxtest.Server
	server   interface{ out() string }
	asked    int
}

func openLogins(t *testing.T, database string) *logins {
	t.Helper()
	address := freeAddress(t)
	l := &logins{t: t, url: "http://" + address, key: "hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)}
	l.box = sandboxtest.Start(t, sandbox.Config{Follow: true, SharedWorld: true})
	if err := l.box.Sandbox.SetWebhookEndpoint(l.url+"/gateways/trustap/webhooks", "trustap", "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	l.server = start(t, []string{
		"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + l.key,
		"HANDSEL_TRUSTAP_URL=" + l.box.URL + "/api/v1", "HANDSEL_TRUSTAP_API_KEY=" + l.box.APIKey, "HANDSEL_TRUSTAP_ACTIONS_URL=" + l.box.URL,
		"HANDSEL_TRUSTAP_WEBHOOK_PASSWORD=0123456789abcdef", "HANDSEL_TRUSTAP_CLIENT_ID=sandbox", "HANDSEL_TRUSTAP_CLIENT_SECRET=client-secret-of-the-shop",
		"HANDSEL_TRUSTAP_LOGIN_URL=" + l.url + "/logins/trustap", "HANDSEL_TRUSTAP_ISSUER=" + l.box.URL + "/auth/realms/trustap-stage",
	}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", l.url+"/readyz", "", "", "", "").Status == 200 })
	for _, user := range []string{"bea", "sam", "eve"} {
		l.do("PUT", "/v1/users/"+user, profile(user), 0)
	}
	return l
}

func (l *logins) do(method, path, body string, want int) answer {
	l.t.Helper()
	l.asked++
	got := call(l.t, method, l.url+path, l.key, "", fmt.Sprint("key ", l.asked), body)
	if want != 0 && got.Status != want || got.Status >= 500 {
		l.t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, want)
	}
	return got
}

// walk follows one link and tells where it leads, or what the page says.
func (l *logins) walk(address string) (status int, to *url.URL, page string) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(r)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	to, none := answer.Location()
	if err != nil || none != nil && !errors.Is(none, http.ErrNoLocation) {
		l.t.Fatal(err, none)
	}
	return answer.StatusCode, to, string(body)
}

var loginLink = regexp.MustCompile(`<a href="(\?[^"]+)">([^<]+)</a>`)

// begins leads a user of the marketplace to the login page, on which the link of a name is
// followed. It returns where the browser is sent back to.
func (l *logins) begins(user, name string) string {
	l.t.Helper()
	link := l.do("POST", "/v1/sellers/"+user+"/onboarding", `{"gateway":"trustap","return_url":"`+marketBack+`","refresh_url":"`+marketAgain+`"}`, 201).field(l.t, "url")
	status, _, page := l.walk(link)
	if status != 200 || !strings.HasPrefix(link, l.box.URL) {
		l.t.Fatalf("the login page %s: %d %s", link, status, page)
	}
	for _, found := range loginLink.FindAllStringSubmatch(page, -1) {
		if !strings.Contains(found[2], name) {
			continue
		}
		at, _, _ := strings.Cut(link, "?")
		_, back, _ := l.walk(at + html.UnescapeString(found[1]))
		return back.String()
	}
	l.t.Fatalf("the login page has no %s: %s", name, page)
	return ""
}

// linked is a login that ends at the marketplace.
func (l *logins) linked(back string) {
	l.t.Helper()
	if status, to, page := l.walk(back); status != http.StatusSeeOther || to.String() != marketBack {
		l.t.Fatalf("came back: %d %v %s", status, to, page)
	}
}

// refused is a login that ends on a page of ours, which says why.
func (l *logins) refused(what, back, reason string) {
	l.t.Helper()
	status, to, page := l.walk(back)
	if status != http.StatusConflict || to != nil || !strings.Contains(page, "<code>"+reason+"</code>") || strings.Contains(page, "<script") {
		l.t.Errorf("%s: %d %v %s, want %s", what, status, to, page, reason)
	}
}

// stands is what is told of a user at Trustap.
func (l *logins) stands(user string) string {
	l.t.Helper()
	body := string(l.do("GET", "/v1/sellers/"+user, "", 200).Body)
	_, at, _ := strings.Cut(body, `{"gateway":"trustap",`)
	at, _, _ = strings.Cut(at, `,"currencies"`)
	return at
}

func (l *logins) stand(when, user, want string) {
	l.t.Helper()
	if got := l.stands(user); got != want {
		l.t.Errorf("%s, %s: %s, want %s", when, user, got, want)
	}
}

func (l *logins) sell() (deal string, payment sandbox.Transaction) {
	l.t.Helper()
	deal = "/v1/transactions/" + l.do("POST", "/v1/transactions", newDeal, 201).field(l.t, "id")
	all := l.box.Sandbox.Transactions()
	return deal, all[len(all)-1]
}

// plays takes a deal from its payment to its end.
func (l *logins) plays(deal string, payment int64) {
	l.t.Helper()
	is := func(state string) {
		l.t.Helper()
		await(l.t, state, func() bool { return l.do("GET", deal, "", 200).field(l.t, "state") == state })
	}
	if _, err := l.box.Sandbox.Pay(payment, "success"); err != nil {
		l.t.Fatal(err)
	}
	is("paid")
	l.do("POST", deal+"/transitions", `{"transition":"track","input":{"carrier":"ups","tracking_code":"1Z"}}`, 200)
	for _, step := range []string{"confirm_delivery", "end_complaint_period"} {
		l.do("POST", deal+"/transitions", `{"transition":"`+step+`"}`, 200)
	}
	is("funds_released")
}

// got is what a user of Trustap has been paid.
func (l *logins) got(user string) string {
	l.t.Helper()
	return string(call(l.t, "GET", l.box.URL+"/api/v1/me/balances", l.box.APIKey, "", "", "", "Authorization", basic(l.box.APIKey), "Trustap-User", user).Body)
}

func basic(key string) string {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(key, "")
	return r.Header.Get("Authorization")
}

// A seller and a buyer log in on Trustap's page and trade as full users, by the real server. Deals
// that were open before go on between the guests that they were. Nothing is written into the
// database by hand, and no login links anything that it should not.
func TestTrustap_sellersInServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := openLogins(t, database)
			before, asGuests := l.sell()
			l.stand("a guest", "sam", `"status":"active","can_be_paid":true,"can_receive_payouts":true,"account_id":"`+asGuests.SellerID+`","due":[]`)

			l.refused("cancelled", l.begins("sam", "Cancel"), "login_refused")
			sams := l.begins("sam", "seller@example.com")
			code := func(back string) string {
				u, err := url.Parse(back)
				if err != nil {
					t.Fatal(err)
				}
				return u.Query().Get("code")
			}
			// The code of another login, in the callback of sam's: it was got for another state.
			eves, again := l.begins("eve", "buyer@example.com"), l.begins("sam", "seller@example.com")
			l.refused("another login's code", strings.Replace(again, code(again), code(eves), 1), "login_failed")
			l.refused("and once more", again, "login_over")
			l.refused("a made-up state", l.url+"/logins/trustap?code=x&state=made_up", "login_over")
			if status, _, page := l.walk(strings.Replace(sams, "/logins/trustap", "/logins/stripe", 1)); status != 400 || !strings.Contains(page, "gateway_not_configured") {
				t.Errorf("another gateway: %d %s", status, page)
			}
			l.stand("nothing linked", "sam", `"status":"active","can_be_paid":true,"can_receive_payouts":true,"account_id":"`+asGuests.SellerID+`","due":[]`)

			l.linked(sams + "&return_url=https://evil.example.com&to=https://evil.example.com")
			l.refused("a replay", sams, "login_over")
			const due = `"status":"restricted","can_be_paid":true,"can_receive_payouts":false,"account_id":"` + trustapSeller + `","due":[{"what":"payout_details","by":null}]`
			l.stand("linked", "sam", due)
			l.refused("sam's account", l.begins("bea", "seller@example.com"), "account_taken")
			mixed, oneFull := l.sell()
			l.linked(l.begins("bea", "buyer@example.com"))
			both, bothFull := l.sell()
			if got, want := []string{asGuests.SellerID[:2], oneFull.BuyerID, oneFull.SellerID, bothFull.BuyerID, bothFull.SellerID}, []string{"1-", asGuests.BuyerID, trustapSeller, trustapBuyer, trustapSeller}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("payments are between %q, want %q", got, want)
			}
			l.conditions(due)
			l.do("DELETE", "/v1/sellers/sam/accounts/trustap", "", 204)
			if refused := l.do("PUT", "/v1/sellers/sam/accounts/trustap", `{"account_id":"`+trustapSeller+`"}`, 409); refused.field(t, "code") != "no_onboarding" {
				t.Errorf("staff links: %s", refused.Body)
			}
			for deal, payment := range map[string]int64{before: asGuests.ID, mixed: oneFull.ID, both: bothFull.ID} {
				l.plays(deal, payment)
			}
			if guest, full := l.got(asGuests.SellerID), l.got(trustapSeller); !strings.Contains(guest, `"amount":5000`) || !strings.Contains(full, `"amount":10000`) {
				t.Errorf("sam has %s as a guest and %s as a full user", guest, full)
			}
			if log := string(l.do("GET", "/v1/operator/audit?object=user:sam", "", 200).Body); strings.Count(log, `"actor":"user:sam","act":"seller.link"`) != 2 || strings.Count(log, `"act":"seller.unlink"`) != 1 {
				t.Errorf("the audit log: %s", log)
			}
			for _, secret := range []string{"client-secret-of-the-shop", code(sams), "state="} {
				if strings.Contains(l.server.out(), secret) {
					t.Errorf("the log has %s", secret)
				}
			}
		})
	}
}

// conditions are what Trustap asks of sam, told as what it is.
func (l *logins) conditions(due string) {
	l.t.Helper()
	refused := func(when, code string) {
		l.t.Helper()
		if a := l.do("POST", "/v1/transactions", newDeal, 409); a.field(l.t, "code") != code {
			l.t.Errorf("%s: %s, want %s", when, a.Body, code)
		}
	}
	change := func(u sandbox.User) {
		l.t.Helper()
		u.ID = trustapSeller
		if err := l.box.Sandbox.ChangeUser(u); err != nil {
			l.t.Fatal(err)
		}
	}
	const waits = `"status":"pending","can_be_paid":false,"can_receive_payouts":false,"account_id":"` + trustapSeller + `","due":[{"what":"%s","by":null}]`
	change(sandbox.User{Unfinished: true})
	l.stand("unfinished", "sam", fmt.Sprintf(waits, "account"))
	refused("unfinished", "account_not_finished")
	change(sandbox.User{NoConsent: true})
	l.stand("no consent", "sam", fmt.Sprintf(waits, "consent"))
	refused("no consent", "consent_missing")
	l.linked(l.begins("sam", "seller@example.com"))
	l.stand("agreed again", "sam", due)
	bank := call(l.t, "POST", l.box.URL+"/api/v1/me/debit_account", "", "", "", `{"type":"bank_token","bank_token":"tok"}`, "Authorization", basic(l.box.APIKey), "Trustap-User", trustapSeller)
	if bank.Status != 200 {
		l.t.Fatalf("the bank: %d %s", bank.Status, bank.Body)
	}
	l.stand("complete", "sam", `"status":"active","can_be_paid":true,"can_receive_payouts":true,"account_id":"`+trustapSeller+`","due":[]`)
}
