package braintree_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/braintree"
	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
)

// sdkVersion is the newest of Braintree's own SDK when this was written.
const sdkVersion = "braintree@3.40.0"

// heard is an address for webhooks that keeps what comes.
type heard struct {
	mu  sync.Mutex
	all []string
}

// ServeHTTP keeps a form.
func (h *heard) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, string(body))
}

// Braintree's own SDK works with the classic API of the emulator, is refused with another key, and
// finds what is sent signed. The node and npm are needed.
func TestSDK(t *testing.T) {
	t.Parallel()
	listener := &heard{}
	shop := httptest.NewServer(listener)
	t.Cleanup(shop.Close)
	b := newBank(t, func(c *braintree.Config) { c.WebhookURL = shop.URL })
	front := httptest.NewServer(b)
	t.Cleanup(front.Close)
	nonce, err := b.Card("success")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	node := stagetest.Node(t, sdkVersion, "testdata/sdk.js", port, nonce)
	input, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	read := func() string {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the SDK says no more: %v", lines.Err())
		}
		return lines.Text()
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(read()), &got); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, value := range got {
		texts[name] = string(value)
	}
	if diff := cmp.Diff(map[string]string{
		"token": `"integration_merchant_id"`, "held": `[true,"authorized","Visa","EUR"]`, "again": `["payment_method_nonce 91564"]`,
		"taken": `[true,"submitted_for_settlement","8.00",2]`, "tooEarly": `["base 91506"]`, "back": `[true,"credit",true,"3.00"]`, "tooMuch": `["amount 91521"]`, "read": "1",
		"dropped": `["submitted_for_settlement","voided"]`, "voidTwice": `["base 91504"]`, "declined": `[false,"Do Not Honor","processor_declined","2000"]`,
		"fraud": `[false,"Gateway Rejected: fraud","fraud"]`, "account": `["merchant_account_id 91513"]`, "secure": `"three_d_secure"`, "secured": "true",
		"graphql": `{"amount":{"value":"8.00"},"status":"SETTLED"}`, "byOrder": "true", "byStatus": "2", "byPart": "3", "nothing": "0", "missing": `"notFoundError"`, "stranger": `"authenticationError"`,
		"challenge": `"integration_public_key|` + sign("integration_private_key", "20f9f8ed05f77439fe955c977e4c8a53") + `"`,
	}, texts); diff != "" {
		t.Error(diff)
	}

	sold, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "17.00", nil)
	dispute, err := b.Dispute(sold.LegacyID, 0, "fraud")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.CloseDispute(dispute, "lost"); err != nil {
		t.Fatal(err)
	}
	b.Check()
	if err := b.WaitDelivered(t.Context()); err != nil {
		t.Fatal(err)
	}
	listener.mu.Lock()
	sent := listener.all
	listener.mu.Unlock()
	var seen []string
	for _, form := range sent {
		if _, err := input.Write([]byte(form + "\n")); err != nil {
			t.Fatal(err)
		}
		seen = append(seen, read())
	}
	const forged = `"invalidSignatureError","invalidSignatureError"]`
	if diff := cmp.Diff([]string{
		`["transaction_settled","settled","8.00",` + forged,
		`["dispute_opened","open","17.00",` + forged, `["dispute_lost","lost","17.00",` + forged, `["check","","",` + forged,
	}, seen); diff != "" {
		t.Error(diff)
	}
	_ = input.Close()
	if err := node.Wait(); err != nil {
		t.Error(err)
	}
}

// marketplaceVersion is the newest SDK that has the Marketplace: 3.0 has dropped it.
const marketplaceVersion = "braintree@2.24.0"

// Braintree's own SDK sets sub-merchants up at the emulator, and holds and releases what is paid for them. The node and npm are
// needed.
func TestSDK_marketplace(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	front := httptest.NewServer(b)
	t.Cleanup(front.Close)
	_, port, err := net.SplitHostPort(front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	said, err := stagetest.Node(t, marketplaceVersion, "testdata/marketplace.js", port).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal(said, &got); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	texts := map[string]string{}
	for name, value := range got {
		texts[name] = string(value)
	}
	if diff := cmp.Diff(map[string]string{
		"made":  `[true,"pending","USD","shop_usd","1321","Chicago"]`,
		"wrong": `["account_number 82641"]`, "number": "true", "stand": `["active","suspended"]`, "changed": `[true,"4321"]`,
		"noFee": `["merchant_account_id 91553"]`, "held": `[true,true,"1.50"]`, "later": `"hold_pending"`, "early": `["base 91561"]`,
		"part": `["amount 91563"]`, "released": `"release_pending"`, "again": `["base 91561"]`, "canceled": `"held"`,
		"end": `["released","8.50",true]`, "suspended": `["merchant_account_id 91514"]`,
		"told": `[["sub_merchant_account_approved","active",""],["sub_merchant_account_declined","suspended","82621 Applicant declined due to OFAC."],["transaction_settled","settled",""],["disbursement","8.50",""]]`,
	}, texts); diff != "" {
		t.Error(diff)
	}
}
