package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// What came with a profile is there in it and in all later ones, and in none before.
func TestProfiles(t *testing.T) {
	t.Parallel()
	since := func(first string) map[string]bool {
		all := map[string]bool{}
		for _, p := range sandbox.Profiles() {
			all[p] = slices.Index(sandbox.Profiles(), p) >= slices.Index(sandbox.Profiles(), first)
		}
		return all
	}
	for _, profile := range sandbox.Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			february, july := since(sandbox.Profile202602)[profile], since(sandbox.Profile202607)[profile]
			x := newTester(t, sandbox.Config{Profile: profile})
			has := func(what, body, member string, want bool) {
				t.Helper()
				if got := strings.Contains(body, `"`+member+`"`); got != want {
					t.Errorf("%s: member %s: %t, want %t\n%s", what, member, got, want, body)
				}
			}
			for _, model := range []string{"", "/p2p"} {
				quote := string(x.api("GET", model+"/charge?price=1234&currency=eur", "", "").body)
				has("a quote", quote, "charge_buyer_client", february)
				has("a quote", quote, "price", profile != sandbox.ProfileSeed)
				has("a quote", quote, "price_extra", july && model != "")
			}
			same(t, "czech crowns face to face", x.api("GET", "/p2p/charge?price=1234&currency=czk", "", "").status == 200, july)
			same(t, "czech crowns online", x.api("GET", "/charge?price=1234&currency=czk", "", "").code(), "unsupported_currency")
			nameless := x.api("POST", "/guest_users", "", `{"email":"a@example.com","country_code":"IE",`+terms2030+`}`)
			same(t, "a guest without a name", nameless.status == 201, july)

			online := string(x.api("GET", fmt.Sprintf("/transactions/%d", x.at("joined")), x.seller, "").body)
			has("an online transaction", online, "charge_buyer_client", february)
			tx := x.openF2F(`,"skip_remainder":true`)
			one := fmt.Sprintf("/p2p/transactions/%d", tx.ID)
			same(t, "told of joined transactions", slices.Contains(x.events(), "p2p_tx.joined") && slices.Contains(x.events(), "basic_tx.joined"), !july)
			x.ok(200, "POST", one+"/metadata", x.seller, `{"order":"7"}`, nil)
			f2f := string(x.api("GET", one, x.seller, "").body)
			has("a face-to-face transaction", f2f, "charge_seller_client", february)
			for _, member := range []string{"price_extra", "charge_buyer_service", "charge_seller_service", "extra_processing_charge", "metadata"} {
				has("a face-to-face transaction", f2f, member, july)
			}
			must(t, payDeposit(x, tx.ID))
			x.ok(200, "POST", one+"/accept_deposit", x.seller, "", nil)
			must(t, x.Sandbox.Advance(0))
			same(t, "no such category", x.api("POST", one+"/complain", x.buyer, `{"description":"late","category":"colour"}`).code(), "malformed_json")
			complained := string(x.api("POST", one+"/complain", x.buyer, `{"description":"late"}`).body)
			has("a complaint", complained, "category", july)
			accepted := string(x.api("POST", one+"/accept_complaint", x.seller, "").body)
			has("an accepted complaint", accepted, "accepted", july)
		})
	}
	if _, err := sandbox.New(sandbox.Config{Profile: "2019-01"}); err == nil || !strings.Contains(err.Error(), "use one of seed, 2026-01") {
		t.Errorf("a profile that is none: %v", err)
	}
	s, err := sandbox.New(sandbox.Config{})
	must(t, err)
	same(t, "the usual", s.Settings().Profile, sandbox.Profile202607)
}

func payDeposit(x *tester, id int64) error {
	_, err := x.Sandbox.PayDeposit(id, "success")
	return err
}

// What the buyer pays beside the price is quoted, charged, and given back.
func TestPriceExtra(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Profile: sandbox.Profile202607})
	var quote sandbox.Charge
	x.ok(200, "GET", "/p2p/charge?price=1234&price_extra=500&currency=eur", "", "", &quote)
	same(t, "the quote", []int64{quote.Price, *quote.PriceExtra, quote.Charge}, []int64{1234, 500, 78})
	same(t, "below zero", x.api("GET", "/p2p/charge?price=1234&price_extra=-1&currency=eur", "", "").code(), "negative_price")
	same(t, "no number", x.api("GET", "/p2p/charge?price=1234&price_extra=x&currency=eur", "", "").code(), "invalid_price")
	tx := x.openF2F(`,"deposit_price_extra":500,"deposit_payment_method":"bank_transfer","deposit_charge":13`)
	same(t, "shown", *tx.DepositPricing.PriceExtra, int64(500))
	var details struct {
		Stripe struct{ Amount int64 }
		Amount int64
	}
	must(t, json.Unmarshal(x.api("GET", fmt.Sprintf("/p2p/transactions/%d/bank_transfer_details", tx.ID), x.buyer, "").body, &details))
	same(t, "what is due", details.Stripe.Amount+details.Amount, int64(1234+500+13))
	must(t, payDeposit(x, tx.ID))
	x.ok(200, "POST", fmt.Sprintf("/p2p/transactions/%d/cancel_with_description", tx.ID), x.buyer, `{"description":"changed my mind"}`, nil)
	must(t, x.Sandbox.Advance(0))
	var back sandbox.F2FTransaction
	x.ok(200, "GET", fmt.Sprintf("/p2p/transactions/%d", tx.ID), x.seller, "", &back)
	same(t, "given back", *back.AmountRefunded, int64(1734))
}
