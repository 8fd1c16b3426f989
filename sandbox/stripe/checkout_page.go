package stripe

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// leaveCheckout is the button with which a buyer goes back to the shop without paying.
const leaveCheckout = "cancel"

// till is one request to the page of a checkout session.
type till struct {
	world *World
	id    string
}

// routeCheckout serves the pages of checkout sessions.
func routeCheckout(t *stage.Router[*Emulator]) {
	stage.RouteTill(t, kind(), "/c/pay/{id}", func(e *Emulator, r *http.Request) (stage.Till, error) {
		id := r.PathValue("id")
		v := till{&World{e.stage.Find(func(s *state) bool { _, ok := s.Sessions.Get(id); return ok })}, id}
		_, _, refused := v.look()
		return v, asError(refused)
	})
}

// look copies the session of the page, and the state of its payment.
func (v till) look() (n checkout, payment string, refused *Error) {
	refused = noSuch("checkout.session", v.id, "")
	v.world.locked(func(s *state) {
		if found, ok := s.Sessions.Get(v.id); ok {
			n, refused = *found, nil
			if p, ok := s.Intents.Get(n.Intent); ok {
				payment = p.Status
			}
		}
	})
	return n, payment, refused
}

// PayCheckout plays the buyer of a checkout session, as Pay does that of a payment intent.
func (e *World) PayCheckout(sessionID, card string) error {
	_, err := till{e, sessionID}.Pay(card)
	return err
}

// Pay plays the buyer for a program.
func (v till) Pay(card string) (stage.Value, error) {
	var after object
	refused := noSuch("checkout.session", v.id, "")
	v.world.locked(func(s *state) {
		if n, ok := s.Sessions.Get(v.id); ok {
			refused = s.payIn(n, card, self(s.Now()))
			after = s.sessionView(n)
		}
	})
	return after, asError(refused)
}

// Press plays a button. Who has paid is led back to the shop.
func (v till) Press(card string) (back string) {
	if card != leaveCheckout {
		_, _ = v.Pay(card) // a decline stands in the state
	}
	n, _, refused := v.look()
	switch {
	case refused != nil:
		return ""
	case card == leaveCheckout:
		return n.Cancel
	case n.Status == sessionComplete:
		return n.back()
	}
	return ""
}

// back is where who has paid is led.
func (n checkout) back() string { return strings.ReplaceAll(n.Success, "{CHECKOUT_SESSION_ID}", n.ID) }

// See is the page as it is now.
func (v till) See(chosen string) (stage.PayPage, error) {
	n, payment, refused := v.look()
	if refused != nil {
		return stage.PayPage{}, refused
	}
	total := stage.Display(n.total(), n.Currency)
	shown := stage.PayPage{Gateway: "Stripe", For: cmp.Or(n.Terms.Description, n.Items[0].Name), Total: total, From: n.Email, Reference: n.ID}
	for _, item := range n.Items {
		shown.Parts = append(shown.Parts, stage.Pair{Value: stage.Display(item.Amount*item.Quantity, n.Currency), Text: item.Name})
	}
	switch {
	case n.Status == sessionComplete:
		shown.Notice, shown.Back = "Paid. You can close this page.", n.back()
	case n.Status == sessionExpired:
		shown.Notice, shown.Back = "This page is too old.", n.Cancel
	case payment == needsAction:
		shown.Question, shown.Ways = bankAsks(total)
	default:
		shown.Ways = slices.DeleteFunc(waysToPay(total), func(w stage.Way) bool { return w.Card == "processing" })
		if n.Cancel != "" {
			shown.Ways = append(shown.Ways, stage.Way{Card: leaveCheckout, Text: "Cancel", Means: "You go back to the shop without paying."})
		}
		if chosen == cardReject {
			shown.Notice = notConfirmed
		}
	}
	return shown, nil
}
