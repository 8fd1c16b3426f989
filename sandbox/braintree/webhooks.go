package braintree

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// sign is the signature of a webhook and of the answer to a challenge (official API): HMAC-SHA1 under the SHA-1 of the private key.
func sign(private string, data []byte) string {
	key := sha1.Sum([]byte(private))
	mac := hmac.New(sha1.New, key[:])
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil))
}

// form is a webhook as it is sent and logged.
type form struct {
	Signature string `json:"bt_signature"`
	Payload   string `json:"bt_payload"`
}

// asForm sends a webhook as a form, which is how the official gateway does it.
func asForm(r *http.Request, body []byte, _ stage.Endpoint) {
	var f form
	if json.Unmarshal(body, &f) != nil {
		return
	}
	encoded := []byte(url.Values{"bt_signature": {f.Signature}, "bt_payload": {f.Payload}}.Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(encoded)), int64(len(encoded))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(encoded)), nil }
}

// lineLength is that of a line of a payload.
const lineLength = 60

// wrapped is base64 in lines, each with its end.
func wrapped(raw []byte) string {
	encoded := base64.StdEncoding.EncodeToString(raw)
	var b strings.Builder
	for ; len(encoded) > lineLength; encoded = encoded[lineLength:] {
		b.WriteString(encoded[:lineLength] + "\n")
	}
	b.WriteString(encoded + "\n")
	return b.String()
}

// notify sends a webhook of a merchant: what is signed is the payload as it is sent.
func (s *state) notify(merchant, kind, target string, subject node) {
	m := s.cfg.merchant(merchant)
	document := parent("notification", moment("timestamp", s.Now()), text("kind", kind), parent("subject", subject)).document()
	payload := wrapped(document)
	s.Emit(stage.Delivery{Type: kind, TargetID: target, Body: stage.JSON(form{m.Public + "|" + sign(m.Private, []byte(payload)), payload})})
}

// report tells of what happened to a transaction, where there is a webhook for it.
func (s *state) report(t *transaction, status string) {
	switch {
	case t.Of != "" && status == isSettlementDeclined:
		s.notify(t.Merchant, "refund_failed", t.ID, s.classic(t))
	case t.Of != "":
	case status == isSettled:
		s.notify(t.Merchant, "transaction_settled", t.ID, s.classic(t))
	case status == isSettlementDeclined:
		s.notify(t.Merchant, "transaction_settlement_declined", t.ID, s.classic(t))
	}
}

func (s *state) reportDispute(d *dispute, kind string) {
	t, _ := s.Transactions.Get(d.Transaction)
	s.notify(t.Merchant, kind, d.ID, s.classicDispute(d))
}
