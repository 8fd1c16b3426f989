package process

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
)

// States that escrow_f2f has beside those of escrow_online. The names are those
// of the Trustap face-to-face model.
const (
	F2FDepositPaid             State = "deposit_paid"
	F2FDepositAccepted         State = "deposit_accepted" // with the fact priced, the remainder is due
	F2FCancelledWithDeposit    State = "cancelled_with_deposit"
	F2FDepositRefunded         State = "deposit_refunded"
	F2FRemainderPaid           State = "remainder_paid"
	F2FRemainderSkipped        State = "remainder_skipped"
	F2FBuyerHandoverConfirmed  State = "buyer_handover_confirmed" // by the buyer alone
	F2FSellerHandoverConfirmed State = "seller_handover_confirmed"
)

// Facts of escrow_f2f.
const (
	FactDepositPaid             Fact = "deposit_paid"
	FactDepositAccepted         Fact = "deposit_accepted"
	FactDepositRefunded         Fact = "deposit_refunded"
	FactPriced                  Fact = "priced"
	FactRemainderPaid           Fact = "remainder_paid"
	FactRemainderSkipped        Fact = "remainder_skipped"
	FactBuyerHandoverConfirmed  Fact = "buyer_handover_confirmed"
	FactSellerHandoverConfirmed Fact = "seller_handover_confirmed"
)

// Groups of states of escrow_f2f.
var (
	f2fSettled   = []State{F2FRemainderPaid, F2FRemainderSkipped}
	f2fComplains = []State{F2FRemainderPaid, F2FRemainderSkipped, F2FBuyerHandoverConfirmed, F2FSellerHandoverConfirmed}
)

// EscrowF2F1 is a deal whose parties meet, on an escrow gateway that keeps the
// money and the complaint period itself (Trustap's face-to-face model). The buyer
// pays a deposit; the seller names the price, and the buyer pays the rest, or the
// seller is content with the deposit; then the goods change hands.
func EscrowF2F1() *Process {
	return &Process{
		Name: "escrow_f2f", Version: 1, PayerIsStarter: true, Deposits: true, ConfirmAfterDays: 14,
		Summary: "A deal in person: the buyer pays a deposit and later the rest into escrow, both confirm the handover, the buyer may complain, the seller is paid.",
		States: []StateInfo{
			{Name: OnlineCreated, Money: HoldsNothing},
			{Name: OnlineJoined, Money: HoldsNothing},
			{Name: F2FDepositPaid, Money: HoldsEscrow},
			{Name: F2FDepositAccepted, Money: HoldsEscrow, OpenEnded: "the parties agree on price and meeting in their own time; either may cancel"},
			{Name: F2FRemainderPaid, Money: HoldsEscrow, OpenEnded: "the parties meet in their own time"},
			{Name: F2FRemainderSkipped, Money: HoldsEscrow, OpenEnded: "the parties meet in their own time"},
			{Name: F2FBuyerHandoverConfirmed, Money: HoldsEscrow},
			{Name: F2FSellerHandoverConfirmed, Money: HoldsEscrow},
			{Name: OnlineComplained, Money: HoldsEscrow, OpenEnded: "the gateway decides the complaint in its own time"},
			{Name: OnlineComplaintPeriodEnded, Label: "completed", Money: HoldsEscrow},
			{Name: F2FCancelledWithDeposit, Label: "canceled", Money: HoldsEscrow},
			{Name: OnlineFundsReleased, Label: "completed", Terminal: true, Money: HoldsNothing, Reviews: true, ChatOpen: true},
			{Name: OnlineRefunded, Terminal: true, Money: HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
			{Name: F2FDepositRefunded, Terminal: true, Money: HoldsNothing, Frees: true, Reviews: true, ChatOpen: true},
			{Name: OnlineCancelled, Label: "canceled", Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
			{Name: OnlineRejected, Terminal: true, Money: HoldsNothing, Frees: true, ChatOpen: true},
		},
		Rules:  slices.Concat(escrowOpening(depositPositive), f2fDeposit(), f2fPrice(), escrowClosing(), f2fCancel(), f2fHandover(), f2fComplaint()),
		Timers: f2fTimers(),
		Improvements: []string{
			"Each side has a transition of its own to confirm the handover, so that a marketplace that acts for both can never confirm the wrong one.",
			"Once the seller has confirmed, the state stays seller_handover_confirmed no matter who confirms last: it is the one in which the complaint period runs.",
			"A deposit that the seller does not accept within 14 days goes back; at the gateway it would wait without end.",
			"When the buyer has confirmed and the seller forgets to, the handover is confirmed for the seller after the automatic confirmation days.",
		},
	}
}

func f2fDeposit() []Rule {
	return []Rule{
		{
			Name: "pay_deposit", From: []State{OnlineJoined}, To: F2FDepositPaid, By: []Role{Gateway},
			Observe: FactDepositPaid, Effect: CollectDeposit, Doc: "the buyer paid the deposit on the gateway's page",
		},
		{
			Name: "accept_deposit", From: []State{F2FDepositPaid}, To: F2FDepositAccepted, By: []Role{Seller, Gateway},
			Verb: AcceptDeposit, Observe: FactDepositAccepted,
		},
	}
}

func f2fPrice() []Rule {
	return []Rule{
		{
			Name: "set_price", From: []State{F2FDepositAccepted}, To: F2FDepositAccepted, By: []Role{Seller, Gateway},
			Input:  []Input{{Name: "price", Required: true, Amount: true, Reason: "invalid_price", Kept: ForParties}},
			Guards: []Guard{notPriced, aboveDeposit}, Verb: SetPrice, Observe: FactPriced, Terms: f2fPriced,
			Doc: "names the whole price, of which the deposit is a part",
		},
		{
			Name: "skip_remainder", From: []State{F2FDepositAccepted}, To: F2FRemainderSkipped, By: []Role{Seller, Gateway},
			Guards: []Guard{notPriced}, Verb: SkipRemainder, Observe: FactRemainderSkipped, Terms: f2fSkipped,
			Doc: "the deposit is the whole price",
		},
		{
			Name: "pay_remainder", From: []State{F2FDepositAccepted}, To: F2FRemainderPaid, By: []Role{Gateway},
			Guards: []Guard{priced}, Observe: FactRemainderPaid, Effect: CollectRemainder,
			Doc: "the buyer paid the rest on the gateway's page",
		},
	}
}

func f2fCancel() []Rule {
	return []Rule{
		{
			Name: "cancel", From: []State{F2FDepositPaid, F2FDepositAccepted}, To: F2FCancelledWithDeposit, By: []Role{Buyer, Seller, Operator, Gateway},
			Input: []Input{reasonInput}, Verb: Void, Observe: FactCancelled, Doc: "the deposit goes back, the gateway's fee stays",
		},
		{
			Name: "expire", From: []State{F2FDepositPaid}, To: F2FCancelledWithDeposit, By: []Role{Clock},
			Verb: Void, Observe: FactCancelled, Doc: "the seller did not accept the deposit in time",
		},
		{
			Name: "cancel_payment", From: f2fSettled, To: F2FCancelledWithDeposit, By: []Role{Gateway},
			Observe: FactCancelled, Doc: "the gateway's review refused the payment",
		},
		{
			Name: "refund", From: []State{F2FCancelledWithDeposit}, To: F2FDepositRefunded, By: []Role{Gateway},
			Observe: FactDepositRefunded, Effect: RefundPayer,
		},
	}
}

func f2fHandover() []Rule {
	return []Rule{
		{
			Name: "confirm_receipt", From: f2fSettled, To: F2FBuyerHandoverConfirmed, By: []Role{Buyer, Gateway},
			Verb: ConfirmReceipt, Observe: FactBuyerHandoverConfirmed, Doc: "the buyer has the goods",
		},
		{
			Name: "confirm_receipt", From: []State{F2FSellerHandoverConfirmed}, To: F2FSellerHandoverConfirmed, By: []Role{Buyer, Gateway},
			Guards: []Guard{notReceived}, Verb: ConfirmReceipt, Observe: FactBuyerHandoverConfirmed,
			Doc: "the complaint period goes on",
		},
		{
			Name: "confirm_handover", From: f2fSettled, To: F2FSellerHandoverConfirmed, By: []Role{Seller, Gateway},
			Verb: ConfirmHandover, Observe: FactSellerHandoverConfirmed, Doc: "the seller handed the goods over; the complaint period starts",
		},
		{
			Name: "confirm_handover", From: []State{F2FBuyerHandoverConfirmed}, To: F2FSellerHandoverConfirmed, By: []Role{Seller, Clock, Gateway},
			Verb: ConfirmHandover, Observe: FactSellerHandoverConfirmed,
		},
	}
}

func f2fComplaint() []Rule {
	return []Rule{
		{
			Name: "complain", From: f2fComplains, To: OnlineComplained, By: []Role{Buyer, Gateway},
			Input:  complaintInputs(),
			Guards: []Guard{complaintPeriodOpen}, Verb: Complain, Observe: FactComplained,
		},
		{
			Name: "end_complaint_period", From: []State{F2FSellerHandoverConfirmed}, To: OnlineComplaintPeriodEnded, By: []Role{Buyer, Gateway},
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

func f2fTimers() []Timer {
	const often, seldom = time.Hour, 6 * time.Hour
	polled := []State{OnlineJoined, F2FDepositPaid, F2FDepositAccepted, F2FRemainderPaid, F2FRemainderSkipped, F2FBuyerHandoverConfirmed, OnlineComplained}
	return []Timer{
		{Name: "invitation_window", In: []State{OnlineCreated}, Due: After(30*day, "30 days"), Then: "expire"},
		{Name: "deposit_window", In: []State{OnlineJoined}, Due: After(14*day, "14 days"), Then: "expire"},
		{Name: "acceptance_window", In: []State{F2FDepositPaid}, Due: After(14*day, "14 days"), Then: "expire"},
		{Name: "remainder_reminder", In: []State{F2FDepositAccepted}, Due: After(7*day, "7 days"), Remind: true},
		{Name: "handover_reminder", In: f2fSettled, Due: After(7*day, "7 days"), Remind: true},
		{Name: "automatic_confirmation", In: []State{F2FBuyerHandoverConfirmed}, Due: automaticConfirmation, Then: "confirm_handover"},
		{Name: "complaint_period", In: []State{F2FSellerHandoverConfirmed}, Due: AtDeadline(ComplaintDeadline, day, "the end of the gateway's complaint period (1 day if it has none)"), Repeat: often},
		staffReminder("operator_reminder", 3*day, "3 days", OnlineComplained, OnlineComplaintPeriodEnded, F2FCancelledWithDeposit),
		overdue(OnlineComplained, OnlineComplaintPeriodEnded, F2FCancelledWithDeposit),
		{Name: "settlement", In: []State{OnlineComplaintPeriodEnded, F2FCancelledWithDeposit}, Due: After(often, "1 hour"), Repeat: often},
		{Name: "poll", In: polled, Due: After(seldom, "6 hours"), Repeat: seldom},
	}
}

// f2fPriced makes the seller's price that of the deal. The fee on it is the
// gateway's own, which comes with the gateway's answer.
func f2fPriced(d Deal, in Amounts) (Deal, error) {
	d.Price = money.New(in["price"], d.Price.Currency())
	return d, nil
}

// f2fSkipped makes the deposit the whole price.
func f2fSkipped(d Deal, _ Amounts) (Deal, error) {
	d.Price = money.New(d.Deposit, d.Price.Currency())
	return d, nil
}

var (
	notPriced = Guard{
		Name: "the price is not set yet", Code: fault.Conflict, Reason: "price_already_set",
		Message: "the price is set already",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactPriced) },
	}
	priced = Guard{
		Name: "the price is set", Code: fault.Conflict, Reason: "missing_pricing",
		Message: "the seller has not set the price yet",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Has(FactPriced) },
	}
	aboveDeposit = Guard{
		Name: "the price is above the deposit", Code: fault.Invalid, Reason: "remainder_too_low", OnInput: true,
		Message: "the price includes the deposit and must be above it; to take the deposit alone, skip the remainder",
		Holds:   func(d Deal, c Command, _ time.Time) bool { return c.Amount("price") > d.Deposit },
	}
	notReceived = Guard{
		Name: "the buyer has not confirmed yet", Code: fault.Conflict, Reason: "buyer_handover_already_confirmed",
		Message: "the buyer has confirmed the handover already",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactBuyerHandoverConfirmed) },
	}
)
