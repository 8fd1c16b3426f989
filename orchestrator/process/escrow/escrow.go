// Package escrow is what both models of an escrow gateway have alike: how two parties
// come together and how a deal ends.
package escrow

import "github.com/handsel-dev/handsel/orchestrator/process"

// Transitions of both models.
const (
	Invite             process.Transition = "invite"
	Join               process.Transition = "join"
	Reject             process.Transition = "reject"
	Cancel             process.Transition = "cancel"
	Expire             process.Transition = "expire"
	CancelPayment      process.Transition = "cancel_payment"
	Complain           process.Transition = "complain"
	EndComplaintPeriod process.Transition = "end_complaint_period"
	Release            process.Transition = "release"
	Refund             process.Transition = "refund"
	AcceptComplaint    process.Transition = "accept_complaint"
)

// States of both models. The names are those of Trustap.
const (
	Created              process.State = "created"
	Joined               process.State = "joined"
	Rejected             process.State = "rejected"
	Cancelled            process.State = "cancelled"
	Complained           process.State = "complained"
	ComplaintPeriodEnded process.State = "complaint_period_ended"
	FundsReleased        process.State = "funds_released"
	Refunded             process.State = "refunded"
)

// Opened is where a payment that was opened at the gateway leads, paid or not.
func Opened(sets process.Fact) map[process.Status]process.Branch {
	return map[process.Status]process.Branch{
		process.RequiresAction: {To: Joined, Sets: sets},
		process.Pending:        {To: Joined, Sets: sets},
	}
}

// Opening brings the two parties together. Both of the gateway's models
// begin alike; worth is the guard of what is to be paid.
func Opening(worth process.Guard) []process.Rule {
	code := process.Input{Name: "join_code", Required: true, Reason: "join_code_missing"}
	created := Opened(process.FactJoined)
	created[process.Declined] = process.Branch{To: Cancelled, Sets: process.FactCancelled}
	return []process.Rule{
		{
			Name: process.Create, To: Joined, During: Created, By: []process.Role{process.Starter},
			Guards: []process.Guard{process.DifferentPeople, process.BothParties, worth},
			Verb:   process.Charge, Observe: process.FactJoined, Else: created,
			Doc: "opens the payment at the gateway for both parties; the buyer pays on the gateway's page",
		},
		{
			Name: Invite, To: Created, By: []process.Role{process.Starter},
			Guards: []process.Guard{process.DifferentPeople, process.OneParty, worth},
			Doc:    "opens the deal for one party and makes a join code for the other",
		},
		{
			Name: Join, From: []process.State{Created}, To: Joined, By: []process.Role{process.Joiner},
			Input: []process.Input{code}, Guards: []process.Guard{process.RightJoinCode}, Seats: true,
			Verb: process.Charge, Observe: process.FactJoined, Else: Opened(process.FactJoined),
		},
		{
			Name: Reject, From: []process.State{Created}, To: Rejected, By: []process.Role{process.Joiner},
			Input: []process.Input{code}, Guards: []process.Guard{process.RightJoinCode}, Sets: process.FactRejected,
		},
	}
}

// Closing ends a deal that nobody has paid anything for.
func Closing() []process.Rule {
	return []process.Rule{
		{Name: Cancel, From: []process.State{Created}, To: Cancelled, By: []process.Role{process.Starter, process.Operator}, Sets: process.FactCancelled},
		{
			Name: Cancel, From: []process.State{Joined}, To: Cancelled, By: []process.Role{process.Buyer, process.Seller, process.Operator, process.Gateway},
			Verb: process.Void, Observe: process.FactCancelled,
		},
		{Name: Expire, From: []process.State{Created}, To: Cancelled, By: []process.Role{process.Clock}, Sets: process.FactCancelled},
		{
			Name: Expire, From: []process.State{Joined}, To: Cancelled, By: []process.Role{process.Clock},
			Verb: process.Void, Observe: process.FactCancelled, Doc: "nobody paid in time",
		},
	}
}

// ComplaintInputs are what a buyer says who objects. The gateway may know categories.
func ComplaintInputs() []process.Input {
	return []process.Input{
		{Name: "description", Required: true, Reason: "empty_complaint_description", Kept: process.ForParties},
		{Name: "category", Reason: "complaint_category", Kept: process.ForParties},
	}
}

// acceptComplaint lets the seller settle a complaint without waiting for the gateway.
func acceptComplaint() process.Rule {
	return process.Rule{
		Name: AcceptComplaint, From: []process.State{Complained}, To: Refunded, By: []process.Role{process.Seller},
		Verb: process.AcceptComplaint, Observe: process.FactFundsRefunded, Effect: process.RefundPayer,
		Doc: "the seller accepts the complaint, and the buyer gets the money back",
	}
}

// Ends settles a deal at the gateway once it is over for the parties, or they disagree.
func Ends() []process.Rule {
	return []process.Rule{
		{
			Name: Release, From: []process.State{ComplaintPeriodEnded, Complained}, To: FundsReleased, By: []process.Role{process.Gateway},
			Observe: process.FactFundsReleased, Effect: process.PayOut,
		},
		{
			Name: Refund, From: []process.State{Complained}, To: Refunded, By: []process.Role{process.Gateway},
			Observe: process.FactFundsRefunded, Effect: process.RefundPayer, Doc: "the complaint was decided for the buyer",
		},
		acceptComplaint(),
	}
}
