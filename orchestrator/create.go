package orchestrator

import (
	"cmp"
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/labels"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Create opens a transaction and, where its process asks a gateway to begin,
// calls it. Refusals are faults with the reasons of process.Decide and Pair;
// AwaitsApproval keeps what staff asks for above the community's limit.
func (e *Engine) Create(ctx context.Context, in CreateInput) (Result, error) {
	result, err := e.create(ctx, in)
	return e.answer(ctx, in.Key, result, err)
}

func (e *Engine) create(ctx context.Context, in CreateInput) (Result, error) {
	tx, _, decision, err := e.open(ctx, in)
	if err == nil {
		err = e.payableWith(tx, decision, in.Input)
	}
	if err != nil {
		return Result{}, err
	}
	if tx.ID, err = e.config.Store.NextID(ctx); err != nil {
		return Result{}, fmt.Errorf("new transaction id: %w", err)
	}
	tx.ConversationID = tx.ID
	o := newOrder(in.Actor, in.Input, in.RequestID, in.Key)
	o.reserve, o.message = in.Reserve, in.Message
	o.asked, o.approval = asked{Create: &in, Actor: in.Actor}, in.approval
	after, intent, err := e.accept(ctx, tx, decision, o)
	return e.finish(ctx, after, intent, err, o)
}

// open decides how a transaction begins. It has no id yet.
func (e *Engine) open(ctx context.Context, in CreateInput) (tx Transaction, p *process.Process, d process.Decision, err error) {
	p, g, err := e.Pair(in.Process, in.Gateway)
	if err != nil {
		return tx, nil, d, err
	}
	if tx, err = e.draft(ctx, in, p, g); err == nil {
		tx.MarketplacePays, err = e.leftToMarketplace(ctx, g, tx)
	}
	if err == nil {
		err = e.referenceFree(ctx, in)
	}
	if err != nil {
		return tx, nil, d, err
	}
	name := in.Transition
	if name == "" {
		name = process.Create
	}
	d, err = process.Decide(p, tx.Deal, process.Command{Transition: name, Actor: in.Actor, Input: in.Input, AtOnce: e.kind(g.Name()).Own()}, e.now())
	if err == nil {
		err = saysWhy(d.Rule, in.Actor, in.Input)
	}
	if err == nil {
		err = e.fits(p, tx, d, in.Input)
	}
	if err != nil {
		return tx, nil, d, err
	}
	return tx, p, d, e.payable(ctx, g, tx)
}

// referenceFree refuses a deal whose reference another one has, before anything else is asked
// for it. Of two at the same moment the commit refuses one.
func (e *Engine) referenceFree(ctx context.Context, in CreateInput) error {
	if in.Labels.ExternalReference == "" {
		return nil
	}
	found, err := e.config.Store.List(ctx, Filter{CommunityID: in.CommunityID, ExternalReference: in.Labels.ExternalReference, Limit: 1})
	if err == nil && len(found) > 0 {
		err = labels.ErrTaken
	}
	return err
}

// leftToMarketplace reports whether the marketplace itself will have to pay the seller. That is settled when the deal is opened:
// the money goes there from the payment on.
func (e *Engine) leftToMarketplace(ctx context.Context, g Gateway, tx Transaction) (bool, error) {
	some, ok := g.(PayingSome)
	if !ok || tx.Seller == "" {
		return e.kind(g.Name()).PaysNoSellers, nil
	}
	left, err := some.LeavesPayout(context.WithValue(ctx, dryKey{}, true), tx.CommunityID, tx.Seller)
	if err != nil {
		return false, fmt.Errorf("who pays the seller: %w", err)
	}
	return left, nil
}

// payable refuses a deal whose seller could never be paid.
func (e *Engine) payable(ctx context.Context, g Gateway, tx Transaction) error {
	if tx.Seller == "" {
		return nil
	}
	asked, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	ok, err := g.CanReceive(asked, tx.CommunityID, tx.Seller)
	if err != nil {
		return notAnswered(fmt.Errorf("can the seller be paid: %w", err), g.Name())
	}
	if !ok {
		return fault.New(fault.Conflict, "payee_not_ready", "the seller cannot be paid through %s yet; %s", g.Name(), cmp.Or(e.kind(g.Name()).Payee, "complete their account there"))
	}
	return nil
}

// draft is the transaction before it exists.
func (e *Engine) draft(ctx context.Context, in CreateInput, p *process.Process, g Gateway) (Transaction, error) {
	if in.Quantity == 0 {
		in.Quantity = 1
	}
	now := e.now()
	if err := in.Labels.Check(); err != nil {
		return Transaction{}, err
	}
	tx := Transaction{
		CommunityID: in.CommunityID, Process: p.Ref(), Gateway: g.Name(), SellerPays: p.SellerPays,
		ListingID: in.ListingID, ListingTitle: in.Title, UnitPrice: in.UnitPrice, Quantity: in.Quantity,
		Booking: in.Booking, Attributes: in.Attributes, Labels: in.Labels,
		CreatedAt: now, UpdatedAt: now, LastTransitionAt: now,
		Deal: process.Deal{
			Starter: in.Starter, Author: in.Author, Buyer: in.Buyer, Seller: in.Seller,
			Deposit: in.Deposit, Deadlines: in.Deadlines, BookingEnd: in.BookingEnd, ConfirmAfterDays: p.ConfirmAfterDays,
		},
	}
	terms, err := e.config.Terms(ctx, in.CommunityID)
	if err != nil {
		return Transaction{}, fmt.Errorf("terms of community %d: %w", in.CommunityID, err)
	}
	if err := e.price(&tx, terms.Fees, in, p, g); err != nil {
		return Transaction{}, err
	}
	if in.Buyer == "" && in.Seller == "" {
		tx.Buyer, tx.Seller = in.Starter, in.Author
	}
	if tx.Buyer == "" || tx.Seller == "" {
		tx.JoinCode = e.config.NewID()
	}
	if p.Deposits && in.Deposit == 0 {
		return Transaction{}, fault.New(fault.Invalid, "invalid_deposit", "process %s begins with a deposit; name one that is above zero", p.Name).With("field", "deposit")
	}
	if !p.Deposits && in.Deposit != 0 {
		return Transaction{}, fault.New(fault.Invalid, "invalid_deposit", "process %s takes no deposit; leave it out, or use escrow_f2f", p.Name).With("field", "deposit")
	}
	return tx, confirmation(&tx, in.ConfirmAfterDays, terms.ConfirmAfterDays)
}

// confirmation sets after how many days a deal is confirmed: as its caller says, as the
// community has set, or as the process has it. A process without automatic confirmation
// has none, whatever the community has set. Fault: invalid_confirm_after_days.
func confirmation(tx *Transaction, asked *int, set int) error {
	ofProcess := tx.ConfirmAfterDays
	if set > 0 && ofProcess > 0 {
		tx.ConfirmAfterDays = set
	}
	if asked == nil {
		return nil
	}
	if *asked < 0 || (*asked == 0) != (ofProcess == 0) {
		return fault.New(fault.Invalid, "invalid_confirm_after_days", "process %s needs automatic confirmation after a day or more; without payment it has none", tx.Process)
	}
	tx.ConfirmAfterDays = *asked
	return nil
}

// price computes what the deal costs under the marketplace's policy. Gateways with
// fees of their own tell them when the payment is opened.
func (e *Engine) price(tx *Transaction, fees pricing.Policy, in CreateInput, p *process.Process, g Gateway) error {
	tx.FeesBy = marketplace
	if _, charging := g.(Charging); charging {
		tx.FeesBy = g.Name()
	} else if p.TakesFees() {
		tx.Policy = fees.WithRules()
	}
	b, err := pricing.Offered(tx.Policy, pricing.Input{UnitPrice: in.UnitPrice, Quantity: in.Quantity, Shipping: in.Shipping})
	if err != nil {
		return err
	}
	tx.Lines, tx.Price, tx.BuyerFee, tx.SellerFee = b.Lines, b.Price, b.BuyerFee.Minor(), b.SellerFee.Minor()
	return nil
}
