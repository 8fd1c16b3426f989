// Package escrowonline is a shipped deal on an escrow gateway.
package escrowonline

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
)

// Name is how transactions name the process.
const Name = "escrow_online"

// Transitions of escrow_online.
const (
	Request         process.Transition = "request"
	AcceptListing   process.Transition = "accept_listing"
	RejectListing   process.Transition = "reject_listing"
	Pay             process.Transition = "pay"
	Track           process.Transition = "track"
	ConfirmDelivery process.Transition = "confirm_delivery"
)

// States that escrow_online has beside those of both escrow models. The names are
// those of the Trustap online model.
const (
	Requested            process.State = "requested" // ours: a deal from a listing whose author has not accepted it
	Paid                 process.State = "paid"
	CancelledWithPayment process.State = "cancelled_with_payment"
	Tracked              process.State = "tracked"
	Delivered            process.State = "delivered"
)

// FactListingAccepted is that the author of the listing wants the deal.
const FactListingAccepted process.Fact = "listing_accepted"

// V1 is a shipped deal on an escrow gateway that keeps the money and
// the complaint period itself (Trustap's online model). Payment, refund and
// release happen at the gateway; the engine asks, observes and keeps the books.
func V1() *process.Process {
	return &process.Process{
		Name: Name, Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "A shipped deal: the buyer pays into escrow, the seller ships, the buyer may complain, the seller is paid.",
		States: []process.StateInfo{
			{Name: Requested, Money: process.HoldsNothing},
			{Name: escrow.Created, Money: process.HoldsNothing},
			{Name: escrow.Joined, Money: process.HoldsNothing},
			{Name: Paid, Money: process.HoldsEscrow},
			{Name: Tracked, Money: process.HoldsEscrow},
			{Name: Delivered, Money: process.HoldsEscrow},
			{Name: escrow.Complained, Money: process.HoldsEscrow, OpenEnded: "the gateway decides the complaint in its own time", Dispute: true},
			{Name: escrow.ComplaintPeriodEnded, Label: "completed", Money: process.HoldsEscrow},
			{Name: CancelledWithPayment, Label: "canceled", Money: process.HoldsEscrow},
			{Name: escrow.FundsReleased, Label: "completed", Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
			{Name: escrow.Refunded, Terminal: true, Money: process.HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
			{Name: escrow.Cancelled, Label: "canceled", Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{Name: escrow.Rejected, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
		},
		Facts:  map[process.Fact]process.Meaning{FactListingAccepted: {Beside: process.FactJoined}},
		Rules:  slices.Concat(escrow.Opening(process.PricePositive), request(), payment(), escrow.Closing(), delivery(), escrow.Ends()),
		Timers: timers(),
		Words:  words(),
	}
}

// request is a deal from a listing whose author has to accept it first.
// The gateway hears of it only then.
func request() []process.Rule {
	return []process.Rule{
		{
			Name: Request, To: Requested, By: []process.Role{process.Starter},
			Guards: []process.Guard{process.DifferentPeople, process.BothParties, process.PricePositive},
			Doc:    "asks the listing's author for the deal",
		},
		{
			Name: AcceptListing, From: []process.State{Requested}, To: escrow.Joined, By: []process.Role{process.Author},
			Verb: process.Charge, Observe: process.FactJoined, Sets: FactListingAccepted, Else: escrow.Opened(FactListingAccepted),
			Doc: "opens the payment at the gateway, as create does",
		},
		{Name: RejectListing, From: []process.State{Requested}, To: escrow.Rejected, By: []process.Role{process.Author}, Sets: process.FactRejected},
		{Name: escrow.Cancel, From: []process.State{Requested}, To: escrow.Cancelled, By: []process.Role{process.Starter, process.Operator}, Sets: process.FactCancelled},
		{
			Name: escrow.Expire, From: []process.State{Requested}, To: escrow.Cancelled, By: []process.Role{process.Clock}, Sets: process.FactCancelled,
			Doc: "the author did not answer in time",
		},
	}
}

func payment() []process.Rule {
	return []process.Rule{
		{
			Name: Pay, From: []process.State{escrow.Joined}, To: Paid, By: []process.Role{process.Gateway},
			Observe: process.FactPaid, Effect: process.Collect,
			Doc: "the buyer paid on the gateway's page",
		},
		{
			Name: escrow.CancelPayment, From: []process.State{Paid}, To: CancelledWithPayment, By: []process.Role{process.Gateway},
			Observe: process.FactCancelled, Doc: "the gateway cancelled a paid deal, for example because tracking came too late",
		},
		{
			Name: escrow.Refund, From: []process.State{CancelledWithPayment}, To: escrow.Refunded, By: []process.Role{process.Gateway},
			Observe: process.FactPaymentRefunded, Effect: process.RefundPayer,
		},
	}
}

func delivery() []process.Rule {
	return []process.Rule{
		{
			Name: Track, From: []process.State{Paid}, To: Tracked, By: []process.Role{process.Seller, process.Gateway},
			Input: []process.Input{
				{Name: "carrier", Required: true, Reason: "empty_carrier", Kept: process.ForParties},
				{Name: "tracking_code", Required: true, Reason: "empty_tracking_code", Kept: process.ForParties},
			},
			Verb: process.Track, Observe: process.FactTracked,
		},
		{
			Name: ConfirmDelivery, From: []process.State{Tracked}, To: Delivered, By: []process.Role{process.Buyer, process.Clock, process.Gateway},
			Verb: process.ConfirmDelivery, Observe: process.FactDelivered, Doc: "the goods arrived; the complaint period starts",
		},
		{
			Name: escrow.Complain, From: []process.State{Delivered}, To: escrow.Complained, By: []process.Role{process.Buyer, process.Gateway},
			Input:  escrow.ComplaintInputs(),
			Guards: []process.Guard{process.ComplaintPeriodOpen}, Verb: process.Complain, Observe: process.FactComplained,
		},
		{
			Name: escrow.EndComplaintPeriod, From: []process.State{Delivered}, To: escrow.ComplaintPeriodEnded, By: []process.Role{process.Buyer, process.Gateway},
			Guards: []process.Guard{process.ComplaintPeriodOpen}, Verb: process.Release, Observe: process.FactComplaintPeriodEnded,
			Doc: "the buyer accepts, or the complaint period is over at the gateway",
		},
	}
}

func timers() []process.Timer {
	const often, seldom = time.Hour, 6 * time.Hour
	return []process.Timer{
		{Name: "request_window", In: []process.State{Requested}, Due: process.After(7*process.Day, "7 days"), Then: escrow.Expire},
		{Name: "invitation_window", In: []process.State{escrow.Created}, Due: process.After(30*process.Day, "30 days"), Then: escrow.Expire},
		{Name: "payment_window", In: []process.State{escrow.Joined}, Due: process.After(14*process.Day, "14 days"), Then: escrow.Expire},
		{Name: "tracking_deadline", In: []process.State{Paid}, Due: process.AtDeadline(process.TrackingDeadline, 4*process.Day, "the gateway's tracking deadline (4 days if it has none)"), Repeat: often},
		{Name: "automatic_confirmation", In: []process.State{Tracked}, Due: process.AutomaticConfirmation, Then: ConfirmDelivery},
		{Name: "complaint_period", In: []process.State{Delivered}, Due: process.AtDeadline(process.ComplaintDeadline, process.Day, "the end of the gateway's complaint period (1 day if it has none)"), Repeat: often},
		process.StaffReminder("operator_reminder", 3*process.Day, "3 days", escrow.Complained, escrow.ComplaintPeriodEnded, CancelledWithPayment),
		process.Overdue(escrow.Complained, escrow.ComplaintPeriodEnded, CancelledWithPayment),
		{Name: "settlement", In: []process.State{escrow.ComplaintPeriodEnded, CancelledWithPayment}, Due: process.After(often, "1 hour"), Repeat: often},
		{Name: "poll", In: []process.State{escrow.Joined, Paid, Tracked, escrow.Complained}, Due: process.After(seldom, "6 hours"), Repeat: seldom},
	}
}
