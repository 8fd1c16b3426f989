package plays

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Scenario is a story of one deal.
type Scenario struct {
	Name, Means string
	Ends        process.State // the state in which the deal is at the end
	Moves       bool          // it moves the clock: whatever else is due then happens, too
	steps       []step
}

// Scenarios are all, in the order of the processes.
func Scenarios() []Scenario {
	all := append(cardScenarios(), bankScenarios()...)
	all = append(all, trustapScenarios()...)
	all = append(all, meetingScenarios()...)
	all = append(all, orderScenarios()...)
	for i := range all {
		for _, s := range all[i].steps {
			all[i].Moves = all[i].Moves || s.moves
		}
	}
	return all
}

// Play plays a scenario, tells of each step, and fails where the deal does not end as it should.
func (s Scenario) Play(ctx context.Context, at Target, tell func(Happened)) error {
	p, err := at.begin(ctx)
	if err != nil {
		return err
	}
	if err := p.run(s.steps, tell); err != nil {
		return err
	}
	if p.deal.State != s.Ends {
		return fmt.Errorf("the scenario %s ended in %s and not in %s; look at the deal %s", s.Name, p.deal.State, s.Ends, p.deal.ID)
	}
	return nil
}

const day = 24 * time.Hour

var cancels = takes("Bea wants to go back on it", buyer, settlement.Cancel, `{"reason":"it does not fit"}`)

const agreed = `{"reason":"agreed with both"}`

// cardScenarios are those of a card at Stripe, whose money is reserved first.
func cardScenarios() []Scenario {
	page := []step{opens("Bea opens a deal, and is sent to pay at Stripe", bike.terms(preauthorize.Name, "stripe", ""))}
	held, got := reserved(bike), taken(bike)
	disputed := then(got, disputes("stripe"), until(settlement.Disputed))
	return []Scenario{
		{Name: "card-happy", Means: "Bea pays by card, Sam accepts, Bea confirms: Sam is paid.", Ends: settlement.Confirmed,
			steps: then(got, takes("Bea confirms", buyer, settlement.Complete, ""))},
		{Name: "card-declined", Means: "The first card is declined; the second pays.", Ends: preauthorize.Preauthorized,
			steps: then(page, refused("insufficient_funds", pays("Bea's card has too little money", "insufficient_funds")), pays("Bea pays with another card", "success"), until(preauthorize.Preauthorized))},
		{Name: "card-3d-secure", Means: "The bank asks whether it is Bea, and she says yes.", Ends: preauthorize.Preauthorized,
			steps: then(page, pays("Bea's bank asks whether it is her", "authentication_required"), pays("Bea says yes", "approve"), until(preauthorize.Preauthorized))},
		{Name: "buyer-never-pays", Means: "Bea leaves the page; an hour later the deal ends and nothing was paid.", Ends: preauthorize.Abandoned,
			steps: then(page, later("two hours pass", 2*time.Hour), until(preauthorize.Abandoned))},
		{Name: "seller-rejects", Means: "Sam says no; the reserved money goes back.", Ends: preauthorize.Rejected,
			steps: then(held, takes("Sam rejects", seller, preauthorize.Reject, ""))},
		{Name: "hold-expires", Means: "Sam never answers; the reservation ends and the money goes back.", Ends: preauthorize.Rejected,
			steps: then(held, later("eight days pass", 8*day), until(preauthorize.Rejected))},
		{Name: "buyer-forgets", Means: "Bea never confirms; after 14 days Sam is paid automatically.", Ends: settlement.Confirmed,
			steps: then(got, later("fifteen days pass", 15*day), until(settlement.Confirmed))},
		{Name: "cancelled-refunded", Means: "Bea cancels what she has paid; an operator gives it back.", Ends: settlement.Refunded,
			steps: then(got, cancels, decides("Olga gives the money back", settlement.Refund, agreed), until(settlement.Refunded))},
		{Name: "cancelled-split", Means: "Bea cancels what she has paid; an operator divides it.", Ends: settlement.Settled,
			steps: then(got, cancels, decides("Olga gives 20.00 back and pays 30.00 out", settlement.Split, `{"refund":"2000","release":"3000","reason":"both agreed"}`), until(settlement.Settled))},
		{Name: "refund-after-payout", Means: "Sam was paid already; an operator takes it back and refunds Bea.", Ends: settlement.Refunded,
			steps: then(got, takes("Bea confirms", buyer, settlement.Complete, ""), decides("Olga takes it back", settlement.RefundAfterPayout, agreed), until(settlement.Refunded))},
		{Name: "release-vs-refund-race", Means: "While Stripe works on a refund, somebody releases the same money: it moves once.", Ends: settlement.Refunded,
			steps: then(got, cancels, fault("Stripe takes a second for the refund", "stripe", "create_refund", "slow", 1),
				during(decides("Olga gives the money back", settlement.Refund, agreed), refused("operation_in_progress", decides("another operator pays it to Sam", settlement.Dismiss, agreed))),
				until(settlement.Refunded))},
		{Name: "capture-unknown", Means: "Stripe takes the money and its answer is lost; Handsel looks, and finds that it was taken.", Ends: settlement.Paid,
			steps: then(held, fault("the next answer to a capture is lost", "stripe", "capture_payment_intent", "cut_after", 1),
				maybe(takes("Sam accepts", seller, preauthorize.CompletePreauthorization, "")), later("five minutes pass", 5*time.Minute), until(settlement.Paid))},
		{Name: "gateway-busy", Means: "Stripe has too much to do when Sam accepts; he tries again.", Ends: settlement.Paid,
			steps: then(held, fault("Stripe refuses Sam's call: too many requests", "stripe", "capture_payment_intent", "rate_limit", 1),
				maybe(takes("Sam accepts", seller, preauthorize.CompletePreauthorization, "")), heal("stripe"),
				step{what: "Sam tries again where nothing has come of it", do: again(preauthorize.CompletePreauthorization)}, until(settlement.Paid))},
		{Name: "webhook-lost", Means: "Bea pays and Stripe's webhook never comes; Handsel asks on its own.", Ends: preauthorize.Preauthorized,
			steps: then(page, fault("all webhooks of Stripe are lost", "stripe", "webhook", "lose", -1), pays("Bea pays", "success"), later("twenty minutes pass", 20*time.Minute), until(preauthorize.Preauthorized), heal("stripe"))},
		{Name: "webhook-doubled", Means: "Stripe's webhook comes twice; the money is booked once.", Ends: preauthorize.Preauthorized,
			steps: then(page, fault("webhooks of Stripe come twice", "stripe", "webhook", "duplicate", -1), pays("Bea pays", "success"), until(preauthorize.Preauthorized), heal("stripe"))},
		{Name: "webhook-late", Means: "Stripe's webhook comes late, and tells nothing new.", Ends: preauthorize.Preauthorized,
			steps: then(page, fault("the next webhook of Stripe is held back", "stripe", "webhook", "delay", 1), pays("Bea pays", "success"), later("an hour passes, and the webhook comes", time.Hour), until(preauthorize.Preauthorized), heal("stripe"))},
		{Name: "chargeback-lost", Means: "Bea's bank takes the money back, and decides for her.", Ends: settlement.Refunded,
			steps: then(disputed, closes("the bank decides for Bea", "stripe", "lost"), until(settlement.Refunded))},
		{Name: "chargeback-won", Means: "Bea's bank takes the money back, and decides for Sam; an operator pays him.", Ends: settlement.Dismissed,
			steps: then(disputed, closes("the bank decides for Sam", "stripe", "won"), until(settlement.Canceled), decides("Olga pays Sam", settlement.Dismiss, agreed), until(settlement.Dismissed))},
		{Name: "double-tap", Means: "Bea's program opens the same deal twice under one key; there is one deal and one reservation.", Ends: preauthorize.Preauthorized,
			steps: []step{{what: "Bea's program sends the same deal twice", do: doubleTap}, until(preauthorize.Preauthorized)}},
	}
}

// bankScenarios are those of PayPal, Paytrail and Braintree.
func bankScenarios() []Scenario {
	atPayPal := func(way string) []step {
		return []step{
			opens("Bea opens a deal, and is sent to PayPal", bike.terms(preauthorize.Name, "paypal", "")), pays("Bea approves it", way), until(preauthorize.Preauthorized),
			takes("Sam accepts, and the money is taken", seller, preauthorize.CompletePreauthorization, ""), until(settlement.Paid),
		}
	}
	invoiced := []step{
		opens("Bea asks Sam for an offer", bike.terms(postpay.Name, "paytrail", "")), takes("Sam sends an invoice", seller, postpay.Invoice, `{"total_sum":"5000"}`),
		goes("Bea is sent to her bank at Paytrail", buyer, postpay.PayInvoice, ""),
	}
	return []Scenario{
		{Name: "paypal-chargeback", Means: "Bea objects at PayPal, and PayPal decides for her.", Ends: settlement.Refunded,
			steps: then(atPayPal("success"), disputes("paypal"), until(settlement.Disputed), closes("PayPal decides for Bea", "paypal", "lost"), until(settlement.Refunded))},
		{Name: "refund-fails-later", Means: "A refund is accepted and fails a day later: the deal is on hold for a person.", Ends: settlement.Refunded,
			steps: then(atPayPal("refund_fails"), cancels, decides("Olga gives the money back", settlement.Refund, agreed), later("two days pass, and the refund fails", 2*day), held)},
		{Name: "payout-returned", Means: "Sam claims his payout at PayPal too late, and it comes back; Handsel pays it once more, and he takes it.", Ends: settlement.Confirmed,
			steps: then(atPayPal("success"), outside("Sam has no PayPal account yet", "paypal", "/accounts/*", `{"status":"UNCLAIMED"}`), maybe(takes("Bea confirms", buyer, settlement.Complete, "")),
				later("31 days pass, the payout comes back, and goes out again", 31*day), outside("Sam has an account now", "paypal", "/accounts/*", `{"status":"SUCCESS"}`),
				later("half a day passes, and Handsel has looked", day/2), until(settlement.Confirmed))},
		{Name: "braintree-chargeback", Means: "Bea's bank takes the money back at Braintree, and decides for her.", Ends: settlement.Refunded,
			steps: []step{opens("Bea opens a deal with a card at Braintree", bike.terms(preauthorize.Name, "braintree", `,"input":{"payment_method":"fake-valid-visa-nonce"}`)), until(preauthorize.Preauthorized),
				takes("Sam accepts, and the money is taken", seller, preauthorize.CompletePreauthorization, ""), later("a day passes, and it is settled", day), until(settlement.Paid),
				disputes("braintree"), until(settlement.Disputed), closes("the bank decides for Bea", "braintree", "lost"), until(settlement.Refunded)}},
		{Name: "invoice-paid", Means: "Sam sends an invoice, Bea pays it at her bank and confirms.", Ends: settlement.Confirmed,
			steps: then(invoiced, pays("Bea pays", "success"), until(settlement.Paid), takes("Bea confirms", buyer, settlement.Complete, ""))},
		{Name: "invoice-slow", Means: "The bank pays a day later.", Ends: settlement.Paid,
			steps: then(invoiced, pays("Bea's bank begins", "pending"), pays("the bank has paid", "success"), until(settlement.Paid))},
		{Name: "invoice-forgotten", Means: "Bea never pays the invoice; after 30 days the deal ends.", Ends: postpay.Lapsed,
			steps: then(invoiced[:2:2], later("31 days pass", 31*day), until(postpay.Lapsed))},
	}
}

// trustapScenarios are those of a parcel in Trustap's escrow.
func trustapScenarios() []Scenario {
	box := parcels(bike)
	return []Scenario{
		{Name: "parcel-happy", Means: "Bea pays, Sam sends, Bea is content: Sam is paid.", Ends: escrow.FundsReleased,
			steps: then(box.delivered, takes("Bea is content", buyer, escrow.EndComplaintPeriod, ""), until(escrow.FundsReleased))},
		{Name: "seller-never-ships", Means: "Sam sends nothing; after four days Trustap gives Bea her money back.", Ends: escrow.Refunded,
			steps: then(box.paid, later("six days pass", 6*day), until(escrow.Refunded))},
		{Name: "late-complaint", Means: "Bea complains after the day that she has: Sam is paid.", Ends: escrow.FundsReleased,
			steps: then(box.delivered, later("two days pass", 2*day), until(escrow.FundsReleased), refused("", takes("Bea complains", buyer, escrow.Complain, `{"description":"One wheel is broken"}`)))},
		{Name: "complaint-accepted", Means: "Bea complains and Sam agrees: she has her money back.", Ends: escrow.Refunded,
			steps: then(box.complained, takes("Sam agrees", seller, escrow.AcceptComplaint, ""), until(escrow.Refunded))},
		{Name: "complaint-rejected", Means: "Bea complains and Trustap decides for Sam.", Ends: escrow.FundsReleased,
			steps: then(box.complained, outside("Trustap decides for Sam", "trustap", "/transactions/{payment}/resolve_complaint", `{"outcome":"release"}`), until(escrow.FundsReleased))},
	}
}

// meetingScenarios are those of people who meet, with a deposit.
func meetingScenarios() []Scenario {
	accepted := []step{
		opens("Bea agrees with Sam to meet, with a deposit of 20.00", fmt.Sprintf(`{"process":%q,"gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":0,"currency":"EUR"},"deposit":{"amount":2000,"currency":"EUR"}}`, escrowf2f.Name)),
		pays("Bea pays the deposit", "success"), until(escrowf2f.DepositPaid), takes("Sam accepts it", seller, escrowf2f.AcceptDeposit, ""),
	}
	return []Scenario{
		{Name: "meeting-happy", Means: "They meet, Bea pays the remainder and takes the bike with her.", Ends: escrow.FundsReleased,
			steps: then(accepted, takes("Sam sets the price", seller, escrowf2f.SetPrice, `{"price":"10000"}`), outside("Bea pays the remainder", "trustap", "/p2p/transactions/{payment}/pay_remainder", `{"card":"success"}`),
				until(escrowf2f.RemainderPaid), takes("Sam hands it over", seller, escrowf2f.ConfirmHandover, ""), takes("Bea is content", buyer, escrow.EndComplaintPeriod, ""), until(escrow.FundsReleased))},
		{Name: "meeting-cancelled", Means: "They never meet; Bea has her deposit back.", Ends: escrowf2f.DepositRefunded,
			steps: then(accepted, takes("Bea cancels", buyer, escrow.Cancel, `{"reason":"no time"}`), until(escrowf2f.DepositRefunded))},
	}
}

// orderScenarios are those of the exchange.
func orderScenarios() []Scenario {
	open := []step{comeIn, posts, orders, ordered}
	told := then(open, ofOrder("Bea says that she has paid", buying, "confirm-paid", ""))
	disputed := then(told, ofOrder("Sam calls an operator: nothing has come in", selling, "call-operator", `{"reason":"Nothing has come in."}`), staffOfExchange("Olga takes the case", "assign", ""))
	return []Scenario{
		{Name: "p2p-happy", Means: "Bea pays Sam's account, and Sam releases.", Ends: p2porder.Completed,
			steps: then(told, ofOrder("Sam has the money and releases", selling, "confirm-received", ""))},
		{Name: "p2p-never-paid", Means: "Bea does not pay in time; Sam has his roubles back.", Ends: p2porder.Cancelled,
			steps: then(open, later("two hours pass", 2*time.Hour), until(p2porder.Cancelled))},
		{Name: "p2p-seller-silent", Means: "Bea has paid and Sam says nothing; after a day an operator is called.", Ends: p2porder.Disputed,
			steps: then(told, later("25 hours pass", 25*time.Hour), until(p2porder.Disputed))},
		{Name: "p2p-dispute-refund", Means: "They disagree; an operator finds that Bea has not paid.", Ends: p2porder.Cancelled,
			steps: then(disputed, staffOfExchange("Olga gives Sam his roubles back", "resolve", `{"outcome":"refund","reason":"Bea has not paid."}`), until(p2porder.Cancelled))},
		{Name: "p2p-dispute-release", Means: "They disagree; an operator finds that Bea has paid.", Ends: p2porder.Completed,
			steps: then(disputed, staffOfExchange("Olga gives Bea the roubles", "resolve", `{"outcome":"release","reason":"Bea has shown her statement."}`), until(p2porder.Completed))},
	}
}
