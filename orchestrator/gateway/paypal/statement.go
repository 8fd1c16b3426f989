package paypal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// A report is about 31 days at most and holds 10,000 rows at most (official API). One that would
// hold more is refused, and shorter ones are asked for.
const (
	longest     = 31 * 24 * time.Hour
	shortest    = time.Minute
	reportPage  = 500
	reportPages = 20
	tooMany     = "RESULTSET_TOO_LARGE"
)

type report struct {
	Rows []struct {
		Info reportRow `json:"transaction_info"`
	} `json:"transaction_details"`
	Pages int `json:"total_pages"`
}

type reportRow struct {
	ID            string  `json:"transaction_id"`
	Reference     string  `json:"paypal_reference_id"`
	ReferenceKind string  `json:"paypal_reference_id_type"`
	Event         string  `json:"transaction_event_code"`
	Made          string  `json:"transaction_initiation_date"`
	Amount        *amount `json:"transaction_amount"`
	Custom        string  `json:"custom_field"`
}

// Payments lists what PayPal's report shows as taken from payers in [from, to). The report is up
// to three hours late. It names payments and what was taken, and not what became of it: a look
// tells. The app needs the right to search transactions.
func (g *Gateway) Payments(ctx context.Context, from, to time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		span := longest
		for begin := from.UTC(); begin.Before(to); {
			end := begin.Add(span)
			if end.After(to) {
				end = to.UTC()
			}
			switch more, err := g.list(ctx, begin, end, yield); {
			case isTooMany(err) && span > shortest:
				span /= 2
			case err != nil:
				yield(orchestrator.StatementLine{}, err)
				return
			case !more:
				return
			default:
				begin = end
			}
		}
	}
}

// list yields the payments of one report; false: no more are wanted. The error is of the report.
func (g *Gateway) list(ctx context.Context, from, to time.Time, yield func(orchestrator.StatementLine, error) bool) (more bool, err error) {
	for row, err := range g.rows(ctx, from, to) {
		if err != nil {
			return false, err
		}
		if line, err := g.line(ctx, row); err != nil || line.MadeAt.Before(to) {
			if !yield(line, err) {
				return false, nil
			}
		}
	}
	return true, nil
}

func isTooMany(err error) bool {
	refused := (*refusal)(nil)
	return errors.As(err, &refused) && refused.name == tooMany
}

// rows are those of a report that are payments. After an error there are no more.
func (g *Gateway) rows(ctx context.Context, from, to time.Time) iter.Seq2[reportRow, error] {
	return func(yield func(reportRow, error) bool) {
		for page, pages := 1, 1; page <= pages; page++ {
			q := url.Values{
				"start_date": {from.Format(time.RFC3339)}, "end_date": {to.Format(time.RFC3339)}, "fields": {"transaction_info"},
				"page_size": {strconv.Itoa(reportPage)}, "page": {strconv.Itoa(page)},
			}
			var r report
			err := g.api.get(ctx, "/v1/reporting/transactions?"+q.Encode(), &r)
			if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusForbidden {
				err = fmt.Errorf("this app may not read reports, so payments that no deal has are not found; enable its feature Transaction search: %w", err)
			}
			if err == nil && r.Pages > reportPages {
				err = fmt.Errorf("%w: a report of %d pages", errUnreadable, r.Pages)
			}
			if err != nil {
				yield(reportRow{}, err)
				return
			}
			pages = r.Pages
			for _, row := range r.Rows {
				if isPayment(row.Info) && !yield(row.Info, nil) {
					return
				}
			}
		}
	}
}

// isPayment: the events T00nn are payments; those below zero are our own, to payees.
func isPayment(r reportRow) bool {
	return strings.HasPrefix(r.Event, "T00") && r.Amount != nil && !strings.HasPrefix(r.Amount.Value, "-")
}

// orderReference is the kind of a reference that is an order.
const orderReference = "ODR"

func (g *Gateway) line(ctx context.Context, r reportRow) (orchestrator.StatementLine, error) {
	line := orchestrator.StatementLine{Reference: r.Custom, MadeAt: timeOf(r.Made)}
	taken, err := r.Amount.fromPayPal()
	if err != nil || !idShape.MatchString(r.ID) {
		return line, fmt.Errorf("%w: report of %.60q", errUnreadable, r.ID)
	}
	line.PaymentID, line.Price, line.Captured = r.ID, taken, taken.Minor()
	switch {
	case r.ReferenceKind == orderReference && idShape.MatchString(r.Reference):
		line.PaymentID = r.Reference
	case r.Custom != "": // only orders of ours bear anything
		id, _, err := g.orderOf(ctx, told{capture: r.ID}.withOrder(""))
		if err != nil {
			return line, err
		}
		if id != "" {
			line.PaymentID = id
		}
	}
	return line, nil
}
