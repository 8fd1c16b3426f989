package pricing

import (
	"errors"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/money"
)

// ErrBadLine is a line, or a set of lines, that Compute could not have made.
var ErrBadLine = errors.New("pricing: bad line")

// Code says what a line is for. The codes are stored and shown; they never change.
type Code string

// The codes.
const (
	UnitPrice        Code = "unit_price"
	Shipping         Code = "shipping"
	BuyerFee         Code = "buyer_fee"
	SellerCommission Code = "seller_commission"
)

// Side says for whom a line counts.
type Side string

// The sides. A line of Both counts for payer and payee alike.
const (
	Payer Side = "payer"
	Payee Side = "payee"
	Both  Side = "both"
)

// sides fixes the side of each code.
var sides = map[Code]Side{UnitPrice: Both, Shipping: Both, BuyerFee: Payer, SellerCommission: Payee}

// Line is one row of a breakdown. Quantity × Unit = Amount always; the
// commission is negative, as it lowers what the payee gets.
type Line struct {
	Code     Code
	Side     Side
	Quantity int64
	Unit     money.Amount
	Amount   money.Amount
}

// For reports whether the line counts for a side, Payer or Payee.
func (l Line) For(s Side) bool { return l.Side == s || l.Side == Both }

func (l Line) validate() error {
	side, known := sides[l.Code]
	amount, err := l.Unit.Mul(l.Quantity)
	switch {
	case !known || l.Side != side:
		return fmt.Errorf("%w: %q of side %q", ErrBadLine, l.Code, l.Side)
	case err != nil || amount != l.Amount || l.Quantity < 1 || !l.Amount.Currency().WellFormed():
		return fmt.Errorf("%w: %s is not %d times %s: %s", ErrBadLine, l.Code, l.Quantity, l.Unit, l.Amount)
	case l.Amount.IsNegative() != (l.Code == SellerCommission && !l.Amount.IsZero()):
		return fmt.Errorf("%w: %s of %s", ErrBadLine, l.Code, l.Amount)
	}
	return nil
}

func single(c Code, s Side, amount money.Amount) Line {
	return Line{Code: c, Side: s, Quantity: 1, Unit: amount, Amount: amount}
}

// FromLines adds stored lines up again. It returns ErrBadLine for lines that no
// deal can have (no goods, a code twice, more commission than goods),
// money.ErrCurrencyMismatch and money.ErrOverflow.
func FromLines(lines []Line) (Breakdown, error) {
	byCode := make(map[Code]money.Amount, len(lines))
	for _, l := range lines {
		if err := l.validate(); err != nil {
			return Breakdown{}, err
		}
		if _, twice := byCode[l.Code]; twice {
			return Breakdown{}, fmt.Errorf("%w: %s twice", ErrBadLine, l.Code)
		}
		byCode[l.Code] = l.Amount
	}
	goods, ok := byCode[UnitPrice]
	commission, err := byCode[SellerCommission].Neg()
	if !ok || err != nil || commission.Minor() > goods.Minor() {
		return Breakdown{}, fmt.Errorf("%w: no goods, or a commission above them", ErrBadLine)
	}
	b := Breakdown{
		Lines:     slices.Clone(lines),
		BuyerFee:  money.New(byCode[BuyerFee].Minor(), goods.Currency()),
		SellerFee: money.New(commission.Minor(), goods.Currency()),
	}
	if b.Price, err = goods.Add(byCode[Shipping]); err != nil {
		return Breakdown{}, err
	}
	if b.Total, err = Sum(lines, Payer); err != nil {
		return Breakdown{}, err
	}
	if b.Payout, err = Sum(lines, Payee); err != nil {
		return Breakdown{}, err
	}
	return b, nil
}

// Sum adds up the lines that count for a side, Payer or Payee. It returns
// money.ErrCurrencyMismatch or money.ErrOverflow.
func Sum(lines []Line, s Side) (money.Amount, error) {
	var sum money.Amount
	for _, l := range lines {
		if !l.For(s) {
			continue
		}
		var err error
		if sum, err = sum.Add(l.Amount); err != nil {
			return money.Amount{}, fmt.Errorf("add up the lines of the %s: %w", s, err)
		}
	}
	return sum, nil
}
