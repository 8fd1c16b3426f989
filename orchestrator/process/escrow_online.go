package process

import (
	"slices"
	"time"
)

// States of escrow_online. The names are those of the Trustap online model.
const (
	OnlineRequested            State = "requested" // ours: a deal from a listing whose author has not accepted it
	OnlineCreated              State = "created"
	OnlineJoined               State = "joined"
	OnlineRejected             State = "rejected"
	OnlineCancelled            State = "cancelled"
	OnlinePaid                 State = "paid"
	OnlineCancelledWithPayment State = "cancelled_with_payment"
	OnlineTracked              State = "tracked"
	OnlineDelivered            State = "delivered"
	OnlineComplained           State = "complained"
	OnlineComplaintPeriodEnded State = "complaint_period_ended"
	OnlineFundsReleased        State = "funds_released"
	OnlineRefunded             State = "refunded"
)

// EscrowOnline1 is a shipped deal on an escrow gateway that keeps the money and
// the complaint period itself (Trustap's online model). Payment, refund and
// release happen at the gateway; the engine asks, observes and keeps the books.
func EscrowOnline1() *Process {
	return &Process{
		Name: "escrow_online", Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "A shipped deal: the buyer pays into escrow, the seller ships, the buyer may complain, the seller is paid.",
		States: []StateInfo{
			{Name: OnlineRequested, Money: HoldsNothing},
			{Name: OnlineCreated, Money: HoldsNothing},
			{Name: OnlineJoined, Money: HoldsNothing},
			{Name: OnlinePaid, Money: HoldsEscrow},
			{Name: OnlineTracked, Money: HoldsEscrow},
			{Name: OnlineDelivered, Money: HoldsEscrow},
			{Name: OnlineComplained, Money: HoldsEscrow, OpenEnded: "the gateway decides the complaint in its own time"},
			{Name: OnlineComplaintPeriodEnded, Label: "completed", Money: HoldsEscrow},
			{Name: OnlineCancelledWithPayment, Label: "canceled", Money: HoldsEscrow},
			{Name: OnlineFundsReleased, Label: "completed", Terminal: true, Money: HoldsNothing, Reviews: true, ChatOpen: true},
			{Name: OnlineRefunded, Terminal: true, Money: HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
			{Name: OnlineCancelled, Label: "canceled", Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
			{Name: OnlineRejected, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
		},
		Rules:  slices.Concat(escrowOpening(pricePositive), onlineRequest(), onlinePayment(), escrowClosing(), onlineDelivery()),
		Timers: onlineTimers(),
	}
}

// opened is where a payment that was opened at the gateway leads, paid or not.
func opened(sets Fact) map[Status]Branch {
	return map[Status]Branch{
		RequiresAction: {To: OnlineJoined, Sets: sets},
		Pending:        {To: OnlineJoined, Sets: sets},
	}
}

// escrowOpening brings the two parties together. Both of the gateway's models
// begin alike; worth is the guard of what is to be paid.
func escrowOpening(worth Guard) []Rule {
	code := Input{Name: "join_code", Required: true, Reason: "join_code_missing"}
	created := opened(FactJoined)
	created[Declined] = Branch{To: OnlineCancelled, Sets: FactCancelled}
	return []Rule{
		{
			Name: "create", To: OnlineJoined, During: OnlineCreated, By: []Role{Starter},
			Guards: []Guard{differentPeople, bothParties, worth},
			Verb:   Charge, Observe: FactJoined, Else: created,
			Doc: "opens the payment at the gateway for both parties; the buyer pays on the gateway's page",
		},
		{
			Name: "invite", To: OnlineCreated, By: []Role{Starter},
			Guards: []Guard{differentPeople, oneParty, worth},
			Doc:    "opens the deal for one party and makes a join code for the other",
		},
		{
			Name: "join", From: []State{OnlineCreated}, To: OnlineJoined, By: []Role{Joiner},
			Input: []Input{code}, Guards: []Guard{rightJoinCode}, Seats: true,
			Verb: Charge, Observe: FactJoined, Else: opened(FactJoined),
		},
		{
			Name: "reject", From: []State{OnlineCreated}, To: OnlineRejected, By: []Role{Joiner},
			Input: []Input{code}, Guards: []Guard{rightJoinCode}, Sets: FactRejected,
		},
	}
}

// escrowClosing ends a deal that nobody has paid anything for.
func escrowClosing() []Rule {
	return []Rule{
		{Name: "cancel", From: []State{OnlineCreated}, To: OnlineCancelled, By: []Role{Starter, Operator}, Sets: FactCancelled},
		{
			Name: "cancel", From: []State{OnlineJoined}, To: OnlineCancelled, By: []Role{Buyer, Seller, Operator, Gateway},
			Verb: Void, Observe: FactCancelled,
		},
		{Name: "expire", From: []State{OnlineCreated}, To: OnlineCancelled, By: []Role{Clock}, Sets: FactCancelled},
		{
			Name: "expire", From: []State{OnlineJoined}, To: OnlineCancelled, By: []Role{Clock},
			Verb: Void, Observe: FactCancelled, Doc: "nobody paid in time",
		},
	}
}

// onlineRequest is a deal from a listing whose author has to accept it first.
// The gateway hears of it only then.
func onlineRequest() []Rule {
	return []Rule{
		{
			Name: "request", To: OnlineRequested, By: []Role{Starter},
			Guards: []Guard{differentPeople, bothParties, pricePositive},
			Doc:    "asks the listing's author for the deal",
		},
		{
			Name: "accept_listing", From: []State{OnlineRequested}, To: OnlineJoined, By: []Role{Author},
			Verb: Charge, Observe: FactJoined, Sets: FactListingAccepted, Else: opened(FactListingAccepted),
			Doc: "opens the payment at the gateway, as create does",
		},
		{Name: "reject_listing", From: []State{OnlineRequested}, To: OnlineRejected, By: []Role{Author}, Sets: FactRejected},
		{Name: "cancel", From: []State{OnlineRequested}, To: OnlineCancelled, By: []Role{Starter, Operator}, Sets: FactCancelled},
		{
			Name: "expire", From: []State{OnlineRequested}, To: OnlineCancelled, By: []Role{Clock}, Sets: FactCancelled,
			Doc: "the author did not answer in time",
		},
	}
}

func onlinePayment() []Rule {
	return []Rule{
		{
			Name: "pay", From: []State{OnlineJoined}, To: OnlinePaid, By: []Role{Gateway},
			Observe: FactPaid, Effect: Collect,
			Doc: "the buyer paid on the gateway's page",
		},
		{
			Name: "cancel_payment", From: []State{OnlinePaid}, To: OnlineCancelledWithPayment, By: []Role{Gateway},
			Observe: FactCancelled, Doc: "the gateway cancelled a paid deal, for example because tracking came too late",
		},
		{
			Name: "refund", From: []State{OnlineCancelledWithPayment}, To: OnlineRefunded, By: []Role{Gateway},
			Observe: FactPaymentRefunded, Effect: RefundPayer,
		},
	}
}

func onlineDelivery() []Rule {
	return []Rule{
		{
			Name: "track", From: []State{OnlinePaid}, To: OnlineTracked, By: []Role{Seller, Gateway},
			Input: []Input{
				{Name: "carrier", Required: true, Reason: "empty_carrier", Kept: ForParties},
				{Name: "tracking_code", Required: true, Reason: "empty_tracking_code", Kept: ForParties},
			},
			Verb: Track, Observe: FactTracked,
		},
		{
			Name: "confirm_delivery", From: []State{OnlineTracked}, To: OnlineDelivered, By: []Role{Buyer, Clock, Gateway},
			Verb: ConfirmDelivery, Observe: FactDelivered, Doc: "the goods arrived; the complaint period starts",
		},
		{
			Name: "complain", From: []State{OnlineDelivered}, To: OnlineComplained, By: []Role{Buyer, Gateway},
			Input:  complaintInputs(),
			Guards: []Guard{complaintPeriodOpen}, Verb: Complain, Observe: FactComplained,
		},
		{
			Name: "end_complaint_period", From: []State{OnlineDelivered}, To: OnlineComplaintPeriodEnded, By: []Role{Buyer, Gateway},
			Guards: []Guard{complaintPeriodOpen}, Verb: Release, Observe: FactComplaintPeriodEnded,
			Doc: "the buyer accepts, or the complaint period is over at the gateway",
		},
		{
			Name: "release", From: []State{OnlineComplaintPeriodEnded, OnlineComplained}, To: OnlineFundsReleased, By: []Role{Gateway},
			Observe: FactFundsReleased, Effect: PayOut,
		},
		{
			Name: "refund", From: []State{OnlineComplained}, To: OnlineRefunded, By: []Role{Gateway},
			Observe: FactFundsRefunded, Effect: RefundPayer, Doc: "the complaint was decided for the buyer",
		},
		acceptComplaint(),
	}
}

// complaintInputs are what a buyer says who objects. The gateway may know categories.
func complaintInputs() []Input {
	return []Input{
		{Name: "description", Required: true, Reason: "empty_complaint_description", Kept: ForParties},
		{Name: "category", Reason: "complaint_category", Kept: ForParties},
	}
}

// acceptComplaint lets the seller settle a complaint without waiting for the gateway.
func acceptComplaint() Rule {
	return Rule{
		Name: "accept_complaint", From: []State{OnlineComplained}, To: OnlineRefunded, By: []Role{Seller},
		Verb: AcceptComplaint, Observe: FactFundsRefunded, Effect: RefundPayer,
		Doc: "the seller accepts the complaint, and the buyer gets the money back",
	}
}

func onlineTimers() []Timer {
	const often, seldom = time.Hour, 6 * time.Hour
	return []Timer{
		{Name: "request_window", In: []State{OnlineRequested}, Due: After(7*day, "7 days"), Then: "expire"},
		{Name: "invitation_window", In: []State{OnlineCreated}, Due: After(30*day, "30 days"), Then: "expire"},
		{Name: "payment_window", In: []State{OnlineJoined}, Due: After(14*day, "14 days"), Then: "expire"},
		{Name: "tracking_deadline", In: []State{OnlinePaid}, Due: AtDeadline(TrackingDeadline, 4*day, "the gateway's tracking deadline (4 days if it has none)"), Repeat: often},
		{Name: "automatic_confirmation", In: []State{OnlineTracked}, Due: automaticConfirmation, Then: "confirm_delivery"},
		{Name: "complaint_period", In: []State{OnlineDelivered}, Due: AtDeadline(ComplaintDeadline, day, "the end of the gateway's complaint period (1 day if it has none)"), Repeat: often},
		staffReminder("operator_reminder", 3*day, "3 days", OnlineComplained, OnlineComplaintPeriodEnded, OnlineCancelledWithPayment),
		overdue(OnlineComplained, OnlineComplaintPeriodEnded, OnlineCancelledWithPayment),
		{Name: "settlement", In: []State{OnlineComplaintPeriodEnded, OnlineCancelledWithPayment}, Due: After(often, "1 hour"), Repeat: often},
		{Name: "poll", In: []State{OnlineJoined, OnlinePaid, OnlineTracked, OnlineComplained}, Due: After(seldom, "6 hours"), Repeat: seldom},
	}
}
