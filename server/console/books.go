package console

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/server/web"
)

// holding are the accounts whose money is held for a deal now.
var holding = []string{string(ledger.Escrow), string(ledger.Frozen)}

// balances is what the page of the books shows.
type balances struct {
	Rows  []balance
	Sums  []money.Amount // of all rows, a currency each; all are zero in sound books
	Fees  []orchestrator.BookTotal
	At    time.Time // the moment that was asked for; zero: now
	Check orchestrator.BookCheck
	Real  time.Time // of the machine, by which the check is timed
}

// balance is what an account has, with the way to what is behind it.
type balance struct {
	orchestrator.BookTotal
	Path string
}

// instant reads a time of UTC as browsers and people write it.
func instant(name, text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() > 0 {
			return at.UTC(), nil
		}
	}
	return time.Time{}, web.Invalid("invalid_time", name, "%s must be a day or a time of UTC, such as 2026-03-31 or 2026-03-31 08:00", name)
}

func (f face) books(v visit) error {
	ctx := v.Request.Context()
	b := balances{Real: f.Door.Now()}
	var err error
	if text := v.Query("at"); text != "" {
		if b.At, err = instant("at", text); err != nil {
			return err
		}
	}
	totals, err := f.Sums.BookTotals(ctx, v.Community, b.At)
	if err != nil {
		return err
	}
	if b.Check, err = f.Sums.BookCheck(ctx, v.Community); err != nil {
		return err
	}
	if b.Fees, err = f.Sums.BookMonths(ctx, v.Community, ledger.Fees); err != nil {
		return err
	}
	for _, total := range totals {
		b.Rows = append(b.Rows, balance{total, entriesPath(total, b.At)})
	}
	if b.Sums, err = added(totals, func(orchestrator.BookTotal) bool { return true }); err != nil {
		return err
	}
	sentence, err := b.sentence(ctx, totals)
	if err != nil {
		return err
	}
	return f.show(v, v.say("Books"), sentence, booksPage(b))
}

// given is the moment as the form has it.
func (b balances) given() string {
	if b.At.IsZero() {
		return ""
	}
	return b.At.Format("2006-01-02 15:04")
}

// endOf is when a month ends.
func endOf(month string) time.Time {
	begins, err := time.Parse("2006-01", month)
	if err != nil {
		return time.Time{} // of entries without a time
	}
	return begins.AddDate(0, 1, 0)
}

// added is the sum of totals, a currency each in the order of their names.
func added(totals []orchestrator.BookTotal, which func(orchestrator.BookTotal) bool) ([]money.Amount, error) {
	sums := map[money.Currency]int64{}
	for _, t := range totals {
		if !which(t) {
			continue
		}
		sum, err := money.AddMinor(sums[t.Amount.Currency()], t.Amount.Minor())
		if err != nil {
			return nil, err
		}
		sums[t.Amount.Currency()] = sum
	}
	var all []money.Amount
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, money.New(sums[c], c))
	}
	return all, nil
}

// sentence answers whether the books are right, and what is held.
func (b balances) sentence(ctx context.Context, totals []orchestrator.BookTotal) (string, error) {
	say := saying(ctx)
	held, err := added(totals, func(t orchestrator.BookTotal) bool { return slices.Contains(holding, t.Account) && !t.Amount.IsZero() })
	if err != nil {
		return "", err
	}
	what := say("nothing")
	for i, a := range held {
		if i == 0 {
			what = grouped(ctx, a)
		} else {
			what += say(" and ") + grouped(ctx, a)
		}
	}
	if !b.At.IsZero() {
		return say("Before %s Handsel held %s; %s.", exact(b.At), what, b.zero(say)), nil
	}
	if len(held) > 0 {
		what += b.deals(say)
	}
	return say("Handsel holds %s; %s and %s, %s.", what, b.zero(say), b.chain(say), b.checked(say)), nil
}

// deals says for how many money is held. They are looked at now and the money was counted before, so that there may be none.
func (b balances) deals(say sayer) string {
	switch n := b.Check.Holding; {
	case n == 0:
		return ""
	case n == 1:
		return " " + say("for one deal")
	case n > orchestrator.MaxHolding:
		return " " + say("for more than %s deals", thousands(strconv.Itoa(orchestrator.MaxHolding)))
	default:
		return " " + say("for %s deals", thousands(strconv.Itoa(n)))
	}
}

func (b balances) zero(say sayer) string {
	for _, sum := range b.Sums {
		if !sum.IsZero() {
			return say("the entries do not sum to zero: run handsel doctor, and move no money until the cause is known")
		}
	}
	return say("all entries sum to zero")
}

func (b balances) chain(say sayer) string {
	switch {
	case b.Check.Broken != "":
		return say("the chain is broken")
	case b.Check.Seals == 0:
		return say("nothing is sealed yet")
	}
	return say("the chain is unbroken")
}

func (b balances) checked(say sayer) string {
	switch {
	case b.Check.CountedAt.IsZero():
		return say("not counted yet")
	case b.Check.Behind:
		return say("and not all entries are counted yet")
	}
	return say("checked %s ago", span(max(b.Real.Sub(b.Check.CountedAt), 0)))
}

// thousands parts the digits of a number by commas.
func thousands(number string) string {
	whole, rest, cut := strings.Cut(number, ".")
	start := strings.IndexFunc(whole, func(r rune) bool { return r >= '0' && r <= '9' })
	for i := len(whole) - 3; start >= 0 && i > start; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if cut {
		whole += "." + rest
	}
	return whole
}

// grouped is an amount as a sentence has it.
func grouped(ctx context.Context, a money.Amount) string {
	number, unit, _ := strings.Cut(amount(ctx, a), " ")
	return thousands(number) + " " + unit
}

// everyones are what the accounts of a kind are called that stand together.
func everyones(ctx context.Context) map[string]string {
	return map[string]string{
		string(ledger.Authorized): say(ctx, "reserved for deals"), string(ledger.Escrow): say(ctx, "held for deals"), string(ledger.PaidOut): say(ctx, "paid out to sellers"),
		string(ledger.PayoutDue): say(ctx, "payouts due to sellers"), string(ledger.Available): say(ctx, "balances of users"), string(ledger.Frozen): say(ctx, "set aside by users for deals"),
		string(ledger.Debt): say(ctx, "owed by sellers"),
	}
}

// entitled names an account of the sums for people.
func entitled(ctx context.Context, name string) string {
	a, err := ledger.ParseAccount(name)
	if err != nil {
		return cmp.Or(everyones(ctx)[name], plainly(name))
	}
	return inWords(ctx, a)
}
