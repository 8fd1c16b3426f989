package braintree_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/sandbox/braintree"
)

// FuzzGraphQL sends any query: the answer is JSON with status 200, whatever it says.
func FuzzGraphQL(f *testing.F) {
	for _, seed := range []string{
		"", "{ ping }", `{ node(id: "x") { ...f } } fragment f on Node { id ...f }`, `query($a: [Int!] = [1]) { ping @skip(if: $a) }`,
		`mutation { chargePaymentMethod(input: {paymentMethodId: "fake-valid-nonce", transaction: {amount: "1"}}) { transaction { refunds { refundedTransaction { id } } } } }`,
		`{ search { transactions(input: {createdAt: {lessThanOrEqualTo: "x"}}, first: -1, after: "YWZ0ZXIg") { edges { node { id } } } } }`,
	} {
		f.Add(seed, `{"a":[1]}`)
	}
	f.Fuzz(func(t *testing.T, query, variables string) {
		e, err := braintree.New(braintree.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid([]byte(variables)) {
			variables = "{}"
		}
		text, _ := json.Marshal(query)
		m := braintree.Example()
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":`+string(text)+`,"variables":`+variables+`}`))
		r.SetBasicAuth(m.Public, m.Private)
		r.Header.Set("Braintree-Version", "2024-08-01")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != http.StatusOK || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}

// FuzzClassic sends any body to the call that reads most of one.
func FuzzClassic(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"transaction":{"type":"sale","amount":1,"paymentMethodNonce":"fake-valid-nonce","options":{"submitForSettlement":true}}}`,
		"<transaction><type>sale</type><amount>10.00</amount><payment-method-nonce>fake-valid-nonce</payment-method-nonce></transaction>", "<a><b></a></b>", "<a x='1' x='2'/>",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e, err := braintree.New(braintree.Config{})
		if err != nil {
			t.Fatal(err)
		}
		m := braintree.Example()
		r := httptest.NewRequest(http.MethodPost, "/merchants/"+m.ID+"/transactions", strings.NewReader(body))
		r.SetBasicAuth(m.Public, m.Private)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		switch w.Code {
		case 201, 400, 422, 501:
		default:
			t.Errorf("%d: %s", w.Code, w.Body)
		}
	})
}
