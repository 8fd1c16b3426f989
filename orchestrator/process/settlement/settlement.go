// Package settlement is what preauthorize and postpay have alike: how a deal ends whose
// money is held.
package settlement

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Transitions of a paid deal.
const (
	Complete    process.Transition = "complete"
	Cancel      process.Transition = "cancel"
	Refund      process.Transition = "refund"
	Dismiss     process.Transition = "dismiss"
	Split       process.Transition = "split"
	SettleRest  process.Transition = "settle_rest"
	RefundRest  process.Transition = "refund_rest"
	Dispute     process.Transition = "dispute"
	WinDispute  process.Transition = "win_dispute"
	LoseDispute process.Transition = "lose_dispute"
)

// States in which a paid deal ends, the same in preauthorize and postpay. The
// labels are those of the customer's transaction document.
const (
	Paid      process.State = "paid"
	Confirmed process.State = "confirmed"
	Canceled  process.State = "canceled"
	Disputed  process.State = "disputed"
	Settling  process.State = "settling"
	Settled   process.State = "settled"
	Refunded  process.State = "refunded"
	Dismissed process.State = "dismissed"
)

// FactCanceled is that the deal was called off.
const FactCanceled process.Fact = "canceled"

// Facts is what the facts of this part mean.
func Facts() map[process.Fact]process.Meaning {
	return map[process.Fact]process.Meaning{FactCanceled: {Own: []process.Effect{process.Nothing}, By: []process.Role{process.Starter, process.Author, process.Operator}}}
}

// States are the states from payment to the end.
func States() []process.StateInfo {
	return []process.StateInfo{
		{Name: Paid, Money: process.HoldsEscrow},
		{Name: Canceled, Money: process.HoldsEscrow, OpenEnded: "an operator decides who gets the money"},
		{Name: Disputed, Money: process.HoldsEscrow, OpenEnded: "the payer's bank decides"},
		{Name: Settling, Money: process.HoldsEscrow, OpenEnded: "the rest could not be paid out at once; an operator tries again or gives it back"},
		{Name: Confirmed, Label: "completed", Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
		{Name: Refunded, Terminal: true, Money: process.HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
		{Name: Dismissed, Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
		{Name: Settled, Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
	}
}

// Rules settle a deal whose money is in escrow. Cancelling freezes it, and
// it leaves only when an operator has said to whom.
func Rules() []process.Rule {
	return append(process.LossRules(Confirmed, Refunded, Dismissed, Settled), []process.Rule{
		{
			Name: Complete, From: []process.State{Paid}, To: Confirmed, By: []process.Role{process.Starter, process.Operator, process.Clock},
			Verb: process.Transfer, Observe: process.FactTransferred, Effect: process.PayOut,
		},
		{
			Name: Cancel, From: []process.State{Paid}, To: Canceled, By: []process.Role{process.Starter, process.Operator}, Sets: FactCanceled,
			Input: []process.Input{process.ReasonInput},
			Doc:   "freezes the money until an operator refunds, dismisses or splits",
		},
		{
			Name: Refund, From: []process.State{Canceled}, To: Refunded, By: []process.Role{process.Operator},
			Input: []process.Input{process.ReasonInput}, Verb: process.Refund, Observe: process.FactRefunded, Effect: process.RefundPayer,
		},
		{
			Name: Dismiss, From: []process.State{Canceled}, To: Dismissed, By: []process.Role{process.Operator},
			Input: []process.Input{process.ReasonInput}, Verb: process.Transfer, Observe: process.FactTransferred, Effect: process.PayOut,
		},
		{
			Name: Split, From: []process.State{Canceled}, To: Settling, By: []process.Role{process.Operator},
			Input: []process.Input{process.RefundInput, process.ReleaseInput, process.ReasonInput}, Guards: []process.Guard{process.Unsplit, process.WholeSplit},
			Verb: process.Refund, Observe: process.FactRefundedInPart, Effect: process.RefundPart, Sets: process.FactSplit,
			Doc: "a part goes back to the payer, then the rest to the payee",
		},
		{
			Name: SettleRest, From: []process.State{Settling}, To: Settled, By: []process.Role{process.Clock, process.Operator},
			Verb: process.Transfer, Observe: process.FactTransferred, Effect: process.PayOut,
		},
		{
			Name: RefundRest, From: []process.State{Settling}, To: Settled, By: []process.Role{process.Operator},
			Input: []process.Input{process.ReasonInput}, Verb: process.Refund, Observe: process.FactRestRefunded, Effect: process.RefundPayer,
			Doc: "the payee cannot be paid, so the rest goes back to the payer too",
		},
		{
			Name: Dispute, From: []process.State{Paid, Canceled, Settling}, To: Disputed, By: []process.Role{process.Gateway},
			Observe: process.FactDisputeOpened, Doc: "the payer asked their bank for the money",
		},
		{
			Name: WinDispute, From: []process.State{Disputed}, To: Canceled, By: []process.Role{process.Gateway},
			Observe: process.FactDisputeWon, Forgets: []process.Fact{process.FactDisputeOpened, process.FactDisputeWon}, Doc: "the bank left the money here; an operator decides who gets it",
		},
		{
			Name: LoseDispute, From: []process.State{Disputed}, To: Refunded, By: []process.Role{process.Gateway},
			Observe: process.FactDisputeLost, Effect: process.LoseHeld, Doc: "the bank gave the money back to the payer",
		},
	}...)
}

// Timers are those of these states.
func Timers() []process.Timer {
	return []process.Timer{
		{Name: "automatic_confirmation", In: []process.State{Paid}, Due: process.AutomaticConfirmation, Then: Complete},
		{Name: "confirm_reminder", In: []process.State{Paid}, Due: confirmReminder, Remind: true},
		process.StaffReminder("operator_reminder", process.Day, "1 day", Canceled, Disputed, Settling),
		process.Overdue(Canceled, Disputed, Settling),
		evidenceReminder("evidence_due_in_3_days", 3*process.Day, "3 days before evidence is due"),
		evidenceReminder("evidence_due_in_1_day", process.Day, "1 day before evidence is due"),
		{Name: "poll", In: []process.State{Disputed}, Due: process.After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		{Name: "settle_rest", In: []process.State{Settling}, Due: process.After(0, "at once"), Then: SettleRest},
	}
}

// evidenceReminder tells operators that evidence about a dispute must be at the gateway
// soon, where the gateway says until when.
func evidenceReminder(name process.TimerName, before time.Duration, text string) process.Timer {
	return process.Timer{Name: name, In: []process.State{Disputed}, Due: process.Before(process.Announced(process.EvidenceDeadline), before, text), Remind: true, Staff: true}
}

// confirmReminder is due two days before the automatic confirmation of a deal
// without a booking; with one there is no reminder, as in the customer's original.
var confirmReminder = process.Due{
	Text: "2 days before the automatic confirmation of a deal without a booking",
	At: func(d process.Deal, entered time.Time) (time.Time, bool) {
		return entered.Add(time.Duration(d.ConfirmAfterDays-2) * process.Day), d.BookingEnd.IsZero() && d.ConfirmAfterDays > 2
	},
}

// PaymentPoll looks a payment up soon after its page was opened: the gateway's message
// may be lost.
func PaymentPoll(in ...process.State) process.Timer {
	return process.Timer{Name: "payment_poll", In: in, Due: process.After(time.Minute, "1 minute"), Repeat: 15 * time.Minute}
}

// PaymentInputs are how the payer pays: a token that stands for a card, and where
// the gateway's page leads back to.
func PaymentInputs() []process.Input {
	return []process.Input{
		{Name: "payment_method"}, {Name: "cardholder_name"}, {Name: "success_url"}, {Name: "cancel_url"}, {Name: "merchant_brand_logo_url"},
	}
}
