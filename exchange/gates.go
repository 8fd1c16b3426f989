package exchange

import (
	"cmp"
	"context"
	"math"
	"math/bits"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// Gate decides whether a user may sell an amount by taking an ad: a withdrawal, in
// the customer's words. A refusal is a fault; that of Config.MinDeposit should have
// the reason min_deposit_required, that of Config.Wagering
// wagering_requirement_not_met. Implementations are safe for concurrent use.
type Gate interface {
	Admit(ctx context.Context, u User, amount money.Amount) error
}

// Everybody is the gate that refuses nobody.
type Everybody struct{}

// Admit implements Gate.
func (Everybody) Admit(context.Context, User, money.Amount) error { return nil }

// MinimumDeposit admits users who have deposited enough altogether (customer's
// document: 1,000 RUB). Deposits are the deals of process deposit.
type MinimumDeposit struct {
	Deposits interface {
		// Deposited is the sum of a user's deposits in minor units.
		Deposited(ctx context.Context, community int64, user string, c money.Currency) (int64, error)
	}
	Minimum int64 // minor units of Currency
	// Currency is what is counted, whatever is sold; empty: what is sold.
	Currency money.Currency
	Assets   money.Assets // decimals of what is not of ISO 4217
}

// Admit implements Gate. Fault: min_deposit_required.
func (g MinimumDeposit) Admit(ctx context.Context, u User, amount money.Amount) error {
	c := cmp.Or(g.Currency, amount.Currency())
	sum, err := g.Deposits.Deposited(ctx, u.Community, u.ID, c)
	if err != nil {
		return err
	}
	if sum < g.Minimum {
		return fault.New(fault.Conflict, "min_deposit_required", "deposit at least %s before you sell", g.Assets.Format(money.New(g.Minimum, c))).
			With("minimum", g.Minimum).With("deposited", sum)
	}
	return nil
}

// Wagered admits users who have traded a share of what they have deposited. Trades
// are completed orders, on either side.
type Wagered struct {
	Store interface {
		Deposited(ctx context.Context, community int64, user string, c money.Currency) (int64, error)
		Traded(ctx context.Context, community int64, user string, c money.Currency) (int64, error)
	}
	Percent int64        // of the deposits, 1 to 10,000
	Assets  money.Assets // decimals of what is not of ISO 4217
}

// Admit implements Gate. Fault: wagering_requirement_not_met.
func (g Wagered) Admit(ctx context.Context, u User, amount money.Amount) error {
	deposited, err := g.Store.Deposited(ctx, u.Community, u.ID, amount.Currency())
	if err != nil {
		return err
	}
	traded, err := g.Store.Traded(ctx, u.Community, u.ID, amount.Currency())
	if err != nil {
		return err
	}
	const percent = 100
	high, low := bits.Mul64(uint64(deposited), uint64(g.Percent))
	needed, _ := bits.Div64(high%percent, low, percent)
	if high >= percent || needed > math.MaxInt64 {
		needed = math.MaxInt64
	}
	if uint64(traded) < needed {
		return fault.New(fault.Conflict, "wagering_requirement_not_met", "trade %s in completed orders before you sell", g.Assets.Format(money.New(int64(needed), amount.Currency()))).
			With("required", int64(needed)).With("traded", traded)
	}
	return nil
}
