package braintree

import (
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// method is what a nonce stands for.
type method struct {
	PayPal  bool
	Brand   string // such as VISA
	Bin     string
	Last4   string
	Reject  string // why the gateway itself refuses every payment with it
	Code    string // with which the processor declines every payment
	Secured string // the outcome of 3-D Secure, empty: there was none
}

func card(brand, bin, last4 string) method { return method{Brand: brand, Bin: bin, Last4: last4} }

// known are the test nonces that Braintree documents. Those that stand for a method that works can be used again and again, as
// in the official sandbox; only nonces that were made by a control are used up.
var known = map[string]method{
	"fake-valid-nonce":                                     card("VISA", "401288", "1881"),
	"fake-valid-visa-nonce":                                card("VISA", "401288", "1881"),
	"fake-valid-amex-nonce":                                card("AMERICAN_EXPRESS", "378282", "0005"),
	"fake-valid-mastercard-nonce":                          card("MASTERCARD", "555555", "4444"),
	"fake-valid-discover-nonce":                            card("DISCOVER", "601111", "1117"),
	"fake-valid-jcb-nonce":                                 card("JCB", "353011", "0000"),
	"fake-valid-maestro-nonce":                             card("INTERNATIONAL_MAESTRO", "630495", "0000"),
	"fake-valid-dinersclub-nonce":                          card("DINERS", "385200", "3237"),
	"fake-valid-prepaid-nonce":                             card("VISA", "411111", "1210"),
	"fake-valid-commercial-nonce":                          card("VISA", "411111", "1010"),
	"fake-valid-debit-nonce":                               card("VISA", "411710", "1010"),
	"fake-paypal-one-time-nonce":                           {PayPal: true},
	"fake-paypal-billing-agreement-nonce":                  {PayPal: true},
	"fake-processor-declined-visa-nonce":                   {Brand: "VISA", Bin: "400011", Last4: "1115", Code: doNotHonor},
	"fake-processor-declined-mastercard-nonce":             {Brand: "MASTERCARD", Bin: "510510", Last4: "5100", Code: doNotHonor},
	"fake-processor-declined-amex-nonce":                   {Brand: "AMERICAN_EXPRESS", Bin: "378734", Last4: "1000", Code: doNotHonor},
	"fake-processor-declined-discover-nonce":               {Brand: "DISCOVER", Bin: "601100", Last4: "4440", Code: doNotHonor},
	"fake-processor-failure-jcb-nonce":                     {Brand: "JCB", Bin: "353011", Last4: "0000", Code: networkDown},
	"fake-gateway-rejected-fraud-nonce":                    {Brand: "VISA", Bin: "400011", Last4: "1511", Reject: "FRAUD"},
	"fake-gateway-rejected-risk-threshold-nonce":           {Brand: "VISA", Bin: "411113", Last4: "0003", Reject: "RISK_THRESHOLD"},
	"fake-three-d-secure-visa-full-authentication-nonce":   {Brand: "VISA", Bin: "400000", Last4: "0002", Secured: "AUTHENTICATE_SUCCESSFUL"},
	"fake-three-d-secure-visa-failed-authentication-nonce": {Brand: "VISA", Bin: "400000", Last4: "0028", Secured: "AUTHENTICATE_FAILED", Reject: "THREE_D_SECURE"},
}

// refusedNonces are the test nonces that no payment can be made with, and why.
var refusedNonces = map[string]string{"fake-consumed-nonce": nonceConsumed, "fake-luhn-invalid-nonce": numberInvalid}

// method finds what a nonce stands for. It is used up by use.
func (s *state) method(id string) (method, *nonce, error) {
	if code, ok := refusedNonces[id]; ok {
		return method{}, nil, refuse(code, "paymentMethodId")
	}
	if m, ok := known[id]; ok {
		return m, nil, nil
	}
	n, ok := s.Nonces.Get(id)
	switch {
	case !ok:
		return method{}, nil, refuse(nonceUnknown, "paymentMethodId")
	case n.Used:
		return method{}, nil, refuse(nonceConsumed, "paymentMethodId")
	}
	return n.Method, n, nil
}

// chosen are the cards that a control makes a nonce of; what else is named is a code with which the processor declines.
var chosen = map[string]string{
	"success": "fake-valid-visa-nonce", "mastercard": "fake-valid-mastercard-nonce", "amex": "fake-valid-amex-nonce", "paypal": "fake-paypal-one-time-nonce",
	"declined": "fake-processor-declined-visa-nonce", "fraud": "fake-gateway-rejected-fraud-nonce",
	"three_d_secure": "fake-three-d-secure-visa-full-authentication-nonce", "three_d_secure_failed": "fake-three-d-secure-visa-failed-authentication-nonce",
}

// newNonce makes a nonce that is used up by the first payment.
func (s *state) newNonce(of string) (*nonce, error) {
	m, ok := known[stage.Or(chosen[of] == "", of, chosen[of])]
	if code, err := strconv.Atoi(of); err == nil && code >= 2000 && code < 3000 {
		m, ok = known["fake-valid-visa-nonce"], true
		m.Code = of
	}
	if !ok {
		return nil, &refusal{status: 400, code: "invalid_card", message: "There is no card " + strconv.Quote(of)}
	}
	n := &nonce{ID: "tokencc_bh_" + strings.ToLower(s.Random()), Method: m}
	s.Nonces.Add(n)
	return n, nil
}

// Codes of the processor.
const (
	approved    = "1000"
	doNotHonor  = "2000"
	networkDown = "3000"
)

// texts are what the processor says.
var texts = map[string]string{
	approved: "Approved", doNotHonor: "Do Not Honor", "2001": "Insufficient Funds", "2002": "Limit Exceeded", "2004": "Expired Card",
	"2005": "Invalid Credit Card Number", "2010": "Card Issuer Declined CVV", "2014": "Processor Declined - Fraud Suspected",
	"2015": "Transaction Not Allowed", "2038": "Processor Declined", "2046": "Declined", "2099": "Cardholder Authentication Required", networkDown: "Processor Network Unavailable - Try Again",
	"4001": "Settlement Declined", "4002": "Already Captured",
}

func textOf(code string) string {
	return stage.Or(texts[code] == "", "Processor Declined", texts[code])
}

// verdict is what becomes of a payment.
type verdict struct{ status, code, rejection string }

// decide is the official table of test amounts, in whole units of the currency, after what the method itself says. A settlement
// that is declined or stays pending is decided when it is due.
func decide(m method, units int64) verdict {
	code := strconv.FormatInt(units, 10)
	switch {
	case m.Reject != "":
		return verdict{status: isRejected, rejection: m.Reject}
	case m.Code == networkDown, units == 3000:
		return verdict{status: isFailed, code: networkDown}
	case m.Code != "":
		return verdict{status: isDeclined, code: m.Code}
	case units >= 2000 && units < 3000:
		return verdict{status: isDeclined, code: code}
	case units == 5001:
		return verdict{status: isRejected, rejection: "APPLICATION_INCOMPLETE"}
	}
	return verdict{status: isAuthorized, code: approved}
}

// settlesAs is the end of a settlement by the table of test amounts.
func settlesAs(units int64) string {
	switch units {
	case 4001:
		return isSettlementDeclined
	case 4002:
		return isSettlementPending
	}
	return isSettled
}
