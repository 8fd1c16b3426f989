package process

import "time"

// After is due a fixed time after the state was entered.
func After(wait time.Duration, text string) Due {
	return Due{Text: text + " after entering the state", At: func(_ Deal, entered time.Time) (time.Time, bool) {
		return entered.Add(wait), true
	}}
}

// AtDeadline is due at an instant that the gateway announced, or a fixed time
// after entering the state where it announced none.
func AtDeadline(name Deadline, otherwise time.Duration, text string) Due {
	return Due{Text: text, At: func(d Deal, entered time.Time) (time.Time, bool) {
		if at, ok := d.Deadlines[name]; ok {
			return at, true
		}
		return entered.Add(otherwise), true
	}}
}

// Day is 24 hours, whatever the calendar says.
const Day = 24 * time.Hour

// Before is due some time before another timer, if that is still to come when
// the state is entered.
func Before(other Due, lead time.Duration, text string) Due {
	return Due{Text: text, At: func(d Deal, entered time.Time) (time.Time, bool) {
		at, ok := other.At(d, entered)
		due := at.Add(-lead)
		return due, ok && due.After(entered)
	}}
}

// Part is due when a part of the wait for another timer has passed, in percent.
func Part(other Due, percent time.Duration, text string) Due {
	return Due{Text: text, At: func(d Deal, entered time.Time) (time.Time, bool) {
		at, ok := other.At(d, entered)
		due := entered.Add(at.Sub(entered) / 100 * percent)
		return due, ok && due.After(entered)
	}}
}

// AutomaticConfirmation is due a day after the end of a booking, else the
// transaction's own number of days after the state was entered.
var AutomaticConfirmation = Due{
	Text: "1 day after the booking's end, else the transaction's automatic confirmation days after entering the state",
	At: func(d Deal, entered time.Time) (time.Time, bool) {
		if !d.BookingEnd.IsZero() {
			return DayAfter(d.BookingEnd), true
		}
		return entered.Add(time.Duration(d.ConfirmAfterDays) * Day), d.ConfirmAfterDays > 0
	},
}

// DayAfter is a calendar day later in the instant's own zone, which for the end of a
// booking is the listing's: also where that day has 23 or 25 hours.
func DayAfter(t time.Time) time.Time { return t.AddDate(0, 0, 1) }

// Announced is a deadline of the deal, where it has one.
func Announced(name Deadline) Due {
	return Due{
		Text: "the deal's deadline " + string(name),
		At: func(d Deal, _ time.Time) (time.Time, bool) {
			at, ok := d.Deadlines[name]
			return at, ok
		},
	}
}

// StaffReminder tells operators of what only they can end, first after a wait, then
// every second day until it is over: money never rests where nobody is told of it.
func StaffReminder(name TimerName, wait time.Duration, text string, in ...State) Timer {
	return Timer{Name: name, In: in, Due: After(wait, text), Remind: true, Staff: true, Repeat: 2 * Day}
}

// Overdue alarms the operators when money has waited for them for 30 days. Our choice.
func Overdue(in ...State) Timer {
	return Timer{Name: "overdue", In: in, Due: After(30*Day, "30 days"), Remind: true, Staff: true, Alarm: true}
}
