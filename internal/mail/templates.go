package mail

import (
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"net/url"
	"strings"
	"text/template"
)

// Kind is an occasion for an e-mail.
type Kind string

// The kinds. The first four are those of the customer's document.
const (
	OfferCreated     Kind = "offer_created"     // to the seller
	PaymentIndicated Kind = "payment_indicated" // to the seller
	OfferCancelled   Kind = "offer_cancelled"   // to the seller
	FundsReleased    Kind = "funds_released"    // to the buyer
	OrderExpired     Kind = "order_expired"     // to both
	OrderDisputed    Kind = "order_disputed"    // to both
	DisputeResolved  Kind = "dispute_resolved"  // to both
	ReviewReminder   Kind = "review_reminder"   // to a side that has not reviewed yet
	HoldExpiring     Kind = "hold_expiring"     // to both
	OperatorNeeded   Kind = "operator_needed"   // to the operators
)

// Kinds lists every kind in a fixed order.
func Kinds() []Kind {
	return []Kind{
		OfferCreated, PaymentIndicated, OfferCancelled, FundsReleased, OrderExpired,
		OrderDisputed, DisputeResolved, ReviewReminder, HoldExpiring, OperatorNeeded,
	}
}

// Data fills a template. All of it but Link may come from users: it is put on one
// line, rid of control characters, shortened, and escaped in HTML.
type Data struct {
	Marketplace  string // needed
	Recipient    string // full name
	Counterparty string // full name of the other side
	Amount       string // as people write it, e.g. "100.00"
	Currency     string // code, e.g. "USDT"
	OrderID      string // needed
	Reason       string // free text of the other side or of an operator
	Link         string // https URL of the order; empty for none
}

// The longest texts that are put into a mail, in characters.
const (
	maxWord   = 60
	maxReason = 500
)

//go:embed templates
var files embed.FS

// Templates writes messages. It is immutable and safe for concurrent use.
type Templates struct {
	texts  map[Kind]*template.Template
	layout *htmltemplate.Template
}

// NewTemplates parses the embedded templates.
func NewTemplates() (*Templates, error) {
	layout, err := htmltemplate.ParseFS(files, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("mail: parse the layout: %w", err)
	}
	t := &Templates{texts: map[Kind]*template.Template{}, layout: layout}
	for _, k := range Kinds() {
		name := string(k) + ".txt"
		if t.texts[k], err = template.ParseFS(files, "templates/"+name); err != nil {
			return nil, fmt.Errorf("mail: parse %s: %w", name, err)
		}
	}
	return t, nil
}

// page is what the HTML layout shows: the same words as the text part.
type page struct {
	Marketplace, Subject, Link string
	Paragraphs                 []string
}

// Write returns the message of an occasion, without To and ID. It returns an
// error for an unknown kind, a missing marketplace or order, or a link that is
// not an https URL (http is for loopback).
func (t *Templates) Write(k Kind, d Data) (Message, error) {
	text, ok := t.texts[k]
	if !ok {
		return Message{}, fmt.Errorf("mail: there is no template %q", k)
	}
	d = d.clean()
	if d.Marketplace == "" || d.OrderID == "" {
		return Message{}, errors.New("mail: a message needs the marketplace's name and the order")
	}
	if !safeLink(d.Link) {
		return Message{}, errors.New("mail: the link to an order must be an https URL")
	}
	var written strings.Builder
	if err := text.Execute(&written, d); err != nil {
		return Message{}, fmt.Errorf("mail: write %s: %w", k, err)
	}
	paragraphs := split(written.String())
	subject, paragraphs := paragraphs[0], paragraphs[1:]
	var html strings.Builder
	if err := t.layout.Execute(&html, page{d.Marketplace, subject, d.Link, paragraphs}); err != nil {
		return Message{}, fmt.Errorf("mail: write %s as HTML: %w", k, err)
	}
	if d.Link != "" {
		paragraphs = append(paragraphs, d.Link)
	}
	return Message{Subject: subject, Text: strings.Join(append(paragraphs, d.Marketplace), "\n\n") + "\n", HTML: html.String()}, nil
}

// split cuts what a template wrote into the subject and the paragraphs, one line
// each. The data has no line breaks, so it cannot make one more.
func split(written string) []string {
	var lines []string
	for line := range strings.Lines(written) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (d Data) clean() Data {
	for _, word := range []*string{&d.Marketplace, &d.Recipient, &d.Counterparty, &d.Amount, &d.Currency, &d.OrderID} {
		*word = shorten(plain(*word), maxWord)
	}
	d.Reason = shorten(plain(d.Reason), maxReason)
	return d
}

func safeLink(link string) bool {
	if link == "" {
		return true
	}
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.User != nil || plain(link) != link || strings.Contains(link, " ") {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && loopback(u.Hostname()))
}
