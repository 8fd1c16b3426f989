package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// perform asks the gateway and commits the outcome. The call outlives a caller
// who hangs up: money that may have moved must be accounted for.
func (e *Engine) perform(ctx context.Context, tx Transaction, i Intent, k *Key) (Result, error) {
	ctx = context.WithoutCancel(ctx)
	e.calling.Store(i.ID, nil)
	defer e.calling.Delete(i.ID)
	out := e.call(ctx, tx, i)
	e.Hook("after_effect")
	after, own, err := e.settle(ctx, i, out, k)
	e.Hook("after_commit")
	if after.ID == 0 {
		after = tx
	}
	if k != nil && !own && !errors.Is(err, errUnknown) {
		return e.settledElsewhere(ctx, k, Result{Transaction: after}, err)
	}
	return Result{Transaction: after}, err
}

func (e *Engine) call(ctx context.Context, tx Transaction, i Intent) Outcome {
	g, err := e.gateway(i.Gateway)
	if err != nil {
		return Outcome{Status: process.NotSent, Code: fault.ReasonOf(err), Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, e.CallTimeout)
	defer cancel()
	called := e.Observer.Calling(i.Gateway, i.Verb)
	amount, err := e.amount(tx, i)
	if err != nil {
		return Outcome{Status: process.NotSent, Code: fault.ReasonOf(err), Err: err}
	}
	if amount.IsZero() && (i.Verb == process.Transfer || i.Verb == process.Refund) {
		// Fees took all of it: there is nothing to move, and gateways refuse to move nothing.
		return Outcome{Status: process.Succeeded}
	}
	out := g.Perform(ctx, Operation{IntentID: i.ID, Verb: i.Verb, Actor: i.Actor, Input: i.Input, Transaction: tx, Amount: amount})
	called(out.Status)
	if out.Err != nil {
		e.Log.WarnContext(ctx, "gateway call", "gateway", i.Gateway, "verb", i.Verb, "intent", i.ID, "status", out.Status, "error", out.Err)
	}
	return out
}

// amount is what the gateway is asked to move: the sum of the movements that the
// operation makes on success, seen from the side that its verb is about.
func (e *Engine) amount(tx Transaction, i Intent) (money.Amount, error) {
	sum := money.New(0, tx.Price.Currency())
	p, err := e.processOf(tx)
	if err != nil {
		return sum, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok {
		return sum, fmt.Errorf("process %s has no %s from %q", p.Ref(), i.Transition, i.From)
	}
	step, err := process.Conclude(p, tx.Deal, rule, i.Input, process.Succeeded, e.now())
	if err != nil {
		return sum, err
	}
	for _, m := range step.Moves {
		var counts bool
		switch i.Verb {
		case process.Refund:
			counts = m.To == process.Payer
		case process.Transfer:
			counts = m.To == process.Payee
		case process.Capture, process.Void:
			counts = m.From == process.Reserved
		default:
			counts = m.From == process.Payer
		}
		if !counts {
			continue
		}
		if sum, err = sum.Add(m.Amount); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// settle commits what came of an intent. Whoever is second (the call itself,
// recovery, a webhook) finds the intent settled and changes nothing; own tells
// whether it was this commit that settled it.
func (e *Engine) settle(ctx context.Context, i Intent, out Outcome, k *Key) (tx Transaction, own bool, err error) {
	if out.Status == process.Unknown {
		return Transaction{}, false, e.doubt(ctx, i, out)
	}
	err = retry(func() error {
		var err error
		tx, own, err = e.conclude(ctx, i, out, k)
		return err
	})
	if errors.Is(err, errMismatch) {
		i.Attempt++
		return tx, false, e.doubt(ctx, i, Outcome{Code: "amount_mismatch", Err: err})
	}
	if err != nil {
		return tx, false, unknown(err, i)
	}
	if out.Snapshot.Found {
		if merged, err := e.merge(ctx, tx, out.Snapshot); err == nil {
			tx = merged
		} else {
			e.Log.WarnContext(ctx, "merge after operation", "transaction", tx.ID, "error", err)
		}
	}
	now, err := e.Store.Intent(ctx, i.ID)
	if err != nil {
		return tx, own, err
	}
	return tx, own, now.refusal()
}

// Faults that the engine itself looks for. They match with any message.
var (
	errUnknown  = fault.New(fault.Unknown, "outcome_unknown", "")
	errMismatch = fault.New(fault.Conflict, "amount_mismatch", "")
)

// unknown is the answer when it cannot be said (yet) what came of an operation:
// recovery will find out, the caller must not assume anything.
func unknown(err error, i Intent) error {
	return fault.Wrap(err, fault.Unknown, "outcome_unknown", "it is not known yet what came of %s at gateway %s; it is looked up by itself, read the transaction again later", i.Verb, i.Gateway).WithMoney(fault.MoneyUnknown)
}

// lookupDelays is how long recovery waits after each doubtful attempt.
var lookupDelays = []time.Duration{5 * time.Second, 30 * time.Second, 5 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

func lookupDelay(attempt int) time.Duration {
	return lookupDelays[min(max(attempt-1, 0), len(lookupDelays)-1)]
}

// doubt notes when an operation without a clear answer is to be looked up.
func (e *Engine) doubt(ctx context.Context, i Intent, out Outcome) error {
	held := i.Due
	i.Code, i.Due = out.Code, e.now().Add(lookupDelay(i.Attempt))
	if err := e.Store.DeferIntent(ctx, i, held); err != nil {
		e.Log.WarnContext(ctx, "note doubtful operation", "intent", i.ID, "error", err)
	}
	return unknown(out.Err, i)
}

// conclude makes one attempt to commit the outcome of an intent.
func (e *Engine) conclude(ctx context.Context, i Intent, out Outcome, k *Key) (tx Transaction, own bool, err error) {
	if tx, err = e.Store.Transaction(ctx, i.CommunityID, i.TransactionID); err != nil || tx.IntentID != i.ID {
		return tx, false, err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return tx, false, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok {
		return tx, false, fmt.Errorf("process %s has no %s from %q", p.Ref(), i.Transition, i.From)
	}
	if mismatch := amountMismatch(agreed(tx, rule, i.Input), out.Snapshot); mismatch != "" && out.Status != process.Declined {
		tx, err = e.flag(ctx, tx, mismatch)
		return tx, false, err
	}
	if first, ok := p.Observed(tx.Deal, out.Snapshot.Facts); ok && first.Observe != rule.Observe {
		// Something else happened there before: a payment, say, that was cancelled
		// since. History is merged in its order, which settles the intent too, unless the
		// deal stayed in its state.
		if tx, err = e.merge(ctx, tx, out.Snapshot); err != nil || tx.IntentID != i.ID {
			return tx, false, err
		}
	}
	tx = learn(tx, out.Snapshot)
	step, err := process.Conclude(p, tx.Deal, rule, i.Input, out.Status, e.now())
	if err != nil {
		return tx, false, err
	}
	i.Status, i.Code = settled(out.Status), out.Code
	tx, err = e.commitSettled(ctx, tx, step, i, k)
	return tx, err == nil, err
}

func settled(s process.Status) IntentStatus {
	switch s {
	case process.Declined:
		return IntentDeclined
	case process.NotSent:
		return IntentNotSent
	}
	return IntentSucceeded
}

func (e *Engine) commitSettled(ctx context.Context, tx Transaction, step process.Step, i Intent, k *Key) (Transaction, error) {
	i.UpdatedAt = e.now()
	c := change{tx: tx, step: step, actor: i.Actor, requestID: i.RequestID, intent: &i, note: i.Code, at: i.UpdatedAt, info: e.entered(tx, step)}
	commit, err := c.commit()
	if err != nil {
		return tx, err
	}
	switch {
	case i.Status == IntentNotSent:
		commit.Reply = k.free(commit)
	case i.Status == IntentOpen:
	default:
		commit.Reply = k.store(commit, i.refusal())
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, err
	}
	return commit.Transaction, nil
}

// learn takes over what the gateway announced about a payment.
func learn(tx Transaction, s Snapshot) Transaction {
	if !s.Found {
		return tx
	}
	if s.PaymentID != "" {
		tx.PaymentID = s.PaymentID
	}
	if amountMismatch(tx, s) == "" {
		tx.Attention = ""
	}
	tx.RedirectURL, tx.ClientSecret, tx.Note = s.RedirectURL, s.ClientSecret, s.Note
	tx = learnFees(tx, s.Fees)
	if len(s.Deadlines) > 0 {
		merged := maps.Clone(tx.Deadlines)
		if merged == nil {
			merged = map[process.Deadline]time.Time{}
		}
		maps.Copy(merged, s.Deadlines)
		tx.Deadlines = merged
	}
	return tx
}

// learnFees takes over what the gateway charges, as long as it is not paid yet.
func learnFees(tx Transaction, f *Fees) Transaction {
	if f == nil {
		return tx
	}
	onlyDeposit := tx.Deposit > 0 && tx.Funds.Captured == tx.Deposit+tx.DepositFee
	if tx.Funds.Captured == 0 {
		tx.DepositFee = f.Deposit
	}
	if tx.Funds.Captured == 0 || onlyDeposit {
		tx.BuyerFee = f.Buyer
	}
	if tx.Funds.Released == 0 {
		tx.SellerFee = f.Seller
	}
	return tx
}

// agreed is the transaction with the terms that a rule is about to set.
func agreed(tx Transaction, r process.Rule, input map[string]string) Transaction {
	if r.Terms == nil {
		return tx
	}
	if deal, err := r.Terms(tx.Deal, r.Amounts(input)); err == nil {
		tx.Deal = deal
	}
	return tx
}

// amountMismatch compares what the gateway holds with what was agreed. A deal with
// a deposit may have got its price there before that transition was taken here.
func amountMismatch(tx Transaction, s Snapshot) string {
	priced := tx.Deposit == 0 || !tx.Price.IsZero()
	switch {
	case !s.Found:
		return ""
	case priced && s.Price != (money.Amount{}) && s.Price != tx.Price:
		return fmt.Sprintf("the gateway reports %s, agreed are %s", s.Price, tx.Price)
	case s.Deposit != tx.Deposit:
		return fmt.Sprintf("the gateway reports a deposit of %d, agreed are %d", s.Deposit, tx.Deposit)
	}
	return ""
}

// flag marks a transaction for the operator and moves nothing.
func (e *Engine) flag(ctx context.Context, tx Transaction, why string) (Transaction, error) {
	refusal := fault.New(fault.Conflict, "amount_mismatch", "%s; an operator has to look at it", why)
	if tx.Attention == why {
		return tx, refusal
	}
	tx.Attention = why
	now := e.now()
	c := change{tx: tx, step: process.Step{Transition: "flag", From: tx.State, To: tx.State, Deal: tx.Deal}, actor: process.Actor{Kind: process.AtGateway}, note: why, at: now}
	commit, err := c.commit()
	if err != nil {
		return tx, err
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, err
	}
	return commit.Transaction, refusal
}

// chargedBack says why a deal that is over needs a person: the payer's bank took
// the payment back after the money had left.
func chargedBack(p *process.Process, tx Transaction, s Snapshot) string {
	info, _ := p.StateInfo(tx.State)
	_, opened := s.Facts[process.FactDisputeOpened]
	_, won := s.Facts[process.FactDisputeWon]
	if !info.Terminal || !opened || won || tx.Has(process.FactDisputeOpened) || tx.Funds.Released == 0 {
		return ""
	}
	return "the payer's bank took the payment back after the payee was paid"
}

// unflag lets a transaction go on when the gateway reports the agreed amount again.
func (e *Engine) unflag(ctx context.Context, tx Transaction, s Snapshot) (Transaction, bool, error) {
	if tx.Attention == "" || !s.Found || amountMismatch(tx, s) != "" {
		return tx, false, nil
	}
	learned := learn(tx, s)
	c := change{tx: learned, step: process.Step{Transition: "unflag", From: tx.State, To: tx.State, Deal: learned.Deal}, actor: process.Actor{Kind: process.AtGateway}, at: e.now()}
	commit, err := c.commit()
	if err != nil {
		return tx, false, err
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, false, err
	}
	return commit.Transaction, false, nil
}

// Sync looks a transaction's payment up and merges what happened there.
func (e *Engine) Sync(ctx context.Context, tx Transaction) (Transaction, error) {
	g, err := e.gateway(tx.Gateway)
	if err != nil {
		return tx, err
	}
	if tx.PaymentID == "" {
		return tx, nil
	}
	s, err := e.ask(ctx, g, paymentRef(tx))
	if err != nil {
		return tx, fmt.Errorf("look up payment: %w", err)
	}
	if !s.Found {
		return tx, fmt.Errorf("gateway %s does not know the payment of transaction %d", tx.Gateway, tx.ID)
	}
	return e.merge(ctx, tx, s)
}

// ask looks a payment up under the deadline of a call.
func (e *Engine) ask(ctx context.Context, g Gateway, ref PaymentRef) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, e.CallTimeout)
	defer cancel()
	return g.Lookup(ctx, ref)
}

// SyncPayment is Sync for a payment that a gateway reported something about. A
// payment that is not known here (yet) is a NotFound fault.
func (e *Engine) SyncPayment(ctx context.Context, gateway, paymentID string) (Transaction, error) {
	tx, err := e.Store.FindPayment(ctx, gateway, paymentID)
	if err != nil {
		return Transaction{}, err
	}
	return e.Sync(ctx, tx)
}

func paymentRef(tx Transaction) PaymentRef {
	return PaymentRef{CommunityID: tx.CommunityID, PaymentID: tx.PaymentID, Reference: tx.IntentID, Since: tx.CreatedAt, Buyer: tx.Buyer, Seller: tx.Seller}
}

// merge takes, one by one, the transitions that the gateway reports to have
// happened. It only goes forward: what is recorded already is not repeated.
func (e *Engine) merge(ctx context.Context, tx Transaction, s Snapshot) (Transaction, error) {
	for range maxMerges {
		next, moved, err := e.mergeOne(ctx, tx, s)
		switch {
		case errors.Is(err, ErrRevisionConflict):
			if next, err = e.Store.Transaction(ctx, tx.CommunityID, tx.ID); err != nil {
				return tx, err
			}
		case err != nil:
			return next, err
		case !moved:
			return next, nil
		}
		tx = next
	}
	return tx, fmt.Errorf("transaction %d: the gateway's report could not be merged in %d steps", tx.ID, maxMerges)
}

// maxMerges is more than any process has states, with room for lost races.
const maxMerges = 64

func (e *Engine) mergeOne(ctx context.Context, tx Transaction, s Snapshot) (Transaction, bool, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return tx, false, err
	}
	rule, ok := p.Observed(tx.Deal, s.Facts)
	if !ok {
		if why := chargedBack(p, tx, s); why != "" {
			tx, err := e.flag(ctx, tx, why)
			return tx, false, err
		}
		return e.unflag(ctx, tx, s)
	}
	input := reported(rule, s)
	if mismatch := amountMismatch(agreed(tx, rule, input), s); mismatch != "" {
		tx, err := e.flag(ctx, tx, mismatch)
		return tx, false, err
	}
	learned := learn(tx, s)
	actor := process.Actor{Kind: process.AtGateway}
	d, err := process.Decide(p, learned.Deal, process.Command{Transition: rule.Name, Actor: actor, Input: input}, e.now())
	if err != nil {
		return tx, false, err
	}
	c := change{tx: learned, step: d.Step, actor: actor, at: e.now(), info: e.entered(tx, d.Step)}
	if tx.IntentID != "" && d.Step.Deal.Operation == "" {
		if c.intent, err = e.overtaken(ctx, p, tx, rule); err != nil {
			return tx, false, err
		}
	}
	commit, err := c.commit()
	if err != nil {
		return tx, false, err
	}
	e.Hook("before_merge")
	if err := e.apply(ctx, commit); err != nil {
		return tx, false, err
	}
	e.Hook("after_merge")
	return commit.Transaction, true, nil
}

// reported is the input of a transition that was taken at the gateway: a price that
// was set there.
func reported(r process.Rule, s Snapshot) map[string]string {
	input := map[string]string{}
	for _, in := range r.Input {
		if in.Amount && in.Name == "price" {
			input[in.Name] = strconv.FormatInt(s.Price.Minor(), 10)
		}
	}
	return input
}

// overtaken closes the intent under way because the gateway's report settles it:
// it succeeded when its own fact is what happened, else another way was taken.
func (e *Engine) overtaken(ctx context.Context, p *process.Process, tx Transaction, took process.Rule) (*Intent, error) {
	i, err := e.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return nil, fmt.Errorf("intent of busy transaction: %w", err)
	}
	i.Status, i.UpdatedAt = IntentSuperseded, e.now()
	if own, ok := p.Rule(i.Transition, i.From); ok && own.Observe == took.Observe {
		i.Status = IntentSucceeded
	}
	return &i, nil
}
