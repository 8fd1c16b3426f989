package console

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/server/web"
)

// entriesPath leads to the postings behind a sum: those before a time, or with a zero one all.
func entriesPath(t orchestrator.BookTotal, before time.Time) string {
	q := url.Values{"account": {t.Account}, "currency": {string(t.Amount.Currency())}}
	if !before.IsZero() {
		q.Set("before", place{At: before}.String())
	}
	return entries + "?" + q.Encode()
}

// place is where a page of postings begins: behind this one.
type place orchestrator.BookLine

// String is the place as a page's address has it.
func (p place) String() string {
	return fmt.Sprintf("%d.%d.%d.%d", p.At.UnixMicro(), p.TransactionID, p.Revision, p.Line)
}

func placeIn(text string) (*orchestrator.BookLine, error) {
	parts := strings.Split(text, ".")
	numbers := make([]int64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil || len(parts) != 4 || n < 0 || i == 0 && n > lastMicro {
			return nil, web.Invalid("invalid_cursor", "before", "before must be that of an earlier page")
		}
		numbers[i] = n
	}
	return &orchestrator.BookLine{At: time.UnixMicro(numbers[0]).UTC(), TransactionID: numbers[1], Revision: numbers[2], Line: numbers[3]}, nil
}

// lastMicro is the end of the year 9998: both databases know times of before.
var lastMicro = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

// alone are the kinds whose accounts have pages of their own. What is behind another account of one deal or user is
// on the page of the deal, or in the user's statement.
var alone = []ledger.Kind{ledger.Outside, ledger.Fees, ledger.Platform, ledger.Losses, ledger.Available, ledger.Frozen}

// entered is what the page of postings shows.
type entered struct {
	Lines         []enteredLine
	Account, Next string
	Now           time.Time
}

type enteredLine struct {
	orchestrator.BookLine
	Deal string // path
}

func (f face) entries(v visit) error {
	filter := orchestrator.BookFilter{CommunityID: v.Community, Account: v.Query("account"), Currency: money.Currency(v.Query("currency")), Limit: perPage}
	a, err := ledger.ParseAccount(filter.Account)
	if _, together := everyones(v.Request.Context())[filter.Account]; !together && (err != nil || !slices.Contains(alone, a.Kind)) {
		return web.Invalid("unknown_kind", "account", "account must be a kind of account such as escrow, or an account such as fees:stripe; begin at the page of the books")
	}
	if text := v.Query("before"); text != "" {
		if filter.Before, err = placeIn(text); err != nil {
			return err
		}
	}
	lines, err := f.Sums.BookLines(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	page := entered{Account: filter.Account, Now: f.Engine.Now()}
	for _, l := range lines {
		page.Lines = append(page.Lines, enteredLine{l, f.path(l.TransactionID)})
	}
	if len(lines) == perPage {
		page.Next = entries + "?" + url.Values{"account": {filter.Account}, "currency": {string(filter.Currency)}, "before": {place(lines[perPage-1]).String()}}.Encode()
	}
	return f.show(v, v.say("Entries"), page.sentence(v, filter), entriesPage(page))
}

func (p entered) sentence(v visit, f orchestrator.BookFilter) string {
	of := v.say("%s, in %s", entitled(v.Request.Context(), f.Account), f.Currency)
	switch n := len(p.Lines); {
	case n == 0:
		return v.say("No entries: %s.", of)
	case p.Next != "":
		return v.say("%d entries, the newest first; there are more: %s.", n, of)
	case n == 1:
		return v.say("One entry: %s.", of)
	default:
		return v.say("%d entries, the newest first: %s.", n, of)
	}
}
