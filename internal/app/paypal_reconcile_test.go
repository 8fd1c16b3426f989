package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
)

// The books are compared with what PayPal's report names: deals that have ended are not read
// again, and a payment that no deal has is found without any webhook.
func TestPayPal_reconcile(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		d := atPayPal(t, url)
		from := d.Sandbox.Now()
		d.captures("success")
		first := d.order()
		d.step("complete", "bea", `{}`, 200)
		d.Advance(time.Hour)
		reads := d.requests("get_order")
		if found := d.differences(from); len(found) != 0 {
			t.Errorf("%+v", found)
		}
		if again := d.requests("get_order"); again != reads {
			t.Errorf("%d looks at a deal that has ended", again-reads)
		}

		d.must(d.till.SetFaults([]emulatorFault{{Route: "webhook", Kind: "lose", Times: -1}}))
		twin, foreign := d.paidByHand(d.bears(first)), d.paidByHand(`"custom_id":"POS-17"`)
		d.Advance(time.Minute)
		found := d.differences(from)
		if len(found) != 2 {
			t.Fatalf("%+v", found)
		}
		for _, f := range found {
			deal := map[string]string{twin: d.id, foreign: "0"}[f.PaymentID]
			if f.Class != orchestrator.MissingHere || fmt.Sprint(f.TransactionID) != deal || f.There.Minor() != 5000 {
				t.Errorf("%+v", f)
			}
		}
		for range 3 {
			d.Advance(24 * time.Hour)
		}
		if sums := d.moved(); sums["refund"] != 5000 {
			t.Errorf("the second payment of the deal did not go back: %+v", sums)
		}
		d.CheckBooks()
	})
}

func (d *dealing) differences(from time.Time) []orchestrator.Difference {
	d.t.Helper()
	report, err := d.Engine.Reconcile(d.t.Context(), orchestrator.ReconcileInput{Gateway: "paypal", From: from, To: d.Sandbox.Now()})
	if err != nil {
		d.t.Fatal(err)
	}
	return report.Differences
}

// bears is what an order bears as ours.
func (d *dealing) bears(order string) string {
	d.t.Helper()
	var shown struct {
		Units []struct {
			Custom    string `json:"custom_id"`
			Reference string `json:"reference_id"`
		} `json:"purchase_units"`
	}
	r := httptest.NewRequestWithContext(d.t.Context(), http.MethodGet, "/v2/checkout/orders/"+order, nil)
	r.Header.Set("Authorization", "Bearer "+d.token())
	w := httptest.NewRecorder()
	d.till.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil || len(shown.Units) != 1 || shown.Units[0].Custom == "" {
		d.t.Fatalf("order %s: %s", order, w.Body)
	}
	return fmt.Sprintf(`"custom_id":%q,"reference_id":%q`, shown.Units[0].Custom, shown.Units[0].Reference)
}

// token lets somebody call PayPal.
func (d *dealing) token() string {
	d.t.Helper()
	var got struct {
		Token string `json:"access_token"`
	}
	answer := d.atTill("/v1/oauth2/token", "grant_type=client_credentials", "Basic "+base64.StdEncoding.EncodeToString([]byte("somebody:secret")))
	if err := json.Unmarshal(answer, &got); err != nil {
		d.t.Fatal(err)
	}
	return got.Token
}

// paidByHand is an order of 50.00 euro that was made and paid beside the engine.
func (d *dealing) paidByHand(bears string) (order string) {
	d.t.Helper()
	bearer := "Bearer " + d.token()
	var made struct {
		ID string `json:"id"`
	}
	answer := d.atTill("/v2/checkout/orders", `{"intent":"CAPTURE","purchase_units":[{`+bears+`,"amount":{"currency_code":"EUR","value":"50.00"}}]}`, bearer)
	if err := json.Unmarshal(answer, &made); err != nil {
		d.t.Fatal(err)
	}
	d.must(paypalOf(d.t, d.Testbed).Pay(made.ID, "success"))
	if answer := d.atTill("/v2/checkout/orders/"+made.ID+"/capture", "{}", bearer); !strings.Contains(string(answer), "COMPLETED") {
		d.t.Fatalf("%s", answer)
	}
	d.MustSettle()
	return made.ID
}
