package process

import (
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// Effect is what a transition does with the money.
type Effect string

// The effects. Together they are the whole vocabulary of money movements.
const (
	Hold             Effect = "hold"              // reserve price and buyer fee at the gateway
	Unhold           Effect = "unhold"            // drop the reservation
	PostHold         Effect = "post_hold"         // take what was reserved: price to escrow, fee to who charges it
	Collect          Effect = "collect"           // take price and fee at once
	CollectDeposit   Effect = "collect_deposit"   // take the deposit and its fee
	CollectRemainder Effect = "collect_remainder" // take what is left of price and fee
	PayOut           Effect = "pay_out"           // escrow to the payee, less the seller fee on what is released
	RefundPayer      Effect = "refund_payer"      // escrow back to the payer, with the buyer fee as far as its rule says
	RefundPart       Effect = "refund_part"       // the input's refund goes back to the payer so, the rest stays in escrow
	LoseHeld         Effect = "lose_held"         // escrow and all fees back to the payer, by their bank
	TakeBack         Effect = "take_back"         // after the end the input goes back to the payer, out of the payee's debt and our losses
	WinBack          Effect = "win_back"          // that comes back again, and what the payee has paid of it is owed to them
	SettleLoss       Effect = "settle_loss"       // the input pays the payee's debt, the rest of it is a loss
	RepayPayee       Effect = "repay_payee"       // what the payee is owed is paid to them, beside the gateway
	ReturnPayout     Effect = "return_payout"     // what the payee was paid is back in escrow, with the fee on it
	SettlePayout     Effect = "settle_payout"     // what is due to the payee is paid to them, beside the gateway
	BookPayout       Effect = "book_payout"       // the input was paid to the payee when it was due no longer: they owe it
	Freeze           Effect = "freeze"            // set price and buyer fee aside, all of it returnable
	SettleFrozen     Effect = "settle_frozen"     // what was frozen: price less fee to the payee, both fees to who charges them
	ReturnFrozen     Effect = "return_frozen"     // what was frozen goes back whole
	SplitFrozen      Effect = "split_frozen"      // the input's release to the payee, the rest back; fees by their rules
	Credit           Effect = "credit"            // money from the world into a user's balance
	Debit            Effect = "debit"             // money from a user's balance into the world
)

// Pocket is a place that money moves between, seen from one transaction.
type Pocket string

// The pockets. The engine maps each to a ledger account.
const (
	OutsidePocket Pocket = "outside" // outside of everything
	Payer         Pocket = "payer"
	Reserved      Pocket = "reserved"
	EscrowPocket  Pocket = "escrow"
	Payee         Pocket = "payee"
	GatewayFees   Pocket = "fees"
	DuePayout     Pocket = "payout_due" // released, and not paid to the payee yet
	PayeeDebt     Pocket = "debt"       // below zero: what the payee owes; above: what the payee is owed
	Losses        Pocket = "losses"     // below zero: what nobody pays back
)

// Move is one movement of money between two pockets, always above zero.
type Move struct {
	From, To Pocket
	Amount   money.Amount
}

// movement is an effect on its way: the moves so far and the funds after them.
type movement struct {
	currency money.Currency
	funds    Funds
	moves    []Move
}

func (m *movement) move(from, to Pocket, minor int64) {
	if minor != 0 {
		m.moves = append(m.moves, Move{from, to, money.New(minor, m.currency)})
	}
}

// apply computes the moves of an effect and the funds afterwards. An effect that
// would take anything below zero or out of range is a bug in a table and refused.
func (d Deal) apply(e Effect, in Amounts) ([]Move, Funds, error) {
	total, err := money.AddMinor(d.Price.Minor(), d.BuyerFee)
	if err != nil {
		return nil, d.Funds, fault.Wrap(err, fault.Invalid, ReasonOutOfRange, "price and fee together are too large")
	}
	m := &movement{currency: d.Price.Currency(), funds: d.Funds}
	if err := m.carryOut(d, e, in, total); err != nil {
		return nil, d.Funds, err
	}
	for _, move := range m.moves {
		if move.Amount.IsNegative() {
			return nil, d.Funds, fmt.Errorf("effect %q would move %s", e, move.Amount)
		}
	}
	if !m.funds.Balanced() {
		return nil, d.Funds, fmt.Errorf("effect %q leaves %+v unbalanced", e, m.funds)
	}
	return m.moves, m.funds, nil
}

// carryOut moves what an effect moves; total is the price with the buyer's fee.
func (m *movement) carryOut(d Deal, e Effect, in Amounts, total int64) error {
	switch e {
	case "":
	case Hold:
		m.move(Payer, Reserved, total)
		m.funds.Authorized += total
	case Unhold:
		m.move(Reserved, Payer, d.Funds.Authorized)
		m.funds.Authorized = 0
	case PostHold:
		m.postHold(d)
	case Collect, CollectDeposit, CollectRemainder:
		m.collect(d, e)
	case PayOut, RefundPayer, RefundPart:
		return m.settle(d, e, in)
	case LoseHeld:
		m.loseHeld()
	case ReturnPayout:
		return m.returnPayout(d)
	case SettlePayout, BookPayout:
		m.paidBeside(e, in)
	case TakeBack, WinBack, SettleLoss, RepayPayee:
		m.loss(d, e, in)
	case Freeze, SettleFrozen, ReturnFrozen, SplitFrozen:
		return m.frozen(d, e, in)
	case Credit, Debit:
		m.book(d, e)
	default:
		return fmt.Errorf("effect %q is not known", e)
	}
	return nil
}

func (m *movement) postHold(d Deal) {
	f := &m.funds
	m.move(Reserved, EscrowPocket, f.Authorized-d.BuyerFee)
	m.move(Reserved, GatewayFees, d.BuyerFee)
	f.Held, f.Fees, f.Captured, f.Authorized = f.Held+f.Authorized-d.BuyerFee, f.Fees+d.BuyerFee, f.Captured+f.Authorized, 0
}

func (m *movement) collect(d Deal, e Effect) {
	goods, fee := d.Price.Minor(), d.BuyerFee
	switch e {
	case CollectDeposit:
		goods, fee = d.Deposit, d.DepositFee
	case CollectRemainder:
		goods, fee = goods-d.Deposit, fee-d.DepositFee
	}
	m.move(Payer, EscrowPocket, goods)
	m.move(Payer, GatewayFees, fee)
	m.funds.Held += goods
	m.funds.Fees += fee
	m.funds.Captured += goods + fee
}

// terms are the sums whose shares follow the parts of the price.
func (d Deal) terms() pricing.Terms {
	return pricing.Terms{Price: d.Price.Minor(), BuyerFee: d.BuyerFee, SellerFee: d.SellerFee}
}

// taken are the terms of what the payer has paid so far: of the deposit alone, until
// the rest is paid.
func (d Deal) taken() pricing.Terms {
	if d.Deposit > 0 && d.Funds.Captured == d.Deposit+d.DepositFee {
		return pricing.Terms{Price: d.Deposit, BuyerFee: d.DepositFee}
	}
	return d.terms()
}

func (m *movement) settle(d Deal, e Effect, in Amounts) error {
	if e == PayOut {
		return m.payOut(d)
	}
	f := &m.funds
	back := f.Held
	if e == RefundPart {
		back = in["refund"]
	}
	// Money goes back before any of it is released, so what is not held went back.
	taken := d.taken()
	gone := max(taken.Price-f.Held, 0)
	before, err := d.Policy.FeeKept(taken, gone)
	if err != nil {
		return err
	}
	after, err := d.Policy.FeeKept(taken, gone+back)
	if err != nil {
		return err
	}
	m.move(EscrowPocket, Payer, back)
	m.move(GatewayFees, Payer, before-after)
	f.Refunded += back + before - after
	f.Fees -= before - after
	f.Held -= back
	return nil
}

func (m *movement) payOut(d Deal) error {
	f := &m.funds
	fee, err := d.Policy.Commission(d.terms(), f.Held)
	if err != nil {
		return err
	}
	to := Payee
	if d.MarketplacePays {
		to = DuePayout
		f.PayoutDue += f.Held - fee
	}
	m.move(EscrowPocket, to, f.Held-fee)
	m.move(EscrowPocket, GatewayFees, fee)
	f.Released, f.Fees, f.Held = f.Released+f.Held-fee, f.Fees+fee, 0
	return nil
}

// frozen moves what was set aside in our own ledger. The payer's fee is part of
// it, so that a deal that comes to nothing costs nothing.
func (m *movement) frozen(d Deal, e Effect, in Amounts) error {
	f := &m.funds
	released, payerFee, payeeFee := d.Price.Minor(), d.BuyerFee, d.SellerFee
	switch e {
	case Freeze:
		m.move(Payer, EscrowPocket, released+payerFee)
		f.Held, f.Captured = f.Held+released+payerFee, f.Captured+released+payerFee
		return nil
	case ReturnFrozen:
		released, payerFee, payeeFee = 0, 0, 0
	case SplitFrozen:
		released = in["release"]
		// Before there were rules the fees of a split followed the parts here.
		share, err := d.Policy.WithRules().Divide(d.terms(), d.Price.Minor()-released, released)
		if err != nil {
			return err
		}
		payerFee, payeeFee = share.FeeKept, share.Commission
	}
	back := f.Held - released - payerFee
	m.move(EscrowPocket, Payee, released-payeeFee)
	m.move(EscrowPocket, GatewayFees, payerFee+payeeFee)
	m.move(EscrowPocket, Payer, back)
	f.Released += released - payeeFee
	f.Fees += payerFee + payeeFee
	f.Refunded += back
	f.Held = 0
	return nil
}

func (m *movement) book(d Deal, e Effect) {
	amount := d.Price.Minor()
	if e == Credit {
		m.move(OutsidePocket, Payee, amount)
	} else {
		m.move(Payer, OutsidePocket, amount)
	}
	m.funds.Captured += amount
	m.funds.Released += amount
}
