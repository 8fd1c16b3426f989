package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// The real server with PayPal's emulator behind it: a seller is linked, a buyer approves on the page, the author accepts, and the
// seller is paid. Nothing is written into the database by hand.
func TestPayPal_inServe(t *testing.T) {
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
				"HANDSEL_PAYPAL_RETURN_URL=https://shop.example.com/back",
			}, "serve")
			await(t, "the server", func() bool { return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200 })
			asked := 0
			do := func(method, path, actor, body string, want int) answer {
				t.Helper()
				asked++
				got := call(t, method, url+path, key, actor, fmt.Sprint("key ", asked), body)
				if got.Status != want {
					t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, want)
				}
				return got
			}
			const sale = `{"process":"preauthorize","gateway":"paypal","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"%s"}}`
			if code := do("POST", "/v1/transactions", "", fmt.Sprintf(sale, "EUR"), 409).field(t, "code"); code != "payee_not_ready" {
				t.Errorf("a seller without an account: %s", code)
			}
			if a := do("PUT", "/v1/sellers/sam/accounts/paypal", "", `{"account_id":"sam"}`, 400); a.field(t, "code") != "unknown_account" {
				t.Errorf("no account: %s", a.Body)
			}
			do("PUT", "/v1/sellers/sam/accounts/paypal", "", `{"account_id":"sam@example.com"}`, 200)
			if a := do("POST", "/v1/transactions", "", fmt.Sprintf(sale, "RUB"), 400); a.field(t, "code") != "amount_not_supported" {
				t.Errorf("roubles: %s", a.Body)
			}
			made := do("POST", "/v1/transactions", "", fmt.Sprintf(sale, "EUR"), 201)
			deal := "/v1/transactions/" + made.field(t, "id")
			if got := call(t, "POST", made.field(t, "redirect_url"), "", "", "", `{"card":"success"}`); got.Status != 200 {
				t.Fatalf("the page: %d %s", got.Status, got.Body)
			}
			state := func(want string) {
				t.Helper()
				await(t, want, func() bool { return do("GET", deal, "", "", 200).field(t, "state") == want })
			}
			state("preauthorized")
			do("POST", deal+"/transitions", "sam", `{"transition":"complete_preauthorization"}`, 200)
			state("paid")
			do("POST", deal+"/transitions", "bea", `{"transition":"complete"}`, 200)
			state("confirmed")
			var did []string
			for _, e := range till.Effects() {
				did = append(did, fmt.Sprint(e.Operation, " ", e.Amount))
			}
			if diff := cmp.Diff([]string{"open 5000", "authorize 5000", "capture 5000", "payout 5000"}, did); diff != "" {
				t.Errorf("at PayPal (-want +got):\n%s", diff)
			}
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
