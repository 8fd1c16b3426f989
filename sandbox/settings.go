package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Settings are what of a [Config] may be changed while a world is in use. In JSON amounts are minor units and times whole
// seconds. What has been quoted, created or set as a deadline before a change stays as it is.
type Settings struct {
	Profile               string         `json:"profile"`
	StrictAuth            bool           `json:"strict_auth"`
	Charges               []ChargeConfig `json:"charges"`
	CalculatorVersion     int64          `json:"calculator_version"`
	F2FCalculatorVersion  int64          `json:"f2f_calculator_version"`
	Currencies            []string       `json:"currencies"`
	MinPrice              int64          `json:"min_price"`
	RefundCharge          bool           `json:"refund_charge"`
	IncompatibleCountries [][2]string    `json:"incompatible_countries"`
	TrackingAllowance     int64          `json:"tracking_allowance_seconds"`
	ComplaintPeriod       int64          `json:"complaint_period_seconds"`
	RefundDelay           int64          `json:"refund_delay_seconds"`
	ReleaseDelay          int64          `json:"release_delay_seconds"`
	SkipDelay             int64          `json:"skip_delay_seconds"`
}

func (c Config) settings() Settings {
	l := c.Timelines
	return Settings{
		Profile: c.Profile, StrictAuth: c.StrictAuth, Charges: slices.Clone(c.Charges),
		CalculatorVersion: c.CalculatorVersion, F2FCalculatorVersion: c.F2FCalculatorVersion, Currencies: slices.Clone(c.Currencies), MinPrice: c.MinPrice,
		RefundCharge: c.RefundCharge, IncompatibleCountries: append([][2]string{}, c.IncompatibleCountries...),
		TrackingAllowance: seconds(l.TrackingAllowance), ComplaintPeriod: seconds(l.ComplaintPeriod),
		RefundDelay: seconds(l.RefundDelay), ReleaseDelay: seconds(l.ReleaseDelay), SkipDelay: seconds(l.SkipDelay),
	}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// lasting is a number of seconds as a duration; one that is too long for it is refused by the check of the timelines.
func lasting(n int64) time.Duration {
	if n > seconds(maxDuration) {
		return maxDuration + time.Second
	}
	return time.Duration(n) * time.Second
}

// with is the config with other settings.
func (c Config) with(s Settings) Config {
	c.Profile, c.StrictAuth, c.Charges = s.Profile, s.StrictAuth, slices.Clone(s.Charges)
	c.CalculatorVersion, c.F2FCalculatorVersion, c.Currencies, c.MinPrice = s.CalculatorVersion, s.F2FCalculatorVersion, slices.Clone(s.Currencies), s.MinPrice
	c.RefundCharge, c.IncompatibleCountries = s.RefundCharge, slices.Clone(s.IncompatibleCountries)
	c.Timelines = Timelines{
		TrackingAllowance: lasting(s.TrackingAllowance), ComplaintPeriod: lasting(s.ComplaintPeriod),
		RefundDelay: lasting(s.RefundDelay), ReleaseDelay: lasting(s.ReleaseDelay), SkipDelay: lasting(s.SkipDelay),
	}
	return c.withDefaults()
}

// Settings returns how the world is set.
func (s *World) Settings() Settings { return s.cfg().settings() }

// Set changes how the world is set, until it is reset. Zero values mean the defaults of [Config]. It returns an [*Error] with
// code invalid_config for settings that make no sense.
func (s *World) Set(to Settings) error {
	var err error
	s.locked(func(w *state) {
		changed := w.cfg.with(to)
		if err = changed.validate(); err == nil {
			w.cfg = changed
		}
	})
	if err != nil {
		return because(refuse("invalid_config"), err)
	}
	return nil
}

// putConfig changes the settings that are named and leaves the others.
func putConfig(s *World, body json.RawMessage) (stage.Value, error) {
	was := s.Settings()
	to := was
	to.Charges, to.Currencies, to.IncompatibleCountries = nil, nil, nil // else what is read is laid over the old rows
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&to); err != nil {
		return nil, because(refuse("invalid_config"), err)
	}
	to.Charges = stage.Or(to.Charges == nil, was.Charges, to.Charges)
	to.Currencies = stage.Or(to.Currencies == nil, was.Currencies, to.Currencies)
	to.IncompatibleCountries = stage.Or(to.IncompatibleCountries == nil, was.IncompatibleCountries, to.IncompatibleCountries)
	if err := s.Set(to); err != nil {
		return nil, err
	}
	return s.Settings(), nil
}

// because adds the reason to a refusal.
func because(e *Error, why error) *Error {
	e.Message = fmt.Sprint(e.Message, ": ", strings.TrimPrefix(why.Error(), "sandbox: "))
	return e
}
