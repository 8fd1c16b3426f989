package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// The types of what users are told. The first four are the customer's; clients that
// know only these never get another one.
const (
	toldReleased  = "funds_released"     // to the buyer
	toldInterest  = "ad_interest"        // to the seller whose ad was taken
	toldCancel    = "offer_cancel"       // to the seller, by the buyer
	toldPaid      = "payment_indication" // to the seller
	toldCreated   = "order_created"      // to both
	toldExpired   = "offer_expired"      // to both
	toldCancelled = "offer_cancelled"    // by the seller, or by both
	toldDisputed  = "offer_disputed"     // to both
	toldReopened  = "offer_reopened"     // to both
	toldAgreed    = "cancel_proposed"    // to the other side
	toldCase      = "case_opened"        // to both
	toldClosed    = "case_closed"        // to both
	toldResolved  = "offer_resolved"     // to both
	toldCompleted = "order_completed"    // to the seller
	toldMessage   = "chat_message"       // to who did not write it
)

// Tell is the exchange's notices.Writer: it puts what happened to an order into what
// its parties see and get by e-mail. It counts completed orders, once each.
func (s *Service) Tell(ctx context.Context, h notices.Happening) (notices.News, error) {
	switch {
	case !isOrder(h.Transaction):
		return notices.News{}, nil
	case h.Message != nil:
		return s.tellMessage(h)
	case h.Event == nil:
		return notices.News{}, nil
	}
	t, err := s.telling(ctx, h)
	if err != nil {
		return notices.News{}, err
	}
	if err := t.event(ctx); err != nil {
		return notices.News{}, err
	}
	return t.news, nil
}

// telling is the news of one event on its way.
type telling struct {
	s    *Service
	tx   orchestrator.Transaction
	e    orchestrator.Event
	user map[string]Trader
	news notices.News
	err  error
}

func (s *Service) telling(ctx context.Context, h notices.Happening) (*telling, error) {
	tx := h.Transaction
	known, err := s.Store.Traders(ctx, tx.CommunityID, []string{tx.Buyer, tx.Seller})
	return &telling{s: s, tx: tx, e: *h.Event, user: known}, err
}

// event decides who hears what. The state of the order may be a later one than that
// of the event, so only the event is looked at.
func (t *telling) event(ctx context.Context) error {
	buyer, seller := t.tx.Buyer, t.tx.Seller
	switch transition := process.Transition(t.e.Data["transition"]); transition {
	case "create":
		t.created()
	case "confirm_paid":
		t.tell(toldPaid, t.name(buyer)+" has claimed to have made payment regarding your P2P advertisement.", nil, seller)
		t.mail(mailPaid, t.whole(), seller)
	case "cancel", "withdraw_claim":
		t.tell(toldCancel, t.name(buyer)+" has cancelled their offer regarding your P2P advertisement.", nil, seller)
		t.mail(mailCancelled, t.whole(), seller)
	case "cancel_sale":
		until := t.e.At.Add(p2porder.AppealWindow)
		t.tell(toldCancelled, t.name(seller)+" has cancelled the order.", fields{"cancel_reason": "seller", "appeal_until": until}, buyer)
		w := t.whole()
		w.until = until
		t.mail(mailSaleOff, w, buyer)
	case "cancel_together":
		t.tell(toldCancelled, "The order was cancelled by both sides.", fields{"cancel_reason": "mutual"}, buyer, seller)
	case "agree_to_cancel":
		t.tell(toldAgreed, t.name(buyer)+" agrees to cancel the order.", nil, seller)
	case "agree_to_cancel_sale":
		t.tell(toldAgreed, t.name(seller)+" agrees to cancel the order.", nil, buyer)
	case "expire":
		until := t.e.At.Add(p2porder.AppealWindow)
		t.tell(toldExpired, "The order was not paid in time and has expired.", fields{"appeal_until": until}, buyer, seller)
		w := t.whole()
		w.until = until
		t.mail(mailExpired, w, buyer)
		t.mail(mailUnpaid, w, seller)
	case "confirm_received", "release_early":
		t.released(t.tx.Price.Minor())
		t.tell(toldCompleted, "The order is complete.", nil, seller)
		t.mail(mailReleased, t.whole(), buyer)
		return t.finished(ctx)
	case "call_operator", "appeal":
		return t.disputed(ctx, transition)
	case "contest":
		return t.contested(ctx)
	case "close_case":
		t.tell(toldClosed, "An operator has closed the case; the order stays cancelled.", nil, buyer, seller)
	case "resolve_release", "resolve_refund", "resolve_split", "default_release", "default_refund":
		return t.resolved(ctx, outcomes()[transition])
	}
	return t.err
}

func (t *telling) created() {
	buyer, seller := t.tx.Buyer, t.tx.Seller
	const text = "An order was made on an ad."
	if listings.AdType(t.tx.Attributes[attrAdType]) != listings.Sell {
		t.tell(toldCreated, text, nil, buyer, seller)
		return
	}
	t.tell(toldInterest, "You have an interested buyer on your p2p ad", nil, seller)
	t.tell(toldCreated, text, nil, buyer)
	t.mail(mailCreated, t.whole(), seller)
}

func (t *telling) disputed(ctx context.Context, transition process.Transition) error {
	d, err := t.s.dispute(ctx, t.tx)
	if err != nil {
		return err
	}
	kind, text := toldDisputed, "There is a dispute about the order; an operator will look at it."
	if transition == "appeal" {
		kind, text = toldReopened, "The buyer has appealed; an operator will look at it."
	}
	t.tell(kind, text, fields{"opened_by": d.OpenedBy, "reason": d.Reason}, t.tx.Buyer, t.tx.Seller)
	w := t.whole()
	w.reason = d.Reason
	t.mail(mailDisputed, w, t.tx.Buyer, t.tx.Seller)
	return t.err
}

func (t *telling) contested(ctx context.Context) error {
	d, err := t.s.dispute(ctx, t.tx)
	if err != nil {
		return err
	}
	const text = "The buyer says that the cancelled order was paid; nothing is frozen, and an operator will look at it."
	t.tell(toldCase, text, fields{"opened_by": d.OpenedBy, "reason": d.Reason}, t.tx.Buyer, t.tx.Seller)
	return t.err
}

func (t *telling) resolved(ctx context.Context, outcome Outcome) error {
	r, err := t.s.resolution(ctx, t.tx)
	if err != nil || r == nil {
		return err
	}
	if r.BuyerAmount > 0 {
		t.released(r.BuyerAmount)
	}
	text := "An operator has settled the dispute."
	if r.OperatorID == "" {
		text = "No operator decided in time; the dispute has ended by the marketplace's rule."
	}
	t.tell(toldResolved, text, fields{
		"outcome": outcome, "buyer_amount": r.BuyerAmount, "seller_amount": r.SellerAmount, "reason": r.Reason,
	}, t.tx.Buyer, t.tx.Seller)
	t.mail(mailResolved, t.shareOf(r.BuyerAmount, r.Reason), t.tx.Buyer)
	t.mail(mailResolved, t.shareOf(r.SellerAmount, r.Reason), t.tx.Seller)
	if outcome == Refund {
		return t.err
	}
	return t.finished(ctx)
}

// finished counts the order for both sides. Telling may be repeated; the store
// counts an order once.
func (t *telling) finished(ctx context.Context) error {
	if t.err != nil {
		return t.err
	}
	return t.s.Store.AddCompleted(ctx, t.tx.CommunityID, t.tx.ID, t.tx.Buyer, t.tx.Seller)
}

// name is how the other side is called; the customer's texts begin with it.
func (t *telling) name(user string) string {
	if name := t.user[user].Name; name != "" {
		return name
	}
	return "Your counterparty"
}

// fields are the members of a message besides those that all have.
type fields map[string]any

// released tells the buyer what they got. The customer's amount is a JSON number of
// whole units; amount_str is exact for every reader.
func (t *telling) released(minor int64) {
	text, asset := t.decimal(minor), t.tx.Price.Currency()
	t.tell(toldReleased, "Funds have been released", fields{
		"amount": json.Number(shortest(text)), "amount_str": text, "crypto_currency": Coin(asset),
	}, t.tx.Buyer)
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

// decimal writes minor units of the order's asset.
func (t *telling) decimal(minor int64) string {
	return t.s.Assets.Decimal(money.New(minor, t.tx.Price.Currency()))
}

// tell adds an entry for each of the users.
func (t *telling) tell(kind, message string, more fields, users ...string) {
	id := fmt.Sprintf("%d.%d.%s", t.tx.ID, t.e.Sequence, kind)
	data, err := entryData(t.tx, kind, id, t.e.At, more, message)
	if err != nil {
		t.err = err
		return
	}
	for _, user := range users {
		t.news.Entries = append(t.news.Entries, notices.Entry{
			CommunityID: t.tx.CommunityID, UserID: user, ID: id, Type: kind, Newer: newer(kind), Data: data, At: t.e.At,
		})
	}
}

func newer(kind string) bool {
	switch kind {
	case toldReleased, toldInterest, toldCancel, toldPaid:
		return false
	}
	return true
}

func entryData(tx orchestrator.Transaction, kind, id string, at time.Time, more fields, message string) (json.RawMessage, error) {
	data := fields{
		"type": kind, "message": message, "ad_id": tx.ListingID, "offer_id": tx.ID, "event_id": id, "occurred_at": at.UTC(),
	}
	for name, value := range more {
		data[name] = value
	}
	return json.Marshal(data)
}

// tellMessage tells of a message to those who did not write it.
func (s *Service) tellMessage(h notices.Happening) (notices.News, error) {
	m, tx := h.Message, h.Transaction
	id := fmt.Sprintf("%d.message.%d", tx.ID, m.ID)
	data, err := entryData(tx, toldMessage, id, m.At, fields{"message_id": m.ID, "sender_id": m.Sender, "kind": m.Kind}, m.Content)
	if err != nil {
		return notices.News{}, err
	}
	var news notices.News
	for _, user := range []string{tx.Buyer, tx.Seller} {
		if user != m.Sender {
			news.Entries = append(news.Entries, notices.Entry{
				CommunityID: tx.CommunityID, UserID: user, ID: id, Type: toldMessage, Newer: true, Data: data, At: m.At,
			})
		}
	}
	return news, nil
}
