package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

// TestRefusedActions has every documented code of the calls on a transaction, each with the situation that leads to it.
func TestRefusedActions(t *testing.T) {
	t.Parallel()
	tests := []struct{ action, situation, role, body, code string }{
		{"cancel", "created", "buyer", "", "not_found"},
		{"cancel", "paid", "buyer", "", "already_paid"},
		{"cancel", "cancelled", "seller", "", "already_cancelled"},
		{"cancel", "rejected", "seller", "", "already_cancelled"},
		{"cancel", "late tracking", "seller", "", "already_cancelled"},
		{"cancel", "tracked+acceptance", "buyer", "", "tracking_already_added"},
		{"cancel_with_guest_user", "paid", "seller", "", "already_paid"},
		{"cancel_with_guest_user", "paid, cancelled+acceptance", "seller", "", "already_cancelled"},
		{"cancel_with_guest_user", "tracked+acceptance", "seller", "", "tracking_already_added"},

		{"pay", "joined", "seller", `{"stripe_token":"tok_visa"}`, "not_buyer"},
		{"pay", "paid", "buyer", `{"stripe_token":"tok_visa"}`, "already_paid"},
		{"pay", "cancelled", "buyer", `{"stripe_token":"tok_visa"}`, "already_cancelled"},
		{"pay", "joined", "buyer", `{}`, "card_declined"},
		{"pay", "joined", "buyer", `{"stripe_token":"tok_chargeDeclined"}`, "card_declined"},
		{"pay", "joined", "buyer", `{"stripe_token":"tok_chargeDeclinedExpiredCard"}`, "expired_card"},
		{"pay", "joined", "buyer", `{"stripe_token":"tok_chargeDeclinedIncorrectCvc"}`, "incorrect_cvc"},
		{"pay", "joined", "buyer", `{"stripe_token":"tok_chargeDeclinedInsufficientFunds"}`, "insufficient_funds"},
		{"pay", "joined", "buyer", `{"stripe_token":1}`, "malformed_json"},
		{"accept_payment", "paid", "seller", "", "missing_required_feature"},
		{"accept_payment", "joined+acceptance", "seller", "", "transaction_not_paid_yet"},
		{"accept_payment", "payment_accepted+acceptance", "seller", "", "payment_already_accepted"},
		{"accept_payment", "paid+acceptance", "buyer", "", "not_seller"},
		{"accept_payment_with_guest_seller", "payment_accepted+acceptance", "seller", "", "payment_already_accepted"},

		{"track", "paid", "seller", `{"tracking_code":"1Z"}`, "empty_carrier"},
		{"track", "paid", "seller", `{"carrier":"ups","tracking_code":" "}`, "empty_tracking_code"},
		{"track", "paid", "seller", ``, "empty_carrier"},
		{"track", "paid", "seller", `{"carrier":`, "malformed_json"},
		{"track", "paid", "seller", `{} {}`, "malformed_json"},
		{"track", "paid", "buyer", trackBody, "not_seller"},
		{"track", "joined", "seller", trackBody, "payment_details_not_added"},
		{"track", "tracked", "seller", trackBody, "tracking_already_added"},
		{"track", "late tracking", "seller", trackBody, "tracking_details_deadline_expired"},
		{"track", "cancelled", "seller", trackBody, "already_cancelled"},
		{"track_with_guest_seller", "paid", "seller", `{"carrier":"","tracking_code":"1Z"}`, "empty_carrier"},
		{"track_with_guest_seller", "paid", "seller", `{"carrier":"ups"}`, "empty_tracking_code"},
		{"track_with_guest_seller", "tracked", "seller", trackBody, "tracking_already_added"},
		{"track_with_guest_seller", "joined", "seller", trackBody, "payment_details_not_added"},
		{"track_with_guest_seller", "late tracking", "seller", trackBody, "tracking_details_deadline_expired"},
		{"track_with_guest_seller", "cancelled", "seller", trackBody, "already_cancelled"},
		{"track_with_guest_seller", "paid", "buyer", trackBody, "not_seller"},
		{"extend_tracking_deadline", "joined", "buyer", "", "payment_details_not_added"},
		{"extend_tracking_deadline", "cancelled", "buyer", "", "tracking_submission_window_not_started"},
		{"extend_tracking_deadline", "tracked", "buyer", "", "tracking_already_added"},
		{"extend_tracking_deadline", "paid", "seller", "", "not_buyer"},
		{"confirm_delivery", "paid", "buyer", "", "tracking_not_added"},
		{"confirm_delivery", "delivered", "buyer", "", "delivery_already_set"},
		{"confirm_delivery", "tracked", "seller", "", "not_buyer"},
		{"confirm_delivery_with_guest_buyer", "paid", "buyer", "", "tracking_not_added"},
		{"confirm_delivery_with_guest_buyer", "delivered", "buyer", "", "delivery_already_set"},
		{"confirm_delivery_with_guest_buyer", "tracked", "seller", "", "not_buyer"},

		{"complain_with_description", "delivered", "buyer", `{"description":" "}`, "empty_complaint_description"},
		{"complain_with_description", "tracked", "buyer", complaintBody, "unconfirmed_delivery"},
		{"complain_with_description", "ended by buyer", "buyer", complaintBody, "complaint_period_ended_prematurely"},
		{"complain_with_description", "ended by time", "buyer", complaintBody, "complaint_period_expired"},
		{"complain_with_description", "complained", "buyer", complaintBody, "already_complained"},
		{"complain_with_description", "complaint lost", "buyer", complaintBody, "funds_already_released"},
		{"complain_with_description", "delivered", "seller", complaintBody, "not_buyer"},
		{"complain_with_guest_buyer", "delivered", "buyer", ``, "empty_complaint_description"},
		{"complain_with_guest_buyer", "paid", "buyer", complaintBody, "unconfirmed_delivery"},
		{"complain_with_guest_buyer", "ended by buyer", "buyer", complaintBody, "complaint_period_ended_prematurely"},
		{"complain_with_guest_buyer", "ended by time", "buyer", complaintBody, "complaint_period_expired"},
		{"complain_with_guest_buyer", "complained", "buyer", complaintBody, "already_complained"},
		{"complain_with_guest_buyer", "complaint lost", "buyer", complaintBody, "funds_already_released"},
		{"complain_with_guest_buyer", "delivered", "seller", complaintBody, "not_buyer"},
		{"complain", "tracked", "buyer", "", "unconfirmed_delivery"},
		{"complain", "ended by buyer", "buyer", "", "complaint_period_ended_prematurely"},
		{"complain", "ended by time", "buyer", "", "complaint_period_expired"},
		{"complain", "delivered", "seller", "", "not_buyer"},
		{"end_complaint_period", "tracked", "buyer", "", "unconfirmed_delivery"},
		{"end_complaint_period", "complained", "buyer", "", "already_complained"},
		{"end_complaint_period", "ended by buyer", "buyer", "", "complaint_period_ended_prematurely"},
		{"end_complaint_period", "ended by time", "buyer", "", "complaint_period_expired"},
		{"end_complaint_period", "delivered", "seller", "", "not_buyer"},
		{"accept_complaint", "joined", "seller", "", "not_paid"},
		{"accept_complaint", "delivered", "seller", "", "not_complained"},
		{"accept_complaint", "complaint lost", "seller", "", "funds_already_released"},
		{"accept_complaint", "complained", "buyer", "", "not_seller"},
	}
	for _, test := range tests {
		t.Run(test.action+" when "+test.situation+" is "+test.code, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{})
			id := x.at(test.situation)
			before, effects := x.get(id), len(x.Sandbox.Effects())
			user := x.seller
			if test.role == "buyer" {
				user = x.buyer
			}
			a := x.api("POST", fmt.Sprintf("/transactions/%d/%s", id, test.action), user, test.body)
			if a.code() != test.code || a.status != statusOf(test.code) {
				t.Errorf("got %d %s, want %d %s", a.status, a.body, statusOf(test.code), test.code)
			}
			same(t, "transaction after the refusal", x.get(id), before)
			same(t, "effects after the refusal", len(x.Sandbox.Effects()), effects)
		})
	}
}

const (
	trackBody     = `{"carrier":"ups","tracking_code":"1Z"}`
	complaintBody = `{"description":"Item was fake"}`
)

func statusOf(code string) int {
	switch code {
	case "unauthorized":
		return 401
	case "not_buyer", "not_seller", "forbidden", "subject_is_not_guest_user":
		return 403
	case "not_found":
		return 404
	default:
		return 400
	}
}

// TestRefusedCalls has the documented codes of the calls that do not act on one transaction.
func TestRefusedCalls(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{
		Users: append(sandbox.DefaultUsers(), sandbox.User{ID: "shy", NoConsent: true}),
		Charges: append(sandbox.DefaultCharges(),
			sandbox.ChargeConfig{ID: 3, PaymentMethod: "p24", BasisPoints: 100, SellerFlat: 10}),
		IncompatibleCountries: [][2]string{{"MY", "IE"}},
	})
	malay := x.guest("malay@example.com", "MY")
	own := x.tx("POST", "/me/transactions", x.seller, `{`+terms+`,"role":"seller"}`).JoinCode
	create := func(change ...string) string {
		return strings.NewReplacer(change...).Replace(`{` + terms + `,"role":"seller"}`)
	}
	pair := func(seller, buyer string, change ...string) string {
		return fmt.Sprintf(strings.NewReplacer(change...).Replace(`{`+terms+`,"creator_role":"seller","seller_id":%q,"buyer_id":%q}`), seller, buyer)
	}
	joinUser := func(id string, change ...string) string {
		return fmt.Sprintf(strings.NewReplacer(change...).Replace(`{`+terms+`,"creator_role":"seller","join_user_id":%q}`), id)
	}
	const me, guest, both = "/me/transactions", "/me/transactions/create_with_guest_user", "/me/transactions/create_and_join"
	tests := []struct{ method, path, user, body, code string }{
		{"GET", "/charge?price=1234", "", "", "currency_missing"},
		{"GET", "/charge?price=1234&currency=xyz", "", "", "unsupported_currency"},
		{"GET", "/charge?currency=eur", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=12.34", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=99999999999999999999", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=1000000000001", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=9223372036854775807&quantity=3", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=1234&quantity=0", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=1234&postage_fee=x", "", "", "invalid_price"},
		{"GET", "/charge?currency=eur&price=-1", "", "", "negative_price"},
		{"GET", "/charge?currency=eur&price=0", "", "", "price_too_low"},
		{"GET", "/charge?currency=eur&price=99", "", "", "price_too_low"},
		{"GET", "/charge?currency=eur&price=1234&charge_config=9", "", "", "invalid_charge_config"},
		{"GET", "/charge?currency=eur&price=1234&charge_config=0", "", "", "invalid_charge_config"},
		{"GET", "/charge?currency=eur&price=1234&payment_method=p24", "", "", "unsupported_combination"},
		{"GET", "/clients/nobody/timelines", "", "", "not_found"},

		{"POST", "/guest_users", "", guestBody("email", ""), "email_missing"},
		{"POST", "/guest_users", "", guestBody("email", "nobody"), "invalid_email"},
		{"POST", "/guest_users", "", guestBody("email", "A <a@example.com>"), "invalid_email"},
		{"POST", "/guest_users", "", guestBody("first_name", " "), "first_name_missing"},
		{"POST", "/guest_users", "", guestBody("last_name", ""), "last_name_missing"},
		{"POST", "/guest_users", "", guestBody("ip", ""), "tos_acceptance_ip_missing"},
		{"POST", "/guest_users", "", guestBody("unix_timestamp", "0"), "invalid_tos_acceptance_date"},
		{"POST", "/guest_users", "", guestBody("unix_timestamp", "1672531200000"), "invalid_tos_acceptance_date"},
		{"POST", "/guest_users", "", guestBody("country_code", "XX"), "invalid_country_code"},
		{"POST", "/guest_users", "", guestBody("country_code", "D "), "invalid_country_code"},
		{"POST", "/guest_users", "", `[]`, "malformed_json"},

		{"POST", me, x.seller, create(`"charge":78`, `"charge":77`), "incorrect_charge"},
		{"POST", me, x.seller, create(`:5`, `:4`), "incorrect_calc_version"},
		{"POST", me, x.seller, create(`:5`, `:0`), "invalid_calc_version"},
		{"POST", me, x.seller, create(`:5`, `:4`, `78`, `77`), "incorrect_calc_version"},
		{"POST", me, x.seller, create(`1234`, `-1`), "negative_price"},
		{"POST", me, x.seller, create(`1234`, `99`), "price_too_low"},
		{"POST", me, x.seller, create(`1234`, `"1234"`), "malformed_json"},
		{"POST", me, x.seller, create(`78`, `""`), "malformed_json"},
		{"POST", me, x.seller, create(`1234`, `1234.5`), "malformed_json"},
		{"POST", me, x.seller, create(`"charge":78`, `"charge":78,"charge_seller":1`), "incorrect_charge_seller"},
		{"POST", me, x.seller, create(`"charge":78`, `"charge":78,"charge_config":0`), "invalid_charge_config"},
		{"POST", me, x.seller, create(`"charge":78`, `"charge":78,"charge_config":2`), "invalid_charge_config"},
		{"POST", me, x.seller, create(`seller`, `agent`), "invalid_role"},
		{"POST", me, x.seller, create(`"eur"`, `""`), "currency_missing"},
		{"POST", me, x.seller, create(`"eur"`, `"EUR"`), "unsupported_currency"},
		{"POST", me, x.seller, create(`"charge":78`, `"charge":78,"features":["teleport"]`), "feature_not_found"},
		{"POST", me, x.seller, ``, "invalid_role"},
		{"POST", me, "", create(), "forbidden"},

		{"POST", guest, x.seller, pair(x.seller, x.buyer, `:5`, `:6`), "incorrect_calc_version"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `:5`, `:-5`), "invalid_calc_version"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `78`, `79`), "incorrect_charge"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `78`, `13,"charge_config":3,"payment_method":"p24"`), "incorrect_charge_seller"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `1234`, `-1234`), "negative_price"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `1234`, `1`), "price_too_low"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `"eur"`, `"xxx"`), "unsupported_currency"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `"creator_role":"seller"`, `"creator_role":""`), "invalid_role"},
		{"POST", guest, fullSeller, pair(fullSeller, fullBuyer), "no_guest_user"},
		{"POST", guest, x.seller, pair(x.seller, "1-nobody"), "guest_user_not_found"},
		{"POST", guest, x.seller, pair(x.seller, x.seller), "duplicate_user_id"},
		{"POST", guest, x.seller, pair(x.seller, malay), "incompatible_countries"},
		{"POST", guest, x.seller, pair(x.seller, "shy"), "user_not_owned_by_client"},
		{"POST", guest, x.buyer, pair(x.seller, x.buyer), "forbidden"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `78`, `78,"charge_config":4`), "invalid_charge_config"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `78`, `78,"payment_method":"p24"`), "unsupported_combination"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `78`, `78,"image_url":"/a.png"`), "invalid_image_url"},
		{"POST", guest, x.seller, pair(x.seller, x.buyer, `78`, `78,"image_url":"https://example.com/`+strings.Repeat("a", 2048)+`"`), "image_url_too_long"},

		{"POST", both, fullSeller, joinUser("nobody"), "invalid_join_user_id"},
		{"POST", both, fullSeller, joinUser(""), "invalid_join_user_id"},
		{"POST", both, fullSeller, joinUser(fullSeller), "duplicate_user_id"},
		{"POST", both, fullSeller, joinUser("shy"), "user_not_owned_by_client"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `:5`, `:4`), "incorrect_calc_version"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `:5`, `:0`), "invalid_calc_version"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `78`, `0`), "incorrect_charge"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `78`, `78,"charge_seller":-1`), "incorrect_charge_seller"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `"eur"`, `"chf"`), "unsupported_currency"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `1234`, `-5`), "negative_price"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `1234`, `5`), "price_too_low"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `78`, `78,"features":[""]`), "feature_not_found"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `78`, `78,"charge_config":-1`), "invalid_charge_config"},
		{"POST", both, fullSeller, joinUser(fullBuyer, `78`, `78,"payment_method":"fpx"`), "unsupported_combination"},

		{"GET", "/me/transactions?after_id=x", x.seller, "", "invalid_after_id"},
		{"GET", "/me/transactions?after_id=-1", x.seller, "", "invalid_after_id"},
		{"GET", "/me/transactions?before_id=", x.seller, "", "invalid_before_id"},
		{"GET", "/me/transactions?limit=0", x.seller, "", "invalid_limit"},
		{"GET", "/me/transactions?limit=51", x.seller, "", "invalid_limit"},
		{"GET", "/me/transactions?limit=ten", x.seller, "", "invalid_limit"},
		{"GET", "/me/transactions", "", "", "forbidden"},
		{"GET", "/batch/transactions", "", "", "ids_missing"},
		{"GET", "/batch/transactions?ids=1,,2", "", "", "invalid_id"},
		{"GET", "/batch/transactions?ids=1,two", "", "", "invalid_id"},
		{"GET", "/batch/transactions?ids=1" + strings.Repeat(",1", 50), "", "", "too_many_ids"},
		{"GET", "/transactions", "", "", "join_code_missing"},
		{"GET", "/transactions?join_code=nothing", "", "", "not_found"},
		{"PUT", "/transactions", x.buyer, "", "join_code_missing"},
		{"PUT", "/transactions?join_code=nothing", x.buyer, "", "not_found"},
		{"PUT", "/transactions?join_code=" + own, x.seller, "", "cannot_join_own_transaction"},
		{"POST", "/transactions-by-join-code/nothing/reject", x.buyer, "", "not_found"},
		{"POST", "/transactions-by-join-code/" + own + "/reject", x.seller, "", "cannot_reject_own_transaction"},
		{"GET", "/transactions/12x", "", "", "invalid_id"},
		{"GET", "/transactions/99999999999999999999", "", "", "invalid_id"},
		{"POST", "/transactions/x/track", "", "{", "invalid_id"},
		{"POST", "/transactions/1/track", "", "{", "malformed_json"},
		{"GET", "/transactions/x/stripe_client_secret", x.buyer, "", "invalid_id"},
		{"GET", "/transactions/1", "", "", "not_found"},
		{"GET", "/nothing/here", "", "", "not_found"},
		{"DELETE", "/transactions/1309", "", "", "not_found"},
	}
	before := x.Sandbox.Transactions()
	effects := x.Sandbox.Effects()
	for _, test := range tests {
		a := x.api(test.method, test.path, test.user, test.body)
		if a.code() != test.code || a.status != statusOf(test.code) {
			t.Errorf("%s %s %s: got %d %s, want %d %s", test.method, test.path, test.body, a.status, a.body, statusOf(test.code), test.code)
		}
	}
	same(t, "transactions after all refusals", x.Sandbox.Transactions(), before)
	same(t, "effects after all refusals", x.Sandbox.Effects(), effects)
}

// guestBody is a good body of a guest with one field changed.
func guestBody(field, value string) string {
	v := map[string]string{"email": "a@example.com", "first_name": "A", "last_name": "B", "country_code": "IE", "ip": "192.0.2.1", "unix_timestamp": "1672531200"}
	v[field] = value
	return fmt.Sprintf(`{"email":%q,"first_name":%q,"last_name":%q,"country_code":%q,"tos_acceptance":{"ip":%q,"unix_timestamp":%s}}`,
		v["email"], v["first_name"], v["last_name"], v["country_code"], v["ip"], v["unix_timestamp"])
}

func TestWhoMayAct(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{APIKeys: []string{"key-one"}})
	id := x.open("").ID
	full := x.tx("POST", "/me/transactions/create_and_join", fullSeller, `{`+terms+`,"creator_role":"seller","join_user_id":"`+fullBuyer+`"}`).ID
	tests := []struct {
		name, method, user, action string
		id                         int64
		status                     int
		code                       string
	}{
		{"the client reads", "GET", "", "", id, 200, ""},
		{"a party reads", "GET", x.buyer, "", id, 200, ""},
		{"a stranger reads", "GET", fullBuyer, "", id, 404, "not_found"},
		{"a stranger acts", "POST", fullBuyer, "/cancel", id, 404, "not_found"},
		{"an unknown user", "GET", "1-nobody", "", id, 403, "forbidden"},
		{"the client acts", "POST", "", "/cancel", id, 403, "forbidden"},
		{"a full user on a guest call", "POST", fullSeller, "/cancel_with_guest_user", full, 403, "subject_is_not_guest_user"},
		{"a bearer acts", "POST", "bearer:" + fullSeller, "/cancel", full, 200, ""},
		{"an unknown bearer", "GET", "bearer:nobody", "", id, 401, "unauthorized"},
		{"seller's read of the buyer's secret", "GET", x.seller, "/stripe_client_secret", id, 403, "not_buyer"},
		{"a stranger's read of the key", "GET", fullBuyer, "/stripe_publishable_key", id, 404, "not_found"},
		{"an unknown id comes before the role", "POST", "", "/cancel", 5, 404, "not_found"},
		{"secret of an unknown id", "GET", x.seller, "/stripe_client_secret", -1, 404, "not_found"},
	}
	for _, test := range tests {
		a := x.api(test.method, fmt.Sprintf("/transactions/%d%s", test.id, test.action), test.user, "")
		if a.status != test.status || a.code() != test.code {
			t.Errorf("%s: got %d %s, want %d %s", test.name, a.status, a.body, test.status, test.code)
		}
	}
	x.APIKey = "another key"
	same(t, "wrong key", x.api("GET", "/charge?currency=eur&price=1234", "", "").code(), "unauthorized")
	x.APIKey = ""
	same(t, "empty key", x.api("GET", "/charge?currency=eur&price=1234", "", "").code(), "unauthorized")
}

func TestPaidSecretIsRefused(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	a := x.api("GET", fmt.Sprintf("/transactions/%d/stripe_client_secret", x.at("paid")), x.buyer, "")
	same(t, "code", a.code(), "already_paid")
}

func TestStateMachineIsTotal(t *testing.T) {
	t.Parallel()
	states := []string{"created", "joined", "rejected", "cancelled", "paid", "payment_accepted", "cancelled_with_payment",
		"payment_refunded", "tracked", "delivered", "complained", "complaint_period_ended", "funds_released"}
	for name, move := range sandbox.OnlineMoves() {
		if twice := sandbox.Ambiguous(move); twice != nil {
			t.Errorf("%s answers in two ways from %v", name, twice)
		}
		for _, state := range states {
			code := sandbox.OnlineRefusal(move, state)
			if code == "forbidden" || code != "" && !sandbox.KnownCode(code) {
				t.Errorf("%s from %s: no refusal is declared (%q)", name, state, code)
			}
		}
	}
}
