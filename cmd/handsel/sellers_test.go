package main

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// shop is a real server with Stripe's emulator behind it, into whose database nobody writes.
type shop struct {
	t              *testing.T
	url, till, key string
	asked          int
}

func openShop(t *testing.T, database string) *shop {
	t.Helper()
	address := freeAddress(t)
	s := &shop{t: t, url: "http://" + address, key: "hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)}
	s.till = emulated(t, s.url+"/gateways/stripe/webhooks")
	start(t, []string{
		"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + s.key,
		"HANDSEL_STRIPE_URL=" + s.till, "HANDSEL_STRIPE_SECRET_KEY=sk_test_0123456789", "HANDSEL_STRIPE_WEBHOOK_SECRET=whsec_0123456789abcdef",
	}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", s.url+"/readyz", "", "", "", "").Status == 200 })
	return s
}

func (s *shop) do(method, path, body string, want int) answer {
	s.t.Helper()
	s.asked++
	got := call(s.t, method, s.url+path, s.key, "", fmt.Sprint("key ", s.asked), body)
	if got.Status != want {
		s.t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, want)
	}
	return got
}

// sell opens a deal that sam is paid for, which is allowed or refused.
func (s *shop) sell(want int) answer {
	s.t.Helper()
	return s.do("POST", "/v1/transactions", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},
		"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`, want)
}

// stands tells how sam stands at Stripe.
func (s *shop) stands() string {
	s.t.Helper()
	for _, status := range []string{"missing", "pending", "active", "restricted", "rejected", "unknown"} {
		if strings.Contains(string(s.do("GET", "/v1/sellers/sam", "", 200).Body), `{"gateway":"stripe","status":"`+status+`"`) {
			return status
		}
	}
	return ""
}

// A seller whom nobody knows is set up on Stripe's page and paid by the real server: nothing
// is written into its database by hand.
func TestM14_sellersInServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, database)
			refused := func(when string) {
				t.Helper()
				if code := s.sell(409).field(t, "code"); code != "payee_not_ready" {
					t.Errorf("%s: %s", when, code)
				}
			}
			refused("before")
			if at := s.stands(); at != "missing" {
				t.Errorf("before: %s", at)
			}
			for body, code := range map[string]string{
				`{"gateway":"balance","return_url":"https://m.example"}`: "no_onboarding", `{"gateway":"trustap","return_url":"https://m.example"}`: "gateway_not_configured",
				`{"gateway":"stripe","return_url":"javascript:alert(1)"}`: "invalid_url", `{"gateway":"gold","return_url":"https://m.example"}`: "unknown_gateway",
			} {
				if got := call(t, "POST", s.url+"/v1/sellers/sam/onboarding", s.key, "", "", body); got.Status < 400 || got.field(t, "code") != code {
					t.Errorf("%s: %d %s, want %s", body, got.Status, got.Body, code)
				}
			}
			link := func() string {
				t.Helper()
				made := s.do("POST", "/v1/sellers/sam/onboarding", `{"gateway":"stripe","return_url":"https://market.example.com/payouts"}`, 201).field(t, "url")
				page, err := url.Parse(made)
				if err != nil || !strings.HasPrefix(made, s.till+"/setup/acct_") {
					t.Fatalf("the link is %s (%v)", made, err)
				}
				return page.Path
			}
			first, second := link(), link()
			if account := strings.Split(first, "/")[2]; account != strings.Split(second, "/")[2] {
				t.Error("a second link opened a second account")
			}
			refused("not set up")
			if at := s.stands(); at != "pending" {
				t.Errorf("not set up: %s", at)
			}
			if got := call(t, "POST", s.till+second, "", "", "", `{"card":"success"}`); got.Status != 200 {
				t.Fatalf("the page: %d %s", got.Status, got.Body)
			}
			if at := s.stands(); at != "active" {
				t.Errorf("set up: %s", at)
			}
			account := s.paid()
			if got := call(t, "POST", s.till+"/_sandbox/accounts/"+account, "", "", "", `{"enabled":false}`); got.Status != 200 {
				t.Fatalf("restrict: %d %s", got.Status, got.Body)
			}
			if at := s.stands(); at != "restricted" {
				t.Errorf("restricted: %s", at)
			}
			// Stripe's event ends what was remembered of the account.
			await(t, "the refusal", func() bool {
				s.asked++
				got := call(t, "POST", s.url+"/v1/transactions", s.key, "", fmt.Sprint("again ", s.asked), `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)
				return got.Status == 409
			})
			s.relink()
		})
	}
}

// paid plays a deal to its end and finds the money at the seller's account.
func (s *shop) paid() (account string) {
	s.t.Helper()
	deal := "/v1/transactions/" + s.sell(201).field(s.t, "id")
	s.do("POST", deal+"/transitions", `{"transition":"complete_preauthorization"}`, 200)
	s.do("POST", deal+"/transitions", `{"transition":"complete"}`, 200)
	r := call(s.t, "GET", s.till+"/v1/transfers", "sk_test_0123456789", "", "", "")
	_, rest, _ := strings.Cut(string(r.Body), `"destination": "`)
	account, _, _ = strings.Cut(rest, `"`)
	if r.Status != 200 || !strings.HasPrefix(account, "acct_") {
		s.t.Fatalf("transfers: %d %s", r.Status, r.Body)
	}
	return account
}

// relink gives sam an account that there is already, and takes it away.
func (s *shop) relink() {
	s.t.Helper()
	const at = "/v1/sellers/sam/accounts/stripe"
	if got := call(s.t, "PUT", s.url+at, s.key, "", "", `{"account_id":"acct_nobody"}`); got.Status != 400 || got.field(s.t, "code") != "unknown_account" {
		s.t.Errorf("unknown account: %d %s", got.Status, got.Body)
	}
	if linked := s.do("PUT", at, `{"account_id":"acct_sam"}`, 200); !strings.Contains(string(linked.Body), `"account_id":"acct_sam"`) {
		s.t.Errorf("linked: %s", linked.Body)
	}
	if account := s.paid(); account != "acct_sam" {
		s.t.Errorf("paid to %s", account)
	}
	deal := "/v1/transactions/" + s.sell(201).field(s.t, "id") + "/transitions"
	s.do("POST", deal, `{"transition":"complete_preauthorization"}`, 200)
	s.do("DELETE", at, "", 204)
	s.do("DELETE", at, "", 404)
	if refused := s.do("POST", deal, `{"transition":"complete"}`, 409); !strings.Contains(string(refused.Body), "the money waits; link one") {
		s.t.Errorf("released without an account: %s", refused.Body)
	}
	s.do("PUT", at, `{"account_id":"acct_sam"}`, 200)
	s.do("POST", deal, `{"transition":"complete"}`, 200)
	s.do("DELETE", at, "", 204)
	if at := s.stands(); at != "missing" {
		s.t.Errorf("taken away: %s", at)
	}
	log := string(s.do("GET", "/v1/operator/audit?object=user:sam", "", 200).Body)
	if strings.Count(log, `"act":"seller.link"`) != 2 || strings.Count(log, `"act":"seller.unlink"`) != 2 {
		s.t.Errorf("the audit log: %s", log)
	}
}
