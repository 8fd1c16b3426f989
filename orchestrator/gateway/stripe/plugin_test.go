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
		StripePublishableKey: "pk_test_0", PublicURL: "https://pay.example.com",
	}
	for name, tc := range map[string]struct {
		spoil func(*stripe.Settings)
		want  string
	}{
		"good":           {func(*stripe.Settings) {}, ""},
		"a secret key":   {func(s *stripe.Settings) { s.StripePublishableKey = "sk_test_0" }, "is a secret key"},
		"no key at all":  {func(s *stripe.Settings) { s.StripePublishableKey = "x" }, "must be a publishable key"},
		"live and test":  {func(s *stripe.Settings) { s.StripePublishableKey = "pk_live_0" }, "must both be"},
		"no origin":      {func(s *stripe.Settings) { s.PublicURL = "" }, "HANDSEL_PUBLIC_URL must be"},
		"plain http":     {func(s *stripe.Settings) { s.PublicURL = "http://pay.example.com" }, "HANDSEL_PUBLIC_URL must be"},
		"with a path":    {func(s *stripe.Settings) { s.PublicURL = "https://example.com/pay" }, "HANDSEL_PUBLIC_URL must be"},
		"only an origin": {func(s *stripe.Settings) { s.StripePublishableKey = "" }, "needs HANDSEL_STRIPE_PUBLISHABLE_KEY too"},
	} {
		s := good
		tc.spoil(&s)
		if got := strings.Join(s.Check(), "; "); !strings.Contains(got, tc.want) || tc.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	without := good
	without.StripePublishableKey, without.PublicURL = "", ""
	if got := strings.Join(without.Warnings(), ""); !strings.Contains(got, "HANDSEL_STRIPE_PUBLISHABLE_KEY is not set") {
		t.Errorf("without a page: %q", got)
	}
	if good.Warnings() != nil {
		t.Error("a warning for nothing")
	}
}
