package stage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Page answers a page; it may load nothing and be framed by nobody.
func Page(page templ.Component) Reply {
	var b bytes.Buffer
	if err := page.Render(context.Background(), &b); err != nil {
		refused := Refuse("internal_error")
		return Reply{Status: refused.Status, Body: JSON(refused)}
	}
	return Reply{Status: http.StatusOK, Body: b.Bytes(), Header: map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": policy,
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}}
}

// policy lets a page have its own style. Forms may lead to every shop, so it says nothing of them.
var policy = "default-src 'none'; style-src '" + hashOf(payStyle) + "'; base-uri 'none'; frame-ancestors 'none'"

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// PayPage is what a buyer sees, or a seller who sets up an account.
type PayPage struct {
	Gateway   string // whose page it plays
	For       string // what is paid for
	Due       string // what the amount is, such as a deposit; empty: the total
	Total     string // empty: nothing is to pay
	Parts     []Pair // what it is made of
	From, To  string // who pays whom; empty: the buyer, the marketplace
	Notice    string
	Question  string // what the bank asks
	Ways      []Way  // what may be chosen; the first is the one to press. Empty: nothing is left to do
	Back      string // a link to the shop
	Reference string // of the payment at the gateway
}

// Pair is a text with a value.
type Pair struct{ Value, Text string }

// Way is something that who sees the page may choose.
type Way struct {
	Card  string // what programs call it
	Text  string // on the button
	Means string // what happens then
	After string // what the page says once it was chosen, where the choice is still there
}

// declined say what codes of declines mean, as the lists of cards have them.
var declined = map[string]string{
	"card_declined":      "The bank says no and gives no reason.",
	"expired_card":       "The card is too old.",
	"fraudulent":         "The gateway takes the payment for a fraud.",
	"incorrect_cvc":      "The security code is wrong.",
	"insufficient_funds": "The account has too little money.",
	"lost_card":          "The card was reported as lost.",
	"processing_error":   "The bank could not be reached.",
	"stolen_card":        "The card was reported as stolen.",
}

// Declines are ways that fail with these codes.
func Declines(codes []string) []Way {
	ways := make([]Way, len(codes))
	for i, code := range codes {
		ways[i] = Declined(code, words(code), declined[code])
	}
	return ways
}

// Declined is a way that fails.
func Declined(card, text, means string) Way {
	return Way{card, text, means, "The payment was declined. " + Or(means == "", text+".", means) + " Nothing was paid; choose again."}
}

// words are a code as a text.
func words(code string) string {
	text := strings.ReplaceAll(strings.ReplaceAll(code, "_", " "), "cvc", "CVC")
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

// title says what the page is for, and names nothing of the gateway's.
func (p PayPage) title() string {
	return Or(p.Total == "", p.For, "Pay "+p.Total) + " – " + p.Gateway + " sandbox"
}

// after is the page once a way was chosen.
func (p PayPage) after(card string) PayPage {
	if i := slices.IndexFunc(p.Ways, func(w Way) bool { return w.Card == card }); i >= 0 && p.Notice == "" {
		p.Notice = p.Ways[i].After
	}
	return p
}

// Till is one payment that a buyer makes on a page.
type Till interface {
	// See is the page as it is now; chosen is what was pressed on it last, empty if nothing was.
	See(chosen string) (PayPage, error)
	// Press plays the button that the buyer presses: where the buyer goes then, empty to the same page. What was refused shows there.
	Press(card string) (back string)
	// Pay plays the buyer for a program and answers the object.
	Pay(card string) (Value, error)
}

// CardInput is the JSON body of a payment.
type CardInput struct {
	Card string `json:"card"`
}

// RouteTill serves a page to pay on. A form gets a page or is sent back to the shop; a program that sends JSON gets the
// object or the refusal.
func RouteTill[E, S any](t *Router[E], kind *Kind[S], path string, at func(E, *http.Request) (Till, error)) {
	serve := func(e E, w http.ResponseWriter, r *http.Request) {
		till, err := at(e, r)
		if err == nil {
			err = kind.visit(till, w, r)
		}
		if err != nil {
			kind.refused(err).Write(w)
		}
	}
	t.Handle("GET "+path, serve)
	t.Handle("POST "+path, serve)
}

// chosen is the parameter by which a page knows what was pressed on it: after a form the browser asks for the page again, so
// that nothing is sent a second time when it is loaded anew.
const chosen = "chosen"

func (k *Kind[S]) visit(till Till, w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodPost {
		return k.take(till, w, r)
	}
	pressed := r.URL.Query().Get(chosen)
	page, err := till.See(pressed)
	if err == nil {
		Page(payPage(page.after(pressed))).Write(w)
	}
	return err
}

func (k *Kind[S]) take(till Till, w http.ResponseWriter, r *http.Request) error {
	card, form, refused := cardOf(w, r)
	switch {
	case refused != nil:
		return k.refuse(refused.Code)
	case form:
		back := till.Press(card)
		http.Redirect(w, r, Or(back == "", again(r.URL, card), back), http.StatusSeeOther)
		return nil
	}
	v, err := till.Pay(card)
	if err == nil {
		k.reply(http.StatusOK, v).Write(w)
	}
	return err
}

// again is the page that a form was sent from.
func again(page *url.URL, card string) string {
	q := page.Query()
	q.Set(chosen, card)
	return (&url.URL{Path: page.Path, RawQuery: q.Encode()}).String()
}

// cardOf reads what was chosen: by a form of the page, or by a program's JSON.
func cardOf(w http.ResponseWriter, r *http.Request) (card string, form bool, refused *Refusal) {
	body, refused := Body(w, r)
	if refused != nil {
		return "", false, refused
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		in, refused := Decode[CardInput](body)
		return in.Card, false, refused
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return "", true, Refuse("invalid_card")
	}
	return values.Get("card"), true, nil
}

// Display prints an amount of minor units for people, by Stripe's lists of currencies with no and with three decimals.
func Display(amount int64, currency string) string {
	unit := strings.ToUpper(currency)
	switch unit {
	case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF":
		return fmt.Sprintf("%d %s", amount, unit)
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return fmt.Sprintf("%d.%03d %s", amount/1000, amount%1000, unit)
	}
	return fmt.Sprintf("%d.%02d %s", amount/100, amount%100, unit)
}
