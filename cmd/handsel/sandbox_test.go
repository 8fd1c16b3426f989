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

// Each setting of Trustap's sandbox is a flag and a variable; what it can change while it runs, a control shows.
func TestSandbox_settings(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"HANDSEL_SANDBOX_MIN_PRICE=50", "HANDSEL_SANDBOX_COMPLAINT_PERIOD=36h", `HANDSEL_SANDBOX_CHARGES=[{"id":1,"payment_method":"card","flat":7}]`},
		"sandbox", "--sandbox-addr=127.0.0.1:0", "--profile=2026-01", "--strict-auth", "--currencies=eur,czk", "--incompatible-countries=ie-bg,IE-AT", "--refund-charge",
		"--calculator-version=8", "--f2f-calculator-version=4", "--tracking-allowance=1h", "--refund-delay=2s", "--release-delay=3s", "--skip-delay=4s",
		"--start=2030-01-02T03:04:05Z", "--client-id=shop", "--api-keys=first,second")
	at := sandboxAt(t, p)
	want := `{"profile":"2026-01","strict_auth":true,"charges":[{"id":1,"payment_method":"card","basis_points":0,"flat":7,"seller_basis_points":0,"seller_flat":0}],` +
		`"calculator_version":8,"f2f_calculator_version":4,"currencies":["eur","czk"],"min_price":50,"refund_charge":true,"incompatible_countries":[["IE","BG"],["IE","AT"]],` +
		`"tracking_allowance_seconds":3600,"complaint_period_seconds":129600,"refund_delay_seconds":2,"release_delay_seconds":3,"skip_delay_seconds":4}`
	if got := strings.TrimSpace(string(call(t, "GET", at+"/_sandbox/config", "", "", "", "").Body)); got != want {
		t.Errorf("it is set\n%s\nwant\n%s", got, want)
	}
	if clock := string(call(t, "GET", at+"/_sandbox/clock", "", "", "", "").Body); !strings.Contains(clock, "2030-01-02T03:04:") {
		t.Errorf("the clock is %s", clock)
	}
	for arg, why := range map[string]string{
		"--start=noon":                `HANDSEL_SANDBOX_START="noon" is not a time`,
		"--charges={}":                `HANDSEL_SANDBOX_CHARGES="{}" is not a JSON list`,
		"--incompatible-countries=IE": `HANDSEL_SANDBOX_INCOMPATIBLE_COUNTRIES="IE" is not a pair such as IE-BG`,
		"--complaint-period=-1h":      "not a duration of whole seconds",
		"--profile=new":               "profile",
	} {
		if got := runs(t, nil, "sandbox", "--sandbox-addr=127.0.0.1:0", arg); got.code != 2 || !strings.Contains(got.errOut, why) {
			t.Errorf("%s: exit %d\n%s", arg, got.code, got.errOut)
		}
	}
}

// All keys see one world, unless somebody asks for one each: the call that the start prints, a program's own key, the controls
// and the pages to pay on work together in any order.
func TestSandbox_oneWorld(t *testing.T) {
	t.Parallel()
	for _, worlds := range []string{"shared", "per-key"} {
		p := start(t, nil, "sandbox", "--sandbox-addr=127.0.0.1:0", "--worlds="+worlds)
		at := sandboxAt(t, p)
		asks := func(method, path, body string) answer {
			return call(t, method, strings.Replace(at, "http://", "http://mine:@", 1)+path, "", "", "", body)
		}
		call(t, "GET", strings.Replace(at, "http://", "http://any-key:@", 1)+"/api/v1/charge?currency=eur&price=1234", "", "", "", "")
		ids := map[string]string{}
		for _, who := range []string{"seller", "buyer"} {
			ids[who] = asks("POST", "/api/v1/guest_users", `{"email":"`+who+`@example.com","first_name":"A","last_name":"B","country_code":"ie","tos_acceptance":{"ip":"192.0.2.1","unix_timestamp":1672531200}}`).field(t, "id")
		}
		made := asks("POST", "/api/v1/me/transactions/create_with_guest_user", `{"currency":"eur","price":1234,"description":"A bike","charge":78,"charge_calculator_version":5,`+
			`"creator_role":"seller","seller_id":"`+ids["seller"]+`","buyer_id":"`+ids["buyer"]+`"}`)
		if made.Status != 201 {
			t.Fatalf("%s: %d %s", worlds, made.Status, made.Body)
		}
		want := map[string]int{"shared": 200, "per-key": 404}[worlds]
		if got := call(t, "GET", at+"/online/transactions/1309/guest_pay?redirect_uri=http://127.0.0.1/", "", "", "", ""); got.Status != want {
			t.Errorf("%s: the page to pay on: %d, want %d", worlds, got.Status, want)
		}
		if got := call(t, "POST", at+"/_sandbox/transactions/1309/pay", "", "", "", `{"card":"success"}`); got.Status != want {
			t.Errorf("%s: the control: %d, want %d: %s", worlds, got.Status, want, got.Body)
		}
	}
}

// sandboxAt is where Trustap's sandbox is.
func sandboxAt(t *testing.T, p *program) (at string) {
	t.Helper()
	printed := regexp.MustCompile(`Trustap sandbox +(http://\S+)/api/v1`)
	await(t, "the sandbox", func() bool {
		found := printed.FindStringSubmatch(p.out())
		if found != nil {
			at = found[1]
		}
		return found != nil && call(t, "GET", at+"/_sandbox/health", "", "", "", "").Status == 200
	})
	return at
}
