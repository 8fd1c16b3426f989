package process

import (
	"fmt"
	"maps"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
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
	BuyerFee  int64        // gateway fee on top of Price, paid by the buyer
	SellerFee int64        // gateway fee taken out of Price when it is released
	Facts     map[Fact]time.Time
	Deadlines map[Deadline]time.Time // as the gateway announced them
	Funds     Funds
	// BookingEnd is the instant after the booked time, zero without a booking.
	BookingEnd time.Time
	// ConfirmAfterDays is the snapshot of the automatic confirmation setting.
	ConfirmAfterDays int
	// Attention says why an operator must look before anybody goes on; empty if all is well.
	Attention string
	// Operation is the transition whose gateway verb is under way, empty if none.
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
}

// Balanced reports invariant I-4: captured = released + refunded + fees + held,
// with nothing below zero.
func (f Funds) Balanced() bool {
	for _, n := range []int64{f.Authorized, f.Captured, f.Held, f.Released, f.Refunded, f.Fees} {
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

// Effect is what a transition does with the money.
type Effect string

// The effects. Together they are the whole vocabulary of money movements.
const (
	Hold        Effect = "hold"         // reserve price and buyer fee at the gateway
	Unhold      Effect = "unhold"       // drop the reservation
	PostHold    Effect = "post_hold"    // take what was reserved: price to escrow, fee to the gateway
	Collect     Effect = "collect"      // take price and fee at once
	PayOut      Effect = "pay_out"      // escrow to the payee, less the seller fee
	RefundPayer Effect = "refund_payer" // escrow back to the payer; the buyer fee stays with the gateway
)

// Pocket is a place that money moves between, seen from one transaction.
type Pocket string

// The pockets. The engine maps each to a ledger account.
const (
	Payer        Pocket = "payer"
	Reserved     Pocket = "reserved"
	EscrowPocket Pocket = "escrow"
	Payee        Pocket = "payee"
	GatewayFees  Pocket = "gateway_fees"
)

// Move is one movement of money between two pockets, always above zero.
type Move struct {
	From, To Pocket
	Amount   money.Amount
}

// apply computes the moves of an effect and the funds afterwards. An effect that
// would take anything below zero or out of range is a bug in a table and refused.
func (d Deal) apply(e Effect) ([]Move, Funds, error) {
	f, total := d.Funds, int64(0)
	sum, err := money.AddMinor(d.Price.Minor(), d.BuyerFee)
	if err != nil {
		return nil, f, fault.Wrap(err, fault.Invalid, "amount_out_of_range", "price and fee together are too large")
	}
	total = sum
	var moves []Move
	move := func(from, to Pocket, minor int64) {
		if minor != 0 {
			moves = append(moves, Move{from, to, money.New(minor, d.Price.Currency())})
		}
	}
	switch e {
	case "":
	case Hold:
		move(Payer, Reserved, total)
		f.Authorized += total
	case Unhold:
		move(Reserved, Payer, f.Authorized)
		f.Authorized = 0
	case PostHold:
		move(Reserved, EscrowPocket, f.Authorized-d.BuyerFee)
		move(Reserved, GatewayFees, d.BuyerFee)
		f.Held, f.Fees, f.Captured, f.Authorized = f.Held+f.Authorized-d.BuyerFee, f.Fees+d.BuyerFee, f.Captured+f.Authorized, 0
	case Collect:
		move(Payer, EscrowPocket, d.Price.Minor())
		move(Payer, GatewayFees, d.BuyerFee)
		f.Held, f.Fees, f.Captured = f.Held+d.Price.Minor(), f.Fees+d.BuyerFee, f.Captured+total
	case PayOut:
		move(EscrowPocket, Payee, f.Held-d.SellerFee)
		move(EscrowPocket, GatewayFees, d.SellerFee)
		f.Released, f.Fees, f.Held = f.Released+f.Held-d.SellerFee, f.Fees+d.SellerFee, 0
	case RefundPayer:
		move(EscrowPocket, Payer, f.Held)
		f.Refunded, f.Held = f.Refunded+f.Held, 0
	default:
		return nil, f, fmt.Errorf("effect %q is not known", e)
	}
	for _, m := range moves {
		if m.Amount.IsNegative() {
			return nil, f, fmt.Errorf("effect %q would move %s", e, m.Amount)
		}
	}
	if !f.Balanced() {
		return nil, f, fmt.Errorf("effect %q leaves %+v unbalanced", e, f)
	}
	return moves, f, nil
}

// Has reports whether a fact is recorded.
func (d Deal) Has(f Fact) bool { _, ok := d.Facts[f]; return ok }

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
