package plays

import (
	"context"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// Trigger is an event with the steps that make it.
type Trigger struct {
	Event events.Type
	steps []step
}

// Triggers are all. None moves the clock: what the developer has open besides goes on undisturbed.
func Triggers() []Trigger { return append(dealTriggers(), marketTriggers()...) }

// then are steps that go on where others ended.
func then(before []step, more ...step) []step { return append(slices.Clip(before), more...) }

// parcel is an escrow at Trustap, at the points that plays go on from.
type parcel struct{ joined, paid, tracked, delivered, complained []step }

func parcels(g goods) (p parcel) {
	p.joined = []step{opens("Bea opens an escrow with Sam at Trustap", g.terms(escrowonline.Name, "trustap", ""))}
	p.paid = then(p.joined, pays("Bea pays", "success"), until(escrowonline.Paid))
	p.tracked = then(p.paid, takes("Sam sends the bike", seller, escrowonline.Track, `{"carrier":"an-post","tracking_code":"CP123456785IE"}`))
	p.delivered = then(p.tracked, takes("Bea has it", buyer, escrowonline.ConfirmDelivery, ""))
	p.complained = then(p.delivered, takes("Bea complains: one wheel is broken", buyer, escrow.Complain, `{"description":"One wheel is broken"}`))
	return p
}

// reserved is a deal whose money Stripe holds.
func reserved(g goods) []step {
	return []step{
		opens("Bea opens a deal with a card at Stripe, which reserves the money", g.terms(preauthorize.Name, "stripe", `,"input":{"payment_method":"pm_card_visa"}`)), until(preauthorize.Preauthorized),
	}
}

// taken is one whose money was taken.
func taken(g goods) []step {
	return then(reserved(g), takes("Sam accepts, and the money is taken", seller, preauthorize.CompletePreauthorization, ""), until(settlement.Paid))
}

// dealTriggers are plays of deals, listings, messages and reviews.
func dealTriggers() []Trigger {
	box, held := parcels(bike), reserved(bike)
	confirmed := then(taken(bike), takes("Bea confirms", buyer, settlement.Complete, ""))
	return []Trigger{
		{events.TransactionCreated, []step{opens("Bea invites a seller", `{"process":"escrow_online","gateway":"trustap","transition":"invite","starter_id":"bea","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`)}},
		{events.TransactionJoined, box.joined},
		{events.TransactionPaid, box.paid},
		{events.TransactionTracked, box.tracked},
		{events.TransactionDelivered, box.delivered},
		{events.TransactionComplained, box.complained},
		{events.TransactionRefunded, then(box.complained, takes("Sam agrees", seller, escrow.AcceptComplaint, ""))},
		{events.TransactionFundsReleased, then(box.delivered, takes("Bea is content", buyer, escrow.EndComplaintPeriod, ""))},
		{events.TransactionCancelled, then(box.joined, takes("Bea cancels", buyer, escrow.Cancel, ""))},
		{events.TransactionPreauthorized, held},
		{events.TransactionRejected, then(held, takes("Sam rejects", seller, preauthorize.Reject, ""))},
		{events.TransactionConfirmed, confirmed},
		{events.ListingCreated, []step{lists}},
		{events.ListingChanged, []step{lists, disables}},
		{events.MessageSent, then(box.joined, ofDeal("Bea writes", buyer, "/messages", `{"sender_id":"bea","content":"When can I fetch it?"}`))},
		{events.ReviewPosted, then(confirmed, ofDeal("Bea rates Sam", buyer, "/reviews", `{"reviewer_id":"bea","rating":5,"content":"As described"}`))},
	}
}

var lists = goods{"Old city bike", 12000}.listed("Seven gears", 3)

// listed is a listing of so many pieces.
func (g goods) listed(description string, stock int) step {
	return step{what: "Sam lists: " + g.title, do: func(p *play) error {
		var made struct{ ID string }
		err := p.post("", "/v1/listings", fmt.Sprintf(`{"author_id":%q,"title":%q,"description":%q,"kind":"multi_use","model":"online","price":{"amount":%d,"currency":"EUR"},"stock":%d}`, seller, g.title, description, g.cents, stock), &made)
		p.listing = made.ID
		return err
	}}
}

var disables = step{what: "Sam takes it down", do: func(p *play) error { return p.post("", "/v1/listings/"+p.listing+"/disable", "", nil) }}

// marketTriggers are plays of the exchange.
func marketTriggers() []Trigger {
	posted := []step{comeIn, posts}
	taken := then(posted, orders)
	told := then(taken, ofOrder("Bea says that she has paid", buying, "confirm-paid", ""))
	return []Trigger{
		{events.AdCreated, posted},
		{events.OrderCreated, taken},
		{events.OrderPaymentIndicated, told},
		{events.OrderCompleted, then(told, ofOrder("Sam releases", selling, "confirm-received", ""))},
		{events.OrderCancelledByBuyer, then(taken, ofOrder("Bea cancels", buying, "cancel", ""))},
		{events.DisputeOpened, then(told, ofOrder("Sam calls an operator", selling, "call-operator", `{"reason":"Only a part has come in."}`))},
	}
}

// Play makes the event of a trigger, and answers it.
func (t Trigger) Play(ctx context.Context, at Target) (events.Shown, error) {
	p, err := at.begin(ctx)
	if err == nil {
		err = p.run(t.steps, func(Happened) {})
	}
	if err != nil {
		return events.Shown{}, err
	}
	return p.comes(t.Event)
}
