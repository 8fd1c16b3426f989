package orchestrator

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Payout is what a deal's payee got, or is to get. A deal has one: a payout that is taken back
// is none.
type Payout struct {
	Status PayoutStatus
	Amount money.Amount
	// Beside tells that the marketplace pays it, and not the gateway.
	Beside bool
	Since  time.Time // UTC; when it became due
	PaidAt time.Time // UTC; zero while it is due
}

// Payout is that of the deal; its Amount is zero if nothing is left for the payee.
func (tx Transaction) Payout() Payout {
	p := Payout{Status: PayoutPaid, Amount: money.New(tx.Funds.Released-tx.Funds.Withheld, tx.Price.Currency()), Beside: tx.MarketplacePays, Since: tx.Facts[process.FactTransferred]}
	switch p.PaidAt = p.Since; {
	case tx.Funds.PayoutDue > 0:
		p.Status, p.Amount, p.PaidAt = PayoutDue, money.New(tx.Funds.PayoutDue, tx.Price.Currency()), time.Time{}
	case tx.MarketplacePays:
		if p.PaidAt = tx.Facts[process.FactPayoutSettled]; tx.Has(process.FactPaidUndue) {
			p.PaidAt = tx.Facts[process.FactPaidUndue]
		}
	}
	return p
}

// Payouts lists the deals whose payee was paid or is to be paid, newest first.
func (e *Engine) Payouts(ctx context.Context, f PayoutFilter) ([]Transaction, error) {
	for _, k := range e.config.Kinds {
		if k.asked() {
			f.Gateways = append(f.Gateways, k.Name)
		}
	}
	return e.config.Store.Payouts(ctx, f)
}

// maxSpan bounds the time of a seller's statement, and MaxStatement its entries.
const (
	maxSpan      = 366 * 24 * time.Hour
	MaxStatement = 10_000
)

// SellerEntry is what an entry of the books did for a seller, in minor units of Currency; what
// is taken away is below zero.
type SellerEntry struct {
	TransactionID int64
	At            time.Time // UTC
	Kind          string    // of the entry: pay_out, settle_payout, return_payout, take_back …
	Currency      money.Currency
	PaidOut       int64 // paid to them
	Due           int64 // left for them, and the marketplace has to pay it
	Debt          int64 // below zero: they owe it; above: it is owed to them
}

// Statement lists what deals brought a seller in [from, to), oldest first. A span of more than
// 366 days is invalid_span, and one with more than MaxStatement entries statement_too_long.
func (e *Engine) Statement(ctx context.Context, f SellerFilter) ([]SellerEntry, error) {
	if !f.From.Before(f.To) || f.To.Sub(f.From) > maxSpan {
		return nil, fault.New(fault.Invalid, "invalid_span", "from must lie before to, and at most 366 days before it")
	}
	f.Limit = MaxStatement + 1
	posted, err := e.config.Store.SellerEntries(ctx, f)
	if err != nil {
		return nil, err
	}
	if len(posted) > MaxStatement {
		return nil, fault.New(fault.Invalid, "statement_too_long", "more than %d entries lie in this time; ask for a shorter one", MaxStatement)
	}
	entries := make([]SellerEntry, len(posted))
	for i, p := range posted {
		entries[i] = SellerEntry{TransactionID: p.TransactionID, At: p.At, Kind: p.Kind}
		entries[i].add(p.Postings)
	}
	return entries, nil
}

// add sums the postings on a seller's accounts, which are all of the deal's currency.
func (s *SellerEntry) add(postings []ledger.Posting) {
	for _, p := range postings {
		s.Currency = p.Amount.Currency()
		switch p.Account.Kind {
		case ledger.PaidOut:
			s.PaidOut += p.Amount.Minor()
		case ledger.PayoutDue:
			s.Due += p.Amount.Minor()
		case ledger.Debt:
			s.Debt += p.Amount.Minor()
		}
	}
}
