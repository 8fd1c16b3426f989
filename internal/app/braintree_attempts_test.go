package app_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/braintree"
)

var legacyID = regexp.MustCompile(`"legacyId": ?"([a-z0-9]+)"`)

// One attempt of an operation was refused, another one holds the money, and both answers were lost. What is told of the refused one
// does not end the operation as refused: the payment that its reference leads to counts.
func TestBraintree_refusedBesideAuthorized(t *testing.T) {
	t.Parallel()
	d := atBraintree(t, "")
	d.fault("authorizePaymentMethod", "cut_after")
	d.open("preauthorize", `"payment_method_nonce":"`+d.nonce("success")+`"`, 502)
	var list struct{ Items []struct{ Number int64 } }
	d.Call("GET", "/v1/transactions?limit=1", "").JSON(t, &list)
	d.id = jsonNumber(list.Items[0].Number)
	nonce := regexp.MustCompile(`"paymentMethodId":"[^"]*"`)
	sent := nonce.ReplaceAllString(d.wire.last, `"paymentMethodId":"`+d.nonce("declined")+`"`)
	m := braintree.Example()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(sent))
	r.SetBasicAuth(m.Public, m.Private)
	r.Header.Set("Braintree-Version", "2024-08-01")
	w := httptest.NewRecorder()
	d.bank.ServeHTTP(w, r)
	id := legacyID.FindStringSubmatch(w.Body.String())
	if id == nil || !strings.Contains(w.Body.String(), "PROCESSOR_DECLINED") {
		t.Fatalf("the other attempt: %s", w.Body)
	}
	if err := d.bank.SetFaults([]braintree.Fault{{Route: "search", Kind: "cut_before", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	d.Advance(3 * time.Minute)
	if _, err := d.Engine.SyncPayment(t.Context(), "braintree", id[1]); err == nil {
		t.Error("a message that cannot be judged yet is done")
	}
	if err := d.bank.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Engine.SyncPayment(t.Context(), "braintree", id[1]); err != nil {
		t.Logf("the message: %v", err)
	}
	d.Advance(10 * time.Minute)
	d.is("preauthorized")
	if diff := cmp.Diff(map[string]int64{"authorize": 5000}, d.moved()); diff != "" {
		t.Errorf("at Braintree (-want +got):\n%s", diff)
	}
	d.CheckBooks()
}
