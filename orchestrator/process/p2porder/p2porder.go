// Package p2porder is an order of the exchange: two traders, of whom one pays outside of
// the books.
package p2porder

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Name is how transactions name the process.
const Name = "p2p_order"

// Transitions of p2p_order.
const (
	ConfirmPaid       process.Transition = "confirm_paid"
	Expire            process.Transition = "expire"
	Cancel            process.Transition = "cancel"
	CancelSale        process.Transition = "cancel_sale"
	WithdrawClaim     process.Transition = "withdraw_claim"
	ConfirmReceived   process.Transition = "confirm_received"
	ReleaseEarly      process.Transition = "release_early"
	Close             process.Transition = "close"
	CallOperator      process.Transition = "call_operator"
	Appeal            process.Transition = "appeal"
	Contest           process.Transition = "contest"
	CloseCase         process.Transition = "close_case"
	AgreeToCancel     process.Transition = "agree_to_cancel"
	AgreeToCancelSale process.Transition = "agree_to_cancel_sale"
	CancelTogether    process.Transition = "cancel_together"
	ResolveRelease    process.Transition = "resolve_release"
	ResolveRefund     process.Transition = "resolve_refund"
	ResolveSplit      process.Transition = "resolve_split"
	DefaultRefund     process.Transition = "default_refund"
	DefaultRelease    process.Transition = "default_release"
)

// Reasons of refusals that the exchange puts into words of its own.
const (
	ReasonExpired     = "order_expired"
	ReasonAppealOver  = "appeal_window_over"
	ReasonOtherAgreed = "other_side_agreed"
	ReasonOtherSilent = "other_side_silent"
)

// States of p2p_order. The names are those of the customer's exchange document.
const (
	Pending   process.State = "pending"
	Paid      process.State = "paid_by_buyer"
	Disputed  process.State = "disputed"
	Completed process.State = "completed"
	Revocable process.State = "cancelled_revocable"
	Cancelled process.State = "cancelled"
	Contested process.State = "cancelled_contested"
)

// Facts of p2p_order.
const (
	FactPaidByBuyer       process.Fact = "paid_by_buyer"
	FactReceived          process.Fact = "received" // the seller said that the payment came in
	FactExpired           process.Fact = "expired"
	FactCancelledByBuyer  process.Fact = "cancelled_by_buyer"
	FactCancelledBySeller process.Fact = "cancelled_by_seller"
	FactCancelledByBoth   process.Fact = "cancelled_by_both"
	FactAgreedByBuyer     process.Fact = "cancel_agreed_by_buyer"
	FactAgreedBySeller    process.Fact = "cancel_agreed_by_seller"
	FactDisputed          process.Fact = "disputed"
	FactAppealed          process.Fact = "appealed"
	FactContested         process.Fact = "contested" // appealed, but there was nothing to freeze any more
	FactCaseClosed        process.Fact = "case_closed"
	FactReleased          process.Fact = "released_by_operator"
	FactReturned          process.Fact = "refunded_by_operator"
	FactReturnedByDefault process.Fact = "refunded_by_deadline" // nobody decided the dispute in time
	FactReleasedByDefault process.Fact = "released_by_deadline"
)

// Deadlines of p2p_order, set when the order is opened. Both sides see them.
const (
	// DisputeDeadline is when a dispute of the order is overdue for an operator.
	DisputeDeadline process.Deadline = "dispute"
	// What happens to a dispute that nobody decides: at most one of each pair is set,
	// by the community's rules when the order is opened; without one the balance stays
	// frozen until an operator decides. Appeals have a default of their own.
	DisputeRefund  process.Deadline = "dispute_refund"
	DisputeRelease process.Deadline = "dispute_release"
	AppealRefund   process.Deadline = "appeal_refund"
	AppealRelease  process.Deadline = "appeal_release"
)

// PayGrace is how much later than the pay deadline a payment may still be marked.
// It is the same in the timer and in the rule, so that the answer never depends on
// how late a timer fires. Our choice.
const PayGrace = time.Minute

// ReleaseWindow is how long the seller has to confirm a payment before the order
// becomes a dispute; AppealWindow how long a buyer may call a cancelled order back.
// Our choice.
const (
	ReleaseWindow = 24 * time.Hour
	AppealWindow  = 15 * time.Minute
	releaseLead   = 4 * time.Hour // the seller is reminded so long before ReleaseWindow ends; our choice
)

// V1 freezes the seller's balance while the buyer pays outside of the
// books. Only the seller or an operator gives the money to the buyer; a timer does
// so only where the community has declared it for disputes that nobody decides.
func V1() *process.Process {
	return &process.Process{
		Name: Name, Version: 1, SellerPays: true, Exchange: true, Reopens: true,
		Summary: "Two traders: the seller's balance is frozen, the buyer pays outside, the seller confirms and the balance changes hands.",
		States: []process.StateInfo{
			{Name: Pending, Money: process.HoldsEscrow},
			{Name: Paid, Money: process.HoldsEscrow},
			{Name: Disputed, Money: process.HoldsEscrow, OpenEnded: "an operator decides", Dispute: true},
			{Name: Revocable, Label: "cancelled", Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{
				Name: Contested, Label: "cancelled", Money: process.HoldsNothing, Frees: true, ChatOpen: true,
				OpenEnded: "the buyer says that they paid, and nothing is frozen; an operator looks into it", Dispute: true,
			},
			{Name: Completed, Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
			{Name: Cancelled, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
		},
		Facts: facts(),
		Words: words(),
		Outside: process.Outside{
			Claimed: []process.Fact{FactPaidByBuyer, FactAppealed}, Agreed: []process.Fact{FactAgreedByBuyer}, Declared: declared,
		},
		Samples: disputable,
		Rules:   append(trade(), dispute()...),
		Timers: []process.Timer{
			{Name: "payment_window", In: []process.State{Pending}, Due: payDeadline, Then: Expire, FromNow: true},
			{Name: "payment_due", In: []process.State{Pending}, Due: process.Part(payDeadline, 75, "75 % of the time to pay"), Remind: true},
			{Name: "release_due", In: []process.State{Paid}, Due: process.Before(process.After(ReleaseWindow, ""), releaseLead, "4 hours before an operator is called"), Remind: true},
			{Name: "release_deadline", In: []process.State{Paid}, Due: process.After(ReleaseWindow, "24 hours"), Then: CallOperator},
			{Name: "appeal_window", In: []process.State{Revocable}, Due: process.After(AppealWindow, "15 minutes"), Then: Close},
			process.StaffReminder("operator_reminder", process.Day, "1 day", Disputed, Contested),
			{Name: "dispute_deadline", In: []process.State{Disputed}, Due: process.Announced(DisputeDeadline), Remind: true, Staff: true, Alarm: true},
			{Name: "dispute_refund", In: []process.State{Disputed}, Due: defaultOf(DisputeRefund, AppealRefund), Then: DefaultRefund},
			{Name: "dispute_release", In: []process.State{Disputed}, Due: defaultOf(DisputeRelease, AppealRelease), Then: DefaultRelease},
		},
		Improvements: []string{
			"What is released is the order's own amount, never all that an ad has left.",
			"After the buyer has said that they paid, only they can take that back; a seller cannot cancel under a payment that is on its way.",
			"An order that nobody confirms becomes a dispute after a day: no timer releases or returns money that may have been paid for, unless the community has declared what a dispute that nobody decides ends with.",
			"A dispute has a deadline. Operators are alarmed when it passes.",
			"A buyer whose order expired or was cancelled by the seller may appeal once within 15 minutes.",
			"An appeal against a seller whose balance is gone is kept as a case for an operator; it is not lost.",
		},
	}
}

// facts is what the facts of an order mean: which of them moves what was frozen, and
// who may record it.
func facts() map[process.Fact]process.Meaning {
	still, settles, returns := []process.Effect{process.Nothing}, []process.Effect{process.SettleFrozen}, []process.Effect{process.ReturnFrozen}
	return map[process.Fact]process.Meaning{
		FactPaidByBuyer:       {Own: still, By: []process.Role{process.Buyer}},
		FactReceived:          {Own: settles, By: []process.Role{process.Seller}},
		FactExpired:           {Own: returns, By: []process.Role{process.Clock}},
		FactCancelledByBuyer:  {Own: returns, By: []process.Role{process.Buyer}},
		FactCancelledBySeller: {Own: returns, By: []process.Role{process.Seller}},
		FactCancelledByBoth:   {Own: returns, By: []process.Role{process.Buyer, process.Seller}},
		FactAgreedByBuyer:     {Own: still, By: []process.Role{process.Buyer}},
		FactAgreedBySeller:    {Own: still, By: []process.Role{process.Seller}},
		FactDisputed:          {Own: still, By: []process.Role{process.Buyer, process.Seller, process.Clock}},
		FactAppealed:          {Own: []process.Effect{process.Freeze}, By: []process.Role{process.Buyer}},
		FactContested:         {Own: still, By: []process.Role{process.Buyer}},
		FactCaseClosed:        {Own: still, By: []process.Role{process.Operator}},
		FactReleased:          {Own: settles, By: []process.Role{process.Operator}},
		FactReturned:          {Own: returns, By: []process.Role{process.Operator}},
		FactReleasedByDefault: {Own: settles, By: []process.Role{process.Clock}},
		FactReturnedByDefault: {Own: returns, By: []process.Role{process.Clock}},
	}
}

// declared reports whether the order says since it was opened that its dispute ends so
// when nobody decides it.
func declared(d process.Deal, paid bool) bool {
	name := map[bool]process.Deadline{false: DisputeRefund, true: DisputeRelease}[paid]
	if d.Has(FactAppealed) {
		name = map[bool]process.Deadline{false: AppealRefund, true: AppealRelease}[paid]
	}
	_, ok := d.Deadlines[name]
	return ok && d.State == Disputed
}

// disputable are deals whose disputes end without a decision, in every way that can
// be declared.
func disputable(base process.Deal) []process.Deal {
	var deals []process.Deal
	for _, ends := range [][2]process.Deadline{{DisputeRefund, AppealRelease}, {DisputeRelease, AppealRefund}} {
		base.Deadlines = map[process.Deadline]time.Time{process.PayDeadline: base.EnteredAt.Add(process.Day)}
		for _, name := range append([]process.Deadline{DisputeDeadline}, ends[:]...) {
			base.Deadlines[name] = base.EnteredAt.Add(9 * process.Day)
		}
		deals = append(deals, base)
	}
	return deals
}

func trade() []process.Rule {
	return []process.Rule{
		{
			Name: process.Create, To: Pending, By: []process.Role{process.Starter},
			Guards: []process.Guard{process.DifferentPeople, process.BothParties, process.PricePositive}, Effect: process.Freeze, Doc: "the seller's balance is frozen",
		},
		{
			Name: ConfirmPaid, From: []process.State{Pending}, To: Paid, By: []process.Role{process.Buyer},
			Guards: []process.Guard{payWindowOpen}, Sets: FactPaidByBuyer, Doc: "the buyer says that they have paid",
		},
		{
			Name: Expire, From: []process.State{Pending}, To: Revocable, By: []process.Role{process.Clock},
			Guards: []process.Guard{payWindowOver}, Sets: FactExpired, Effect: process.ReturnFrozen,
		},
		{Name: Cancel, From: []process.State{Pending}, To: Cancelled, By: []process.Role{process.Buyer}, Sets: FactCancelledByBuyer, Effect: process.ReturnFrozen},
		{Name: CancelSale, From: []process.State{Pending}, To: Revocable, By: []process.Role{process.Seller}, Sets: FactCancelledBySeller, Effect: process.ReturnFrozen},
		{
			Name: WithdrawClaim, From: []process.State{Paid}, To: Cancelled, By: []process.Role{process.Buyer},
			Sets: FactCancelledByBuyer, Effect: process.ReturnFrozen, Doc: "the buyer says that they have not paid after all",
		},
		{
			Name: ConfirmReceived, From: []process.State{Paid, Disputed}, To: Completed, By: []process.Role{process.Seller},
			Sets: FactReceived, Effect: process.SettleFrozen, Doc: "the seller has the payment and releases the balance",
		},
		{
			Name: ReleaseEarly, From: []process.State{Pending}, To: Completed, By: []process.Role{process.Seller},
			Sets: FactReceived, Effect: process.SettleFrozen, Doc: "the seller releases before the buyer has marked the payment; only where the exchange allows it",
		},
		{Name: Close, From: []process.State{Revocable}, To: Cancelled, By: []process.Role{process.Clock}},
	}
}

func dispute() []process.Rule {
	return []process.Rule{
		{
			Name: CallOperator, From: []process.State{Paid}, To: Disputed, By: []process.Role{process.Buyer, process.Seller, process.Clock},
			Input: []process.Input{process.ReasonInput}, Sets: FactDisputed,
		},
		{
			Name: Appeal, From: []process.State{Revocable}, To: Disputed, By: []process.Role{process.Buyer},
			Input: []process.Input{process.ReasonInput}, Guards: []process.Guard{appealOpen}, Sets: FactAppealed, Effect: process.Freeze,
			Doc: "the buyer paid although the order expired or was cancelled by the seller; the balance is frozen again",
		},
		{
			Name: Contest, From: []process.State{Revocable}, To: Contested, By: []process.Role{process.Buyer},
			Input: []process.Input{process.ReasonInput}, Guards: []process.Guard{appealOpen}, Sets: FactContested,
			Doc: "an appeal where the seller's balance is gone: the order stays cancelled, and an operator has a case without money",
		},
		{
			Name: CloseCase, From: []process.State{Contested}, To: Cancelled, By: []process.Role{process.Operator},
			Input: []process.Input{process.NeededReason}, Sets: FactCaseClosed,
		},
		{Name: AgreeToCancel, From: []process.State{Disputed}, To: Disputed, By: []process.Role{process.Buyer}, Guards: []process.Guard{sellerSilent}, Sets: FactAgreedByBuyer},
		{
			Name: AgreeToCancelSale, From: []process.State{Disputed}, To: Disputed, By: []process.Role{process.Seller}, Guards: []process.Guard{buyerSilent},
			Sets: FactAgreedBySeller,
		},
		{
			Name: CancelTogether, From: []process.State{Disputed}, To: Cancelled, By: []process.Role{process.Buyer, process.Seller},
			Guards: []process.Guard{otherAgreed}, Sets: FactCancelledByBoth, Effect: process.ReturnFrozen, Doc: "the other side has agreed before",
		},
		{
			Name: ResolveRelease, From: []process.State{Disputed}, To: Completed, By: []process.Role{process.Operator},
			Input: []process.Input{process.NeededReason}, Sets: FactReleased, Effect: process.SettleFrozen,
		},
		{
			Name: ResolveRefund, From: []process.State{Disputed}, To: Cancelled, By: []process.Role{process.Operator},
			Input: []process.Input{process.NeededReason}, Sets: FactReturned, Effect: process.ReturnFrozen,
		},
		{
			Name: ResolveSplit, From: []process.State{Disputed}, To: Completed, By: []process.Role{process.Operator},
			Input: []process.Input{process.RefundInput, process.ReleaseInput, process.NeededReason}, Guards: []process.Guard{process.PriceSplit}, Sets: process.FactSplit, Effect: process.SplitFrozen,
		},
		{
			Name: DefaultRefund, From: []process.State{Disputed}, To: Cancelled, By: []process.Role{process.Clock},
			Guards: []process.Guard{defaultOver("refund", DisputeRefund, AppealRefund)}, Sets: FactReturnedByDefault, Effect: process.ReturnFrozen,
			Doc: "nobody decided in time, and the community has declared that the seller keeps the balance then",
		},
		{
			Name: DefaultRelease, From: []process.State{Disputed}, To: Completed, By: []process.Role{process.Clock},
			Guards: []process.Guard{defaultOver("release", DisputeRelease, AppealRelease)}, Sets: FactReleasedByDefault, Effect: process.SettleFrozen,
			Doc: "nobody decided in time, and the community has declared that the buyer gets the balance then",
		},
	}
}

// payDeadline is the order's own deadline and the grace; an hour where none was set.
var payDeadline = process.Due{
	Text: "1 minute after the order's pay deadline",
	At: func(d process.Deal, entered time.Time) (time.Time, bool) {
		if at, ok := d.Deadlines[process.PayDeadline]; ok {
			return at.Add(PayGrace), true
		}
		return entered.Add(time.Hour), true
	},
}

// defaultOf is when a dispute ends without a decision: an appeal has a default of
// its own, since its buyer did not say in time that they had paid.
func defaultOf(dispute, appeal process.Deadline) process.Due {
	return process.Due{
		Text: "the deal's deadline " + string(dispute) + ", or " + string(appeal) + " after an appeal",
		At: func(d process.Deal, _ time.Time) (time.Time, bool) {
			name := dispute
			if d.Has(FactAppealed) {
				name = appeal
			}
			at, ok := d.Deadlines[name]
			return at, ok
		},
	}
}

// defaultOver refuses to end a dispute before its time, or in a way that was not
// declared.
func defaultOver(outcome string, dispute, appeal process.Deadline) process.Guard {
	due := defaultOf(dispute, appeal)
	return process.Guard{
		Name: "the time to decide is over, and its end is " + outcome, Code: fault.Conflict, Reason: "dispute_open",
		Message: "the time to decide this dispute is not over, or it was not declared to end so",
		Holds: func(d process.Deal, _ process.Command, now time.Time) bool {
			at, ok := due.At(d, d.EnteredAt)
			return ok && !now.Before(at)
		},
	}
}

var (
	payWindowOpen = process.Guard{
		Name: "the payment window is open", Code: fault.Conflict, Reason: ReasonExpired,
		Message: "the time to pay is over; the order is cancelled and the seller's balance returned",
		Holds: func(d process.Deal, _ process.Command, now time.Time) bool {
			at, _ := payDeadline.At(d, d.EnteredAt)
			return now.Before(at)
		},
	}
	payWindowOver = process.Guard{
		Name: "the payment window is over", Code: fault.Conflict, Reason: "payment_window_open",
		Message: "the time to pay is not over yet",
		Holds: func(d process.Deal, _ process.Command, now time.Time) bool {
			at, _ := payDeadline.At(d, d.EnteredAt)
			return !now.Before(at)
		},
	}
	appealOpen = process.Guard{
		Name: "the appeal window is open", Code: fault.Conflict, Reason: ReasonAppealOver,
		Message: "a buyer can appeal once, within 15 minutes after the order expired or the seller cancelled it",
		Holds: func(d process.Deal, _ process.Command, now time.Time) bool {
			return !d.Has(FactAppealed) && now.Before(d.EnteredAt.Add(AppealWindow))
		},
	}
	sellerSilent = process.Guard{
		Name: "the seller has not agreed yet", Code: fault.Conflict, Reason: ReasonOtherAgreed,
		Message: "the seller has agreed already: take cancel_together",
		Holds:   func(d process.Deal, _ process.Command, _ time.Time) bool { return !d.Has(FactAgreedBySeller) },
	}
	buyerSilent = process.Guard{
		Name: "the buyer has not agreed yet", Code: fault.Conflict, Reason: ReasonOtherAgreed,
		Message: "the buyer has agreed already: take cancel_together",
		Holds:   func(d process.Deal, _ process.Command, _ time.Time) bool { return !d.Has(FactAgreedByBuyer) },
	}
	otherAgreed = process.Guard{
		Name: "the other side agreed", Code: fault.Conflict, Reason: ReasonOtherSilent,
		Message: "the other side has not agreed to cancel yet",
		Holds: func(d process.Deal, c process.Command, _ time.Time) bool {
			return d.Has(FactAgreedByBuyer) && c.Actor.ID != d.Buyer || d.Has(FactAgreedBySeller) && c.Actor.ID != d.Seller
		},
	}
)
