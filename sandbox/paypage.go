package sandbox

import (
	_ "embed"
	"html/template"
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

//go:embed paypage.html
var payPageHTML string

// payPage is what the page shows.
type payPage struct {
	ID          int64
	Description string
	Price       string
	Charge      string
	Postage     string
	Total       string
	Declines    []string
	Notice      string
	Payable     bool
	Challenge   bool // the bank asks whether it is the buyer
}

// till is where one kind of payment is made: its page, and how it is shown and made.
type till struct {
	path string
	view func(*World, int64) (payable, error)
	pay  func(*World, int64, string) (any, error)
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
	online := till{view: (*World).onlinePayable, pay: func(s *World, id int64, card string) (any, error) { return s.Pay(id, card) }}
	guest, full := online, online
	guest.path, full.path = "/online/transactions/{id}/guest_pay", "/online/transactions/{id}/pay"
	return []till{
		guest, full,
		{"/f2f/transactions/{id}/pay_deposit", facePayable(faceDeposit),
			func(s *World, id int64, card string) (any, error) { return s.PayDeposit(id, card) }},
		{"/f2f/transactions/{id}/pay_remainder", facePayable(faceRemainder),
			func(s *World, id int64, card string) (any, error) { return s.PayRemainder(id, card) }},
		{"/f2f/transactions/{id}/created_pay_deposit", facePayable(faceDeposit),
			func(s *World, id int64, card string) (any, error) { return s.payAsNewBuyer(id, card) }},
	}
}

func (s *World) onlinePayable(id int64) (payable, error) {
	return command(s, "", id, func(*world, *online, origin) *Error { return nil }, func(t *online) payable {
		return payable{id: t.ID, description: t.Description, currency: t.Currency, price: t.Price, charge: t.Charge,
			postage: t.ChargePostageBuyer, open: onlinePayment().ready(t) == nil, status: t.Status, transaction: t.Transaction}
	})
}

// facePayable shows one of the two payments; the remainder is the difference of both parts.
func facePayable(which func() *payment[*face]) func(*World, int64) (payable, error) {
	return func(s *World, id int64) (payable, error) {
		return command(s, "", id, func(*world, *face, origin) *Error { return nil }, func(t *face) payable {
			price, charge := t.DepositPricing.Price, t.DepositPricing.Charge
			if which().move == facePayRemainder && t.Pricing != nil {
				price, charge = t.Pricing.Price-price, t.Pricing.Charge-charge
			}
			return payable{id: t.ID, description: t.Description, currency: t.Currency, price: price, charge: charge,
				open: which().ready(t) == nil || t.Hidden.AdID != "" && t.Status == created, status: t.Status, transaction: t.P2PTransaction}
		})
	}
}

// payAsNewBuyer plays the buyer of a transaction of the product Lite, who joins as a new guest by paying the deposit.
func (s *World) payAsNewBuyer(id int64, card string) (P2PTransaction, error) {
	return s.face("p2p_pay_deposit", id, func(w *world, t *face, by origin) *Error {
		if t.Hidden.AdID == "" || t.Status != created {
			return pay(w, t, faceDeposit(), card, by)
		}
		if card != cardSuccess {
			return refuse("card_declined")
		}
		u := &user{ID: "1-" + w.uuid(), Email: "buyer@example.invalid", Guest: true, Consent: true}
		w.users[u.ID] = u
		t.BuyerID = u.ID
		link(w.face, t, u.ID)
		by.user = u.ID
		apply(w, t, faceJoin, by)
		return pay(w, t, faceDeposit(), card, by)
	})
}

// routePayment serves the pages where buyers pay. As at Trustap, the link is all that a buyer needs. A form gets a page or
// a redirect; a caller that sends JSON gets the transaction or the refusal.
func routePayment(t *stage.Routes[*Sandbox]) {
	page := template.Must(template.New("pay").Parse(payPageHTML))
	for _, at := range tills() {
		t.Handle("GET "+at.path, func(s *Sandbox, w http.ResponseWriter, r *http.Request) {
			visit{&World{s.stage.Linked(r)}, at, page, w, r}.show("")
		})
		t.Handle("POST "+at.path, func(s *Sandbox, w http.ResponseWriter, r *http.Request) {
			visit{&World{s.stage.Linked(r)}, at, page, w, r}.post()
		})
	}
}

// visit is one request to a page.
type visit struct {
	world *World
	till  till
	page  *template.Template
	w     http.ResponseWriter
	r     *http.Request
}

func (v visit) post() {
	card, form, refused := stage.CardOf(v.w, v.r)
	id, bad := pathID(v.r)
	switch {
	case bad != nil && (refused == nil || refused.Status == http.StatusBadRequest):
		refusalReply(bad).Write(v.w)
	case refused != nil:
		refusalReply(refuse(refused.Code)).Write(v.w)
	case !form:
		v.payJSON(id, card).Write(v.w)
	case card == cardChallenge:
		v.showPage("", true)
	default:
		v.payForm(id, card)
	}
}

func (v visit) payJSON(id int64, card string) reply {
	if card == cardCancel {
		seen, err := v.till.view(v.world, id)
		if err != nil {
			return errorReply(err)
		}
		return jsonReply(http.StatusOK, seen.transaction)
	}
	t, err := v.till.pay(v.world, id, card)
	if err != nil {
		return errorReply(err)
	}
	return jsonReply(http.StatusOK, t)
}

func (v visit) payForm(id int64, card string) {
	outcome, notice := "cancelled", "Nothing was paid."
	if card != cardCancel {
		if _, err := v.till.pay(v.world, id, card); err != nil {
			v.show(err.Error())
			return
		}
		outcome, notice = "paid", "Paid. You can close this page."
		if card != cardSuccess {
			outcome, notice = "processing", "The payment is on its way."
		}
	}
	if back := returnURL(v.r.URL.Query(), outcome, id); back != "" {
		http.Redirect(v.w, v.r, back, http.StatusSeeOther)
		return
	}
	v.show(notice)
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

func (v visit) show(notice string) { v.showPage(notice, false) }

func (v visit) showPage(notice string, challenge bool) {
	id, refused := pathID(v.r)
	if refused != nil {
		refusalReply(refused).Write(v.w)
		return
	}
	seen, err := v.till.view(v.world, id)
	if err != nil {
		errorReply(err).Write(v.w)
		return
	}
	page := newPayPage(seen, notice)
	page.Challenge = challenge && page.Payable
	stage.Page(v.page, page).Write(v.w)
}

func newPayPage(t payable, notice string) payPage {
	p := payPage{
		ID: t.id, Description: t.description, Declines: declines(), Notice: notice, Payable: t.open,
		Price:  stage.Display(t.price, t.currency),
		Charge: stage.Display(t.charge, t.currency),
		Total:  stage.Display(t.price+t.charge+t.postage, t.currency),
	}
	if t.postage > 0 {
		p.Postage = stage.Display(t.postage, t.currency)
	}
	if notice == "" && !p.Payable {
		p.Notice = "This transaction cannot be paid: it is " + strings.ReplaceAll(t.status, "_", " ") + "."
	}
	return p
}
