package main

import (
	"regexp"
	"strings"
	"testing"
)

// Emulators run without an engine: those that are named, Trustap's where none is.
func TestSandbox(t *testing.T) {
	t.Parallel()
	anywhere := []string{"--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--paypal-addr=127.0.0.1:0", "--braintree-addr=127.0.0.1:0", "--paytrail-addr=127.0.0.1:0"}
	controls := regexp.MustCompile(`control +(http://\S+/_sandbox)/`)
	for name, tc := range map[string]struct {
		args  []string
		title []string
	}{
		"none is named": {nil, []string{"Trustap sandbox"}},
		"two are named": {[]string{"--only=paypal,braintree"}, []string{"PayPal", "Braintree"}},
		"all of them":   {[]string{"--only=trustap,stripe,paypal,braintree,paytrail"}, []string{"Trustap sandbox", "Stripe", "PayPal", "Braintree", "Paytrail"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, nil, append(append([]string{"sandbox"}, anywhere...), tc.args...)...)
			await(t, "the emulators", func() bool { return len(controls.FindAllString(p.out(), -1)) == len(tc.title) })
			for _, found := range controls.FindAllStringSubmatch(p.out(), -1) {
				await(t, found[1], func() bool { return call(t, "GET", found[1]+"/health", "", "", "", "").Status == 200 })
			}
			for _, title := range tc.title {
				if !strings.Contains(p.out(), title) {
					t.Errorf("%s is missing:\n%s", title, p.out())
				}
			}
		})
	}
	some := start(t, nil, "sandbox", "--only=paypal", "--paypal-addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:9", "--stripe-addr=127.0.0.1:9")
	await(t, "what is said of the others", func() bool {
		return strings.Contains(some.out(), "HANDSEL_SANDBOX_ADDR=127.0.0.1:9 has no effect: --only does not name trustap") &&
			strings.Contains(some.out(), "HANDSEL_STRIPE_SANDBOX_ADDR=127.0.0.1:9 has no effect") && !strings.Contains(some.out(), "HANDSEL_PAYPAL")
	})
	unknown := start(t, nil, append([]string{"sandbox", "--only=paypal,gold"}, anywhere...)...)
	if err := unknown.Wait(); err == nil || !strings.Contains(unknown.out(), `there is no emulator of "gold"; use --only with some of trustap,stripe`) {
		t.Errorf("an unknown name: %v\n%s", err, unknown.out())
	}
}
