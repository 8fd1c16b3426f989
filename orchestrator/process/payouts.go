package process

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Facts of a payout: it was taken back, the marketplace has made it itself, or has made it
// when it was due no longer.
const (
	FactPayoutReturned Fact = "payout_returned"
	FactPayoutSettled  Fact = "payout_settled"
	FactPaidUndue      Fact = "paid_undue"
)

// SettlePayoutTransition says that the marketplace has paid what was due to the payee, and
// BookPayoutTransition that it has paid what had gone back to the payer meanwhile.
const (
	SettlePayoutTransition Transition = "settle_payout"
	BookPayoutTransition   Transition = "book_payout"
)

// PayoutReference is the input of SettlePayoutTransition: the text by which the payment is
// found at the marketplace's bank.
const PayoutReference = "reference"

// PayoutAmount is the input of SettlePayoutTransition that says how much was paid, in minor units.
const PayoutAmount = "amount"

var settledInput = Input{Name: PayoutAmount, Amount: true, Reason: "invalid_amount"}

// PayoutRules are for the ends of deals whose payout may be the marketplace's own to make.
func PayoutRules(ends ...State) []Rule {
	rules := make([]Rule, len(ends))
	for i, end := range ends {
		rules[i] = Rule{
			Name: SettlePayoutTransition, From: []State{end}, To: end, By: []Role{Operator},
			Input:  []Input{{Name: PayoutReference, Required: true, Reason: "reference_missing", Kept: ForStaff}, settledInput, ReasonInput},
			Guards: []Guard{PayoutIsDue, settledWhole}, Sets: FactPayoutSettled, Effect: SettlePayout,
			Doc: "says that the marketplace has paid the payee, whom the gateway does not pay",
		}
	}
	return rules
}

// UndueRules are for the ends of deals whose payout went back to the payer while the
// marketplace paid it: the money has left, and the books must say so. The payee owes it.
func UndueRules(ends ...State) []Rule {
	rules := make([]Rule, len(ends))
	for i, end := range ends {
		rules[i] = Rule{
			Name: BookPayoutTransition, From: []State{end}, To: end, By: []Role{Operator},
			Input: []Input{
				{Name: PayoutReference, Required: true, Reason: "reference_missing", Kept: ForStaff},
				{Name: PayoutAmount, Required: true, Amount: true, Reason: "invalid_amount"}, NeededReason,
			},
			Guards: []Guard{payoutWentBack, paidWhatWentBack}, Sets: FactPaidUndue, Forgets: []Fact{FactLossSettled},
			Effect: BookPayout, Terms: unsettledBy(BookPayout, true),
			Doc: "says that the marketplace had paid the payee when the payout went back to the payer; the payee owes it",
		}
	}
	return rules
}

// undue is what of a payout went back to the payer before the marketplace said that it had
// paid it: what a chargeback withholds of it, or the payee's share of what was refunded.
func (d Deal) undue() int64 {
	f := d.Funds
	switch {
	case !d.MarketplacePays || f.Held > 0:
		return 0
	case f.Withheld > 0 && f.PayoutDue == 0:
		return f.Withheld
	case d.Has(FactPayoutReturned) && f.Released == 0:
		return max(0, min(d.Price.Minor()-d.SellerFee, f.Refunded, f.Captured-f.ChargedBack))
	}
	return 0
}

// paidBeside books what the marketplace has paid: what was due, or what was due no longer. Of
// the latter, what was withheld pays no debt then, and what was refunded went back after the
// payee was paid.
func (m *movement) paidBeside(e Effect, in Amounts) {
	f := &m.funds
	if e == SettlePayout {
		m.move(DuePayout, Payee, f.PayoutDue)
		f.PayoutDue = 0
		return
	}
	paid := in[PayoutAmount]
	m.move(PayeeDebt, Payee, paid)
	if f.Withheld > 0 {
		f.Withheld, f.Recovered = f.Withheld-paid, f.Recovered-paid
	} else {
		f.Released, f.Refunded, f.ChargedBack = f.Released+paid, f.Refunded-paid, f.ChargedBack+paid
	}
	// What the payee is owed pays their debt.
	kept := min(paid, f.PayeeDue)
	f.PayeeDue, f.Recovered = f.PayeeDue-kept, f.Recovered+kept
}

// reopens reports whether a rule leads out of a terminal state: what the payee was paid is taken
// back.
func (r Rule) reopens() bool { return r.Effect == ReturnPayout }

var (
	PayoutIsDue = Guard{
		Name: "a payout is due", Code: fault.Conflict, Reason: ReasonNoPayoutDue,
		Message: "nothing is due to the payee: the gateway pays them, they were paid, or the money went back to the payer; take the transition book_payout if you had paid them by then",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Funds.PayoutDue > 0 },
	}
	// settledWhole keeps a sum that was paid from ending another one: what is due may fall
	// between the payment and the step.
	settledWhole = Guard{
		Name: "all that is due was paid", Code: fault.Conflict, Reason: "payout_changed", OnInput: true,
		Message: "what is due is another sum by now; look at the payout again, settle what is due, and book what you have paid beyond that by book_payout",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			_, given := c.Input[PayoutAmount]
			return !given || c.Amount(PayoutAmount) == d.Funds.PayoutDue
		},
	}
	payoutWentBack = Guard{
		Name: "a payout went back unpaid", Code: fault.Conflict, Reason: "no_undue_payout",
		Message: "no payout of the marketplace went back to the payer before it was settled",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.undue() > 0 },
	}
	paidWhatWentBack = Guard{
		Name: "no more was paid than went back", Code: fault.Invalid, Reason: "invalid_amount", OnInput: true,
		Message: "the amount must be above zero and at most what the payout was",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			paid := c.Amount(PayoutAmount)
			return paid > 0 && paid <= d.undue()
		},
	}
	// PayoutReturnable keeps money from being asked back that is not there: what went back to
	// the payer already is the payee's debt, and a payout that the marketplace has made itself
	// cannot be reversed at a gateway.
	PayoutReturnable = Guard{
		Name: "the payout can be taken back", Code: fault.Conflict, Reason: "payout_not_returnable",
		Message: "the payout cannot be taken back: money went back to the payer, or the marketplace has paid the payee itself; refund at the gateway, and the payee owes it",
		Holds: func(d Deal, _ Command, _ time.Time) bool {
			f := d.Funds
			there := !d.MarketplacePays || f.PayoutDue == f.Released
			return there && f.Released > 0 && f.ChargedBack == 0 && f.PayeeDue == 0 && !d.Has(FactTakenBack) && !d.Has(FactTakenOver)
		},
	}
	PartOfHeld = Guard{
		Name: "the refund is a part of what is held", Code: fault.Invalid, Reason: "invalid_refund", OnInput: true,
		Message: "the refund must be above zero and below the amount that is held, and an amount that is given too the same; to give back all of it, cancel and refund",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			refund := c.Amount(RefundInput.Name)
			_, twice := c.Input[SameRefund.Name]
			return refund > 0 && refund < d.Funds.Held && (!twice || c.Amount(SameRefund.Name) == refund)
		},
	}
)

// returnPayout brings back into escrow what the payee was paid, and the fee on it: as if it
// had never been released.
func (m *movement) returnPayout(d Deal) error {
	gone, err := d.goodsRefunded()
	if err != nil {
		return err
	}
	f := &m.funds
	held := d.taken().Price - gone
	from := Payee
	if d.MarketplacePays {
		from = DuePayout
		f.PayoutDue -= f.Released
	}
	m.move(from, EscrowPocket, f.Released)
	m.move(GatewayFees, EscrowPocket, held-f.Released)
	f.Released, f.Fees, f.Held = 0, f.Fees-(held-f.Released), held
	return nil
}

// goodsRefunded is what of the price went back to the payer: Refunded less the part of the
// buyer's fee in it. The fee that is kept falls as the refund grows, so there is one such sum.
func (d Deal) goodsRefunded() (int64, error) {
	taken := d.taken()
	low, high := int64(0), min(taken.Price, d.Funds.Refunded)
	for low < high {
		gone := low + (high-low)/2
		kept, err := d.Policy.FeeKept(taken, gone)
		if err != nil {
			return 0, err
		}
		if gone+taken.BuyerFee-kept < d.Funds.Refunded {
			low = gone + 1
		} else {
			high = gone
		}
	}
	kept, err := d.Policy.FeeKept(taken, low)
	if err == nil && low+taken.BuyerFee-kept != d.Funds.Refunded {
		err = fmt.Errorf("%d refunded are no part of %d with a fee of %d", d.Funds.Refunded, taken.Price, taken.BuyerFee)
	}
	return low, err
}
