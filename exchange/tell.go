package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// Notices is what traders are told of their orders. The first four types are the
// customer's (Known); clients that know only these never get another one.
func (s *Service) Notices() notices.Book {
	return notices.Book{Rows: s.rows(), Of: isOrder, Names: s.names, Entry: entry, ID: named, Heard: s.completed}
}

func (s *Service) rows() []notices.Row {
	const buyer, seller, both = notices.Buyer, notices.Seller, notices.Both
	return []notices.Row{
		{Event: events.OrderCreated, To: seller, If: onSellAd, Feed: "ad_interest", Known: true, Text: "You have an interested buyer on your p2p ad", Mail: "offer_created", With: whole},
		{Event: events.OrderCreated, To: buyer, Feed: "order_created", Text: "An order was made on an ad.", Mail: "order_to_pay", With: payable},
		{Event: events.OrderCreated, To: seller, If: onBuyAd, Feed: "order_created", Text: "An order was made on an ad.", Mail: "offer_created", With: whole},
		{Event: events.OrderPaymentIndicated, To: seller, Feed: "payment_indication", Known: true, Text: "{buyer} has claimed to have made payment regarding your P2P advertisement.", Mail: "payment_indicated", With: whole},
		{Event: events.OrderPaymentIndicated, To: buyer, Mail: "payment_claimed", With: whole},
		{Event: events.ReminderPaymentDue, To: buyer, If: still(p2porder.Pending), Feed: "payment_due", Text: "The time to pay the order is nearly over.", Mail: "order_to_pay", With: payable},
		{Event: events.ReminderReleaseDue, To: seller, If: still(p2porder.Paid), Feed: "release_due", Text: "The buyer says that the order is paid, and waits for you to confirm it.", Mail: "payment_indicated", With: whole},
		{Event: events.OrderCancelledByBuyer, To: buyer, Mail: "order_cancelled"},
		{Event: events.OrderCancelledByBuyer, To: seller, Feed: "offer_cancel", Known: true, Text: "{buyer} has cancelled their offer regarding your P2P advertisement.", Mail: "offer_cancelled", With: whole},
		{Event: events.OrderCancelledBySeller, To: buyer, Feed: "offer_cancelled", Text: "{seller} has cancelled the order.", Mail: "sale_cancelled", With: appealable(cancelledBySeller)},
		{Event: events.OrderCancelledBySeller, To: seller, Mail: "sale_stopped", With: appealable(cancelledBySeller)},
		{Event: events.OrderCancelledTogether, To: buyer, Feed: "offer_cancelled", Text: "The order was cancelled by both sides.", Mail: "order_cancelled", With: together},
		{Event: events.OrderCancelledTogether, To: seller, Feed: "offer_cancelled", Text: "The order was cancelled by both sides.", Mail: "sale_stopped", With: together},
		{Event: events.OrderCancelProposedByBuyer, To: seller, Feed: "cancel_proposed", Text: "{buyer} agrees to cancel the order."},
		{Event: events.OrderCancelProposedBySeller, To: buyer, Feed: "cancel_proposed", Text: "{seller} agrees to cancel the order."},
		{Event: events.OrderExpired, To: buyer, Feed: "offer_expired", Text: "The order was not paid in time and has expired.", Mail: "order_expired", With: appealable("")},
		{Event: events.OrderExpired, To: seller, Feed: "offer_expired", Text: "The order was not paid in time and has expired.", Mail: "offer_expired", With: appealable("")},
		{Event: events.OrderCompleted, To: buyer, Feed: "funds_released", Known: true, Text: "Funds have been released", Mail: "funds_released", With: s.released},
		{Event: events.OrderCompleted, To: seller, Feed: "order_completed", Text: "The order is complete.", Mail: "offer_completed", With: whole},
		{Event: events.DisputeOpened, To: both, Feed: "offer_disputed", Text: "There is a dispute about the order; an operator will look at it.", Mail: "order_disputed", With: s.disputed},
		{Event: events.DisputeReopened, To: both, Feed: "offer_reopened", Text: "The buyer has appealed; an operator will look at it.", Mail: "order_disputed", With: s.disputed},
		{Event: events.CaseOpened, To: both, Feed: "case_opened", Text: "The buyer says that the cancelled order was paid; nothing is frozen, and an operator will look at it.", Mail: "order_disputed", With: s.disputed},
		{Event: events.CaseClosed, To: both, Feed: "case_closed", Text: "An operator has closed the case; the order stays cancelled."},
		{Event: events.DisputeResolved, To: buyer, Feed: "funds_released", Known: true, Text: "Funds have been released", With: s.awarded},
		{Event: events.DisputeResolved, To: both, Feed: "offer_resolved", Text: "An operator has settled the dispute.", Mail: "dispute_resolved", With: s.resolved},
		{Event: events.MessageSent, To: notices.Listeners, Feed: "chat_message", With: message},
	}
}

// still keeps a reminder that comes late from asking for what was done meanwhile.
func still(state process.State) func(orchestrator.Transaction) bool {
	return func(tx orchestrator.Transaction) bool { return tx.State == state }
}

func onSellAd(tx orchestrator.Transaction) bool {
	return listings.AdType(tx.Attributes[attrAdType]) == listings.Sell
}

func onBuyAd(tx orchestrator.Transaction) bool { return !onSellAd(tx) }

// names are what the sides of an order are called.
func (s *Service) names(ctx context.Context, tx orchestrator.Transaction) (map[string]string, error) {
	known, err := s.Store.Traders(ctx, tx.CommunityID, []string{tx.Buyer, tx.Seller})
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for id, trader := range known {
		names[id] = trader.Name
	}
	return names, nil
}

// entry are the members that every entry has.
func entry(h notices.Happening, r notices.Row, id, text string) map[string]any {
	return fields{
		"type": r.Feed, "message": text, "ad_id": h.Transaction.ListingID, "offer_id": h.Transaction.ID, "event_id": id, "occurred_at": h.When().UTC(),
	}
}

// fields are the members of an entry besides those that all have.
type fields = map[string]any

// named is how entries and e-mails are called.
func named(h notices.Happening, r notices.Row, to notices.Person, _ string) (entry, letter string) {
	if h.Message != nil {
		return fmt.Sprintf("%d.message.%d", h.Transaction.ID, h.Message.ID), ""
	}
	id := fmt.Sprintf("%d.%d.", h.Transaction.ID, h.Event.Sequence)
	return id + r.Feed, fmt.Sprintf("%s%s.%s", id, r.Mail, to)
}

// completed counts a completed order for both sides. It may come again; the store counts
// an order once.
func (s *Service) completed(ctx context.Context, h notices.Happening) error {
	if h.Event == nil {
		return nil
	}
	switch t := process.Transition(h.Event.Data["transition"]); t {
	case p2porder.ConfirmReceived, p2porder.ReleaseEarly:
	default:
		if outcome, settled := outcomes()[t]; !settled || outcome == Refund {
			return nil
		}
		if r, err := s.resolution(ctx, h.Transaction); err != nil || r == nil {
			return err
		}
	}
	tx := h.Transaction
	return s.Store.AddCompleted(ctx, tx.CommunityID, tx.ID, tx.Buyer, tx.Seller)
}

// whole says the order's amount in an e-mail.
func whole(_ context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
	return notices.Words{Letter: notices.Amount(h.Transaction.Price)}, nil
}

// payable says the order's amount, and until when the buyer is to pay.
func payable(_ context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
	l := notices.Amount(h.Transaction.Price)
	l.Until = h.Transaction.Deadlines[process.PayDeadline]
	return notices.Words{Letter: l}, nil
}

// appealable says until when the buyer may appeal, and who has cancelled, if anybody has.
func appealable(by string) func(context.Context, notices.Happening, notices.Person) (notices.Words, error) {
	return func(_ context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
		l := notices.Amount(h.Transaction.Price)
		l.Until = h.Event.At.Add(p2porder.AppealWindow)
		w := notices.Words{Letter: l, Fields: fields{"appeal_until": l.Until}}
		if by != "" {
			w.Fields["cancel_reason"] = by
		}
		return w, nil
	}
}

// together says that it was both sides, and in the seller's e-mail what they have back.
func together(_ context.Context, h notices.Happening, to notices.Person) (notices.Words, error) {
	w := notices.Words{Fields: fields{"cancel_reason": cancelledByBoth}}
	if to == notices.Seller {
		w.Letter = notices.Amount(h.Transaction.Price)
	}
	return w, nil
}

// released says how much the buyer got.
func (s *Service) released(_ context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
	price := h.Transaction.Price
	return notices.Words{Fields: s.funds(price), Letter: notices.Amount(price)}, nil
}

// disputed says who called an operator, and why.
func (s *Service) disputed(ctx context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
	found, err := s.disputes(ctx, h.Transaction.CommunityID, h.Transaction)
	if err != nil {
		return notices.Words{}, err
	}
	l := notices.Amount(h.Transaction.Price)
	l.Reason = found[0].Reason
	return notices.Words{Fields: fields{"opened_by": found[0].OpenedBy, "reason": l.Reason}, Letter: l}, nil
}

// awarded says how much a settled dispute gave the buyer, if anything.
func (s *Service) awarded(ctx context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
	r, err := s.resolution(ctx, h.Transaction)
	if err != nil || r == nil || r.BuyerAmount <= 0 {
		return notices.Words{Unsaid: true}, err
	}
	return notices.Words{Fields: s.funds(money.New(r.BuyerAmount, h.Transaction.Price.Currency()))}, nil
}

// resolved says how a dispute was settled, and in the e-mail what its reader gets.
func (s *Service) resolved(ctx context.Context, h notices.Happening, to notices.Person) (notices.Words, error) {
	r, err := s.resolution(ctx, h.Transaction)
	if err != nil || r == nil {
		return notices.Words{Unsaid: true}, err
	}
	outcome := outcomes()[process.Transition(h.Event.Data["transition"])]
	w := notices.Words{Fields: fields{
		"outcome": outcome, "buyer_amount": r.BuyerAmount, "seller_amount": r.SellerAmount, "reason": r.Reason,
	}}
	if r.OperatorID == "" {
		w.Text = "No operator decided in time; the dispute has ended by the marketplace's rule."
	}
	share := r.SellerAmount
	if to == notices.Buyer {
		share = r.BuyerAmount
	}
	w.Letter = notices.Amount(money.New(share, h.Transaction.Price.Currency()))
	w.Letter.Reason = r.Reason
	return w, nil
}

// message says what was written.
func message(_ context.Context, h notices.Happening, _ notices.Person) (notices.Words, error) {
	m := h.Message
	return notices.Words{Text: m.Content, Fields: fields{"message_id": m.ID, "sender_id": m.Sender, "kind": m.Kind}}, nil
}

// funds are the members of what tells of money. The customer's amount is a JSON number of
// whole units; amount_str is exact for every reader.
func (s *Service) funds(amount money.Amount) fields {
	text := s.Assets.Decimal(amount)
	return fields{"amount": json.Number(shortest(text)), "amount_str": text, "crypto_currency": Coin(amount.Currency())}
}

// shortest leaves one decimal of those that are zero: 100.50 is 100.5, 100.00 is 100.0.
func shortest(text string) string {
	short := strings.TrimRight(text, "0")
	if whole, pointed := strings.CutSuffix(short, "."); pointed {
		return whole + ".0"
	}
	if !strings.Contains(text, ".") {
		return text
	}
	return short
}

// Coin is how the customer's documents call an asset: by its code in small letters,
// and a balance in a currency of ISO 4217 usdt.
func Coin(asset money.Currency) string {
	if _, iso := asset.Exponent(); iso {
		return "usdt"
	}
	return asset.Lower()
}
