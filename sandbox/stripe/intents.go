package stripe

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The states of a payment intent.
const (
	needsMethod  = "requires_payment_method"
	needsConfirm = "requires_confirmation"
	needsAction  = "requires_action"
	processing   = "processing"
	needsCapture = "requires_capture"
	canceled     = "canceled"
	succeeded    = "succeeded"
)

// The ways of capturing.
const (
	captureAutomatic = "automatic"
	captureManual    = "manual"
)

// The bounds of the amount of a payment, in minor units. The lowest for currencies of which leastAmount tells none is our
// choice.
const (
	minAmount = 50
	maxAmount = 99_999_999
)

// leastAmount is the official lowest charge where it is not 50.
var leastAmount = map[string]int64{
	"gbp": 30, "bgn": 100, "aed": 200, "myr": 200, "pln": 200, "ron": 200, "dkk": 250, "nok": 300, "sek": 300, "hkd": 400,
	"mxn": 1000, "thb": 1000, "czk": 1500, "huf": 17500,
}

// threeDecimals are the currencies whose amounts end in 0.
var threeDecimals = []string{"bhd", "jod", "kwd", "omr", "tnd"}

type paymentIntent struct {
	ID, Secret, Status           string
	Currency, CaptureMethod      string
	Description, TransferGroup   string
	ReceiptEmail, ReturnURL      string
	PayURL                       string // of the page where the buyer pays
	Amount, Capturable, Received int64
	Created, CanceledAt          time.Time
	CancellationReason           string
	Metadata                     map[string]string
	MethodTypes                  []string
	AnyMethod                    bool // automatic_payment_methods
	Method                       *paymentMethod
	Charge                       *charge // the latest
	LastError                    *Error
}

func (p *paymentIntent) Name() string     { return p.ID }
func (p *paymentIntent) since() time.Time { return p.Created }

func (p *paymentIntent) view() object {
	o := object{
		"id": p.ID, "object": "payment_intent", "amount": p.Amount, "amount_capturable": p.Capturable, "amount_details": object{"tip": object{}},
		"amount_received": p.Received, "application": nil, "application_fee_amount": nil, "automatic_payment_methods": nil,
		"canceled_at": unix(p.CanceledAt), "cancellation_reason": orNull(p.CancellationReason), "capture_method": p.CaptureMethod,
		"client_secret": p.Secret, "confirmation_method": "automatic", "created": p.Created.Unix(), "currency": p.Currency,
		"customer": nil, "description": orNull(p.Description), "invoice": nil, "last_payment_error": nil, "latest_charge": nil,
		"livemode": false, "metadata": metadataView(p.Metadata), "next_action": nil, "on_behalf_of": nil, "payment_method": nil,
		"payment_method_options": object{"card": object{"request_three_d_secure": "automatic"}}, "payment_method_types": p.MethodTypes,
		"processing": nil, "receipt_email": orNull(p.ReceiptEmail), "review": nil, "setup_future_usage": nil, "shipping": nil, "source": nil,
		"statement_descriptor": nil, "statement_descriptor_suffix": nil, "status": p.Status, "transfer_data": nil,
		"transfer_group": orNull(p.TransferGroup),
	}
	if p.AnyMethod {
		o["automatic_payment_methods"] = object{"enabled": true, "allow_redirects": "always"}
	}
	if p.LastError != nil {
		o["last_payment_error"] = p.LastError.view()
	}
	if p.Charge != nil {
		o["latest_charge"] = ref(p.Charge.ID)
	}
	if p.Method != nil {
		o["payment_method"] = ref(p.Method.ID)
	}
	if p.Status == needsAction {
		o["next_action"] = object{"type": "redirect_to_url", "redirect_to_url": object{"url": p.PayURL, "return_url": orNull(p.ReturnURL)}}
	}
	return o
}

// createIntent serves POST /v1/payment_intents.
func createIntent(c *call) (object, *Error) {
	p, err := c.readIntent()
	if err != nil {
		return nil, err
	}
	m, err := c.method()
	if err != nil {
		return nil, err
	}
	confirm, err := c.form.flag("confirm")
	if err != nil {
		return nil, err
	}
	how, err := c.confirmation()
	if err != nil {
		return nil, err
	}
	if p.ReturnURL != "" && !confirm {
		return nil, malformed("", "return_url", "A return_url goes with confirm=true only.")
	}
	p.Method, p.Status = m, needsMethod
	if m != nil {
		p.Status = needsConfirm
	}
	if confirm && m == nil {
		return nil, malformed(stateCode, "", "You cannot confirm this PaymentIntent because it is missing a payment method.")
	}
	c.addIntent(p, c.by)
	if confirm {
		err = c.pay(p, m, how, c.by)
	}
	return p.view(), err
}

// readIntent checks and takes over the parameters of a new payment intent.
func (c *call) readIntent() (*paymentIntent, *Error) {
	if !c.form.has("amount") {
		return nil, missing("amount")
	}
	p := &paymentIntent{
		Description: c.form.text("description"), TransferGroup: c.form.text("transfer_group"),
		ReceiptEmail: c.form.text("receipt_email"), MethodTypes: c.form.list("payment_method_types"), Created: c.by.at,
	}
	var err *Error
	if p.Currency, err = c.form.currency(); err != nil {
		return nil, err
	}
	if p.Amount, err = c.payable(p.Currency, 0); err != nil {
		return nil, err
	}
	if p.CaptureMethod, err = c.captureMethod(captureAutomatic); err != nil {
		return nil, err
	}
	if _, err = c.form.oneOf("confirmation_method", "automatic"); err != nil {
		return nil, err
	}
	if p.ReturnURL, err = c.returnURL(); err != nil {
		return nil, err
	}
	p.AnyMethod = c.form.text("automatic_payment_methods[enabled]") == "true"
	if len(p.MethodTypes) == 0 {
		p.MethodTypes = []string{"card"}
	}
	if !slices.Contains(p.MethodTypes, "card") {
		return nil, malformed("", "payment_method_types", "The sandbox plays payments by card only.")
	}
	p.Metadata, err = c.form.metadata(nil)
	return p, err
}

// payable reads the amount of a payment in minor units of a currency.
func (c *call) payable(currency string, fallback int64) (int64, *Error) {
	amount, err := c.form.amount("amount", fallback)
	least := leastAmount[currency]
	if least == 0 {
		least = minAmount
	}
	switch {
	case err != nil:
		return 0, err
	case slices.Contains(threeDecimals, currency) && amount%10 != 0:
		return 0, malformed("", "amount", "Amounts in %s must be a multiple of 10.", currency)
	case amount < least:
		return 0, malformed("amount_too_small", "amount", "Amount must be at least %d minor units.", least)
	case amount > maxAmount:
		return 0, malformed("amount_too_large", "amount", "Amount must be no more than %d minor units.", maxAmount)
	}
	return amount, nil
}

// captureMethod reads how a payment is captured; a choice for cards comes before one for all.
func (c *call) captureMethod(fallback string) (string, *Error) {
	const ofCards = "payment_method_options[card][capture_method]"
	how, err := c.form.oneOf("capture_method", captureAutomatic, captureManual, "automatic_async")
	if err != nil {
		return fallback, err
	}
	card, err := c.form.oneOf(ofCards, captureManual)
	switch {
	case err != nil:
		return fallback, err
	case card != "":
		return card, nil
	case how == "":
		return fallback, nil
	case how == captureManual:
		return how, nil
	}
	return captureAutomatic, nil
}

func (c *call) returnURL() (string, *Error) {
	back := c.form.text("return_url")
	if u, err := url.Parse(back); back != "" && (err != nil || u.Scheme == "") {
		return "", malformed("url_invalid", "return_url", "Not a valid URL")
	}
	return back, nil
}

// updateIntent serves POST /v1/payment_intents/{id}.
func updateIntent(c *call) (object, *Error) {
	p, err := inPath(c, &c.Intents, "payment_intent")
	if err != nil {
		return nil, err
	}
	fresh := *p
	for name, field := range map[string]*string{
		"description": &fresh.Description, "transfer_group": &fresh.TransferGroup, "receipt_email": &fresh.ReceiptEmail,
	} {
		if c.form.has(name) {
			*field = c.form.text(name)
		}
	}
	if fresh.Metadata, err = c.form.metadata(p.Metadata); err != nil {
		return nil, err
	}
	if err := c.reprice(&fresh); err != nil {
		return nil, err
	}
	*p = fresh
	return p.view(), nil
}

// reprice changes what only an unpaid payment intent lets change: amount, currency, way of capturing, payment method.
func (c *call) reprice(p *paymentIntent) *Error {
	if !slices.ContainsFunc([]string{"amount", "currency", "capture_method", "payment_method"}, c.form.has) {
		return nil
	}
	if !slices.Contains([]string{needsMethod, needsConfirm, needsAction}, p.Status) {
		return unexpectedState(p, "This PaymentIntent's amount or payment method could not be updated because it has a status of %s.", p.Status)
	}
	var err *Error
	if c.form.has("currency") {
		if p.Currency, err = c.form.currency(); err != nil {
			return err
		}
	}
	if p.Amount, err = c.payable(p.Currency, p.Amount); err != nil {
		return err
	}
	if p.CaptureMethod, err = c.captureMethod(p.CaptureMethod); err != nil {
		return err
	}
	m, err := c.method()
	if m != nil && err == nil {
		p.Method, p.Status = m, needsConfirm
	}
	return err
}

// confirmIntent serves POST /v1/payment_intents/{id}/confirm.
func confirmIntent(c *call) (object, *Error) {
	p, err := inPath(c, &c.Intents, "payment_intent")
	if err != nil {
		return nil, err
	}
	how, err := c.confirmation()
	if err != nil {
		return nil, err
	}
	back, err := c.returnURL()
	if err != nil {
		return nil, err
	}
	m, err := c.method()
	if err != nil {
		return nil, err
	}
	if m == nil {
		m = p.Method
	}
	if err := p.confirmable(m); err != nil {
		return nil, err
	}
	if p.CaptureMethod, err = c.captureMethod(p.CaptureMethod); err != nil {
		return nil, err
	}
	p.ReturnURL = stage.Or(back == "", p.ReturnURL, back)
	err = c.pay(p, m, how, c.by)
	return p.view(), err
}

// confirmable refuses a confirmation in a state that takes none, or without a payment method.
func (p *paymentIntent) confirmable(m *paymentMethod) *Error {
	switch p.Status {
	case needsMethod, needsConfirm, needsAction:
	case succeeded:
		return unexpectedState(p, "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.")
	default:
		return unexpectedState(p, "You cannot confirm this PaymentIntent because it has a status of %s.", p.Status)
	}
	if m == nil {
		return unexpectedState(p, "You cannot confirm this PaymentIntent because it is missing a payment method.")
	}
	return nil
}

// captureIntent serves POST /v1/payment_intents/{id}/capture.
func captureIntent(c *call) (object, *Error) {
	p, err := inPath(c, &c.Intents, "payment_intent")
	if err != nil {
		return nil, err
	}
	if c.form.text("final_capture") == "false" {
		return nil, malformed("", "final_capture", "Multicapture is not available for this PaymentIntent.")
	}
	switch p.Status {
	case needsCapture:
	case succeeded:
		return nil, unexpectedState(p, "This PaymentIntent could not be captured because it has already been captured.")
	default:
		return nil, unexpectedState(p, "This PaymentIntent could not be captured because it has a status of %s. "+
			"Only a PaymentIntent with one of the following statuses may be captured: requires_capture.", p.Status)
	}
	if err := c.capture(p, "amount_to_capture"); err != nil {
		return nil, err
	}
	return p.view(), nil
}

// cancelIntent serves POST /v1/payment_intents/{id}/cancel.
func cancelIntent(c *call) (object, *Error) {
	p, err := inPath(c, &c.Intents, "payment_intent")
	if err != nil {
		return nil, err
	}
	reason, err := c.form.oneOf("cancellation_reason", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
	if err != nil {
		return nil, err
	}
	switch p.Status {
	case succeeded, canceled, processing:
		return nil, unexpectedState(p, "You cannot cancel this PaymentIntent because it has a status of %s. Only a PaymentIntent with "+
			"one of the following statuses may be canceled: %s.", p.Status,
			strings.Join([]string{needsMethod, needsCapture, needsConfirm, needsAction}, ", "))
	}
	c.release(p, reason, "void", c.by)
	return p.view(), nil
}

func listIntents(c *call) (object, *Error) {
	return list(c, &c.Intents, func(*paymentIntent) bool { return true })
}
