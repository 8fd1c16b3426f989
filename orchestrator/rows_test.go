package orchestrator_test

import (
	"net/http"
	"net/url"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// deed is something that is done with a deal: a transition, or the buyer's payment
// on the gateway's page.
type deed struct {
	name  process.Transition
	actor process.Actor
	input map[string]string
	pays  bool
	hand  func(r *rig, tx orchestrator.Transaction) // somebody does it at the gateway, past the engine
}

// row is an operation of the crash matrix.
type row struct {
	gateway, name string
	open          orchestrator.CreateInput
	before        []deed // what brings the deal there
	act           deed   // the operation; none is the opening itself
	says          string // what a call has in its body, where all have one path
	looks         bool   // it only looks at the payment: the gateway has no part in what is done
	call, path    string // the emulator's name of the call, and how its path ends
	effect        string // the emulator's name of what it does; empty: it opens a payment
	or            string // what it does instead when time has passed
	itself        string // what leads to the same by itself
	to            process.State
	after         process.State                             // a day after it was done
	also          process.State                             // comes instead of to where the history shows more
	without       process.State                             // a day later when it was not
	elsewhere     func(r *rig, tx orchestrator.Transaction) // somebody else does it
	alone         string                                    // why nobody else can
	late          string                                    // why it cannot be done any more when everything was down for long
	lapses        bool                                      // the deal is given up when everything was down for long
	held          string                                    // why a request that arrives late cannot be told from a new one
	method        string                                    // of the call; empty: GET of a look-up, else POST
	once          bool                                      // it is sent once, and only the gateway's message tells what came of it
	givesUp       bool                                      // where nothing tells, it counts as not carried out
	stays         bool                                      // the deal is in the same state before and after it
	finish        func(r *rig, tx orchestrator.Transaction) // what people do with the deal once all is well again
}

func (op row) creates() bool { return op.act.name == "" && !op.act.pays }

func (op row) verb() string {
	switch {
	case op.method != "":
		return op.method
	case op.act.pays:
		return http.MethodGet
	}
	return http.MethodPost
}

// points are the ways to break the operation.
func (op row) points() []point {
	switch {
	case op.gateway == "balance":
		return ledgerPoints()
	case op.act.pays:
		return reportPoints()
	case op.looks:
		return lookPoints(op)
	}
	return callPoints()
}

func rows() map[string][]row {
	return map[string][]row{"trustap": trustapRows(), "stripe": stripeRows(), "paypal": paypalRows(), "braintree": braintreeRows(), "paytrail": paytrailRows(), "balance": balanceRows()}
}

func trustapRows() []row {
	pay := deed{pays: true}
	ship := deed{name: "track", actor: testkit.Seller, input: inputOf("track")}
	arrive := deed{name: "confirm_delivery", actor: testkit.Buyer}
	complain := deed{name: "complain", actor: testkit.Buyer, input: map[string]string{"description": "the bell is missing"}}
	at := func(call string, actor process.Actor, body string) func(*rig, orchestrator.Transaction) {
		return func(r *rig, tx orchestrator.Transaction) { r.Remote(tx, call, actor, body) }
	}
	rows := []row{
		{
			name: "charge", call: "create_with_guest_user", to: escrow.Joined, after: escrow.Joined, without: escrow.Cancelled,
			alone: "the payment is not there yet",
		},
		{
			name: "track", before: []deed{pay}, act: ship, call: "track_with_guest_seller",
			to: escrowonline.Tracked, after: escrowonline.Tracked, without: escrowonline.Paid,
			elsewhere: at("track_with_guest_seller", testkit.Seller, `{"carrier":"ups","tracking_code":"1Z"}`),
		},
		{
			name: "confirm delivery", before: []deed{pay, ship}, act: arrive, call: "confirm_delivery_with_guest_buyer",
			to: escrowonline.Delivered, after: escrow.FundsReleased, without: escrowonline.Tracked,
			elsewhere: at("confirm_delivery_with_guest_buyer", testkit.Buyer, ""),
		},
		{
			name: "release", before: []deed{pay, ship, arrive}, act: deed{name: "end_complaint_period", actor: testkit.Buyer}, call: "end_complaint_period",
			itself: "complaint_deadline", to: escrow.ComplaintPeriodEnded, after: escrow.FundsReleased, without: escrow.FundsReleased,
			elsewhere: at("end_complaint_period", testkit.Buyer, ""),
		},
		{
			name: "complain", before: []deed{pay, ship, arrive}, act: complain, call: "complain_with_guest_buyer",
			to: escrow.Complained, after: escrow.Complained, without: escrow.FundsReleased,
			elsewhere: at("complain_with_guest_buyer", testkit.Buyer, `{"description":"the bell is missing"}`),
			late:      "the gateway's complaint period is over, and the seller has the money",
		},
		{
			name: "accept complaint", before: []deed{pay, ship, arrive, complain}, act: deed{name: "accept_complaint", actor: testkit.Seller}, call: "accept_complaint",
			to: escrow.Refunded, after: escrow.Refunded, without: escrow.Complained,
			elsewhere: at("accept_complaint", testkit.Seller, ""),
		},
		{
			name: "void", act: deed{name: "cancel", actor: testkit.Buyer}, call: "cancel_with_guest_user",
			to: escrow.Cancelled, after: escrow.Cancelled, without: escrow.Joined,
			elsewhere: at("cancel_with_guest_user", testkit.Buyer, ""),
		},
		{
			name: "payment", act: pay, call: "get_transaction", effect: "pay",
			to: escrowonline.Paid, after: escrowonline.Paid, without: escrow.Joined,
		},
	}
	rows = append(rows, fullRows()...)
	for i, op := range rows {
		rows[i].gateway, rows[i].path = "trustap", op.call
		if op.open.Process == "" {
			rows[i].open = testkit.Deal()
		}
		rows[i].held = "a request that arrives minutes late cannot be told from a new one: Trustap knows no idempotency keys"
		if op.effect == "" {
			rows[i].effect = op.call
		}
		if op.act.pays {
			rows[i].path = "" // any look-up
		}
	}
	return rows
}

// Two who have accounts of their own at Trustap, beside bea and sam, who are guests there.
var (
	fullBuyer  = process.Actor{Kind: process.User, ID: "fay"}
	fullSeller = process.Actor{Kind: process.User, ID: "finn"}
)

// fullRows are operations between full users: what has a call of its own for guests.
func fullRows() []row {
	deal := testkit.Deal()
	deal.Actor, deal.Starter, deal.Author = fullBuyer, fullBuyer.ID, fullSeller.ID
	ship := deed{name: "track", actor: fullSeller, input: inputOf("track")}
	return []row{
		{
			name: "charge between full users", open: deal, call: "create_and_join", to: escrow.Joined, after: escrow.Joined, without: escrow.Cancelled,
			alone: "the payment is not there yet",
		},
		{
			name: "track by a full user", open: deal, before: []deed{{pays: true}}, act: ship, call: "track",
			to: escrowonline.Tracked, after: escrowonline.Tracked, without: escrowonline.Paid,
			elsewhere: func(r *rig, tx orchestrator.Transaction) {
				r.Remote(tx, "track", fullSeller, `{"carrier":"ups","tracking_code":"1Z"}`)
			},
		},
	}
}

func stripeRows() []row {
	held, invoice := card("preauthorize", "pm_card_visa"), card("postpay", "")
	accept := deed{name: "complete_preauthorization", actor: testkit.Seller}
	cancel := deed{name: "cancel", actor: testkit.Buyer}
	bill := deed{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "5000"}}
	payWith := func(token string) deed {
		d := deed{name: "pay_invoice", actor: testkit.Buyer}
		if token != "" {
			d.input = map[string]string{"payment_method": token}
		}
		return d
	}
	parts := map[string]string{"refund": "1500", "release": "3500"}
	at := func(path string) func(*rig, orchestrator.Transaction) {
		return func(r *rig, tx orchestrator.Transaction) { r.AtStripe("/v1/payment_intents/"+tx.PaymentID+path, nil) }
	}
	rows := []row{
		{
			name: "authorize", open: held, call: "create_payment_intent", path: "/payment_intents", effect: "authorize",
			to: preauthorize.Preauthorized, after: preauthorize.Preauthorized, without: preauthorize.Abandoned, alone: "the payment is not there yet",
		},
		{
			name: "capture", open: held, act: accept, call: "capture_payment_intent", path: "/capture", effect: "capture",
			to: settlement.Paid, after: settlement.Paid, without: preauthorize.Preauthorized, elsewhere: at("/capture"),
		},
		{
			name: "void", open: held, act: deed{name: "reject", actor: testkit.Seller}, call: "cancel_payment_intent", path: "/cancel", effect: "void",
			to: preauthorize.Rejected, after: preauthorize.Rejected, without: preauthorize.Preauthorized, elsewhere: at("/cancel"),
		},
		{
			name: "charge", open: invoice, before: []deed{bill}, act: payWith("pm_card_visa"), call: "create_payment_intent", path: "/payment_intents", effect: "charge",
			to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted, alone: "the payment is not there yet",
		},
		{
			name: "charge on the page", open: invoice, before: []deed{bill}, act: payWith(""), call: "create_payment_intent", path: "/payment_intents",
			to: postpay.Paying, after: postpay.Accepted, without: postpay.Accepted, alone: "the payment is not there yet",
		},
		{
			name: "payment", open: invoice, before: []deed{bill, payWith("")}, act: deed{pays: true}, call: "get_payment_intent", effect: "charge",
			to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted,
		},
		{
			name: "refund", open: held, before: []deed{accept, cancel}, act: deed{name: "refund", actor: staff}, call: "create_refund", path: "/refunds", effect: "refund",
			to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled,
			elsewhere: func(r *rig, tx orchestrator.Transaction) {
				r.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}})
			},
		},
		{
			name: "part of a refund", open: held, before: []deed{accept, cancel}, act: deed{name: "split", actor: staff, input: parts},
			call: "create_refund", path: "/refunds", effect: "refund", to: settlement.Settling, after: settlement.Settled, without: settlement.Canceled,
			alone: "a part that an operator refunds on the dashboard is another refund than ours",
		},
		{
			name: "transfer", open: held, before: []deed{accept}, act: deed{name: "complete", actor: testkit.Buyer},
			call: "create_transfer", path: "/transfers", effect: "transfer", to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid,
			elsewhere: func(r *rig, tx orchestrator.Transaction) { r.TransferElsewhere(tx, tx.Price.Minor()) },
		},
		{
			name: "reverse", open: held, before: []deed{accept, {name: "complete", actor: testkit.Buyer}}, act: deed{name: "refund_after_payout", actor: staff},
			call: "reverse_transfer", path: "/reversals", effect: "reverse", to: settlement.Returning, after: settlement.Refunded, without: settlement.Confirmed,
			elsewhere: func(r *rig, tx orchestrator.Transaction) { r.ReverseElsewhere(tx) },
		},
	}
	for i := range rows {
		rows[i].gateway = "stripe"
	}
	return rows
}

func balanceRows() []row {
	accept := deed{name: "complete_preauthorization", actor: testkit.Seller}
	cancel := deed{name: "cancel", actor: testkit.Buyer}
	bill := deed{name: "invoice", actor: testkit.Seller, input: map[string]string{"total_sum": "5000"}}
	paid := deed{name: "confirm_paid", actor: testkit.Buyer}
	help := deed{name: "call_operator", actor: testkit.Buyer}
	reason := map[string]string{"reason": "nothing came in"}
	parts := map[string]string{"refund": "1500", "release": "3500", "reason": "half came in"}
	held, invoice, order := own("preauthorize"), own("postpay"), own("p2p_order")
	rows := []row{
		{name: "hold", open: held, to: preauthorize.Preauthorized, after: preauthorize.Preauthorized},
		{name: "capture", open: held, act: accept, to: settlement.Paid, after: settlement.Paid, without: preauthorize.Preauthorized},
		{name: "void", open: held, act: deed{name: "reject", actor: testkit.Seller}, to: preauthorize.Rejected, after: preauthorize.Rejected, without: preauthorize.Preauthorized},
		{name: "charge", open: invoice, before: []deed{bill}, act: deed{name: "pay_invoice", actor: testkit.Buyer}, to: settlement.Paid, after: settlement.Paid, without: postpay.Accepted},
		{name: "refund", open: held, before: []deed{accept, cancel}, act: deed{name: "refund", actor: staff}, to: settlement.Refunded, after: settlement.Refunded, without: settlement.Canceled},
		{name: "part of a refund", open: held, before: []deed{accept, cancel}, act: deed{name: "split", actor: staff, input: parts}, to: settlement.Settling, after: settlement.Settled, without: settlement.Canceled},
		{name: "transfer", open: held, before: []deed{accept}, act: deed{name: "complete", actor: testkit.Buyer}, to: settlement.Confirmed, after: settlement.Confirmed, without: settlement.Paid},
		{name: "return", open: held, before: []deed{accept, {name: "complete", actor: testkit.Buyer}}, act: deed{name: "refund_after_payout", actor: staff}, to: settlement.Returning, after: settlement.Refunded, without: settlement.Confirmed},
		{name: "p2p freeze", open: order, to: p2porder.Pending, after: p2porder.Cancelled},
		{name: "p2p settle", open: order, before: []deed{paid, help}, act: deed{name: "confirm_received", actor: testkit.Seller}, to: p2porder.Completed, after: p2porder.Completed, without: p2porder.Disputed},
		{name: "p2p return", open: order, before: []deed{paid, help}, act: deed{name: "resolve_refund", actor: staff, input: reason}, to: p2porder.Cancelled, after: p2porder.Cancelled, without: p2porder.Disputed},
		{name: "p2p split", open: order, before: []deed{paid, help}, act: deed{name: "resolve_split", actor: staff, input: parts}, to: p2porder.Completed, after: p2porder.Completed, without: p2porder.Disputed},
	}
	for i := range rows {
		rows[i].gateway = "balance"
	}
	return rows
}
