package braintree_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox/braintree"
)

var epoch = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// bank is an emulator whose clock stands unless it is advanced.
type bank struct {
	*braintree.Emulator
	t *testing.T
	m braintree.Merchant // who calls
}

func newBank(t *testing.T, change func(*braintree.Config)) *bank {
	t.Helper()
	c := braintree.Config{PublicURL: "http://bank.example.com", Seed: 1, Now: func() time.Time { return epoch }, FaultTimeout: time.Millisecond, SlowDelay: time.Millisecond}
	if change != nil {
		change(&c)
	}
	e, err := braintree.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &bank{e, t, braintree.Example()}
}

// reply is an answer of the GraphQL API.
type reply struct {
	Data   map[string]json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Locations  []struct{ Line, Column int }
		Extensions struct {
			ErrorClass, ErrorType, LegacyCode string
			InputPath                         []string
		}
	}
	Extensions struct{ RequestID string }
}

// code is the legacy code of the first error, or its class.
func (r reply) code() string {
	if len(r.Errors) == 0 {
		return ""
	}
	if code := r.Errors[0].Extensions.LegacyCode; code != "" {
		return code
	}
	return r.Errors[0].Extensions.ErrorClass
}

// ask sends a query.
func (b *bank) ask(query string, variables map[string]any) reply {
	b.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		b.t.Fatal(err)
	}
	status, raw := b.send(http.MethodPost, "/graphql", body)
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil || status != http.StatusOK {
		b.t.Fatalf("%d %v: %s", status, err, raw)
	}
	return r
}

// send makes one request, with the keys of the merchant.
func (b *bank) send(method, path string, body []byte) (int, []byte) {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, path, bytes.NewReader(body))
	r.SetBasicAuth(b.m.Public, b.m.Private)
	r.Header.Set("Braintree-Version", "2024-08-01")
	r.Header.Set("Content-Type", "application/json")
	r.Host = "127.0.0.1"
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

const whole = `id legacyId status orderId merchantAccountId amount { value currencyCode } statusHistory { __typename status ... on GatewayRejectedEvent { gatewayRejectionReason } } refunds { id status amount { value } }`

// sale is a transaction as the tests read it.
type sale struct {
	ID, LegacyID, Status, OrderID string
	Amount                        struct{ Value, CurrencyCode string }
	StatusHistory                 []struct {
		Type                   string `json:"__typename"`
		Status                 string
		GatewayRejectionReason string
	}
	Refunds []struct {
		ID, Status string
		Amount     struct{ Value string }
	}
}

// pay makes a sale by one of the two mutations; other is more of the transaction's input.
func (b *bank) pay(mutation, nonce, amount string, other map[string]any) (sale, reply) {
	b.t.Helper()
	in := map[string]any{"amount": amount}
	for name, value := range other {
		in[name] = value
	}
	kind := map[string]string{"authorizePaymentMethod": "AuthorizePaymentMethodInput!", "chargePaymentMethod": "ChargePaymentMethodInput!"}[mutation]
	r := b.ask(`mutation($input: `+kind+`) { `+mutation+`(input: $input) { transaction { `+whole+` } } }`,
		map[string]any{"input": map[string]any{"paymentMethodId": nonce, "transaction": in}})
	return b.saleIn(r, mutation, "transaction"), r
}

// saleIn reads a transaction out of an answer; the zero value where there is none.
func (b *bank) saleIn(r reply, field, member string) (s sale) {
	b.t.Helper()
	if len(r.Data[field]) == 0 || string(r.Data[field]) == "null" {
		return s
	}
	var payload map[string]json.RawMessage
	if err := json.Unmarshal(r.Data[field], &payload); err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal(payload[member], &s); err != nil {
		b.t.Fatalf("%v: %s", err, payload[member])
	}
	return s
}

// change does something to a transaction; in is its input besides the id.
func (b *bank) change(mutation, id string, in map[string]any) (sale, reply) {
	b.t.Helper()
	member := map[string]string{"refundTransaction": "refund", "reverseTransaction": "reversal", "partialCaptureTransaction": "capture"}[mutation]
	selection := "... on Transaction { " + whole + " } ... on Refund { id legacyId status orderId amount { value currencyCode } }"
	switch member {
	case "refund":
		selection = "id legacyId status orderId amount { value currencyCode }"
	case "":
		member = "transaction"
		fallthrough
	case "capture":
		selection = whole
	}
	kind := string(bytes.ToUpper([]byte(mutation[:1]))) + mutation[1:] + "Input!"
	all := map[string]any{"transactionId": id}
	for name, value := range in {
		all[name] = value
	}
	r := b.ask(`mutation($input: `+kind+`) { `+mutation+`(input: $input) { `+member+` { `+selection+` } } }`, map[string]any{"input": all})
	return b.saleIn(r, mutation, member), r
}

// read reads a transaction by its id.
func (b *bank) read(id string) sale {
	b.t.Helper()
	r := b.ask(`query($id: ID!) { node(id: $id) { ... on Transaction { `+whole+` } } }`, map[string]any{"id": id})
	var s sale
	if err := json.Unmarshal(r.Data["node"], &s); err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bank) later(d time.Duration) {
	b.t.Helper()
	if err := b.Advance(d); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bank) fault(route, kind string) {
	b.t.Helper()
	if err := b.SetFaults([]braintree.Fault{{Route: route, Kind: kind}}); err != nil {
		b.t.Fatal(err)
	}
}
