package exchange

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// Rules are what a community asks of its traders so that nobody gains by taking ads
// without paying. They hold for orders that are opened from now on. Times are whole
// seconds.
type Rules struct {
	// A taker collects points for orders that fail by their own fault. With FaultLimit
	// points within FaultWindow they wait until enough of them are older. 0: no limit.
	FaultLimit   int64 `json:"fault_limit"`
	FaultWindow  int64 `json:"fault_window_seconds"`
	CancelPoints int64 `json:"cancel_points"` // the taker cancelled
	ExpiryPoints int64 `json:"expiry_points"` // the taker, as the buyer, did not pay in time
	LossPoints   int64 `json:"loss_points"`   // a dispute or an appeal was decided against the taker as the buyer

	// A taker who has never completed an order sees the seller's payment details only
	// NewcomerWait after the order was opened, and FaultWait after it once
	// FaultWaitAfter of their orders failed by their own fault within FaultWindow. The
	// time to pay begins then.
	NewcomerWait   int64 `json:"newcomer_wait_seconds"`
	FaultWait      int64 `json:"fault_wait_seconds"`
	FaultWaitAfter int64 `json:"fault_wait_after"`

	// DisputeWindow is how long operators have for a dispute, counted from the end of
	// the order's release window. Then they are alarmed, and the default applies:
	// "refund" (the seller keeps the balance), "release" (the buyer gets it) or "" (it
	// stays frozen until an operator decides). An appeal, whose buyer did not say in
	// time that they had paid, has a default of its own.
	DisputeWindow  int64   `json:"dispute_window_seconds"`
	DisputeDefault Outcome `json:"dispute_default"`
	AppealDefault  Outcome `json:"appeal_default"`

	// FilesPerSide is how many files of evidence each party may add to an order.
	FilesPerSide int64 `json:"files_per_side"`

	// MinDeposit is what a user must have deposited altogether, in minor units of the
	// exchange's asset, before they may sell by taking an ad; WageringPercent how much
	// of their deposits they must have traded in completed orders before that.
	MinDeposit      int64 `json:"min_deposit"`
	WageringPercent int64 `json:"wagering_percent"`
}

// DefaultRules are those of a community that has set none.
func DefaultRules() Rules {
	return Rules{
		FaultLimit: 30, FaultWindow: seconds(24 * time.Hour), CancelPoints: 5, ExpiryPoints: 10, LossPoints: 15,
		NewcomerWait: seconds(time.Minute), FaultWait: seconds(2 * time.Minute), FaultWaitAfter: 2,
		DisputeWindow: seconds(7 * 24 * time.Hour), AppealDefault: Refund,
		FilesPerSide: 20,
	}
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func duration(seconds int64) time.Duration { return time.Duration(seconds) * time.Second }

// Bounds of the rules.
const (
	maxRuleWait   = 60 * 60           // an hour
	maxRuleWindow = 90 * 24 * 60 * 60 // 90 days
	maxRulePoints = 1000
	maxRuleFiles  = 100
	maxWagering   = 10_000 // percent
)

// Validate is a fault invalid_exchange_rules that names the member that is out of bounds.
func (r Rules) Validate() error {
	var wrong []error
	for _, m := range []struct {
		name             string
		value, low, high int64
	}{
		{"fault_limit", r.FaultLimit, 0, maxRulePoints},
		{"fault_window_seconds", r.FaultWindow, 1, maxRuleWindow},
		{"cancel_points", r.CancelPoints, 0, maxRulePoints},
		{"expiry_points", r.ExpiryPoints, 0, maxRulePoints},
		{"loss_points", r.LossPoints, 0, maxRulePoints},
		{"newcomer_wait_seconds", r.NewcomerWait, 0, maxRuleWait},
		{"fault_wait_seconds", r.FaultWait, 0, maxRuleWait},
		{"fault_wait_after", r.FaultWaitAfter, 1, maxRulePoints},
		{"dispute_window_seconds", r.DisputeWindow, 60 * 60, maxRuleWindow},
		{"files_per_side", r.FilesPerSide, 1, maxRuleFiles},
		{"min_deposit", r.MinDeposit, 0, 1 << 53},
		{"wagering_percent", r.WageringPercent, 0, maxWagering},
	} {
		if m.value < m.low || m.value > m.high {
			wrong = append(wrong, fault.New(fault.Invalid, "invalid_exchange_rules", "%s must be %d to %d", m.name, m.low, m.high).With("field", m.name))
		}
	}
	for _, m := range []struct {
		name    string
		outcome Outcome
	}{{"dispute_default", r.DisputeDefault}, {"appeal_default", r.AppealDefault}} {
		if m.outcome != "" && m.outcome != Refund && m.outcome != Release {
			wrong = append(wrong, fault.New(fault.Invalid, "invalid_exchange_rules", "%s must be refund, release or empty", m.name).With("field", m.name))
		}
	}
	return fault.All(wrong...)
}

// RuleBook finds and keeps the rules of communities. Implementations are safe for
// concurrent use.
type RuleBook interface {
	// ExchangeRules are a community's rules; found is false when it has set none.
	ExchangeRules(ctx context.Context, community int64) (r Rules, found bool, err error)
	// SaveExchangeRules replaces them. An unknown community is a NotFound fault.
	SaveExchangeRules(ctx context.Context, community int64, r Rules) error
}

// Rules are those of the community, or the defaults of this service.
func (s *Service) Rules(ctx context.Context, community int64) (Rules, error) {
	r, found, err := s.Store.ExchangeRules(ctx, community)
	if err != nil || found {
		return r, err
	}
	return s.Defaults, nil
}

// SaveRules replaces a community's rules for orders that are opened from now on. actor is
// who of the marketplace's staff does so, and reason why; both are audited. Faults:
// invalid_exchange_rules, validation_error without a reason.
func (s *Service) SaveRules(ctx context.Context, community int64, actor string, r Rules, reason string) error {
	if err := fault.All(checkReason(reason), r.Validate()); err != nil {
		return err
	}
	if err := s.audit(ctx, community, actor, ChangingRules, "community", reason); err != nil {
		return err
	}
	return s.Store.SaveExchangeRules(ctx, community, r)
}

// deadlines are those of an order whose time to pay ends at pay.
func (r Rules) deadlines(pay time.Time) map[process.Deadline]time.Time {
	dispute := pay.Add(p2porder.PayGrace + p2porder.ReleaseWindow + duration(r.DisputeWindow))
	all := map[process.Deadline]time.Time{process.PayDeadline: pay, p2porder.DisputeDeadline: dispute}
	for _, d := range []struct {
		outcome         Outcome
		refund, release process.Deadline
	}{
		{r.DisputeDefault, p2porder.DisputeRefund, p2porder.DisputeRelease},
		{r.AppealDefault, p2porder.AppealRefund, p2porder.AppealRelease},
	} {
		switch d.outcome {
		case Refund:
			all[d.refund] = dispute
		case Release:
			all[d.release] = dispute
		}
	}
	return all
}
