package notices

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// mailRow is a row of an e-mail to a side of a deal. What says what stands in it; where one
// of the conditions does not hold, nothing is told.
func mailRow(event events.Type, to Person, kind mail.Kind, what content, all ...cond) Row {
	return Row{Event: event, To: to, Mail: kind, With: func(_ context.Context, h Happening, to Person) (Words, error) {
		for _, holds := range all {
			if !holds(h) {
				return Words{Unsaid: true}, nil
			}
		}
		return Words{Letter: what.letter(h, to)}, nil
	}}
}

// dealMails are the e-mails that both sides get while a deal goes on. A receipt is told
// whenever it is told; what asks for a step is not, once the deal has gone on (still).
func dealMails() []Row {
	var all []Row
	for _, some := range [][]Row{agreeing(), paying(), handing(), stopping(), ending(), afterwards(), reminding()} {
		all = append(all, some...)
	}
	return all
}

// agreeing is until the author has decided.
func agreeing() []Row {
	inPreauthorize := of(preauthorize.Name)
	return []Row{
		mailRow(events.TransactionFree, Seller, "deal_started", nothing),
		mailRow(events.TransactionRequested, Seller, "order_requested", price, still),
		mailRow(events.TransactionPending, Seller, "order_requested", price, still),
		mailRow(events.TransactionPreauthorized, Buyer, "money_reserved", total.until(process.CaptureBefore)),
		mailRow(events.TransactionPreauthorized, Seller, "decision_needed", price.until(process.CaptureBefore), still),
		mailRow(events.TransactionAccepted, Buyer, "payment_due", total, by(postpay.Invoice), still),
		mailRow(events.TransactionAccepted, Buyer, "payment_reminder", total, by(postpay.GiveUpPayment), still),
		mailRow(events.TransactionJoined, Buyer, "payment_due", first, by(escrow.Join, escrowonline.AcceptListing), still),
		mailRow(events.TransactionJoined, Seller, "side_joined", first, by(escrow.Join), begunBy(Seller), still),
		mailRow(events.TransactionRejected, Buyer, "order_declined", total, inPreauthorize, not(by(preauthorize.Withdraw, preauthorize.Expire))),
		mailRow(events.TransactionRejected, Buyer, "order_declined", nothing, not(inPreauthorize), begunBy(Buyer)),
		mailRow(events.TransactionRejected, Seller, "order_cancelled", nothing, not(inPreauthorize), begunBy(Seller)),
		mailRow(events.TransactionRejected, Both, "order_cancelled", nothing, by(preauthorize.Withdraw)),
		mailRow(events.TransactionRejected, Both, "deal_expired", nothing, by(preauthorize.Expire)),
	}
}

// paying is when money arrives.
func paying() []Row {
	return []Row{
		mailRow(events.TransactionPaid, Buyer, "order_accepted", total, of(preauthorize.Name)),
		mailRow(events.TransactionPaid, Buyer, "payment_received", total, not(of(preauthorize.Name))),
		mailRow(events.TransactionPaid, Seller, "ship_now", price.until(process.TrackingDeadline), of(escrowonline.Name), still),
		mailRow(events.TransactionPaid, Seller, "sale_paid", price, not(of(escrowonline.Name))),
		mailRow(events.TransactionDepositPaid, Buyer, "deposit_received", deposit),
		mailRow(events.TransactionDepositPaid, Seller, "deposit_to_accept", deposit, still),
		mailRow(events.TransactionDepositAccepted, Buyer, "deposit_taken", nothing),
		mailRow(events.TransactionPriced, Buyer, "remainder_due", rest, still),
		mailRow(events.TransactionRemainderSkipped, Buyer, "nothing_left", nothing),
		mailRow(events.TransactionRemainderPaid, Buyer, "payment_received", rest),
		mailRow(events.TransactionRemainderPaid, Seller, "sale_paid", price),
		mailRow(events.TransactionCaptureFailed, Both, "payment_not_taken", nothing),
	}
}

// handing is what is sent or handed over, and whether it is all right.
func handing() []Row {
	return []Row{
		mailRow(events.TransactionTracked, Buyer, "order_shipped", nothing),
		mailRow(events.TransactionDelivered, Buyer, "order_delivered", nothing.until(process.ComplaintDeadline), still),
		mailRow(events.TransactionDelivered, Seller, "sale_delivered", nothing.until(process.ComplaintDeadline)),
		mailRow(events.TransactionBuyerHandoverConfirmed, Seller, "handover_to_confirm", nothing, to(escrowf2f.BuyerHandoverConfirmed), still),
		mailRow(events.TransactionSellerHandoverConfirmed, Buyer, "handover_confirmed", nothing.until(process.ComplaintDeadline), not(buyerConfirmed), still),
		mailRow(events.TransactionComplained, Buyer, "complaint_received", nothing),
		mailRow(events.TransactionComplained, Seller, "complaint_opened", nothing),
		mailRow(events.TransactionDisputed, Seller, "payment_disputed", price),
	}
}

// stopping is when a deal does not go on.
func stopping() []Row {
	expires := by(escrow.Expire)
	return []Row{
		mailRow(events.TransactionCanceled, Both, "order_stopped", held, not(by(settlement.WinDispute))),
		mailRow(events.TransactionCancelled, Both, "order_cancelled", nothing, by(escrow.Cancel)),
		mailRow(events.TransactionCancelled, Both, "deal_expired", nothing, expires),
		mailRow(events.TransactionUnpaid, Both, "order_cancelled", nothing),
		mailRow(events.TransactionLapsed, Both, "deal_expired", nothing),
		mailRow(events.TransactionAbandoned, Buyer, "deal_expired", nothing, by(preauthorize.Abandon)),
		mailRow(events.TransactionCancelledWithPayment, Buyer, "paid_cancelled", held),
		mailRow(events.TransactionCancelledWithPayment, Seller, "paid_sale_cancelled", nothing),
		mailRow(events.TransactionCancelledWithDeposit, Buyer, "paid_cancelled", held),
		mailRow(events.TransactionCancelledWithDeposit, Seller, "paid_sale_cancelled", nothing),
	}
}

// ending is when money has gone where it belongs.
func ending() []Row {
	complained := from(escrow.Complained)
	return []Row{
		mailRow(events.TransactionConfirmed, Buyer, "order_completed", spent),
		mailRow(events.TransactionConfirmed, Seller, "sale_completed", payout),
		mailRow(events.TransactionFundsReleased, Buyer, "decided_for_seller", nothing, complained),
		mailRow(events.TransactionFundsReleased, Buyer, "order_completed", spent, not(complained)),
		mailRow(events.TransactionFundsReleased, Seller, "sale_completed", payout),
		mailRow(events.TransactionDismissed, Buyer, "decided_for_seller", nothing, not(by(settlement.PayAgain))),
		mailRow(events.TransactionDismissed, Seller, "sale_completed", payout),
		mailRow(events.TransactionSettled, Both, "order_settled", share),
		mailRow(events.TransactionRefunded, Buyer, "money_back", refunded),
		mailRow(events.TransactionRefunded, Seller, "sale_refunded", nothing),
		mailRow(events.TransactionDepositRefunded, Buyer, "money_back", refunded),
		mailRow(events.TransactionDepositRefunded, Seller, "sale_refunded", nothing),
		mailRow(events.TransactionRefundedInPart, Buyer, "part_refunded", refunded),
		mailRow(events.TransactionRefundedInPart, Seller, "sale_part_refunded", refunded),
	}
}

// afterwards is what happens to the money of a deal that is over.
func afterwards() []Row {
	return []Row{
		mailRow(events.TransactionPayoutSettled, Seller, "paid_out", payout),
		mailRow(events.TransactionTakenBack, Seller, "chargeback", returned),
		mailRow(events.TransactionWonBack, Seller, "chargeback_won", nothing),
		{Event: events.PayoutPaid, To: Seller, Mail: "payout_arrived", With: banked},
	}
}

// reminding asks again, and tells of messages.
func reminding() []Row {
	pending, accepted := in(postpay.Pending), in(postpay.Accepted)
	return []Row{
		mailRow(events.ReminderConfirmReminder, Buyer, "receipt_reminder", nothing, still),
		mailRow(events.ReminderFirstReminder, Seller, "answer_reminder", nothing, pending, still),
		mailRow(events.ReminderFirstReminder, Buyer, "payment_reminder", total, accepted, still),
		mailRow(events.ReminderSecondReminder, Seller, "answer_reminder", nothing, pending, still),
		mailRow(events.ReminderSecondReminder, Buyer, "payment_reminder", total, accepted, still),
		mailRow(events.ReminderRemainderReminder, Seller, "answer_reminder", nothing, not(priced), still),
		mailRow(events.ReminderRemainderReminder, Buyer, "payment_reminder", rest, priced, still),
		mailRow(events.ReminderHandoverReminder, Both, "handover_reminder", nothing, still),
		{Event: events.MessageSent, To: Listeners, Mail: MessagesWaiting, With: bundled},
	}
}

// MessagesWaiting is the template that tells of messages that somebody has not read.
const MessagesWaiting mail.Kind = "messages_waiting"

// bundling is the time whose messages are told in one e-mail, at its end; our choice.
const bundling = 15 * time.Minute

// bundled tells of a message together with those that come soon after it. The e-mail says
// how many are unread when it is sent, and never what they say.
func bundled(_ context.Context, h Happening, _ Person) (Words, error) {
	return Words{Later: bundle(h)}, nil
}

// bundle is when a message is told of.
func bundle(h Happening) time.Time { return h.Message.At.UTC().Truncate(bundling).Add(bundling) }

// dealID names what is told of a deal. Numbers of events are filled up, so that e-mails of
// one moment are sent in their order.
func dealID(h Happening, user string, to Person) (entry, letter string) {
	if h.Message != nil {
		return "", fmt.Sprintf("%d.messages.%x.%d", h.Transaction.ID, sha256.Sum256([]byte(user)), bundle(h).Unix())
	}
	return fmt.Sprintf("%d.%d.%s", h.Event.TransactionID, h.Event.Sequence, to), fmt.Sprintf("%d.%06d.%s", h.Event.TransactionID, h.Event.Sequence, to)
}
