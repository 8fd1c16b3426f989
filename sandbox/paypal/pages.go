package paypal

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// way is what a buyer's way to pay lets happen. The zero value is a good one.
type way struct {
	text, means     string
	declines        string // the issue with which the order cannot be authorized or captured
	review          bool   // the authorization waits for a review
	pending         string // the reason for which captures are pending
	declinesCapture bool   // captures are declined
	refusesLate     bool   // captures are refused once the authorization is no longer honoured
	once            bool   // it cannot be authorized again
	slowRefund      bool
	refundFails     bool
}

const (
	cardSuccess = "success"
	cardCancel  = "cancel"
)

// ways are the ways to pay by the names that pages and controls take, besides cancel.
var ways = map[string]way{
	cardSuccess:           {},
	"instrument_declined": {text: "The bank says no", means: "The order is approved; the money cannot be reserved.", declines: "INSTRUMENT_DECLINED"},
	"payer_cannot_pay":    {text: "Account that cannot pay", means: "The order is approved; the account may not pay for it.", declines: "PAYER_CANNOT_PAY"},
	"transaction_refused": {text: "PayPal refuses", means: "The order is approved; PayPal refuses the transaction.", declines: "TRANSACTION_REFUSED"},
	"review":              {text: "Review", means: "The authorization waits until PayPal has looked at it.", review: true},
	"capture_declined":    {text: "Capture declined", means: "The money is reserved, and cannot be taken later.", declinesCapture: true},
	"late":                {text: "Late capture refused once", means: "After three days it has to be authorized again before it is taken.", refusesLate: true},
	"late_refused":        {text: "Late capture refused", means: "After three days the money can no longer be taken.", refusesLate: true, once: true},
	"not_again":           {text: "No second authorization", means: "It cannot be authorized again when the time is over.", once: true},
	"echeck":              {text: "eCheck", means: "The capture waits until the bank has paid the check.", pending: "ECHECK"},
	"intl":                {text: "International withdrawal", means: "The capture waits for the receiver's consent.", pending: "INTERNATIONAL_WITHDRAWAL"},
	"payment-review":      {text: "Capture under review", means: "The capture waits until PayPal has looked at it.", pending: "PENDING_REVIEW"},
	"multicurrency":       {text: "Another currency", means: "The capture waits: the receiver holds no money in this currency.", pending: "RECEIVING_PREFERENCE_MANDATES_MANUAL_ACTION"},
	"order":               {text: "Waiting for money", means: "The capture waits for money from the bank.", pending: "TRANSACTION_APPROVED_AWAITING_FUNDING"},
	"unilateral":          {text: "Receiver without account", means: "The capture waits until the receiver has an account.", pending: "UNILATERAL"},
	"verify":              {text: "Receiver not verified", means: "The capture waits until the receiver is verified.", pending: "VERIFICATION_REQUIRED"},
	"refund_pending":      {text: "Slow refund", means: "It is paid; a refund takes a day.", slowRefund: true},
	"refund_fails":        {text: "Refund fails", means: "It is paid; a refund fails after a day.", refundFails: true},
}

// Pay plays the buyer of an order: cancel, or one of the ways to pay: success, a decline code such as instrument_declined, a
// reason for which captures wait such as echeck, and others that doc.go lists.
func (e *World) Pay(order, card string) error {
	_, _, err := e.buy(order, card)
	return err
}

// buy pays as Pay does, and answers the order and where the buyer is led to.
func (e *World) buy(id, card string) (v stage.Value, back string, err error) {
	err = &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	e.locked(func(s *state) {
		if o, ok := s.Orders.Get(id); ok {
			err = s.playBuyer(o, card)
			v, back = o.view(s), o.back(card)
		}
	})
	return v, back, err
}

func (s *state) playBuyer(o *order, card string) error {
	_, known := ways[card]
	switch {
	case card == cardCancel:
		return nil
	case !known:
		return invalid("card", "INVALID_PARAMETER_VALUE")
	case o.Ended:
		return conflict("ORDER_EXPIRED")
	case o.Status != isCreated && o.Status != needsPayer:
		return conflict("ORDER_ALREADY_APPROVED")
	}
	o.Status, o.Way = isApproved, card
	s.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", "An order has been approved by buyer", o.view(s))
	return nil
}

// back is where the buyer is led to.
func (o *order) back(card string) string {
	to := stage.Or(card == cardCancel, o.Cancel, o.Return)
	u, err := url.Parse(to)
	if err != nil || to == "" {
		return ""
	}
	q := u.Query()
	q.Set("token", o.ID)
	if card != cardCancel {
		q.Set("PayerID", "SANDBOXBUYER1")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// routePages serves the page where buyers approve orders, and the certificate of the events.
func routePages(t *stage.Router[*Emulator]) {
	stage.RouteTill(t, kind(), "/checkoutnow", func(e *Emulator, r *http.Request) (stage.Till, error) {
		id := r.URL.Query().Get("token")
		of := e.stage.Find(func(s *state) bool { _, ok := s.Orders.Get(id); return ok })
		return visit{&World{of}, id}, nil
	})
	routeEntry(t)
	t.Handle("GET "+certificatePath, func(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
		_, certificate := seal()
		stage.Reply{Status: http.StatusOK, Header: map[string]string{"Content-Type": "application/x-pem-file"}, Body: certificate}.Write(w)
	})
}

// visit is one request to a page.
type visit struct {
	world *World
	id    string
}

// Pay plays the way to pay that a program names.
func (v visit) Pay(card string) (stage.Value, error) {
	after, _, err := v.world.buy(v.id, card)
	return after, err
}

// Press plays a button: the buyer is led back to the shop.
func (v visit) Press(card string) (back string) {
	_, back, err := v.world.buy(v.id, card)
	if err != nil {
		return ""
	}
	return back
}

// See is the page of the order as it is now.
func (v visit) See(string) (page stage.PayPage, err error) {
	err = &refusal{status: http.StatusNotFound, issue: "INVALID_RESOURCE_ID"}
	v.world.locked(func(s *state) {
		if o, ok := s.Orders.Get(v.id); ok {
			page, err = o.shown(), nil
		}
	})
	return page, err
}

func (o *order) shown() stage.PayPage {
	total := stage.Display(o.Amount.Minor, o.Amount.Currency)
	if slices.Contains(whole, o.Amount.Currency) { // PayPal has fewer decimals than others
		total = o.Amount.value() + " " + o.Amount.Currency
	}
	page := stage.PayPage{Gateway: "PayPal", For: o.heading(), Total: total, Reference: o.ID}
	switch {
	case o.Ended:
		page.Notice, page.Back = "It is too late to pay: the order has ended.", o.back(cardCancel)
		return page
	case o.Status != isCreated && o.Status != needsPayer:
		page.Notice, page.Back = "You have approved this payment. You can close this page.", o.back(cardSuccess)
		return page
	}
	page.Ways = []stage.Way{{Card: cardSuccess, Text: "Pay " + total}}
	for _, name := range slices.Sorted(maps.Keys(ways)) {
		if name != cardSuccess {
			page.Ways = append(page.Ways, stage.Way{Card: name, Text: ways[name].text, Means: ways[name].means})
		}
	}
	page.Ways = append(page.Ways, stage.Way{Card: cardCancel, Text: "Cancel", Means: "You go back to the shop without paying.", After: "Nothing was paid."})
	return page
}
