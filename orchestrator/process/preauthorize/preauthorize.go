// Package preauthorize is a deal whose money is reserved first and taken when the author
// accepts.
package preauthorize

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Name is how transactions name the process.
const Name = "preauthorize"

// Transitions of preauthorize.
const (
	Authorize                process.Transition = "authorize"
	Abandon                  process.Transition = "abandon"
	Cancel                   process.Transition = "cancel" // before anything is paid; afterwards it is settlement.Cancel
	CompletePreauthorization process.Transition = "complete_preauthorization"
	Reject                   process.Transition = "reject"
	Withdraw                 process.Transition = "withdraw"
	Expire                   process.Transition = "expire"
	Settle                   process.Transition = "settle"
	Deny                     process.Transition = "deny"
	DropHold                 process.Transition = "drop_hold"
)

// States of preauthorize before payment. The labels are those of the customer's
// transaction document.
const (
	Initiated      process.State = "initiated"
	ActionRequired process.State = "action_required"
	Abandoned      process.State = "abandoned"
	Preauthorized  process.State = "preauthorized"
	PendingExt     process.State = "pending_ext"
	CaptureFailed  process.State = "capture_failed"
	Errored        process.State = "errored"
	Rejected       process.State = "rejected"
)

// V1 reserves the buyer's money when the deal is opened and takes it
// when the author accepts.
func V1() *process.Process {
	return &process.Process{
		Name: Name, Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "The buyer's money is reserved first and taken when the author accepts.",
		States: append([]process.StateInfo{
			{Name: Initiated, Money: process.HoldsNothing},
			{Name: ActionRequired, Money: process.HoldsNothing},
			{Name: Preauthorized, Money: process.HoldsAuthorized},
			{Name: PendingExt, Money: process.HoldsAuthorized, OpenEnded: "the gateway holds the capture back; an operator may give it up"},
			{Name: CaptureFailed, Label: "errored", Money: process.HoldsAuthorized},
			{Name: Abandoned, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{Name: Errored, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{Name: Rejected, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
		}, settlement.States()...),
		Facts:  settlement.Facts(),
		Words:  words(),
		Rules:  append(append(opening(), deciding()...), settlement.Rules()...),
		Timers: append(timers(), settlement.Timers()...),
		Improvements: []string{
			"A cancelled deal keeps the money in escrow until an operator has really moved it; its predecessor only changed a label.",
			"A capture that fails always drops the reservation, and says so.",
			"The buyer may withdraw before the author has decided.",
			"A payment that was begun and never finished is voided at the gateway before the deal is given up.",
			"A capture that the gateway holds back is asked for again every six hours, and operators get a reminder after three days and every second day from then on.",
			"The deadline of a reservation is the gateway's own, not a number of days assumed here.",
		},
	}
}

func timers() []process.Timer {
	return []process.Timer{
		{Name: "payment_window", In: []process.State{Initiated}, Due: process.After(time.Hour, "1 hour"), Then: Abandon},
		{Name: "action_window", In: []process.State{ActionRequired}, Due: process.After(15*time.Minute, "15 minutes"), Then: Abandon},
		settlement.PaymentPoll(Initiated, ActionRequired),
		{Name: "hold_expiry", In: []process.State{Preauthorized}, Due: holdExpiry, Then: Expire},
		{Name: "hold_warning", In: []process.State{Preauthorized}, Due: process.Part(holdExpiry, 80, "80 % of the time until the reservation is dropped"), Remind: true},
		{Name: "decision_reminder", In: []process.State{Preauthorized}, Due: process.Before(holdExpiry, process.Day, "1 day before the reservation is dropped"), Remind: true},
		{Name: "poll", In: []process.State{PendingExt}, Due: process.After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		process.StaffReminder("operator_reminder", 3*process.Day, "3 days", PendingExt),
		process.Overdue(PendingExt),
		{Name: "drop_hold", In: []process.State{CaptureFailed}, Due: process.After(0, "at once"), Then: DropHold},
	}
}

func opening() []process.Rule {
	return []process.Rule{
		{
			Name: process.Create, To: Preauthorized, During: Initiated, By: []process.Role{process.Starter},
			Input: settlement.PaymentInputs(), Guards: []process.Guard{process.DifferentPeople, process.BothParties, process.PayerOpens, process.PricePositive},
			Verb: process.Authorize, Observe: process.FactAuthorized, Effect: process.Hold,
			Else: map[process.Status]process.Branch{
				process.RequiresAction: {To: ActionRequired},
				process.Pending:        {To: Initiated},
				process.Declined:       {To: Abandoned},
			},
		},
		{
			Name: Authorize, From: []process.State{Initiated, ActionRequired}, To: Preauthorized, By: []process.Role{process.Gateway},
			Observe: process.FactAuthorized, Effect: process.Hold, Doc: "the buyer approved the payment",
		},
		{
			Name: Abandon, From: []process.State{Initiated, ActionRequired}, To: Abandoned, By: []process.Role{process.Clock, process.Gateway},
			Verb: process.Void, Observe: process.FactVoided, Doc: "nobody paid in time",
		},
		{
			Name: Cancel, From: []process.State{Initiated, ActionRequired}, To: Abandoned, By: []process.Role{process.Starter, process.Operator},
			Verb: process.Void, Observe: process.FactVoided, Doc: "the buyer gives up before paying",
		},
	}
}

func deciding() []process.Rule {
	return []process.Rule{
		{
			Name: CompletePreauthorization, From: []process.State{Preauthorized}, To: settlement.Paid, By: []process.Role{process.Author, process.Operator, process.Gateway},
			Verb: process.Capture, Observe: process.FactCaptured, Effect: process.PostHold,
			Else: map[process.Status]process.Branch{
				process.Pending:  {To: PendingExt},
				process.Declined: {To: CaptureFailed},
			},
			Doc: "the author accepts and the reserved money is taken",
		},
		{
			Name: Reject, From: []process.State{Preauthorized}, To: Rejected, By: []process.Role{process.Author, process.Operator, process.Gateway},
			Verb: process.Void, Observe: process.FactVoided, Effect: process.Unhold,
		},
		{
			Name: Withdraw, From: []process.State{Preauthorized}, To: Rejected, By: []process.Role{process.Starter},
			Verb: process.Void, Observe: process.FactVoided, Effect: process.Unhold, Doc: "the buyer withdraws before the author decides",
		},
		{
			Name: Expire, From: []process.State{Preauthorized}, To: Rejected, By: []process.Role{process.Clock},
			Verb: process.Void, Observe: process.FactVoided, Effect: process.Unhold, Doc: "the author did not decide in time",
		},
		{Name: Settle, From: []process.State{PendingExt}, To: settlement.Paid, By: []process.Role{process.Gateway}, Observe: process.FactCaptured, Effect: process.PostHold},
		{
			Name: Deny, From: []process.State{PendingExt}, To: Rejected, By: []process.Role{process.Operator, process.Gateway},
			Verb: process.Void, Observe: process.FactVoided, Effect: process.Unhold, Doc: "the capture that the gateway held back failed",
		},
		{
			Name: DropHold, From: []process.State{CaptureFailed}, To: Errored, By: []process.Role{process.Clock, process.Operator, process.Gateway},
			Verb: process.Void, Observe: process.FactVoided, Effect: process.Unhold, Doc: "the capture failed, so the reservation is dropped",
		},
	}
}

// holdExpiry is due ten minutes before the reservation lapses (three days where
// the gateway announced nothing), or a day after a booking's end if that is earlier.
var holdExpiry = process.Due{
	Text: "10 minutes before the gateway's capture deadline (3 days if it has none), or 1 day after the booking's end if earlier",
	At: func(d process.Deal, entered time.Time) (time.Time, bool) {
		due := entered.Add(3*process.Day - 10*time.Minute)
		if before, ok := d.Deadlines[process.CaptureBefore]; ok {
			due = before.Add(-10 * time.Minute)
		}
		if after := process.DayAfter(d.BookingEnd); !d.BookingEnd.IsZero() && after.Before(due) {
			due = after
		}
		return due, true
	},
}
