// Package settlement is what preauthorize and postpay have alike: how a deal ends whose
// money is held.
package settlement

import (
	"slices"
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

	RefundPart        process.Transition = "refund_part"
	RefundAfterPayout process.Transition = "refund_after_payout"
	RefundReturned    process.Transition = "refund_returned"
	PayAgain          process.Transition = "pay_again"
)

// States in which a paid deal ends, the same in preauthorize and postpay. The
// labels are those of the customer's transaction document.
const (
	Paid      process.State = "paid"
	Confirmed process.State = "confirmed"
	Canceled  process.State = "canceled"
	Disputed  process.State = "disputed"
	Settling  process.State = "settling"
	Returning process.State = "returning"
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
		{Name: Canceled, Money: process.HoldsEscrow, OpenEnded: "an operator decides who gets the money", Dispute: true},
		{Name: Disputed, Money: process.HoldsEscrow, OpenEnded: "the payer's bank decides", Dispute: true},
		{Name: Settling, Money: process.HoldsEscrow, OpenEnded: "the rest could not be paid out at once; an operator tries again or gives it back"},
		{Name: Returning, Money: process.HoldsEscrow, OpenEnded: "the payout was taken back and could not be refunded at once; an operator tries again or pays the payee again"},
		{Name: Confirmed, Label: "completed", Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
		{Name: Refunded, Terminal: true, Money: process.HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
		{Name: Dismissed, Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
		{Name: Settled, Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
	}
}

// Rules settle a deal whose money is in escrow. Cancelling freezes it, and
// it leaves only when an operator has said to whom.
func Rules() []process.Rule {
	return slices.Concat(process.LossRules(Confirmed, Refunded, Dismissed, Settled), process.PayoutRules(Confirmed, Dismissed, Settled), process.UndueRules(Confirmed, Refunded, Dismissed, Settled), returning(), []process.Rule{
		{
			Name: Complete, From: []process.State{Paid}, To: Confirmed, By: []process.Role{process.Starter, process.Operator, process.Clock},
			Verb: process.Transfer, Observe: process.FactTransferred, Effect: process.PayOut,
		},
		{
			Name: RefundPart, From: []process.State{Paid}, To: Paid, By: []process.Role{process.Operator},
			Input: []process.Input{process.RefundInput, process.SameRefund, process.ReasonInput}, Guards: []process.Guard{process.PartOfHeld},
			Verb: process.Refund, Observe: process.FactRefundedInPart, Effect: process.RefundPart,
			Doc: "a part goes back to the payer, as often as need be, and the deal goes on with the rest",
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
			Input: []process.Input{process.RefundInput, process.ReleaseInput, process.ReasonInput}, Guards: []process.Guard{process.Unsplit, process.WholeSplit, process.PartOfHeld},
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
			Name: Dispute, From: []process.State{Paid, Canceled, Settling, Returning}, To: Disputed, By: []process.Role{process.Gateway},
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
	})
}

// returning refunds a deal whose payee was paid: what they got is taken back first, then it goes
// to the payer. Between the two the money is held, and nothing else can be done with it.
func returning() []process.Rule {
	return []process.Rule{
		{
			Name: RefundAfterPayout, From: []process.State{Confirmed, Dismissed, Settled}, To: Returning, By: []process.Role{process.Operator},
			Input: []process.Input{process.NeededReason}, Guards: []process.Guard{process.PayoutReturnable},
			Verb: process.Reverse, Observe: process.FactPayoutReturned, Effect: process.ReturnPayout,
			Forgets: []process.Fact{process.FactTransferred},
			Doc:     "what the payee was paid is taken back, then it goes back to the payer",
		},
		{
			Name: RefundReturned, From: []process.State{Returning}, To: Refunded, By: []process.Role{process.Clock, process.Operator},
			Verb: process.Refund, Observe: process.FactRefunded, Effect: process.RefundPayer,
		},
		{
			Name: PayAgain, From: []process.State{Returning}, To: Dismissed, By: []process.Role{process.Operator},
			Input: []process.Input{process.NeededReason}, Verb: process.Transfer, Observe: process.FactTransferred, Effect: process.PayOut,
			Doc: "the payer cannot be refunded, so the payee is paid again",
		},
	}
}

// Timers are those of these states.
func Timers() []process.Timer {
	return []process.Timer{
		{Name: "automatic_confirmation", In: []process.State{Paid}, Due: process.AutomaticConfirmation, Then: Complete},
		{Name: "confirm_reminder", In: []process.State{Paid}, Due: confirmReminder, Remind: true},
		process.StaffReminder("operator_reminder", process.Day, "1 day", Canceled, Disputed, Settling, Returning),
		process.Overdue(Canceled, Disputed, Settling, Returning),
		evidenceReminder("evidence_due_in_3_days", 3*process.Day, "3 days before evidence is due"),
		evidenceReminder("evidence_due_in_1_day", process.Day, "1 day before evidence is due"),
		{Name: "poll", In: []process.State{Disputed}, Due: process.After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		{Name: "refund_returned", In: []process.State{Returning}, Due: process.After(0, "at once"), Then: RefundReturned},
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
