package paytrail

import (
	"net/http"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// way is a way to pay.
type way struct{ card, provider, status, text, means string }

// ways are the ways to pay, with the name of the provider that each plays and the status that it leaves.
var ways = []way{
	{"success", "osuuspankki", isOK, "", ""},
	{"cancel", "osuuspankki", isFail, "Cancel", "You go back to the shop without paying."},
	{"declined", "osuuspankki", isFail, "Declined", "The bank says no."},
	{"pending", "walleyb2b", isPending, "Pending", "The payment waits for the provider; a second choice ends it."},
	{"delayed", "walleyb2b", isDelayed, "Delayed", "The payment waits longer; a second choice ends it."},
	{"refund_pending", "nordea", isOK, "Slow refund", "It is paid; a refund takes a day."},
	{"refund_fails", "nordea", isOK, "Refund fails", "It is paid; a refund fails after a day."},
	{"refund_refused", "spankki", isOK, "Bank without refunds", "It is paid; a refund is refused."},
}

// provider is who carries a payment: the bank of the way that was chosen, or the cards.
func (p *payment) provider() string {
	if p.Card != "" {
		return "creditcard"
	}
	for _, w := range ways {
		if w.card == p.Way {
			return w.provider
		}
	}
	return ""
}

// Pay plays the buyer of a payment: success, cancel, declined, pending, delayed, refund_pending, refund_fails or refund_refused.
// A payment that is pending or delayed takes a second one.
func (e *World) Pay(transaction, card string) error {
	_, _, err := e.buy(transaction, card)
	return err
}

// buy pays as Pay does, and answers the payment and where the buyer is led to.
func (e *World) buy(id, card string) (v stage.Value, back string, err error) {
	err = refuse(http.StatusNotFound, "Transaction %s does not exist", id)
	e.locked(func(s *state) {
		if p, ok := s.Payments.Get(id); ok {
			err = s.playBuyer(p, card)
			v, back = s.view(p), s.back(p)
		}
	})
	return v, back, err
}

func (s *state) playBuyer(p *payment, card string) error {
	if p.Card != "" {
		return s.playCardholder(p, card)
	}
	i := slices.IndexFunc(ways, func(w way) bool { return w.card == card })
	switch {
	case i < 0:
		return bad("There is no way to pay %q", card)
	case p.Status == isOK || p.Status == isFail:
		return bad("The payment is %s already", p.Status)
	}
	p.Way, p.Status = card, ways[i].status
	if p.Status == isOK {
		p.Paid = s.Now().UTC()
		s.effect("charge", p.ID, p.Amount, p.Stamp)
	}
	s.tell(p)
	return nil
}

// routePages serves the pages where buyers pay, save a card and show their bank that it is them.
func routePages(t *stage.Router[*Emulator]) {
	pay := func(e *Emulator, r *http.Request) (stage.Till, error) {
		id := r.PathValue("id")
		of := e.stage.Find(func(s *state) bool { _, ok := s.Payments.Get(id); return ok })
		return visit{&World{of}, id}, nil
	}
	stage.RouteTill(t, kind(), "/pay/{id}", pay)
	stage.RouteTill(t, kind(), "/3ds/{id}", pay)
	stage.RouteTill(t, kind(), "/cards/{id}", func(e *Emulator, r *http.Request) (stage.Till, error) {
		id := r.PathValue("id")
		of := e.stage.Find(func(s *state) bool { _, ok := s.Cards.Get(id); return ok })
		return cardVisit{&World{of}, id}, nil
	})
	t.Handle("POST /tokenization/addcard-form", (*Emulator).addCardForm)
}

// visit is one request to a page.
type visit struct {
	world *World
	id    string
}

// Pay plays the way to pay that a program names.
func (v visit) Pay(card string) (stage.Value, error) {
	after, _, err := v.world.buy(v.id, card)
	return after, err
}

// Press plays a button: the buyer is led back to the shop.
func (v visit) Press(card string) (back string) {
	_, back, err := v.world.buy(v.id, card)
	if err != nil {
		return ""
	}
	return back
}

// See is the page of the payment as it is now.
func (v visit) See(string) (page stage.PayPage, err error) {
	err = refuse(http.StatusNotFound, "Transaction %s does not exist", v.id)
	v.world.locked(func(s *state) {
		if p, ok := s.Payments.Get(v.id); ok {
			page, err = s.page(p), nil
		}
	})
	return page, err
}

// heading is what is sold, where the merchant says it.
func (p *payment) heading() string {
	for _, it := range p.Items {
		if it.Description != "" {
			return it.Description
		}
	}
	return "Payment"
}

func (s *state) page(p *payment) stage.PayPage {
	total := stage.Display(p.Amount, "EUR")
	page := stage.PayPage{Gateway: "Paytrail", For: p.heading(), Total: total, Reference: p.ID}
	for _, it := range p.Items {
		page.Parts = append(page.Parts, stage.Pair{Value: stage.Display(it.amount(), "EUR"), Text: stage.Or(it.Description == "", it.ProductCode, it.Description)})
	}
	switch {
	case p.Status == isOK:
		page.Notice, page.Back = "Paid. You can close this page.", s.back(p)
	case p.Status == isFail:
		page.Notice, page.Back = "This payment was canceled.", s.back(p)
	case p.held():
		page.Notice, page.Back = "The money is reserved. You can close this page.", s.back(p)
	case p.Card != "":
		page.Question = "Your bank asks: do you pay " + total + "?"
		page.Ways = []stage.Way{{Card: "success", Text: "Yes, it is me"}, {Card: "declined", Text: "No", Means: "Nothing is paid."}}
	default:
		page.Ways = []stage.Way{{Card: "success", Text: "Pay " + total}}
		for _, w := range append(ways[2:len(ways):len(ways)], ways[1]) {
			page.Ways = append(page.Ways, stage.Way{Card: w.card, Text: w.text, Means: w.means})
		}
	}
	return page
}
