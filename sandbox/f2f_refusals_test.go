package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// TestRefusedF2FActions has the codes of the calls on a face-to-face transaction, each with the situation that leads to it.
func TestRefusedF2FActions(t *testing.T) {
	t.Parallel()
	const token = `{"stripe_token":"tok_visa"}`
	tests := []struct{ action, situation, role, body, code string }{
		{"cancel", "cancelled", "seller", "", "already_cancelled"},
		{"cancel_with_description", "created", "seller", reasonBody, "second_party_not_joined"},
		{"cancel_with_description", "rejected", "seller", reasonBody, "already_cancelled"},
		{"cancel_with_description", "deposit refunded", "buyer", reasonBody, "already_cancelled"},
		{"cancel_with_description", "remainder paid", "buyer", reasonBody, "remainder_already_paid"},
		{"cancel_with_description", "remainder skipped", "buyer", reasonBody, "remainder_already_paid"},
		{"cancel_with_description", "seller confirmed", "buyer", reasonBody, "handover_already_confirmed"},
		{"cancel_with_description_with_guest_user", "joined", "buyer", ``, "missing_description"},
		{"cancel_with_description_with_guest_user", "joined", "buyer", `{"description":" "}`, "empty_description"},
		{"cancel_with_description_with_guest_user", "complained", "buyer", reasonBody, "handover_already_confirmed"},

		{"pay_deposit", "joined", "seller", token, "not_buyer"},
		{"pay_deposit", "deposit paid", "buyer", token, "deposit_already_paid"},
		{"pay_deposit", "cancelled", "buyer", token, "already_cancelled"},
		{"pay_deposit", "joined", "buyer", `{"stripe_charge_token":"tok_chargeDeclined"}`, "card_declined"},
		{"pay_deposit", "joined", "buyer", `{"stripe_token":"tok_chargeDeclinedExpiredCard"}`, "expired_card"},
		{"pay_deposit", "joined", "buyer", `{"stripe_token":"tok_chargeDeclinedIncorrectCvc"}`, "incorrect_cvc"},
		{"pay_deposit", "joined", "buyer", `{"stripe_token":"tok_chargeDeclinedInsufficientFunds"}`, "insufficient_funds"},
		{"pay_remainder", "deposit accepted", "buyer", token, "missing_pricing"},
		{"pay_remainder", "remainder paid", "buyer", token, "remainder_already_paid"},
		{"pay_remainder", "remainder skipped", "buyer", token, "remainder_already_skipped"},
		{"pay_remainder", "priced", "buyer", ``, "card_declined"},
		{"pay_remainder", "priced", "seller", token, "not_buyer"},

		{"accept_deposit", "joined", "seller", "", "deposit_not_paid"},
		{"accept_deposit", "deposit in review", "seller", "", "deposit_payment_in_review"},
		{"accept_deposit", "deposit accepted", "seller", "", "deposit_already_accepted"},
		{"accept_deposit", "deposit refunded", "seller", "", "already_cancelled"},
		{"accept_deposit", "deposit paid", "buyer", "", "not_seller"},
		{"skip_remainder", "joined", "seller", "", "deposit_not_paid"},
		{"skip_remainder", "deposit paid", "seller", "", "deposit_not_accepted"},
		{"skip_remainder", "priced", "seller", "", "price_already_set"},
		{"skip_remainder", "remainder skipped", "seller", "", "remainder_already_skipped"},
		{"skip_remainder", "deposit accepted", "buyer", "", "not_seller"},
		{"set_price", "deposit accepted", "seller", strings.Replace(priceBody, "eur", "gbp", 1), "currency_mismatch"},
		{"set_price", "deposit accepted", "seller", strings.Replace(priceBody, "5000", "1234", 1), "remainder_too_low"},
		{"set_price", "deposit accepted", "seller", strings.Replace(priceBody, "5000", "-1", 1), "negative_price"},
		{"set_price", "deposit accepted", "seller", strings.Replace(priceBody, "190", "78", 1), "incorrect_charge"},
		{"set_price", "deposit accepted", "seller", strings.Replace(priceBody, ":2", ":3", 1), "incorrect_calc_version"},
		{"set_price", "deposit accepted", "buyer", priceBody, "not_seller"},
		{"set_price", "remainder skipped", "seller", priceBody, "remainder_already_skipped"},
		{"set_price", "deposit paid", "seller", priceBody, "deposit_not_accepted"},
		{"set_price", "priced", "seller", priceBody, "price_already_set"},

		{"confirm_handover", "priced", "seller", "", "remainder_required"},
		{"confirm_handover", "remainder reviewed", "buyer", "", "remainder_payment_in_review"},
		{"confirm_handover", "seller confirmed", "seller", "", "seller_handover_already_confirmed"},
		{"confirm_handover", "both confirmed", "seller", "", "seller_handover_already_confirmed"},
		{"confirm_handover", "buyer confirmed", "buyer", "", "buyer_handover_already_confirmed"},
		{"confirm_handover", "complained", "buyer", "", "already_complained"},
		{"confirm_handover_with_guest_user", "cancelled", "buyer", "", "already_cancelled"},
		{"complain", "deposit accepted", "buyer", complaintBody, "remainder_required"},
		{"complain", "complained", "buyer", complaintBody, "already_complained"},
		{"complain", "complaint lost", "buyer", complaintBody, "funds_already_released"},
		{"complain", "ended by time", "buyer", complaintBody, "complaint_period_expired"},
		{"complain", "seller confirmed", "seller", complaintBody, "not_buyer"},
		{"complain_with_guest_buyer", "seller confirmed", "buyer", `{}`, "empty_complaint_description"},
		{"end_complaint_period", "remainder paid", "buyer", "", "handover_not_confirmed"},
		{"end_complaint_period", "complained", "buyer", "", "already_complained"},
		{"end_complaint_period_with_guest_buyer", "ended by time", "buyer", "", "complaint_period_expired"},
		{"end_complaint_period_with_guest_buyer", "complaint lost", "buyer", "", "funds_already_released"},
		{"accept_complaint", "joined", "seller", "", "deposit_not_paid"},
		{"accept_complaint", "deposit refunded", "seller", "", "deposit_already_refunded"},
		{"accept_complaint", "remainder paid", "seller", "", "not_complained"},
		{"accept_complaint", "complaint lost", "seller", "", "funds_already_released"},
		{"confirm_delivery", "remainder paid", "buyer", "", "tracking_not_added"},
	}
	for _, test := range tests {
		t.Run(test.action+" when "+test.situation+" is "+test.code, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{})
			id := x.f2fAt(test.situation)
			before, effects := x.f2f(id), len(x.Sandbox.Effects())
			user := map[string]string{"seller": x.seller, "buyer": x.buyer}[test.role]
			a := x.api("POST", fmt.Sprintf("/p2p/transactions/%d/%s", id, test.action), user, test.body)
			if a.code() != test.code || a.status != statusOf(test.code) {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, statusOf(test.code), test.code)
			}
			same(t, "transaction after the refusal", x.f2f(id), before)
			same(t, "effects after the refusal", len(x.Sandbox.Effects()), effects)
		})
	}
}

func TestGuestSellerIsRefusedWithAnotherStatus(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	for situation, code := range map[string]string{"joined": "deposit_not_paid", "deposit accepted": "deposit_already_accepted"} {
		a := x.api("POST", fmt.Sprintf("/p2p/transactions/%d/accept_deposit_with_guest_seller", x.f2fAt(situation)), x.seller, "")
		same(t, situation, []any{a.status, a.code()}, []any{403, code})
	}
}

func TestF2FSecrets(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	old := newTester(t, sandbox.Config{Profile: sandbox.ProfileSeed})
	secret := func(x *tester, situation, which, user string) string {
		a := x.api("GET", fmt.Sprintf("/p2p/transactions/%d/%s_stripe_client_secret", x.f2fAt(situation), which), user, "")
		return fmt.Sprint(a.status, " ", a.code())
	}
	same(t, "deposit", secret(x, "joined", "deposit", x.buyer), "200 ")
	same(t, "deposit of a stranger", secret(x, "joined", "deposit", x.seller), "403 not_buyer")
	same(t, "deposit paid", secret(x, "deposit paid", "deposit", x.buyer), "400 deposit_already_paid")
	same(t, "remainder", secret(x, "priced", "remainder", x.buyer), "200 ")
	same(t, "no price", secret(x, "deposit accepted", "remainder", x.buyer), "400 missing_pricing")
	same(t, "remainder paid", secret(x, "remainder paid", "remainder", x.buyer), "400 no_client_secret")
	same(t, "remainder paid, in the document", secret(old, "remainder paid", "remainder", old.buyer), "400 remainder_already_paid")
}

// TestRefusedF2FCalls has the codes of the calls that do not act on one transaction.
func TestRefusedF2FCalls(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{
		Users:                 append(sandbox.DefaultUsers(), sandbox.User{ID: "shy", NoConsent: true}),
		IncompatibleCountries: [][2]string{{"MY", "IE"}},
	})
	malay := x.guest("malay@example.com", "MY")
	homeless := x.guest("homeless@example.com", "")
	own := x.callF2F("POST", "/me/transactions", x.seller, `{`+f2fTerms+`,"role":"seller"}`).JoinCode
	body := func(extra string, change ...string) string {
		return strings.NewReplacer(change...).Replace(`{` + f2fTerms + extra + `}`)
	}
	role := `,"role":"seller"`
	pair := func(a, b string) string {
		return fmt.Sprintf(`,"creator_role":"seller","seller_id":%q,"buyer_id":%q`, a, b)
	}
	with := func(id string) string { return fmt.Sprintf(`,"creator_role":"seller","join_user_id":%q`, id) }
	const me, guest, both = "/me/transactions", "/me/transactions/create_with_guest_user", "/me/transactions/create_and_join"
	tests := []struct{ method, path, user, body, code string }{
		{"GET", "/charge?price=1", "", "", "currency_missing"},
		{"GET", "/charge?price=x&currency=eur", "", "", "invalid_price"},
		{"GET", "/charge?price=-1&currency=eur", "", "", "negative_price"},
		{"GET", "/charge?price=1&currency=eur", "", "", "price_too_low"},
		{"GET", "/charge?price=500&currency=xyz", "", "", "unsupported_currency"},
		{"GET", "/charge?price=500&currency=eur&fee_multiplier=0.1", "", "", "fee_multiplier_too_low"},
		{"POST", me, x.seller, body(role, `"deposit_charge":78`, `"deposit_charge":1`), "incorrect_charge"},
		{"POST", me, x.seller, body(role, `:2`, `:3`), "incorrect_calc_version"},
		{"POST", me, x.seller, body(role, `:2`, `:0`), "invalid_calc_version"},
		{"POST", me, x.seller, body(role, `1234`, `-1`), "negative_price"},
		{"POST", me, x.seller, body(role, `1234`, `9`), "price_too_low"},
		{"POST", me, x.seller, body(role, `"seller"`, `"agent"`), "invalid_role"},
		{"POST", me, x.seller, body(role + `,"deposit_charge_seller":5`), "incorrect_charge_seller"},
		{"POST", me, x.seller, body(role + `,"deposit_charge_config":9`), "invalid_charge_config"},
		{"POST", me, x.seller, body(role + `,"deposit_payment_method":"fpx"`), "unsupported_combination"},
		{"POST", me, "", body(role), "forbidden"},
		{"POST", both, fullSeller, body(with(fullSeller)), "duplicate_user_id"},
		{"POST", both, fullSeller, body(with("nobody")), "invalid_join_user_id"},
		{"POST", both, fullSeller, body(with("shy")), "user_not_owned_by_client"},
		{"POST", guest, fullSeller, body(pair(fullSeller, fullBuyer)), "no_guest_user"},
		{"POST", guest, x.seller, body(pair(x.seller, malay)), "incompatible_platforms"},
		{"POST", guest, x.seller, body(pair(x.seller, "1-nobody")), "guest_user_not_found"},
		{"POST", guest, homeless, body(pair(homeless, x.buyer)), "seller_country_code_not_set"},
		{"POST", guest, x.seller, body(pair(x.seller, x.buyer) + `,"image_url":"x"`), "invalid_image_url"},
		{"GET", "/me/transactions?limit=51", x.seller, "", "excessive_limit"},
		{"GET", "/me/transactions?limit=0", x.seller, "", "invalid_limit"},
		{"GET", "/me/transactions?after_id=x", x.seller, "", "invalid_after_id"},
		{"GET", "/me/transactions?before_id=x", x.seller, "", "invalid_before_id"},
		{"GET", "/batch/transactions", "", "", "ids_missing"},
		{"GET", "/batch/transactions?ids=a", "", "", "invalid_id"},
		{"GET", "/batch/transactions?ids=1" + strings.Repeat(",1", 50), "", "", "too_many_ids"},
		{"GET", "/transactions_by_join_code/nothing", x.buyer, "", "not_found"},
		{"POST", "/transactions_by_join_code/" + own + "/join", x.seller, "", "cannot_join_own_transaction"},
		{"POST", "/transactions_by_join_code/" + own + "/join", malay, "", "incompatible_users"},
		{"POST", "/transactions_by_join_code/" + own + "/reject", x.seller, "", "cannot_reject_own_transaction"},
		{"POST", "/transactions/1309/join_with_guest", fullBuyer, "", "subject_is_not_guest_user"},
		{"POST", "/transactions/7/join_with_guest", x.buyer, "", "not_found"},
		{"POST", "/transactions/x/join_with_guest", x.buyer, "", "invalid_id"},
		{"GET", "/transactions/x", "", "", "invalid_id"},
		{"GET", "/transactions/7", "", "", "not_found"},
		{"GET", "/transactions/1309", x.buyer, "", "not_found"},
		{"GET", "/clients/nobody/timelines", "", "", "not_found"},
	}
	before, effects := x.Sandbox.F2FTransactions(), x.Sandbox.Effects()
	for _, test := range tests {
		a := x.api(test.method, "/p2p"+test.path, test.user, test.body)
		if a.code() != test.code || a.status != statusOf(test.code) {
			t.Errorf("%s %s %s: got %d %s, want %d %s", test.method, test.path, test.body, a.status, a.body, statusOf(test.code), test.code)
		}
	}
	same(t, "transactions after all refusals", x.Sandbox.F2FTransactions(), before)
	same(t, "effects after all refusals", x.Sandbox.Effects(), effects)
}
