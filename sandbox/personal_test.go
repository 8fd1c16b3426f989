package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

func TestPersonalReads(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	for _, row := range sandbox.Rows() {
		if !strings.HasPrefix(row.Path, "/api/v1/me/") || row.Method != "GET" || strings.Contains(row.Path, "{") || strings.HasSuffix(row.Path, "/ownership") {
			continue
		}
		a := x.api("GET", strings.TrimPrefix(row.Path, "/api/v1"), x.seller, "")
		same(t, row.Path, a.status, row.Success)
	}
}

func TestPersonalDetailsAreStored(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	x.ok(200, "PATCH", "/me/personal/details", x.seller, `{"name_first":"Sam","dob":{"day":1,"month":2,"year":1990},"id_number":"123","phone":{"number":"555"}}`, nil)
	x.ok(200, "PATCH", "/me/personal/details", x.seller, `{"address_city":"Cork"}`, nil)
	a := string(x.api("GET", "/me/personal/details", x.seller, "").body)
	for _, want := range []string{`"value":"Sam"`, `"value":"Cork"`, `"year":1990`, `"provided":true`, `"number":"555"`} {
		if !strings.Contains(a, want) {
			t.Errorf("details lack %s: %s", want, a)
		}
	}
	if strings.Contains(string(x.api("GET", "/me/personal/details", x.buyer, "").body), "Sam") {
		t.Error("the buyer has the seller's name")
	}
	same(t, "malformed", x.api("PATCH", "/me/personal/details", x.seller, `{"dob":1}`).code(), "malformed_json")
}

func TestPayouts(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	status := func() string { return compact(t, x.api("GET", "/me/profile/payout_status", x.seller, "").body) }
	same(t, "due", status(), `{"status":"due"}`)
	for body, code := range map[string]string{
		`{}`: "parameter_missing", `{"type":"gold"}`: "invalid_account_type", `{"type":"bank_account"}`: "bank_details_missing",
		`{"type":"bank_account","bank_details":{"account_number":"1"}}`: "account_number_invalid",
		`{"type":"bank_token"}`: "bank_token_missing", `{"type":"card"}`: "card_details_missing",
	} {
		same(t, body, x.api("POST", "/me/debit_account", x.seller, body).code(), code)
	}
	for _, body := range []string{`{"type":"card","card_details":{}}`, `{"type":"bank_token","bank_token":"btok"}`,
		`{"type":"bank_account","bank_details":{"account_number":"IE64IRCE92050112345678","country_code":"IE","currency":"EUR"}}`} {
		x.ok(200, "POST", "/me/debit_account", x.seller, body, nil)
	}
	same(t, "complete", status(), `{"status":"complete"}`)
	same(t, "account", compact(t, x.api("GET", "/me/debit_account", x.seller, "").body),
		`{"bank_account":{"bank_name":"Sandbox Bank","country":"IE","currency_alpha_2":"eur","last4":"5678"}}`)

	x.at("ended by time")
	x.f2fAt("ended by time")
	same(t, "balance", compact(t, x.api("GET", "/me/balances", x.seller, "").body), `{"available":[{"amount":6234,"currency":"eur"}]}`)
	same(t, "instant", compact(t, x.api("GET", "/me/instant_payout_balance", x.seller, "").body), `{"amount":6234,"currency":"eur"}`)
	same(t, "switched", compact(t, x.api("POST", "/me/features/instant_payouts", x.seller, `{"enabled":true}`).body), `{"instant_payouts_enabled":true}`)

	var prepared struct {
		ID string `json:"setup_intent_id"`
	}
	x.ok(200, "POST", "/me/stripe_financial_connections/prepare_account", x.seller, "", &prepared)
	same(t, "ownership", x.api("GET", "/me/stripe_financial_connections/ownership?setup_intent_id="+prepared.ID, x.seller, "").status, 200)
	a := x.api("GET", "/me/stripe_financial_connections/ownership?setup_intent_id=other", x.seller, "")
	same(t, "unprepared", []any{a.status, a.code()}, []any{409, "unconfirmed_setup_intent"})
	same(t, "no method", x.api("POST", "/me/stripe_financial_connections/add_account", x.seller, "").code(), "parameter_missing")
	x.ok(200, "POST", "/me/stripe_financial_connections/add_account", x.seller, `{"payment_method_id":"pm_1"}`, nil)
}

func TestShippo(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	plain := fmt.Sprintf("/transactions/%d", x.at("joined"))
	one := fmt.Sprintf("/transactions/%d", x.open(`,"features":["use_shippo","require_seller_acceptance"]`).ID)
	address := func(sender bool, country string) string {
		return fmt.Sprintf(`{"is_sender_address":%t,"full_name":"A","phone":"5","street_1":"1 Example Street","city":"C","state":"S","zip_code":"1","country":%q}`, sender, country)
	}
	parcel := `{"distance_unit":"cm","mass_unit":"kg","shipment_date":"2030-03-02","height":1.5,"length":2,"width":3,"weight":0.4}`
	refused := func(name, method, path, body, code string) {
		t.Helper()
		same(t, name, x.api(method, path, x.seller, body).code(), code)
	}
	refused("no feature", "POST", plain+"/shippo_address", address(true, "IE"), "missing_tx_feature")
	refused("no parcel", "GET", one+"/shippo_shipping_rates", "", "missing_shipment_details")
	refused("no city", "POST", one+"/shippo_address", strings.Replace(address(true, "IE"), `"C"`, `""`, 1), "empty_city")
	refused("no date", "POST", one+"/shippo_parcel_details", strings.Replace(parcel, "2030-03-02", "soon", 1), "wrong_shipment_date_format")
	refused("text as number", "POST", one+"/shippo_parcel_details", strings.Replace(parcel, "1.5", `"1.5"`, 1), "malformed_json")
	x.ok(200, "POST", one+"/shippo_address", x.seller, address(true, "IE"), nil)
	x.ok(200, "POST", one+"/shippo_address", x.seller, address(false, "ie"), nil)
	x.ok(200, "POST", one+"/shippo_parcel_details", x.seller, parcel, nil)
	refused("at home", "POST", one+"/shippo_customs_declaration", `{}`, "nothing_to_declare")
	x.ok(200, "POST", one+"/shippo_address", x.seller, address(false, "AU"), nil)
	refused("abroad", "GET", one+"/shippo_shipping_rates", "", "customs_declaration_required")
	x.ok(204, "POST", one+"/shippo_customs_declaration", x.seller, `{"description":"A"}`, nil)
	refused("twice", "POST", one+"/shippo_customs_declaration", `{}`, "customs_declaration_already_submitted")
	x.ok(200, "GET", one+"/shippo_shipping_rates", x.seller, "", nil)
	refused("no label yet", "GET", one+"/shippo_shipping_label", "", "transaction_not_tracked")
	x.control("POST", one+"/pay", `{"card":"success"}`)
	refused("no rate", "POST", one+"/accept_payment_with_guest_seller", "", "missing_shippo_shipping_rate_id")
	x.ok(204, "POST", one+"/shippo_shipping_rate", x.seller, `{"rate_id":"rate_sandbox"}`, nil)
	x.ok(200, "POST", one+"/accept_payment_with_guest_seller", x.seller, "", nil)
	x.tx("POST", one+"/track", x.seller, trackBody)
	x.ok(200, "GET", one+"/shippo_shipping_label", x.seller, "", nil)
	quote := `{"currency":"eur","parcel_height":1,"parcel_length":1,"parcel_width":1,"parcel_weight":1,"recipient_country":"AU"}`
	x.ok(200, "POST", "/shippo_shipping_rates", x.seller, quote, nil)
	refused("no details", "POST", "/shippo_shipping_rates", `{}`, "missing_shipment_details")
	refused("currency", "POST", "/shippo_shipping_rates", strings.Replace(quote, "eur", "xyz", 1), "unsupported_currency")
}

func TestCroatianPost(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	one := fmt.Sprintf("/transactions/%d", x.at("joined"))
	point := func(center string) string {
		return `{"full_name":"A","phone":"5","email":"a@example.com","street":"S","house_number":"1","postal_code":"1","city":"C","delivery_type":"office","carrier":"posta_hr","` + center + `":"7"}`
	}
	pickUp, delivery := point("pick_up_center_code"), point("delivery_center_code")
	same(t, "no pick-up", x.api("POST", one+"/generate_shipment_label?carrier=posta_hr", x.seller, "").code(), "pick_up_details_missing")
	same(t, "no street", x.api("POST", one+"/pick_up_point", x.seller, strings.Replace(pickUp, `"S"`, `""`, 1)).code(), "empty_street")
	same(t, "carrier", x.api("POST", one+"/pick_up_point", x.seller, strings.Replace(pickUp, "posta_hr", "ups", 1)).code(), "unsupported_carrier")
	x.ok(200, "POST", one+"/pick_up_point", x.seller, pickUp, nil)
	same(t, "no delivery", x.api("POST", one+"/generate_shipment_label?carrier=posta_hr", x.seller, "").code(), "drop_off_details_missing")
	x.ok(200, "POST", one+"/delivery_point", x.buyer, delivery, nil)
	x.ok(200, "POST", one+"/generate_shipment_label?carrier=posta_hr", x.seller, "", nil)
	x.ok(200, "GET", "/me/carriers/posta_hr/facilities", x.seller, `{"delivery_type":"office"}`, nil)
	same(t, "facility", x.api("GET", "/me/carriers/ups/facilities", x.seller, "").code(), "invalid_carrier")
	same(t, "kind", x.api("GET", "/me/carriers/posta_hr/facilities", x.seller, "").code(), "invalid_delivery_type")
}
