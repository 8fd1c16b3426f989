package paytrail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

func sound() Settings {
	return Settings{
		PaytrailURL: Origin, PaytrailMerchant: "123456", PaytrailSecret: "s3cr3t-of-the-merchant", PaytrailLanguage: "FI",
		PaytrailCallbackURL: "https://pay.example.com/gateways/paytrail/webhooks", PaytrailReturnURL: "https://shop.example.com/back",
	}
}

func TestSettings_check(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*Settings)
		want   string // setting that is named; empty: nothing is wrong
	}{
		"sound":                 {func(*Settings) {}, ""},
		"plain http":            {func(s *Settings) { s.PaytrailURL = "http://services.paytrail.com" }, "HANDSEL_PAYTRAIL_URL"},
		"no number":             {func(s *Settings) { s.PaytrailMerchant = "shop" }, "HANDSEL_PAYTRAIL_MERCHANT_ID"},
		"no secret":             {func(s *Settings) { s.PaytrailSecret = "" }, "HANDSEL_PAYTRAIL_SECRET"},
		"everybody's secret":    {func(s *Settings) { s.PaytrailSecret = "MONISAIPPUAKAUPPIAS" }, "HANDSEL_PAYTRAIL_SECRET"},
		"test account":          {func(s *Settings) { s.PaytrailMerchant, s.PaytrailSecret = "695861", "MONISAIPPUAKAUPPIAS" }, ""},
		"no callback":           {func(s *Settings) { s.PaytrailCallbackURL = "" }, "HANDSEL_PAYTRAIL_CALLBACK_URL"},
		"an origin to call":     {func(s *Settings) { s.PaytrailCallbackURL = "https://pay.example.com/" }, "HANDSEL_PAYTRAIL_CALLBACK_URL"},
		"nowhere to come back":  {func(s *Settings) { s.PaytrailReturnURL = "" }, "HANDSEL_PAYTRAIL_RETURN_URL"},
		"far to come back":      {func(s *Settings) { s.PaytrailReturnURL += strings.Repeat("x", 300) }, "HANDSEL_PAYTRAIL_RETURN_URL"},
		"odd commission":        {func(s *Settings) { s.PaytrailCommission = "me" }, "HANDSEL_PAYTRAIL_COMMISSION_MERCHANT_ID"},
		"an own merchant":       {func(s *Settings) { s.PaytrailHolding = "695875" }, ""},
		"an odd own merchant":   {func(s *Settings) { s.PaytrailHolding = "me" }, "HANDSEL_PAYTRAIL_HOLDING_MERCHANT_ID"},
		"the aggregate as own":  {func(s *Settings) { s.PaytrailHolding = s.PaytrailMerchant }, "HANDSEL_PAYTRAIL_HOLDING_MERCHANT_ID"},
		"a language of its own": {func(s *Settings) { s.PaytrailLanguage = "DE" }, "HANDSEL_PAYTRAIL_LANGUAGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound()
			tc.change(&s)
			problems := s.Check()
			if warned := len(s.Warnings()) > 0; warned != (s.PaytrailHolding != "") {
				t.Errorf("warnings %q", s.Warnings())
			}
			if (tc.want == "") != (len(problems) == 0) || tc.want != "" && !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, tc.want) }) {
				t.Errorf("problems %q, want one of %q", problems, tc.want)
			}
			if text := fmt.Sprint(&s, fmt.Sprintf("%#v", &s), problems); s.PaytrailSecret != "" && strings.Contains(text, s.PaytrailSecret) {
				t.Error("the secret is printed")
			}
		})
	}
}

func TestSettings_mode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		merchant, url, mode string
		problem             bool
	}{
		{"695861", Origin, gateway.Test, false}, {"375917", "http://127.0.0.1:8425", gateway.Test, false},
		{"123456", Origin, gateway.Live, false}, {"123456", "http://127.0.0.1:8425", gateway.Live, true},
	} {
		s := sound()
		s.PaytrailMerchant, s.PaytrailURL = tc.merchant, tc.url
		if m := s.Mode(); m.Name != tc.mode || (m.Problem != "") != tc.problem {
			t.Errorf("%s at %s: %+v", tc.merchant, tc.url, m)
		}
	}
}
