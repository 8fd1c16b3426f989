package paytrail

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The statuses.
const (
	isNew     = "new"
	isOK      = "ok"
	isFail    = "fail"
	isPending = "pending"
	isDelayed = "delayed"
)

const (
	maxAmount = 99_999_998
	maxDelay  = 900 // seconds
)

type newPayment struct {
	Stamp         string  `json:"stamp"`
	Reference     string  `json:"reference"`
	Amount        *int64  `json:"amount"`
	Currency      string  `json:"currency"`
	Language      string  `json:"language"`
	Items         []item  `json:"items"`
	CallbackDelay int64   `json:"callbackDelay"`
	Redirect      *urls   `json:"redirectUrls"`
	Callback      *urls   `json:"callbackUrls"`
	Customer      *person `json:"customer"`
	Token         string  `json:"token"` // of a saved card, where one pays
}

type person struct {
	Email string `json:"email"`
}

type urls struct {
	Success string `json:"success"`
	Cancel  string `json:"cancel"`
}

// item is one line of a payment.
type item struct {
	UnitPrice   int64       `json:"unitPrice"`
	Units       int64       `json:"units"`
	VAT         json.Number `json:"vatPercentage"`
	ProductCode string      `json:"productCode"`
	Description string      `json:"description,omitempty"`
	Stamp       string      `json:"stamp,omitempty"`
	Reference   string      `json:"reference,omitempty"`
	Merchant    string      `json:"merchant,omitempty"`
	Commission  *commission `json:"commission,omitempty"`
}

type commission struct {
	Merchant string `json:"merchant"`
	Amount   int64  `json:"amount"`
}

func (i item) amount() int64 { return i.UnitPrice * i.Units }

func (c *call) createPayment() (answer, error) {
	in, err := c.payable()
	if err != nil {
		return answer{}, err
	}
	p, err := c.opens(in)
	if err != nil {
		return answer{}, err
	}
	c.effect("open", p.ID, p.Amount, p.Stamp)
	return answer{http.StatusCreated, p.ID, c.opened(p)}, nil
}

// payable reads what is to be paid, or says what is wrong with it.
func (c *call) payable() (newPayment, error) {
	in, refused := stage.Decode[newPayment](c.body)
	if refused != nil {
		return in, bad("The body is not valid JSON for a payment")
	}
	if err := in.check(); err != nil {
		return in, err
	}
	return in, c.checkItems(in)
}

// opens makes a payment that nobody has paid.
func (c *call) opens(in newPayment) (*payment, error) {
	if !c.takeStamp(in.Stamp) {
		return nil, bad("stamp %s was used before", in.Stamp)
	}
	p := &payment{
		ID: c.newID(), Merchant: c.merchant.ID, Algorithm: c.algorithm, Stamp: in.Stamp, Reference: in.Reference, Amount: *in.Amount, Items: in.Items,
		Status: isNew, Success: in.Redirect.Success, Cancel: in.Redirect.Cancel, Delay: time.Duration(in.CallbackDelay) * time.Second, Created: c.Now().UTC(),
	}
	if in.Callback != nil {
		p.CallSuccess, p.CallCancel = in.Callback.Success, in.Callback.Cancel
	}
	c.Payments.Add(p)
	return p, nil
}

// takeStamp reports whether a stamp of the merchant's is new.
func (c *call) takeStamp(stamp string) bool {
	key := c.merchant.ID + " " + stamp
	taken := c.Stamps[key]
	c.Stamps[key] = true
	return !taken
}

// check refuses what does not depend on the merchant.
func (in newPayment) check() error {
	switch {
	case in.Stamp == "" || len(in.Stamp) > 200:
		return bad("stamp is required and has up to 200 characters")
	case in.Reference == "" || len(in.Reference) > 200:
		return bad("reference is required and has up to 200 characters")
	case in.Amount == nil || *in.Amount < 1 || *in.Amount > maxAmount:
		return bad("amount must be from 1 to %d", maxAmount)
	case in.Currency != "EUR":
		return bad("currency must be EUR")
	case !slices.Contains([]string{"FI", "SV", "EN"}, in.Language):
		return bad("language must be FI, SV or EN")
	case in.Customer == nil || !strings.Contains(in.Customer.Email, "@") || len(in.Customer.Email) > 200:
		return bad("customer.email must be an e-mail address")
	case !in.Redirect.sound(300):
		return bad("redirectUrls.success and redirectUrls.cancel are required, https and up to 300 characters long")
	case in.Callback != nil && !in.Callback.sound(3000):
		return bad("callbackUrls.success and callbackUrls.cancel must be https and up to 3000 characters long")
	case in.CallbackDelay < 0 || in.CallbackDelay > maxDelay:
		return bad("callbackDelay must be from 0 to %d", maxDelay)
	}
	return nil
}

func (u *urls) sound(most int) bool {
	return u != nil && !slices.ContainsFunc([]string{u.Success, u.Cancel}, func(text string) bool {
		at, err := url.Parse(text)
		return err != nil || at.Host == "" || len(text) > most || at.Scheme != "https" && !(at.Scheme == "http" && isLoopback(at.Hostname()))
	})
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// checkItems refuses items that do not add up, or that are not the merchant's kind.
func (c *call) checkItems(in newPayment) error {
	if len(in.Items) == 0 {
		if c.merchant.Aggregate {
			return bad("items are required")
		}
		return nil
	}
	var sum int64
	stamps := map[string]bool{}
	for n, it := range in.Items {
		if err := c.checkItem(it); err != nil {
			return bad("items[%d]: %s", n, err)
		}
		if c.merchant.Aggregate && stamps[it.Stamp] {
			return bad("items[%d]: stamp %s is repeated", n, it.Stamp)
		}
		stamps[it.Stamp] = true
		sum += it.amount()
	}
	if sum != *in.Amount {
		return bad("Amount doesn't match total of items: %d, %d", *in.Amount, sum)
	}
	return nil
}

func (c *call) checkItem(it item) error {
	shared := it.Merchant != "" || it.Commission != nil
	switch {
	case it.Units < 0 || it.Units > maxAmount || it.ProductCode == "" || len(it.ProductCode) > 100:
		return bad("units and productCode are required")
	case !isVAT(it.VAT.String()):
		return bad("vatPercentage must be from 0 to 100, with one decimal")
	case !c.merchant.Aggregate && shared:
		return bad("merchant and commission are for shop-in-shop payments")
	case c.merchant.Aggregate && (it.Merchant == "" || it.Merchant == c.merchant.ID || it.Stamp == "" || it.Reference == "" || it.UnitPrice < 0):
		return bad("merchant (another than the aggregate), stamp, reference and a price of zero or more are required")
	case it.Commission != nil && (it.Commission.Merchant == "" || it.Commission.Amount < 0 || it.Commission.Amount > it.amount()):
		return bad("commission must have a merchant and be up to the item's price")
	}
	return nil
}

// isVAT reports whether a rate can be one: Paytrail takes one decimal.
func isVAT(text string) bool {
	whole, tenths, _ := strings.Cut(text, ".")
	digits := func(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) }
	switch {
	case whole == "" || !digits(whole+tenths) || len(whole) > 3 || len(tenths) > 1:
		return false
	case len(whole) == 3:
		return whole == "100" && strings.Trim(tenths, "0") == ""
	}
	return true
}

// opened is the answer to a new payment.
func (c *call) opened(p *payment) stage.Value {
	href := c.href(p)
	way := func(id, group, name, card string) stage.Members {
		return stage.Members{"url": href, "id": id, "group": group, "name": name, "icon": href + "/icon.png", "svg": href + "/icon.svg",
			"parameters": []stage.Members{{"name": "card", "value": card}}}
	}
	return stage.Members{
		"transactionId": p.ID, "href": href, "reference": p.Reference, "terms": "These are the terms of a sandbox.",
		"groups":    []stage.Members{{"id": "bank", "name": "Banks", "icon": href + "/bank.png", "svg": href + "/bank.svg"}},
		"providers": []stage.Members{way("osuuspankki", "bank", "OP", "success"), way("spankki", "bank", "S-Pankki", "refund_refused")},
	}
}

// href is the page to pay on.
func (s *state) href(p *payment) string {
	return strings.TrimRight(s.cfg.PublicURL, "/") + "/pay/" + p.ID
}

func (c *call) getTransaction() (answer, error) {
	if p, ok := c.Payments.Get(c.id); ok && p.Merchant == c.merchant.ID {
		return answer{http.StatusOK, p.ID, c.view(p)}, nil
	}
	if r, ok := c.Refunds.Get(c.id); ok && c.paymentOf(r).Merchant == c.merchant.ID {
		return answer{http.StatusOK, r.ID, r.view()}, nil
	}
	return answer{}, refuse(http.StatusNotFound, "Transaction %s does not exist", c.id)
}

// paymentOf is the payment that a refund is of.
func (s *state) paymentOf(r *refund) *payment {
	p, _ := s.Payments.Get(r.Payment)
	return p
}

// view is a payment as the API shows it. What was given back is not part of it.
func (s *state) view(p *payment) stage.Members {
	v := stage.Members{
		"transactionId": p.ID, "status": p.Status, "amount": p.Amount, "currency": "EUR", "stamp": p.Stamp, "reference": p.Reference,
		"createdAt": p.Created.Format(timeForm),
	}
	if p.Status == isNew && p.Card == "" {
		v["href"] = s.href(p)
	} else {
		v["provider"] = p.provider()
	}
	if !p.Paid.IsZero() {
		v["paidAt"] = p.Paid.Format(timeForm)
		v["filingCode"] = strings.ReplaceAll(p.ID[:13], "-", "")
	}
	return v
}
