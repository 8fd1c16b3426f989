// Package escrowf2f is a deal in person on an escrow gateway.
package escrowf2f

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
)

// Name is how transactions name the process.
const Name = "escrow_f2f"

// Transitions of escrow_f2f.
const (
	PayDeposit      process.Transition = "pay_deposit"
	AcceptDeposit   process.Transition = "accept_deposit"
	SetPrice        process.Transition = "set_price"
	SkipRemainder   process.Transition = "skip_remainder"
	PayRemainder    process.Transition = "pay_remainder"
	ConfirmReceipt  process.Transition = "confirm_receipt"
	ConfirmHandover process.Transition = "confirm_handover"
)

// States that escrow_f2f has beside those of both escrow models. The names are
// those of the Trustap face-to-face model.
const (
	DepositPaid             process.State = "deposit_paid"
	DepositAccepted         process.State = "deposit_accepted" // with the fact priced, the remainder is due
	CancelledWithDeposit    process.State = "cancelled_with_deposit"
	DepositRefunded         process.State = "deposit_refunded"
	RemainderPaid           process.State = "remainder_paid"
	RemainderSkipped        process.State = "remainder_skipped"
	BuyerHandoverConfirmed  process.State = "buyer_handover_confirmed" // by the buyer alone
	SellerHandoverConfirmed process.State = "seller_handover_confirmed"
)

// Groups of states of escrow_f2f.
var (
	settled   = []process.State{RemainderPaid, RemainderSkipped}
	complains = []process.State{RemainderPaid, RemainderSkipped, BuyerHandoverConfirmed, SellerHandoverConfirmed}
)

// V1 is a deal whose parties meet, on an escrow gateway that keeps the
// money and the complaint period itself (Trustap's face-to-face model). The buyer
// pays a deposit; the seller names the price, and the buyer pays the rest, or the
// seller is content with the deposit; then the goods change hands.
func V1() *process.Process {
	return &process.Process{
		Name: Name, Version: 1, PayerIsStarter: true, Deposits: true, ConfirmAfterDays: 14,
		Summary: "A deal in person: the buyer pays a deposit and later the rest into escrow, both confirm the handover, the buyer may complain, the seller is paid.",
		States: []process.StateInfo{
			{Name: escrow.Created, Money: process.HoldsNothing},
			{Name: escrow.Joined, Money: process.HoldsNothing},
			{Name: DepositPaid, Money: process.HoldsEscrow},
			{Name: DepositAccepted, Money: process.HoldsEscrow, OpenEnded: "the parties agree on price and meeting in their own time; either may cancel"},
			{Name: RemainderPaid, Money: process.HoldsEscrow, OpenEnded: "the parties meet in their own time"},
			{Name: RemainderSkipped, Money: process.HoldsEscrow, OpenEnded: "the parties meet in their own time"},
			{Name: BuyerHandoverConfirmed, Money: process.HoldsEscrow},
			{Name: SellerHandoverConfirmed, Money: process.HoldsEscrow},
			{Name: escrow.Complained, Money: process.HoldsEscrow, OpenEnded: "the gateway decides the complaint in its own time", Dispute: true},
			{Name: escrow.ComplaintPeriodEnded, Label: "completed", Money: process.HoldsEscrow},
			{Name: CancelledWithDeposit, Label: "canceled", Money: process.HoldsEscrow},
			{Name: escrow.FundsReleased, Label: "completed", Terminal: true, Money: process.HoldsNothing, Reviews: true, ChatOpen: true},
			{Name: escrow.Refunded, Terminal: true, Money: process.HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
			{Name: DepositRefunded, Terminal: true, Money: process.HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
			{Name: escrow.Cancelled, Label: "canceled", Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
			{Name: escrow.Rejected, Terminal: true, Money: process.HoldsNothing, Frees: true, ChatOpen: true},
		},
		Rules:  slices.Concat(escrow.Opening(process.DepositPositive), deposit(), price(), escrow.Closing(), cancel(), handover(), complaint(), escrow.Ends()),
		Timers: timers(),
		Words:  words(),
		Improvements: []string{
			"Each side has a transition of its own to confirm the handover, so that a marketplace that acts for both can never confirm the wrong one.",
			"Once the seller has confirmed, the state stays seller_handover_confirmed no matter who confirms last: it is the one in which the complaint period runs.",
			"A deposit that the seller does not accept within 14 days goes back; at the gateway it would wait without end.",
			"When the buyer has confirmed and the seller forgets to, the handover is confirmed for the seller after the automatic confirmation days.",
		},
	}
}

func deposit() []process.Rule {
	return []process.Rule{
		{
			Name: PayDeposit, From: []process.State{escrow.Joined}, To: DepositPaid, By: []process.Role{process.Gateway},
			Observe: process.FactDepositPaid, Effect: process.CollectDeposit, Doc: "the buyer paid the deposit on the gateway's page",
		},
		{
			Name: AcceptDeposit, From: []process.State{DepositPaid}, To: DepositAccepted, By: []process.Role{process.Seller, process.Gateway},
			Verb: process.AcceptDeposit, Observe: process.FactDepositAccepted,
		},
	}
}

func price() []process.Rule {
	return []process.Rule{
		{
			Name: SetPrice, From: []process.State{DepositAccepted}, To: DepositAccepted, By: []process.Role{process.Seller, process.Gateway},
			Input:  []process.Input{{Name: "price", Required: true, Amount: true, Reason: "invalid_price", Kept: process.ForParties}},
			Guards: []process.Guard{process.NotPriced, process.AboveDeposit}, Verb: process.SetPrice, Observe: process.FactPriced, Terms: priced,
			Doc: "names the whole price, of which the deposit is a part",
		},
		{
			Name: SkipRemainder, From: []process.State{DepositAccepted}, To: RemainderSkipped, By: []process.Role{process.Seller, process.Gateway},
			Guards: []process.Guard{process.NotPriced}, Verb: process.SkipRemainder, Observe: process.FactRemainderSkipped, Terms: skipped,
			Doc: "the deposit is the whole price",
		},
		{
			Name: PayRemainder, From: []process.State{DepositAccepted}, To: RemainderPaid, By: []process.Role{process.Gateway},
			Guards: []process.Guard{process.Priced}, Observe: process.FactRemainderPaid, Effect: process.CollectRemainder,
			Doc: "the buyer paid the rest on the gateway's page",
		},
	}
}

func cancel() []process.Rule {
	return []process.Rule{
		{
			Name: escrow.Cancel, From: []process.State{DepositPaid, DepositAccepted}, To: CancelledWithDeposit, By: []process.Role{process.Buyer, process.Seller, process.Operator, process.Gateway},
			Input: []process.Input{process.ReasonInput}, Verb: process.Void, Observe: process.FactCancelled, Doc: "the deposit goes back, the gateway's fee stays",
		},
		{
			Name: escrow.Expire, From: []process.State{DepositPaid}, To: CancelledWithDeposit, By: []process.Role{process.Clock},
			Verb: process.Void, Observe: process.FactCancelled, Doc: "the seller did not accept the deposit in time",
		},
		{
			Name: escrow.CancelPayment, From: settled, To: CancelledWithDeposit, By: []process.Role{process.Gateway},
			Observe: process.FactCancelled, Doc: "the gateway's review refused the payment",
		},
		{
			Name: escrow.Refund, From: []process.State{CancelledWithDeposit}, To: DepositRefunded, By: []process.Role{process.Gateway},
			Observe: process.FactDepositRefunded, Effect: process.RefundPayer,
		},
	}
}

func handover() []process.Rule {
	return []process.Rule{
		{
			Name: ConfirmReceipt, From: settled, To: BuyerHandoverConfirmed, By: []process.Role{process.Buyer, process.Gateway},
			Verb: process.ConfirmReceipt, Observe: process.FactBuyerHandoverConfirmed, Doc: "the buyer has the goods",
		},
		{
			Name: ConfirmReceipt, From: []process.State{SellerHandoverConfirmed}, To: SellerHandoverConfirmed, By: []process.Role{process.Buyer, process.Gateway},
			Guards: []process.Guard{notReceived}, Verb: process.ConfirmReceipt, Observe: process.FactBuyerHandoverConfirmed,
			Doc: "the complaint period goes on",
		},
		{
			Name: ConfirmHandover, From: settled, To: SellerHandoverConfirmed, By: []process.Role{process.Seller, process.Gateway},
			Verb: process.ConfirmHandover, Observe: process.FactSellerHandoverConfirmed, Doc: "the seller handed the goods over; the complaint period starts",
		},
		{
			Name: ConfirmHandover, From: []process.State{BuyerHandoverConfirmed}, To: SellerHandoverConfirmed, By: []process.Role{process.Seller, process.Clock, process.Gateway},
			Verb: process.ConfirmHandover, Observe: process.FactSellerHandoverConfirmed,
		},
	}
}

func complaint() []process.Rule {
	return []process.Rule{
		{
			Name: escrow.Complain, From: complains, To: escrow.Complained, By: []process.Role{process.Buyer, process.Gateway},
			Input:  escrow.ComplaintInputs(),
			Guards: []process.Guard{process.ComplaintPeriodOpen}, Verb: process.Complain, Observe: process.FactComplained,
		},
		{
			Name: escrow.EndComplaintPeriod, From: []process.State{SellerHandoverConfirmed}, To: escrow.ComplaintPeriodEnded, By: []process.Role{process.Buyer, process.Gateway},
			Guards: []process.Guard{process.ComplaintPeriodOpen}, Verb: process.Release, Observe: process.FactComplaintPeriodEnded,
			Doc: "the buyer accepts, or the complaint period is over at the gateway",
		},
	}
}

func timers() []process.Timer {
	const often, seldom = time.Hour, 6 * time.Hour
	polled := []process.State{escrow.Joined, DepositPaid, DepositAccepted, RemainderPaid, RemainderSkipped, BuyerHandoverConfirmed, escrow.Complained}
	return []process.Timer{
		{Name: "invitation_window", In: []process.State{escrow.Created}, Due: process.After(30*process.Day, "30 days"), Then: escrow.Expire},
		{Name: "deposit_window", In: []process.State{escrow.Joined}, Due: process.After(14*process.Day, "14 days"), Then: escrow.Expire},
		{Name: "acceptance_window", In: []process.State{DepositPaid}, Due: process.After(14*process.Day, "14 days"), Then: escrow.Expire},
		{Name: "remainder_reminder", In: []process.State{DepositAccepted}, Due: process.After(7*process.Day, "7 days"), Remind: true},
		{Name: "handover_reminder", In: settled, Due: process.After(7*process.Day, "7 days"), Remind: true},
		{Name: "automatic_confirmation", In: []process.State{BuyerHandoverConfirmed}, Due: process.AutomaticConfirmation, Then: ConfirmHandover},
		{Name: "complaint_period", In: []process.State{SellerHandoverConfirmed}, Due: process.AtDeadline(process.ComplaintDeadline, process.Day, "the end of the gateway's complaint period (1 day if it has none)"), Repeat: often},
		process.StaffReminder("operator_reminder", 3*process.Day, "3 days", escrow.Complained, escrow.ComplaintPeriodEnded, CancelledWithDeposit),
		process.Overdue(escrow.Complained, escrow.ComplaintPeriodEnded, CancelledWithDeposit),
		{Name: "settlement", In: []process.State{escrow.ComplaintPeriodEnded, CancelledWithDeposit}, Due: process.After(often, "1 hour"), Repeat: often},
		{Name: "poll", In: polled, Due: process.After(seldom, "6 hours"), Repeat: seldom},
	}
}

// priced makes the seller's price that of the deal. The fee on it is the
// gateway's own, which comes with the gateway's answer.
func priced(d process.Deal, in process.Amounts) (process.Deal, error) {
	d.Price = money.New(in["price"], d.Price.Currency())
	return d, nil
}

// skipped makes the deposit the whole price.
func skipped(d process.Deal, _ process.Amounts) (process.Deal, error) {
	d.Price = money.New(d.Deposit, d.Price.Currency())
	return d, nil
}

var notReceived = process.Guard{
	Name: "the buyer has not confirmed yet", Code: fault.Conflict, Reason: "buyer_handover_already_confirmed",
	Message: "the buyer has confirmed the handover already",
	Holds: func(d process.Deal, _ process.Command, _ time.Time) bool {
		return !d.Has(process.FactBuyerHandoverConfirmed)
	},
}
