package orchestrator

import (
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// When a payout to a bank is looked at again; our choice. What was paid is looked at once more
// when a bank hardly returns anything any longer.
const (
	bankLook    = 6 * time.Hour
	bankReturns = 7 * 24 * time.Hour
)

// maxBankDeals bounds the deals that are noted of one payout.
const maxBankDeals = 100

// bankTold is how a payout is looked up that a gateway's message tells of; nil: it tells of none.
// alone: it is about no payment.
func (e *Engine) bankTold(gateway, about string) (look func(context.Context) error, alone bool) {
	g, err := e.gateway(gateway)
	if err != nil {
		return nil, false // who asks for the payment hears of it
	}
	banks, tells := g.(PayingBanks)
	if !tells {
		return nil, false
	}
	ref, alone, told := banks.PayoutTold(about)
	if !told {
		return nil, false
	}
	return func(ctx context.Context) error {
		_, err := e.lookAtBank(ctx, g, banks, ref)
		return err
	}, alone
}

// lookAtBank asks a gateway for a payout, stores what it tells if that is news, and answers it.
func (e *Engine) lookAtBank(ctx context.Context, g Gateway, banks PayingBanks, ref BankPayoutRef) (BankPayoutSeen, error) {
	asked, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	seen, err := banks.BankPayout(asked, ref)
	e.hear(ctx, g.Name(), errorHeard(asked, err))
	if err != nil || !seen.Found {
		return seen, err
	}
	p := BankPayout{
		Gateway: g.Name(), AccountID: seen.Account, ID: seen.ID, Amount: seen.Amount, Status: seen.Status, Failure: seen.Failure,
		MadeAt: seen.MadeAt, ArrivesAt: seen.ArrivesAt,
	}
	known, err := e.whoseBank(ctx, &p, seen.Payments)
	if err != nil || !known {
		return seen, err
	}
	if p.Number, err = e.config.Store.NextID(ctx); err != nil {
		return seen, err
	}
	now := e.now()
	if p.MadeAt.IsZero() {
		p.MadeAt = now
	}
	p.Due = p.nextLook(now)
	if p.Status != BankPayoutInTransit {
		p.EndedAt = now
	}
	changed, err := e.config.Store.SaveBankPayout(ctx, p)
	if changed {
		e.config.Log.InfoContext(ctx, "payout to a seller's bank", "gateway", p.Gateway, "payout", p.ID, "status", p.Status, "failure", p.Failure, "user", p.UserID)
	}
	return seen, err
}

// whoseBank finds the seller of a payout and the deals whose money is in it. An account that is
// linked to nobody here is known by its deals; false: it is none of ours.
func (e *Engine) whoseBank(ctx context.Context, p *BankPayout, payments []string) (known bool, err error) {
	if p.AccountID != "" {
		if p.CommunityID, p.UserID, known, err = e.config.Store.AccountOwner(ctx, p.Gateway, p.AccountID); err != nil {
			return false, err
		}
	}
	for _, payment := range payments[:min(len(payments), maxBankDeals)] {
		tx, err := e.config.Store.FindPayment(ctx, p.Gateway, payment)
		switch {
		case fault.CodeOf(err) == fault.NotFound:
			continue
		case err != nil:
			return false, err
		case !known:
			p.CommunityID, p.UserID, known = tx.CommunityID, tx.Seller, true
		}
		if tx.CommunityID == p.CommunityID && tx.Seller == p.UserID && !slices.Contains(p.Deals, tx.ID) {
			p.Deals = append(p.Deals, tx.ID)
		}
	}
	return known, nil
}

// nextLook is when a payout is to be worked on again.
func (p BankPayout) nextLook(now time.Time) time.Time {
	switch {
	case p.untold():
		return now
	case p.Status == BankPayoutPaid && now.Before(p.MadeAt.Add(bankReturns)):
		return p.MadeAt.Add(bankReturns)
	case p.Status == BankPayoutInTransit && p.ArrivesAt.After(now):
		return p.ArrivesAt.Add(time.Hour)
	case p.Status == BankPayoutInTransit && now.Before(p.MadeAt.Add(30*24*time.Hour)):
		return now.Add(bankLook)
	}
	return time.Time{}
}

// BankPayouts lists what a gateway has sent to a seller's bank, newest first.
func (e *Engine) BankPayouts(ctx context.Context, f BankPayoutFilter) ([]BankPayout, error) {
	return e.config.Store.ListBankPayouts(ctx, f)
}
