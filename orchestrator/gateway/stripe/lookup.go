package stripe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// clockSkew is how far Stripe's clock may be behind ours; our choice.
const clockSkew = 5 * time.Minute

// Lookup reads a payment with all that followed it, by its id, or finds it by the
// reference in its metadata.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	id := ref.PaymentID
	if id == "" {
		var err error
		if id, err = g.search(ctx, ref); err != nil || id == "" {
			return orchestrator.Snapshot{}, err
		}
	}
	_, s, err := g.shown(ctx, id)
	return s, err
}

// shown is a payment and what became of it; not Found where there is none.
func (g *Gateway) shown(ctx context.Context, id string) (*sdk.PaymentIntent, orchestrator.Snapshot, error) {
	p, err := g.payment(ctx, id)
	var r *refusal
	if errors.As(err, &r) && r.code == sdk.ErrorCodeResourceMissing {
		return nil, orchestrator.Snapshot{}, nil
	}
	if err != nil {
		return nil, orchestrator.Snapshot{}, err
	}
	_, s, err := g.look(ctx, p)
	return p, s, err
}

// payment reads a payment and its charge.
func (g *Gateway) payment(ctx context.Context, id string) (*sdk.PaymentIntent, error) {
	if !paymentShape.MatchString(id) {
		return nil, fmt.Errorf("stripe: %q is not the id of a payment", id)
	}
	params := &sdk.PaymentIntentParams{Params: sdk.Params{Context: ctx}, Expand: chargeOf("")}
	p, err := g.api.PaymentIntents.Get(id, params)
	if err != nil {
		return nil, readable(err)
	}
	return p, paymentOf(p, id)
}

// chargeOf asks for the charge of a payment and for its booking, which knows when
// the money was taken.
func chargeOf(prefix string) []*string {
	return sdk.StringSlice([]string{prefix + "latest_charge", prefix + "latest_charge.balance_transaction"})
}

// look adds to a payment what became of its money.
func (g *Gateway) look(ctx context.Context, p *sdk.PaymentIntent) (settlement, orchestrator.Snapshot, error) {
	s, err := g.snapshot(p)
	if err != nil {
		return settlement{}, s, err
	}
	if p.Status != sdk.PaymentIntentStatusSucceeded {
		s.Totals = &process.Totals{} // nothing was taken, so nothing can have left
		return settlement{}, s, nil
	}
	made, err := g.settlement(ctx, p)
	if err != nil {
		return made, orchestrator.Snapshot{}, fmt.Errorf("payment %s: %w", p.ID, err)
	}
	maps.Copy(s.Facts, made.facts)
	s.References = append(s.References, made.references...)
	if !made.evidenceDue.IsZero() {
		s.Deadlines[process.EvidenceDeadline] = made.evidenceDue
	}
	s.Totals = &process.Totals{Captured: made.captured, Refunded: made.refunded, Released: made.released, Disputed: made.disputed, ByBank: made.byBank}
	s.Kept = keptOf(p.Currency, made.bookings...)
	return made, s, nil
}

func (g *Gateway) settlement(ctx context.Context, p *sdk.PaymentIntent) (settlement, error) {
	s := settlement{facts: map[process.Fact]time.Time{}}
	charge := p.LatestCharge
	if charge == nil || !chargeShape.MatchString(charge.ID) {
		return s, errUnreadable
	}
	captured, err := fromStripe(p.AmountReceived, string(p.Currency))
	if err != nil {
		return s, err
	}
	s.captured = captured.Minor()
	s.bookings = append(s.bookings, charge.BalanceTransaction)
	if charge.AmountRefunded > 0 {
		list, err := all(g.refundPages(ctx, p.ID))
		if err == nil {
			err = s.refunds(list)
		}
		if err != nil {
			return s, err
		}
	}
	// A transfer out of a charge is in the group of the charge, also where it was made
	// by hand or by another state of this database (official API).
	if group := cmp.Or(charge.TransferGroup, p.TransferGroup); group != "" {
		list, err := all(g.transferPages(ctx, group))
		if err == nil {
			err = s.transfers(list, charge.ID)
		}
		if err != nil {
			return s, err
		}
	}
	if charge.Disputed {
		list, err := all(g.disputePages(ctx, p.ID))
		if err == nil {
			err = s.disputes(list)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

// search finds the id of a payment by our reference; empty when there is none.
func (g *Gateway) search(ctx context.Context, ref orchestrator.PaymentRef) (string, error) {
	if ref.Reference == "" {
		return "", errors.New("stripe: neither a payment id nor a reference to look up")
	}
	if id, err := g.indexed(ctx, ref.Reference); id != "" || err != nil {
		return id, err
	}
	// The index may be behind. Payments are listed at once, so that only the time in which
	// the call can have arrived proves that there is none.
	made := &sdk.RangeQueryParams{GreaterThanOrEqual: ref.Since.Add(-clockSkew).Unix()}
	if !ref.Until.IsZero() {
		made.LesserThanOrEqual = ref.Until.Add(clockSkew).Unix()
	}
	for p, err := range g.paymentPages(ctx, made, false) {
		if err != nil {
			return "", err
		}
		if p.Metadata[metaIntent] == ref.Reference {
			return p.ID, paymentOf(p, "")
		}
	}
	return "", nil
}

// referenceShape is that of our references: nothing that means something in a query.
var referenceShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// indexed asks Stripe's index for a payment; empty when it has none (yet), when the
// account has no index, or when the reference cannot be searched for.
func (g *Gateway) indexed(ctx context.Context, reference string) (string, error) {
	if !referenceShape.MatchString(reference) {
		return "", nil
	}
	params := &sdk.PaymentIntentSearchParams{SearchParams: sdk.SearchParams{
		Context: ctx, Limit: sdk.Int64(10), Single: true, Query: "metadata['" + metaIntent + "']:'" + reference + "'",
	}}
	found := g.api.PaymentIntents.Search(params)
	if err := found.Err(); err != nil {
		var refused *refusal
		if err = readable(err); errors.As(err, &refused) {
			return "", nil
		}
		return "", err
	}
	for _, p := range found.PaymentIntentSearchResult().Data {
		if paymentOf(p, "") == nil && p.Metadata[metaIntent] == reference {
			return p.ID, nil
		}
	}
	return "", nil
}

// Payments lists all payments of the account that were made in [from, to), by
// Stripe's clock in whole seconds. Those that are not ours have no Reference.
// A payment that cannot be read comes as an error and the others follow; after
// an error of a page there are no more.
func (g *Gateway) Payments(ctx context.Context, from, to time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		made := &sdk.RangeQueryParams{GreaterThanOrEqual: ceilSecond(from), LesserThan: ceilSecond(to)}
		for p, err := range g.paymentPages(ctx, made, true) {
			line := orchestrator.StatementLine{}
			if err == nil {
				line, err = g.line(ctx, p)
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

func (g *Gateway) line(ctx context.Context, p *sdk.PaymentIntent) (orchestrator.StatementLine, error) {
	line := orchestrator.StatementLine{Reference: p.Metadata[metaIntent], MadeAt: time.Unix(p.Created, 0).UTC()}
	if err := paymentOf(p, ""); err != nil {
		return line, err
	}
	s, snapshot, err := g.look(ctx, p)
	line.Captured, line.Refunded, line.Released, line.Snapshot = s.captured, s.refunded, s.released, snapshot
	return line, err
}

// ceilSecond is the first whole second that is not before t.
func ceilSecond(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}
