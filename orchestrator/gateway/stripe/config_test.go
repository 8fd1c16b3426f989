package stripe_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
)

func TestNew_config(t *testing.T) {
	t.Parallel()
	live := "sk_" + "live_0"
	for name, tc := range map[string]struct {
		config stripe.Config
		ok     bool
	}{
		"least":              {stripe.Config{SecretKey: key, Accounts: &gatewaytest.Accounts{}}, true},
		"live":               {stripe.Config{SecretKey: live, Accounts: &gatewaytest.Accounts{}}, true},
		"live on this host":  {stripe.Config{SecretKey: live, Accounts: &gatewaytest.Accounts{}, BaseURL: "http://localhost:1"}, true},
		"sandbox next door":  {stripe.Config{SecretKey: key, Accounts: &gatewaytest.Accounts{}, BaseURL: "http://sandbox.internal:4242/"}, true},
		"nothing":            {stripe.Config{}, false},
		"no accounts":        {stripe.Config{SecretKey: key}, false},
		"no key":             {stripe.Config{Accounts: &gatewaytest.Accounts{}}, false},
		"relative":           {stripe.Config{SecretKey: key, Accounts: &gatewaytest.Accounts{}, BaseURL: "/v1"}, false},
		"no web":             {stripe.Config{SecretKey: key, Accounts: &gatewaytest.Accounts{}, BaseURL: "ftp://example.com"}, false},
		"live and not https": {stripe.Config{SecretKey: live, Accounts: &gatewaytest.Accounts{}, BaseURL: "http://api.example.com"}, false},
	} {
		g, err := stripe.New(tc.config)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
		printed := fmt.Sprintf("%v %+v %#v %v %+v", tc.config, tc.config, tc.config, g, err)
		if strings.Contains(printed, key) || strings.Contains(printed, live) {
			t.Errorf("%s: the key is printed", name)
		}
	}
}
