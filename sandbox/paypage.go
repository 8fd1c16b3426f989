package sandbox

import (
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
	id                     int64
	description, currency  string
	price, charge, postage int64
	open                   bool
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

func (s *World) onlinePayable(id int64) (payable, error) {
	return command(s, "", id, func(*state, *online, origin) *Error { return nil }, func(t *online) payable {
		return payable{id: t.ID, description: t.Description, currency: t.Currency, price: t.Price, charge: t.Charge,
			postage: t.ChargePostageBuyer, open: onlinePayment().ready(t) == nil, status: t.Status, transaction: t.Transaction}
	})
}

// f2fPayable shows one of the two payments; the remainder is the difference of both parts.
func f2fPayable(which func() *payment[*f2f]) func(*World, int64) (payable, error) {
	return func(s *World, id int64) (payable, error) {
		return command(s, "", id, func(*state, *f2f, origin) *Error { return nil }, func(t *f2f) payable {
			price, charge := t.DepositPricing.Price, t.DepositPricing.Charge
			if which().move == f2fPayRemainder && t.Pricing != nil {
				price, charge = t.Pricing.Price-price, t.Pricing.Charge-charge
			}
			return payable{id: t.ID, description: t.Description, currency: t.Currency, price: price, charge: charge,
				open: which().ready(t) == nil || t.Hidden.AdID != "" && t.Status == created, status: t.Status, transaction: t.F2FTransaction}
		})
	}
}

// payAsNewBuyer plays the buyer of a transaction of the product Lite, who joins as a new guest by paying the deposit.
func (s *World) payAsNewBuyer(id int64, card string) (F2FTransaction, error) {
	return s.f2f("p2p_pay_deposit", id, func(w *state, t *f2f, by origin) *Error {
		if t.Hidden.AdID == "" || t.Status != created {
			return pay(w, t, f2fDeposit(), card, by)
		}
		if card != cardSuccess {
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
func (v visit) Press(card string) (back, notice string, asked bool) {
	outcome, notice := "cancelled", "Nothing was paid."
	switch card {
	case cardChallenge:
		return "", "", true
	case cardCancel:
	default:
		if _, err := v.till.pay(v.world, v.id, card); err != nil {
			return "", err.Error(), false
		}
		outcome, notice = "paid", "Paid. You can close this page."
		if card != cardSuccess {
			outcome, notice = "processing", "The payment is on its way."
		}
	}
	return returnURL(v.r.URL.Query(), outcome, v.id), notice, false
}

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
func (v visit) See(notice string, asked bool) (stage.PayPage, error) {
	t, err := v.till.view(v.world, v.id)
	if err != nil {
		return stage.PayPage{}, err
	}
	amount := func(n int64) string { return stage.Display(n, t.currency) }
	name := "ransaction " + strconv.FormatInt(t.id, 10)
	p := stage.PayPage{
		Title: "Pay t" + name, Heading: t.description, Total: amount(t.price + t.charge + t.postage), Footer: "T" + name,
		Parts: []stage.Pair{{Text: "Price", Value: amount(t.price)}, {Text: "Fee", Value: amount(t.charge)}}, Notice: notice,
	}
	if t.postage > 0 {
		p.Parts = append(p.Parts, stage.Pair{Text: "Postage", Value: amount(t.postage)})
	}
	switch {
	case !t.open && notice == "":
		p.Notice = "This transaction cannot be paid: it is " + strings.ReplaceAll(t.status, "_", " ") + "."
	case t.open && asked:
		p.Question = true
		p.Buttons = []stage.Pair{{Value: cardSuccess, Text: "Yes, it is me"}, {Value: "card_declined", Text: "No"}}
	case t.open:
		p.Buttons = []stage.Pair{{Value: cardSuccess, Text: "Pay " + p.Total}, {Value: cardChallenge, Text: "Pay with 3-D Secure"}}
		p.Declines = declines()
		p.More = []stage.Pair{{Value: cardProcessing, Text: "Pay slowly"}, {Value: cardReview, Text: "Pay and be reviewed"}, {Value: cardCancel, Text: "Cancel"}}
	}
	return p, nil
}
