package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/sandbox/paytrail"
)

// The real server with Paytrail's emulator behind it: a seller is linked, an invoice is paid on
// the page, and an operator gives the money back. Nothing is written into the database by hand.
func TestPaytrail_inServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			till, there := testport.Stand(t, func(at string) (*paytrail.Emulator, error) {
				return paytrail.New(paytrail.Config{PublicURL: at, SharedWorld: true})
			})
			address := freeAddress(t)
			url, key := "http://"+address, "hsk_test_00000000000000aa_"+strings.Repeat("ab", 32)
			start(t, []string{
				"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + key,
				"HANDSEL_PAYTRAIL_URL=" + there, "HANDSEL_PAYTRAIL_MERCHANT_ID=695861", "HANDSEL_PAYTRAIL_SECRET=MONISAIPPUAKAUPPIAS",
				"HANDSEL_PAYTRAIL_CALLBACK_URL=" + url + "/gateways/paytrail/webhooks", "HANDSEL_PAYTRAIL_RETURN_URL=https://shop.example.com/back",
			}, "serve")
			await(t, "the server", func() bool { return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200 })
			asked := 0
			do := func(method, path, actor, body string, want int, header ...string) answer {
				t.Helper()
				asked++
				got := call(t, method, url+path, key, actor, fmt.Sprint("key ", asked), body, header...)
				if got.Status != want {
					t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, want)
				}
				return got
			}
			const sale = `{"process":"postpay","gateway":"checkout","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"%s"}}`
			if code := do("POST", "/v1/transactions", "", fmt.Sprintf(sale, "EUR"), 409).field(t, "code"); code != "payee_not_ready" {
				t.Errorf("a seller without a merchant: %s", code)
			}
			if a := do("PUT", "/v1/sellers/sam/accounts/paytrail", "", `{"account_id":"695861"}`, 400); a.field(t, "code") != "unknown_account" {
				t.Errorf("the aggregate itself: %s", a.Body)
			}
			do("PUT", "/v1/sellers/sam/accounts/paytrail", "", `{"account_id":"695874"}`, 200)
			if a := do("POST", "/v1/transactions", "", fmt.Sprintf(sale, "USD"), 400); a.field(t, "code") != "amount_not_supported" || !strings.Contains(string(a.Body), "use one of [EUR]") {
				t.Errorf("dollars: %s", a.Body)
			}
			deal := "/v1/transactions/" + do("POST", "/v1/transactions", "", fmt.Sprintf(sale, "EUR"), 201).field(t, "id")
			if a := do("POST", deal+"/transitions", "sam", `{"transition":"invoice","input":{"total_sum":"99999999"}}`, 400); a.field(t, "code") != "amount_not_supported" || !strings.Contains(string(a.Body), "from 1 to 99999998 cents") {
				t.Errorf("too much: %s", a.Body)
			}
			do("POST", deal+"/transitions", "sam", `{"transition":"invoice","input":{"total_sum":"7000"}}`, 200)
			if a := do("POST", deal+"/transitions", "bea", `{"transition":"pay_invoice"}`, 409); a.field(t, "code") != "profile_missing" {
				t.Errorf("a buyer without an address: %s", a.Body)
			}
			do("PUT", "/v1/users/bea", "", `{"email":"bea@example.com","first_name":"Bea","last_name":"B","country_code":"FI","terms_accepted_at":"2026-01-01T00:00:00Z","terms_ip":"192.0.2.1"}`, 200)
			page := do("POST", deal+"/transitions", "bea", `{"transition":"pay_invoice"}`, 200).field(t, "redirect_url")
			if got := call(t, "POST", page, "", "", "", `{"card":"success"}`); got.Status != 200 {
				t.Fatalf("the page: %d %s", got.Status, got.Body)
			}
			state := func(want string) {
				t.Helper()
				await(t, want, func() bool { return do("GET", deal, "", "", 200).field(t, "state") == want })
			}
			state("paid")
			do("POST", deal+"/transitions", "bea", `{"transition":"cancel"}`, 200)
			do("POST", deal+"/transitions", "", `{"transition":"refund","input":{"reason":"agreed"}}`, 200, "Handsel-Operator", "olga")
			state("refunded")
			var back int64
			for _, e := range till.Effects() {
				if e.Operation == "refund" {
					back += e.Amount
				}
			}
			if back != 7000 {
				t.Errorf("%d went back", back)
			}
		})
	}
}
