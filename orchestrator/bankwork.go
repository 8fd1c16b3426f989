package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/internal/due"
)

// BankWork is how payouts to banks are worked through: those on their way are looked up, so that a
// lost message delays the news and loses none, and tell is told of those that arrived or failed. It
// is told again, ever later, when it fails, and must bear that.
func (e *Engine) BankWork(tell func(context.Context, BankPayout) error) *due.Work[BankPayout] {
	return &due.Work[BankPayout]{
		Now: e.now, Log: e.config.Log, Text: "payout to a bank",
		About: func(p BankPayout) []any {
			return []any{"gateway", p.Gateway, "payout", p.ID, "community", p.CommunityID}
		},
		Claim: func(ctx context.Context, c due.Claim) ([]BankPayout, error) {
			return e.config.Store.ClaimBankPayouts(ctx, c.Now, c.Until, c.Limit, c.Shut...)
		},
		Lease: e.timerLease(), Limit: laneWidth, Lanes: e.lanes, Chains: true,
		Lane: func(p BankPayout) string { return e.lanes.Of(p.Gateway) },
		Do:   func(ctx context.Context, p BankPayout) (string, error) { return "", e.workOnBank(ctx, p, tell) },
		Return: func(ctx context.Context, p BankPayout) error {
			held := p.Due
			p.Due, p.Attempts = e.now(), p.Attempts-1
			return unlessMoved(e.config.Store.SettleBankPayout(ctx, p, held))
		},
	}
}

func (e *Engine) workOnBank(ctx context.Context, p BankPayout, tell func(context.Context, BankPayout) error) error {
	held, now := p.Due, e.now()
	var failed error
	if p.untold() {
		if failed = tell(ctx, p); failed == nil {
			p.ToldAt = now
			p.Due = p.nextLook(now)
		} else {
			p.Due = now.Add(backoff(p.Attempts))
		}
	} else {
		failed = e.lookAgain(ctx, p)
		p.Due = p.nextLook(now)
		if failed != nil && p.Due.IsZero() {
			p.Due = now.Add(bankLook)
		}
	}
	if failed != nil && ctx.Err() != nil {
		return failed // it is handed back
	}
	if err := unlessMoved(e.config.Store.SettleBankPayout(ctx, p, held)); err != nil {
		return err
	}
	return failed
}

func (e *Engine) lookAgain(ctx context.Context, p BankPayout) error {
	g, err := e.gateway(p.Gateway)
	if err != nil {
		return err
	}
	banks, tells := g.(PayingBanks)
	if !tells {
		return nil
	}
	seen, err := e.lookAtBank(ctx, g, banks, BankPayoutRef{Account: p.AccountID, ID: p.ID})
	if err != nil || seen.About == "" || seen.Status == BankPayoutInTransit {
		return err
	}
	// The operation that made it may wait for just that: a gateway that no longer knows its key cannot be asked in another way.
	_, err = e.syncPayment(ctx, p.Gateway, seen.About)
	return ignoreRefusal(err)
}
