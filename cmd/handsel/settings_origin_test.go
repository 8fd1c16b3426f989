package main

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
)

// One setting says where people reach the server. Its older name is read where it is not set, a gateway's page needs
// it, and e-mails do not.
func TestOriginSetting(t *testing.T) {
	t.Parallel()
	const pay, mail = "https://pay.example.com", "https://mail.example.com"
	page, none := &stripe.Settings{StripePublishableKey: "pk_test_0"}, &stripe.Settings{}
	for name, tc := range map[string]struct {
		set      originSetting
		settings *stripe.Settings
		origin   string
		wrong    string
	}{
		"none":           {originSetting{}, none, "", ""},
		"new":            {originSetting{PublicURL: pay}, page, pay, ""},
		"old":            {originSetting{MailPublicURL: mail}, page, mail, ""},
		"both":           {originSetting{PublicURL: pay, MailPublicURL: mail}, none, pay, ""},
		"a slash":        {originSetting{PublicURL: pay + "/"}, none, pay, ""},
		"a path":         {originSetting{PublicURL: pay + "/x"}, page, pay + "/x", "HANDSEL_PUBLIC_URL must be the https origin"},
		"plain http":     {originSetting{MailPublicURL: "http://pay.example.com"}, none, "http://pay.example.com", "HANDSEL_PUBLIC_URL must be the https origin"},
		"a page without": {originSetting{}, page, "", "HANDSEL_STRIPE_PUBLISHABLE_KEY is for a page of this server, but HANDSEL_PUBLIC_URL is not set"},
	} {
		if got := tc.set.origin(); got != tc.origin {
			t.Errorf("%s: the origin is %q, want %q", name, got, tc.origin)
		}
		if wrong := strings.Join(tc.set.check([]named{{tc.settings, "stripe"}}), "; "); !strings.Contains(wrong, tc.wrong) || tc.wrong == "" && wrong != "" {
			t.Errorf("%s: it is refused with %q, want %q", name, wrong, tc.wrong)
		}
	}
}
