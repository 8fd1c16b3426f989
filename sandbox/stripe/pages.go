package stripe

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The answers to the bank's question (3-D Secure), which [Emulator.Pay] and the page take in the place of a card.
const (
	cardApprove = "approve"
	cardReject  = "reject"
)

// Pay plays the buyer of a payment intent. Card is a short name (success, authentication_required, processing, or a decline
// code such as insufficient_funds), a test payment method such as pm_card_visa, or the answer to the bank's question of a
// payment that requires action: approve or reject. A second call ends a payment that is processing. When the bank declines,
// the intent waits for another payment method and an [*Error] of type card_error is returned. Other codes: resource_missing,
// invalid_card, payment_intent_unexpected_state.
func (e *World) Pay(paymentIntentID, card string) error {
	_, refused := e.buy(paymentIntentID, card)
	return asError(refused)
}

// buy pays as Pay does and answers the payment intent.
func (e *World) buy(id, card string) (object, *Error) {
	var (
		after   object
		refused = noSuch("payment_intent", id, "")
	)
	e.locked(func(s *state) {
		if p, ok := s.Intents.Get(id); ok {
			refused = s.playBuyer(p, card, self(s.Now()))
			after = p.view()
		}
	})
	return after, refused
}

func (s *state) playBuyer(p *paymentIntent, card string, by origin) *Error {
	if card == cardApprove || card == cardReject {
		return s.answerBank(p, card, by)
	}
	if _, known := cardNamed(card); !known {
		return invalid("invalid_card", "card", "There is no test card %q.", card)
	}
	m := s.newMethod(card, by)
	if p.Status == processing && !m.Card.Slow {
		return s.pay(p, m, confirmation{}, by)
	}
	if err := p.confirmable(m); err != nil {
		return err
	}
	return s.pay(p, m, confirmation{}, by)
}

// answerBank goes on with a payment whose bank has asked the buyer.
func (s *state) answerBank(p *paymentIntent, answer string, by origin) *Error {
	if p.Status != needsAction {
		return unexpectedState(p, "The bank asks nothing: the PaymentIntent has a status of %s.", p.Status)
	}
	if answer == cardApprove {
		return s.pay(p, p.Method, confirmation{approved: true}, by)
	}
	e := &Error{Status: http.StatusPaymentRequired, Type: typeInvalid, Code: "payment_intent_authentication_failure", Method: p.Method.view(),
		Message: "The provided PaymentMethod has failed authentication."}
	return s.fail(p, e, by)
}

// routePages serves the pages where buyers pay. The client secret need not be there, but must not be wrong.
func routePages(t *stage.Router[*Emulator]) {
	stage.RouteTill(t, kind(), "/pay/{id}", func(e *Emulator, r *http.Request) (stage.Till, error) {
		id, secret := r.PathValue("id"), r.URL.Query().Get("client_secret")
		v := visit{e.having(id), id}
		p, err := v.intent()
		if err == nil && secret != "" && secret != p.Secret {
			err = noSuch("payment_intent", id, "")
		}
		return v, asError(err)
	})
}

// having is the world with a payment intent. The ids of all worlds differ, so a link need not name the world.
func (e *Emulator) having(paymentIntentID string) *World {
	return &World{e.stage.Find(func(s *state) bool {
		_, ok := s.Intents.Get(paymentIntentID)
		return ok
	})}
}

// visit is one request to a page.
type visit struct {
	world *World
	id    string
}

// intent copies the payment intent of the page.
func (v visit) intent() (found paymentIntent, refused *Error) {
	refused = noSuch("payment_intent", v.id, "")
	v.world.locked(func(s *state) {
		if p, ok := s.Intents.Get(v.id); ok {
			found, refused = *p, nil
		}
	})
	return found, refused
}

// Pay plays the card that a program names.
func (v visit) Pay(card string) (stage.Value, error) {
	after, refused := v.world.buy(v.id, card)
	return after, asError(refused)
}

// Press plays a button. The page shows the state, such as paid by an earlier click.
func (v visit) Press(card string) (back string) {
	_, _ = v.world.buy(v.id, card) // a decline stands in the state
	return ""
}

// See is the page of the payment intent as it is now.
func (v visit) See(chosen string) (stage.PayPage, error) {
	p, refused := v.intent()
	if refused != nil {
		return stage.PayPage{}, refused
	}
	total := stage.Display(p.Amount, p.Currency)
	shown := stage.PayPage{Gateway: "Stripe", For: cmp.Or(p.Description, "Payment"), Total: total, From: p.ReceiptEmail, Reference: p.ID, Notice: noticeOf(p.Status)}
	switch p.Status {
	case needsAction:
		shown.Question, shown.Ways = bankAsks(total)
	case needsMethod, needsConfirm:
		shown.Ways = waysToPay(total)
		if chosen == cardReject {
			shown.Notice = notConfirmed
		}
	default:
		shown.Back = p.back()
	}
	return shown, nil
}

// notConfirmed is what a page says once the bank's question was answered with no.
const notConfirmed = "The bank could not confirm that it was you. Nothing was paid; choose again."

// bankAsks is the question of 3-D Secure.
func bankAsks(total string) (question string, answers []stage.Way) {
	return "Your bank asks: do you pay " + total + "?", []stage.Way{{Card: cardApprove, Text: "Yes, it is me"}, {Card: cardReject, Text: "No", Means: "Nothing is paid."}}
}

// waysToPay are what a buyer may choose on both pages.
func waysToPay(total string) []stage.Way {
	return append([]stage.Way{
		{Card: "success", Text: "Pay " + total},
		{Card: "authentication_required", Text: "3-D Secure", Means: "The bank asks whether it is you before it pays."},
		{Card: "processing", Text: "Slow payment", Means: "The payment begins, and ends later."},
	}, stage.Declines(declines())...)
}

// noticeOf says what there is to say about a state in which the buyer has nothing to do.
func noticeOf(status string) string {
	switch status {
	case succeeded, needsCapture:
		return "Paid. You can close this page."
	case processing:
		return "The payment is on its way."
	case canceled:
		return "This payment was canceled."
	}
	return ""
}

// back is the link that leads the buyer back to the shop; empty when it is no web address.
func (p *paymentIntent) back() string {
	if !stage.IsWeb(p.ReturnURL) {
		return ""
	}
	u, err := url.Parse(p.ReturnURL)
	if err != nil {
		return ""
	}
	outcome := "failed"
	if slices.Contains([]string{succeeded, needsCapture}, p.Status) {
		outcome = succeeded
	}
	q := u.Query()
	q.Set("payment_intent", p.ID)
	q.Set("payment_intent_client_secret", p.Secret)
	q.Set("redirect_status", outcome)
	u.RawQuery = q.Encode()
	return u.String()
}
