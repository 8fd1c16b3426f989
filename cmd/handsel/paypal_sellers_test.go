package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// A seller whom nobody knows agrees on PayPal's page and is paid by the real server. Who takes the consent back is the payee of
// no new deal. Nothing is written into the database by hand.
func TestPayPal_sellersInServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := freeAddress(t)
			url, key := "http://"+address, "hsk_test_00000000000000aa_"+strings.Repeat("ab", 32)
			till, there := testport.Stand(t, func(at string) (*paypal.Emulator, error) {
				return paypal.New(paypal.Config{
					PublicURL: at, WebhookURL: url + "/gateways/paypal/webhooks", WebhookID: "WH-SHOP", Clients: []paypal.Client{{ID: "shop", Secret: "shop-secret"}},
				})
			})
			start(t, []string{
				"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + key,
				"HANDSEL_PAYPAL_URL=" + there, "HANDSEL_PAYPAL_CLIENT_ID=shop", "HANDSEL_PAYPAL_SECRET=shop-secret", "HANDSEL_PAYPAL_WEBHOOK_ID=WH-SHOP",
				"HANDSEL_PAYPAL_RETURN_URL=https://shop.example.com/back", "HANDSEL_PAYPAL_PARTNER_ID=PARTNER222222",
			}, "serve")
			await(t, "the server", func() bool { return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200 })
			asked := 0
			do := func(method, path, body string, want int) answer {
				t.Helper()
				asked++
				got := call(t, method, url+path, key, "", fmt.Sprint("key ", asked), body)
				if got.Status != want {
					t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, want)
				}
				return got
			}
			stands := func(when, want string) {
				t.Helper()
				if got := do("GET", "/v1/sellers/sam", "", 200); !strings.Contains(string(got.Body), `{"gateway":"paypal","status":"`+want+`"`) {
					t.Errorf("%s: %s, want %s", when, got.Body, want)
				}
			}
			const sale = `{"process":"preauthorize","gateway":"paypal","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`
			refused := func(when string) {
				t.Helper()
				if code := do("POST", "/v1/transactions", sale, 409).field(t, "code"); code != "payee_not_ready" {
					t.Errorf("%s: %s", when, code)
				}
			}
			stands("before", "missing")
			refused("before")
			made := do("POST", "/v1/sellers/sam/onboarding", `{"gateway":"paypal","return_url":"https://shop.example.com/payouts"}`, http.StatusCreated)
			if !strings.Contains(string(made.Body), `"expires_at":null`) {
				t.Errorf("the link: %s", made.Body)
			}
			stands("led there", "pending")
			refused("led there")
			leave := func(how string) (merchant string) {
				t.Helper()
				got := call(t, "POST", made.field(t, "url"), "", "", "", `{"card":"`+how+`"}`)
				if got.Status != 200 {
					t.Fatalf("the page: %d %s", got.Status, got.Body)
				}
				return got.field(t, "merchant_id")
			}
			leave("unconfirmed")
			stands("unconfirmed", "restricted")
			refused("unconfirmed")
			merchant := leave("success")
			stands("agreed", "active")
			deal := "/v1/transactions/" + do("POST", "/v1/transactions", sale, 201).field(t, "id")
			if got := call(t, "POST", do("GET", deal, "", 200).field(t, "redirect_url"), "", "", "", `{"card":"success"}`); got.Status != 200 {
				t.Fatalf("the page to pay on: %d %s", got.Status, got.Body)
			}
			await(t, "the money", func() bool { return do("GET", deal, "", 200).field(t, "state") == "preauthorized" })
			do("POST", deal+"/transitions", `{"transition":"complete_preauthorization"}`, 200)
			do("POST", deal+"/transitions", `{"transition":"complete"}`, 200)
			await(t, "the payout", func() bool { return do("GET", deal, "", 200).field(t, "state") == "confirmed" })
			if paid := string(do("GET", "/v1/sellers/sam", "", 200).Body); !strings.Contains(paid, `"account_id":"`+merchant+`"`) {
				t.Errorf("sam's account is %s, want %s", paid, merchant)
			}
			if got := call(t, "POST", there+"/_sandbox/sellers/"+merchant, "shop", "", "", `{"payments_receivable":true,"primary_email_confirmed":true}`); got.Status != 200 {
				t.Fatalf("the consent: %d %s", got.Status, got.Body)
			}
			stands("taken back", "pending")
			refused("taken back")
			if err := till.WaitDelivered(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, d := range till.Deliveries() {
				if d.State != paypal.DeliveryDelivered {
					t.Errorf("%s is %s: %d %s", d.Type, d.State, d.StatusCode, d.Error)
				}
			}
		})
	}
}
