// Package pricing works out what each side of a deal pays and gets. Compute is
// the only place where that happens: the preview, the charge and the payout use
// the same stored lines, so that they can never differ by a cent. The package is
// pure: it knows no clock, no store and no gateway.
package pricing

import (
	"errors"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// hundredPercent in basis points.
const hundredPercent = 10_000

// Minimums are the least fee per currency, in minor units of it. A currency that is
// not in it has no minimum.
type Minimums map[money.Currency]int64

// Policy is what the marketplace takes from a deal. Rates are basis points of
// the goods total (unit price × quantity, without shipping), 0 to 10,000. A rate
// of 0 with a minimum is a fixed amount; both 0 is nothing. The zero Policy takes
// nothing, and gives no fee back that somebody else took.
type Policy struct {
	SellerBasisPoints int64    // commission, kept from the seller's payout
	SellerMinimums    Minimums // at least this much commission
	BuyerBasisPoints  int64    // fee, on top of what the buyer pays
	BuyerMinimums     Minimums // at least this much fee
	CommissionRule    Rule     // when only a part of the price is released
	BuyerFeeRule      Rule     // when a part of the price, or all of it, goes back
	// AnySellerMinimum and AnyBuyerMinimum are minimums that were stored before
	// minimums had a currency: minor units of any currency that has no minimum of its
	// own. They are read and honoured, and cannot be set any more.
	AnySellerMinimum int64
	AnyBuyerMinimum  int64
}

// Validate returns the fault invalid_fee_policy for a rate outside 0..10,000, a
// negative minimum, a minimum of an unknown currency or an unknown rule.
func (p Policy) Validate() error {
	for _, rate := range []int64{p.SellerBasisPoints, p.BuyerBasisPoints} {
		if rate < 0 || rate > hundredPercent {
			return fault.New(fault.Invalid, "invalid_fee_policy", "a rate of %d basis points is not between 0 and %d", rate, hundredPercent)
		}
	}
	for _, minimums := range []Minimums{p.SellerMinimums, p.BuyerMinimums} {
		for c, least := range minimums {
			if !c.WellFormed() || least < 0 {
				return fault.New(fault.Invalid, "invalid_fee_policy", "a minimum fee must not be negative and belongs to a currency; %q has %d", c, least)
			}
		}
	}
	if p.AnySellerMinimum < 0 || p.AnyBuyerMinimum < 0 {
		return fault.New(fault.Invalid, "invalid_fee_policy", "a minimum fee must not be negative")
	}
	return p.validateRules()
}

// least is the minimum for a currency, in minor units of it.
func (m Minimums) least(c money.Currency, otherwise int64) int64 {
	if own, ok := m[c]; ok {
		return own
	}
	return otherwise
}

// Input is what the parties agreed on. Prices are counts of minor units, so it does not
// matter how many decimals a currency has; which currencies and assets there are is
// known to the faces.
type Input struct {
	UnitPrice money.Amount // of one unit, not negative, in the deal's currency
	Quantity  int64        // units, days or nights; at least 1
	Shipping  int64        // minor units of the deal's currency, not negative
}

func (in Input) validate() error {
	if !in.UnitPrice.Currency().WellFormed() {
		return fault.New(fault.Invalid, "invalid_price", "the unit price needs the code of its currency or asset")
	}
	switch {
	case in.UnitPrice.IsNegative():
		return fault.New(fault.Invalid, "invalid_price", "the unit price must not be negative")
	case in.Quantity < 1:
		return fault.New(fault.Invalid, "invalid_quantity", "the quantity must be at least 1, not %d", in.Quantity)
	case in.Shipping < 0:
		return fault.New(fault.Invalid, "invalid_shipping", "the price of shipping must not be negative")
	}
	return nil
}

// Breakdown is a priced deal, all in one currency and nothing negative but the
// commission's line. Price + BuyerFee = Total, Price - SellerFee = Payout, and
// Total = Payout + BuyerFee + SellerFee.
type Breakdown struct {
	Lines     []Line       // how it comes about; the only part that is stored
	Price     money.Amount // goods and shipping
	BuyerFee  money.Amount // on top of the price
	SellerFee money.Amount // commission, out of the price
	Total     money.Amount // what the buyer pays
	Payout    money.Amount // what the seller gets
}

// Compute prices a deal. Commission and fee are shares of the goods total
// without shipping, rounded half to even, then raised to their minimum (as the
// customer's predecessor did). The commission is never more than the goods
// total, and goods that cost nothing carry neither (our choice), so that a
// payout is never negative.
//
// Faults, all Invalid: invalid_fee_policy, invalid_price, invalid_quantity,
// invalid_shipping, and amount_out_of_range for sums beyond 63 bits.
func Compute(p Policy, in Input) (Breakdown, error) {
	if err := p.Validate(); err != nil {
		return Breakdown{}, err
	}
	if err := in.validate(); err != nil {
		return Breakdown{}, err
	}
	lines, err := itemize(p, in)
	if err != nil {
		return Breakdown{}, outOfRange(err)
	}
	b, err := FromLines(lines)
	if err != nil {
		return Breakdown{}, outOfRange(err)
	}
	return b, nil
}

// Offered is Compute for a deal that somebody asks for: a price above money.MostMinor is
// amount_out_of_range too, before any gateway hears of it.
func Offered(p Policy, in Input) (Breakdown, error) {
	b, err := Compute(p, in)
	if err == nil && b.Price.Minor() > money.MostMinor(b.Price.Currency()) {
		return Breakdown{}, outOfRange(money.ErrOverflow)
	}
	return b, err
}

// itemize lists what there is to pay; lines of nothing are left out, except the
// goods themselves.
func itemize(p Policy, in Input) ([]Line, error) {
	goods, err := in.UnitPrice.Mul(in.Quantity)
	if err != nil {
		return nil, err
	}
	commission, err := share(goods, p.SellerBasisPoints, p.SellerMinimums.least(goods.Currency(), p.AnySellerMinimum))
	if err != nil {
		return nil, err
	}
	fee, err := share(goods, p.BuyerBasisPoints, p.BuyerMinimums.least(goods.Currency(), p.AnyBuyerMinimum))
	if err != nil {
		return nil, err
	}
	currency := goods.Currency()
	lines := []Line{{UnitPrice, Both, in.Quantity, in.UnitPrice, goods}}
	if in.Shipping > 0 {
		lines = append(lines, single(Shipping, Both, money.New(in.Shipping, currency)))
	}
	if fee > 0 {
		lines = append(lines, single(BuyerFee, Payer, money.New(fee, currency)))
	}
	if taken := min(commission, goods.Minor()); taken > 0 {
		lines = append(lines, single(SellerCommission, Payee, money.New(-taken, currency)))
	}
	return lines, nil
}

// share is the larger of a rate of the goods and a minimum, in minor units.
func share(goods money.Amount, basisPoints, minimum int64) (int64, error) {
	if goods.IsZero() {
		return 0, nil
	}
	part, err := goods.BasisPoints(basisPoints)
	return max(part.Minor(), minimum), err
}

func outOfRange(err error) error {
	if errors.Is(err, money.ErrOverflow) {
		return fault.Wrap(err, fault.Invalid, "amount_out_of_range", "price, quantity and fees add up to more than an amount can hold")
	}
	return err
}
