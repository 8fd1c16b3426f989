package process

import "time"

// States in which a paid deal ends, the same in preauthorize and postpay. The
// labels are those of the customer's transaction document.
const (
	Paid      State = "paid"
	Confirmed State = "confirmed"
	Canceled  State = "canceled"
	Disputed  State = "disputed"
	Settling  State = "settling"
	Settled   State = "settled"
	Refunded  State = "refunded"
	Dismissed State = "dismissed"
)

// paidStates are the states from payment to the end.
func paidStates() []StateInfo {
	return []StateInfo{
		{Name: Paid, Money: HoldsEscrow},
		{Name: Canceled, Money: HoldsEscrow, OpenEnded: "an operator decides who gets the money"},
		{Name: Disputed, Money: HoldsEscrow, OpenEnded: "the payer's bank decides"},
		{Name: Settling, Money: HoldsEscrow, OpenEnded: "the rest could not be paid out at once; an operator tries again or gives it back"},
		{Name: Confirmed, Label: "completed", Terminal: true, Money: HoldsNothing, Reviews: true, ChatOpen: true},
		{Name: Refunded, Terminal: true, Money: HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
		{Name: Dismissed, Terminal: true, Money: HoldsNothing, Reviews: true, ChatOpen: true},
		{Name: Settled, Terminal: true, Money: HoldsNothing, Reviews: true, ChatOpen: true},
	}
}

// paidRules settle a deal whose money is in escrow. Cancelling freezes it, and
// it leaves only when an operator has said to whom.
func paidRules() []Rule {
	return append(lossRules(Confirmed, Refunded, Dismissed, Settled), []Rule{
		{
			Name: "complete", From: []State{Paid}, To: Confirmed, By: []Role{Starter, Operator, Clock},
			Verb: Transfer, Observe: FactTransferred, Effect: PayOut,
		},
		{
			Name: "cancel", From: []State{Paid}, To: Canceled, By: []Role{Starter, Operator}, Sets: FactCanceled,
			Input: []Input{reasonInput},
			Doc:   "freezes the money until an operator refunds, dismisses or splits",
		},
		{
			Name: "refund", From: []State{Canceled}, To: Refunded, By: []Role{Operator},
			Input: []Input{reasonInput}, Verb: Refund, Observe: FactRefunded, Effect: RefundPayer,
		},
		{
			Name: "dismiss", From: []State{Canceled}, To: Dismissed, By: []Role{Operator},
			Input: []Input{reasonInput}, Verb: Transfer, Observe: FactTransferred, Effect: PayOut,
		},
		{
			Name: "split", From: []State{Canceled}, To: Settling, By: []Role{Operator},
			Input: []Input{refundInput, releaseInput, reasonInput}, Guards: []Guard{unsplit, wholeSplit},
			Verb: Refund, Observe: FactRefundedInPart, Effect: RefundPart, Sets: FactSplit,
			Doc: "a part goes back to the payer, then the rest to the payee",
		},
		{
			Name: "settle_rest", From: []State{Settling}, To: Settled, By: []Role{Clock, Operator},
			Verb: Transfer, Observe: FactTransferred, Effect: PayOut,
		},
		{
			Name: "refund_rest", From: []State{Settling}, To: Settled, By: []Role{Operator},
			Input: []Input{reasonInput}, Verb: Refund, Observe: FactRestRefunded, Effect: RefundPayer,
			Doc: "the payee cannot be paid, so the rest goes back to the payer too",
		},
		{
			Name: "dispute", From: []State{Paid, Canceled, Settling}, To: Disputed, By: []Role{Gateway},
			Observe: FactDisputeOpened, Doc: "the payer asked their bank for the money",
		},
		{
			Name: "win_dispute", From: []State{Disputed}, To: Canceled, By: []Role{Gateway},
			Observe: FactDisputeWon, Forgets: []Fact{FactDisputeOpened, FactDisputeWon}, Doc: "the bank left the money here; an operator decides who gets it",
		},
		{
			Name: "lose_dispute", From: []State{Disputed}, To: Refunded, By: []Role{Gateway},
			Observe: FactDisputeLost, Effect: LoseHeld, Doc: "the bank gave the money back to the payer",
		},
	}...)
}

func paidTimers() []Timer {
	return []Timer{
		{Name: "automatic_confirmation", In: []State{Paid}, Due: automaticConfirmation, Then: "complete"},
		{Name: "confirm_reminder", In: []State{Paid}, Due: confirmReminder, Remind: true},
		staffReminder("operator_reminder", day, "1 day", Canceled, Disputed, Settling),
		overdue(Canceled, Disputed, Settling),
		evidenceReminder("evidence_due_in_3_days", 3*day, "3 days before evidence is due"),
		evidenceReminder("evidence_due_in_1_day", day, "1 day before evidence is due"),
		{Name: "poll", In: []State{Disputed}, Due: After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		{Name: "settle_rest", In: []State{Settling}, Due: After(0, "at once"), Then: "settle_rest"},
	}
}

// paymentPoll looks a payment up soon after its page was opened: the gateway's message
// may be lost.
func paymentPoll(in ...State) Timer {
	return Timer{Name: "payment_poll", In: in, Due: After(time.Minute, "1 minute"), Repeat: 15 * time.Minute}
}

// evidenceReminder tells operators that evidence about a dispute must be at the gateway
// soon, where the gateway says until when.
func evidenceReminder(name TimerName, before time.Duration, text string) Timer {
	return Timer{Name: name, In: []State{Disputed}, Due: Before(announced(EvidenceDeadline), before, text), Remind: true, Staff: true}
}

// staffReminder tells operators of what only they can end, first after a wait, then
// every second day until it is over: money never rests where nobody is told of it.
func staffReminder(name TimerName, wait time.Duration, text string, in ...State) Timer {
	return Timer{Name: name, In: in, Due: After(wait, text), Remind: true, Staff: true, Repeat: 2 * day}
}

// overdue alarms the operators when money has waited for them for 30 days. Our choice.
func overdue(in ...State) Timer {
	return Timer{Name: "overdue", In: in, Due: After(30*day, "30 days"), Remind: true, Staff: true, Alarm: true}
}

// confirmReminder is due two days before the automatic confirmation of a deal
// without a booking; with one there is no reminder, as in the customer's original.
var confirmReminder = Due{
	Text: "2 days before the automatic confirmation of a deal without a booking",
	At: func(d Deal, entered time.Time) (time.Time, bool) {
		return entered.Add(time.Duration(d.ConfirmAfterDays-2) * day), d.BookingEnd.IsZero() && d.ConfirmAfterDays > 2
	},
}
