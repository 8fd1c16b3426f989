package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
)

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
	r := &reconciliation{Engine: e, in: in, gateway: g, watches: watches, now: e.now(), seen: map[string]bool{}, named: map[string]bool{}, report: Report{Gateway: in.Gateway, From: in.From, To: in.To}}
	if kind.Own() {
		err = r.frozen(ctx)
	} else {
		err = errors.Join(r.statement(ctx), r.deals(ctx), r.losses(ctx))
	}
	return r.report, r.unwatched, err
}

// statement goes through what the gateway lists. Lines that cannot be read are
// errors, and the others are compared.
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
	tx, err := r.config.Store.FindPayment(ctx, r.in.Gateway, l.PaymentID)
	if fault.CodeOf(err) == fault.NotFound {
		r.seen[l.PaymentID] = true
		return r.stray(ctx, l)
	}
	if err != nil || r.others(tx) {
		return err
	}
	if !l.Found {
		r.named[l.PaymentID] = true
		return nil
	}
	r.seen[l.PaymentID] = true
	r.report.Compared++
	moving, err := r.moving(ctx, tx)
	if err != nil || moving {
		return err
	}
	s := l.Snapshot
	s.Totals = l.totals()
	after, err := r.against(ctx, tx, s)
	return errors.Join(err, r.fees(ctx, after, l.Snapshot))
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
		if !paging.GoesOn(page, f.Limit) {
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
	if _, listed := r.gateway.(Statement); r.isOver(tx) && (!listed || r.named[tx.PaymentID]) {
		return nil
	}
	// What the gateway cannot tell it repeats from the books, also of a deal on hold: the rest
	// is compared.
	ref := paymentRef(tx)
	ref.Booked = &tx.Funds
	s, err := r.ask(ctx, r.gateway, ref)
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

// moving reports whether a deal has an operation in progress that is not old yet.
func (r *reconciliation) moving(ctx context.Context, tx Transaction) (bool, error) {
	if tx.IntentID == "" {
		return false, nil
	}
	i, err := r.config.Store.Intent(ctx, tx.IntentID)
	return r.now.Sub(i.CreatedAt) < longOpen, err
}

// watchedFor is how long after a payment was made its money can come back: the time
// that card networks give a payer to object, with room for late reports.
const watchedFor = 180 * 24 * time.Hour

// watch merges what happened to a deal that has ended: a refund that failed, a payment
// that the payer's bank took back. Deals that go on have their own timers. It never sends
// anything.
func (e *Engine) watch(ctx context.Context, gateway string, line StatementLine) error {
	tx, err := e.config.Store.FindPayment(ctx, gateway, line.PaymentID)
	if fault.CodeOf(err) == fault.NotFound {
		return e.watchUnowned(ctx, gateway, line)
	}
	if err != nil {
		return err
	}
	p, err := e.processOf(tx)
	if err != nil {
		return err
	}
	if !e.isOver(tx) || !line.Found {
		return nil
	}
	s := line.Snapshot
	if s.Totals == nil {
		s.Totals = line.totals()
	}
	_, behind := p.Observed(tx.Deal, s.Facts)
	signed := tx.Attention == tx.ToSettle()
	if !behind && signed && !p.SumsMatter(tx.Deal, *s.Totals) {
		return nil
	}
	_, err = e.Sync(ctx, tx)
	var refused *fault.Error
	if errors.As(err, &refused) {
		return nil // it is on hold now, which is what the list shows
	}
	return err
}

// watchUnowned finds the deal of a payment that none has.
func (e *Engine) watchUnowned(ctx context.Context, gateway string, line StatementLine) error {
	references := line.references()
	if !line.Found {
		if _, ours, err := e.opener(ctx, gateway, references); err != nil || !ours {
			return err
		}
		g, err := e.gateway(gateway)
		if err != nil {
			return err
		}
		if line, err = e.complete(ctx, g, line); err != nil || !line.Found {
			return err
		}
	}
	s := line.Snapshot
	s.References = references
	_, _, err := e.unowned(ctx, gateway, s)
	return err
}
