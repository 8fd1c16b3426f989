package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// CreateInput opens a transaction.
type CreateInput struct {
	CommunityID int64
	Process     string // a name for its newest version, or "name@version"
	Gateway     string
	Transition  process.Transition // "create" if empty
	Actor       process.Actor
	Starter     string // user ids
	Author      string
	Buyer       string // default: the starter or author, by the process's roles
	Seller      string
	ListingID   int64
	Title       string
	UnitPrice   money.Amount
	Quantity    int64 // default 1
	Shipping    int64 // minor units, part of the price
	// Deposit is paid in advance in a process with deposits, whose UnitPrice is zero.
	Deposit int64 // minor units of UnitPrice's currency
	// Booking is the time that is booked, and BookingEnd the instant after it.
	Booking    *Booking
	BookingEnd time.Time
	// Reserve is taken for the deal with its first commit, or the deal is refused.
	Reserve []Reservation
	// Message is posted into the conversation with the first commit, in the actor's
	// name; empty posts nothing.
	Message    string
	Deadlines  map[process.Deadline]time.Time
	Attributes map[string]string
	// ConfirmAfterDays overrides the process's automatic confirmation, in days.
	ConfirmAfterDays *int
	Input            map[string]string
	RequestID        string
	Key              *Key

	approval *Approval // that allows it; nil: none was needed so far
}

// DoInput asks for a transition of a transaction.
type DoInput struct {
	CommunityID   int64
	TransactionID int64
	Transition    process.Transition
	Actor         process.Actor
	Input         map[string]string
	Reserve       []Reservation // taken with the transition, or it is refused
	Message       string        // posted into the conversation with it, in the actor's name
	RequestID     string
	Key           *Key
	// Only refuses deals that the caller's face does not change; nil refuses none. It is
	// asked about the deal as it was loaded, if the actor may see it.
	Only func(Transaction) error `json:"-"`

	due      time.Time // when the timer that asks was due; zero: somebody asks now
	approval *Approval // that allows it; nil: none was needed so far
}

// Create opens a transaction and, where its process asks a gateway to begin,
// calls it. Refusals are faults with the reasons of process.Decide and Pair;
// AwaitsApproval keeps what staff asks for above the community's limit.
func (e *Engine) Create(ctx context.Context, in CreateInput) (Result, error) {
	result, err := e.create(ctx, in)
	return e.answer(ctx, in.Key, result, err)
}

func (e *Engine) create(ctx context.Context, in CreateInput) (Result, error) {
	tx, _, decision, err := e.open(ctx, in)
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
	if tx, err = e.draft(ctx, in, p, g); err != nil {
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
	if err != nil {
		return tx, nil, d, err
	}
	return tx, p, d, e.payable(ctx, g, tx)
}

// payable refuses a deal whose seller could never be paid.
func (e *Engine) payable(ctx context.Context, g Gateway, tx Transaction) error {
	if tx.Seller == "" {
		return nil
	}
	ok, err := g.CanReceive(ctx, tx.CommunityID, tx.Seller)
	if err != nil {
		return fmt.Errorf("can the seller be paid: %w", err)
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
	tx := Transaction{
		CommunityID: in.CommunityID, Process: p.Ref(), Gateway: g.Name(), SellerPays: p.SellerPays,
		ListingID: in.ListingID, ListingTitle: in.Title, UnitPrice: in.UnitPrice, Quantity: in.Quantity,
		Booking: in.Booking, Attributes: in.Attributes,
		CreatedAt: now, UpdatedAt: now, LastTransitionAt: now,
		Deal: process.Deal{
			Starter: in.Starter, Author: in.Author, Buyer: in.Buyer, Seller: in.Seller,
			Deposit: in.Deposit, Deadlines: in.Deadlines, BookingEnd: in.BookingEnd, ConfirmAfterDays: p.ConfirmAfterDays,
		},
	}
	if err := e.price(ctx, &tx, in, p, g); err != nil {
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
	if days := in.ConfirmAfterDays; days != nil {
		if *days < 0 || (*days == 0) != (p.ConfirmAfterDays == 0) {
			return Transaction{}, fault.New(fault.Invalid, "invalid_confirm_after_days", "process %s needs automatic confirmation after a day or more; without payment it has none", p.Name)
		}
		tx.ConfirmAfterDays = *days
	}
	return tx, nil
}

// price computes what the deal costs under the marketplace's policy. Gateways with
// fees of their own tell them when the payment is opened.
func (e *Engine) price(ctx context.Context, tx *Transaction, in CreateInput, p *process.Process, g Gateway) error {
	tx.FeesBy = marketplace
	if _, charging := g.(Charging); charging {
		tx.FeesBy = g.Name()
	} else if p.TakesFees() {
		var err error
		if tx.Policy, err = e.config.Policy(ctx, in.CommunityID); err != nil {
			return fmt.Errorf("fee policy: %w", err)
		}
		tx.Policy = tx.Policy.WithRules()
	}
	b, err := pricing.Offered(tx.Policy, pricing.Input{UnitPrice: in.UnitPrice, Quantity: in.Quantity, Shipping: in.Shipping})
	if err != nil {
		return err
	}
	tx.Lines, tx.Price, tx.BuyerFee, tx.SellerFee = b.Lines, b.Price, b.BuyerFee.Minor(), b.SellerFee.Minor()
	return nil
}

// Do takes a transition of a transaction. Of several callers at the same moment
// exactly one wins; the others get the reason why the transition is no longer
// possible.
func (e *Engine) Do(ctx context.Context, in DoInput) (Result, error) {
	o := newOrder(in.Actor, in.Input, in.RequestID, in.Key)
	o.reserve, o.message, o.due = in.Reserve, in.Message, in.due
	o.asked, o.approval = asked{Do: &in, Actor: in.Actor}, in.approval
	var tx Transaction
	var intent *Intent
	looked := false
	err := retry(func() error {
		before, decision, err := e.decide(ctx, in)
		if err != nil && !looked {
			looked = true
			before, decision, err = e.decideAfterLook(ctx, before, in, err)
		}
		if err != nil {
			return err
		}
		tx, intent, err = e.accept(ctx, before, decision, o)
		return err
	})
	result, err := e.finish(ctx, tx, intent, err, o)
	return e.answer(ctx, in.Key, result, err)
}

// answer gives a refused request its stored reply, if it was made before. What
// the gateway refused just now is the request's own answer and stays.
func (e *Engine) answer(ctx context.Context, k *Key, result Result, err error) (Result, error) {
	var refused *fault.Error
	if k == nil || !errors.As(err, &refused) {
		return result, err
	}
	switch refused.Code {
	case fault.Internal, fault.Declined, fault.Unavailable, fault.Unknown:
		return result, err
	}
	return e.replay(ctx, k, err)
}

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

// admits asks the caller's face whether it changes such a deal.
func (in DoInput) admits(tx Transaction) error {
	if in.Only == nil || !in.Actor.Sees(tx.Deal) {
		return nil
	}
	return in.Only(tx)
}

// judge applies the rules to a deal.
func (e *Engine) judge(tx Transaction, in DoInput) (*process.Process, process.Decision, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return nil, process.Decision{}, err
	}
	d, err := process.Decide(p, tx.Deal, process.Command{Transition: in.Transition, Actor: in.Actor, Input: in.Input, AtOnce: e.kind(tx.Gateway).Own()}, e.moment(in.due, tx))
	if err == nil {
		err = saysWhy(d.Rule, in.Actor, in.Input)
	}
	return p, d, err
}

// order is who asked for what, carried through a decision to its commits.
type order struct {
	actor     process.Actor
	input     map[string]string
	requestID string
	key       *Key
	reserve   []Reservation
	message   string
	due       time.Time // of the timer that asks
	began     time.Time // by a stopwatch: the engine's clock may be moved meanwhile
	asked     asked     // as it is kept for a second person
	approval  *Approval // that allows it; nil: none was needed so far
}

func newOrder(a process.Actor, input map[string]string, requestID string, k *Key) order {
	return order{actor: a, input: input, requestID: requestID, key: k, began: time.Now()}
}

// accept commits a decision: all of it when no gateway is needed, else the intent
// that is to be performed.
func (e *Engine) accept(ctx context.Context, tx Transaction, d process.Decision, o order) (Transaction, *Intent, error) {
	if err := e.admit(ctx, tx, d); err != nil {
		return tx, nil, err
	}
	commit, err := e.accepted(tx, d, o)
	if err != nil {
		return tx, nil, err
	}
	if err := errors.Join(e.attach(ctx, &commit, o), e.audit(ctx, &commit, tx, d, o)); err != nil {
		return tx, nil, err
	}
	if err := errors.Join(e.checkOwn(ctx, tx, d.Step), e.guarded(ctx, tx, commit)); err != nil {
		return tx, nil, err
	}
	if err := e.twoOf(ctx, tx, commit, d, o); err != nil {
		return tx, nil, err
	}
	if d.Verb == "" {
		commit.Reply = o.key.store(commit, nil)
		return commit.Transaction, nil, e.why(ctx, commit, e.apply(ctx, commit))
	}
	commit.Reply = o.key.claim(commit)
	e.config.Hook("before_claim")
	if err := e.apply(ctx, commit); err != nil {
		return tx, nil, e.why(ctx, commit, err)
	}
	e.config.Hook("after_claim")
	return commit.Transaction, commit.Intent, nil
}

// accepted is the commit of a decision.
func (e *Engine) accepted(tx Transaction, d process.Decision, o order) (Commit, error) {
	c := change{tx: tx, step: d.Step, actor: o.actor, requestID: o.requestID, said: d.Rule.Said(o.input), reserve: o.reserve, at: e.moment(o.due, tx), info: e.entered(tx, d.Step)}
	if d.Verb != "" {
		c.at = e.now() // what a gateway is asked is done when it is asked, however late
		intent := e.newIntent(tx, d, o, c.at)
		c.intent, c.note = &intent, "claim"
	}
	return e.commitOf(c)
}

// finish performs what was accepted, if anything is to be asked of a gateway.
func (e *Engine) finish(ctx context.Context, tx Transaction, i *Intent, err error, o order) (Result, error) {
	if err != nil || i == nil {
		return Result{Transaction: tx}, err
	}
	if time.Since(o.began) > e.config.CallTimeout {
		// Writing the intent took so long that recovery may take it over any moment.
		return Result{Transaction: tx}, unknown(nil, *i)
	}
	return e.perform(ctx, tx, *i, o.key)
}

// why names the reservation that could not be made, or the payer's balance.
func (e *Engine) why(ctx context.Context, c Commit, err error) error {
	switch {
	case errors.Is(err, ErrInsufficientBalance):
		return fault.New(fault.Declined, "insufficient_balance", "the available balance is too small for this")
	case !errors.Is(err, ErrNotAvailable):
		return e.contradicted(ctx, c, err)
	}
	names := make([]string, len(c.Reserve))
	for i, r := range c.Reserve {
		names[i] = r.Resource
	}
	free, readErr := e.config.Store.Free(ctx, c.Transaction.CommunityID, names)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	for _, r := range c.Reserve {
		left, known := free[r.Resource]
		if !known {
			left = r.Capacity
		}
		if r.Amount > left && r.Reason != "" {
			return fault.New(fault.Conflict, r.Reason, "%s is no longer available", r.Resource).With("resource", r.Resource)
		}
	}
	return err
}

func (e *Engine) newIntent(tx Transaction, d process.Decision, o order, now time.Time) Intent {
	return Intent{
		ID: e.config.References.make(now, e.config.NewID()), CommunityID: tx.CommunityID, TransactionID: tx.ID, Gateway: tx.Gateway,
		Transition: d.Rule.Name, From: tx.State, Verb: d.Verb, Actor: o.actor, Input: o.input, RequestID: o.requestID,
		Status: IntentOpen, Attempt: 1, Due: now.Add(e.lease()), CreatedAt: now, UpdatedAt: now,
	}
}

// lease is how long an operation belongs to who performs it: the call's deadline
// and as much again for the commit of its outcome.
func (e *Engine) lease() time.Duration { return 2 * e.config.CallTimeout }
