package orchestrator_test

import (
	"errors"
	"net/http"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/sandbox"
)

// at is a deal of a process at a gateway.
func at(name, gateway string) orchestrator.CreateInput {
	in := testkit.Deal()
	in.Process, in.Gateway = name, gateway
	return in
}

// payShown lets the buyer pay on the page that the deal shows them.
func payShown(r *rig, tx orchestrator.Transaction) {
	if tx.RedirectURL == "" {
		return
	}
	if err := r.PayOnPage(tx.Gateway, tx.PaymentID); err != nil {
		panic(err)
	}
	r.MustSettle()
}

// approveUnheard lets the buyer approve while PayPal's events are lost.
func approveUnheard(r *rig, tx orchestrator.Transaction) {
	err := r.Till("paypal").SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "lose", Times: -1}})
	if err := errors.Join(err, r.PayOnPage(tx.Gateway, tx.PaymentID), r.Till("paypal").SetFaults(nil)); err != nil {
		panic(err)
	}
}

// disburseRow is the transfer of a deal whose money PayPal keeps until it ends.
func disburseRow() row {
	pay, accept := deed{pays: true}, deed{name: "complete_preauthorization", actor: testkit.Seller}
	return row{
		gateway: "paypal", open: at("preauthorize", "paypal"), name: "disburse", before: []deed{pay, accept}, act: deed{name: "complete", actor: testkit.Buyer},
		call: "create_referenced_payout_item", path: "/referenced-payouts-items", effect: "disburse",
		to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid, alone: "an item that an operator makes is the one that ours is told",
	}
}

func paypalRows() []row {
	pay := deed{pays: true}
	accept := deed{name: "complete_preauthorization", actor: testkit.Seller}
	cancel := deed{name: "cancel", actor: testkit.Buyer}
	parts := map[string]string{"refund": "1500", "release": "3500"}
	const other = "a part that an operator refunds at PayPal is another refund than ours"
	byHand := func(what string) func(*rig, orchestrator.Transaction) {
		return func(r *rig, tx orchestrator.Transaction) { r.AtPayPal(tx, what, "{}") }
	}
	unheard := deed{name: "approve unheard", hand: approveUnheard}
	rows := []row{
		{
			name: "authorize", finish: payShown, lapses: true, call: "create_order", path: "/orders", effect: "authorize",
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned, alone: "the payment is not there yet",
		},
		{
			name: "approval", act: pay, call: "get_order", effect: "authorize",
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned,
		},
		{
			name: "reservation", act: pay, call: "authorize_order", path: "/authorize", method: http.MethodPost, effect: "authorize",
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned,
		},
		{
			name: "give up", before: []deed{unheard}, act: cancel, call: "void", path: "/void", effect: "void",
			to: preauthorize.Abandoned, after: preauthorize.Abandoned, also: preauthorize.Rejected, without: preauthorize.Preauthorized, alone: "nothing is reserved yet",
		},
		{
			name: "reserve to give up", before: []deed{unheard}, act: cancel, call: "authorize_order", path: "/authorize", effect: "void",
			to: preauthorize.Abandoned, after: preauthorize.Abandoned, also: preauthorize.Rejected, without: preauthorize.Preauthorized, alone: "nothing is reserved yet",
		},
		{
			name: "capture", before: []deed{pay}, act: accept, call: "capture_authorization", path: "/capture", effect: "capture",
			to: settlement.Paid, after: settlement.Paid, without: preauthorize.Preauthorized, elsewhere: byHand("capture"),
		},
		{
			name: "void", before: []deed{pay}, act: deed{name: "reject", actor: testkit.Seller}, call: "void", path: "/void", effect: "void",
			to: preauthorize.Rejected, after: preauthorize.Rejected, without: preauthorize.Preauthorized, elsewhere: byHand("void"),
		},
		{
			name: "refund", before: []deed{pay, accept, cancel}, act: deed{name: "refund", actor: staff}, call: "refund", path: "/refund", effect: "refund",
			to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled, elsewhere: byHand("refund"),
		},
		{
			name: "split", before: []deed{pay, accept, cancel}, act: deed{name: "split", actor: staff, input: parts}, call: "refund", path: "/refund", effect: "refund",
			to: settlement.Settling, after: settlement.Settled, without: settlement.Canceled, alone: other,
		},
		{
			name: "part of a refund", before: []deed{pay, accept}, act: deed{name: "refund_part", actor: staff, input: map[string]string{"refund": "1500"}},
			call: "refund", path: "/refund", effect: "refund", stays: true, to: settlement.Paid, after: settlement.Paid, without: settlement.Paid, alone: other,
		},
		{
			name: "transfer", before: []deed{pay, accept}, act: deed{name: "complete", actor: testkit.Buyer}, call: "create_payout", path: "/payouts", effect: "payout",
			to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid, alone: "a payout that an operator sends is another one than ours",
		},
	}
	for i := range rows {
		rows[i].gateway, rows[i].open = "paypal", at("preauthorize", "paypal")
	}
	return rows
}
