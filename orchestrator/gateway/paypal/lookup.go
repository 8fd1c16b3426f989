package paypal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// idShape is that of PayPal's ids. An answer is not trusted to hold one.
var idShape = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,49}$`)

// Lookup reads an order with all that followed it, by its id. One whose id is not known cannot be
// found: PayPal has no call for that. What an event told of a payout or of a dispute is looked
// up by the id that Webhook has made of it.
//
// An order that its buyer has approved is authorized first, as long as its deal waits for that:
// at PayPal the approval alone reserves nothing.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	if ref.PaymentID == "" {
		return orchestrator.Snapshot{}, nil
	}
	id, told, err := g.orderOf(ctx, ref.PaymentID)
	if err != nil || id == "" {
		return orchestrator.Snapshot{}, err
	}
	o, known, err := g.order(ctx, id)
	if err != nil || !known {
		return orchestrator.Snapshot{}, err
	}
	if ref.Awaited && o.Status == statusApproved {
		if o, err = g.reserve(ctx, o); err != nil {
			return orchestrator.Snapshot{}, err
		}
	}
	s, err := g.look(ctx, o, ref)
	if err == nil && told.batch != "" {
		return g.withPayout(ctx, s, told.batch)
	}
	return s, err
}

// order reads an order; false: there is none.
func (g *Gateway) order(ctx context.Context, id string) (order, bool, error) {
	var o order
	err := g.api.get(ctx, "/v2/checkout/orders/"+url.PathEscape(id), &o)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusNotFound && r.name != "" {
		return o, false, nil
	}
	if err == nil {
		err = o.check(id)
	}
	return o, err == nil, err
}

// check reports whether an answer is the order that was asked for, or any at all with no id.
func (o order) check(id string) error {
	if !idShape.MatchString(o.ID) || id != "" && o.ID != id || len(o.Units) != 1 {
		return fmt.Errorf("%w: order %.60q", errUnreadable, id)
	}
	return nil
}

// reserve authorizes an order that its buyer has approved, under a key that is the order's. Where
// PayPal refuses, the buyer may approve it once more in another way, so that nothing is over.
func (g *Gateway) reserve(ctx context.Context, o order) (order, error) {
	var after order
	err := g.api.post(ctx, "/v2/checkout/orders/"+url.PathEscape(o.ID)+"/authorize", o.ID+"-authorize", nil, &after)
	switch {
	case err == nil && after.check(o.ID) == nil && len(after.Units[0].Payments.Authorizations) > 0 && after.Units[0].Custom != "":
		return after, nil
	case err != nil && failed(err).Status != process.Declined:
		return o, err
	}
	again, known, err := g.order(ctx, o.ID) // as it is now
	if err == nil && !known {
		err = errUnreadable
	}
	return again, err
}

// told is what an event told beside the order.
type told struct{ batch, capture string }

const mark = "+" // stands in no id

// withOrder is the id under which what was told can be looked up.
func (t told) withOrder(id string) string {
	return strings.Join([]string{id, t.batch, t.capture}, mark)
}

// orderOf takes such an id, or that of an order, apart. The order of a capture is asked for;
// empty: there is none.
func (g *Gateway) orderOf(ctx context.Context, id string) (string, told, error) {
	parts := append(strings.Split(id, mark), "", "")
	id, t := parts[0], told{parts[1], parts[2]}
	for _, part := range []string{id, t.batch, t.capture} {
		if part != "" && !idShape.MatchString(part) {
			return "", t, fmt.Errorf("paypal: %.60q is not an id", part)
		}
	}
	if id != "" || t.capture == "" {
		return id, t, nil
	}
	var c capture
	err := g.api.get(ctx, "/v2/payments/captures/"+url.PathEscape(t.capture), &c)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusNotFound && r.name != "" {
		return "", t, nil
	}
	if id = c.Related.IDs.Order; err == nil && id != "" && !idShape.MatchString(id) {
		err = errUnreadable
	}
	return id, t, err
}
