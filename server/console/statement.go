package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// statementDays is how far back a statement goes that says no time.
const statementDays = 30

// statementOf is what a page shows of a user as somebody who is paid, and who has a balance here.
type statementOf struct {
	User, From, To, CSV string
	Lines               []statementLine
	Totals, Balances    []statementSum
	Now                 time.Time
}

type statementLine struct {
	orchestrator.SellerEntry
	Deal string // path
	statementSum
}

// statementSum is what was paid to a seller, what is due to them, and what they owe (below zero); of a balance, what
// is available and what is set aside.
type statementSum struct {
	PaidOut, Due, Debt, Available, Frozen money.Amount
}

func sumOf(e orchestrator.SellerEntry) statementSum {
	return statementSum{PaidOut: money.New(e.PaidOut, e.Currency), Due: money.New(e.Due, e.Currency), Debt: money.New(e.Debt, e.Currency)}
}

// span of a query: a time that is not given is the default.
func between(v visit, from, to time.Time) (time.Time, time.Time, error) {
	for _, end := range []struct {
		name string
		at   *time.Time
	}{{"from", &from}, {"to", &to}} {
		text := v.Query(end.name)
		if text == "" {
			continue
		}
		at, err := instant(end.name, text)
		if err != nil {
			return from, to, err
		}
		*end.at = at
	}
	return from, to, nil
}

func (f face) statement(v visit) error {
	user, ctx := v.Query("user"), v.Request.Context()
	if err := web.UserID("user", &user); err != nil {
		return err
	}
	today := f.Engine.Now().UTC().Truncate(24 * time.Hour)
	from, to, err := between(v, today.AddDate(0, 0, -statementDays), today.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	all, err := f.Engine.Statement(ctx, orchestrator.SellerFilter{CommunityID: v.Community, Seller: user, From: from, To: to})
	if err != nil {
		return err
	}
	if v.Query("format") == "csv" {
		return f.statementCSV(v, all)
	}
	s := statementOf{User: user, From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Now: f.Engine.Now()}
	s.CSV = statement + "?" + url.Values{"user": {user}, "from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}, "format": {"csv"}}.Encode()
	if s.Totals, err = statementTotals(all); err != nil {
		return err
	}
	for _, e := range all {
		s.Lines = append(s.Lines, statementLine{e, f.path(e.TransactionID), sumOf(e)})
	}
	if s.Balances, err = f.balancesOf(v, user); err != nil {
		return err
	}
	return f.show(v, v.say("Statement"), s.sentence(v.Request.Context()), statementPage(s))
}

// statementTotals adds entries up, a currency each in the order in which they come.
func statementTotals(all []orchestrator.SellerEntry) ([]statementSum, error) {
	var sums []statementSum
	at := map[money.Currency]int{}
	for _, e := range all {
		i, known := at[e.Currency]
		if !known {
			i = len(sums)
			at[e.Currency], sums = i, append(sums, statementSum{})
		}
		more := sumOf(e)
		for _, add := range []struct {
			to   *money.Amount
			more money.Amount
		}{{&sums[i].PaidOut, more.PaidOut}, {&sums[i].Due, more.Due}, {&sums[i].Debt, more.Debt}} {
			sum, err := add.to.Add(add.more)
			if err != nil {
				return nil, err
			}
			*add.to = sum
		}
	}
	return sums, nil
}

// balancesOf is what a user has on our own ledger.
func (f face) balancesOf(v visit, user string) ([]statementSum, error) {
	found, err := f.People.Balances(v.Request.Context(), v.Community, user)
	all := make([]statementSum, len(found))
	for i, b := range found {
		all[i] = statementSum{Available: b.Available, Frozen: b.Frozen}
	}
	return all, err
}

func (s statementOf) sentence(ctx context.Context) string {
	say := saying(ctx)
	if len(s.Lines) == 0 {
		return say("Nothing was paid to %s, or became due, from %s until before %s.", s.User, s.From, s.To)
	}
	text := ""
	for i, sum := range s.Totals {
		if i > 0 {
			text += say(" and ")
		}
		text += grouped(ctx, sum.PaidOut)
	}
	return say("%s was paid %s from %s until before %s.", s.User, text, s.From, s.To)
}

func (f face) statementCSV(v visit, all []orchestrator.SellerEntry) error {
	out := newTable(v, "statement", "at", "deal", "number", "entry", "currency", "paid_out_minor", "due_minor", "debt_minor", "paid_out", "due", "debt")
	for _, e := range all {
		sum := sumOf(e)
		out.row(e.At.UTC().Format(time.RFC3339Nano), f.sealedDeal(e.TransactionID), strconv.FormatInt(e.TransactionID, 10), safe(e.Kind), safe(string(e.Currency)),
			strconv.FormatInt(e.PaidOut, 10), strconv.FormatInt(e.Due, 10), strconv.FormatInt(e.Debt, 10), f.plainNumber(sum.PaidOut), f.plainNumber(sum.Due), f.plainNumber(sum.Debt))
	}
	return out.end()
}

// attached says that what follows is a file.
func attached(v visit, name, kind string) {
	v.Header("Content-Type", kind+"; charset=utf-8")
	v.Header("Content-Disposition", `attachment; filename="`+name+`"`)
	v.Status(http.StatusOK)
}
