package webhooks_test

import "testing"

// The two models of Trustap count their ids apart, so one of them is marked.
func TestTrustap_paymentIDs(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"code":"basic_tx.paid","target_id":"1309"}`:       "1309",
		`{"code":"p2p_tx.deposit_paid","target_id":"1309"}`: "p2p:1309",
		`{"code":"p2p_tx.joined","target_id":1309}`:         "p2p:1309",
		`{"code":"listing.enabled","target_id":"1309"}`:     "1309",
		`{"code":"not_p2p_tx.joined","target_id":"1309"}`:   "1309",
	} {
		d, err := sandbox.Read(basic("hook", "two"), []byte(body))
		if err != nil || d.PaymentID != want {
			t.Errorf("%s is about %q, %v; want %q", body, d.PaymentID, err, want)
		}
	}
}
