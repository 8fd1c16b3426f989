package paytrail

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Webhook reads Paytrail's messages: the parameters of a GET, which the face hands on as the
// body. They are the same as those with which the buyer comes back, so whoever gets those may
// pass them on. A message is a hint: all that is believed is what to look up.
type Webhook struct {
	Merchant string
	Secret   string `json:"-"`
}

var _ gateway.Source = Webhook{}

// String hides the secret.
func (w Webhook) String() string { return "paytrail webhook of merchant " + w.Merchant }

// GoString hides the secret too.
func (w Webhook) GoString() string { return w.String() }

// Name is "paytrail".
func (Webhook) Name() string { return name }

// paymentParam is ours: it stands in the address for messages about refunds, which do not
// name the payment. It is not signed, so a look-up has to agree with it.
const paymentParam = "payment"

// Admit lets everybody in: the signature stands with what it signs.
func (w Webhook) Admit(http.Header) error { return nil }

// Read checks the signature over all parameters that Paytrail signs, known here or not, and
// takes out what to look up.
func (w Webhook) Read(_ http.Header, body []byte) (gateway.Message, error) {
	query, err := url.ParseQuery(string(body))
	if err != nil {
		return gateway.Message{}, fault.New(fault.Invalid, "invalid_webhook", "the message is no query")
	}
	params := map[string]string{}
	for key, values := range query {
		if strings.HasPrefix(key, signed) && len(values) != 1 {
			return gateway.Message{}, fault.New(fault.Invalid, "invalid_webhook", "the parameter %q is repeated", cut(key, maxText))
		}
		params[key] = values[0]
	}
	if !verified(w.Merchant, w.Secret, query.Get("signature"), params, nil) {
		return gateway.Message{}, fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing or wrong")
	}
	t := told{params["checkout-transaction-id"], params["checkout-stamp"], params["checkout-status"]}
	d := gateway.Message{DedupeKey: query.Get("signature"), PaymentID: t.refund, Code: "payment_" + t.status}
	if payment := query.Get(paymentParam); payment != "" {
		d.Code, d.PaymentID = "refund_"+t.status, ""
		if transactionShape.MatchString(payment) && !strings.Contains(t.refund+t.stamp+t.status, mark) {
			d.PaymentID = t.withPayment(payment)
		}
	} else if !transactionShape.MatchString(t.refund) {
		d.PaymentID = ""
	}
	return d, nil
}
