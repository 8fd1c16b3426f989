package orchestrator_test

import (
	"maps"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// aNonce stands in an input for a card that pays once, a new one for each deal, and aSavedCard for one that the buyer has saved.
const (
	aNonce     = "a nonce"
	aSavedCard = "a saved card"
)

// given is an input with the deal's own nonce or card.
func (r *rig) given(t testing.TB, input map[string]string, title string) map[string]string {
	t.Helper()
	switch method := input["payment_method"]; {
	case method != aNonce && method != aSavedCard:
		return input
	case r.nonces[title] != "":
	case method == aNonce:
		r.nonces[title] = r.Nonce()
	default:
		r.nonces[title] = r.SaveCard(t, "success")
	}
	with := maps.Clone(input)
	with["payment_method"] = r.nonces[title]
	return with
}

// carded is a deal at Braintree whose buyer gives a nonce at once.
func carded() orchestrator.CreateInput {
	in := at("preauthorize", "braintree")
	in.Input = map[string]string{"payment_method": aNonce}
	return in
}

func braintreeRows() []row {
	invoice := at("postpay", "braintree")
	accept := deed{name: "complete_preauthorization", actor: testkit.Seller}
	cancel := deed{name: "cancel", actor: testkit.Buyer}
	bill := deed{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "5000"}}
	byHand := func(step string) func(*rig, orchestrator.Transaction) {
		return func(r *rig, tx orchestrator.Transaction) { r.AtBraintree(tx, step, "") }
	}
	settle := deed{name: "settle", hand: byHand("settle")}
	const late = "Braintree knows no idempotency keys: "
	rows := []row{
		{
			name: "authorize", open: carded(), call: "authorizePaymentMethod", effect: "authorize",
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned, alone: "the payment is not there yet",
		},
		{
			name: "capture", open: carded(), act: accept, call: "captureTransaction", effect: "capture",
			to: settlement.Paid, after: settlement.Paid, without: preauthorize.Preauthorized, elsewhere: byHand("submit_for_settlement"),
		},
		{
			name: "void", open: carded(), act: deed{name: "reject", actor: testkit.Seller}, call: "reverseTransaction", effect: "void",
			to: preauthorize.Rejected, after: preauthorize.Rejected, without: preauthorize.Preauthorized, elsewhere: byHand("void"),
		},
		{
			name: "charge", open: invoice, before: []deed{bill}, act: deed{name: "pay_invoice", actor: testkit.Buyer, input: map[string]string{"payment_method": aNonce}},
			call: "chargePaymentMethod", effect: "capture", to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted, alone: "the payment is not there yet",
		},
		{
			name: "refund before it settles", open: carded(), before: []deed{accept, cancel}, act: deed{name: "refund", actor: staff}, call: "reverseTransaction", effect: "void", or: "refund",
			to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled, elsewhere: byHand("void"),
		},
		{
			name: "refund", open: carded(), before: []deed{accept, settle, cancel}, act: deed{name: "refund", actor: staff}, call: "refundTransaction", effect: "refund",
			to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled, elsewhere: byHand("refund"),
		},
		{
			name: "split", open: carded(), before: []deed{accept, settle, cancel}, act: deed{name: "split", actor: staff, input: map[string]string{"refund": "1500", "release": "3500"}},
			call: "refundTransaction", effect: "refund", to: settlement.Settling, after: settlement.Settled, without: settlement.Canceled,
			held: late + "a part that arrives minutes late is given back once more", alone: "a part that an operator refunds at Braintree is another refund than ours",
		},
		{
			name: "part of a refund", open: carded(), before: []deed{accept, settle}, act: deed{name: "refund_part", actor: staff, input: map[string]string{"refund": "1500"}},
			call: "refundTransaction", effect: "refund", stays: true, to: settlement.Paid, after: settlement.Paid, without: settlement.Paid,
			held: late + "a part that arrives minutes late is given back once more", alone: "a part that an operator refunds at Braintree is another refund than ours",
		},
		{
			name: "transfer", open: carded(), before: []deed{accept}, act: deed{name: "complete", actor: testkit.Buyer}, call: "node", looks: true,
			to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid, alone: "Braintree pays no sellers",
		},
	}
	for i, op := range rows {
		rows[i].gateway, rows[i].path, rows[i].says = "braintree", "/graphql", op.call+"("
	}
	return rows
}

// escrowRows are the operations of deals whose money Braintree holds until they end. They use the classic API.
func escrowRows() []row {
	invoice := at("postpay", "braintree")
	accept := deed{name: "complete_preauthorization", actor: testkit.Seller}
	cancel := deed{name: "cancel", actor: testkit.Buyer}
	bill := deed{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "5000"}}
	byHand := func(step string) func(*rig, orchestrator.Transaction) {
		return func(r *rig, tx orchestrator.Transaction) { r.AtBraintree(tx, step, "") }
	}
	settle := deed{name: "settle", hand: byHand("settle")}
	rows := []row{
		{
			name: "hold", open: carded(), call: "sale", path: "/transactions", effect: "authorize",
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned, alone: "the payment is not there yet",
		},
		{
			name: "capture", open: carded(), act: accept, call: "submit_for_settlement", effect: "capture",
			to: settlement.Paid, after: settlement.Paid, without: preauthorize.Preauthorized, elsewhere: byHand("submit_for_settlement"),
		},
		{
			name: "void", open: carded(), act: deed{name: "reject", actor: testkit.Seller}, call: "void", effect: "void",
			to: preauthorize.Rejected, after: preauthorize.Rejected, without: preauthorize.Preauthorized, elsewhere: byHand("void"),
		},
		{
			name: "charge", open: invoice, before: []deed{bill}, act: deed{name: "pay_invoice", actor: testkit.Buyer, input: map[string]string{"payment_method": aNonce}},
			call: "sale", path: "/transactions", effect: "capture", to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted, alone: "the payment is not there yet",
		},
		{
			name: "refund", open: carded(), before: []deed{accept, settle, cancel}, act: deed{name: "refund", actor: staff}, call: "refund", effect: "refund", method: "POST",
			to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled, elsewhere: byHand("refund"),
		},
		{
			name: "release", open: carded(), before: []deed{accept, settle}, act: deed{name: "complete", actor: testkit.Buyer}, call: "release_from_escrow", effect: "release",
			to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid, elsewhere: byHand("release_from_escrow"),
		},
		{
			name: "dismiss", open: carded(), before: []deed{accept, settle, cancel}, act: deed{name: "dismiss", actor: staff}, call: "release_from_escrow", effect: "release",
			to: settlement.Dismissed, after: settlement.Dismissed, without: settlement.Canceled, elsewhere: byHand("release_from_escrow"),
		},
	}
	for i, op := range rows {
		rows[i].gateway = "braintree"
		if op.path == "" {
			rows[i].path = "/" + op.call
		}
		if op.method == "" && op.path == "" {
			rows[i].method = "PUT"
		}
	}
	return rows
}
