package pricing

import (
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Rule says what becomes of a fee when only a part of the price is released, or a
// part goes back. The words are stored and shown; they never change.
type Rule string

// The rules. A policy that was stored before there were rules has none: its
// commission is taken whole, and its buyer's fee is kept.
const (
	ProRata      Rule = "pro_rata"       // the fee follows the part: of a half, half the fee
	Whole        Rule = "whole"          // the whole commission, as far as the released part covers it
	Kept         Rule = "kept"           // the buyer's fee never goes back
	OnFullRefund Rule = "on_full_refund" // the buyer's fee goes back when all of the price does
)

// CommissionRules and BuyerFeeRules are what a community can declare, the default first.
func CommissionRules() []Rule { return []Rule{ProRata, Whole} }

// BuyerFeeRules are the rules for the buyer's fee, the default first.
func BuyerFeeRules() []Rule { return []Rule{ProRata, OnFullRefund, Kept} }

func (p Policy) validateRules() error {
	if p.CommissionRule != "" && !slices.Contains(CommissionRules(), p.CommissionRule) {
		return fault.New(fault.Invalid, "invalid_fee_policy", "unknown commission rule %q; use one of %v", p.CommissionRule, CommissionRules())
	}
	if p.BuyerFeeRule != "" && !slices.Contains(BuyerFeeRules(), p.BuyerFeeRule) {
		return fault.New(fault.Invalid, "invalid_fee_policy", "unknown buyer fee rule %q; use one of %v", p.BuyerFeeRule, BuyerFeeRules())
	}
	return nil
}

// WithRules is the policy with the default rules where it declares none. What a
// community charges always has rules; what a deal was opened with keeps its own.
func (p Policy) WithRules() Policy {
	if p.CommissionRule == "" {
		p.CommissionRule = CommissionRules()[0]
	}
	if p.BuyerFeeRule == "" {
		p.BuyerFeeRule = BuyerFeeRules()[0]
	}
	return p
}

// Terms are the sums that a deal was agreed on, in minor units of one currency.
type Terms struct {
	Price     int64 // what is held for the payee
	BuyerFee  int64 // on top of the price
	SellerFee int64 // out of the price, when all of it is released
}

// Commission is what is taken of a released part of the price, in minor units.
// It is never more than the part, so that any part can be released.
func (p Policy) Commission(t Terms, released int64) (int64, error) {
	if p.CommissionRule == ProRata && released < t.Price {
		fee, err := part(t.SellerFee, released, t.Price)
		return min(fee, released), err
	}
	return min(t.SellerFee, released), nil
}

// FeeKept is what is kept of the buyer's fee once so much of the price has gone
// back altogether, in minor units. It does not depend on the number of refunds.
func (p Policy) FeeKept(t Terms, refunded int64) (int64, error) {
	switch {
	case t.Price <= 0 || refunded <= 0:
		return t.BuyerFee, nil
	case p.BuyerFeeRule == ProRata:
		return part(t.BuyerFee, max(t.Price-refunded, 0), t.Price)
	case p.BuyerFeeRule == OnFullRefund && refunded >= t.Price:
		return 0, nil
	}
	return t.BuyerFee, nil
}

// part is fee × share / whole; what the division leaves over goes to the larger remainder.
func part(fee, share, whole int64) (int64, error) {
	parts, err := money.New(fee, "").Allocate(share, whole-share)
	if err != nil {
		return 0, err
	}
	return parts[0].Minor(), nil
}

// Division is what each side gets when a price is divided, in minor units.
// Refund + Release of the input = Back + Paid + Commission, and Back, FeeBack, Paid,
// Commission and FeeKept add up to price and buyer's fee.
type Division struct {
	Back       int64 // of the price, to the payer
	FeeBack    int64 // of the buyer's fee, to the payer
	Paid       int64 // to the payee
	Commission int64
	FeeKept    int64
}

// Divide divides a whole price between the two sides. Faults: amounts_do_not_add_up
// for parts that are not the price.
func (p Policy) Divide(t Terms, refund, release int64) (Division, error) {
	if refund < 0 || release < 0 || refund > t.Price || release != t.Price-refund {
		return Division{}, fault.New(fault.Invalid, "amounts_do_not_add_up", "refund and release must add up to the price")
	}
	commission, err := p.Commission(t, release)
	if err != nil {
		return Division{}, err
	}
	kept, err := p.FeeKept(t, refund)
	if err != nil {
		return Division{}, err
	}
	return Division{Back: refund, FeeBack: t.BuyerFee - kept, Paid: release - commission, Commission: commission, FeeKept: kept}, nil
}
