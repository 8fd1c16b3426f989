package process

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// States of p2p_order. The names are those of the customer's exchange document.
const (
	P2PPending   State = "pending"
	P2PPaid      State = "paid_by_buyer"
	P2PDisputed  State = "disputed"
	P2PCompleted State = "completed"
	P2PRevocable State = "cancelled_revocable"
	P2PCancelled State = "cancelled"
	P2PContested State = "cancelled_contested"
)

// Facts of p2p_order.
const (
	FactPaidByBuyer       Fact = "paid_by_buyer"
	FactReceived          Fact = "received" // the seller said that the payment came in
	FactExpired           Fact = "expired"
	FactCancelledByBuyer  Fact = "cancelled_by_buyer"
	FactCancelledBySeller Fact = "cancelled_by_seller"
	FactCancelledByBoth   Fact = "cancelled_by_both"
	FactAgreedByBuyer     Fact = "cancel_agreed_by_buyer"
	FactAgreedBySeller    Fact = "cancel_agreed_by_seller"
	FactDisputed          Fact = "disputed"
	FactAppealed          Fact = "appealed"
	FactContested         Fact = "contested" // appealed, but there was nothing to freeze any more
	FactCaseClosed        Fact = "case_closed"
	FactReleased          Fact = "released_by_operator"
	FactReturned          Fact = "refunded_by_operator"
	FactReturnedByDefault Fact = "refunded_by_deadline" // nobody decided the dispute in time
	FactReleasedByDefault Fact = "released_by_deadline"
)

// Deadlines of p2p_order, set when the order is opened. Both sides see them.
const (
	PayDeadline Deadline = "pay" // the buyer says before that they have paid
	// DisputeDeadline is when a dispute of the order is overdue for an operator.
	DisputeDeadline Deadline = "dispute"
	// What happens to a dispute that nobody decides: at most one of each pair is set,
	// by the community's rules when the order is opened; without one the balance stays
	// frozen until an operator decides. Appeals have a default of their own.
	DisputeRefund  Deadline = "dispute_refund"
	DisputeRelease Deadline = "dispute_release"
	AppealRefund   Deadline = "appeal_refund"
	AppealRelease  Deadline = "appeal_release"
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
)

// P2POrder1 freezes the seller's balance while the buyer pays outside of the
// books. Only the seller or an operator gives the money to the buyer; a timer does
// so only where the community has declared it for disputes that nobody decides.
func P2POrder1() *Process {
	return &Process{
		Name: "p2p_order", Version: 1, SellerPays: true, Reopens: true,
		Summary: "Two traders: the seller's balance is frozen, the buyer pays outside, the seller confirms and the balance changes hands.",
		States: []StateInfo{
			{Name: P2PPending, Money: HoldsEscrow},
			{Name: P2PPaid, Money: HoldsEscrow},
			{Name: P2PDisputed, Money: HoldsEscrow, OpenEnded: "an operator decides"},
			{Name: P2PRevocable, Label: "cancelled", Money: HoldsNothing, Frees: true, ChatOpen: true},
			{
				Name: P2PContested, Label: "cancelled", Money: HoldsNothing, Frees: true, ChatOpen: true,
				OpenEnded: "the buyer says that they paid, and nothing is frozen; an operator looks into it",
			},
			{Name: P2PCompleted, Terminal: true, Money: HoldsNothing, Reviews: true, ChatOpen: true},
			{Name: P2PCancelled, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
		},
		Rules: append(p2pTrade(), p2pDispute()...),
		Timers: []Timer{
			{Name: "payment_window", In: []State{P2PPending}, Due: payDeadline, Then: "expire", FromNow: true},
			{Name: "release_deadline", In: []State{P2PPaid}, Due: After(ReleaseWindow, "24 hours"), Then: "call_operator"},
			{Name: "appeal_window", In: []State{P2PRevocable}, Due: After(AppealWindow, "15 minutes"), Then: "close"},
			staffReminder("operator_reminder", day, "1 day", P2PDisputed, P2PContested),
			{Name: "dispute_deadline", In: []State{P2PDisputed}, Due: announced(DisputeDeadline), Remind: true, Staff: true, Alarm: true},
			{Name: "dispute_refund", In: []State{P2PDisputed}, Due: defaultOf(DisputeRefund, AppealRefund), Then: "default_refund"},
			{Name: "dispute_release", In: []State{P2PDisputed}, Due: defaultOf(DisputeRelease, AppealRelease), Then: "default_release"},
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

func p2pTrade() []Rule {
	return []Rule{
		{
			Name: "create", To: P2PPending, By: []Role{Starter},
			Guards: []Guard{differentPeople, bothParties, pricePositive}, Effect: Freeze, Doc: "the seller's balance is frozen",
		},
		{
			Name: "confirm_paid", From: []State{P2PPending}, To: P2PPaid, By: []Role{Buyer},
			Guards: []Guard{payWindowOpen}, Sets: FactPaidByBuyer, Doc: "the buyer says that they have paid",
		},
		{
			Name: "expire", From: []State{P2PPending}, To: P2PRevocable, By: []Role{Clock},
			Guards: []Guard{payWindowOver}, Sets: FactExpired, Effect: ReturnFrozen,
		},
		{Name: "cancel", From: []State{P2PPending}, To: P2PCancelled, By: []Role{Buyer}, Sets: FactCancelledByBuyer, Effect: ReturnFrozen},
		{Name: "cancel_sale", From: []State{P2PPending}, To: P2PRevocable, By: []Role{Seller}, Sets: FactCancelledBySeller, Effect: ReturnFrozen},
		{
			Name: "withdraw_claim", From: []State{P2PPaid}, To: P2PCancelled, By: []Role{Buyer},
			Sets: FactCancelledByBuyer, Effect: ReturnFrozen, Doc: "the buyer says that they have not paid after all",
		},
		{
			Name: "confirm_received", From: []State{P2PPaid, P2PDisputed}, To: P2PCompleted, By: []Role{Seller},
			Sets: FactReceived, Effect: SettleFrozen, Doc: "the seller has the payment and releases the balance",
		},
		{
			Name: "release_early", From: []State{P2PPending}, To: P2PCompleted, By: []Role{Seller},
			Sets: FactReceived, Effect: SettleFrozen, Doc: "the seller releases before the buyer has marked the payment; only where the exchange allows it",
		},
		{Name: "close", From: []State{P2PRevocable}, To: P2PCancelled, By: []Role{Clock}},
	}
}

func p2pDispute() []Rule {
	return []Rule{
		{
			Name: "call_operator", From: []State{P2PPaid}, To: P2PDisputed, By: []Role{Buyer, Seller, Clock},
			Input: []Input{reasonInput}, Sets: FactDisputed,
		},
		{
			Name: "appeal", From: []State{P2PRevocable}, To: P2PDisputed, By: []Role{Buyer},
			Input: []Input{reasonInput}, Guards: []Guard{appealOpen}, Sets: FactAppealed, Effect: Freeze,
			Doc: "the buyer paid although the order expired or was cancelled by the seller; the balance is frozen again",
		},
		{
			Name: "contest", From: []State{P2PRevocable}, To: P2PContested, By: []Role{Buyer},
			Input: []Input{reasonInput}, Guards: []Guard{appealOpen}, Sets: FactContested,
			Doc: "an appeal where the seller's balance is gone: the order stays cancelled, and an operator has a case without money",
		},
		{
			Name: "close_case", From: []State{P2PContested}, To: P2PCancelled, By: []Role{Operator},
			Input: []Input{neededReason}, Sets: FactCaseClosed,
		},
		{Name: "agree_to_cancel", From: []State{P2PDisputed}, To: P2PDisputed, By: []Role{Buyer}, Guards: []Guard{sellerSilent}, Sets: FactAgreedByBuyer},
		{
			Name: "agree_to_cancel_sale", From: []State{P2PDisputed}, To: P2PDisputed, By: []Role{Seller}, Guards: []Guard{buyerSilent},
			Sets: FactAgreedBySeller,
		},
		{
			Name: "cancel_together", From: []State{P2PDisputed}, To: P2PCancelled, By: []Role{Buyer, Seller},
			Guards: []Guard{otherAgreed}, Sets: FactCancelledByBoth, Effect: ReturnFrozen, Doc: "the other side has agreed before",
		},
		{
			Name: "resolve_release", From: []State{P2PDisputed}, To: P2PCompleted, By: []Role{Operator},
			Input: []Input{neededReason}, Sets: FactReleased, Effect: SettleFrozen,
		},
		{
			Name: "resolve_refund", From: []State{P2PDisputed}, To: P2PCancelled, By: []Role{Operator},
			Input: []Input{neededReason}, Sets: FactReturned, Effect: ReturnFrozen,
		},
		{
			Name: "resolve_split", From: []State{P2PDisputed}, To: P2PCompleted, By: []Role{Operator},
			Input: []Input{refundInput, releaseInput, neededReason}, Guards: []Guard{priceSplit}, Sets: FactSplit, Effect: SplitFrozen,
		},
		{
			Name: "default_refund", From: []State{P2PDisputed}, To: P2PCancelled, By: []Role{Clock},
			Guards: []Guard{defaultOver("refund", DisputeRefund, AppealRefund)}, Sets: FactReturnedByDefault, Effect: ReturnFrozen,
			Doc: "nobody decided in time, and the community has declared that the seller keeps the balance then",
		},
		{
			Name: "default_release", From: []State{P2PDisputed}, To: P2PCompleted, By: []Role{Clock},
			Guards: []Guard{defaultOver("release", DisputeRelease, AppealRelease)}, Sets: FactReleasedByDefault, Effect: SettleFrozen,
			Doc: "nobody decided in time, and the community has declared that the buyer gets the balance then",
		},
	}
}

var neededReason = Input{Name: "reason", Required: true, Reason: "reason_missing", Kept: ForParties}

// payDeadline is the order's own deadline and the grace; an hour where none was set.
var payDeadline = Due{
	Text: "1 minute after the order's pay deadline",
	At: func(d Deal, entered time.Time) (time.Time, bool) {
		if at, ok := d.Deadlines[PayDeadline]; ok {
			return at.Add(PayGrace), true
		}
		return entered.Add(time.Hour), true
	},
}

// announced is a deadline of the deal, where it has one.
func announced(name Deadline) Due {
	return Due{
		Text: "the deal's deadline " + string(name),
		At: func(d Deal, _ time.Time) (time.Time, bool) {
			at, ok := d.Deadlines[name]
			return at, ok
		},
	}
}

// defaultOf is when a dispute ends without a decision: an appeal has a default of
// its own, since its buyer did not say in time that they had paid.
func defaultOf(dispute, appeal Deadline) Due {
	return Due{
		Text: "the deal's deadline " + string(dispute) + ", or " + string(appeal) + " after an appeal",
		At: func(d Deal, _ time.Time) (time.Time, bool) {
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
func defaultOver(outcome string, dispute, appeal Deadline) Guard {
	due := defaultOf(dispute, appeal)
	return Guard{
		Name: "the time to decide is over, and its end is " + outcome, Code: fault.Conflict, Reason: "dispute_open",
		Message: "the time to decide this dispute is not over, or it was not declared to end so",
		Holds: func(d Deal, _ Command, now time.Time) bool {
			at, ok := due.At(d, d.EnteredAt)
			return ok && !now.Before(at)
		},
	}
}

var (
	payWindowOpen = Guard{
		Name: "the payment window is open", Code: fault.Conflict, Reason: "order_expired",
		Message: "the time to pay is over; the order is cancelled and the seller's balance returned",
		Holds: func(d Deal, _ Command, now time.Time) bool {
			at, _ := payDeadline.At(d, d.EnteredAt)
			return now.Before(at)
		},
	}
	payWindowOver = Guard{
		Name: "the payment window is over", Code: fault.Conflict, Reason: "payment_window_open",
		Message: "the time to pay is not over yet",
		Holds: func(d Deal, _ Command, now time.Time) bool {
			at, _ := payDeadline.At(d, d.EnteredAt)
			return !now.Before(at)
		},
	}
	appealOpen = Guard{
		Name: "the appeal window is open", Code: fault.Conflict, Reason: "appeal_window_over",
		Message: "a buyer can appeal once, within 15 minutes after the order expired or the seller cancelled it",
		Holds: func(d Deal, _ Command, now time.Time) bool {
			return !d.Has(FactAppealed) && now.Before(d.EnteredAt.Add(AppealWindow))
		},
	}
	sellerSilent = Guard{
		Name: "the seller has not agreed yet", Code: fault.Conflict, Reason: "other_side_agreed",
		Message: "the seller has agreed already: take cancel_together",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactAgreedBySeller) },
	}
	buyerSilent = Guard{
		Name: "the buyer has not agreed yet", Code: fault.Conflict, Reason: "other_side_agreed",
		Message: "the buyer has agreed already: take cancel_together",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactAgreedByBuyer) },
	}
	otherAgreed = Guard{
		Name: "the other side agreed", Code: fault.Conflict, Reason: "other_side_silent",
		Message: "the other side has not agreed to cancel yet",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			return d.Has(FactAgreedByBuyer) && c.Actor.ID != d.Buyer || d.Has(FactAgreedBySeller) && c.Actor.ID != d.Seller
		},
	}
	priceSplit = Guard{
		Name: "refund and release add up to the order's amount", Code: fault.Invalid, Reason: "amounts_do_not_add_up", OnInput: true,
		Message: "what the buyer and the seller get must both be above zero and add up to the order's amount",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			refund, release := c.Amount("refund"), c.Amount("release")
			return refund > 0 && release > 0 && release < d.Price.Minor() && refund == d.Price.Minor()-release
		},
	}
)
