package process

import "time"

// States of preauthorize. The labels are those of the customer's transaction document.
const (
	PreInitiated      State = "initiated"
	PreActionRequired State = "action_required"
	PreAbandoned      State = "abandoned"
	PrePreauthorized  State = "preauthorized"
	PrePendingExt     State = "pending_ext"
	PreCaptureFailed  State = "capture_failed"
	PreErrored        State = "errored"
	PreRejected       State = "rejected"
	PrePaid           State = "paid"
	PreConfirmed      State = "confirmed"
	PreCanceled       State = "canceled"
	PreRefunded       State = "refunded"
	PreDismissed      State = "dismissed"
)

// Preauthorize1 reserves the buyer's money when the deal is opened and takes it
// when the author accepts. Unlike its predecessor a cancelled deal keeps the
// money in escrow until an operator has really moved it, and a capture that
// failed always drops the reservation.
func Preauthorize1() *Process {
	return &Process{
		Name: "preauthorize", Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "The buyer's money is reserved first and taken when the author accepts.",
		States: []StateInfo{
			{Name: PreInitiated, Money: HoldsNothing},
			{Name: PreActionRequired, Money: HoldsNothing},
			{Name: PrePreauthorized, Money: HoldsAuthorized},
			{Name: PrePendingExt, Money: HoldsAuthorized, OpenEnded: "the gateway settles or denies the capture in its own time; the operator is told"},
			{Name: PreCaptureFailed, Label: "errored", Money: HoldsAuthorized},
			{Name: PrePaid, Money: HoldsEscrow},
			{Name: PreCanceled, Money: HoldsEscrow, OpenEnded: "an operator decides who gets the money"},
			{Name: PreAbandoned, Terminal: true, Money: HoldsNothing},
			{Name: PreErrored, Terminal: true, Money: HoldsNothing},
			{Name: PreRejected, Terminal: true, Money: HoldsNothing},
			{Name: PreConfirmed, Label: "completed", Terminal: true, Money: HoldsNothing},
			{Name: PreRefunded, Terminal: true, Money: HoldsNothing},
			{Name: PreDismissed, Terminal: true, Money: HoldsNothing},
		},
		Gateways: []string{"stripe", "paypal", "braintree"},
		Rules:    append(preOpening(), preSettling()...),
		Timers: []Timer{
			{Name: "payment_window", In: []State{PreInitiated}, Due: After(time.Hour, "1 hour"), Then: "abandon"},
			{Name: "action_window", In: []State{PreActionRequired}, Due: After(15*time.Minute, "15 minutes"), Then: "abandon"},
			{Name: "hold_expiry", In: []State{PrePreauthorized}, Due: holdExpiry, Then: "expire"},
			{Name: "drop_hold", In: []State{PreCaptureFailed}, Due: After(0, "at once"), Then: "drop_hold"},
			{Name: "automatic_confirmation", In: []State{PrePaid}, Due: automaticConfirmation, Then: "complete"},
		},
	}
}

func preOpening() []Rule {
	return []Rule{
		{
			Name: "create", To: PrePreauthorized, During: PreInitiated, By: []Role{Starter},
			Guards: []Guard{differentPeople, pricePositive},
			Verb:   Authorize, Observe: FactAuthorized, Effect: Hold,
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
			Verb: Void, Observe: FactVoided,
		},
	}
}

func preSettling() []Rule {
	return []Rule{
		{
			Name: "complete_preauthorization", From: []State{PrePreauthorized}, To: PrePaid, By: []Role{Author, Operator, Gateway},
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
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the buyer steps back before the author decided",
		},
		{
			Name: "expire", From: []State{PrePreauthorized}, To: PreRejected, By: []Role{Clock},
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the author did not decide in time",
		},
		{Name: "settle", From: []State{PrePendingExt}, To: PrePaid, By: []Role{Gateway}, Observe: FactCaptured, Effect: PostHold},
		{Name: "deny", From: []State{PrePendingExt}, To: PreRejected, By: []Role{Gateway}, Observe: FactVoided, Effect: Unhold},
		{
			Name: "drop_hold", From: []State{PreCaptureFailed}, To: PreErrored, By: []Role{Clock, Operator, Gateway},
			Verb: Void, Observe: FactVoided, Effect: Unhold, Doc: "the capture failed, so the reservation is dropped",
		},
		{
			Name: "complete", From: []State{PrePaid}, To: PreConfirmed, By: []Role{Starter, Operator, Clock},
			Verb: Transfer, Observe: FactTransferred, Effect: PayOut,
		},
		{
			Name: "cancel", From: []State{PrePaid}, To: PreCanceled, By: []Role{Starter, Operator}, Sets: FactCanceled,
			Doc: "freezes the money until an operator refunds or dismisses",
		},
		{
			Name: "refund", From: []State{PreCanceled}, To: PreRefunded, By: []Role{Operator},
			Verb: Refund, Observe: FactRefunded, Effect: RefundPayer,
		},
		{
			Name: "dismiss", From: []State{PreCanceled}, To: PreDismissed, By: []Role{Operator},
			Verb: Transfer, Observe: FactTransferred, Effect: PayOut,
		},
	}
}
