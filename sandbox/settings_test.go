package sandbox_test

import (
	"encoding/json"
	"testing"

	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// A world is set while it is in use: what is named changes, the rest stays, and nonsense changes nothing.
func TestSettings(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	read := func() (s sandbox.Settings) {
		must(t, json.Unmarshal(x.control("GET", "/config", "").body, &s))
		return s
	}
	before := read()
	same(t, "the usual", []any{before.Profile, before.MinPrice, before.ComplaintPeriod, before.CalculatorVersion}, []any{sandbox.Profile202602, int64(100), int64(86400), int64(5)})
	for _, wrong := range []string{`{"min_price":-1}`, `{"profile":"2019"}`, `{"complaint_period_seconds":-1}`, `{"release_delay_seconds":9223372036854775807}`,
		`{"charges":[{"id":0,"payment_method":"card"}]}`, `{"minimum":1}`, `{"min_price":"1"}`, `[]`, `{`} {
		a := x.control("PUT", "/config", wrong)
		if a.status != 400 {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
		same(t, "after "+wrong, read(), before)
	}
	a := x.control("PUT", "/config", `{"min_price":50,"charges":[{"id":1,"payment_method":"card","flat":7}],"currencies":["eur","czk"],"complaint_period_seconds":60,
		"calculator_version":9,"strict_auth":true,"refund_charge":true,"incompatible_countries":[["IE","DE"]]}`)
	same(t, "set", a.status, 200)
	same(t, "what is not named stays", read().TrackingAllowance, before.TrackingAllowance)
	var quote sandbox.Charge
	x.ok(200, "GET", "/charge?price=60&currency=czk", "", "", &quote)
	same(t, "the next quote", []int64{quote.Charge, quote.CalculatorVersion}, []int64{7, 9})
	x.control("POST", "/reset", "")
	same(t, "after a reset", read(), before)
	set := before
	set.MinPrice = 1
	must(t, x.Sandbox.Set(set))
	same(t, "from Go", x.Sandbox.Settings(), set)
}

// Each key has settings of its own where each has a world, and the ids of the two models are apart.
func TestSettings_ofAWorld(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{FirstID: 10, FirstF2FID: 7000})
	other, err := x.Sandbox.ForKey("another")
	must(t, err)
	set := other.Settings()
	set.Profile = sandbox.ProfileSeed
	must(t, other.Set(set))
	same(t, "this world", x.Sandbox.Settings().Profile, sandbox.Profile202602)
	same(t, "ids", []int64{x.at("joined"), x.openF2F("").ID}, []int64{10, 7000})
	x = &tester{Server: sandboxtest.Start(t, sandbox.Config{Start: start}), t: t}
	x.seller, x.buyer = x.guest("seller@example.com", "IE"), x.guest("buyer@example.com", "DE")
	same(t, "apart unless asked", []int64{x.at("joined"), x.openF2F("").ID}, []int64{1309, 501309})
	if _, err := sandbox.New(sandbox.Config{FirstID: -1}); err == nil {
		t.Error("a first id below zero is taken")
	}
}
