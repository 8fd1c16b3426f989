package trustap

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// f2f is the model of parties who meet: a deposit, a price, the rest, a handover.
type f2f struct{ *Gateway }

func (f f2f) open(ctx context.Context, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error) {
	role, creator := who.creator(op.Transaction)
	return f.read(client.QuoteAndCreate(
		func() (*client.F2FQuote, error) { return f.quote(ctx, op, op.Transaction.Deposit) },
		func(q *client.F2FQuote) (*client.F2FTransaction, error) {
			if who.full() {
				return f.Client.F2F.CreateAndJoin(ctx, client.F2FCreateAndJoinInput{
					CreatorRole: role, JoinUserID: who.other(creator), Quote: *q, Description: describe(op),
				}, client.AsUser(creator))
			}
			return f.Client.F2F.CreateWithGuestUser(ctx, client.F2FCreateWithGuestUserInput{
				CreatorRole: role, BuyerID: who.buyer, SellerID: who.seller, Quote: *q, Description: describe(op),
			}, client.AsUser(creator))
		}))
}

func (f f2f) quote(ctx context.Context, op orchestrator.Operation, minor int64) (*client.F2FQuote, error) {
	currency := op.Transaction.Price.Currency().Lower()
	return quoted(f.Client.F2F.Quote(ctx, client.F2FQuoteInput{Currency: currency, Price: minor}))
}

func (f f2f) perform(ctx context.Context, id int64, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error) {
	calls := f.Client.F2F
	switch op.Verb {
	case process.Void:
		return f.read(calls.For(who.actor(op)).Cancel(ctx, id, client.Description{Description: why(op)}))
	case process.AcceptDeposit:
		return f.read(calls.For(who.seller).AcceptDeposit(ctx, id))
	case process.SetPrice:
		return f.setPrice(ctx, id, op, who)
	case process.SkipRemainder:
		return f.read(calls.SkipRemainder(ctx, id, client.AsUser(who.seller)))
	case process.ConfirmHandover:
		return f.read(calls.For(who.seller).ConfirmHandover(ctx, id))
	case process.ConfirmReceipt:
		return f.read(calls.For(who.buyer).ConfirmHandover(ctx, id))
	case process.Complain:
		return f.read(calls.For(who.buyer).Complain(ctx, id, client.F2FComplaint{Description: op.Input["description"], Category: client.ComplaintCategory(op.Input["category"])}))
	case process.Release:
		return f.read(calls.For(who.buyer).EndComplaintPeriod(ctx, id))
	case process.AcceptComplaint:
		return f.read(calls.AcceptComplaint(ctx, id, client.AsUser(who.seller)))
	}
	return orchestrator.Snapshot{}, fmt.Errorf("%w: %s of a face-to-face transaction", errUnsupported, op.Verb)
}

// setPrice sets the whole price, of which the deposit is a part.
func (f f2f) setPrice(ctx context.Context, id int64, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error) {
	return f.read(client.QuoteAndCreate(
		func() (*client.F2FQuote, error) { return f.quote(ctx, op, inputPrice(op)) },
		func(q *client.F2FQuote) (*client.F2FTransaction, error) {
			return f.Client.F2F.SetPrice(ctx, id, *q, client.AsUser(who.seller))
		}))
}

// inputPrice is the price that an operation sets, in minor units.
func inputPrice(op orchestrator.Operation) int64 {
	return process.Command{Input: op.Input}.Amount("price")
}

// why is the reason of a cancellation; guests must give one (official API).
func why(op orchestrator.Operation) string {
	return cmp.Or(strings.TrimSpace(op.Input["reason"]), "cancelled")
}

func (f f2f) get(ctx context.Context, id int64, opts ...client.CallOption) (orchestrator.Snapshot, error) {
	return f.read(f.Client.F2F.Get(ctx, id, opts...))
}

func (f f2f) mine(ctx context.Context, userID string) iter.Seq2[record, error] {
	return records(f.Client.F2F.All(ctx, client.PageOptions{}, client.AsUser(userID)), f.record)
}

func (f f2f) all(ctx context.Context) iter.Seq2[record, error] {
	return records(f.Client.Clients.AllF2FTransactions(ctx, f.ClientID, client.F2FClientFilter{}, client.NumberedPage{}), f.record)
}

func (f f2f) record(t *client.F2FTransaction) record {
	reference := referenceIn(t.Description, t.ListingID)
	return record{reference: reference, buyer: t.BuyerID, seller: t.SellerID, created: t.Created.Time, line: func() (orchestrator.StatementLine, error) {
		s, err := f.snapshot(t)
		if err != nil {
			return orchestrator.StatementLine{Reference: reference}, err
		}
		m := moved{refunded: t.AmountRefunded}
		if has(s, process.FactDepositPaid) {
			m.goods, m.charge = t.DepositPricing.Price, t.DepositPricing.Charge
		}
		if has(s, process.FactRemainderPaid) && t.Pricing != nil {
			m.goods, m.charge = t.Pricing.Price, t.Pricing.Charge
		}
		return m.line(reference, s), nil
	}}
}

// read takes the answer of a call apart.
func (f f2f) read(t *client.F2FTransaction, err error) (orchestrator.Snapshot, error) {
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	return f.snapshot(t)
}
