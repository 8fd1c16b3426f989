package process

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// States of postpay before payment.
const (
	PostPending    State = "pending"
	PostAccepted   State = "accepted"
	PostPaying     State = "paying"
	PostPendingExt State = "pending_ext"
	PostRejected   State = "rejected"
	PostUnpaid     State = "unpaid"
	PostLapsed     State = "lapsed"
)

// Postpay1 is paid by invoice: the author accepts by sending one, the starter
// pays it, and the money is held until the starter is content.
func Postpay1() *Process {
	return &Process{
		Name: "postpay", Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "The author sends an invoice, the starter pays it, and the money is held until the deal is confirmed.",
		States: append([]StateInfo{
			{Name: PostPending, Money: HoldsNothing},
			{Name: PostAccepted, Money: HoldsNothing},
			{Name: PostPaying, Label: "accepted", Money: HoldsNothing},
			{Name: PostPendingExt, Money: HoldsNothing, OpenEnded: "the gateway settles the payment later; an operator may give it up"},
			{Name: PostRejected, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
			{Name: PostUnpaid, Label: "canceled", Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
			{Name: PostLapsed, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
		}, paidStates()...),
		Rules:  append(postRules(), paidRules()...),
		Timers: append(postTimers(), paidTimers()...),
		Improvements: []string{
			"invoice and pay_invoice exist as calls; in its predecessor only web forms did them.",
			"Requests and invoices that nobody answers lapse after 30 days instead of waiting without end.",
			"A payment that was begun on the gateway's page and not finished is voided after an hour, and the invoice can be paid again.",
			"A delayed payment is followed until it is settled or has failed, after which it can be tried again; its predecessor showed it and forgot it.",
			"A cancelled deal keeps the money in escrow until an operator has really moved it.",
		},
	}
}

func postRules() []Rule {
	return []Rule{
		{Name: "create", To: PostPending, By: []Role{Starter}, Guards: []Guard{differentPeople, bothParties, payerOpens}},
		{
			Name: "invoice", From: []State{PostPending}, To: PostAccepted, By: []Role{Author},
			Input:  []Input{{Name: "total_sum", Required: true, Amount: true, Reason: "invalid_total_sum", Kept: ForParties}},
			Guards: []Guard{invoiceAboveZero}, Terms: invoiced, Sets: FactInvoiced, Doc: "the author accepts and says what is to be paid",
		},
		{Name: "reject", From: []State{PostPending}, To: PostRejected, By: []Role{Author, Operator}},
		{
			Name: "pay_invoice", From: []State{PostAccepted}, To: Paid, By: []Role{Starter},
			Input: paymentInputs(), Verb: Charge, Observe: FactCaptured, Effect: Collect,
			Else: map[Status]Branch{
				RequiresAction: {To: PostPaying},
				Pending:        {To: PostPaying},
			},
		},
		{
			Name: "pay", From: []State{PostPaying, PostPendingExt}, To: Paid, By: []Role{Gateway},
			Observe: FactCaptured, Effect: Collect, Doc: "the payment came in",
		},
		{
			Name: "delay", From: []State{PostPaying}, To: PostPendingExt, By: []Role{Gateway},
			Observe: FactDelayed, Doc: "the gateway has the payment and settles it later",
		},
		{
			Name: "fail_payment", From: []State{PostPendingExt}, To: PostPaying, By: []Role{Gateway},
			Observe: FactPaymentFailed, Forgets: []Fact{FactDelayed, FactPaymentFailed},
			Doc: "the delayed payment failed; the payer may try again within the payment window",
		},
		{
			Name: "give_up_payment", From: []State{PostPaying, PostPendingExt}, To: PostAccepted, By: []Role{Clock, Operator, Gateway},
			Verb: Void, Observe: FactVoided, Forget: true, Doc: "the payment was begun and not finished; the invoice stays open",
		},
		{Name: "cancel", From: []State{PostPending, PostAccepted}, To: PostUnpaid, By: []Role{Starter, Author, Operator}, Sets: FactCanceled},
		{
			Name: "cancel", From: []State{PostPaying}, To: PostUnpaid, By: []Role{Starter, Author, Operator},
			Verb: Void, Observe: FactVoided,
		},
		{
			Name: "cancel", From: []State{PostPendingExt}, To: PostUnpaid, By: []Role{Operator},
			Verb: Void, Observe: FactVoided, Doc: "only where the gateway can still cancel the payment",
		},
		{Name: "lapse", From: []State{PostPending, PostAccepted}, To: PostLapsed, By: []Role{Clock}, Doc: "nobody answered in time"},
	}
}

func postTimers() []Timer {
	waiting := []State{PostPending, PostAccepted}
	return []Timer{
		{Name: "first_reminder", In: waiting, Due: After(3*day, "3 days"), Remind: true},
		{Name: "second_reminder", In: waiting, Due: After(10*day, "10 days"), Remind: true},
		{Name: "lapse", In: waiting, Due: After(30*day, "30 days"), Then: "lapse"},
		{Name: "payment_window", In: []State{PostPaying}, Due: After(time.Hour, "1 hour"), Then: "give_up_payment"},
		paymentPoll(PostPaying),
		{Name: "delayed_payment", In: []State{PostPendingExt}, Due: After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		staffReminder("operator_alarm", 3*day, "3 days", PostPendingExt),
	}
}

var invoiceAboveZero = Guard{
	Name: "the invoice is above zero", Code: fault.Invalid, Reason: "invalid_total_sum", OnInput: true,
	Message: "the invoice must be above zero",
	Holds:   func(_ Deal, c Command, _ time.Time) bool { return c.Amount("total_sum") > 0 },
}

// invoiced makes the invoice's total the price. Fees are those of the policy
// that the deal was opened with.
func invoiced(d Deal, in Amounts) (Deal, error) {
	total := money.New(in["total_sum"], d.Price.Currency())
	return d.Reprice(total)
}
