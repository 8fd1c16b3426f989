package process

import (
	"maps"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// Deal is all that rules may know about a transaction. Amounts are minor units
// of Price's currency; instants are absolute (any zone).
type Deal struct {
	State     State
	EnteredAt time.Time // when State was entered
	Starter   string    // user ids, opaque strings of the marketplace
	Author    string
	Buyer     string
	Seller    string
	JoinCode  string       // secret that lets the missing party join; empty when both are known
	Price     money.Amount // goods total that the seller offers, held in escrow once paid
	BuyerFee  int64        // on top of Price, paid by who pays; the gateway's or the marketplace's
	SellerFee int64        // taken out of Price when it is released; the gateway's or the marketplace's
	// Deposit is the part of the price that is paid in advance, in a process with
	// deposits, where Price is zero until it is set. DepositFee is the part of
	// BuyerFee that is paid with it.
	Deposit    int64
	DepositFee int64
	// Policy is what the marketplace charged when the deal was opened; it computes
	// the fees again when a price is set later.
	Policy    pricing.Policy
	Facts     map[Fact]time.Time
	Deadlines map[Deadline]time.Time // as the gateway announced them
	Funds     Funds
	// BookingEnd is the instant after the booked time, in the listing's zone; zero
	// without a booking.
	BookingEnd time.Time
	// ConfirmAfterDays is the snapshot of the automatic confirmation setting.
	ConfirmAfterDays int
	// MarketplacePays tells that the gateway pays no sellers: what is released for the payee
	// is due until the marketplace has paid it.
	MarketplacePays bool
	// Attention says why an operator must look before anybody goes on; empty if all is well.
	Attention string
	// Operation is the transition whose gateway verb is in progress, empty if none.
	Operation Transition
}

// Funds is where the money of one transaction is, in minor units. It is derived
// from the ledger and kept beside the state so that rules can look at it.
type Funds struct {
	Authorized int64 // reserved at the gateway
	Captured   int64 // taken from the payer so far, all of it
	Held       int64 // in escrow now
	Released   int64 // left for the payee
	Refunded   int64 // went back to the payer
	Fees       int64 // kept by the gateway
	// What went back to the payer after the deal was over is counted on its own: the sums
	// above say what was captured and paid out before. Of ChargedBack, Lost is borne by the marketplace,
	// Recovered was paid back by the payee, and the rest is the payee's debt. PayeeDue is
	// what they have paid back of money that the payer's bank then returned: the
	// marketplace owes it to them.
	ChargedBack int64
	Lost        int64
	Recovered   int64
	PayeeDue    int64
	// PayoutDue is what of Released the marketplace has not paid yet, in a deal whose payout
	// is its own to make.
	PayoutDue int64
	// Withheld is what of Released was due and paid the payee's debt instead: it counts as
	// Recovered.
	Withheld int64
}

// Balanced reports invariant I-4: captured = released + refunded + fees + held,
// with nothing below zero, the payee's debt included, and no more
// due than was released.
func (f Funds) Balanced() bool {
	for _, n := range []int64{f.Authorized, f.Captured, f.Held, f.Released, f.Refunded, f.Fees, f.ChargedBack, f.Lost, f.Recovered, f.Owed(), f.PayeeDue, f.PayoutDue, f.Withheld, f.Recovered - f.Withheld, f.Released - f.PayoutDue - f.Withheld} {
		if n < 0 {
			return false
		}
	}
	return f.Captured == f.Released+f.Refunded+f.Fees+f.Held
}

// Satisfies reports whether the funds are as a state's money invariant wants.
func (f Funds) Satisfies(h Holding) bool {
	switch h {
	case HoldsNothing:
		return f.Authorized == 0 && f.Held == 0
	case HoldsAuthorized:
		return f.Authorized > 0 && f.Held == 0
	case HoldsEscrow:
		return f.Authorized == 0 && f.Held > 0
	case HoldsAnything:
		return true
	}
	return false
}

// Reprice gives the deal another goods total, with the fees that the policy it
// was opened with makes of it.
func (d Deal) Reprice(total money.Amount) (Deal, error) {
	b, err := pricing.Compute(d.Policy, pricing.Input{UnitPrice: total, Quantity: 1})
	if err != nil {
		return d, err
	}
	d.Price, d.BuyerFee, d.SellerFee = b.Price, b.BuyerFee.Minor(), b.SellerFee.Minor()
	return d, nil
}

// Has reports whether a fact is recorded.
func (d Deal) Has(f Fact) bool { _, ok := d.Facts[f]; return ok }

// With returns the deal with one more fact.
func (d Deal) With(f Fact, at time.Time) Deal {
	d = d.clone()
	d.Facts[f] = at
	return d
}

// clone copies the maps so that a decision never changes the deal it was given.
func (d Deal) clone() Deal {
	d.Facts, d.Deadlines = maps.Clone(d.Facts), maps.Clone(d.Deadlines)
	if d.Facts == nil {
		d.Facts = map[Fact]time.Time{}
	}
	if d.Deadlines == nil {
		d.Deadlines = map[Deadline]time.Time{}
	}
	return d
}

// seat puts a joining user into the open side of the deal.
func (d Deal) seat(user string) Deal {
	if d.Buyer == "" {
		d.Buyer = user
	} else if d.Seller == "" {
		d.Seller = user
	}
	if d.Author == "" {
		d.Author = user
	}
	return d
}

// unseat opens the joiner's side again: the starter is the one who invited.
func (d Deal) unseat() Deal {
	joined := d.Buyer
	if d.Buyer == d.Starter {
		joined = d.Seller
		d.Seller = ""
	} else {
		d.Buyer = ""
	}
	if d.Author == joined {
		d.Author = ""
	}
	return d
}
