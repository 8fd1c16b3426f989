package native

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// statementOut is what deals brought a seller, oldest first. Sums are minor units; what is
// taken away is below zero.
type statementOut struct {
	SellerID string         `json:"seller_id"`
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"` // not included
	Entries  []statementRow `json:"entries"`
	Totals   []statementSum `json:"totals"` // one per currency
}

type statementRow struct {
	At            time.Time `json:"at"`
	TransactionID string    `json:"transaction_id"`
	Number        int64     `json:"number"`
	Kind          string    `json:"kind"` // what happened: pay_out, settle_payout, return_payout, take_back …
	statementSum
}

// statementSum is what changed: what was paid to the seller, what is due to them, and (below
// zero) what they owe.
type statementSum struct {
	Currency string `json:"currency"`
	PaidOut  int64  `json:"paid_out"`
	Due      int64  `json:"due"`
	Debt     int64  `json:"debt"`
}

func (n face) statement(c *gin.Context, who deal.Caller) error {
	user, err := ofSeller(c, who)
	if err != nil {
		return err
	}
	query, err := web.Parameters(c, "from", "to", "format")
	if err != nil {
		return err
	}
	f := orchestrator.SellerFilter{CommunityID: who.Community(), Seller: user}
	if f.From, err = instant("from", query["from"]); err != nil {
		return err
	}
	if f.To, err = instant("to", query["to"]); err != nil {
		return err
	}
	format := query["format"]
	if format != "" && format != "json" && format != "csv" {
		return web.Invalid("invalid_format", "format", "format must be json or csv")
	}
	entries, err := n.engine.Statement(c.Request.Context(), f)
	if err != nil {
		return err
	}
	s := statementOut{SellerID: user, From: f.From.UTC(), To: f.To.UTC(), Entries: make([]statementRow, len(entries)), Totals: []statementSum{}}
	for i, e := range entries {
		s.Entries[i] = statementRow{e.At.UTC(), n.IDs.Seal(publicid.Transaction, e.TransactionID), e.TransactionID, e.Kind, statementSum{string(e.Currency), e.PaidOut, e.Due, e.Debt}}
	}
	if s.Totals, err = totalsOf(entries); err != nil {
		return err
	}
	if format == "csv" {
		return sendCSV(c, s)
	}
	return web.Send(c, http.StatusOK, s)
}

// instant reads a time, or a day, which begins in UTC.
func instant(field, text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, web.Invalid("invalid_time", field, "%s must be a time such as 2026-03-01T00:00:00Z, or a day such as 2026-03-01, which begins in UTC", field)
}

// totalsOf adds entries up, per currency in the order in which they come.
func totalsOf(entries []orchestrator.SellerEntry) ([]statementSum, error) {
	sums, at := []statementSum{}, map[money.Currency]int{}
	for _, e := range entries {
		i, known := at[e.Currency]
		if !known {
			i = len(sums)
			at[e.Currency], sums = i, append(sums, statementSum{Currency: string(e.Currency)})
		}
		for _, sum := range []struct {
			to   *int64
			more int64
		}{{&sums[i].PaidOut, e.PaidOut}, {&sums[i].Due, e.Due}, {&sums[i].Debt, e.Debt}} {
			var err error
			if *sum.to, err = money.AddMinor(*sum.to, sum.more); err != nil {
				return nil, err
			}
		}
	}
	return sums, nil
}

// sendCSV answers with the entries of a statement, a line each below a heading.
func sendCSV(c *gin.Context, s statementOut) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"at", "transaction_id", "number", "kind", "currency", "paid_out", "due", "debt"}}
	decimal := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, r := range s.Entries {
		rows = append(rows, []string{r.At.Format(time.RFC3339Nano), r.TransactionID, decimal(r.Number), r.Kind, r.Currency, decimal(r.PaidOut), decimal(r.Due), decimal(r.Debt)})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="statement.csv"`)
	web.LeaveTurn(c)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	return nil
}
