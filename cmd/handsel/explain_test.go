package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
)

// Amounts of an asset are said in whole units, as those of a currency are; in JSON they stay minor units, with the decimals.
func TestExplain_assets(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address})
		environ := []string{"HANDSEL_URL=" + w.URL, "HANDSEL_API_KEY=" + w.Key}
		if r := w.Call("POST", "/v1/balances/sam/deposits", `{"amount":20000000,"currency":"USDT"}`, "Idempotency-Key", "1"); r.Status != 201 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		in := testkit.Deal()
		in.Process, in.Gateway, in.UnitPrice = "p2p_order", "balance", money.New(10_500_000, "USDT")
		if _, err := w.Engine.Create(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		var list struct{ Items []struct{ ID string } }
		w.Call("GET", "/v1/transactions?limit=1", "").JSON(t, &list)
		got := runs(t, environ, "explain", list.Items[0].ID)
		for _, want := range []string{"the frozen 10.500000 USDT go back to sam", "money   balance of sam         -10.500000 USDT", "escrow → payer 10.500000 USDT"} {
			if !strings.Contains(got.out, want) || strings.Contains(got.out, "10500000") {
				t.Errorf("does not say %q:\n%s%s", want, got.out, got.errOut)
			}
		}
		var x explanation
		if got := runs(t, environ, "explain", list.Items[0].ID, "--json"); json.Unmarshal([]byte(got.out), &x) != nil || len(x.Money) == 0 || max(x.Money[0].Amount, -x.Money[0].Amount) != 10_500_000 || x.Money[0].Decimals != 6 {
			t.Errorf("%+v: %s", x.Money, got.out)
		}
	})
}

// handsel explain says what the API says: the sentence first, then the money and what can be done.
func TestExplain(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address})
		environ := []string{"HANDSEL_URL=" + w.URL, "HANDSEL_API_KEY=" + w.Key}
		const deal = `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`
		var opened struct{ ID string }
		if r := w.Call("POST", "/v1/transactions", deal, "Idempotency-Key", "1"); r.Status != 201 || json.Unmarshal(r.Body, &opened) != nil {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
		const sentence = "bea (the buyer) has to pay 51.90 EUR on the gateway's page by "
		if got := runs(t, environ, "explain", opened.ID, "--as=eve"); got.code != exitFailed || !strings.Contains(got.errOut, "transaction_not_found") {
			t.Errorf("a stranger: %+v", got)
		}
		got := runs(t, environ, "explain", opened.ID, "--as=bea")
		for _, want := range []string{sentence, "payment_window", "option  cancel", "refused: not_gateway"} {
			if !strings.Contains(got.out, want) {
				t.Errorf("does not say %q:\n%s%s", want, got.out, got.errOut)
			}
		}
		if !strings.HasPrefix(got.out, sentence) {
			t.Errorf("begins with %s", got.out)
		}
		var x explanation
		if got := runs(t, environ, "explain", opened.ID, "--json"); json.Unmarshal([]byte(got.out), &x) != nil {
			t.Fatalf("%+v", got)
		}
		if !strings.HasPrefix(x.Summary, sentence) || x.WaitingFor.Role != "buyer" || x.NextTimer.Name != "payment_window" || x.Transaction.ID != opened.ID {
			t.Errorf("%+v", x)
		}
	})
}
