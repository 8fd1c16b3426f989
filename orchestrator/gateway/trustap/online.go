package trustap

import (
	"context"
	"fmt"
	"iter"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// online is the model of goods that are posted.
type online struct{ *Gateway }

func (o online) open(ctx context.Context, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error) {
	price := op.Transaction.Price
	role, creator := who.creator(op.Transaction)
	// The fee formula may change between quote and creation; that refusal is sure.
	return o.read(client.QuoteAndCreate(
		func() (*client.Quote, error) {
			return quoted(o.Client.Online.Quote(ctx, client.QuoteInput{Currency: price.Currency().Lower(), Price: price.Minor()}))
		},
		func(q *client.Quote) (*client.Transaction, error) {
			if who.full() {
				return o.Client.Online.CreateAndJoin(ctx, client.CreateAndJoinInput{
					CreatorRole: role, JoinUserID: who.other(creator), Quote: *q, Description: describe(op),
				}, client.AsUser(creator))
			}
			return o.Client.Online.CreateWithGuestUser(ctx, client.CreateWithGuestUserInput{
				CreatorRole: role, BuyerID: who.buyer, SellerID: who.seller, Quote: *q, Description: describe(op),
			}, client.AsUser(creator))
		}))
}

func (o online) perform(ctx context.Context, id int64, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error) {
	calls := o.Client.Online
	switch op.Verb {
	case process.Void:
		return o.read(calls.For(who.actor(op)).Cancel(ctx, id))
	case process.Track:
		return o.read(calls.For(who.seller).Track(ctx, id, client.Tracking{Carrier: client.CarrierCode(op.Input["carrier"]), TrackingCode: op.Input["tracking_code"]}))
	case process.ConfirmDelivery:
		return o.read(calls.For(who.buyer).ConfirmDelivery(ctx, id))
	case process.Complain:
		return o.read(calls.For(who.buyer).Complain(ctx, id, client.Description{Description: op.Input["description"]}))
	case process.Release:
		return o.read(calls.EndComplaintPeriod(ctx, id, client.AsUser(who.buyer)))
	case process.AcceptComplaint:
		return o.read(calls.AcceptComplaint(ctx, id, client.AsUser(who.seller)))
	}
	return orchestrator.Snapshot{}, fmt.Errorf("%w: %s of an online transaction", errUnsupported, op.Verb)
}

func (o online) get(ctx context.Context, id int64, opts ...client.CallOption) (orchestrator.Snapshot, error) {
	return o.read(o.Client.Online.Get(ctx, id, opts...))
}

func (o online) mine(ctx context.Context, userID string) iter.Seq2[record, error] {
	return records(o.Client.Online.All(ctx, client.PageOptions{}, client.AsUser(userID)), o.record)
}

func (o online) all(ctx context.Context) iter.Seq2[record, error] {
	return records(o.Client.Clients.AllOnlineTransactions(ctx, o.ClientID, client.OnlineClientFilter{}, client.NumberedPage{}), o.record)
}

func (o online) record(t *client.Transaction) record {
	reference := referenceIn(t.Description, t.ListingID)
	return record{reference: reference, buyer: t.BuyerID, seller: t.SellerID, created: t.Created.Time, line: func() (orchestrator.StatementLine, error) {
		s, err := o.snapshot(t)
		if err != nil {
			return orchestrator.StatementLine{Reference: reference}, err
		}
		m := moved{refunded: t.AmountRefunded, released: t.AmountReleased}
		if has(s, process.FactPaid) {
			m.goods, m.charge = t.Price, t.Charge
		}
		return m.line(reference, s), nil
	}}
}

// read takes the answer of a call apart.
func (o online) read(t *client.Transaction, err error) (orchestrator.Snapshot, error) {
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	return o.snapshot(t)
}
