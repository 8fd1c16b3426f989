package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// longOpen is how long an operation may be without a clear outcome before it is a
// difference. Until then its deal is not compared: the two sides are moving.
const longOpen = time.Hour

// Reconcile compares our deals with what the gateway knows and reports what
// differs. A payment that carries the reference of an operation of ours that had
// no outcome yet, or was believed not to have been sent, is merged into its deal
// first. A deal that differs is looked up, what happened to it is merged, and only what
// differs then is reported: the gateway's message may be on its way. What the gateway
// kept for its services is booked. Nothing is ever sent again. Gateways without a
// statement are asked about every deal that has not ended, and our own ledger is
// compared with itself. An error beside the report means that it is not complete.
func (e *Engine) Reconcile(ctx context.Context, in ReconcileInput) (Report, error) {
	report, _, err := e.reconcile(ctx, in, false)
	return report, err
}

// reconcile is Reconcile, and watches deals that have ended where that is asked for:
// unwatched tells that not all of them could be.
func (e *Engine) reconcile(ctx context.Context, in ReconcileInput, watches bool) (report Report, unwatched bool, err error) {
	kind, err := e.config.Kinds.Find(in.Gateway)
	if err != nil {
		return report, true, err
	}
	in.Gateway = kind.Name
	g, err := e.gateway(in.Gateway)
	if err != nil {
		return report, true, err
	}
	if !in.From.Before(in.To) {
		return report, true, fault.New(fault.Invalid, "invalid_window", "the window must begin before it ends")
	}
	r := &reconciliation{Engine: e, in: in, gateway: g, watches: watches, now: e.now(), seen: map[string]bool{}, report: Report{Gateway: in.Gateway, From: in.From, To: in.To}}
	if kind.Own() {
		err = r.frozen(ctx)
	} else {
		err = errors.Join(r.statement(ctx), r.deals(ctx), r.losses(ctx))
	}
	return r.report, r.unwatched, err
}

type reconciliation struct {
	*Engine
	in      ReconcileInput
	gateway Gateway
	now     time.Time
	seen    map[string]bool // payments that were on the statement
	report  Report
	watches bool // deals that have ended, too
	// unwatched tells that some of those could not be looked at.
	unwatched bool
}

func (r *reconciliation) add(d Difference) {
	d.Gateway = r.in.Gateway
	r.report.Differences = append(r.report.Differences, d)
}

// about begins a difference in a deal.
func (r *reconciliation) about(tx Transaction, c DifferenceClass, advice string) Difference {
	return Difference{
		Class: c, PaymentID: tx.PaymentID, CommunityID: tx.CommunityID, TransactionID: tx.ID,
		Here: money.New(tx.Funds.Captured, tx.Price.Currency()), There: money.New(0, tx.Price.Currency()),
		Age: r.now.Sub(tx.CreatedAt), Advice: advice,
	}
}

// others reports whether a deal belongs to a community that is not asked about.
func (r *reconciliation) others(tx Transaction) bool {
	return r.in.CommunityID != 0 && r.in.CommunityID != tx.CommunityID
}

// statement goes through what the gateway lists. Lines that cannot be read are
// errors; the others are compared all the same.
func (r *reconciliation) statement(ctx context.Context) error {
	g, ok := r.gateway.(Statement)
	if !ok {
		return nil
	}
	from := r.in.From
	if r.watches {
		from = r.in.To.Add(-watchedFor)
	}
	var errs []error
	for line, err := range r.payments(ctx, r.in.Gateway, g, from, r.in.To) {
		if r.watches {
			r.watchLine(ctx, line, err)
		}
		if !line.MadeAt.IsZero() && line.MadeAt.Before(r.in.From) {
			continue
		}
		if err == nil {
			err = r.line(ctx, line)
		}
		if err != nil && line.PaymentID != "" {
			err = fmt.Errorf("statement line %q: %w", line.PaymentID, err)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// watchLine looks at a line for a deal that has ended.
func (r *reconciliation) watchLine(ctx context.Context, l StatementLine, err error) {
	if err == nil {
		err = r.watch(ctx, r.in.Gateway, l)
	}
	if err != nil {
		r.unwatched = true
		r.config.Log.WarnContext(ctx, "look at ended deals", "gateway", r.in.Gateway, "payment", l.PaymentID, "error", err)
	}
}

func (r *reconciliation) line(ctx context.Context, l StatementLine) error {
	r.seen[l.PaymentID] = true
	tx, err := r.config.Store.FindPayment(ctx, r.in.Gateway, l.PaymentID)
	if fault.CodeOf(err) == fault.NotFound {
		return r.stray(ctx, l)
	}
	if err != nil || r.others(tx) {
		return err
	}
	r.report.Compared++
	moving, err := r.moving(ctx, tx)
	if err != nil || moving {
		return err
	}
	t := Totals{Captured: l.Captured, Refunded: l.Refunded, Released: l.Released}
	if l.Totals != nil {
		t.Disputed = l.Totals.Disputed
	}
	s := l.Snapshot
	s.Totals = &t
	after, err := r.against(ctx, tx, s)
	return errors.Join(err, r.fees(ctx, after, l.Snapshot))
}

// against holds a deal against what the gateway tells about its payment, and reports what
// differs. Where something does, the gateway is asked once more and what happened is
// merged: its message may be on its way, or what was read is older than the deal.
func (r *reconciliation) against(ctx context.Context, tx Transaction, s Snapshot) (Transaction, error) {
	found := r.compare(tx, s)
	if len(found) == 0 {
		return tx, nil
	}
	after, now, err := r.again(ctx, tx)
	if err == nil && now.Found {
		if now.Totals == nil && after.Revision == tx.Revision {
			now.Totals = s.Totals // a look does not tell them, and nothing has happened since
		}
		tx, found = after, r.compare(after, now)
	}
	for _, d := range found {
		r.add(d)
	}
	return tx, err
}

// again looks a deal up and merges what happened. A deal that is put on hold for what the
// look shows remains to be compared.
func (r *reconciliation) again(ctx context.Context, tx Transaction) (Transaction, Snapshot, error) {
	s, err := r.ask(ctx, r.gateway, paymentRef(tx))
	if err != nil || !s.Found {
		return tx, s, err
	}
	after, err := r.merge(ctx, tx, s)
	return after, s, ignoreRefusal(err)
}

// compare finds what differs between a deal and what the gateway tells about its payment.
func (r *reconciliation) compare(tx Transaction, s Snapshot) []Difference {
	if differs := r.state(tx, s); differs != nil {
		return []Difference{*differs}
	}
	if s.Totals == nil {
		return nil
	}
	return r.sums(tx, *s.Totals)
}

// sums compares what the gateway has moved for a payment with the deal's books.
func (r *reconciliation) sums(tx Transaction, t Totals) (found []Difference) {
	for _, amount := range []struct {
		name        string
		here, there int64
	}{{"captured", tx.Funds.Captured, t.Captured}, {"refunded", tx.Funds.Refunded + tx.Funds.ChargedBack, t.Refunded + r.disputed(tx, t)}, {"released", tx.Funds.Released, t.Released}} {
		if amount.here != amount.there {
			d := r.about(tx, AmountDiffers, "find out which side is right; if the gateway is, let an operator take over its sums, else correct it at the gateway")
			d.What, d.Here, d.There = amount.name, money.New(amount.here, tx.Price.Currency()), money.New(amount.there, tx.Price.Currency())
			found = append(found, d)
		}
	}
	return found
}

// stray is a payment that no deal has.
func (r *reconciliation) stray(ctx context.Context, l StatementLine) error {
	i, err := r.config.Store.Intent(ctx, l.Reference)
	if fault.CodeOf(err) == fault.NotFound {
		if r.in.CommunityID == 0 {
			r.missingHere(l, Transaction{}, "it was not made by this server; find out who made it, and do not use the reference of an operation for anything else")
		}
		return nil
	}
	if err != nil {
		return err
	}
	tx, err := r.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil || r.others(tx) {
		return err
	}
	if i.Status == IntentDeclined && l.Captured == 0 && len(l.Facts) == 0 {
		return nil // nothing came of it there either
	}
	if tx.PaymentID != "" || i.Status != IntentOpen && i.Status != IntentNotSent {
		return r.surplus(ctx, l, tx, i)
	}
	after, err := r.adopt(ctx, tx, i, l.Snapshot)
	switch {
	case errors.Is(err, errMismatch):
		d := r.about(tx, AmountDiffers, "the deal is on hold; agree with both sides on the amount, then correct the payment or refund it")
		d.PaymentID, d.What, d.There = l.PaymentID, "price", l.Price
		r.add(d)
		return nil
	case err != nil:
		return err
	case after.PaymentID != l.PaymentID:
		return r.surplus(ctx, l, tx, i)
	}
	r.report.Adopted++
	r.report.Compared++
	return nil
}

// surplus is a payment that an operation of ours opened beside, or after, the one that
// its deal has. A running server adopts or returns it.
func (r *reconciliation) surplus(ctx context.Context, l StatementLine, tx Transaction, i Intent) error {
	r.missingHere(l, tx, "its deal has another payment or no longer has one: it is voided or returned automatically where the gateway can; GET /v1/operator/tasks shows the result")
	s := l.Snapshot
	if _, stateful := r.gateway.(Stateful); !stateful && s.Totals == nil {
		s.Totals = &Totals{Captured: l.Captured, Refunded: l.Refunded, Released: l.Released}
	}
	if conditionOf(s) == worthless {
		return nil
	}
	return r.noteStray(ctx, tx, i, s, r.now)
}

// missingHere reports a payment that no deal has, unless it was voided before
// anything was taken: then there is nothing left to do.
func (r *reconciliation) missingHere(l StatementLine, tx Transaction, advice string) {
	if _, voided := l.Facts[process.FactVoided]; voided && l.Captured == 0 {
		return
	}
	d := r.about(tx, MissingHere, advice)
	d.PaymentID, d.There = l.PaymentID, l.Price
	d.Here = money.New(0, l.Price.Currency())
	if tx.ID == 0 {
		d.Age = r.now.Sub(oldest(l.Facts, r.in.From))
	}
	r.add(d)
}

// oldest is when the first of the facts happened, or another time without any.
func oldest(facts map[process.Fact]time.Time, otherwise time.Time) time.Time {
	first := time.Time{}
	for _, at := range facts {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if first.IsZero() {
		return otherwise
	}
	return first
}

// adopt brings a payment that was lost sight of into its deal, unless it is somebody
// else's.
func (e *Engine) adopt(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Transaction, error) {
	if ours, err := e.theirs(ctx, tx, s); !ours || err != nil {
		return tx, err
	}
	switch happened := e.happened(tx, i, s); {
	case happened && tx.IntentID == i.ID:
		after, _, err := e.settle(ctx, i, Outcome{Status: process.Succeeded, Snapshot: s}, nil)
		return after, err
	case happened && i.Status == IntentNotSent && tx.State == i.From && tx.Operation == "":
		return e.sentAfterAll(ctx, tx, i, s)
	}
	return e.merge(ctx, tx, s)
}

// sentAfterAll takes a transition whose operation was believed not to have been
// sent, if the deal still is where it was.
func (e *Engine) sentAfterAll(ctx context.Context, tx Transaction, i Intent, s Snapshot) (Transaction, error) {
	p, err := e.processOf(tx)
	if err != nil {
		return tx, err
	}
	rule, ok := p.Rule(i.Transition, i.From)
	if !ok || rule.Seats {
		return tx, nil
	}
	if why := amountMismatch(agreed(tx, rule, i.Input), s); why != "" {
		return e.flag(ctx, tx, why)
	}
	learned := learn(tx, s)
	step, err := process.Conclude(p, learned.Deal, rule, i.Input, process.Succeeded, e.now())
	if err != nil {
		return tx, err
	}
	c := change{tx: learned, step: step, actor: i.Actor, requestID: i.RequestID, note: "adopted", at: e.now(), info: e.entered(tx, step), kept: s.Kept}
	commit, err := e.commitOf(c)
	if err != nil {
		return tx, err
	}
	commit.Log.IntentID = i.ID
	if err := e.apply(ctx, commit); err != nil {
		return tx, err
	}
	return e.merge(ctx, commit.Transaction, s)
}

// deals goes through our own deals: what is long open, and what was not on the
// statement.
func (r *reconciliation) deals(ctx context.Context) error {
	var errs []error
	f := GatewayFilter{Gateway: r.in.Gateway, CommunityID: r.in.CommunityID, From: r.in.From, To: r.in.To, Limit: 100}
	for {
		page, err := r.config.Store.GatewayTransactions(ctx, f)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, tx := range page {
			if err := r.deal(ctx, tx); err != nil {
				errs = append(errs, fmt.Errorf("transaction %d: %w", tx.ID, err))
			}
		}
		if len(page) < f.Limit {
			return errors.Join(errs...)
		}
		f.After = page[len(page)-1].ID
	}
}

func (r *reconciliation) deal(ctx context.Context, tx Transaction) error {
	moving, err := r.moving(ctx, tx)
	if err != nil || moving {
		return err
	}
	if tx.IntentID != "" {
		d := r.about(tx, OpenIntent, "it is looked up automatically once a day; look at the gateway, and settle it there when it does not end")
		d.What = string(tx.Operation)
		r.add(d)
	}
	if r.seen[tx.PaymentID] {
		return nil
	}
	const unknown = "the gateway does not know it: compare the configured account and environment, then ask the gateway"
	if tx.PaymentID == "" {
		if tx.Funds.Captured > 0 || tx.Funds.Authorized > 0 {
			r.add(r.about(tx, MissingThere, unknown))
		}
		return nil
	}
	if _, listed := r.gateway.(Statement); !listed && r.ended(tx) {
		return nil
	}
	s, err := r.ask(ctx, r.gateway, paymentRef(tx))
	if err != nil {
		return err
	}
	r.report.Compared++
	if !s.Found {
		r.add(r.about(tx, MissingThere, unknown))
		return nil
	}
	_, err = r.against(ctx, tx, s)
	return err
}

func (r *reconciliation) ended(tx Transaction) bool {
	p, err := r.processOf(tx)
	if err != nil {
		return false
	}
	info, _ := p.StateInfo(tx.State)
	return info.Terminal
}

// moving reports whether a deal has an operation under way that is not old yet.
func (r *reconciliation) moving(ctx context.Context, tx Transaction) (bool, error) {
	if tx.IntentID == "" {
		return false, nil
	}
	i, err := r.config.Store.Intent(ctx, tx.IntentID)
	return r.now.Sub(i.CreatedAt) < longOpen, err
}

// state compares price and state with what the gateway tells about the payment; nil if
// nothing differs.
func (r *reconciliation) state(tx Transaction, s Snapshot) *Difference {
	p, err := r.processOf(tx)
	if err != nil {
		return nil
	}
	if s.Price != (money.Amount{}) && s.Price != tx.Price && tx.Price.Minor() != 0 {
		d := r.about(tx, AmountDiffers, "agree with both sides on the amount, then correct the payment or refund it")
		d.What, d.Here, d.There = "price", tx.Price, s.Price
		return &d
	}
	rule, behind := p.Observed(tx.Deal, s.Facts)
	if !behind {
		return nil
	}
	d := r.about(tx, StateDiffers, "what happened at the gateway could not be merged: look at the attention note of the transaction")
	d.What, d.There = string(rule.Observe), s.Price
	return &d
}

// frozen compares users' frozen balances with their deals.
func (r *reconciliation) frozen(ctx context.Context) error {
	differ, err := r.config.Store.FrozenDifferences(ctx, r.in.CommunityID)
	for _, b := range differ {
		r.add(Difference{
			Class: AmountDiffers, CommunityID: b.CommunityID, Account: b.Account, What: "frozen", Here: b.Booked, There: b.Deals,
			Advice: "stop the user's deals, run handsel doctor and find the entry that does not belong",
		})
	}
	return err
}
