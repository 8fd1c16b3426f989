package stripe

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The states of a checkout session, besides expired.
const (
	sessionOpen     = "open"
	sessionComplete = "complete"
	sessionExpired  = "expired"
)

// How long a session may be open: as the caller says within these bounds, and else a day.
const (
	leastSession = 30 * time.Minute
	mostSession  = 24 * time.Hour
)

// maxItems bounds the line items of a session.
const maxItems = 100

// checkout is a session: a page on which a buyer pays for line items.
type checkout struct {
	ID, Status, Currency string
	Items                []lineItem
	Success, Cancel      string
	Reference, Email     string
	Metadata             map[string]string
	Terms                fullIntent // what its payment intent will be like
	Intent               string     // the id; empty until the buyer pays
	Created, Expires     time.Time
	Timer                uint64
}

type lineItem struct {
	ID, Name         string
	Amount, Quantity int64
}

func (n *checkout) Name() string     { return n.ID }
func (n *checkout) since() time.Time { return n.Created }

func (n *checkout) total() (sum int64) {
	for _, item := range n.Items {
		sum += item.Amount * item.Quantity
	}
	return sum
}

// sessionView prints a session with the state of its payment.
func (s *state) sessionView(n *checkout) object {
	o := object{
		"id": n.ID, "object": "checkout.session", "amount_subtotal": n.total(), "amount_total": n.total(), "cancel_url": orNull(n.Cancel),
		"client_reference_id": orNull(n.Reference), "created": n.Created.Unix(), "currency": n.Currency, "customer": nil, "customer_details": nil,
		"customer_email": orNull(n.Email), "expires_at": n.Expires.Unix(), "livemode": false, "metadata": metadataView(n.Metadata), "mode": "payment",
		"payment_intent": nil, "payment_method_types": []string{"card"}, "payment_status": "unpaid", "status": n.Status, "success_url": orNull(n.Success),
		"total_details": object{"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "ui_mode": "hosted", "url": nil,
	}
	if n.Status == sessionOpen {
		o["url"] = s.cfg.PublicURL + "/c/pay/" + n.ID
	}
	if p, ok := s.Intents.Get(n.Intent); ok {
		o["payment_intent"] = ref(p.ID)
		if p.Status == succeeded {
			o["payment_status"] = "paid"
		}
	}
	return o
}

// createSession serves POST /v1/checkout/sessions.
func createSession(c *call) (object, *Error) {
	n := &checkout{
		Status: sessionOpen, Success: c.form.text("success_url"), Cancel: c.form.text("cancel_url"), Reference: c.form.text("client_reference_id"),
		Email: c.form.text("customer_email"), Created: c.by.at, Expires: c.by.at.Add(mostSession),
	}
	if err := c.readSession(n); err != nil {
		return nil, err
	}
	if err := c.readTerms(n); err != nil {
		return nil, err
	}
	n.ID = "cs_test_" + c.Random()
	for i := range n.Items {
		n.Items[i].ID = "li_" + c.Random()
	}
	c.Sessions.Add(n)
	c.expireLater(n)
	return c.sessionView(n), nil
}

// readSession checks and takes over the parameters of a session but those of its payment.
func (c *call) readSession(n *checkout) *Error {
	if mode, err := c.form.oneOf("mode", "payment"); err != nil || mode == "" {
		return orRefusal(err, missing("mode"))
	}
	if _, err := c.form.oneOf("ui_mode", "hosted"); err != nil {
		return err
	}
	if !stage.IsWeb(strings.ReplaceAll(n.Success, "{CHECKOUT_SESSION_ID}", "x")) {
		return malformed("url_invalid", "success_url", "Not a valid URL")
	}
	if n.Cancel != "" && !stage.IsWeb(n.Cancel) {
		return malformed("url_invalid", "cancel_url", "Not a valid URL")
	}
	if c.form.has("expires_at") {
		at, err := c.form.integer("expires_at", 0)
		if err != nil {
			return err
		}
		if n.Expires = time.Unix(at, 0).UTC(); n.Expires.Before(c.by.at.Add(leastSession)) || n.Expires.After(c.by.at.Add(mostSession)) {
			return malformed("", "expires_at", "The expires_at timestamp must be between 30 minutes and 24 hours from now.")
		}
	}
	var err *Error
	if n.Metadata, err = c.form.metadata(nil); err != nil {
		return err
	}
	return c.readItems(n)
}

// readItems reads line_items with prices of their own.
func (c *call) readItems(n *checkout) *Error {
	for i := 0; i < maxItems && slices.ContainsFunc(c.form.names(), func(name string) bool { return strings.HasPrefix(name, fmt.Sprintf("line_items[%d]", i)) }); i++ {
		at := func(key string) string { return fmt.Sprintf("line_items[%d]%s", i, key) }
		if c.form.has(at("[price]")) {
			return malformed("resource_missing", at("[price]"), "The sandbox has no prices: send price_data.")
		}
		amount, err := c.form.amount(at("[price_data][unit_amount]"), 0)
		if err != nil {
			return err
		}
		quantity, err := c.form.amount(at("[quantity]"), 1)
		if err != nil {
			return err
		}
		currency := strings.ToLower(c.form.text(at("[price_data][currency]")))
		if len(currency) != 3 || n.Currency != "" && n.Currency != currency {
			return malformed("", at("[price_data][currency]"), "All line items need one currency.")
		}
		name := c.form.text(at("[price_data][product_data][name]"))
		if name == "" {
			return missing(at("[price_data][product_data][name]"))
		}
		if amount > maxAmount || quantity > maxAmount/amount {
			return malformed("amount_too_large", at("[price_data][unit_amount]"), "Amount must be no more than %d minor units.", maxAmount)
		}
		n.Currency = currency
		n.Items = append(n.Items, lineItem{Name: name, Amount: amount, Quantity: quantity})
	}
	if len(n.Items) == 0 {
		return missing("line_items")
	}
	return nil
}

// readTerms reads payment_intent_data.
func (c *call) readTerms(n *checkout) *Error {
	const data = "payment_intent_data"
	how, err := c.form.oneOf(data+"[capture_method]", captureAutomatic, captureManual, "automatic_async")
	if err != nil {
		return err
	}
	metadata := form{}
	for name, values := range c.form {
		if key, ok := strings.CutPrefix(name, data+"[metadata]"); ok {
			metadata["metadata"+key] = values
		}
	}
	n.Terms = fullIntent{
		Currency: n.Currency, CaptureMethod: stage.Or(how != captureManual, captureAutomatic, captureManual), Amount: n.total(), MethodTypes: []string{"card"},
		TransferGroup: c.form.text(data + "[transfer_group]"), Description: c.form.text(data + "[description]"), ReceiptEmail: n.Email, Status: needsMethod,
	}
	if n.Terms.Metadata, err = metadata.metadata(nil); err != nil {
		return err
	}
	least := stage.Or(leastAmount[n.Currency] == 0, minAmount, leastAmount[n.Currency])
	switch {
	case n.Terms.Amount < least:
		return malformed("amount_too_small", "", "The total of a session must be at least %d minor units.", least)
	case n.Terms.Amount > maxAmount:
		return malformed("amount_too_large", "", "The total of a session must be no more than %d minor units.", maxAmount)
	}
	return nil
}

// expireLater sets the end of a session that nobody pays.
func (s *state) expireLater(n *checkout) {
	n.Timer = s.Timers.Set(n.Expires, func(at time.Time) {
		if n.Status == sessionOpen {
			s.expireSession(n, self(at))
		}
	})
}

// expireSession closes a session, and its payment if the buyer had begun one.
func (s *state) expireSession(n *checkout, by origin) {
	n.Status = sessionExpired
	if p, ok := s.Intents.Get(n.Intent); ok && (p.Status == needsMethod || p.Status == needsAction) {
		s.release(p, "automatic", "void", by)
	}
	s.emit("checkout.session.expired", s.sessionView(n), by)
}

// payIn plays the buyer of a session: its payment is made with the first card, as the official page does.
func (s *state) payIn(n *checkout, card string, by origin) *Error {
	if n.Status != sessionOpen {
		return invalid("", "", "This checkout session is %s.", n.Status)
	}
	p, ok := s.Intents.Get(n.Intent)
	if !ok {
		fresh := paymentIntent(n.Terms)
		p, fresh.Created = &fresh, by.at
		s.addIntent(p, by)
		n.Intent = p.ID
	}
	if err := s.playBuyer(p, card, by); err != nil {
		return err
	}
	if slices.Contains([]string{succeeded, needsCapture, processing}, p.Status) {
		n.Status = sessionComplete
		s.emit("checkout.session.completed", s.sessionView(n), by)
	}
	return nil
}

// addIntent gives a payment intent its names, and tells of it.
func (s *state) addIntent(p *paymentIntent, by origin) {
	p.ID = "pi_" + s.Random()
	p.Secret = p.ID + "_secret_" + s.Random()
	p.PayURL = s.cfg.PublicURL + "/pay/" + p.ID + "?client_secret=" + url.QueryEscape(p.Secret)
	s.Intents.Add(p)
	s.emit("payment_intent.created", p.view(), by)
}

func getSession(c *call) (object, *Error) {
	n, err := inPath(c, &c.Sessions, "checkout.session")
	if err != nil {
		return nil, err
	}
	return c.sessionView(n), nil
}

// expireNow serves POST /v1/checkout/sessions/{id}/expire.
func expireNow(c *call) (object, *Error) {
	n, err := inPath(c, &c.Sessions, "checkout.session")
	if err != nil {
		return nil, err
	}
	if n.Status != sessionOpen {
		return nil, invalid("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This one has a status of %s.", n.Status)
	}
	c.expireSession(n, c.by)
	return c.sessionView(n), nil
}

// shownSession is a session that a list prints.
type shownSession struct {
	*checkout
	s *state
}

func (n shownSession) view() object { return n.s.sessionView(n.checkout) }

func listSessions(c *call) (object, *Error) {
	intent, status := c.form.text("payment_intent"), c.form.text("status")
	var h stage.Shelf[shownSession]
	for _, n := range c.Sessions.All {
		h.Add(shownSession{n, c.state})
	}
	return list(c, &h, func(n shownSession) bool {
		return (intent == "" || n.Intent == intent) && (status == "" || n.Status == status)
	})
}

// listItems serves GET /v1/checkout/sessions/{id}/line_items.
func listItems(c *call) (object, *Error) {
	n, err := inPath(c, &c.Sessions, "checkout.session")
	if err != nil {
		return nil, err
	}
	data := []object{}
	for _, item := range n.Items {
		sum := item.Amount * item.Quantity
		data = append(data, object{
			"id": item.ID, "object": "item", "amount_discount": 0, "amount_subtotal": sum, "amount_tax": 0, "amount_total": sum, "currency": n.Currency,
			"description": item.Name, "price": nil, "quantity": item.Quantity,
		})
	}
	return object{"object": "list", "url": c.request.URL.Path, "has_more": false, "data": data}, nil
}
