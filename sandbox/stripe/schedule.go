package stripe

import (
	"strconv"
	"strings"
	"time"
)

// The intervals of automatic payouts. The first is the usual one.
const (
	daily   = "daily"
	weekly  = "weekly"
	monthly = "monthly"
	manual  = "manual"
)

// interval is how often an account is paid out.
func (a *account) interval() string {
	if a.Interval == "" {
		return daily
	}
	return a.Interval
}

// payable reports whether payouts can be made: the account is set up, and a bank account takes them.
func (a *account) payable() bool { return a.Enabled && !a.overdue() && a.bankFor("") != nil }

// scheduleView is settings.payouts of an account.
func (a *account) scheduleView() object {
	schedule := object{"delay_days": 2, "interval": a.interval()}
	switch a.interval() {
	case weekly:
		schedule["weekly_anchor"] = strings.ToLower(a.weekday().String())
	case monthly:
		schedule["monthly_anchor"] = a.monthday()
	}
	return object{"debit_negative_balances": false, "schedule": schedule, "statement_descriptor": nil}
}

func (a *account) weekday() time.Weekday {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), a.Anchor) {
			return d
		}
	}
	return time.Monday
}

func (a *account) monthday() int {
	if n, err := strconv.Atoi(a.Anchor); err == nil {
		return n
	}
	return 1
}

// readSchedule takes over settings.payouts.schedule.
func (c *call) readSchedule(a *account) *Error {
	const prefix = "settings[payouts][schedule]"
	interval, err := c.form.oneOf(prefix+"[interval]", daily, weekly, monthly, manual)
	if err != nil {
		return err
	}
	day, err := c.form.oneOf(prefix+"[weekly_anchor]", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
	if err != nil {
		return err
	}
	of, err := c.form.integer(prefix+"[monthly_anchor]", 1)
	if err != nil {
		return err
	}
	if of < 1 || of > 31 {
		return malformed("", prefix+"[monthly_anchor]", "This value must be from 1 to 31.")
	}
	switch {
	case interval == weekly && day == "":
		return missing(prefix + "[weekly_anchor]")
	case interval == monthly && !c.form.has(prefix+"[monthly_anchor]"):
		return missing(prefix + "[monthly_anchor]")
	case interval == weekly:
		a.Anchor = day
	case interval == monthly:
		a.Anchor = strconv.FormatInt(of, 10)
	}
	if interval != "" {
		a.Interval = interval
	}
	return nil
}

// payDay is the first midnight, UTC, that is not before t and on which an account is paid out.
func (a *account) payDay(t time.Time) time.Time {
	day := t.UTC().Truncate(24 * time.Hour)
	if day.Before(t) {
		day = day.AddDate(0, 0, 1)
	}
	for ; ; day = day.AddDate(0, 0, 1) {
		last := day.AddDate(0, 0, 1).Day() == 1
		switch {
		case a.interval() == weekly && day.Weekday() != a.weekday():
		case a.interval() == monthly && day.Day() != a.monthday() && !(last && day.Day() < a.monthday()):
		default:
			return day
		}
	}
}

// planPayout sets the automatic payout of money that an account can have from a time on.
func (s *state) planPayout(a *account, from time.Time) {
	if a.interval() == manual {
		return
	}
	due := a.payDay(from)
	if !a.PayAt.IsZero() && !a.PayAt.After(due) {
		return
	}
	a.PayAt = due
	s.planned(a)
}

func (s *state) planned(a *account) {
	due := a.PayAt
	a.Timer = s.Timers.Set(due, func(at time.Time) {
		if !a.PayAt.Equal(due) {
			return // another day was set since
		}
		a.PayAt = time.Time{}
		s.payOut(a, at)
	})
}

// payOut sends all that an account can have to its bank account, a payout for each currency, and notes what is in it. What
// comes later gets a day of its own.
func (s *state) payOut(a *account, at time.Time) {
	var next time.Time
	sums, parts := map[string]int64{}, map[string][]*entry{}
	var currencies []string
	for _, n := range s.Entries.All {
		switch {
		case n.Account != a.ID || n.Payout != "":
			continue
		case n.Available.After(at):
			if next.IsZero() || n.Available.Before(next) {
				next = n.Available
			}
			continue
		case parts[n.Currency] == nil:
			currencies = append(currencies, n.Currency)
		}
		sums[n.Currency] += n.net()
		parts[n.Currency] = append(parts[n.Currency], n)
	}
	if !next.IsZero() {
		s.planPayout(a, next)
	}
	if a.interval() == manual || !a.payable() {
		return
	}
	for _, currency := range currencies {
		if sums[currency] <= 0 {
			continue
		}
		p := &payout{Account: a.ID, Status: payoutPending, Amount: sums[currency], Currency: currency, Automatic: true, Description: "STRIPE PAYOUT", Created: at}
		s.send(p, a.bankFor(currency), self(at))
		for _, n := range append(parts[currency], p.Entry) {
			n.Payout = p.ID
		}
	}
}
