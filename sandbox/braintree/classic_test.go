package braintree_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
)

const below = "/merchants/integration_merchant_id"

// classic is a transaction, or a refusal, of the classic API.
type classic struct {
	ID     string   `xml:"id"`
	Status string   `xml:"status"`
	Escrow string   `xml:"escrow-status"`
	Codes  []string `xml:"errors>transaction>errors>error>code"`
}

// old makes one request of the classic API.
func (b *bank) old(method, path, body string) (classic, int) {
	b.t.Helper()
	status, raw := b.send(method, below+path, []byte(body))
	var c classic
	if len(raw) > 0 {
		if err := xml.Unmarshal(raw, &c); err != nil {
			b.t.Fatalf("%v: %s", err, raw)
		}
	}
	return c, status
}

// SDKs send XML or JSON, and both are read alike.
func TestClassic_bodies(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"JSON": `{"transaction":{"type":"sale","amount":"10.00","payment_method_nonce":"fake-valid-nonce","options":{"submit_for_settlement":true}}}`,
		"XML": `<?xml version="1.0" encoding="UTF-8"?><transaction><type>sale</type><amount>10.00</amount><payment-method-nonce>fake-valid-nonce</payment-method-nonce>
			<options><submit-for-settlement type="boolean">true</submit-for-settlement></options></transaction>`,
	} {
		b := newBank(t, nil)
		made, status := b.old(http.MethodPost, "/transactions", body)
		if status != http.StatusCreated || made.Status != "submitted_for_settlement" {
			t.Errorf("%s: %d %+v", name, status, made)
		}
		found, _ := b.send(http.MethodPost, below+"/transactions/advanced_search", []byte(`<search><ids type="array"><item>`+made.ID+`</item></ids></search>`))
		if found != http.StatusOK {
			t.Errorf("%s: searched: %d", name, found)
		}
	}
}

func TestClassic_refused(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"broken JSON":        {"POST", "/transactions", `{"transaction"`, 400, ""},
		"broken XML":         {"POST", "/transactions", `<transaction>`, 400, ""},
		"two documents":      {"POST", "/transactions", `<transaction/><transaction/>`, 400, ""},
		"very deep XML":      {"POST", "/transactions", strings.Repeat("<a>", 50) + strings.Repeat("</a>", 50), 400, ""},
		"a card number":      {"POST", "/transactions", `{"transaction":{"type":"sale","amount":"1","credit_card":{"number":"4111111111111111"}}}`, 501, ""},
		"a credit":           {"POST", "/transactions", `{"transaction":{"type":"credit","amount":"1","payment_method_nonce":"fake-valid-nonce"}}`, 501, ""},
		"no nonce":           {"POST", "/transactions", `{"transaction":{"type":"sale","amount":"1"}}`, 422, "91508"},
		"no amount":          {"POST", "/transactions", `{"transaction":{"type":"sale","payment_method_nonce":"fake-valid-nonce"}}`, 422, "81502"},
		"unknown":            {"PUT", "/transactions/nobody/void", "", 404, ""},
		"an odd search":      {"POST", "/transactions/advanced_search_ids", `{"search":{"customer_phone":{"is":"1"}}}`, 501, ""},
		"an unknown account": {"POST", "/client_token", `{"client_token":{"merchant_account_id":"nobody"}}`, 422, "91513"},
		"an unknown call":    {"POST", "/plans", "", 404, ""},
	} {
		got, status := b.old(tc.method, tc.path, tc.body)
		if status != tc.status || tc.code != "" && (len(got.Codes) != 1 || got.Codes[0] != tc.code) {
			t.Errorf("%s: %d %+v, want %d %s", name, status, got, tc.status, tc.code)
		}
	}
	if status, _ := b.send("GET", "/merchants/somebody/transactions/x", nil); status != http.StatusForbidden {
		t.Errorf("another merchant: %d", status)
	}
}
