package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/sandbox/braintree"
)

// inServe is the real server with Braintree's emulator behind it.
type inServe struct {
	t        *testing.T
	bank     *braintree.Emulator
	url, key string
	asked    int
}

// braintreeInServe starts both on a database, with more settings. Nothing is written into it by hand.
func braintreeInServe(t *testing.T, database string, more ...string) *inServe {
	t.Helper()
	s := &inServe{t: t}
	address := freeAddress(t)
	s.url, s.key = "http://"+address, "hsk_test_00000000000000aa_"+strings.Repeat("ab", 32)
	bank, till := testport.Stand(t, func(url string) (*braintree.Emulator, error) {
		return braintree.New(braintree.Config{PublicURL: url, SharedWorld: true, WebhookURL: s.url + "/gateways/braintree/webhooks"})
	})
	s.bank = bank
	m := braintree.Example()
	start(t, append([]string{
		"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + database, "HANDSEL_BOOTSTRAP_API_KEY=" + s.key,
		"HANDSEL_BRAINTREE_URL=" + till, "HANDSEL_BRAINTREE_PUBLIC_KEY=" + m.Public, "HANDSEL_BRAINTREE_PRIVATE_KEY=" + m.Private,
		"HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS=EUR=shop_eur,JPY=shop_jpy",
	}, more...), "serve")
	await(t, "the server", func() bool { return call(t, "GET", s.url+"/readyz", "", "", "", "").Status == 200 })
	return s
}

func (s *inServe) do(method, path, actor, body string, want int, header ...string) answer {
	s.t.Helper()
	s.asked++
	got := call(s.t, method, s.url+path, s.key, actor, fmt.Sprint("key ", s.asked), body, header...)
	if got.Status != want {
		s.t.Fatalf("%s %s: %d %s, want %d", method, path, got.Status, got.Body, want)
	}
	return got
}

// open opens a deal over the customer's API; nonce may be empty.
func (s *inServe) open(process, currency, nonce string, want int) answer {
	s.t.Helper()
	return s.do("POST", "/transactions/v1/create", "bea", `{"transaction":{"payment_process":"`+process+`","payment_gateway":"braintree","community_id":1,"starter_id":"bea","listing_id":1234,
		"listing_title":"Old city-bike","listing_price":{"amount":5000,"currency":"`+currency+`"},"listing_author_id":"sam","listing_quantity":1},"gateway_fields":{`+nonce+`}}`, want)
}

// step takes a step there and holds it against the state that follows.
func (s *inServe) step(id, step, actor, body, state string) {
	s.t.Helper()
	if a := s.do("POST", "/transactions/v1/"+id+"/"+step, actor, body, 200); !strings.Contains(string(a.Body), `"current_state":"`+state+`"`) {
		s.t.Errorf("%s: %s, want %s", step, a.Body, state)
	}
}

func (s *inServe) is(id, state string) {
	s.t.Helper()
	await(s.t, state, func() bool {
		return strings.Contains(string(s.do("GET", "/transactions/v1/"+id, "bea", "", 200).Body), `"current_state":"`+state+`"`)
	})
}

// moved are the effects at Braintree, by name.
func (s *inServe) moved() string {
	sums := map[string]int64{}
	for _, e := range s.bank.Effects() {
		sums[e.Operation] += e.Amount
	}
	return fmt.Sprint(sums)
}

// payOut pays the seller as the marketplace does: what is due is listed, paid elsewhere and settled.
func (s *inServe) payOut(minor int64) {
	s.t.Helper()
	due := s.do("GET", "/v1/payouts?status=due", "", "", 200)
	_, rest, found := strings.Cut(string(due.Body), `"items":[{"id":"`)
	payout, _, _ := strings.Cut(rest, `"`)
	if !found || !strings.Contains(string(due.Body), fmt.Sprintf(`"amount":{"amount":%d,"currency":"EUR"},"status":"due","paid_by":"marketplace"`, minor)) {
		s.t.Fatalf("due: %s", due.Body)
	}
	s.do("POST", "/v1/payouts/"+payout+"/settle", "", fmt.Sprintf(`{"reference":"RF18 5390","amount":%d}`, minor), 200)
	if paid := s.do("GET", "/v1/sellers/sam/payouts", "", "", 200); !strings.Contains(string(paid.Body), `"status":"paid_out"`) {
		s.t.Errorf("paid: %s", paid.Body)
	}
}

func transactionID(t *testing.T, a answer) string {
	t.Helper()
	_, rest, found := strings.Cut(string(a.Body), `"id":`)
	id, _, ended := strings.Cut(rest, ",")
	if !found || !ended {
		t.Fatalf("no id: %s", a.Body)
	}
	return id
}

// A deal is preauthorized and another one paid by invoice with nonces, as the customer's documents have it; what cannot be paid is
// refused, and Braintree's question is answered.
func TestBraintree_inServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := braintreeInServe(t, database)
			can := s.do("GET", "/transactions/v1/can_start_transaction?payment_gateway=braintree&community_id=1&listing_author_id=sam", "", "", 200)
			if !strings.Contains(string(can.Body), `"result":true`) {
				t.Errorf("can start: %s", can.Body)
			}
			for what, tc := range map[string]struct {
				currency, fields, code string
				status                 int
			}{
				"dollars":          {"USD", `"payment_method_nonce":"fake-valid-nonce"`, "amount_not_supported", 400},
				"a card's number":  {"EUR", `"credit_card_number":"4000 5000 6000 7000 9","cvv":"1234"`, "card_data_not_accepted", 400},
				"a declined card":  {"EUR", `"payment_method_nonce":"fake-processor-declined-visa-nonce"`, "card_declined", 402},
				"a consumed nonce": {"EUR", `"payment_method_nonce":"fake-consumed-nonce"`, "invalid_payment_method", 402},
				"no nonce":         {"EUR", "", "invalid_payment_method", 402},
			} {
				if a := s.open("preauthorize", tc.currency, tc.fields, tc.status); a.field(t, "code") != tc.code {
					t.Errorf("%s: %s, want %s", what, a.Body, tc.code)
				}
			}

			first := transactionID(t, s.open("preauthorize", "EUR", `"cardholder_name":"Mikko Koski","payment_method_nonce":"fake-valid-visa-nonce"`, 201))
			s.is(first, "preauthorized")
			s.step(first, "complete_preauthorization", "sam", "", "paid")
			if err := s.bank.Advance(24 * time.Hour); err != nil {
				t.Fatal(err)
			}
			if err := s.bank.WaitDelivered(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, d := range s.bank.Deliveries() {
				if d.StatusCode != 200 {
					t.Errorf("a webhook: %+v", d)
				}
			}
			s.step(first, "complete", "bea", "", "completed")
			s.payOut(5000)

			second := transactionID(t, s.open("postpay", "JPY", "", 201))
			s.step(second, "invoice", "sam", `{"gateway_fields":{"total_sum":{"amount":7000,"currency":"JPY"}}}`, "accepted")
			if a := s.do("POST", "/transactions/v1/"+second+"/pay_invoice", "bea", `{"gateway_fields":{"payment_method":"fake-processor-declined-visa-nonce"}}`, 402); a.field(t, "code") != "card_declined" {
				t.Errorf("a declined card: %s", a.Body)
			}
			s.is(second, "accepted")
			s.step(second, "pay_invoice", "bea", `{"gateway_fields":{"cardholder_name":"Mikko Koski","payment_method":"fake-valid-mastercard-nonce"}}`, "paid")
			s.step(second, "cancel", "bea", "", "canceled")
			if got := s.moved(); got != "map[authorize:12000 capture:12000]" {
				t.Errorf("at Braintree: %s", got)
			}

			if err := s.bank.Challenge(t.Context(), s.url+"/gateways/braintree/webhooks"); err != nil {
				t.Errorf("Braintree asks whether the address is ours: %v", err)
			}
		})
	}
}

// With escrow a seller is set up as a sub-merchant, Braintree holds what is paid for them, with the commission in it, and pays them
// when the deal ends, or gives all of it back.
func TestBraintree_escrowInServe(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "handsel.db"), "postgres": pgtest.URL(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := braintreeInServe(t, database, "HANDSEL_BRAINTREE_ESCROW=on", "HANDSEL_BRAINTREE_MERCHANT_ID="+braintree.Example().ID, "HANDSEL_BRAINTREE_MERCHANT_ACCOUNTS=EUR=shop_eur")
			later := func(d time.Duration) {
				t.Helper()
				if err := s.bank.Advance(d); err != nil {
					t.Fatal(err)
				}
				if err := s.bank.WaitDelivered(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			stands := func(want string) {
				t.Helper()
				await(t, want, func() bool { return strings.Contains(string(s.do("GET", "/v1/sellers/sam", "", "", 200).Body), want) })
			}
			sets := func(first string) {
				t.Helper()
				s.do("POST", "/v1/sellers/sam/onboarding", "", `{"gateway":"braintree","return_url":"https://shop.example.com","details":{"first_name":"`+first+`","last_name":"Doe",
					"email":"sam@example.com","date_of_birth":"1981-11-19","street_address":"111 Main St","locality":"Chicago","region":"IL","postal_code":"60622",
					"funding_destination":"email","funding_email":"sam@example.com","tos_accepted":"true"}}`, 201)
			}
			const card = `"payment_method_nonce":"fake-valid-visa-nonce"`
			s.do("PUT", "/v1/community/fees", "", `{"seller_basis_points":1000,"buyer_basis_points":500,"buyer_fee_on_refund":"kept","reason":"test"}`, 200)
			if a := s.open("preauthorize", "EUR", card, 409); a.field(t, "code") != "partial_refund_not_allowed" {
				t.Errorf("a fee that is kept: %s", a.Body)
			}
			s.do("PUT", "/v1/community/fees", "", `{"seller_basis_points":1000,"buyer_basis_points":500,"reason":"test"}`, 200)
			if a := s.open("preauthorize", "EUR", card, 409); a.field(t, "code") != "payee_not_ready" || !strings.Contains(string(a.Body), "sub-merchant") {
				t.Errorf("no sub-merchant: %s", a.Body)
			}
			sets("82621")
			later(2 * time.Minute)
			stands(`"declined_ofac"`)
			sets("approve_me")
			later(2 * time.Minute)
			stands(`"status":"active"`)

			first := transactionID(t, s.open("preauthorize", "EUR", card, 201))
			s.step(first, "complete_preauthorization", "sam", "", "paid")
			second := transactionID(t, s.open("preauthorize", "EUR", card, 201))
			s.step(second, "complete_preauthorization", "sam", "", "paid")
			later(24 * time.Hour)
			s.step(first, "complete", "bea", "", "completed")
			s.step(second, "cancel", "bea", "", "canceled")
			list := s.do("GET", "/v1/transactions?state=canceled", "", "", 200)
			_, rest, _ := strings.Cut(string(list.Body), `"id":"`)
			deal, _, _ := strings.Cut(rest, `"`)
			if a := s.do("POST", "/v1/transactions/"+deal+"/transitions", "", `{"transition":"split","input":{"refund":"1000","release":"4000","reason":"test"}}`, 409, "Handsel-Operator", "olga"); a.field(t, "code") != "partial_refund_not_allowed" {
				t.Errorf("a split: %s", a.Body)
			}
			s.do("POST", "/v1/transactions/"+deal+"/transitions", "", `{"transition":"refund","input":{"reason":"test"}}`, 200, "Handsel-Operator", "olga")
			later(25 * time.Hour)
			if got := s.moved(); got != "map[authorize:10500 capture:10500 disburse:4500 refund:5250 release:4500]" {
				t.Errorf("at Braintree: %s", got)
			}
			if due := s.do("GET", "/v1/payouts?status=due", "", "", 200); !strings.Contains(string(due.Body), `"items":[]`) {
				t.Errorf("due: %s", due.Body)
			}
			if paid := s.do("GET", "/v1/sellers/sam/payouts", "", "", 200); !strings.Contains(string(paid.Body), `"amount":{"amount":4500,"currency":"EUR"},"status":"paid_out","paid_by":"gateway"`) {
				t.Errorf("paid: %s", paid.Body)
			}
		})
	}
}
