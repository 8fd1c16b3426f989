package orchestrator

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type reconciliation struct {
	*Engine
	in      ReconcileInput
	gateway Gateway
	now     time.Time
	seen    map[string]bool // payments that were on the statement,
	named   map[string]bool // and deals' payments that it only names
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

// against holds a deal against what the gateway tells about its payment, and reports what
// differs. Where something does, the gateway is asked once more and what happened is
// merged: its message may be on its way, or what was read is older than the deal.
func (r *reconciliation) against(ctx context.Context, tx Transaction, s Snapshot) (Transaction, error) {
	found := r.compare(tx, s)
	if len(found) == 0 {
		return tx, nil
	}
	after, now, same, err := r.again(ctx, tx)
	if err == nil && !same {
		return after, nil // it goes on while it is looked at; the next comparison finds what remains
	}
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

// again looks a deal up and merges what happened, and tells whether the look is still of
// that deal. A deal that is put on hold for what the look shows remains to be compared.
func (r *reconciliation) again(ctx context.Context, tx Transaction) (_ Transaction, _ Snapshot, same bool, _ error) {
	s, err := r.ask(ctx, r.gateway, paymentRef(tx))
	if err != nil || !s.Found {
		return tx, s, true, err
	}
	after, s, same, err := r.mergeLatest(ctx, tx, s)
	return after, s, same, ignoreRefusal(err)
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

// sums compares what the gateway has moved for a payment with the deal's books.
func (r *reconciliation) sums(tx Transaction, t process.Totals) (found []Difference) {
	for _, amount := range []struct {
		name        string
		here, there int64
	}{{"captured", tx.Funds.Captured, t.Captured}, {"refunded", tx.Funds.Refunded + tx.Funds.ChargedBack, t.Refunded + r.disputed(tx, t)}, {"released", tx.Funds.Released, tx.ReleasedThere(t)}} {
		if amount.here != amount.there {
			d := r.about(tx, AmountDiffers, "find out which side is right; if the gateway is, let an operator take over its sums, else correct it at the gateway")
			d.What, d.Here, d.There = amount.name, money.New(amount.here, tx.Price.Currency()), money.New(amount.there, tx.Price.Currency())
			found = append(found, d)
		}
	}
	return found
}

// disputed is what the payer's bank has of a deal that is over: the books have it as
// gone back, while a dispute of a deal that goes on is decided first.
func (r *reconciliation) disputed(tx Transaction, t process.Totals) int64 {
	if !r.isOver(tx) {
		return 0
	}
	return t.Disputed
}

// stray is a payment that no deal has.
func (r *reconciliation) stray(ctx context.Context, l StatementLine) error {
	i, err := r.config.Store.Intent(ctx, l.Reference)
	if fault.CodeOf(err) == fault.NotFound {
		r.unknown(l)
		return nil
	}
	if err != nil {
		return err
	}
	tx, err := r.config.Store.Transaction(ctx, i.CommunityID, i.TransactionID)
	if err != nil || r.others(tx) {
		return err
	}
	if l, err = r.complete(ctx, r.gateway, l); err != nil {
		return err
	}
	if !l.Found {
		r.unshown(l, tx)
		return nil
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

// unknown is a payment that names no operation which the database knows: another program
// made it, or this installation did and forgot it with a restore, which the tag of its
// reference tells. Then it is for the community of its deal.
func (r *reconciliation) unknown(l StatementLine) {
	lost, advice := Transaction{}, "it was not made by this server; find out who made it, and do not use the reference of an operation for anything else"
	ours := func(reference Reference) bool {
		_, who := r.config.References.read(reference)
		return who == genuine
	}
	if slices.ContainsFunc(l.references(), ours) {
		lost.CommunityID = taggedCommunity(l.Deal)
		advice = "this installation made it, and its deal was lost with a restore; refund it at the gateway or open the deal again"
	}
	if !r.others(lost) {
		r.missingHere(l, lost, advice)
	}
}

// unshown is a payment of ours that the statement names and that the gateway no longer shows.
// What the statement says was taken is all that is known of it, and nothing can be done about it
// from here: a person has to ask.
func (r *reconciliation) unshown(l StatementLine, tx Transaction) {
	if l.Captured == 0 {
		return
	}
	d := r.about(tx, MissingHere, "the gateway's report names this payment of the deal, and the gateway itself does not show it: look for it in the gateway's account, and ask the gateway whether it was taken and refunded")
	d.PaymentID, d.Here, d.There, d.unshown = l.PaymentID, money.New(0, l.Price.Currency()), money.New(l.Captured, l.Price.Currency()), true
	r.add(d)
}

// surplus is a payment that an operation of ours opened beside, or after, the one that
// its deal has. A running server adopts or returns it.
func (r *reconciliation) surplus(ctx context.Context, l StatementLine, tx Transaction, i Intent) error {
	r.missingHere(l, tx, "its deal has another payment or no longer has one: it is voided or returned automatically where the gateway can; GET /v1/operator/tasks shows the result")
	s := l.Snapshot
	if _, stateful := r.gateway.(Stateful); !stateful && s.Totals == nil {
		s.Totals = l.totals()
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
		otherwise := l.MadeAt
		if otherwise.IsZero() {
			otherwise = r.in.From
		}
		d.Age = r.now.Sub(oldest(l.Facts, otherwise))
		d.foreign = !r.claimed(l.references())
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

// fees books what the gateway kept, and adds it to the report.
func (r *reconciliation) fees(ctx context.Context, tx Transaction, s Snapshot) error {
	after, err := r.learnFee(ctx, tx, s)
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
		if !paging.GoesOn(page, f.Limit) {
			return nil
		}
		f.After = page[len(page)-1].ID
	}
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

// complete looks up a payment that a statement only names.
func (e *Engine) complete(ctx context.Context, g Gateway, l StatementLine) (StatementLine, error) {
	if l.Found {
		return l, nil
	}
	s, err := e.ask(ctx, g, PaymentRef{PaymentID: l.PaymentID, Booked: &process.Funds{}})
	if err != nil || !s.Found {
		return l, err
	}
	l.Snapshot = s
	if s.Totals != nil {
		l.Captured, l.Refunded, l.Released = s.Totals.Captured, s.Totals.Refunded, s.Totals.Released
	}
	return l, nil
}
