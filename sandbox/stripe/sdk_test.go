package stripe_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// sdkVersion is the newest of Stripe's own client for Node when this was written.
const sdkVersion = "stripe@23.1.0"

// Stripe's own client for Node sets a seller up, has them paid on a page, and follows their money to a bank that refuses it. The
// node and npm are needed.
func TestSDK(t *testing.T) {
	t.Parallel()
	front := httptest.NewUnstartedServer(nil)
	e, err := stripe.New(stripe.Config{PublicURL: "http://" + front.Listener.Addr().String(), Fees: &stripe.Fees{}})
	must(t, err)
	t.Cleanup(func() { _ = e.Close() })
	front.Config.Handler = e
	front.Start()
	t.Cleanup(front.Close)
	node := stagetest.Node(t, sdkVersion, "testdata/sdk.mjs", front.URL)
	output, err := node.Output()
	must(t, err)
	var got map[string]string
	must(t, json.Unmarshal(output, &got))
	want := map[string]string{
		"account": "v2.core.account recipient restricted true", "ready": "active 0", "capabilities": "card_payments unrequested, transfers active",
		"bank": "bank_account 3001", "hook": "enabled true 1", "session": "complete paid deal_7", "payouts": "5000 failed no_account",
		"parts": "payment 5000, payout -5000", "refused": "StripeInvalidRequestError undefined", "after": "external_account",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("as the client sees it (-want +got):\n%s", diff)
	}
}
