package orchestrator_test

import (
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

func paytrailRows() []row {
	pay := deed{pays: true}
	bill := deed{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "5000"}}
	begin := deed{name: "pay_invoice", actor: testkit.Buyer}
	cancel := deed{name: "cancel", actor: testkit.Buyer}
	const unshown = "Paytrail shows no refund beside its payment"
	rows := []row{
		{
			name: "charge", before: []deed{bill}, act: begin, finish: payShown, call: "create_payment", path: "/payments", effect: "charge",
			to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted, alone: "the payment is not there yet",
		},
		{
			name: "payment", before: []deed{bill, begin}, act: pay, call: "get_payment", effect: "charge",
			to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted,
		},
		{
			name: "give up", before: []deed{bill, begin}, act: cancel, call: "get_payment", method: "GET", looks: true,
			to: postpay.Unpaid, after: postpay.Unpaid, without: postpay.Accepted, alone: "Paytrail has no call to end a payment",
		},
		{
			name: "refund", before: []deed{bill, begin, pay, cancel}, act: deed{name: "refund", actor: staff}, call: "create_refund", path: "/refund", effect: "refund", once: true,
			to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled, alone: unshown,
		},
		{
			name: "split", before: []deed{bill, begin, pay, cancel}, act: deed{name: "split", actor: staff, input: map[string]string{"refund": "1500", "release": "3500"}},
			call: "create_refund", path: "/refund", effect: "refund", once: true,
			to: settlement.Settling, after: settlement.Settled, without: settlement.Canceled, alone: unshown,
		},
		{
			name: "part of a refund", before: []deed{bill, begin, pay}, act: deed{name: "refund_part", actor: staff, input: map[string]string{"refund": "1500"}},
			call: "create_refund", path: "/refund", effect: "refund", once: true,
			stays: true, to: settlement.Paid, after: settlement.Paid, without: settlement.Paid, alone: unshown,
		},
		{
			name: "transfer", before: []deed{bill, begin, pay}, act: deed{name: "complete", actor: testkit.Buyer}, call: "get_payment", method: "GET", looks: true,
			to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid, alone: "the seller has had the money since the payment",
		},
	}
	for i := range rows {
		rows[i].open = at("postpay", "paytrail")
	}
	rows = append(rows, paytrailHolds()...)
	for i := range rows {
		rows[i].gateway = "paytrail"
	}
	return rows
}

// onSavedCard is a deal at Paytrail whose buyer gives a saved card at once.
func onSavedCard() orchestrator.CreateInput {
	in := at("preauthorize", "paytrail")
	in.Input = map[string]string{"payment_method": aSavedCard}
	return in
}

// paytrailHolds are the operations of a deal whose money is held on a saved card.
func paytrailHolds() []row {
	held := onSavedCard()
	const once = "a hold is committed once, whoever commits it"
	return []row{
		{
			name: "authorize", open: held, call: "cit_authorization_hold", path: "/authorization-hold", effect: "authorize", once: true, givesUp: true,
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned, alone: "the payment is not there yet",
		},
		{
			name: "capture", open: held, act: deed{name: "complete_preauthorization", actor: testkit.Seller}, call: "commit_hold", path: "/commit", effect: "capture",
			to: settlement.Paid, after: settlement.Paid, without: preauthorize.Preauthorized, alone: once,
		},
		{
			name: "void", open: held, act: deed{name: "reject", actor: testkit.Seller}, call: "revert_hold", path: "/revert", effect: "void",
			to: preauthorize.Rejected, after: preauthorize.Rejected, without: preauthorize.Preauthorized, alone: once,
		},
	}
}
