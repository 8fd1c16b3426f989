package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
)

type notice struct {
	ID          int64
	Read        *string
	UserID      string `json:"user_id"`
	Description string
	Target      string
}

func TestNotifications(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.tx("POST", "/me/transactions", x.seller, `{`+terms+`,"role":"seller"}`)
	x.tx("PUT", "/transactions?join_code="+tx.JoinCode, x.buyer, "")
	x.f2fAt("deposit paid")
	var page []notice
	x.ok(200, "GET", "/me/notifications", x.seller, "", &page)
	var got []string
	for _, n := range page {
		got = append(got, n.Target+" "+n.Description)
	}
	same(t, "newest first", got, []string{"p2p/1309 Transaction for 'Soccer ticket': deposit paid",
		"p2p/1309 Buyer has joined transaction for 'Soccer ticket'", "basic/1309 Buyer has joined transaction for 'Soccer ticket'"})
	first := page[2]
	same(t, "owner and id", []any{first.UserID, first.ID}, []any{x.seller, int64(1990)})
	x.ok(200, "GET", fmt.Sprintf("/me/notifications?after_id=%d&limit=1", page[0].ID), x.seller, "", &page)
	same(t, "page", []any{len(page), page[0].Description}, []any{1, "Buyer has joined transaction for 'Soccer ticket'"})

	path := fmt.Sprintf("/notifications/%d", first.ID)
	same(t, "not mine", x.api("GET", path, x.buyer, "").code(), "not_found")
	same(t, "none", x.api("GET", "/notifications/1", x.seller, "").code(), "not_found")
	var n notice
	x.ok(200, "GET", path, x.seller, "", &n)
	same(t, "unread", n.Read, (*string)(nil))
	x.ok(200, "POST", path+"/mark_as_read", x.seller, "", &n)
	same(t, "read", *n.Read, "2030-03-01T09:00:00Z")
	for query, code := range map[string]string{"after_id=x": "invalid_after_id", "before_id=-1": "invalid_before_id", "limit=51": "invalid_limit"} {
		same(t, query, x.api("GET", "/me/notifications?"+query, x.seller, "").code(), code)
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	for _, model := range []string{"basic", "p2p"} {
		t.Run(model, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{IncompatibleCountries: [][2]string{{"FR", "IE"}},
				Users: append(sandbox.DefaultUsers(), sandbox.User{ID: "carol", Country: "FR"})})
			prefix := ""
			if model == "p2p" {
				prefix = "/p2p"
				x.openF2F("")
			} else {
				x.open("")
			}
			one := prefix + "/transactions/1309"
			same(t, "a guest claims", x.api("POST", one+"/claim_for_seller", x.guest("c@example.com", "IE"), "").code(), "forbidden")
			same(t, "another platform", x.api("POST", one+"/claim_for_seller", "carol", "").code(), "invalid_user_platform")
			var tx sandbox.F2FTransaction
			x.ok(200, "POST", one+"/claim_for_seller", fullSeller, "", &tx)
			same(t, "claimed", []any{tx.SellerID, tx.Status, tx.ClaimedBySeller}, []any{fullSeller, "joined", start})
			if model == "p2p" {
				same(t, "guest no more", *tx.SellerIsGuest, false)
			}
			same(t, "again", x.api("POST", one+"/claim_for_seller", fullBuyer, "").code(), "already_claimed")
			same(t, "both sides", x.api("POST", one+"/claim_for_buyer", fullSeller, "").code(), "cannot_claim_own_transaction")
			same(t, "the guest is out", x.api("GET", one, x.seller, "").code(), "not_found")

			var secrets map[string]string
			must(t, json.Unmarshal(x.control("GET", one+"/claim_secrets", "").body, &secrets))
			same(t, "used up", secrets["seller"], "")
			secret, err := x.Sandbox.ClaimSecret(model, 1309, "buyer")
			must(t, err)
			by := prefix + "/transactions_by_claim_secret/"
			same(t, "wrong side", x.api("POST", by+secret+"/claim_as_seller", fullBuyer, "").code(), "not_found")
			same(t, "blank", x.api("POST", by+"%20/claim_as_buyer", fullBuyer, "").code(), "missing_secret")
			x.ok(200, "POST", by+secret+"/claim_as_buyer", "bearer:"+fullBuyer, "", &tx)
			same(t, "claimed by link", []any{tx.BuyerID, tx.ClaimedByBuyer}, []any{fullBuyer, start})
			same(t, "once", x.api("POST", by+secret+"/claim_as_buyer", fullBuyer, "").code(), "not_found")
			events := x.events()
			same(t, "webhooks", events[len(events)-2:], prefixed(map[string]string{"basic": "basic_tx.", "p2p": "p2p_tx."}[model], "claimed", "claimed"))
			same(t, "unknown", x.api("POST", prefix+"/transactions/7/claim_for_buyer", fullBuyer, "").code(), "not_found")
		})
	}
}

func TestDetails(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	alone := x.at("created")
	x.at("joined")
	x.openF2F("")
	for _, one := range []string{"/transactions/1310", "/p2p/transactions/1309"} {
		same(t, "buyer", compact(t, x.api("GET", one+"/buyer_details", x.seller, "").body), `{"email":"buyer@example.com","name":{"first":"Test","last":"User"},"phone":""}`)
		same(t, "seller", compact(t, x.api("GET", one+"/seller_details", x.buyer, "").body), `{"email":"seller@example.com","name":{"first":"Test","last":"User"},"phone":""}`)
		same(t, "billing", compact(t, x.api("GET", one+"/billing_details", x.seller, "").body), `{"email":"buyer@example.com","name":"Test User","phone":""}`)
		same(t, "stranger", x.api("GET", one+"/buyer_details", fullBuyer, "").code(), "not_found")
	}
	same(t, "nobody there", x.api("GET", fmt.Sprintf("/transactions/%d/buyer_details", alone), x.seller, "").code(), "not_found")

	same(t, "no address yet", x.api("GET", "/transactions/1310/shipping_details", x.seller, "").code(), "not_found")
	same(t, "no name", x.api("POST", "/transactions/1310/shipping_details", x.buyer, `{"country":"IE"}`).code(), "empty_name")
	same(t, "no country", x.api("POST", "/transactions/1310/shipping_details", x.buyer, `{"name":"A"}`).code(), "empty_country")
	x.ok(200, "POST", "/transactions/1310/shipping_details", x.buyer, `{"name":"A","country":"IE","address_line_1":"1 Example Street"}`, nil)
	if a := x.api("GET", "/transactions/1310/shipping_details", x.seller, ""); !strings.Contains(string(a.body), `"line1":"1 Example Street"`) {
		t.Errorf("address: %s", a.body)
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	one := fmt.Sprintf("/p2p/transactions/%d/metadata", x.openF2F("").ID)
	same(t, "none", compact(t, x.api("GET", one, x.seller, "").body), `{}`)
	x.ok(200, "POST", one, x.seller, `{"a":"1","b":"2"}`, nil)
	x.ok(200, "POST", one, x.seller, `{"b":"3"}`, nil)
	same(t, "merged", compact(t, x.api("GET", one, x.buyer, "").body), `{"a":"1","b":"3"}`)
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf(`"k%d":""`, i))
	}
	for body, code := range map[string]string{
		``: "empty_json", `{}`: "empty_json", `[]`: "json_type_not_allowed", `{"a":1}`: "json_type_not_allowed", `{`: "malformed_json",
		`{"` + strings.Repeat("é", 41) + `":""}`: "field_name_too_long", `{"a":"` + strings.Repeat("é", 101) + `"}`: "value_too_long",
		`{` + strings.Join(many, ",") + `}`: "too_many_metadata_fields",
	} {
		same(t, body, x.api("POST", one, x.seller, body).code(), code)
	}
	x.ok(200, "POST", one, x.seller, `{"`+strings.Repeat("é", 40)+`":"`+strings.Repeat("é", 100)+`"}`, nil)
}

func TestAmendments(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	id := x.at("created")
	one := fmt.Sprintf("/transactions/%d", id)
	amended := x.tx("PATCH", one, x.seller, `{"price":5000,"charge":190,"description":"Two tickets"}`)
	same(t, "amended", []any{amended.Price, amended.Charge, amended.Description}, []any{int64(5000), int64(190), "Two tickets"})
	same(t, "same again", x.api("PATCH", one, x.seller, `{"price":5000}`).code(), "values_not_changed")
	same(t, "wrong charge", x.api("PATCH", one, x.seller, `{"price":1234}`).code(), "incorrect_charge")
	same(t, "too late", x.api("PATCH", fmt.Sprintf("/transactions/%d", x.at("joined")), x.seller, `{"price":1}`).code(), "second_party_already_joined")
	f2f := x.callF2F("PATCH", fmt.Sprintf("/transactions/%d", x.f2fAt("created")), x.seller, `{"deposit_price":5000,"deposit_charge":190}`)
	same(t, "deposit", f2f.DepositPricing, sandbox.Pricing{Price: 5000, Charge: 190, ChargeBuyerClient: new(int64), ChargeSellerClient: new(int64)})
}

func TestPaymentMethods(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	x.at("joined")
	x.openF2F("")
	paid := x.at("paid")
	for _, m := range []struct{ one, set, field, paid string }{
		{"/transactions/1309", "/set_payment_method", "", ""},
		{"/p2p/transactions/1309", "/set_deposit_payment_method", "deposit_", ""},
	} {
		body := func(method, currency string, price, charge int) string {
			return fmt.Sprintf(`{"payment_method":%q,"currency":%q,"%sprice":%d,"%scharge":%d}`, method, currency, m.field, price, m.field, charge)
		}
		same(t, "card has no account", x.api("GET", m.one+"/bank_transfer_details", x.buyer, "").code(), "payment_method_not_bank_transfer")
		for bad, code := range map[string]string{
			body("shells", "eur", 1234, 13): "invalid_payment_method", body("bank_transfer", "", 1234, 13): "currency_missing",
			body("bank_transfer", "gbp", 1234, 13): "incorrect_currency", body("bank_transfer", "eur", 1, 13): "incorrect_price",
			body("bank_transfer", "eur", 1234, 1): "incorrect_charge", body("card", "eur", 1234, 78): "payment_method_already_set",
			body("p24", "eur", 1234, 13): "unsupported_combination",
		} {
			same(t, bad, x.api("POST", m.one+m.set, x.buyer, bad).code(), code)
		}
		x.ok(200, "POST", m.one+m.set, x.buyer, body("bank_transfer", "eur", 1234, 13), nil)
		var details struct{ Amount int64 }
		x.ok(200, "GET", m.one+"/bank_transfer_details", x.buyer, "", &details)
		same(t, "amount", details.Amount, int64(1247))
		same(t, "not the buyer", x.api("POST", m.one+m.set, x.seller, "{}").code(), "not_buyer")
		var quote sandbox.Charge
		x.ok(200, "GET", m.one+"/charge?price=5000", x.buyer, "", &quote)
		same(t, "quote", []any{quote.Charge, quote.Currency}, []any{int64(190), "eur"})
		same(t, "unknown method", x.api("GET", m.one+"/charge?price=5000&payment_method=shells", x.buyer, "").code(), "invalid_payment_method")
	}
	late := `{"payment_method":"bank_transfer","currency":"eur","price":1234,"charge":13}`
	same(t, "paid", x.api("POST", fmt.Sprintf("/transactions/%d/set_payment_method", paid), x.buyer, late).code(), "already_paid")
}

func TestOrderIssue(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	one := func(situation string) string {
		return fmt.Sprintf("/transactions/%d/submit_order_issue", x.at(situation))
	}
	tx := x.tx("POST", one("tracked"), x.buyer, complaintBody)
	same(t, "issue", []any{tx.Status, tx.OrderIssue.Description, tx.OrderIssueRaised}, []any{"tracked", "Item was fake", start})
	same(t, "too early", x.api("POST", one("paid"), x.buyer, complaintBody).code(), "tracking_not_added")
	same(t, "too late", x.api("POST", one("delivered"), x.buyer, complaintBody).code(), "delivery_already_set")
	same(t, "seller", x.api("POST", one("tracked"), x.seller, complaintBody).code(), "not_buyer")
}

func TestClientPages(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	for range 3 {
		x.at("joined")
		x.openF2F("")
	}
	x.at("paid")
	for prefix, total := range map[string]int64{"": 4, "/p2p": 3} {
		var page struct {
			Data                  []struct{ ID int64 }
			Page                  int64
			TotalCount, PageCount int64 `json:"-"`
			Total                 int64 `json:"total_count"`
			Pages                 int64 `json:"total_pages"`
		}
		path := prefix + "/clients/sandbox/transactions"
		x.ok(200, "POST", path+"?page=2&page_size=2", "", `{"sort_by_order":"asc"}`, &page)
		same(t, "page", []any{page.Data[0].ID, page.Total, page.Pages}, []any{int64(1311), total, int64(2)})
		x.ok(200, "POST", path, "", `{"statuses":["paid"],"search_by_user_ids":["nobody"]}`, &page)
		same(t, "filtered", page.Total, int64(0))
		for _, bad := range []struct{ query, body, code string }{
			{"?page=x", "", "invalid_page"}, {"?page=0", "", "page_value_too_low"}, {"?page_size=x", "", "invalid_page_size"},
			{"?page_size=0", "", "page_size_value_too_low"}, {"?page_size=101", "", "excessive_page_size"},
			{"", `{"sort_by_order":"up"}`, "sort_by_incorrect_format"}, {"", `{"sort_by_name":"colour"}`, "sort_by_incorrect_format"},
		} {
			same(t, bad.query+bad.body, x.api("POST", path+bad.query, "", bad.body).code(), bad.code)
		}
		same(t, "another client", x.api("POST", prefix+"/clients/other/transactions", "", "").code(), "not_found")
		same(t, "one", x.api("GET", path+"/1309", "", "").status, 200)
		same(t, "none", x.api("GET", path+"/7", "", "").code(), "not_found")
		same(t, "no id", x.api("GET", path+"/x", "", "").code(), "invalid_id")
	}
	for _, sort := range []string{"status", "currency", "created", "id"} {
		same(t, sort, x.api("POST", "/clients/sandbox/transactions", "", `{"sort_by_name":"`+sort+`"}`).status, 200)
	}
	same(t, "user", compact(t, x.api("GET", "/users/clients/sandbox/users/"+x.buyer, "", "").body), fmt.Sprintf(`{"id":%q,"email":"buyer@example.com"}`, x.buyer))
	same(t, "countries", x.api("GET", "/client/supported_registration_countries", "", "").status, 200)
	same(t, "timelines", compact(t, x.api("GET", "/p2p/clients/sandbox/timelines", "", "").body), `{"complaint_period_seconds":86400}`)
}
