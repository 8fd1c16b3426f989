package trustap_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
)

// A tag cannot name a constant, so the default is written out.
func TestSettings_default(t *testing.T) {
	t.Parallel()
	field, _ := reflect.TypeFor[trustap.Settings]().FieldByName("TrustapURL")
	if got := field.Tag.Get("default"); got != client.Production {
		t.Errorf("HANDSEL_TRUSTAP_URL is %q unless it is set, want %q", got, client.Production)
	}
}

// The two models of Trustap count their ids apart, so one of them is marked.
func TestTrustap_paymentIDs(t *testing.T) {
	t.Parallel()
	hook := trustap.Webhook{Credentials: []trustap.Credential{{Username: "hook", Password: "two"}}}
	signed := http.Request{Header: http.Header{}}
	signed.SetBasicAuth("hook", "two")
	for body, want := range map[string]string{
		`{"code":"basic_tx.paid","target_id":"1309"}`:       "1309",
		`{"code":"p2p_tx.deposit_paid","target_id":"1309"}`: "p2p:1309",
		`{"code":"p2p_tx.joined","target_id":1309}`:         "p2p:1309",
		`{"code":"listing.enabled","target_id":"1309"}`:     "1309",
		`{"code":"not_p2p_tx.joined","target_id":"1309"}`:   "1309",
	} {
		d, err := hook.Read(signed.Header, []byte(body))
		if err != nil || d.PaymentID != want {
			t.Errorf("%s is about %q, %v; want %q", body, d.PaymentID, err, want)
		}
	}
}
