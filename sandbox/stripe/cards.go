package stripe

import (
	"net/http"
	"strings"
	"time"
)

// genericDecline is the reason of a decline without a reason.
const genericDecline = "generic_decline"

// card is how a test card behaves.
type card struct {
	Brand, Last4 string
	Decline      string // the reason why the bank declines
	Challenge    bool   // the bank asks back (3-D Secure)
	Slow         bool   // the payment stays in processing until a second call of Pay
	Dispute      string // the reason why the buyer disputes the charge at once
	Refund       string // what becomes of refunds after a day: refundSucceeds or refundFails; empty succeeds at once
	Available    bool   // the money is available at once
}

// testCards are the payment methods of the official test mode that are played, by what follows pm_card_, or tok_ in a
// token.
func testCards() map[string]card {
	visa := func(change func(*card)) card {
		c := card{Brand: "visa", Last4: "4242"}
		change(&c)
		return c
	}
	refused := func(last4, reason string) card {
		return visa(func(c *card) { c.Last4, c.Decline = last4, reason })
	}
	return map[string]card{
		"visa":                                 visa(func(*card) {}),
		"visa_debit":                           {Brand: "visa", Last4: "5556"},
		"mastercard":                           {Brand: "mastercard", Last4: "4444"},
		"amex":                                 {Brand: "amex", Last4: "8431"},
		"chargeDeclined":                       refused("0002", genericDecline),
		"visa_chargeDeclined":                  refused("0002", genericDecline),
		"chargeDeclinedInsufficientFunds":      refused("9995", "insufficient_funds"),
		"visa_chargeDeclinedInsufficientFunds": refused("9995", "insufficient_funds"),
		"chargeDeclinedLostCard":               refused("9987", "lost_card"),
		"visa_chargeDeclinedLostCard":          refused("9987", "lost_card"),
		"chargeDeclinedStolenCard":             refused("9979", "stolen_card"),
		"visa_chargeDeclinedStolenCard":        refused("9979", "stolen_card"),
		"chargeDeclinedExpiredCard":            refused("0069", "expired_card"),
		"chargeDeclinedIncorrectCvc":           refused("0127", "incorrect_cvc"),
		"chargeDeclinedProcessingError":        refused("0119", "processing_error"),
		"chargeDeclinedFraudulent":             refused("0019", "fraudulent"),
		"visa_chargeDeclinedFraudulent":        refused("0019", "fraudulent"),
		"authenticationRequired":               visa(func(c *card) { c.Last4, c.Challenge = "3184", true }),
		"threeDSecure2Required":                visa(func(c *card) { c.Last4, c.Challenge = "3220", true }),
		"threeDSecureRequired":                 visa(func(c *card) { c.Last4, c.Challenge = "3063", true }),
		"createDispute":                        visa(func(c *card) { c.Last4, c.Dispute = "0259", "fraudulent" }),
		"createDisputeProductNotReceived":      visa(func(c *card) { c.Last4, c.Dispute = "2685", "product_not_received" }),
		"pendingRefund":                        visa(func(c *card) { c.Last4, c.Refund = "7726", refundSucceeds }),
		"refundFail":                           visa(func(c *card) { c.Last4, c.Refund = "5126", refundFails }),
		"bypassPending":                        visa(func(c *card) { c.Last4, c.Available = "0077", true }),
		"authenticationRequiredChargeDeclinedInsufficientFunds": visa(func(c *card) {
			c.Last4, c.Challenge, c.Decline = "3178", true, "insufficient_funds"
		}),
	}
}

// aliases are the short names that the payment page, the control calls and [Emulator.Pay] take for cards. The API takes
// them too.
func aliases() map[string]string {
	return map[string]string{
		"success":                 "visa",
		"authentication_required": "authenticationRequired",
		"card_declined":           "chargeDeclined",
		genericDecline:            "chargeDeclined",
		"insufficient_funds":      "chargeDeclinedInsufficientFunds",
		"lost_card":               "chargeDeclinedLostCard",
		"stolen_card":             "chargeDeclinedStolenCard",
		"expired_card":            "chargeDeclinedExpiredCard",
		"incorrect_cvc":           "chargeDeclinedIncorrectCvc",
		"processing_error":        "chargeDeclinedProcessingError",
		"fraudulent":              "chargeDeclinedFraudulent",
	}
}

// declines are the short names whose card a bank declines, as the payment page offers them.
func declines() []string {
	return []string{"card_declined", "insufficient_funds", "expired_card", "incorrect_cvc", "lost_card", "stolen_card", "fraudulent", "processing_error"}
}

// cardNamed finds a card by the id of a test payment method, by a test token or by a short name.
func cardNamed(name string) (card, bool) {
	short, ok := strings.CutPrefix(name, "pm_card_")
	if !ok {
		short, ok = strings.CutPrefix(name, "tok_")
	}
	if !ok {
		short = aliases()[name]
	}
	if name == "processing" {
		return card{Brand: "visa", Last4: "4242", Slow: true}, true
	}
	c, ok := testCards()[short]
	return c, ok
}

// paymentMethod is a card that was given to a payment.
type paymentMethod struct {
	ID      string
	Card    card
	Created time.Time
}

func (m *paymentMethod) Name() string     { return m.ID }
func (m *paymentMethod) since() time.Time { return m.Created }

func (m *paymentMethod) view() object {
	return object{
		"id": m.ID, "object": "payment_method", "type": "card", "created": m.Created.Unix(), "customer": nil, "livemode": false,
		"metadata": object{}, "billing_details": billingDetails(), "card": m.Card.view(),
	}
}

func billingDetails() object {
	return object{"address": nil, "email": nil, "name": nil, "phone": nil}
}

func (c card) view() object {
	return object{
		"brand": c.Brand, "last4": c.Last4, "country": "US", "exp_month": 12, "exp_year": 2050, "funding": "credit",
		"fingerprint": "sandbox" + c.Last4, "checks": object{"address_line1_check": nil, "address_postal_code_check": nil, "cvc_check": "pass"},
	}
}

// method finds the payment method that a call names, or makes one of a test card; nil when it names none.
func (c *call) method() (*paymentMethod, *Error) {
	name, param := c.form.text("payment_method"), "payment_method"
	if name == "" {
		name, param = c.form.text("payment_method_data[card][token]"), "payment_method_data[card][token]"
	}
	if name == "" {
		return nil, nil
	}
	if m, ok := c.Methods.Get(name); ok {
		return m, nil
	}
	m := c.newMethod(name, c.by)
	if m == nil {
		return nil, noSuch("PaymentMethod", name, param)
	}
	return m, nil
}

func (s *state) newMethod(name string, by origin) *paymentMethod {
	of, ok := cardNamed(name)
	if !ok {
		return nil
	}
	m := &paymentMethod{ID: "pm_" + s.Random(), Card: of, Created: by.at}
	s.Methods.Add(m)
	return m
}

// rawCard refuses card numbers, which do not belong on anybody's server.
func rawCard() *Error {
	return &Error{Status: http.StatusPaymentRequired, Type: typeInvalid, early: true, Param: "payment_method_data[card][number]",
		Message: "Sending credit card numbers directly to the API is generally unsafe. Use a test payment method such as pm_card_visa."}
}

// declined is the refusal of a card by its bank.
func declined(reason string) *Error {
	e := &Error{Status: http.StatusPaymentRequired, Type: typeCard, Code: "card_declined", DeclineCode: reason, Message: "Your card was declined."}
	switch reason {
	case "insufficient_funds":
		e.Message = "Your card has insufficient funds."
	case "expired_card":
		e.Code, e.Message = reason, "Your card has expired."
	case "incorrect_cvc":
		e.Code, e.Message = reason, "Your card's security code is incorrect."
	case "processing_error":
		e.Code, e.Message = reason, "An error occurred while processing your card."
	case "authentication_required":
		e.Code, e.Message = reason, "Your card was declined. This transaction requires authentication."
	}
	return e
}
