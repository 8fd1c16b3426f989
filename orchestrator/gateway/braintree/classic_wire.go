package braintree

import (
	"context"
	"encoding/xml"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The parts of the classic API's documents that are used here, by the names of the official SDK (2.24).

// xmlFlag is a boolean, which has its type as an attribute.
type xmlFlag bool

// MarshalXML implements xml.Marshaler.
func (f xmlFlag) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return encode(e, start, "boolean", strconv.FormatBool(bool(f)))
}

// momentOf is a time, which has its type as an attribute too.
type momentOf time.Time

// MarshalXML implements xml.Marshaler.
func (m momentOf) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return encode(e, start, "datetime", time.Time(m).UTC().Format(time.RFC3339))
}

func encode(e *xml.Encoder, start xml.StartElement, kind, text string) error {
	start.Attr = append(start.Attr, xml.Attr{Name: xml.Name{Local: "type"}, Value: kind})
	return e.EncodeElement(text, start)
}

// newTransaction is what a payment, a capture or a refund is made of.
type newTransaction struct {
	XMLName xml.Name `xml:"transaction"`
	Type    string   `xml:"type,omitempty"`
	Amount  string   `xml:"amount,omitempty"`
	Order   string   `xml:"order-id,omitempty"`
	Account string   `xml:"merchant-account-id,omitempty"`
	Nonce   string   `xml:"payment-method-nonce,omitempty"`
	Fee     string   `xml:"service-fee-amount,omitempty"`
	Options *options `xml:"options"`
}

type options struct {
	Submit xmlFlag `xml:"submit-for-settlement"`
	Hold   xmlFlag `xml:"hold-in-escrow"`
}

// search is what payments are searched by.
type search struct {
	XMLName xml.Name `xml:"search"`
	ID      *is      `xml:"id"`
	Order   *is      `xml:"order-id"`
	Type    *list    `xml:"type"`
	Created *span    `xml:"created-at"`
	IDs     *list    `xml:"ids"`
}

type is struct {
	Is string `xml:"is"`
}

type list struct {
	Kind  string   `xml:"type,attr"`
	Items []string `xml:"item"`
}

func listOf(items ...string) *list { return &list{"array", items} }

// span takes in both of its ends.
type span struct {
	From momentOf `xml:"min"`
	To   momentOf `xml:"max"`
}

type searchResults struct {
	XMLName xml.Name `xml:"search-results"`
	IDs     []string `xml:"ids>item"`
}

type classicPage struct {
	XMLName xml.Name             `xml:"credit-card-transactions"`
	All     []classicTransaction `xml:"transaction"`
}

// classicTransaction is a payment or a refund. Its history is oldest first, and of refunds it tells the ids.
type classicTransaction struct {
	XMLName   xml.Name         `xml:"transaction"`
	ID        string           `xml:"id"`
	GlobalID  string           `xml:"global-id"`
	Status    string           `xml:"status"`
	Currency  string           `xml:"currency-iso-code"`
	Amount    string           `xml:"amount"`
	Account   string           `xml:"merchant-account-id"`
	Order     string           `xml:"order-id"`
	Created   string           `xml:"created-at"`
	Updated   string           `xml:"updated-at"`
	Expires   string           `xml:"authorization-expires-at"`
	Rejection string           `xml:"gateway-rejection-reason"`
	Code      string           `xml:"processor-response-code"`
	History   []classicEvent   `xml:"status-history>status-event"`
	Of        string           `xml:"refunded-transaction-id"`
	Refunds   []string         `xml:"refund-ids>item"`
	Disputes  []classicDispute `xml:"disputes>dispute"`
	Fee       string           `xml:"service-fee-amount"`
	Escrow    string           `xml:"escrow-status"`
}

type classicEvent struct {
	Timestamp string `xml:"timestamp"`
	Status    string `xml:"status"`
	Amount    string `xml:"amount"`
}

type classicDispute struct {
	Status   string `xml:"status"`
	Kind     string `xml:"kind"`
	Created  string `xml:"created-at"`
	Received string `xml:"received-date"`
	ReplyBy  string `xml:"reply-by-date"`
	Amount   string `xml:"amount-disputed"`
	Currency string `xml:"currency-iso-code"`
	History  []struct {
		Timestamp string `xml:"timestamp"`
		Status    string `xml:"status"`
	} `xml:"status-history>status-history"`
}

// read is a payment as it is everywhere else, with its refunds, each of which is asked for.
func (c *classic) read(ctx context.Context, t classicTransaction) (payment, error) {
	p := t.payment()
	for _, id := range t.Refunds {
		var r classicTransaction
		if !legacyShape.MatchString(id) {
			return payment{}, errUnreadable
		}
		if err := c.call(ctx, http.MethodGet, "/transactions/"+id, nil, &r); err != nil {
			return payment{}, err
		}
		if r.ID != id || r.Of != t.ID {
			return payment{}, errUnreadable
		}
		p.Refunds = append(p.Refunds, r.payment())
	}
	return p, nil
}

func (t classicTransaction) payment() payment {
	sum := func(value string) amount { return amount{value, t.Currency} }
	p := payment{
		ID: t.GlobalID, LegacyID: t.ID, OrderID: t.Order, Status: strings.ToUpper(t.Status), CreatedAt: t.Created, Amount: sum(t.Amount), of: t.Of,
	}
	for _, e := range slices.Backward(t.History) {
		shown := event{Status: strings.ToUpper(e.Status), Timestamp: e.Timestamp, Amount: sum(e.Amount)}
		switch shown.Status {
		case isAuthorized:
			shown.ExpiresAt = t.Expires
		case isDeclined:
			shown.Processor.Code = t.Code
		case isRejected:
			shown.Rejection = strings.ToUpper(t.Rejection)
		}
		p.History = append(p.History, shown)
	}
	for _, d := range t.Disputes {
		p.Disputes = append(p.Disputes, d.dispute())
	}
	if t.Fee != "" {
		p.Escrow = &escrow{Status: strings.ToUpper(t.Escrow), Account: t.Account, Fee: sum(t.Fee), Since: t.Updated}
	}
	return p
}

func (d classicDispute) dispute() dispute {
	shown := dispute{
		Status: strings.ToUpper(d.Status), Type: strings.ToUpper(d.Kind), CreatedAt: d.Created, ReplyBy: d.ReplyBy, Disputed: amount{d.Amount, d.Currency},
	}
	if shown.CreatedAt == "" { // a day alone
		shown.CreatedAt = d.Received + "T00:00:00Z"
	}
	for _, e := range slices.Backward(d.History) {
		shown.History = append(shown.History, event{Status: strings.ToUpper(e.Status), Timestamp: e.Timestamp})
	}
	return shown
}
