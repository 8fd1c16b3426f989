package stage

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"mime"
	"net/http"
	"net/url"
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
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}}
}

// PayPage is what a buyer sees.
type PayPage struct {
	Title, Heading, Total, Footer string
	Parts                         []Pair // what the total is made of
	Notice                        string
	Question                      bool     // the bank asks
	Buttons                       []Pair   // values are cards; the first is the one to press
	Declines                      []string // cards that let the payment fail
	More                          []Pair   // more buttons, after those
	Back                          string   // a link to the shop
}

// Pair is a text with a value.
type Pair struct{ Value, Text string }

// Till is one payment that a buyer makes on a page.
type Till interface {
	// See is the page, with what there is to say after Press.
	See(notice string, asked bool) (PayPage, error)
	// Press plays the button that the buyer presses: where the buyer goes then, or what the page says and whether the bank asks.
	Press(card string) (back, notice string, asked bool)
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

func (k *Kind[S]) visit(till Till, w http.ResponseWriter, r *http.Request) error {
	notice, asked := "", false
	if r.Method == http.MethodPost {
		card, form, refused := cardOf(w, r)
		if refused != nil {
			return k.refuse(refused.Code)
		}
		if !form {
			v, err := till.Pay(card)
			if err == nil {
				k.reply(http.StatusOK, v).Write(w)
			}
			return err
		}
		var back string
		if back, notice, asked = till.Press(card); back != "" {
			http.Redirect(w, r, back, http.StatusSeeOther)
			return nil
		}
	}
	page, err := till.See(notice, asked)
	if err == nil {
		Page(payPage(page)).Write(w)
	}
	return err
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
