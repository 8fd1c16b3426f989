package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

// A shop's test: the seller is late, and the buyer gets the money back, without anybody waiting four days. In a test
// function, sandboxtest.Start does the first lines in one.
func Example() {
	sb, err := sandbox.New(sandbox.Config{Start: time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sb.Close()
	server := httptest.NewServer(sb)
	defer server.Close()

	guest := func(email string) string {
		var user struct{ ID string }
		post(server.URL+"/api/v1/guest_users", "", fmt.Sprintf(`{"email":%q,"first_name":"Test","last_name":"User",
			"country_code":"IE","tos_acceptance":{"ip":"192.0.2.1","unix_timestamp":1672531200}}`, email), &user)
		return user.ID
	}
	seller, buyer := guest("seller@example.com"), guest("buyer@example.com")
	var tx sandbox.Transaction
	post(server.URL+"/api/v1/me/transactions/create_with_guest_user", seller, fmt.Sprintf(`{"creator_role":"seller",
		"seller_id":%q,"buyer_id":%q,"currency":"eur","price":5000,"charge":190,"charge_calculator_version":5,
		"description":"Bicycle"}`, seller, buyer), &tx)
	fmt.Println(tx.Status)

	paid, err := sb.Pay(tx.ID, "success")
	fmt.Println(paid.Status, err)
	fmt.Println(sb.Advance(96 * time.Hour))
	late := sb.Transactions()[0]
	fmt.Println(late.Status, *late.AmountRefunded, late.Cancelled.Format(time.DateOnly))
	// Output:
	// joined
	// paid <nil>
	// <nil>
	// payment_refunded 5000 2030-03-05
}

// A deal face to face: the deposit is paid and accepted, both hand over, and nobody complains for a day.
func ExampleWorld_PayDeposit() {
	sb, err := sandbox.New(sandbox.Config{Start: time.Date(2030, 3, 1, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer sb.Close()
	server := httptest.NewServer(sb)
	defer server.Close()

	seller, buyer := sandbox.DefaultUsers()[0].ID, sandbox.DefaultUsers()[1].ID
	var deal sandbox.F2FTransaction
	call := func(path, user, body string) { post(server.URL+"/api/v1/p2p"+path, user, body, &deal) }
	call("/me/transactions/create_and_join", seller, fmt.Sprintf(`{"creator_role":"seller","join_user_id":%q,"currency":"eur",
		"description":"Bicycle","deposit_price":5000,"deposit_charge":190,"charge_calculator_version":2,"skip_remainder":true}`, buyer))
	if _, err := sb.PayDeposit(deal.ID, "success"); err != nil {
		fmt.Println(err)
	}
	one := fmt.Sprintf("/transactions/%d", deal.ID)
	call(one+"/accept_deposit", seller, "")
	call(one+"/confirm_handover", seller, "")
	fmt.Println(deal.Status, deal.ComplaintPeriodDeadline.Format(time.DateOnly))
	fmt.Println(sb.Advance(24 * time.Hour))
	fmt.Println(sb.F2FTransactions()[0].Status)
	// Output:
	// seller_handover_confirmed 2030-03-02
	// <nil>
	// funds_released
}

// post sends JSON as a user and reads the answer into v.
func post(url, user, body string, v any) {
	r, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	r.SetBasicAuth("any key", "")
	r.Header.Set("Trustap-User", user)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		fmt.Println(err)
	}
}
