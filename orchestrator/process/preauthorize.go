package process

import "time"

// States of preauthorize before payment. The labels are those of the customer's
// transaction document.
const (
	PreInitiated      State = "initiated"
	PreActionRequired State = "action_required"
	PreAbandoned      State = "abandoned"
	PrePreauthorized  State = "preauthorized"
	PrePendingExt     State = "pending_ext"
	PreCaptureFailed  State = "capture_failed"
	PreErrored        State = "errored"
	PreRejected       State = "rejected"
)

// Preauthorize1 reserves the buyer's money when the deal is opened and takes it
// when the author accepts.
func Preauthorize1() *Process {
	return &Process{
		Name: "preauthorize", Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "The buyer's money is reserved first and taken when the author accepts.",
		States: append([]StateInfo{
			{Name: PreInitiated, Money: HoldsNothing},
			{Name: PreActionRequired, Money: HoldsNothing},
			{Name: PrePreauthorized, Money: HoldsAuthorized},
			{Name: PrePendingExt, Money: HoldsAuthorized, OpenEnded: "the gateway holds the capture back; an operator may give it up"},
			{Name: PreCaptureFailed, Label: "errored", Money: HoldsAuthorized},
			{Name: PreAbandoned, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
			{Name: PreErrored, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
			{Name: PreRejected, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
		}, paidStates()...),
		Rules:  append(append(preOpening(), preDeciding()...), paidRules()...),
		Timers: append(preTimers(), paidTimers()...),
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

func preTimers() []Timer {
	return []Timer{
		{Name: "payment_window", In: []State{PreInitiated}, Due: After(time.Hour, "1 hour"), Then: "abandon"},
		{Name: "action_window", In: []State{PreActionRequired}, Due: After(15*time.Minute, "15 minutes"), Then: "abandon"},
		paymentPoll(PreInitiated, PreActionRequired),
		{Name: "hold_expiry", In: []State{PrePreauthorized}, Due: holdExpiry, Then: "expire"},
		{Name: "hold_warning", In: []State{PrePreauthorized}, Due: Part(holdExpiry, 80, "80 % of the time until the reservation is dropped"), Remind: true},
		{Name: "decision_reminder", In: []State{PrePreauthorized}, Due: Before(holdExpiry, day, "1 day before the reservation is dropped"), Remind: true},
		{Name: "poll", In: []State{PrePendingExt}, Due: After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		staffReminder("operator_reminder", 3*day, "3 days", PrePendingExt),
		overdue(PrePendingExt),
		{Name: "drop_hold", In: []State{PreCaptureFailed}, Due: After(0, "at once"), Then: "drop_hold"},
	}
}

func preOpening() []Rule {
	return []Rule{
		{
			Name: "create", To: PrePreauthorized, During: PreInitiated, By: []Role{Starter},
			Input: paymentInputs(), Guards: []Guard{differentPeople, bothParties, payerOpens, pricePositive},
			Verb: Authorize, Observe: FactAuthorized, Effect: Hold,
			Else: map[Status]Branch{
				RequiresAction: {To: PreActionRequired},
				Pending:        {To: PreInitiated},
				Declined:       {To: PreAbandoned},
			},
		},
		{
			Name: "authorize", From: []State{PreInitiated, PreActionRequired}, To: PrePreauthorized, By: []Role{Gateway},
			Observe: FactAuthorized, Effect: Hold, Doc: "the buyer approved the payment",
		},
		{
			Name: "abandon", From: []State{PreInitiated, PreActionRequired}, To: PreAbandoned, By: []Role{Clock, Gateway},
			Verb: Void, Observe: FactVoided, Doc: "nobody paid in time",
		},
		{
			Name: "cancel", From: []State{PreInitiated, PreActionRequired}, To: PreAbandoned, By: []Role{Starter, Operator},
			Verb: Void, Observe: FactVoided, Doc: "the buyer gives up before paying",
		},
	}
}

func preDeciding() []Rule {
	return []Rule{
		{
			Name: "complete_preauthorization", From: []State{PrePreauthorized}, To: Paid, By: []Role{Author, Operator, Gateway},
			Verb: Capture, Observe: FactCaptured, Effect: PostHold,
			Else: map[Status]Branch{
				Pending:  {To: PrePendingExt},
				Declined: {To: PreCaptureFailed},
			},
			Doc: "the author accepts and the reserved money is taken",
		},
		{
			Name: "reject", From: []State{PrePreauthorized}, To: PreRejected, By: []Role{Author, Operator, Gateway},
			Verb: Void, Observe: FactVoided, Effect: Unhold,
		},
		{
			Name: "withdraw", From: []State{PrePreauthorized}, To: PreRejected, By: []Role{Starter},
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the buyer withdraws before the author decides",
		},
		{
			Name: "expire", From: []State{PrePreauthorized}, To: PreRejected, By: []Role{Clock},
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the author did not decide in time",
		},
		{Name: "settle", From: []State{PrePendingExt}, To: Paid, By: []Role{Gateway}, Observe: FactCaptured, Effect: PostHold},
		{
			Name: "deny", From: []State{PrePendingExt}, To: PreRejected, By: []Role{Operator, Gateway},
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the capture that the gateway held back failed",
		},
		{
			Name: "drop_hold", From: []State{PreCaptureFailed}, To: PreErrored, By: []Role{Clock, Operator, Gateway},
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the capture failed, so the reservation is dropped",
		},
	}
}
