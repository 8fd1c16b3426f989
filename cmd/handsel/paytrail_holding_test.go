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

// The real server at which a seller without a merchant at Paytrail can be paid by the marketplace: the money goes to its own
// merchant, the deal ends with a payout that is due, and who links a merchant later is paid by Paytrail from then on.
func TestPaytrail_holdingInServe(t *testing.T) {
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
				"HANDSEL_PAYTRAIL_HOLDING_MERCHANT_ID=695875",
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
			paid := func() (deal string) {
				t.Helper()
				card, err := till.SaveCard("success")
				if err != nil {
					t.Fatal(err)
				}
				deal = "/v1/transactions/" + do("POST", "/v1/transactions", "", sale("preauthorize", "paytrail", `,"input":{"payment_method":"`+card+`"}`), 201).field(t, "id")
				await(t, "preauthorized", func() bool { return do("GET", deal, "", "", 200).field(t, "state") == "preauthorized" })
				do("POST", deal+"/transitions", "sam", `{"transition":"complete_preauthorization"}`, 200)
				return deal
			}
			do("PUT", "/v1/users/bea", "", profile("bea"), 200)
			if a := do("GET", "/v1/sellers/sam", "", "", 200); !strings.Contains(string(a.Body), `"status":"missing","can_be_paid":true`) {
				t.Errorf("the seller: %s", a.Body)
			}
			if a := do("PUT", "/v1/sellers/sam/accounts/paytrail", "", `{"account_id":"695875"}`, 400); a.field(t, "code") != "unknown_account" {
				t.Errorf("the marketplace's own merchant as a seller's: %s", a.Body)
			}
			deal := paid()
			do("POST", deal+"/transitions", "bea", `{"transition":"complete"}`, 200)
			due := do("GET", "/v1/payouts?status=due", "", "", 200)
			if !strings.Contains(string(due.Body), `"paid_by":"marketplace"`) || !strings.Contains(string(due.Body), `5000`) {
				t.Fatalf("payouts that are due: %s", due.Body)
			}
			// What is due can be given back.
			do("POST", deal+"/transitions", "", `{"transition":"refund_after_payout","input":{"reason":"agreed"}}`, 200, "Handsel-Operator", "olga")
			await(t, "refunded", func() bool { return do("GET", deal, "", "", 200).field(t, "state") == "refunded" })

			deal = paid()
			do("PUT", "/v1/sellers/sam/accounts/paytrail", "", `{"account_id":"695874"}`, 200) // too late for this deal
			do("POST", deal+"/transitions", "bea", `{"transition":"complete"}`, 200)
			_, rest, _ := strings.Cut(string(do("GET", "/v1/payouts?status=due", "", "", 200).Body), `"id":"pyt_`)
			id, _, _ := strings.Cut(rest, `"`)
			do("POST", "/v1/payouts/pyt_"+id+"/settle", "", `{"reference":"RF18 5390 0754 7034","amount":5000,"reason":"paid at the bank"}`, 200, "Handsel-Operator", "olga")
			if a := do("GET", "/v1/payouts?status=due", "", "", 200); strings.Contains(string(a.Body), "pyt_") {
				t.Errorf("still due: %s", a.Body)
			}
			deal = paid()
			do("POST", deal+"/transitions", "bea", `{"transition":"complete"}`, 200)
			if a := do("GET", "/v1/sellers/sam/payouts", "", "", 200); !strings.Contains(string(a.Body), `"paid_by":"gateway"`) {
				t.Errorf("payouts: %s", a.Body)
			}
		})
	}
}
