package braintree

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Webhook reads Braintree's messages: a form with a payload, and a signature of it as it was sent (official SDK, 3.40). They have no
// id and no time that is checked, so whoever has one can send it again: all that is believed is which payment to look up.
type Webhook struct {
	Public  string
	Private string `json:"-"`
	Sellers bool   // what is told of sub-merchants is of use, see [Marketplace]
}

var (
	_ gateway.Source     = Webhook{}
	_ gateway.Challenged = Webhook{}
)

// String hides the keys.
func (Webhook) String() string { return "braintree webhook" }

// GoString hides the keys too.
func (w Webhook) GoString() string { return w.String() }

// Name is "braintree".
func (Webhook) Name() string { return name }

// Admit lets everybody in: the signature stands with what it signs.
func (w Webhook) Admit(http.Header) error { return nil }

// sign is HMAC-SHA1 under the SHA-1 of the private key, as hexadecimal text (official SDK).
func sign(private, text string) string {
	key := sha1.Sum([]byte(private))
	mac := hmac.New(sha1.New, key[:])
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// challengeShape is that of what an address has to sign before it gets messages (official SDK).
var challengeShape = regexp.MustCompile(`^[a-f0-9]{20,32}$`)

// Challenge answers with a signature, by which Braintree knows the address for ours.
func (w Webhook) Challenge(query url.Values) (string, error) {
	text := query.Get("bt_challenge")
	if !challengeShape.MatchString(text) {
		return "", fault.New(fault.Invalid, "invalid_webhook", "there is no challenge to answer")
	}
	return w.Public + "|" + sign(w.Private, text), nil
}

// notification is the part of a payload that is needed.
type notification struct {
	XMLName     xml.Name `xml:"notification"`
	Kind        string   `xml:"kind"`
	Transaction struct {
		ID       string `xml:"id"`
		Refunded string `xml:"refunded-transaction-id"` // on refunds: the payment
	} `xml:"subject>transaction"`
	Disputed string   `xml:"subject>dispute>transaction>id"`
	Approved account  `xml:"subject>merchant-account"`
	Declined struct { // why, and who
		Wrong  errorsIn `xml:"errors"`
		Seller account  `xml:"merchant-account"`
	} `xml:"subject>api-error-response"`
}

// seller is what is passed on of a message about a sub-merchant; empty: it is not about one.
func (n notification) seller() string {
	switch n.Kind {
	case "sub_merchant_account_approved":
		if accountShape.MatchString(n.Approved.ID) {
			return toldMark + ":" + n.Approved.ID
		}
	case "sub_merchant_account_declined":
		code, _ := n.Declined.Wrong.first()
		if accountShape.MatchString(n.Declined.Seller.ID) && codeShape.MatchString(code) {
			return toldMark + code + ":" + n.Declined.Seller.ID
		}
	}
	return ""
}

// codeShape is that of the codes of errors (official SDK).
var codeShape = regexp.MustCompile(`^[0-9]{4,6}$`)

var kindShape = regexp.MustCompile(`^[a-z][a-z_]{0,79}$`)

// Read checks the signature and takes out what to look up. PaymentID is empty where a message is about no payment, such as the test
// message: it is to be acknowledged and dropped.
func (w Webhook) Read(_ http.Header, body []byte) (gateway.Message, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form["bt_signature"]) != 1 || len(form["bt_payload"]) != 1 {
		return gateway.Message{}, fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing or wrong")
	}
	payload := form.Get("bt_payload")
	if !w.signed(form.Get("bt_signature"), payload) {
		return gateway.Message{}, fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing or wrong")
	}
	var n notification
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(payload, "\n", ""))
	if err != nil || xml.Unmarshal(raw, &n) != nil || !kindShape.MatchString(n.Kind) {
		return gateway.Message{}, fault.New(fault.Invalid, "invalid_webhook", "the message is no notification")
	}
	sum := sha256.Sum256([]byte(payload))
	d := gateway.Message{DedupeKey: hex.EncodeToString(sum[:]), Code: n.Kind}
	if w.Sellers {
		d.PaymentID = n.seller()
	}
	for _, id := range []string{n.Transaction.Refunded, n.Transaction.ID, n.Disputed} {
		if legacyShape.MatchString(id) {
			d.PaymentID = id
			break
		}
	}
	return d, nil
}

// signed looks for a signature with our public key. A browser's form may have dropped the line end after the payload, which is
// signed too (official SDK).
func (w Webhook) signed(signatures, payload string) bool {
	if w.Private == "" {
		return false
	}
	known := false
	for pair := range strings.SplitSeq(signatures, "&") {
		public, signature, found := strings.Cut(pair, "|")
		if !found || public != w.Public {
			continue
		}
		for _, text := range []string{payload, payload + "\n"} {
			fits := hmac.Equal([]byte(signature), []byte(sign(w.Private, text)))
			known = known || fits
		}
	}
	return known
}
