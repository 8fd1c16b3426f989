package orchestrator

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func (e *Engine) decide(ctx context.Context, in DoInput) (Transaction, process.Decision, error) {
	tx, err := e.config.Store.Transaction(ctx, in.CommunityID, in.TransactionID)
	if err != nil {
		return tx, process.Decision{}, err
	}
	if err := in.admits(tx); err != nil {
		return tx, process.Decision{}, err
	}
	_, d, err := e.judge(tx, in)
	return tx, d, err
}

// judge applies the rules to a deal.
func (e *Engine) judge(tx Transaction, in DoInput) (*process.Process, process.Decision, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return nil, process.Decision{}, err
	}
	d, err := process.Decide(p, tx.Deal, process.Command{Transition: in.Transition, Actor: in.Actor, Input: in.Input, AtOnce: e.kind(tx.Gateway).Own()}, e.moment(in.due, tx))
	if err == nil {
		err = e.carries(tx, d.Rule)
	}
	if err == nil {
		err = saysWhy(d.Rule, in.Actor, in.Input)
	}
	if err == nil {
		err = e.fits(p, tx, d, in.Input)
	}
	return p, d, err
}

// carries refuses what the gateway of a deal does for none, or not for this one.
func (e *Engine) carries(tx Transaction, r process.Rule) error {
	if r.Effect == process.RefundPart && e.wholly(tx) {
		return fault.New(fault.Conflict, codeWholeOnly, "%s gives this payment back, or lets it go to the seller, as a whole only; refund all of it, or complete the deal", tx.Gateway)
	}
	if r.Verb != process.Reverse || e.kind(tx.Gateway).reverses(tx.Deal) {
		return nil
	}
	return fault.New(fault.Conflict, process.PayoutReturnable.Reason, "%s takes no payout back; refund the payer there, and what the payee was paid is booked as their debt", tx.Gateway)
}

// wholly reports whether the payment of a deal moves as a whole or not at all.
func (e *Engine) wholly(tx Transaction) bool {
	g, ok := e.gateways[tx.Gateway].(RefundingWhole)
	return ok && g.RefundsWhole(tx)
}

// givesAllBack refuses terms of a deal by which a part of its payment would stay with the marketplace when it comes to nothing, at a
// gateway that could not give the rest back.
func (e *Engine) givesAllBack(tx Transaction, d process.Decision) error {
	if tx.State != "" && d.Rule.Terms == nil || !e.wholly(tx) {
		return nil
	}
	agreed := d.Step.Deal
	kept, err := agreed.Policy.FeeKept(pricing.Terms{Price: agreed.Price.Minor(), BuyerFee: agreed.BuyerFee}, agreed.Price.Minor())
	if err != nil || kept == 0 {
		return err
	}
	return fault.New(fault.Conflict, codeWholeOnly, "%s gives a payment back as a whole only, and the fees of this marketplace keep %s of what the buyer pays; set the rule of the buyer's fee to another one than kept, or use another gateway", tx.Gateway, money.New(kept, agreed.Price.Currency()))
}

// fits refuses a payment that the gateway cannot take, or whose share for the payee it
// could not pay out later, before anything is booked.
func (e *Engine) fits(p *process.Process, tx Transaction, d process.Decision, input map[string]string) error {
	if err := e.givesAllBack(tx, d); err != nil {
		return err
	}
	g, limited := e.gateways[tx.Gateway].(Limited)
	if !limited {
		return nil
	}
	if tx.State == "" {
		if err := e.kind(tx.Gateway).takes(tx.Price.Currency()); err != nil {
			return err
		}
	}
	amount, verb, err := e.toBePaid(p, tx, d, input)
	if verb == "" || err != nil {
		return err
	}
	err = g.Takes(verb, amount)
	if err != nil || !slices.Contains(p.Needs(), process.Ability(process.Transfer)) {
		return err
	}
	share, err := d.Step.Deal.Price.Sub(money.New(d.Step.Deal.SellerFee, amount.Currency()))
	if err != nil || share.IsZero() || tx.PaidBeside(process.Transfer) {
		return err
	}
	return g.Takes(process.Transfer, share)
}

// toBePaid is what the payer is asked for now, or agrees to be asked for later; no verb where
// they are not.
func (e *Engine) toBePaid(p *process.Process, tx Transaction, d process.Decision, input map[string]string) (amount money.Amount, v process.Verb, err error) {
	agreed := d.Step.Deal
	switch {
	case d.Verb == process.Charge, d.Verb == process.Authorize:
		amount, _, err = p.Asked(agreed, process.Operation{Transition: d.Rule.Name, From: tx.State, Verb: d.Verb, Input: input, Open: true}, e.now())
		return amount, d.Verb, err
	case d.Verb == "" && d.Rule.Terms != nil:
		amount, err = agreed.Price.Add(money.New(agreed.BuyerFee, agreed.Price.Currency()))
		return amount, process.Charge, err
	}
	return amount, "", nil
}

// saysWhy refuses a step without what its rule takes from this actor in particular: Decide
// has asked for what it takes from everybody.
func saysWhy(r process.Rule, a process.Actor, input map[string]string) error {
	for _, in := range r.InputsFor(a) {
		if in.Required && strings.TrimSpace(input[in.Name]) == "" {
			return reasoned(a, "")
		}
	}
	return nil
}

// reasoned refuses a person of the staff who does not say why.
func reasoned(a process.Actor, reason string) error {
	if a.Person() && strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, process.ReasonMissing, "give a reason; the audit log keeps it").With("field", "reason")
	}
	return nil
}

// moment is when a step counts as taken: now, unless a timer asks.
func (e *Engine) moment(due time.Time, tx Transaction) time.Time {
	if due.IsZero() {
		return e.now()
	}
	return dated(due, tx)
}

// dated is when a timer's step counts as taken: when it was due, however late it
// fires, so that what follows is counted from there. History does not go backwards.
func dated(due time.Time, tx Transaction) time.Time {
	if due.Before(tx.UpdatedAt) {
		return tx.UpdatedAt
	}
	return due
}
