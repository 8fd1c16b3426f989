package stripe_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
)

func TestH18_pageSettings(t *testing.T) {
	t.Parallel()
	good := stripe.Settings{
		StripeURL: "https://api.stripe.com", StripeSecretKey: "sk_test_0", StripeWebhookSecrets: []string{"whsec_0"},
		StripePublishableKey: "pk_test_0",
	}
	for name, tc := range map[string]struct {
		spoil func(*stripe.Settings)
		want  string
	}{
		"good":          {func(*stripe.Settings) {}, ""},
		"a secret key":  {func(s *stripe.Settings) { s.StripePublishableKey = "sk_test_0" }, "is a secret key"},
		"no key at all": {func(s *stripe.Settings) { s.StripePublishableKey = "x" }, "must be a publishable key"},
		"live and test": {func(s *stripe.Settings) { s.StripePublishableKey = "pk_live_0" }, "must both be"},
	} {
		s := good
		tc.spoil(&s)
		if got := strings.Join(s.Check(), "; "); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	without := good
	without.StripePublishableKey = ""
	if got := strings.Join(without.Warnings(), ""); !strings.Contains(got, "HANDSEL_STRIPE_PUBLISHABLE_KEY is not set") {
		t.Errorf("without a page: %q", got)
	}
	if without.Visit() != "" || good.Visit() != "HANDSEL_STRIPE_PUBLISHABLE_KEY" {
		t.Errorf("a page is made by %q, and without a key by %q", good.Visit(), without.Visit())
	}
	if good.Warnings() != nil {
		t.Error("a warning for nothing")
	}
}
