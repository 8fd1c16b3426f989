package process

import (
	"fmt"
	"maps"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// Payment is what a gateway shows of a payment now, as far as rules look at it. Amounts
// are minor units of Price's currency.
type Payment struct {
	Found     bool
	Facts     map[Fact]time.Time
	Deadlines map[Deadline]time.Time
	// Price is the goods total as the gateway has it; the zero Amount when it knows
	// of none yet. It is compared with what was agreed.
	Price money.Amount
	// Deposit is what is paid in advance of Price, in a deal with a deposit.
	Deposit int64
	// Fees are the gateway's own; nil when it sets none and the marketplace's hold.
	Fees *Fees
	// Totals is what the gateway moved for the payment altogether; nil when it cannot
	// tell. Where it can, our books are held against it.
	Totals *Totals
	// Taken is what was taken from the payer with all fees, where that can be told and the
	// other sums cannot; nil: Totals has it, or it is not told.
	Taken *int64
	// Kept is what the gateway keeps for its services, for processing and for disputes,
	// out of the platform's own account; nil when it does not tell.
	Kept *int64
}

// Totals are sums of a payment in minor units of its currency: taken from the
// payer with all fees, gone back to the payer (by their bank, too), paid out to the
// payee.
type Totals struct {
	Captured int64
	Refunded int64
	Released int64
	Disputed int64 // what the payer's bank has taken back and may still give up
	// ByBank is what of Refunded and Disputed the payer's bank took: only that can be won
	// back. The rest was refunded, and falls when a refund fails later.
	ByBank int64
}

// Fees are what is kept of a payment, in minor units of its currency.
type Fees struct {
	Buyer   int64 // on top of the price
	Seller  int64 // out of the price
	Deposit int64 // the part of Buyer that is paid with the deposit
}

// Learn takes over what the gateway announced about a payment.
func (d Deal) Learn(p Payment) Deal {
	if !p.Found {
		return d
	}
	d = d.LearnFees(p.Fees)
	if len(p.Deadlines) > 0 {
		merged := maps.Clone(d.Deadlines)
		if merged == nil {
			merged = map[Deadline]time.Time{}
		}
		maps.Copy(merged, p.Deadlines)
		d.Deadlines = merged
	}
	return d
}

// LearnFees takes over what the gateway charges, as long as it is not paid yet.
func (d Deal) LearnFees(f *Fees) Deal {
	if f == nil {
		return d
	}
	onlyDeposit := d.Deposit > 0 && d.Funds.Captured == d.Deposit+d.DepositFee
	if d.Funds.Captured == 0 {
		d.DepositFee = f.Deposit
	}
	if d.Funds.Captured == 0 || onlyDeposit {
		d.BuyerFee = f.Buyer
	}
	if d.Funds.Released == 0 {
		d.SellerFee = f.Seller
	}
	return d
}

// Agreed is the deal with the terms that a rule is about to set.
func (d Deal) Agreed(r Rule, input map[string]string) Deal {
	if r.Terms == nil {
		return d
	}
	if agreed, err := r.Terms(d, r.Amounts(input)); err == nil {
		return agreed
	}
	return d
}

// PriceDiffers compares what the gateway has with what was agreed. A deal with
// a deposit may have got its price there before that transition was taken here.
func (d Deal) PriceDiffers(p Payment) Attention {
	priced := d.Deposit == 0 || !d.Price.IsZero()
	switch {
	case !p.Found:
		return Attention{}
	case priced && p.Price != (money.Amount{}) && p.Price != d.Price:
		return Attention{PriceDiffers, fmt.Sprintf("%s, agreed are %s", p.Price, d.Price)}
	case p.Deposit != d.Deposit:
		return Attention{PriceDiffers, fmt.Sprintf("a deposit of %d, agreed are %d", p.Deposit, d.Deposit)}
	}
	return Attention{}
}

// SumsDiffer compares what the gateway moved altogether with our books. Somebody
// may have moved money there by hand.
func (d Deal) SumsDiffer(t *Totals) Attention {
	sum, differs := d.otherSum(t)
	if !differs {
		return Attention{}
	}
	c := d.Price.Currency()
	return Attention{BooksDiffer, fmt.Sprintf("the gateway has %s %s, our books say %s", sum.what, money.New(sum.there, c), money.New(sum.here, c))}
}

// compared is a sum at the gateway and in our books, in minor units.
type compared struct {
	what        string
	there, here int64
}

// otherSum is the first sum that differs; most looks ask for nothing but whether one does.
func (d Deal) otherSum(t *Totals) (sum compared, differs bool) {
	if t == nil {
		return compared{}, false
	}
	back := t.Refunded
	if d.Funds.ChargedBack > 0 {
		back += t.Disputed
	}
	for _, sum := range [...]compared{
		{"captured", t.Captured, d.Funds.Captured}, {"refunded", back, d.Funds.Refunded + d.Funds.ChargedBack},
		{"released", d.ReleasedThere(*t), d.Funds.Released},
	} {
		if sum.there != sum.here {
			return sum, true
		}
	}
	return compared{}, false
}

// SumsMatter reports whether what the gateway has moved would change a deal, or put it on
// hold.
func (p *Process) SumsMatter(d Deal, t Totals) bool {
	info, _ := p.state(d.State)
	back := t.Refunded + t.Disputed
	_, differs := d.otherSum(&t)
	return differs || info.Terminal && back != d.Funds.Refunded+d.Funds.ChargedBack
}

// ReleasedThere is what the gateway has paid out, with what was taken back from the payee
// there to pay their debt: that is a payment of theirs, and what they were paid stands. A
// gateway that pays nobody has nothing to say of it.
func (d Deal) ReleasedThere(t Totals) int64 {
	if d.MarketplacePays {
		return d.Funds.Released
	}
	back := d.ReleasedLess(t)
	if back > 0 && back <= d.Funds.Recovered+d.Funds.PayeeDue {
		return d.Funds.Released
	}
	return t.Released
}

// ReleasedLess is what of the payout was taken back from the payee at the gateway, in minor
// units; below zero if more was paid out there.
func (d Deal) ReleasedLess(t Totals) int64 { return d.Funds.Released - t.Released }

// CapturedOtherwise says that the gateway took another sum than a step books, after
// which the deal is d.
func (d Deal) CapturedOtherwise(p Payment) Attention {
	taken := p.Taken
	if p.Totals != nil {
		taken = &p.Totals.Captured
	}
	if taken == nil || d.Funds.Captured == 0 || d.Funds.Captured == *taken {
		return Attention{}
	}
	return Attention{BooksDiffer, fmt.Sprintf("the gateway has captured %d, agreed are %d", *taken, d.Funds.Captured)}
}
