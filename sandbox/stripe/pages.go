package stripe

import (
	"cmp"
	_ "embed"
	"errors"
	"html/template"
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

//go:embed paypage.html
var payPageHTML string

// payPage is what the page shows.
type payPage struct {
	ID, Description, Total string
	Declines               []string
	Notice                 string
	Payable, Challenge     bool
	ReturnURL              string
}

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

// routePages serves the pages where buyers pay. A form gets a page; a caller that sends JSON gets the payment intent, or
// {"code", "error"} with status 402 when the payment is declined.
func routePages(t *stage.Routes[*Emulator]) {
	page := template.Must(template.New("pay").Parse(payPageHTML))
	t.Handle("GET /pay/{id}", func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		visit{e.having(r.PathValue("id")), page, w, r}.show("")
	})
	t.Handle("POST /pay/{id}", func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		visit{e.having(r.PathValue("id")), page, w, r}.post()
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
	page  *template.Template
	w     http.ResponseWriter
	r     *http.Request
}

func (v visit) id() string { return v.r.PathValue("id") }

// intent copies the payment intent of the page. The client secret need not be there, but must not be wrong.
func (v visit) intent() (paymentIntent, *Error) {
	refused := noSuch("payment_intent", v.id(), "")
	var found paymentIntent
	secret := v.r.URL.Query().Get("client_secret")
	v.world.locked(func(s *state) {
		if p, ok := s.Intents.Get(v.id()); ok && (secret == "" || secret == p.Secret) {
			found, refused = *p, nil
		}
	})
	return found, refused
}

func (v visit) post() {
	card, form, bad := stage.CardOf(v.w, v.r)
	_, unknown := v.intent()
	switch {
	case bad != nil && bad.Status == http.StatusRequestEntityTooLarge:
		flat(tooLarge()).Write(v.w)
	case unknown != nil:
		flat(unknown).Write(v.w)
	case form:
		v.payForm(card) // a broken form names no card
	case bad != nil:
		flat(badJSON()).Write(v.w)
	default:
		v.payJSON(card)
	}
}

func (v visit) payJSON(card string) {
	after, refused := v.world.buy(v.id(), card)
	if refused != nil {
		flat(refused).Write(v.w)
		return
	}
	jsonReply(http.StatusOK, after).Write(v.w)
}

func (v visit) payForm(card string) {
	if err := v.world.Pay(v.id(), card); err != nil {
		notice := err.Error()
		if refused := (*Error)(nil); errors.As(err, &refused) {
			notice = refused.Message
			if refused.Code == stateCode {
				notice = "" // the page shows the state, such as paid by an earlier click
			}
		}
		v.show(notice)
		return
	}
	v.show("")
}

func (v visit) show(notice string) {
	p, refused := v.intent()
	if refused != nil {
		flat(refused).Write(v.w)
		return
	}
	shown := payPage{
		ID: p.ID, Description: cmp.Or(p.Description, "Payment"), Total: stage.Display(p.Amount, p.Currency), Declines: declines(),
		Payable: p.Status == needsMethod || p.Status == needsConfirm, Challenge: p.Status == needsAction,
		Notice: cmp.Or(notice, noticeOf(p.Status)),
	}
	if !shown.Payable && !shown.Challenge {
		shown.ReturnURL = p.back()
	}
	stage.Page(v.page, shown).Write(v.w)
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
