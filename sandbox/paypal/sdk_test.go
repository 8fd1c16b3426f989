package paypal_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/internal/stagetest"
	"github.com/handsel-dev/handsel/sandbox/paypal"
)

// sdkVersion is the newest of PayPal's own SDK when this was written.
const sdkVersion = "@paypal/paypal-server-sdk@2.5.0"

// refusal is what the SDK says of an error.
type refusal struct {
	Custom      bool
	Status      int
	Name, Issue string
	Other       string
}

// PayPal's own SDK works with the emulator: it opens, authorizes, captures, voids and gives back, and its errors are those of
// the types that it has for them. The node and npm are needed.
func TestSDK(t *testing.T) {
	t.Parallel()
	front := httptest.NewUnstartedServer(nil)
	e, err := paypal.New(paypal.Config{PublicURL: "http://" + front.Listener.Addr().String(), Clients: []paypal.Client{{ID: "shop", Secret: "shop-secret"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	front.Config.Handler = e
	front.Start()
	t.Cleanup(front.Close)
	node := stagetest.Node(t, sdkVersion, "testdata/sdk.js", front.URL)
	output, err := node.Output()
	if err != nil {
		t.Fatal(err)
	}
	type answers struct {
		Thief, Early, TooMuch, Twice, Mocked refusal
		Repeated                             bool
		Authorized, Captured, Refunded, Left string
		VoidStatus                           int
		Voided                               string
	}
	var got answers
	if err := json.Unmarshal(output, &got); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	want := answers{
		Thief:    refusal{Status: 401},
		Early:    refusal{Custom: true, Status: 422, Name: "UNPROCESSABLE_ENTITY", Issue: "ORDER_NOT_APPROVED"},
		TooMuch:  refusal{Custom: true, Status: 422, Name: "UNPROCESSABLE_ENTITY", Issue: "REFUND_AMOUNT_EXCEEDED"},
		Twice:    refusal{Custom: true, Status: 422, Name: "UNPROCESSABLE_ENTITY", Issue: "PREVIOUSLY_VOIDED"},
		Mocked:   refusal{Custom: true, Status: 500},
		Repeated: true, Authorized: "CREATED", Captured: "COMPLETED 15.90 0.89", Refunded: "COMPLETED", Left: "PARTIALLY_REFUNDED",
		VoidStatus: 204, Voided: "VOIDED",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("as the SDK sees it (-want +got):\n%s\n%s", diff, output)
	}
}
