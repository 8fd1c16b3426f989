package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/app"
)

// card is how a payment that is held back is played on any gateway: paid, then completed, then
// the seller has the money; or cancelled and refunded by staff; or objected to at the bank. How
// it is paid is what the process is opened with, or the invoice paid with.
func card(process, gateway, payment string, dispute func(m *market, deal string)) life {
	paid := func(m *market) string {
		m.t.Helper()
		if process == "preauthorize" {
			return m.reserved(gateway, payment)
		}
		return m.invoiced(gateway, payment)
	}
	return life{
		seller: func(m *market) {
			deal := paid(m)
			m.step(deal, "bea", "complete", "")
			m.is(deal, "confirmed")
			m.reachesSeller(deal, gateway)
		},
		refund: func(m *market) {
			deal := paid(m)
			m.step(deal, "bea", "cancel", "")
			m.settledAtBank(gateway)
			m.step(deal, "", "refund", `{"reason":"agreed"}`)
			m.is(deal, "refunded")
			m.has(deal, "refunded", 5000)
		},
		dispute: func(m *market) {
			deal := paid(m)
			m.settledAtBank(gateway)
			dispute(m, deal)
			m.is(deal, "refunded")
			m.has(deal, "refunded", 5000)
		},
	}
}

// aSavedCard stands in an input for a card that the buyer has saved at Paytrail.
const aSavedCard = "a saved card"

// reserved is a deal of preauthorize that its author has accepted.
func (m *market) reserved(gateway, payment string) string {
	m.t.Helper()
	if strings.Contains(payment, aSavedCard) {
		id, err := m.paytrail.SaveCard("success")
		if err != nil {
			m.t.Fatal(err)
		}
		payment = strings.Replace(payment, aSavedCard, id, 1)
	}
	deal, made := m.opens("preauthorize", gateway, payment)
	m.pages(made)
	m.is(deal, "preauthorized")
	m.step(deal, "sam", "complete_preauthorization", "")
	m.is(deal, "paid")
	return deal
}

// invoiced is a deal of postpay whose invoice is paid.
func (m *market) invoiced(gateway, payment string) string {
	m.t.Helper()
	deal, _ := m.opens("postpay", gateway, "")
	m.step(deal, "sam", "invoice", `{"total_sum":"5000"}`)
	m.pages(m.step(deal, "bea", "pay_invoice", payment))
	m.is(deal, "paid")
	return deal
}

// pages lets the buyer pay on the gateway's page, where there is one.
func (m *market) pages(a answer) {
	m.t.Helper()
	page := a.field(m.t, "redirect_url")
	if !strings.HasPrefix(page, "http") {
		return
	}
	if got := call(m.t, "POST", page, "", "", "", `{"card":"success"}`); got.Status != http.StatusOK {
		m.t.Fatalf("the page: %d %s", got.Status, got.Body)
	}
}

// settledAtBank lets a day pass at a gateway where only what is settled can go back.
func (m *market) settledAtBank(gateway string) {
	m.t.Helper()
	if gateway != "braintree" {
		return
	}
	if err := m.braintree.Advance(24 * time.Hour); err != nil {
		m.t.Fatal(err)
	}
}

// reachesSeller finds the money at the seller: paid by the gateway, or by the marketplace once
// it has settled what is due.
func (m *market) reachesSeller(deal, gateway string) {
	m.t.Helper()
	m.has(deal, "released", 5000)
	if gateway == "balance" {
		return // the ledger is the seller's account
	}
	id := m.payout(deal)
	status := m.do("GET", "/v1/payouts/"+id, "", "", 200).field(m.t, "status")
	if gateway == "braintree" {
		if status != "due" {
			m.t.Errorf("the payout is %s", status)
		}
		m.do("POST", "/v1/payouts/"+id+"/settle", "", `{"reference":"RF18 5390","amount":5000}`, 200)
		status = m.do("GET", "/v1/payouts/"+id, "", "", 200).field(m.t, "status")
	}
	if status != "paid_out" {
		m.t.Errorf("the payout is %s", status)
	}
}

// payout is the id of a deal's payout.
func (m *market) payout(deal string) string {
	m.t.Helper()
	list := m.do("GET", "/v1/sellers/sam/payouts?limit=100", "", "", 200)
	for _, item := range strings.Split(string(list.Body), `{"id":"`)[1:] {
		if id, rest, _ := strings.Cut(item, `"`); strings.Contains(rest, strings.TrimPrefix(deal, "/v1/transactions/")) {
			return id
		}
	}
	m.t.Fatalf("no payout of %s: %s", deal, list.Body)
	return ""
}

// Objections at the bank, which the bank decides for the buyer.

func (m *market) objects(deal string, open func(payment string) (string, error), decide func(id string) error) {
	m.t.Helper()
	id, err := open(m.payment(deal))
	if err != nil {
		m.t.Fatal(err)
	}
	m.is(deal, "disputed")
	if err := decide(id); err != nil {
		m.t.Fatal(err)
	}
}

func (m *market) disputeAtStripe(deal string) {
	m.objects(deal, func(id string) (string, error) { return m.stripe.Dispute(id, "fraudulent") },
		func(id string) error { return m.stripe.CloseDispute(id, false) })
}

func (m *market) disputeAtPayPal(deal string) {
	m.objects(deal, func(id string) (string, error) {
		return m.paypal.Dispute(id, "50.00", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
	},
		func(id string) error { return m.paypal.CloseDispute(id, "lost") })
}

func (m *market) disputeAtBraintree(deal string) {
	m.objects(deal, func(id string) (string, error) { return m.braintree.Dispute(id, 0, "fraud") },
		func(id string) error { return m.braintree.CloseDispute(id, "lost") })
}

// Trustap's escrow.

// shipped is a deal that is paid at Trustap and has arrived.
func (m *market) shipped() (deal string, payment int64) {
	m.t.Helper()
	deal, _ = m.opens("escrow_online", "trustap", "")
	payment = m.number(m.payment(deal))
	if _, err := m.trustap.Sandbox.Pay(payment, "success"); err != nil {
		m.t.Fatal(err)
	}
	m.is(deal, "paid")
	m.step(deal, "sam", "track", `{"carrier":"ups","tracking_code":"1Z"}`)
	m.step(deal, "bea", "confirm_delivery", "")
	return deal, payment
}

func (m *market) number(text string) (n int64) {
	m.t.Helper()
	text = text[strings.LastIndexAny(text, ":/")+1:]
	if _, err := fmt.Sscan(text, &n); err != nil {
		m.t.Fatalf("payment %q: %v", text, err)
	}
	return n
}

func (m *market) escrow() {
	deal, _ := m.shipped()
	m.step(deal, "bea", "end_complaint_period", "")
	m.is(deal, "funds_released")
	m.has(deal, "released", 5000)
}

func (m *market) escrowRefunded() {
	deal, _ := m.shipped()
	m.step(deal, "bea", "complain", `{"description":"the bell is missing"}`)
	m.step(deal, "sam", "accept_complaint", "")
	m.is(deal, "refunded")
}

func (m *market) escrowComplained() {
	deal, payment := m.shipped()
	m.step(deal, "bea", "complain", `{"description":"the bell is missing"}`)
	m.is(deal, "complained")
	if _, err := m.trustap.Sandbox.ResolveComplaint(payment, "refund"); err != nil {
		m.t.Fatal(err)
	}
	m.is(deal, "refunded")
}

// met is a deal in person whose deposit is accepted.
func (m *market) met() (deal string, payment int64) {
	m.t.Helper()
	made := m.do("POST", "/v1/transactions", "", `{"process":"escrow_f2f","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},
		"unit_price":{"amount":0,"currency":"EUR"},"deposit":{"amount":2000,"currency":"EUR"}}`, 201)
	deal = "/v1/transactions/" + made.field(m.t, "id")
	payment = m.number(m.payment(deal))
	if _, err := m.trustap.Sandbox.PayDeposit(payment, "success"); err != nil {
		m.t.Fatal(err)
	}
	m.is(deal, "deposit_paid")
	m.step(deal, "sam", "accept_deposit", "")
	return deal, payment
}

// handedOver is a deal in person whose goods the seller has handed over.
func (m *market) handedOver() (deal string, payment int64) {
	m.t.Helper()
	deal, payment = m.met()
	m.step(deal, "sam", "set_price", `{"price":"10000"}`)
	if _, err := m.trustap.Sandbox.PayRemainder(payment, "success"); err != nil {
		m.t.Fatal(err)
	}
	m.is(deal, "remainder_paid")
	m.step(deal, "sam", "confirm_handover", "")
	return deal, payment
}

func (m *market) meeting() {
	deal, _ := m.handedOver()
	m.step(deal, "bea", "end_complaint_period", "")
	m.is(deal, "funds_released")
}

func (m *market) meetingCancelled() {
	deal, _ := m.met()
	m.step(deal, "bea", "cancel", `{"reason":"agreed"}`)
	m.is(deal, "deposit_refunded")
}

func (m *market) meetingComplained() {
	deal, payment := m.handedOver()
	m.step(deal, "bea", "complain", `{"description":"the bell is missing","category":"other"}`)
	m.is(deal, "complained")
	if _, err := m.trustap.Sandbox.ResolveF2FComplaint(payment, "refund"); err != nil {
		m.t.Fatal(err)
	}
	m.is(deal, "refunded")
}

// Our own ledger, and deals without money.

func (m *market) free() {
	deal, _ := m.opens("none", "none", "")
	m.is(deal, "free")
}

func (m *market) balance(user, currency string) string {
	m.t.Helper()
	return m.do("GET", "/v1/balances/"+user+"?currency="+currency, "", "", 200).field(m.t, "available")
}

func (m *market) deposit() {
	m.do("POST", "/v1/balances/ida/deposits", "", `{"amount":700,"currency":"EUR","reason":"cash"}`, 201, "Handsel-Operator", "olga")
	if got := m.balance("ida", "EUR"); !strings.Contains(got, "700") {
		m.t.Errorf("ida has %s", got)
	}
}

func (m *market) withdrawal() {
	m.do("POST", "/v1/balances/ivo/deposits", "", `{"amount":700,"currency":"EUR","reason":"cash"}`, 201, "Handsel-Operator", "olga")
	m.do("POST", "/v1/balances/ivo/withdrawals", "", `{"amount":500,"currency":"EUR","reason":"to the bank"}`, 201, "Handsel-Operator", "olga")
	if got := m.balance("ivo", "EUR"); !strings.Contains(got, "200") {
		m.t.Errorf("ivo has %s", got)
	}
}

// trades does something in the exchange as a user.
func (m *market) trades(user app.SampleUser, method, path, body string, want int) answer {
	m.t.Helper()
	*m.asked++
	a := call(m.t, method, m.url+"/api/v1/p2p/"+path, m.token(user), "", fmt.Sprint("trade ", *m.asked), body)
	if a.Status != want {
		m.t.Fatalf("%s %s as %s: %d %s, want %d", method, path, user.Name, a.Status, a.Body, want)
	}
	return a
}

// ordered is an order of 1000.00 roubles that alice sells to bob, who has marked it paid.
func (m *market) ordered() (order string) {
	m.t.Helper()
	made := m.trades(app.Bob, "POST", "orders", `{"ad_id":`+m.ad+`,"usdt_amount":100000,"payment_method":"bank_transfer"}`, 200)
	return "orders/" + m.id(made)
}

// offers opens the ad that all orders take a part of: 3000.00 roubles that alice has deposited.
func (m *market) offers() (ad string) {
	m.t.Helper()
	m.do("POST", "/v1/balances/"+app.Alice.ID+"/deposits", "", `{"amount":300000,"currency":"RUB","reason":"to be sold"}`, 201, "Handsel-Operator", "olga")
	return m.id(m.trades(app.Alice, "POST", "ads", `{"type":"sell","fiat_currency":"RUB","exchange_rate":102,"min_amount":10000,"max_amount":500000,
		"total_amount":300000,"payment_methods":["bank_transfer"],"payment_details":{"account":"Alice's account"},"payment_window_minutes":30}`, 200))
}

// id is a number of more digits than fit into a float.
func (m *market) id(a answer) string {
	m.t.Helper()
	var made struct{ ID json.Number }
	if err := json.Unmarshal(a.Body, &made); err != nil || made.ID == "" {
		m.t.Fatalf("no id: %s", a.Body)
	}
	return made.ID.String()
}

func (m *market) ends(user app.SampleUser, order, status string) {
	m.t.Helper()
	if got := m.trades(user, "GET", order, "", 200).field(m.t, "status"); got != status {
		m.t.Errorf("the order is %s, want %s", got, status)
	}
}

func (m *market) order() {
	order := m.ordered()
	m.trades(app.Bob, "POST", order+"/confirm-paid", "", 200)
	m.trades(app.Alice, "POST", order+"/confirm-received", "", 200)
	m.ends(app.Bob, order, "completed")
	if got := m.balance(app.Bob.ID, "RUB"); !strings.Contains(got, "100000") {
		m.t.Errorf("bob has %s", got)
	}
}

func (m *market) orderCancelled() {
	order := m.ordered()
	m.trades(app.Bob, "POST", order+"/cancel", `{"not_paid":true}`, 200)
	m.ends(app.Bob, order, "cancelled")
}

func (m *market) orderDisputed() {
	order := m.ordered()
	m.trades(app.Bob, "POST", order+"/confirm-paid", "", 200)
	m.trades(app.Alice, "POST", order+"/call-operator", `{"reason":"Nothing has come in."}`, 200)
	m.ends(app.Alice, order, "disputed")
	m.trades(app.Olga, "POST", "operator/"+order+"/assign", "", 200)
	m.trades(app.Olga, "POST", "operator/"+order+"/resolve", `{"outcome":"refund","reason":"Bob has not paid."}`, 200)
	m.ends(app.Alice, order, "cancelled")
}
