package trustap_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/gateway/trustap"
)

// Logins are set up wholly or not at all, and their secret is not printed.
func TestSettings_logins(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*trustap.Settings)
		want   string // setting that is named; empty: nothing is wrong
	}{
		"all":             {func(*trustap.Settings) {}, ""},
		"none":            {func(s *trustap.Settings) { s.TrustapClientSecret, s.TrustapLoginURL = "", "" }, ""},
		"listings there":  {func(s *trustap.Settings) { s.TrustapListings = "on" }, ""},
		"staging":         {func(s *trustap.Settings) { s.TrustapURL = client.Staging }, ""},
		"on this machine": {func(s *trustap.Settings) { s.TrustapLoginURL = "http://127.0.0.1:8420/logins/trustap" }, ""},
		"no id":           {func(s *trustap.Settings) { s.TrustapClientID = "" }, "HANDSEL_TRUSTAP_CLIENT_ID"},
		"no secret":       {func(s *trustap.Settings) { s.TrustapClientSecret = "" }, "HANDSEL_TRUSTAP_CLIENT_SECRET"},
		"no address":      {func(s *trustap.Settings) { s.TrustapLoginURL = "" }, "HANDSEL_TRUSTAP_LOGIN_URL"},
		"plain http":      {func(s *trustap.Settings) { s.TrustapLoginURL = "http://shop.example.com/logins/trustap" }, "HANDSEL_TRUSTAP_LOGIN_URL"},
		"another path":    {func(s *trustap.Settings) { s.TrustapLoginURL = "https://shop.example.com/back" }, "HANDSEL_TRUSTAP_LOGIN_URL"},
		"a query":         {func(s *trustap.Settings) { s.TrustapLoginURL += "?to=/logins/trustap" }, "HANDSEL_TRUSTAP_LOGIN_URL"},
		"only the issuer": {func(s *trustap.Settings) {
			s.TrustapClientSecret, s.TrustapLoginURL, s.TrustapIssuer = "", "", "https://sso.example.com"
		}, "HANDSEL_TRUSTAP_CLIENT_SECRET"},
		"an unsafe issuer": {func(s *trustap.Settings) { s.TrustapIssuer = "http://sso.example.com" }, "HANDSEL_TRUSTAP_ISSUER must be"},
		"an API of nobody": {func(s *trustap.Settings) { s.TrustapURL = "http://127.0.0.1:8421/api/v1" }, "HANDSEL_TRUSTAP_ISSUER is missing"},
		"no path":          {func(s *trustap.Settings) { s.TrustapURL = "https://dev.trustap.com/" }, "HANDSEL_TRUSTAP_URL has no path"},
		"an emulator": {func(s *trustap.Settings) {
			s.TrustapURL, s.TrustapIssuer = "http://127.0.0.1:8421/api/v1", "http://127.0.0.1:8421/auth/realms/trustap"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := trustap.Settings{
				TrustapURL: client.Production, TrustapAPIKey: "k", TrustapWebhookPassword: "0123456789abcdef", TrustapActionsURL: "https://actions.trustap.com",
				TrustapClientID: "shop", TrustapClientSecret: "s3cr3t-of-the-shop", TrustapLoginURL: "https://shop.example.com/logins/trustap",
			}
			tt.change(&s)
			problems := s.Check()
			if (tt.want == "") != (len(problems) == 0) || tt.want != "" && !slices.ContainsFunc(problems, func(p string) bool { return strings.HasPrefix(p, tt.want) }) {
				t.Errorf("problems %q, want one of %q", problems, tt.want)
			}
			if text := fmt.Sprint(&s, fmt.Sprintf("%#v %+v", &s, &s), problems); strings.Contains(text, "s3cr3t") {
				t.Error("the secret is printed")
			}
			if tt.want != "" {
				return
			}
			parts, err := s.Open(gateway.Surroundings{Accounts: newAccounts(map[string]string{}), Transport: http.DefaultTransport})
			must(t, err)
			led, err := parts.Gateway.(orchestrator.LoggingIn).LoginURL(orchestrator.Login{State: "s", Verifier: "v", Nonce: "n"})
			if s.TrustapClientSecret == "" {
				if fault.ReasonOf(err) != "no_onboarding" {
					t.Errorf("led to %s, %v", led, err)
				}
				return
			}
			at, err := url.Parse(led)
			if err != nil || at.Query().Get("redirect_uri") != s.TrustapLoginURL || at.Query().Get("client_id") != "shop" || !strings.Contains(at.Query().Get("scope"), "p2p_tx:offline_claim") ||
				strings.Contains(at.Query().Get("scope"), "_ls:") != (s.TrustapListings == "on") || strings.Contains(led, "s3cr3t") || strings.Contains(s.TrustapURL, "stage") != strings.Contains(at.Path, "trustap-stage") {
				t.Errorf("led to %s, %v", led, err)
			}
		})
	}
}
