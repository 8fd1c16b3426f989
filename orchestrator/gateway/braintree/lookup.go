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
		p, found, err = g.reading().find(ctx, ref.PaymentID)
	case ref.Reference != "":
		p, found, err = g.reading().search(ctx, ref.Reference)
	default:
		err = errors.New("braintree: neither a payment id nor a reference to look up")
	}
	if err != nil || !found {
		return orchestrator.Snapshot{}, err
	}
	return g.snapshot(p, ref.Booked)
}

func (a *api) find(ctx context.Context, legacy string) (payment, bool, error) {
	if !legacyShape.MatchString(legacy) {
		return payment{}, false, fmt.Errorf("braintree: %q is not an id of a payment", legacy)
	}
	var converted struct {
		ID string `json:"idFromLegacyId"`
	}
	if err := a.call(ctx, convertQuery, byID{legacy}, &converted); err != nil {
		return payment{}, false, err
	}
	p, found, err := a.node(ctx, converted.ID)
	if found && p.LegacyID != legacy {
		return payment{}, false, fmt.Errorf("%w: another payment than %s", errUnreadable, legacy)
	}
	return p, found, err
}

// node reads a payment by its global id.
func (a *api) node(ctx context.Context, id string) (payment, bool, error) {
	if !globalShape.MatchString(id) {
		return payment{}, false, errUnreadable
	}
	var out struct {
		Node *struct {
			Type string `json:"__typename"`
			payment
		} `json:"node"`
	}
	err := a.call(ctx, nodeQuery, byID{id}, &out)
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

func (a *api) search(ctx context.Context, reference string) (payment, bool, error) {
	return best(ctx, a.pages(ctx, criteria{OrderID: &exactly{reference}}), reference)
}

func (a *api) first(ctx context.Context, p payment, reference string) (original payment, repeats bool, err error) {
	last, _ := p.event(isRejected)
	if p.Status != isRejected || last.DuplicateOf.OrderID != reference || last.DuplicateOf.ID == "" {
		return payment{}, false, nil
	}
	original, found, err := a.node(ctx, last.DuplicateOf.ID)
	if err == nil && !found {
		err = errUnreadable
	}
	return original, true, err
}

func (a *api) between(ctx context.Context, from, to time.Time) iter.Seq2[payment, error] {
	return a.pages(ctx, criteria{CreatedAt: &window{from.UTC(), to.UTC()}})
}

// alive reports whether a payment holds or took money, or may yet.
func alive(p payment) bool {
	_, submitted := p.event(isSubmitted)
	return p.Status == isAuthorizing || p.Status == isAuthorized || captured(p.Status) || p.Status == isVoided && submitted
}

// maxPages bounds a search: more are cut off with an error, never silently.
const maxPages = 2_000

// pages are all payments that a search finds, newest first.
func (a *api) pages(ctx context.Context, wanted criteria) iter.Seq2[payment, error] {
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
			err := a.call(ctx, searchQuery, struct {
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

// Payments lists all payments that were made in [from, to).
func (g *Gateway) Payments(ctx context.Context, from, to time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		for p, err := range g.reading().between(ctx, from, to) {
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
	line.Snapshot, line.Captured, line.Refunded, line.Released = s, s.Totals.Captured, s.Totals.Refunded, s.Totals.Released
	return line, nil
}
