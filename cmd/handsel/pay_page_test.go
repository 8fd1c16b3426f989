package main

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// emulated is an emulator of Stripe on a port, with an account that can be paid.
func emulated(t *testing.T, webhooks string) string {
	t.Helper()
	_, url := testport.Stand(t, func(url string) (*stripe.Emulator, error) {
		return stripe.New(stripe.Config{PublicURL: url, WebhookURL: webhooks, WebhookSecret: "whsec_0123456789abcdef", Accounts: []string{"acct_sam"}})
	})
	return url
}

// A buyer without a token pays on a page of the real server, with what a browser does
// there.
func TestH18_payInServe(t *testing.T) {
	t.Parallel()
	databases := map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)}
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, err := sqlstore.Open(t.Context(), database, sqlstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			added := store.AddCommunity(t.Context(), 1, "Market", commandBy("test"))
			_, saved := store.SaveAccount(t.Context(), 1, "sam", "stripe", "acct_sam")
			if err := errors.Join(added, saved, store.Close()); err != nil {
				t.Fatal(err)
			}
			address := freeAddress(t)
			url := "http://" + address
			till := emulated(t, url+"/gateways/stripe/webhooks")
			key := "hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)
			start(t, []string{
				"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + key,
				"HANDSEL_STRIPE_URL=" + till, "HANDSEL_STRIPE_SECRET_KEY=sk_test_0123456789", "HANDSEL_STRIPE_WEBHOOK_SECRET=whsec_0123456789abcdef",
				"HANDSEL_STRIPE_PUBLISHABLE_KEY=pk_test_0123456789", "HANDSEL_PUBLIC_URL=" + url, "HANDSEL_STRIPE_RETURN_URL=https://market.example.com/back",
			}, "serve")
			await(t, "the server", func() bool { return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200 })
			made := call(t, "POST", url+"/v1/transactions", key, "", "deal", `{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)
			if made.Status != 201 {
				t.Fatalf("create: %d %s", made.Status, made.Body)
			}
			address, secret, _ := strings.Cut(made.field(t, "redirect_url"), "#")
			payment := strings.TrimPrefix(address, url+"/pay/")
			page := call(t, "GET", address, "", "", "", "")
			for _, part := range []string{`data-key="pk_test_0123456789"`, `data-payment="` + payment + `"`, `<script src="` + till + `/v3/"`, "https://market.example.com/back"} {
				if page.Status != 200 || !strings.Contains(string(page.Body), part) {
					t.Errorf("the page (%d) lacks %s:\n%s", page.Status, part, page.Body)
				}
			}
			if strings.Contains(string(page.Body), secret) || strings.Contains(string(page.Body), "card_number") {
				t.Errorf("the page knows too much:\n%s", page.Body)
			}
			if script := call(t, "GET", till+"/v3/", "", "", "", ""); !bytes.Contains(script.Body, []byte("confirmPayment")) {
				t.Errorf("no script: %d %s", script.Status, script.Body)
			}
			confirm := till + "/v3/payment_intents/" + payment + "/confirm"
			body := `{"key":"pk_test_0123456789","client_secret":%q,"card":%q,"return_url":"` + address + `"}`
			for _, tc := range []struct {
				secret, card string
				status       int
			}{{"guessed", "success", 404}, {secret, "insufficient_funds", 402}, {secret, "success", 200}} {
				if got := call(t, "POST", confirm, "", "", "", fmt.Sprintf(body, tc.secret, tc.card)); got.Status != tc.status {
					t.Errorf("%s: %d %s, want %d", tc.card, got.Status, got.Body, tc.status)
				}
			}
			deal := url + "/v1/transactions/" + made.field(t, "id")
			await(t, "the payment", func() bool { return call(t, "GET", deal, key, "", "", "").field(t, "state") == "preauthorized" })
		})
	}
}
