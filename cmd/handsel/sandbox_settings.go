package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

// sandboxSettings are the settings of Trustap's sandbox. What a world can change while it runs, PUT /_sandbox/config changes too.
type sandboxSettings struct {
	Worlds     string   `env:"HANDSEL_SANDBOX_WORLDS" default:"shared" enum:"shared,per-key" help:"Whether all API keys see the same deals (shared) or each its own (per-key)."`
	APIKeys    []string `name:"api-keys" env:"HANDSEL_SANDBOX_API_KEYS" placeholder:"KEY" help:"API keys that are taken, separated by commas. Default: any."`
	StrictAuth bool     `env:"HANDSEL_SANDBOX_STRICT_AUTH" help:"Take for each call only the credentials that Trustap lists for it."`
	Profile    string   `env:"HANDSEL_SANDBOX_PROFILE" default:"2026-07" enum:"seed,2026-01,2026-02,2026-07" help:"Which description of the API is played: the one of a month, or that of the customer (seed)."`
	ClientID   string   `env:"HANDSEL_SANDBOX_CLIENT_ID" default:"sandbox" help:"Client that owns all deals."`
	From       string   `name:"start" env:"HANDSEL_SANDBOX_START" placeholder:"TIME" help:"Where the clock begins, such as 2026-03-01T09:00:00Z; it then runs with the real one. Default: now."`
	FirstID    int64    `name:"first-id" env:"HANDSEL_SANDBOX_FIRST_ID" default:"1309" help:"Id of the first online deal."`
	FirstF2FID int64    `name:"first-f2f-id" env:"HANDSEL_SANDBOX_FIRST_F2F_ID" default:"501309" help:"Id of the first face-to-face deal."`

	Charges     string        `env:"HANDSEL_SANDBOX_CHARGES" placeholder:"JSON" help:"Table of charges: a JSON list of {id, currency, payment_method, basis_points, flat, seller_basis_points, seller_flat}. Default: 3 % and 0.40 for cards, 1 % for bank transfers."`
	Calculator  int64         `name:"calculator-version" env:"HANDSEL_SANDBOX_CALCULATOR_VERSION" default:"5" help:"Version that quotes of online deals carry."`
	F2FVersion  int64         `name:"f2f-calculator-version" env:"HANDSEL_SANDBOX_F2F_CALCULATOR_VERSION" default:"2" help:"Version that quotes of face-to-face deals carry."`
	Currencies  []string      `env:"HANDSEL_SANDBOX_CURRENCIES" placeholder:"CODE" help:"Currencies that are offered, in small letters, separated by commas."`
	MinPrice    int64         `env:"HANDSEL_SANDBOX_MIN_PRICE" default:"100" help:"Lowest price, in minor units."`
	Refund      bool          `name:"refund-charge" env:"HANDSEL_SANDBOX_REFUND_CHARGE" help:"Give Trustap's charge back with a refund."`
	Apart       []string      `name:"incompatible-countries" env:"HANDSEL_SANDBOX_INCOMPATIBLE_COUNTRIES" placeholder:"CC-CC" help:"Pairs of countries whose users may not trade, such as IE-BG, separated by commas."`
	Tracking    time.Duration `name:"tracking-allowance" env:"HANDSEL_SANDBOX_TRACKING_ALLOWANCE" default:"96h" help:"How long a seller has to ship."`
	Complaint   time.Duration `name:"complaint-period" env:"HANDSEL_SANDBOX_COMPLAINT_PERIOD" default:"24h" help:"How long a buyer may complain."`
	RefundWait  time.Duration `name:"refund-delay" env:"HANDSEL_SANDBOX_REFUND_DELAY" default:"0s" help:"How long a refund takes."`
	ReleaseWait time.Duration `name:"release-delay" env:"HANDSEL_SANDBOX_RELEASE_DELAY" default:"0s" help:"How long a release takes."`
	SkipWait    time.Duration `name:"skip-delay" env:"HANDSEL_SANDBOX_SKIP_DELAY" default:"0s" help:"How long after its deposit the remainder of a deal without one is skipped."`
}

// config is a sandbox with these settings; what makes no sense is named.
func (s sandboxSettings) config() (c sandbox.Config, err error) {
	c = sandbox.Config{
		Follow: true, SharedWorld: s.Worlds == "shared", APIKeys: s.APIKeys, StrictAuth: s.StrictAuth, Profile: s.Profile, ClientID: s.ClientID,
		FirstID: s.FirstID, FirstF2FID: s.FirstF2FID, CalculatorVersion: s.Calculator, F2FCalculatorVersion: s.F2FVersion,
		Currencies: s.Currencies, MinPrice: s.MinPrice, RefundCharge: s.Refund,
		Timelines: sandbox.Timelines{TrackingAllowance: s.Tracking, ComplaintPeriod: s.Complaint, RefundDelay: s.RefundWait, ReleaseDelay: s.ReleaseWait, SkipDelay: s.SkipWait},
	}
	var errs []error
	wrong := func(setting, value, want string) {
		errs = append(errs, usage(fmt.Errorf("HANDSEL_SANDBOX_%s=%.40q is not %s", setting, value, want)))
	}
	if s.From != "" {
		if c.Start, err = time.Parse(time.RFC3339, s.From); err != nil {
			wrong("START", s.From, "a time such as 2026-03-01T09:00:00Z")
		}
	}
	if s.Charges != "" && json.Unmarshal([]byte(s.Charges), &c.Charges) != nil {
		wrong("CHARGES", s.Charges, `a JSON list such as [{"id":1,"payment_method":"card","basis_points":300,"flat":40}]`)
	}
	for _, pair := range s.Apart {
		a, b, ok := strings.Cut(strings.ToUpper(pair), "-")
		if !ok {
			wrong("INCOMPATIBLE_COUNTRIES", pair, "a pair such as IE-BG")
		}
		c.IncompatibleCountries = append(c.IncompatibleCountries, [2]string{a, b})
	}
	return c, errors.Join(errs...)
}
