package braintree_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// applicant is what a sub-merchant tells of themselves, but for what a test changes: `"first_name":"approve_me"` becomes
// something else.
const applicant = `{"merchant_account":{"id":"seller_1","tos_accepted":true,"master_merchant_account_id":"shop_usd",
	"individual":{"first_name":"approve_me","last_name":"Doe","email":"jane@example.com","phone":"5553334444","date_of_birth":"1981-11-19","ssn":"456-45-4567",
		"address":{"street_address":"111 Main St","locality":"Chicago","region":"IL","postal_code":"60622"}},
	"funding":{"destination":"bank","account_number":"1123581321","routing_number":"071101307"}}}`

// seller opens a sub-merchant account and waits until it is approved.
func (b *bank) seller(id string) {
	b.t.Helper()
	if _, status := b.old("POST", "/merchant_accounts/create_via_api", strings.Replace(applicant, "seller_1", id, 1)); status != http.StatusCreated {
		b.t.Fatalf("create %s: %d", id, status)
	}
	b.later(time.Hour)
}

// sold is the body of a sale of 10.00 for a sub-merchant, and more of it.
func sold(account, more string) string {
	return `{"transaction":{"type":"sale","amount":"10.00","payment_method_nonce":"fake-valid-nonce","merchant_account_id":"` + account + `",` + more + `}}`
}

const heldSale = `"service_fee_amount":"1.50","options":{"submit_for_settlement":true,"hold_in_escrow":true}`

// The Marketplace's escrow holds what has settled, whole, until it is released.
func TestEscrow(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	b.seller("seller_1")
	made, _ := b.old("POST", "/transactions", sold("seller_1", heldSale))
	at := "/transactions/" + made.ID
	for _, tc := range []struct {
		wait               time.Duration
		method, path, body string
		want               string
	}{
		{0, "PUT", at + "/release_from_escrow", "", "91561"},
		{0, "PUT", at + "/hold_in_escrow", "", "91560"},
		{0, "GET", at, "", "hold_pending"},
		{24 * time.Hour, "GET", at, "", "held"},
		{0, "POST", at + "/refund", `{"transaction":{"amount":"1.00"}}`, "91563"},
		{0, "PUT", at + "/cancel_release", "", "91562"},
		{0, "PUT", at + "/release_from_escrow", "", "release_pending"},
		{0, "PUT", at + "/release_from_escrow", "", "91561"},
		{0, "POST", at + "/refund", `{"transaction":{"amount":"1.00"}}`, "91563"},
		{0, "PUT", at + "/cancel_release", "", "held"},
		{48 * time.Hour, "PUT", at + "/release_from_escrow", "", "release_pending"},
		{24 * time.Hour, "GET", at, "", "released"},
		{0, "PUT", at + "/cancel_release", "", "91562"},
		{0, "POST", at + "/refund", `{"transaction":{"amount":"1.00"}}`, ""},
	} {
		b.later(tc.wait)
		got, _ := b.old(tc.method, tc.path, tc.body)
		if text := got.Escrow + strings.Join(got.Codes, ","); text != tc.want {
			t.Errorf("%s %s: %s, want %s", tc.method, tc.path, text, tc.want)
		}
	}
	if diff := cmp.Diff([]string{"authorize 1000", "capture 1000", "release 850", "cancel_release 850", "release 850", "disburse 850", "refund 100"}, b.did()); diff != "" {
		t.Error(diff)
	}
}

func (b *bank) did() (did []string) {
	for _, e := range b.Effects() {
		did = append(did, fmt.Sprint(e.Operation, " ", e.Amount))
	}
	return did
}

// All of what is held can go back, once; what is not held is the sub-merchant's a day after it settled.
func TestEscrow_ends(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		more string
		play func(b *bank, at string)
		want []string
	}{
		"given back": {heldSale, func(b *bank, at string) {
			b.later(24 * time.Hour)
			b.old("POST", at+"/refund", "")
			if got, _ := b.old("GET", at, ""); got.Escrow != "refunded" {
				b.t.Errorf("it is %q", got.Escrow)
			}
			b.old("PUT", at+"/release_from_escrow", "")
		}, []string{"refund 1000"}},
		"given back while it is released": {heldSale, func(b *bank, at string) {
			b.later(24 * time.Hour)
			b.old("PUT", at+"/release_from_escrow", "")
			b.old("POST", at+"/refund", "")
		}, []string{"release 850", "refund 1000"}},
		"a refund that fails": {heldSale, func(b *bank, at string) {
			b.later(24 * time.Hour)
			back, _ := b.old("POST", at+"/refund", "")
			b.old("PUT", "/transactions/"+back.ID+"/settlement_decline", "")
			b.old("PUT", at+"/release_from_escrow", "")
		}, []string{"refund 1000", "refund_failed 1000", "release 850", "disburse 850"}},
		"void":     {heldSale, func(b *bank, at string) { b.old("PUT", at+"/void", "") }, []string{"void 1000"}},
		"not held": {`"service_fee_amount":"0","options":{"submit_for_settlement":true}`, func(*bank, string) {}, []string{"disburse 1000"}},
		"a dispute": {heldSale, func(b *bank, at string) {
			if _, err := b.Dispute(strings.TrimPrefix(at, "/transactions/"), 0, ""); err != nil {
				b.t.Error(err)
			}
		}, []string{"dispute 1000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, nil)
			b.seller("seller_1")
			made, _ := b.old("POST", "/transactions", sold("seller_1", tc.more))
			tc.play(b, "/transactions/"+made.ID)
			b.later(72 * time.Hour)
			if diff := cmp.Diff(append([]string{"authorize 1000", "capture 1000"}, tc.want...), b.did()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A sale for a sub-merchant needs a fee that is no more than it, and one of the marketplace takes none.
func TestEscrow_refused(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	b.seller("seller_1")
	b.seller("gone")
	if err := b.DecideSubMerchant("gone", "suspended", ""); err != nil {
		t.Fatal(err)
	}
	b.old("POST", "/merchant_accounts/create_via_api", strings.Replace(applicant, "seller_1", "waits", 1))
	for name, tc := range map[string]struct{ account, more, want string }{
		"no fee":              {"seller_1", `"options":{}`, "91553"},
		"a negative fee":      {"seller_1", `"service_fee_amount":"-1"`, "91554"},
		"an odd fee":          {"seller_1", `"service_fee_amount":"x"`, "91555"},
		"a larger fee":        {"seller_1", `"service_fee_amount":"10.01"`, "91556"},
		"all of it":           {"seller_1", `"service_fee_amount":"10.00"`, ""},
		"a fee of its own":    {"shop_usd", `"service_fee_amount":"1"`, "91557"},
		"escrow of its own":   {"shop_usd", `"options":{"hold_in_escrow":true}`, "91560"},
		"suspended":           {"gone", heldSale, "91514"},
		"not approved yet":    {"waits", heldSale, "91513"},
		"another's":           {"nobody", heldSale, "91513"},
		"PayPal":              {"seller_1", `"service_fee_amount":"1","payment_method_nonce":"fake-paypal-one-time-nonce"`, "91578"},
		"nothing of the kind": {"shop_usd", `"options":{}`, ""},
	} {
		got, _ := b.old("POST", "/transactions", sold(tc.account, tc.more))
		if text := strings.Join(got.Codes, ","); text != tc.want {
			t.Errorf("%s: %q, want %q", name, text, tc.want)
		}
	}
	made, _ := b.old("POST", "/transactions", sold("seller_1", `"service_fee_amount":"5"`))
	got, _ := b.old("PUT", "/transactions/"+made.ID+"/submit_for_settlement", `{"transaction":{"amount":"4.99"}}`)
	if text := strings.Join(got.Codes, ","); text != "91551" {
		t.Errorf("less than the fee is captured: %q", text)
	}
	if held, _ := b.old("PUT", "/transactions/"+made.ID+"/hold_in_escrow", ""); held.Escrow != "hold_pending" {
		t.Errorf("held before it is captured: %+v", held)
	}
	if _, r := b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", map[string]any{"merchantAccountId": "seller_1"}); r.code() != "91553" {
		t.Errorf("by GraphQL, which has no fee: %q", r.code())
	}
	if _, status := b.old("GET", "/merchant_accounts/nobody", ""); status != http.StatusNotFound {
		t.Errorf("an account that there is not: %d", status)
	}
}

// notices are the kinds of the webhooks so far, with what of their documents a pattern begins.
func (b *bank) notices(begin string) (all []string) {
	b.t.Helper()
	for _, d := range b.Deliveries() {
		var form struct {
			Payload string `json:"bt_payload"`
		}
		if err := json.Unmarshal(d.Body, &form); err != nil {
			b.t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(form.Payload, "\n", ""))
		if err != nil {
			b.t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(raw), begin)
		text, _, _ := strings.Cut(rest, "<")
		all = append(all, d.Type+" "+text)
	}
	return all
}

// A check ends as the documented first names say, is told, and changes what can be sold.
func TestSubMerchants(t *testing.T) {
	t.Parallel()
	for first, tc := range map[string]struct{ want, told, sold string }{
		"approve_me": {"active", "sub_merchant_account_approved ", ""},
		"82621":      {"suspended", "sub_merchant_account_declined 82621", "91514"},
		"82623":      {"suspended", "sub_merchant_account_declined 82623", "91514"},
		"Jane":       {"pending", "", "91513"},
	} {
		b := newBank(t, nil)
		made, status := b.old("POST", "/merchant_accounts/create_via_api", strings.Replace(applicant, "approve_me", first, 1))
		if status != http.StatusCreated || made.Status != "pending" {
			t.Fatalf("%s: %d %+v", first, status, made)
		}
		b.later(2 * time.Minute)
		got, _ := b.old("GET", "/merchant_accounts/seller_1", "")
		sale, _ := b.old("POST", "/transactions", sold("seller_1", heldSale))
		if told := strings.Join(b.notices("<code>"), ","); got.Status != tc.want || told != tc.told || strings.Join(sale.Codes, "") != tc.sold {
			t.Errorf("%s: %s, told %q, sold %+v", first, got.Status, told, sale)
		}
		b.later(2 * time.Hour)
		if got, _ := b.old("GET", "/merchant_accounts/seller_1", ""); first == "Jane" && got.Status != "active" {
			t.Errorf("hours later %s is %s", first, got.Status)
		}
	}
}

// What is missing or wrong of a sub-merchant is refused with the official number.
func TestSubMerchants_refused(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	b.seller("taken")
	for change, want := range map[string]string{
		`"tos_accepted":true>"tos_accepted":false`:                    "82610",
		`,"master_merchant_account_id":"shop_usd">`:                   "82606",
		`"shop_usd">"nobody"`:                                         "82607",
		`"seller_1">"taken"`:                                          "82604",
		`"seller_1">"shop_eur"`:                                       "82604",
		`"seller_1">"all"`:                                            "82605",
		`"seller_1">"a b"`:                                            "82603",
		`"seller_1">"` + strings.Repeat("x", 33) + `"`:                "82602",
		`"first_name":"approve_me">"first_name":""`:                   "82637",
		`"last_name":"Doe">"last_name":""`:                            "82638",
		`jane@example.com>jane`:                                       "82643",
		`"1981-11-19">""`:                                             "82639",
		`"1981-11-19">"yesterday"`:                                    "82666",
		`"456-45-4567">"1"`:                                           "82642",
		`"111 Main St">""`:                                            "82657",
		`"Chicago">""`:                                                "82658",
		`"IL">"il"`:                                                   "82668",
		`"60622">"6"`:                                                 "82662",
		`"destination":"bank">"destination":"cash"`:                   "82679",
		`"destination":"bank",>`:                                      "82678",
		`"destination":"bank">"destination":"email"`:                  "82680",
		`"destination":"bank">"destination":"mobile_phone"`:           "82682",
		`"1123581321">""`:                                             "82641",
		`"071101307">""`:                                              "82640",
		`"071101307">"071101308"`:                                     "82649",
		`"funding":{>"business":{"tax_id":"98-7654321"},"funding":{`:  "82669",
		`"funding":{>"business":{"legal_name":"Ladders"},"funding":{`: "82648",
	} {
		from, to, _ := strings.Cut(change, ">")
		if !strings.Contains(applicant, from) {
			t.Fatalf("nothing is changed by %s", change)
		}
		status, raw := b.send("POST", below+"/merchant_accounts/create_via_api", []byte(strings.Replace(applicant, from, to, 1)))
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(raw), "<code>"+want+"</code>") {
			t.Errorf("%s: %d %s, want %s", change, status, raw, want)
		}
	}
	for change, want := range map[string]string{
		`{"id":"other"}`: "82675", `{"master_merchant_account_id":"shop_eur"}`: "82676", `{"individual":{"email":"x"}}`: "82643",
	} {
		status, raw := b.send("PUT", below+"/merchant_accounts/taken/update_via_api", []byte(`{"merchant_account":`+change+`}`))
		if status != http.StatusUnprocessableEntity || !strings.Contains(string(raw), "<code>"+want+"</code>") {
			t.Errorf("%s: %d %s, want %s", change, status, raw, want)
		}
	}
}

// A bank that refuses is told, and is paid again once it is another one.
func TestSubMerchants_disbursement(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"seller_1":                        "disbursement ",
		"insufficient_funds__contact":     "disbursement_exception contact_us",
		"account_not_authorized__contact": "disbursement_exception contact_us",
		"bank_rejected__update":           "disbursement_exception update_funding_information",
		"bank_rejected__none":             "disbursement_exception none",
	} {
		b := newBank(t, nil)
		b.seller(id)
		made, _ := b.old("POST", "/transactions", sold(id, heldSale))
		b.later(24 * time.Hour)
		b.old("PUT", "/transactions/"+made.ID+"/release_from_escrow", "")
		b.later(25 * time.Hour)
		got := b.notices("<follow-up-action>")
		if got[len(got)-1] != want {
			t.Errorf("%s: %q, want %s", id, got, want)
		}
		if !strings.Contains(want, "exception") {
			continue
		}
		b.old("PUT", "/merchant_accounts/"+id+"/update_via_api", `{"merchant_account":{"funding":{"account_number":"987654321"}}}`)
		b.later(25 * time.Hour)
		if got := b.notices("<follow-up-action>"); got[len(got)-1] != "disbursement " {
			t.Errorf("%s, with another bank account: %q", id, got)
		}
	}
}

// The classic API refuses by status, where the other one has words.
func TestClassic_faults(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	for kind, want := range map[string]int{"rate_limit": 429, "unavailable": 503} {
		b.fault("list_merchant_accounts", kind)
		if status, _ := b.send("GET", below+"/merchant_accounts", nil); status != want {
			t.Errorf("%s: %d", kind, status)
		}
		b.fault("ping", kind)
		if r := b.ask(`{ ping }`, nil); r.code() == "" {
			t.Errorf("%s: GraphQL answers", kind)
		}
	}
}

// A sub-merchant whose check goes on survives a snapshot, and is decided when that is due.
func TestSubMerchants_snapshot(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	b.old("POST", "/merchant_accounts/create_via_api", applicant)
	status, saved := b.send("GET", "/_sandbox/snapshot", nil)
	if strings.Contains(string(saved), "1123581321") || strings.Contains(string(saved), "456-45-4567") {
		t.Error("the world keeps the numbers of people")
	}
	b.send("POST", "/_sandbox/reset", nil)
	if again, raw := b.send("PUT", "/_sandbox/snapshot", saved); status != 200 || again != 200 {
		t.Fatalf("%d, %d %s", status, again, raw)
	}
	b.later(2 * time.Minute)
	if got, _ := b.old("GET", "/merchant_accounts/seller_1", ""); got.Status != "active" {
		t.Errorf("it is %s", got.Status)
	}
}
