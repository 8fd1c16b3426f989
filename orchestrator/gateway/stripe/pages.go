package stripe

import (
	"context"
	"iter"

	sdk "github.com/stripe/stripe-go/v76"
)

// pageSize is the largest page that Stripe gives (official API).
const pageSize = 100

// page is one page of a list and whether there are more.
type page[T any] struct {
	data []*T
	more bool
}

// pages follows a list to its end, page by page. A page without data, or one that
// brings us back to where we were, is an error: an empty list would be taken for
// proof that there is nothing.
func pages[T any](id func(*T) string, fetch func(sdk.ListParams) (page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		params, seen := sdk.ListParams{Single: true, Limit: sdk.Int64(pageSize)}, map[string]bool{}
		for {
			got, err := fetch(params)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, item := range got.data {
				if item == nil || id(item) == "" || seen[id(item)] {
					yield(nil, errUnreadable)
					return
				}
				seen[id(item)] = true
				params.StartingAfter = sdk.String(id(item))
				if !yield(item, nil) {
					return
				}
			}
			if !got.more {
				return
			}
			if len(got.data) == 0 {
				yield(nil, errUnreadable)
				return
			}
		}
	}
}

// all gathers a short list.
func all[T any](list iter.Seq2[*T, error]) ([]*T, error) {
	var items []*T
	for item, err := range list {
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// read takes a page out of a client's iterator.
func read[T any](err error, data []*T, meta *sdk.ListMeta) (page[T], error) {
	if err != nil {
		return page[T]{}, readable(err)
	}
	if data == nil {
		return page[T]{}, errUnreadable
	}
	return page[T]{data, meta.HasMore}, nil
}

// paymentPages lists payments, with their charges or without.
func (g *Gateway) paymentPages(ctx context.Context, made *sdk.RangeQueryParams, charges bool) iter.Seq2[*sdk.PaymentIntent, error] {
	id := func(p *sdk.PaymentIntent) string { return p.ID }
	return pages(id, func(base sdk.ListParams) (page[sdk.PaymentIntent], error) {
		base.Context = ctx
		params := &sdk.PaymentIntentListParams{ListParams: base, CreatedRange: made}
		if charges {
			params.Expand = chargeOf("data.")
		}
		it := g.api.PaymentIntents.List(params)
		list := it.PaymentIntentList()
		return read(it.Err(), list.Data, &list.ListMeta)
	})
}

func (g *Gateway) refundPages(ctx context.Context, payment string) iter.Seq2[*sdk.Refund, error] {
	id := func(r *sdk.Refund) string { return r.ID }
	return pages(id, func(base sdk.ListParams) (page[sdk.Refund], error) {
		base.Context = ctx
		it := g.api.Refunds.List(&sdk.RefundListParams{ListParams: base, PaymentIntent: sdk.String(payment)})
		list := it.RefundList()
		return read(it.Err(), list.Data, &list.ListMeta)
	})
}

func (g *Gateway) transferPages(ctx context.Context, group string) iter.Seq2[*sdk.Transfer, error] {
	id := func(t *sdk.Transfer) string { return t.ID }
	return pages(id, func(base sdk.ListParams) (page[sdk.Transfer], error) {
		base.Context = ctx
		it := g.api.Transfers.List(&sdk.TransferListParams{ListParams: base, TransferGroup: sdk.String(group)})
		list := it.TransferList()
		return read(it.Err(), list.Data, &list.ListMeta)
	})
}

func (g *Gateway) disputePages(ctx context.Context, payment string) iter.Seq2[*sdk.Dispute, error] {
	id := func(d *sdk.Dispute) string { return d.ID }
	return pages(id, func(base sdk.ListParams) (page[sdk.Dispute], error) {
		base.Context = ctx
		it := g.api.Disputes.List(&sdk.DisputeListParams{ListParams: base, PaymentIntent: sdk.String(payment)})
		list := it.DisputeList()
		return read(it.Err(), list.Data, &list.ListMeta)
	})
}
