package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// cardCancel is the page's button for leaving without paying.
const cardCancel = "cancel"

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
}

// routePayment serves the pages where buyers pay, at the paths of Trustap's actions host. As there, the link is all that
// a buyer needs. A form gets a page or a redirect; a caller that sends JSON gets the transaction or the refusal.
func (s *Sandbox) routePayment() {
	page := template.Must(template.New("pay").Parse(payPageHTML))
	for _, name := range []string{"guest_pay", "pay"} {
		s.mux.HandleFunc("GET /online/transactions/{id}/"+name, func(w http.ResponseWriter, r *http.Request) {
			s.showPayment(page, w, r, "")
		})
		s.mux.HandleFunc("POST /online/transactions/{id}/"+name, func(w http.ResponseWriter, r *http.Request) {
			s.postPayment(page, w, r)
		})
	}
}

func (s *Sandbox) postPayment(page *template.Template, w http.ResponseWriter, r *http.Request) {
	body, refused := readBody(w, r)
	if refused != nil {
		refusalReply(refused).write(w)
		return
	}
	id, refused := pathID(r)
	if refused != nil {
		refusalReply(refused).write(w)
		return
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		in, refused := decode[cardInput](body)
		if refused != nil {
			refusalReply(refused).write(w)
			return
		}
		s.payJSON(id, in.Card).write(w)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		refusalReply(refuse("invalid_card")).write(w)
		return
	}
	s.payForm(page, w, r, id, form.Get("card"))
}

func (s *Sandbox) payJSON(id int64, card string) reply {
	var t Transaction
	var err error
	if card == cardCancel {
		t, err = s.transaction(id)
	} else {
		t, err = s.Pay(id, card)
	}
	if err != nil {
		return errorReply(err)
	}
	return jsonReply(http.StatusOK, t)
}

func (s *Sandbox) payForm(page *template.Template, w http.ResponseWriter, r *http.Request, id int64, card string) {
	outcome, notice := "cancelled", "Nothing was paid."
	if card != cardCancel {
		if _, err := s.Pay(id, card); err != nil {
			s.showPayment(page, w, r, err.Error())
			return
		}
		outcome, notice = "paid", "Paid. You can close this page."
	}
	if back := returnURL(r.URL.Query(), outcome, id); back != "" {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	s.showPayment(page, w, r, notice)
}

// returnURL is where the buyer goes afterwards, or "" when the query names no web address.
func returnURL(q url.Values, outcome string, id int64) string {
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https" {
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

func (s *Sandbox) showPayment(page *template.Template, w http.ResponseWriter, r *http.Request, notice string) {
	id, refused := pathID(r)
	if refused != nil {
		refusalReply(refused).write(w)
		return
	}
	t, err := s.transaction(id)
	if err != nil {
		errorReply(err).write(w)
		return
	}
	var b bytes.Buffer
	if err := page.Execute(&b, newPayPage(t, notice)); err != nil {
		refusalReply(refuse("internal_error")).write(w)
		return
	}
	reply{status: http.StatusOK, body: b.Bytes(), header: map[string]string{
		"Content-Type":            "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
		"Referrer-Policy":         "no-referrer",
		"Cache-Control":           "no-store",
	}}.write(w)
}

func newPayPage(t Transaction, notice string) payPage {
	p := payPage{
		ID: t.ID, Description: t.Description, Declines: declines(), Notice: notice, Payable: t.Status == joined,
		Price:  display(t.Price, t.Currency),
		Charge: display(t.Charge, t.Currency),
		Total:  display(t.Price+t.Charge+t.ChargePostageBuyer, t.Currency),
	}
	if t.ChargePostageBuyer > 0 {
		p.Postage = display(t.ChargePostageBuyer, t.Currency)
	}
	if notice == "" && !p.Payable {
		p.Notice = "This transaction cannot be paid: it is " + strings.ReplaceAll(t.Status, "_", " ") + "."
	}
	return p
}

// display prints an amount for people. Stripe's rules for currencies without minor units apply.
func display(amount int64, currency string) string {
	unit := strings.ToUpper(currency)
	if slices.Contains([]string{"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}, unit) {
		return fmt.Sprintf("%d %s", amount, unit)
	}
	return fmt.Sprintf("%d.%02d %s", amount/100, amount%100, unit)
}

// transaction reads one transaction as the platform.
func (s *Sandbox) transaction(id int64) (Transaction, error) {
	return s.command("", id, func(*world, *online, origin) *Error { return nil })
}
