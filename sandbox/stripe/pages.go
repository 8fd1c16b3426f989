package stripe

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

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

// cardInput is the JSON body of a payment.
type cardInput struct {
	Card string `json:"card"`
}

// Pay plays the buyer of a payment intent. Card is a short name (success, authentication_required, processing, or a decline
// code such as insufficient_funds), a test payment method such as pm_card_visa, or the answer to the bank's question of a
// payment that requires action: approve or reject. A second call ends a payment that is processing. When the bank declines,
// the intent waits for another payment method and an [*Error] of type card_error is returned. Other codes: resource_missing,
// invalid_card, payment_intent_unexpected_state.
func (e *Emulator) Pay(paymentIntentID, card string) error {
	_, refused := e.buy(paymentIntentID, card)
	return asError(refused)
}

// buy pays as Pay does and answers the payment intent.
func (e *Emulator) buy(id, card string) (object, *Error) {
	var (
		after   object
		refused = noSuch("payment_intent", id, "")
	)
	e.locked(func(s *state) {
		if p, ok := s.intents.get(id); ok {
			refused = s.playBuyer(p, card, self(s.now()))
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
	if p.status == processing && !m.card.slow {
		return s.pay(p, m, confirmation{}, by)
	}
	if err := p.confirmable(m); err != nil {
		return err
	}
	return s.pay(p, m, confirmation{}, by)
}

// answerBank goes on with a payment whose bank has asked the buyer.
func (s *state) answerBank(p *paymentIntent, answer string, by origin) *Error {
	if p.status != needsAction {
		return unexpectedState(p, "The bank asks nothing: the PaymentIntent has a status of %s.", p.status)
	}
	if answer == cardApprove {
		return s.pay(p, p.method, confirmation{approved: true}, by)
	}
	e := &Error{Status: http.StatusPaymentRequired, Type: typeInvalid, Code: "payment_intent_authentication_failure", method: p.method.view(),
		Message: "The provided PaymentMethod has failed authentication."}
	return s.fail(p, e, by)
}

// routePages serves the pages where buyers pay. A form gets a page; a caller that sends JSON gets the payment intent, or
// {"code", "error"} with status 402 when the payment is declined.
func routePages(t *stage.Routes[*Emulator]) {
	page := template.Must(template.New("pay").Parse(payPageHTML))
	t.Handle("GET /pay/{id}", func(e *Emulator, w http.ResponseWriter, r *http.Request) { visit{e, page, w, r}.show("") })
	t.Handle("POST /pay/{id}", func(e *Emulator, w http.ResponseWriter, r *http.Request) { visit{e, page, w, r}.post() })
}

// visit is one request to a page.
type visit struct {
	emulator *Emulator
	page     *template.Template
	w        http.ResponseWriter
	r        *http.Request
}

func (v visit) id() string { return v.r.PathValue("id") }

// intent copies the payment intent of the page. The client secret need not be there, but must not be wrong.
func (v visit) intent() (paymentIntent, *Error) {
	refused := noSuch("payment_intent", v.id(), "")
	var found paymentIntent
	secret := v.r.URL.Query().Get("client_secret")
	v.emulator.locked(func(s *state) {
		if p, ok := s.intents.get(v.id()); ok && (secret == "" || secret == p.secret) {
			found, refused = *p, nil
		}
	})
	return found, refused
}

func (v visit) post() {
	body, refused := readBody(v.w, v.r)
	if refused == nil {
		_, refused = v.intent()
	}
	if refused != nil {
		flat(refused).write(v.w)
		return
	}
	if kind, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(string(body)) // a broken form names no card
		v.payForm(form.Get("card"))
		return
	}
	v.emulator.payJSON(v.id(), body).write(v.w)
}

func (e *Emulator) payJSON(id string, body []byte) reply {
	var in cardInput
	if err := decode(body, &in); err != nil {
		return flat(err)
	}
	after, refused := e.buy(id, in.Card)
	if refused != nil {
		return flat(refused)
	}
	return jsonReply(http.StatusOK, after)
}

// decode reads one JSON value.
func decode(body []byte, into any) *Error {
	if err := json.Unmarshal(body, into); err != nil {
		return malformed("malformed_json", "", "The body is not valid JSON for this call.")
	}
	return nil
}

// flat prints a refusal for pages and control calls, as the other sandbox does: {"code", "error"}.
func flat(e *Error) reply {
	return jsonReply(e.Status, object{"code": e.reason(), "error": e.Message})
}

func (v visit) payForm(card string) {
	if err := v.emulator.Pay(v.id(), card); err != nil {
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
		flat(refused).write(v.w)
		return
	}
	shown := payPage{
		ID: p.id, Description: cmp.Or(p.description, "Payment"), Total: display(p.amount, p.currency), Declines: declines(),
		Payable: p.status == needsMethod || p.status == needsConfirm, Challenge: p.status == needsAction,
		Notice: cmp.Or(notice, noticeOf(p.status)),
	}
	if !shown.Payable && !shown.Challenge {
		shown.ReturnURL = p.back()
	}
	var b bytes.Buffer
	if err := v.page.Execute(&b, shown); err != nil {
		flat(serverError()).write(v.w)
		return
	}
	// The page may load nothing and be framed by nobody.
	reply{status: http.StatusOK, body: b.Bytes(), header: map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}}.write(v.w)
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
	if !isWeb(p.returnURL) {
		return ""
	}
	u, err := url.Parse(p.returnURL)
	if err != nil {
		return ""
	}
	outcome := "failed"
	if slices.Contains([]string{succeeded, needsCapture}, p.status) {
		outcome = succeeded
	}
	q := u.Query()
	q.Set("payment_intent", p.id)
	q.Set("payment_intent_client_secret", p.secret)
	q.Set("redirect_status", outcome)
	u.RawQuery = q.Encode()
	return u.String()
}

// display prints an amount of minor units for people, by the official lists of currencies with no and with three decimals.
func display(amount int64, currency string) string {
	unit := strings.ToUpper(currency)
	switch unit {
	case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return fmt.Sprintf("%d %s", amount, unit)
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return fmt.Sprintf("%d.%03d %s", amount/1000, amount%1000, unit)
	}
	return fmt.Sprintf("%d.%02d %s", amount/100, amount%100, unit)
}
