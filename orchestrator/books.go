package orchestrator

import (
	"strconv"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// marketplace owns the fees that the marketplace charges; those that a gateway
// charges belong to the gateway.
const marketplace = "marketplace"

// entryOf turns the movements of a step into one balanced ledger entry of a deal
// whose money lies in our own ledger, or elsewhere.
func entryOf(tx Transaction, own bool, s process.Step) (ledger.Entry, error) {
	entry := ledger.Entry{Kind: string(s.Effect)}
	for _, m := range s.Moves {
		postings, err := ledger.Move(pocket(tx, own, m.From), pocket(tx, own, m.To), m.Amount)
		if err != nil {
			return entry, err
		}
		entry.Postings = append(entry.Postings, postings...)
	}
	if len(entry.Postings) == 0 {
		return entry, nil
	}
	return entry, entry.Validate()
}

// between are the accounts of what payees and the marketplace owe each other.
var between = map[process.Pocket]ledger.Kind{process.DuePayout: ledger.PayoutDue, process.PayeeDebt: ledger.Debt}

// pocket maps a place of the rules to an account of the ledger; own tells that the
// deal's money lies there.
func pocket(tx Transaction, own bool, p process.Pocket) ledger.Account {
	payer, payee := tx.Buyer, tx.Seller
	if tx.SellerPays {
		payer, payee = payee, payer
	}
	deal := strconv.FormatInt(tx.ID, 10)
	switch p {
	case process.Payer:
		if own {
			return ledger.Account{Kind: ledger.Available, Owner: payer}
		}
	case process.Reserved:
		if own {
			return ledger.Account{Kind: ledger.Frozen, Owner: payer}
		}
		return ledger.Account{Kind: ledger.Authorized, Owner: deal}
	case process.EscrowPocket:
		if own {
			return ledger.Account{Kind: ledger.Frozen, Owner: payer}
		}
		return ledger.Account{Kind: ledger.Escrow, Owner: deal}
	case process.Payee:
		if own {
			return ledger.Account{Kind: ledger.Available, Owner: payee}
		}
		return ledger.Account{Kind: ledger.PaidOut, Owner: payee}
	case process.DuePayout, process.PayeeDebt:
		return ledger.Account{Kind: between[p], Owner: payee}
	case process.Losses:
		return ledger.Account{Kind: ledger.Losses, Owner: marketplace}
	case process.GatewayFees:
		return ledger.Account{Kind: ledger.Fees, Owner: tx.FeesBy}
	}
	return ledger.Account{Kind: ledger.Outside, Owner: tx.Gateway}
}

// feeEntry books what a gateway keeps for its services. The platform pays it out of
// its own pocket: the deal's price, payout and refunds stay as they are.
func feeEntry(tx Transaction, minor int64) (ledger.Entry, error) {
	postings, err := ledger.Move(ledger.Account{Kind: ledger.Platform, Owner: tx.Gateway}, ledger.Account{Kind: ledger.Fees, Owner: tx.Gateway},
		money.New(minor, tx.Price.Currency()))
	if err != nil {
		return ledger.Entry{}, err
	}
	entry := ledger.Entry{Kind: string(process.GatewayFee), Postings: postings}
	return entry, entry.Validate()
}

// linesOf are the lines of a deal after a change: those it had, unless price or
// fees are others now.
func linesOf(after Transaction) ([]pricing.Line, error) {
	b, err := pricing.FromLines(after.Lines)
	same := err == nil && b.Price == after.Price && b.BuyerFee.Minor() == after.BuyerFee && b.SellerFee.Minor() == after.SellerFee
	if same || after.Price.IsZero() && after.BuyerFee == 0 && after.SellerFee == 0 {
		return after.Lines, nil
	}
	line := func(code pricing.Code, side pricing.Side, quantity, unit, minor int64) pricing.Line {
		c := after.Price.Currency()
		return pricing.Line{Code: code, Side: side, Quantity: quantity, Unit: money.New(unit, c), Amount: money.New(minor, c)}
	}
	lines := []pricing.Line{line(pricing.UnitPrice, pricing.Both, 1, after.Price.Minor(), after.Price.Minor())}
	if total, err := after.UnitPrice.Mul(after.Quantity); err == nil && total == after.Price && after.Quantity > 0 {
		lines[0].Quantity, lines[0].Unit = after.Quantity, after.UnitPrice
	}
	if fee := after.BuyerFee; fee != 0 {
		lines = append(lines, line(pricing.BuyerFee, pricing.Payer, 1, fee, fee))
	}
	if fee := after.SellerFee; fee != 0 {
		lines = append(lines, line(pricing.SellerCommission, pricing.Payee, 1, -fee, -fee))
	}
	_, err = pricing.FromLines(lines)
	return lines, err
}
