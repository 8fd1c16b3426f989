package paytrail

import (
	"net/http"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// ways are the ways to pay, with the name of the provider that each plays and the status that it leaves.
var ways = []struct{ card, provider, status, text string }{
	{"success", "osuuspankki", isOK, "Pay"},
	{"cancel", "osuuspankki", isFail, "Cancel"},
	{"declined", "osuuspankki", isFail, "Let the bank say no"},
	{"pending", "walleyb2b", isPending, "Leave it pending"},
	{"delayed", "walleyb2b", isDelayed, "Leave it delayed"},
	{"refund_pending", "nordea", isOK, "Pay; refunds take a day"},
	{"refund_fails", "nordea", isOK, "Pay; refunds fail after a day"},
	{"refund_refused", "spankki", isOK, "Pay at a bank without refunds"},
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
	i := slices.IndexFunc(ways, func(w struct{ card, provider, status, text string }) bool { return w.card == card })
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
func (v visit) Press(card string) (back, notice string, asked bool) {
	_, back, err := v.world.buy(v.id, card)
	if err != nil {
		return "", err.Error(), false
	}
	return back, "", false
}

// See is the page of the payment as it is now.
func (v visit) See(notice string, _ bool) (page stage.PayPage, err error) {
	err = refuse(http.StatusNotFound, "Transaction %s does not exist", v.id)
	v.world.locked(func(s *state) {
		if p, ok := s.Payments.Get(v.id); ok {
			page, err = s.page(p, notice), nil
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
	return p.Reference
}

func (s *state) page(p *payment, notice string) stage.PayPage {
	total := stage.Display(p.Amount, "EUR")
	page := stage.PayPage{Title: "Pay " + total, Heading: p.heading(), Total: total, Footer: p.ID, Notice: notice}
	for _, it := range p.Items {
		page.Parts = append(page.Parts, stage.Pair{Value: stage.Display(it.amount(), "EUR"), Text: stage.Or(it.Description == "", it.ProductCode, it.Description)})
	}
	if p.Status == isOK || p.Status == isFail {
		page.Back = s.back(p)
		page.Notice = stage.Or(p.Status == isOK, "Paid. You can close this page.", "This payment was canceled.")
		return page
	}
	if p.Card != "" {
		page.Question = true
		page.Buttons = []stage.Pair{{Value: "success", Text: "It is me"}, {Value: "declined", Text: "It is not me"}}
		return page
	}
	page.Buttons = []stage.Pair{{Value: "success", Text: "Pay " + total}, {Value: "cancel", Text: "Cancel"}}
	for _, w := range ways[2:] {
		page.More = append(page.More, stage.Pair{Value: w.card, Text: w.text})
	}
	return page
}
