package braintree

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

const convertQuery = `query Convert($id: ID!) { idFromLegacyId(legacyId: $id, type: TRANSACTION) }`

const nodeQuery = `query Payment($id: ID!) { node(id: $id) { __typename ...payment } }` + selection

const searchQuery = `query Payments($input: TransactionSearchInput!, $after: String) {
  search { transactions(input: $input, first: 50, after: $after) { edges { node { ...payment } } pageInfo { hasNextPage endCursor } } }
}` + selection

type byID struct {
	ID string `json:"id"`
}

// criteria are what a search looks for.
type criteria struct {
	OrderID   *exactly `json:"orderId,omitempty"`
	CreatedAt *window  `json:"createdAt,omitempty"`
}

type exactly struct {
	Is string `json:"is"`
}

// window takes in both of its ends.
type window struct {
	From time.Time `json:"greaterThanOrEqualTo"`
	To   time.Time `json:"lessThanOrEqualTo"`
}

// Lookup reads a payment with all that followed it, by its id, or finds it by the order id, which is our reference.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	var p payment
	var found bool
	var err error
	switch {
	case ref.PaymentID != "":
		p, found, err = g.payment(ctx, ref.PaymentID)
	case ref.Reference != "":
		p, found, err = g.search(ctx, ref.Reference)
	default:
		err = errors.New("braintree: neither a payment id nor a reference to look up")
	}
	if err != nil || !found {
		return orchestrator.Snapshot{}, err
	}
	return g.snapshot(p, ref.Booked)
}

// payment reads one by its legacy id.
func (g *Gateway) payment(ctx context.Context, legacy string) (payment, bool, error) {
	if !legacyShape.MatchString(legacy) {
		return payment{}, false, fmt.Errorf("braintree: %q is not an id of a payment", legacy)
	}
	var converted struct {
		ID string `json:"idFromLegacyId"`
	}
	if err := g.api.call(ctx, convertQuery, byID{legacy}, &converted); err != nil {
		return payment{}, false, err
	}
	p, found, err := g.node(ctx, converted.ID)
	if found && p.LegacyID != legacy {
		return payment{}, false, fmt.Errorf("%w: another payment than %s", errUnreadable, legacy)
	}
	return p, found, err
}

// node reads a payment by its global id.
func (g *Gateway) node(ctx context.Context, id string) (payment, bool, error) {
	if !globalShape.MatchString(id) {
		return payment{}, false, errUnreadable
	}
	var out struct {
		Node *struct {
			Type string `json:"__typename"`
			payment
		} `json:"node"`
	}
	err := g.api.call(ctx, nodeQuery, byID{id}, &out)
	var r *refusal
	switch {
	case errors.As(err, &r) && r.class == "NOT_FOUND":
		return payment{}, false, nil
	case err != nil:
		return payment{}, false, err
	case out.Node == nil:
		return payment{}, false, nil
	case out.Node.Type != "Transaction" || out.Node.ID != id:
		return payment{}, false, errUnreadable
	}
	return out.Node.payment, true, nil
}

// search finds the payment with an order id. A later one may have been rejected as a duplicate, so the one that took or holds
// money counts, and among those the oldest.
func (g *Gateway) search(ctx context.Context, reference string) (best payment, found bool, err error) {
	for p, err := range g.pages(ctx, criteria{OrderID: &exactly{reference}}) {
		if err != nil {
			return payment{}, false, err
		}
		if p.OrderID == reference && (!found || alive(p) || !alive(best)) {
			best, found = p, true
		}
	}
	return best, found, nil
}

// alive reports whether a payment holds or took money, or may yet.
func alive(p payment) bool {
	_, submitted := p.event(isSubmitted)
	return p.Status == isAuthorizing || p.Status == isAuthorized || captured(p.Status) || p.Status == isVoided && submitted
}

// maxPages bounds a search: more are cut off with an error, never silently.
const maxPages = 2_000

// pages are all payments that a search finds, newest first.
func (g *Gateway) pages(ctx context.Context, wanted criteria) iter.Seq2[payment, error] {
	return func(yield func(payment, error) bool) {
		var after *string
		for range maxPages {
			var out struct {
				Search struct {
					Transactions *struct {
						Edges []struct {
							Node payment `json:"node"`
						} `json:"edges"`
						Info struct {
							More bool   `json:"hasNextPage"`
							End  string `json:"endCursor"`
						} `json:"pageInfo"`
					} `json:"transactions"`
				} `json:"search"`
			}
			err := g.api.call(ctx, searchQuery, struct {
				Input criteria `json:"input"`
				After *string  `json:"after"`
			}{wanted, after}, &out)
			if err == nil && out.Search.Transactions == nil {
				err = errUnreadable
			}
			if err != nil {
				yield(payment{}, err)
				return
			}
			for _, e := range out.Search.Transactions.Edges {
				if !yield(e.Node, nil) {
					return
				}
			}
			if !out.Search.Transactions.Info.More {
				return
			}
			after = &out.Search.Transactions.Info.End
		}
		yield(payment{}, errors.New("braintree: a search finds too many payments"))
	}
}

// Payments lists all payments that were made in [from, to). It pays no sellers, so nothing was released.
func (g *Gateway) Payments(ctx context.Context, from, to time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		for p, err := range g.pages(ctx, criteria{CreatedAt: &window{from.UTC(), to.UTC()}}) {
			line := orchestrator.StatementLine{}
			if err == nil {
				line, err = g.line(p)
			}
			if err == nil && !line.MadeAt.Before(to) {
				continue
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

func (g *Gateway) line(p payment) (orchestrator.StatementLine, error) {
	line := orchestrator.StatementLine{Reference: p.OrderID, MadeAt: timeOf(p.CreatedAt)}
	s, err := g.snapshot(p, nil)
	if err != nil {
		return line, err
	}
	line.Snapshot, line.Captured, line.Refunded = s, s.Totals.Captured, s.Totals.Refunded
	return line, nil
}
