package paypal

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// listBalances shows what the merchant has in each currency that was used.
func (c *call) listBalances() (answer, error) {
	return answer{status: http.StatusOK, body: c.balances()}, nil
}

func (s *state) balances() stage.Members {
	list := []stage.Members{}
	for _, currency := range slices.Sorted(maps.Keys(s.Balance)) {
		m := money{s.available(currency), currency}
		list = append(list, stage.Members{"currency": currency, "total_balance": signed(m), "available_balance": signed(m), "withheld_balance": money{0, currency}.view()})
	}
	return stage.Members{"balances": list, "as_of_time": shown(s.Now()), "account_id": "SANDBOXMERCHANT"}
}

// signed is an amount that may be below zero.
func signed(m money) stage.Members {
	if m.Minor < 0 {
		return stage.Members{"currency_code": m.Currency, "value": "-" + m.of(-m.Minor).value()}
	}
	return m.view()
}

// maxReport is the longest time that a report can be about (official API).
const maxReport = 31 * 24 * time.Hour

// reportTime is how reports print times (official API): a zone without a colon.
const reportTime = "2006-01-02T15:04:05-0700"

// listTransactions lists the captures of a time. The official report lags by up to three hours; this one does not.
func (c *call) listTransactions() (answer, error) {
	from, to, err := c.window("start_date", "end_date")
	if err != nil {
		return answer{}, err
	}
	if to.Sub(from) > maxReport {
		return answer{}, invalid("end_date", "INVALID_PARAMETER_VALUE")
	}
	size, page := number(c, "page_size", 100), number(c, "page", 1)
	rows := []stage.Members{}
	for _, t := range c.Captures.All {
		if t.Created.Before(from) || t.Created.After(to) || t.Status == isDeclined {
			continue
		}
		o, _ := c.Orders.Get(t.Order)
		rows = append(rows, stage.Members{"transaction_info": stage.Members{
			"transaction_id": t.ID, "paypal_reference_id": t.Order, "paypal_reference_id_type": "ODR", "transaction_event_code": "T0006",
			"transaction_initiation_date": t.Created.UTC().Format(reportTime), "transaction_amount": t.Amount.view(), "fee_amount": signed(t.Amount.of(-t.Fee)),
			"transaction_status": stage.Or(t.Status == isPending, "P", "S"), "custom_field": o.Custom, "invoice_id": t.Invoice,
		}})
	}
	total, pages := len(rows), (len(rows)+size-1)/size
	first := min((page-1)*size, total)
	return answer{status: http.StatusOK, body: stage.Members{
		"transaction_details": rows[first:min(first+size, total)], "page": page, "total_items": total, "total_pages": pages,
		"start_date": shown(from), "end_date": shown(to), "last_refreshed_datetime": shown(c.Now()),
	}}, nil
}

// window reads two times of the query; without them it is all time.
func (c *call) window(after, before string) (from, to time.Time, err error) {
	q := c.request.URL.Query()
	to = c.Now().Add(time.Hour)
	for name, at := range map[string]*time.Time{after: &from, before: &to} {
		if text := q.Get(name); text != "" {
			if *at, err = time.Parse(time.RFC3339, text); err != nil {
				return from, to, invalid(name, "INVALID_PARAMETER_SYNTAX")
			}
		}
	}
	return from, to, nil
}

// number is a whole number of the query, at least 1.
func number(c *call, name string, usual int) int {
	n, err := strconv.Atoi(c.request.URL.Query().Get(name))
	if err != nil || n < 1 {
		return usual
	}
	return n
}
