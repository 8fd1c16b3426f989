package orchestrator

import (
	"context"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// afterEnd books what became of the money of a deal that is over: its payer got it
// back nevertheless, by their bank or by somebody at the gateway, or it came back from
// there. moved tells that the deal was changed.
func (e *Engine) afterEnd(ctx context.Context, p *process.Process, tx Transaction, s Snapshot) (after Transaction, moved bool, err error) {
	info, _ := p.StateInfo(tx.State)
	if !info.Terminal || s.Totals == nil || s.Totals.Captured != tx.Funds.Captured || s.Totals.Released != tx.Funds.Released {
		return tx, false, nil
	}
	c := process.Command{Actor: process.Actor{Kind: process.AtGateway}}
	switch back := s.Totals.Refunded + s.Totals.Disputed - tx.Funds.Refunded - tx.Funds.ChargedBack; {
	case back > 0:
		c.Transition, c.Input = process.TakeBackTransition, process.TakenBack(back)
	case back < 0 && tx.Has(process.FactTakenBack) && -back <= tx.Funds.ChargedBack && s.Totals.Refunded+s.Totals.Disputed-s.Totals.ByBank >= tx.Funds.Refunded:
		// All of it is won back, and what remains with the payer is taken back anew. A sum that
		// fell because a refund failed is the payer's and not won: then the books differ.
		c.Transition = process.WinBackTransition
	default:
		return tx, false, nil
	}
	if _, ok := p.Rule(c.Transition, tx.State); !ok {
		return tx, false, nil
	}
	d, err := process.Decide(p, tx.Deal, c, e.now())
	if err != nil {
		return tx, false, err
	}
	commit, err := e.commitOf(change{tx: tx, step: d.Step, actor: c.Actor, note: d.Step.Deal.Attention, at: e.now(), info: info, kept: s.Kept})
	if err != nil {
		return tx, false, err
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, false, err
	}
	return commit.Transaction, true, nil
}

// learnKept books what the gateway keeps for its services where nothing else is to
// be committed with it.
func (e *Engine) learnKept(ctx context.Context, tx Transaction, s Snapshot) (after Transaction, moved bool, err error) {
	if s.Kept == nil || *s.Kept == tx.GatewayFees || tx.IntentID != "" {
		return tx, false, nil
	}
	step := process.Step{Transition: "gateway_fee", From: tx.State, To: tx.State, Deal: tx.Deal}
	commit, err := e.commitOf(change{tx: tx, step: step, actor: process.Actor{Kind: process.AtGateway}, at: e.now(), kept: s.Kept})
	if err != nil {
		return tx, false, err
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, false, err
	}
	return commit.Transaction, true, nil
}

// unsettled refuses to take away the sign of money that went back and that nobody has
// settled, or of what the payee is to get back.
func unsettled(tx Transaction) error {
	switch {
	case !tx.Unsettled():
		return nil
	case !tx.LossOpen():
		return fault.New(fault.Conflict, "payee_not_repaid", "the payee is owed %s; pay it to them, then take the transition repay_payee", money.New(tx.Funds.PayeeDue, tx.Price.Currency()))
	}
	return fault.New(fault.Conflict, "loss_not_settled", "money went back to the payer after the deal was over; take the transition settle_loss, which says who bears it")
}

// disputed is what the payer's bank has of a deal that is over: the books have it as
// gone back, while a dispute of a deal that goes on is decided first.
func (r *reconciliation) disputed(tx Transaction, t Totals) int64 {
	if !r.ended(tx) {
		return 0
	}
	return t.Disputed
}

// fees books what the gateway kept, and adds it to the report.
func (r *reconciliation) fees(ctx context.Context, tx Transaction, s Snapshot) error {
	after, _, err := r.learnKept(ctx, tx, s)
	if err != nil || after.GatewayFees == 0 {
		return err
	}
	if r.report.GatewayFees == nil {
		r.report.GatewayFees = map[money.Currency]int64{}
	}
	r.report.GatewayFees[tx.Price.Currency()] += after.GatewayFees
	return nil
}

// losses lists what went back after the end and is not settled, however old it is.
func (r *reconciliation) losses(ctx context.Context) error {
	f := GatewayFilter{Gateway: r.in.Gateway, CommunityID: r.in.CommunityID, OpenLosses: true, Limit: 100}
	for {
		page, err := r.config.Store.GatewayTransactions(ctx, f)
		if err != nil {
			return err
		}
		for _, tx := range page {
			d := r.about(tx, OpenLoss, "contest it at the gateway, or take the transition settle_loss, which says what the payee paid back")
			d.What = "charged_back"
			d.Here, d.There = money.New(tx.Funds.Owed(), tx.Price.Currency()), money.New(tx.Funds.ChargedBack, tx.Price.Currency())
			d.Age = r.now.Sub(tx.Facts[process.FactTakenBack])
			r.add(d)
		}
		if len(page) < f.Limit {
			return nil
		}
		f.After = page[len(page)-1].ID
	}
}
