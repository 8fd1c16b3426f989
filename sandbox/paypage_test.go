package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

// press sends the form of a page, and answers the page to which that leads.
func (x *tester) press(path, card string) answer {
	x.t.Helper()
	a := x.page("POST", path, form, "card="+card)
	same(x.t, "pressed "+card, a.status, 303)
	return x.page("GET", a.header.Get("Location"), "", "")
}

func (x *tester) page(method, path, contentType, body string) answer {
	x.t.Helper()
	r, err := http.NewRequestWithContext(x.t.Context(), method, x.URL+path, strings.NewReader(body))
	must(x.t, err)
	r.Header.Set("Content-Type", contentType)
	a, err := x.do(r)
	must(x.t, err)
	return a
}

const form = "application/x-www-form-urlencoded"

func TestPaymentPage(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.tx("POST", "/me/transactions/create_with_guest_user", x.seller, fmt.Sprintf(
		`{%s,"creator_role":"seller","seller_id":%q,"buyer_id":%q}`, strings.Replace(terms, "Soccer ticket", "<script>alert(1)</script>", 1), x.seller, x.buyer))
	path := strings.TrimPrefix(x.Sandbox.PaymentURL(tx.ID), x.URL)
	a := x.page("GET", path, "", "")
	for _, want := range []string{"13.12 EUR", "12.34 EUR", "0.78 EUR", `value="success"`, `value="insufficient_funds"`, `value="cancel"`, "&lt;script&gt;"} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if strings.Contains(string(a.body), "<script>") {
		t.Error("page runs the description")
	}
	a = x.press(path, "expired_card")
	if !strings.Contains(string(a.body), "declined. The card is too old.") || x.get(tx.ID).Status != "joined" {
		t.Errorf("declined: got %d %s", a.status, a.body)
	}
	a = x.press(path, "success")
	if !strings.Contains(string(a.body), "Paid.") || x.get(tx.ID).Status != "paid" {
		t.Errorf("paid: got %d %s", a.status, a.body)
	}
	if a = x.page("GET", path, "", ""); strings.Contains(string(a.body), "<button") {
		t.Error("page of a paid transaction has buttons")
	}
}

func TestPaymentPageReturnsToTheShop(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, card, redirect, want string }{
		{"paid", "success", "https://shop.example.com/done?order=7",
			"https://shop.example.com/done?code=paid&order=7&state=a%3Ab&trustap_status=ok&tx_id=1309"},
		{"cancelled", "cancel", "https://shop.example.com/done",
			"https://shop.example.com/done?code=cancelled&state=a%3Ab&trustap_status=ok&tx_id=1309"},
		{"not a web address", "cancel", "javascript:alert(1)", "/online/transactions/1309/pay?chosen=cancel&redirect_uri=javascript%3Aalert%281%29&state=a%3Ab"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x := newTester(t, sandbox.Config{})
			q := url.Values{"redirect_uri": {test.redirect}, "state": {"a:b"}}
			a := x.page("POST", fmt.Sprintf("/online/transactions/%d/pay?%s", x.open("").ID, q.Encode()), form, "card="+test.card)
			same(t, "location", a.header.Get("Location"), test.want)
			same(t, "status", a.status, 303)
		})
	}
}

func TestPaymentPageForPrograms(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	path := fmt.Sprintf("/online/transactions/%d/guest_pay", x.open("").ID)
	a := x.page("POST", path, "application/json", `{"card":"incorrect_cvc"}`)
	same(t, "declined", []any{a.status, a.code()}, []any{400, "incorrect_cvc"})
	a = x.page("POST", path, "application/json", `{"card":"cancel"}`)
	same(t, "cancelled", []any{a.status, strings.Contains(string(a.body), `"status":"joined"`)}, []any{200, true})
	a = x.page("POST", path, "application/json; charset=utf-8", `{"card":"success"}`)
	same(t, "paid", []any{a.status, strings.Contains(string(a.body), `"status":"paid"`)}, []any{200, true})
	same(t, "no card", x.page("POST", path, form, "%").code(), "invalid_card")
	same(t, "no JSON", x.page("POST", path, "", "{").code(), "malformed_json")
	same(t, "nothing there", x.page("GET", "/online/transactions/5/pay", "", "").code(), "not_found")
	same(t, "no id", x.page("POST", "/online/transactions/five/pay", form, "card=success").code(), "invalid_id")
}

func TestPaymentPageShowsEveryPart(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{Currencies: []string{"jpy"}})
	tx := x.tx("POST", "/me/transactions/create_with_guest_user", x.seller, fmt.Sprintf(`{"currency":"jpy","price":1234,"charge":78,
		"charge_calculator_version":5,"features":["use_custom_postage_fee"],"postage_fee":500,"creator_role":"seller","seller_id":%q,"buyer_id":%q}`,
		x.seller, x.buyer))
	same(t, "postage", tx.ChargePostageBuyer, int64(500))
	a := x.page("GET", fmt.Sprintf("/online/transactions/%d/pay", tx.ID), "", "")
	for _, want := range []string{"1812 JPY", "1234 JPY", "78 JPY", "500 JPY"} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("page lacks %q", want)
		}
	}
	must(t, second(x.Sandbox.Pay(tx.ID, "success")))
	must(t, x.Sandbox.Advance(96*time.Hour))
	same(t, "refund includes postage", *x.get(tx.ID).AmountRefunded, int64(1734))
}

// With 3-D Secure the bank asks back: nothing is paid before the answer.
func TestPaymentPageAsksBack(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	for answer, want := range map[string]string{"success": "paid", "card_declined": "joined"} {
		id := x.open("").ID
		path := fmt.Sprintf("/online/transactions/%d/guest_pay", id)
		asked := x.press(path, "three_d_secure")
		same(t, "asks", []any{asked.status, strings.Contains(string(asked.body), "Your bank asks"), x.get(id).Status}, []any{200, true, "joined"})
		same(t, "page after "+answer, x.press(path, answer).status, 200)
		same(t, "status after "+answer, x.get(id).Status, want)
	}
}

// A page says what is paid, by whom and to whom, and shows nothing by which programs find the payment; once it is paid, one
// may only go back to the shop.
func TestPaymentPage_says(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	tx := x.tx("POST", "/me/transactions/create_with_guest_user", x.seller, fmt.Sprintf(
		`{%s,"creator_role":"seller","seller_id":%q,"buyer_id":%q}`, strings.Replace(terms, "Soccer ticket", "Soccer ticket [hs_1_2]", 1), x.seller, x.buyer))
	path := strings.TrimPrefix(x.Sandbox.PaymentURL(tx.ID), x.URL) + "?redirect_uri=https%3A%2F%2Fshop.example.com%2Fdone"
	for _, want := range []string{"no money moves", "<h1>Soccer ticket</h1>", "Total", "From", "To", "<title>Pay 13.12 EUR – Trustap sandbox</title>", "The account has too little money."} {
		if a := x.page("GET", path, "", ""); !strings.Contains(string(a.body), want) || strings.Contains(string(a.body), "hs_1_2") {
			t.Errorf("the page lacks %q:\n%s", want, a.body)
		}
	}
	same(t, "leads to", x.page("POST", path, form, "card=success").header.Get("Location"), "https://shop.example.com/done?code=paid&trustap_status=ok&tx_id=1309")
	a := x.page("GET", path, "", "")
	same(t, "afterwards", []bool{strings.Contains(string(a.body), "code=paid"), strings.Contains(string(a.body), "<button")}, []bool{true, false})
}
