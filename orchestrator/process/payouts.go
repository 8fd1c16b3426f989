package process

import (
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Facts of a payout: it was taken back, or the marketplace has made it itself.
const (
	FactPayoutReturned Fact = "payout_returned"
	FactPayoutSettled  Fact = "payout_settled"
)

// SettlePayoutTransition says that the marketplace has paid what was due to the payee.
const SettlePayoutTransition Transition = "settle_payout"

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

// reopens reports whether a rule leads out of a terminal state: what the payee was paid is taken
// back.
func (r Rule) reopens() bool { return r.Effect == ReturnPayout }

var (
	PayoutIsDue = Guard{
		Name: "a payout is due", Code: fault.Conflict, Reason: ReasonNoPayoutDue,
		Message: "nothing is due to the payee: the gateway pays them, or they were paid",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Funds.PayoutDue > 0 },
	}
	// settledWhole keeps a sum that was paid from ending another one: what is due may fall
	// between the payment and the step.
	settledWhole = Guard{
		Name: "all that is due was paid", Code: fault.Conflict, Reason: "payout_changed", OnInput: true,
		Message: "what is due is another sum by now; look at the payout again",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			_, given := c.Input[PayoutAmount]
			return !given || c.Amount(PayoutAmount) == d.Funds.PayoutDue
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
