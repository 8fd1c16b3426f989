package webhooks_test

import (
	"net/url"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/braintree"
	"github.com/handsel-dev/handsel/webhooks"
)

// Only a gateway that asks whether an address is ours gets an answer; to all others a query is a message.
func TestChallenge(t *testing.T) {
	t.Parallel()
	receiver, err := webhooks.NewReceiver(webhooks.ReceiverConfig{Inbox: openInbox(t), Sources: []gateway.Source{sandbox, braintree.Webhook{Public: "key", Private: "integration_private_key"}}})
	if err != nil {
		t.Fatal(err)
	}
	const question = "20f9f8ed05f77439fe955c977e4c8a53"
	for name, tc := range map[string]struct {
		gateway, query string
		asked          bool
		reason         fault.Reason
	}{
		"asked":            {"braintree", question, true, ""},
		"no question":      {"braintree", "", true, "invalid_webhook"},
		"it does not ask":  {"trustap", question, false, ""},
		"there is no such": {"made up", question, false, ""},
	} {
		answer, asked, err := receiver.Challenge(tc.gateway, url.Values{"bt_challenge": {tc.query}})
		if asked != tc.asked || (err != nil) != (tc.reason != "") || err != nil && fault.ReasonOf(err) != tc.reason || (answer != "") != (tc.asked && tc.reason == "") {
			t.Errorf("%s: %q, asked %t, %v", name, answer, asked, err)
		}
	}
}
