// Package postpay is a deal that is paid by invoice.
package postpay

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Name is how transactions name the process.
const Name = "postpay"

// Transitions of postpay.
const (
	Invoice       process.Transition = "invoice"
	Reject        process.Transition = "reject"
	PayInvoice    process.Transition = "pay_invoice"
	Pay           process.Transition = "pay"
	Delay         process.Transition = "delay"
	FailPayment   process.Transition = "fail_payment"
	GiveUpPayment process.Transition = "give_up_payment"
	Cancel        process.Transition = "cancel" // before anything is paid; afterwards it is settlement.Cancel
	Lapse         process.Transition = "lapse"
)

// States of postpay before payment.
const (
	Pending    process.State = "pending"
	Accepted   process.State = "accepted"
	Paying     process.State = "paying"
	PendingExt process.State = "pending_ext"
	Rejected   process.State = "rejected"
	Unpaid     process.State = "unpaid"
	Lapsed     process.State = "lapsed"
)

// FactInvoiced is that the author has said what is to be paid.
const FactInvoiced process.Fact = "invoiced"

// V1 is paid by invoice: the author accepts by sending one, the starter
// pays it, and the money is held until the starter is content.
func V1() *process.Process {
	return &process.Process{
		Name: Name, Version: 1, PayerIsStarter: true, ConfirmAfterDays: 14,
		Summary: "The author sends an invoice, the starter pays it, and the money is held until the deal is confirmed.",
		States: append([]process.StateInfo{
			{Name: Pending, Money: process.HoldsNothing},
			{Name: Accepted, Money: process.HoldsNothing},
			{Name: Paying, Label: "accepted", Money: process.HoldsNothing},
			{Name: PendingExt, Money: process.HoldsNothing, OpenEnded: "the gateway settles the payment later; an operator may give it up"},
			{Name: Rejected, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{Name: Unpaid, Label: "canceled", Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{Name: Lapsed, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
		}, settlement.States()...),
		Facts:  facts(),
		Words:  words(),
		Rules:  append(rules(), settlement.Rules()...),
		Timers: append(timers(), settlement.Timers()...),
		Improvements: []string{
			"invoice and pay_invoice exist as calls; in its predecessor only web forms did them.",
			"Requests and invoices that nobody answers lapse after 30 days instead of waiting without end.",
			"A payment that was begun on the gateway's page and not finished is voided after an hour, and the invoice can be paid again.",
			"A delayed payment is followed until it is settled or has failed, after which it can be tried again; its predecessor showed it and forgot it.",
			"A cancelled deal keeps the money in escrow until an operator has really moved it.",
		},
	}
}

func facts() map[process.Fact]process.Meaning {
	facts := settlement.Facts()
	facts[FactInvoiced] = process.Meaning{Own: []process.Effect{process.Nothing}, By: []process.Role{process.Author}}
	return facts
}

func rules() []process.Rule {
	return []process.Rule{
		{Name: process.Create, To: Pending, By: []process.Role{process.Starter}, Guards: []process.Guard{process.DifferentPeople, process.BothParties, process.PayerOpens}},
		{
			Name: Invoice, From: []process.State{Pending}, To: Accepted, By: []process.Role{process.Author},
			Input:  []process.Input{{Name: "total_sum", Required: true, Amount: true, Reason: "invalid_total_sum", Kept: process.ForParties}, process.RowsInput},
			Guards: []process.Guard{invoiceAboveZero}, Terms: invoiced, Sets: FactInvoiced, Doc: "the author accepts and says what is to be paid",
		},
		{Name: Reject, From: []process.State{Pending}, To: Rejected, By: []process.Role{process.Author, process.Operator}},
		{
			Name: PayInvoice, From: []process.State{Accepted}, To: settlement.Paid, By: []process.Role{process.Starter},
			Input: settlement.PaymentInputs(), Verb: process.Charge, Observe: process.FactCaptured, Effect: process.Collect,
			Else: map[process.Status]process.Branch{
				process.RequiresAction: {To: Paying},
				process.Pending:        {To: Paying},
			},
		},
		{
			Name: Pay, From: []process.State{Paying, PendingExt}, To: settlement.Paid, By: []process.Role{process.Gateway},
			Observe: process.FactCaptured, Effect: process.Collect, Doc: "the payment came in",
		},
		{
			Name: Delay, From: []process.State{Paying}, To: PendingExt, By: []process.Role{process.Gateway},
			Observe: process.FactDelayed, Doc: "the gateway has the payment and settles it later",
		},
		{
			Name: FailPayment, From: []process.State{PendingExt}, To: Paying, By: []process.Role{process.Gateway},
			Observe: process.FactPaymentFailed, Forgets: []process.Fact{process.FactDelayed, process.FactPaymentFailed},
			Doc: "the delayed payment failed; the payer may try again within the payment window",
		},
		{
			Name: GiveUpPayment, From: []process.State{Paying, PendingExt}, To: Accepted, By: []process.Role{process.Clock, process.Operator, process.Gateway},
			Verb: process.Void, Observe: process.FactVoided, Forget: true, Doc: "the payment was begun and not finished; the invoice stays open",
		},
		{Name: Cancel, From: []process.State{Pending, Accepted}, To: Unpaid, By: []process.Role{process.Starter, process.Author, process.Operator}, Sets: settlement.FactCanceled},
		{
			Name: Cancel, From: []process.State{Paying}, To: Unpaid, By: []process.Role{process.Starter, process.Author, process.Operator},
			Verb: process.Void, Observe: process.FactVoided,
		},
		{
			Name: Cancel, From: []process.State{PendingExt}, To: Unpaid, By: []process.Role{process.Operator},
			Verb: process.Void, Observe: process.FactVoided, Doc: "only where the gateway can still cancel the payment",
		},
		{Name: Lapse, From: []process.State{Pending, Accepted}, To: Lapsed, By: []process.Role{process.Clock}, Doc: "nobody answered in time"},
	}
}

func timers() []process.Timer {
	waiting := []process.State{Pending, Accepted}
	return []process.Timer{
		{Name: "first_reminder", In: waiting, Due: process.After(3*process.Day, "3 days"), Remind: true},
		{Name: "second_reminder", In: waiting, Due: process.After(10*process.Day, "10 days"), Remind: true},
		{Name: "lapse", In: waiting, Due: process.After(30*process.Day, "30 days"), Then: Lapse},
		{Name: "payment_window", In: []process.State{Paying}, Due: process.After(time.Hour, "1 hour"), Then: GiveUpPayment},
		settlement.PaymentPoll(Paying),
		{Name: "delayed_payment", In: []process.State{PendingExt}, Due: process.After(6*time.Hour, "6 hours"), Repeat: 6 * time.Hour},
		process.StaffReminder("operator_alarm", 3*process.Day, "3 days", PendingExt),
	}
}

var invoiceAboveZero = process.Guard{
	Name: "the invoice is above zero", Code: fault.Invalid, Reason: "invalid_total_sum", OnInput: true,
	Message: "the invoice must be above zero",
	Holds:   func(_ process.Deal, c process.Command, _ time.Time) bool { return c.Amount("total_sum") > 0 },
}

// invoiced makes the invoice's total the price. Fees are those of the policy
// that the deal was opened with.
func invoiced(d process.Deal, in process.Amounts) (process.Deal, error) {
	total := money.New(in["total_sum"], d.Price.Currency())
	return d.Reprice(total)
}
