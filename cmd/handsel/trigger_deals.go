package main

import (
	"slices"

	"github.com/handsel-dev/handsel/notices/events"
)

// The people of the plays.
const buyer, seller = "bea", "sam"

// dealTriggers are plays of deals, listings, messages and reviews.
func dealTriggers() []trigger {
	then := func(before []step, more ...step) []step { return append(slices.Clip(before), more...) }
	invited := []step{opens(`{"process":"escrow_online","gateway":"trustap","transition":"invite","starter_id":"bea","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)}
	joined := []step{opens(`{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)}
	paid := then(joined, pays, comes(events.TransactionPaid))
	tracked := then(paid, takes(seller, `{"transition":"track","input":{"carrier":"an-post","tracking_code":"CP123456785IE"}}`))
	delivered := then(tracked, takes(buyer, `{"transition":"confirm_delivery"}`))
	complained := then(delivered, takes(buyer, `{"transition":"complain","input":{"description":"One wheel is broken"}}`))
	reserved := []step{opens(`{"process":"preauthorize","gateway":"stripe","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"},"input":{"payment_method":"pm_card_visa"}}`)}
	confirmed := then(reserved, takes(seller, `{"transition":"complete_preauthorization"}`), takes(buyer, `{"transition":"complete"}`))
	return []trigger{
		{events.TransactionCreated, invited},
		{events.TransactionJoined, joined},
		{events.TransactionPaid, paid},
		{events.TransactionTracked, tracked},
		{events.TransactionDelivered, delivered},
		{events.TransactionComplained, complained},
		{events.TransactionRefunded, then(complained, takes(seller, `{"transition":"accept_complaint"}`))},
		{events.TransactionFundsReleased, then(delivered, takes(buyer, `{"transition":"end_complaint_period"}`))},
		{events.TransactionCancelled, then(joined, takes(buyer, `{"transition":"cancel"}`))},
		{events.TransactionPreauthorized, reserved},
		{events.TransactionRejected, then(reserved, takes(seller, `{"transition":"reject"}`))},
		{events.TransactionConfirmed, confirmed},
		{events.ListingCreated, []step{lists}},
		{events.ListingChanged, []step{lists, disables}},
		{events.MessageSent, then(joined, ofDeal(buyer, "/messages", `{"sender_id":"bea","content":"When can I fetch it?"}`))},
		{events.ReviewPosted, then(confirmed, ofDeal(buyer, "/reviews", `{"reviewer_id":"bea","rating":5,"content":"As described"}`))},
	}
}

// opens makes the deal of a play.
func opens(body string) step {
	return func(p *triggerPlay) error { return p.do(buyer, "/v1/transactions", body, &p.deal) }
}

// ofDeal is a call of the deal's.
func ofDeal(actor, path, body string) step {
	return func(p *triggerPlay) error { return p.do(actor, "/v1/transactions/"+p.deal.ID+path, body, nil) }
}

func takes(actor, body string) step { return ofDeal(actor, "/transitions", body) }

// pays plays the buyer's browser on the page of the gateway's emulator.
func pays(p *triggerPlay) error {
	return p.send(request{method: "POST", url: p.deal.RedirectURL, body: `{"card":"success"}`}, nil)
}

// comes waits for what a gateway tells.
func comes(event events.Type) step {
	return func(p *triggerPlay) error {
		_, err := p.await(event)
		return err
	}
}

func lists(p *triggerPlay) error {
	var made struct{ ID string }
	err := p.do("", "/v1/listings", `{"author_id":"sam","title":"Old city bike","description":"Seven gears","kind":"multi_use","model":"online","price":{"amount":12000,"currency":"EUR"},"stock":3}`, &made)
	p.listing = made.ID
	return err
}

func disables(p *triggerPlay) error { return p.do("", "/v1/listings/"+p.listing+"/disable", "", nil) }
