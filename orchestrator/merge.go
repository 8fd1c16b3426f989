package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// learn takes over what the gateway announced about a payment.
func learn(tx Transaction, s Snapshot) Transaction {
	if !s.Found {
		return tx
	}
	if s.PaymentID != "" {
		tx.PaymentID = s.PaymentID
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
	return e.hold(ctx, tx, process.Actor{Kind: process.AtGateway}, why, fault.New(fault.Conflict, "amount_mismatch", "%s; an operator has to look at it", why))
}

// hold puts a transaction on the operator's list and answers with the refusal.
func (e *Engine) hold(ctx context.Context, tx Transaction, a process.Actor, why string, refusal error) (Transaction, error) {
	if tx.Attention == why {
		return tx, refusal
	}
	deal := tx.Deal
	deal.Attention = why
	c := change{tx: tx, step: process.Step{Transition: "flag", From: tx.State, To: tx.State, Deal: deal}, actor: a, note: why, at: e.now()}
	commit, err := e.commitOf(c)
	if err != nil {
		return tx, err
	}
	if err := e.apply(ctx, commit); err != nil {
		return tx, err
	}
	return commit.Transaction, refusal
}

// unflag lets a transaction go on when the gateway reports the agreed amount again.
func (e *Engine) unflag(ctx context.Context, tx Transaction, s Snapshot) (Transaction, bool, error) {
	unsure := s.Totals == nil && strings.HasPrefix(tx.Attention, booksDiffer) || strings.HasPrefix(tx.Attention, contradicts)
	if tx.Attention == "" || tx.Unsettled() || !s.Found || unsure || amountMismatch(tx, s) != "" {
		return tx, false, nil
	}
	learned := learn(tx, s)
	learned.Attention = ""
	c := change{tx: learned, step: process.Step{Transition: "unflag", From: tx.State, To: tx.State, Deal: learned.Deal}, actor: process.Actor{Kind: process.AtGateway}, at: e.now()}
	commit, err := e.commitOf(c)
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
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	s, err := g.Lookup(ctx, ref)
	e.hear(ctx, g.Name(), errorHeard(ctx, err))
	return s, err
}

// SyncPayment is Sync for a payment that a gateway reported something about. A
// payment that is not known here (yet) is a NotFound fault, unless it came to nothing or
// another program made it.
func (e *Engine) SyncPayment(ctx context.Context, gateway, paymentID string) (Transaction, error) {
	tx, err := e.config.Store.FindPayment(ctx, gateway, paymentID)
	if err == nil {
		return e.Sync(ctx, tx)
	}
	if fault.CodeOf(err) == fault.NotFound && e.cared(ctx, gateway, paymentID) {
		return Transaction{}, nil
	}
	return Transaction{}, err
}

// cared reports whether a payment that no deal owns needs nothing more: it took no
// money and never will, such as one that was declined when it was opened, or the
// operation that it names, or a person, is told of it.
func (e *Engine) cared(ctx context.Context, gateway, paymentID string) bool {
	g, err := e.gateway(gateway)
	if err != nil {
		return false
	}
	s, err := e.ask(ctx, g, PaymentRef{PaymentID: paymentID})
	if err != nil || !s.Found {
		return false
	}
	e.notice(ctx, gateway, s)
	if _, voided := s.Facts[process.FactVoided]; voided && conditionOf(s) == worthless {
		return true
	}
	_, known, err := e.unowned(ctx, gateway, s)
	if err != nil {
		e.config.Log.WarnContext(ctx, "payment without a deal", "gateway", gateway, "payment", paymentID, "error", err)
		return false
	}
	if _, named, err := e.opener(ctx, gateway, s.References); named || err != nil {
		return known // an operation of this database, whatever its reference looks like
	}
	if !known && e.foreign(s) {
		e.config.Log.DebugContext(ctx, "the message is about a payment of another program", "gateway", gateway, "payment", paymentID)
		return true
	}
	return known
}

// foreign reports whether another program made a payment, which shares the account with
// us: it names no operation of this installation.
func (e *Engine) foreign(s Snapshot) bool {
	return !slices.ContainsFunc(s.References, func(r Reference) bool {
		_, who := e.config.References.read(r)
		return who == genuine || e.config.References.Installation == "" && r.Text != ""
	})
}

func paymentRef(tx Transaction) PaymentRef {
	return PaymentRef{CommunityID: tx.CommunityID, PaymentID: tx.PaymentID, Reference: tx.IntentID, Since: tx.CreatedAt, Buyer: tx.Buyer, Seller: tx.Seller}
}

// merge takes, one by one, the transitions that the gateway reports to have
// happened. It only goes forward: what is recorded already is not repeated.
func (e *Engine) merge(ctx context.Context, tx Transaction, s Snapshot) (Transaction, error) {
	// Sums are only compared with the deal that was there when the gateway was asked.
	same := true
	for range maxMerges {
		next, moved, err := e.mergeOne(ctx, tx, s, same)
		switch {
		case errors.Is(err, ErrRevisionConflict):
			same = false
			if next, err = e.config.Store.Transaction(ctx, tx.CommunityID, tx.ID); err != nil {
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

func (e *Engine) mergeOne(ctx context.Context, tx Transaction, s Snapshot, same bool) (Transaction, bool, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return tx, false, err
	}
	rule, ok := p.Observed(tx.Deal, s.Facts)
	if !ok {
		return e.rest(ctx, p, tx, s, same)
	}
	if after, moved, settled, err := e.underWay(ctx, p, tx, rule, s); settled || err != nil {
		return after, moved, err
	}
	input := inputReported(rule, s)
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
	if why := capturedOtherwise(d.Step.Deal, s); why != "" {
		tx, err := e.flag(ctx, tx, why)
		return tx, false, err
	}
	c := change{tx: learned, step: d.Step, actor: actor, at: e.now(), info: e.entered(tx, d.Step), kept: s.Kept}
	if tx.IntentID != "" && d.Step.Deal.Operation == "" {
		if c.intent, err = e.overtaken(ctx, p, tx, rule); err != nil {
			return tx, false, err
		}
	}
	commit, err := e.commitOf(c)
	if err != nil {
		return tx, false, err
	}
	e.config.Hook("before_merge")
	if err := e.apply(ctx, commit); err != nil {
		return tx, false, err
	}
	e.config.Hook("after_merge")
	return commit.Transaction, true, nil
}

// rest looks at a payment of which nothing new is to be taken over: is it as our
// books say?
func (e *Engine) rest(ctx context.Context, p *process.Process, tx Transaction, s Snapshot, same bool) (Transaction, bool, error) {
	if same && tx.IntentID == "" {
		if after, moved, err := e.afterEnd(ctx, p, tx, s); moved || err != nil {
			return after, moved, err
		}
		if why := totalsDiffer(tx, s); why != "" {
			e.notice(ctx, tx.Gateway, s)
			tx, err := e.flag(ctx, tx, why)
			return tx, false, err
		}
		if after, moved, err := e.learnKept(ctx, tx, s); moved || err != nil {
			return after, moved, err
		}
	}
	return e.unflag(ctx, tx, s)
}

// underWay settles the operation of a busy deal when what the gateway shows is its
// success: in the name of who asked for it, by its own rule. One that lets money leave
// is settled before anything else is believed, or says nothing yet.
func (e *Engine) underWay(ctx context.Context, p *process.Process, tx Transaction, took process.Rule, s Snapshot) (after Transaction, moved, settled bool, err error) {
	if tx.IntentID == "" {
		return tx, false, false, nil
	}
	i, err := e.config.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return tx, false, false, fmt.Errorf("intent of busy transaction: %w", err)
	}
	if i.Status != IntentOpen {
		return tx, false, false, nil
	}
	switch own, ok := p.Rule(i.Transition, i.From); {
	case paysOut(i.Verb) && !e.happened(tx, i, s):
		return tx, false, true, nil
	case !paysOut(i.Verb) && (!ok || own.Observe != took.Observe):
		return tx, false, false, nil
	}
	after, moved, err = e.conclude(ctx, Transaction{}, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
	return after, moved, true, err
}

// booksDiffer begins the reason of a deal that is on hold because the gateway
// moved other sums than our books say.
const booksDiffer = "the books differ: "

// totalsDiffer compares what the gateway moved altogether with our books. Somebody
// may have moved money there by hand.
func totalsDiffer(tx Transaction, s Snapshot) string {
	if s.Totals == nil {
		return ""
	}
	back := s.Totals.Refunded
	if tx.Funds.ChargedBack > 0 {
		back += s.Totals.Disputed
	}
	for _, sum := range []struct {
		what        string
		there, here int64
	}{
		{"captured", s.Totals.Captured, tx.Funds.Captured}, {"refunded", back, tx.Funds.Refunded + tx.Funds.ChargedBack},
		{"released", s.Totals.Released, tx.Funds.Released},
	} {
		if sum.there != sum.here {
			c := tx.Price.Currency()
			return fmt.Sprintf("%sthe gateway has %s %s, our books say %s", booksDiffer, sum.what, money.New(sum.there, c), money.New(sum.here, c))
		}
	}
	return ""
}

// capturedOtherwise says that the gateway took another sum than a step books.
func capturedOtherwise(after process.Deal, s Snapshot) string {
	if s.Totals == nil || after.Funds.Captured == 0 || after.Funds.Captured == s.Totals.Captured {
		return ""
	}
	return fmt.Sprintf("%sthe gateway has captured %d, agreed are %d", booksDiffer, s.Totals.Captured, after.Funds.Captured)
}

// inputReported is the input of a transition that was taken at the gateway: a price that
// was set there.
func inputReported(r process.Rule, s Snapshot) map[string]string {
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
	i, err := e.config.Store.Intent(ctx, tx.IntentID)
	if err != nil {
		return nil, fmt.Errorf("intent of busy transaction: %w", err)
	}
	i.Status, i.UpdatedAt = IntentSuperseded, e.now()
	if own, ok := p.Rule(i.Transition, i.From); ok && own.Observe == took.Observe {
		i.Status = IntentSucceeded
	}
	return &i, nil
}
