package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// cardCancel is the page's button for leaving without paying.
const cardCancel = "cancel"

// cardChallenge is the page's button for a card whose bank asks back (3-D Secure). It pays nothing by itself: the next page
// has the bank's question, whose answers are the success or a decline.
const cardChallenge = "three_d_secure"

// till is where one kind of payment is made: its page, and how it is shown and made.
type till struct {
	path string
	view func(*World, int64) (payable, error)
	pay  func(*World, int64, string) (stage.Value, error)
}

// payable is what a page needs to know of a transaction, and the transaction for programs.
type payable struct {
	description, currency  string
	due                    string // which part is paid; empty: all of it
	price, charge, postage int64
	from, to               string
	open, paid             bool
	status                 string
	transaction            any
}

// tills are at the paths of Trustap's actions host, and the remainder's at a path of our own.
func tills() []till {
	online := till{view: (*World).onlinePayable, pay: func(s *World, id int64, card string) (stage.Value, error) { return s.Pay(id, card) }}
	guest, full := online, online
	guest.path, full.path = "/online/transactions/{id}/guest_pay", "/online/transactions/{id}/pay"
	return []till{
		guest, full,
		{"/f2f/transactions/{id}/pay_deposit", f2fPayable(f2fDeposit),
			func(s *World, id int64, card string) (stage.Value, error) { return s.PayDeposit(id, card) }},
		{"/f2f/transactions/{id}/pay_remainder", f2fPayable(f2fRemainder),
			func(s *World, id int64, card string) (stage.Value, error) { return s.PayRemainder(id, card) }},
		{"/f2f/transactions/{id}/created_pay_deposit", f2fPayable(f2fDeposit),
			func(s *World, id int64, card string) (stage.Value, error) { return s.payAsNewBuyer(id, card) }},
	}
}

// seen is a transaction as its page shows it.
func seen[T escrow[T]](s *World, id int64, as func(*state, T) payable) (p payable, err error) {
	_, err = command(s, "", id, func(w *state, t T, _ origin) *Error {
		p = as(w, t)
		f := t.facts()
		p.description, p.currency, p.status = titleOf(*f.description), *f.currency, *f.status
		p.from, p.to = w.called(*f.buyerID), w.called(*f.sellerID)
		return nil
	}, func(T) bool { return true })
	return p, err
}

// titleOf is a description without what a program has put behind it in brackets to find its payment by.
func titleOf(description string) string {
	if at := strings.LastIndexByte(description, '['); at >= 0 && strings.HasSuffix(description, "]") {
		description = description[:at]
	}
	return cmp.Or(strings.TrimSpace(description), "Payment")
}

// called is how a page names a user; empty where it cannot.
func (w *state) called(id string) string {
	u := w.users[id]
	if u == nil {
		return ""
	}
	return cmp.Or(strings.TrimSpace(u.First+" "+u.Last), u.Email)
}

func (s *World) onlinePayable(id int64) (payable, error) {
	return seen(s, id, func(_ *state, t *online) payable {
		return payable{price: t.Price, charge: t.Charge, postage: t.ChargePostageBuyer, open: onlinePayment().ready(t) == nil, paid: !t.Paid.IsZero(), transaction: t.Transaction}
	})
}

// f2fPayable shows one of the two payments; the remainder is the difference of both parts.
func f2fPayable(which func() *payment[*f2f]) func(*World, int64) (payable, error) {
	return func(s *World, id int64) (payable, error) {
		return seen(s, id, func(_ *state, t *f2f) payable {
			p := payable{due: "Deposit; the remainder is paid when you meet the seller", price: t.DepositPricing.Price + t.DepositPricing.extra(), charge: t.DepositPricing.Charge, paid: !t.DepositPaid.IsZero(), transaction: t.F2FTransaction}
			if which().move == f2fPayRemainder && t.Pricing != nil {
				p.due, p.paid = "Remainder; the deposit was paid before", !t.RemainderPaid.IsZero()
				p.price, p.charge = t.Pricing.Price-p.price, t.Pricing.Charge-p.charge
			}
			p.open = which().ready(t) == nil || t.Hidden.AdID != "" && t.Status == created
			return p
		})
	}
}

// payAsNewBuyer plays the buyer of a transaction of the product Lite, who joins as a new guest by paying the deposit.
func (s *World) payAsNewBuyer(id int64, card string) (F2FTransaction, error) {
	return s.f2f("p2p_pay_deposit", id, func(w *state, t *f2f, by origin) *Error {
		if t.Hidden.AdID == "" || t.Status != created {
			return pay(w, t, f2fDeposit(), card, by)
		}
		if card != CardSuccess {
			return refuse("card_declined")
		}
		u := &user{ID: "1-" + w.uuid(), Email: "buyer@example.invalid", Guest: true, Consent: true}
		w.users[u.ID] = u
		t.BuyerID = u.ID
		link(w.f2f, t, u.ID)
		by.user = u.ID
		apply(w, t, f2fJoin, by)
		return pay(w, t, f2fDeposit(), card, by)
	})
}

// routePayment serves the pages where buyers pay. As at Trustap, the link is all that a buyer needs.
func routePayment(t *stage.Router[*Sandbox]) {
	for _, at := range tills() {
		stage.RouteTill(t, kind(), at.path, func(s *Sandbox, r *http.Request) (stage.Till, error) {
			id, refused := pathID(r)
			if refused != nil {
				return nil, refused
			}
			return visit{&World{s.stage.Linked(r)}, at, id, r}, nil
		})
	}
}

// visit is one request to a page.
type visit struct {
	world *World
	till  till
	id    int64
	r     *http.Request
}

// Pay plays the card that a program names.
func (v visit) Pay(card string) (stage.Value, error) {
	if card == cardCancel {
		seen, err := v.till.view(v.world, v.id)
		return seen.transaction, err
	}
	return v.till.pay(v.world, v.id, card)
}

// Press plays a button.
func (v visit) Press(card string) (back string) {
	outcome := "paid"
	switch card {
	case cardChallenge:
		return ""
	case cardCancel:
		return v.back("cancelled")
	case CardProcessing, CardReview:
		outcome = "processing"
	}
	if _, err := v.till.pay(v.world, v.id, card); err != nil {
		return ""
	}
	return v.back(outcome)
}

func (v visit) back(outcome string) string { return returnURL(v.r.URL.Query(), outcome, v.id) }

// returnURL is where the buyer goes afterwards, or "" when the query names no web address.
func returnURL(q url.Values, outcome string, id int64) string {
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || !stage.IsWeb(q.Get("redirect_uri")) {
		return ""
	}
	query := back.Query()
	query.Set("trustap_status", "ok")
	query.Set("code", outcome)
	query.Set("tx_id", strconv.FormatInt(id, 10))
	if q.Has("state") {
		query.Set("state", q.Get("state"))
	}
	back.RawQuery = query.Encode()
	return back.String()
}

// See is the page of the transaction as it is now.
func (v visit) See(chosen string) (stage.PayPage, error) {
	t, err := v.till.view(v.world, v.id)
	if err != nil {
		return stage.PayPage{}, err
	}
	amount := func(n int64) string { return stage.Display(n, t.currency) }
	p := stage.PayPage{
		Gateway: "Trustap", For: t.description, Due: t.due, Total: amount(t.price + t.charge + t.postage), From: t.from, To: t.to,
		Parts: []stage.Pair{{Text: "Price", Value: amount(t.price)}, {Text: "Fee", Value: amount(t.charge)}}, Reference: strconv.FormatInt(v.id, 10),
	}
	if t.postage > 0 {
		p.Parts = append(p.Parts, stage.Pair{Text: "Postage", Value: amount(t.postage)})
	}
	switch {
	case t.paid:
		p.Notice, p.Back = "Paid. You can close this page.", v.back("paid")
	case !t.open:
		p.Notice, p.Back = "There is nothing to pay: this payment is "+strings.ReplaceAll(t.status, "_", " ")+".", v.back("cancelled")
	case chosen == cardChallenge:
		p.Question = "Your bank asks: do you pay " + p.Total + "?"
		p.Ways = []stage.Way{{Card: CardSuccess, Text: "Yes, it is me"}, {Card: CardDeclined, Text: "No", Means: "Nothing is paid."}}
	default:
		p.Ways = waysToPay(p.Total)
	}
	return p, nil
}

// waysToPay are what a buyer may choose.
func waysToPay(total string) []stage.Way {
	ways := append([]stage.Way{
		{Card: CardSuccess, Text: "Pay " + total},
		{Card: cardChallenge, Text: "3-D Secure", Means: "The bank asks whether it is you before it pays."},
	}, stage.Declines(declines())...)
	return append(ways,
		stage.Way{Card: CardProcessing, Text: "Slow payment", Means: "The payment begins; a second choice on this page ends it.", After: "The payment is on its way. Choose how it ends."},
		stage.Way{Card: CardReview, Text: "Review", Means: "It is paid, and Trustap looks closer before it lets the money go."},
		stage.Way{Card: cardCancel, Text: "Cancel", Means: "You go back to the shop without paying.", After: "Nothing was paid."})
}
