package giro

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Webhook reads what the bank reports, which it signs with the key.
type Webhook struct{ key string }

// Name is "giro".
func (Webhook) Name() string { return name }

// Admit refuses what is not signed.
func (w Webhook) Admit(header http.Header) error {
	if header.Get("Giro-Signature") == "" {
		return fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing or wrong")
	}
	return nil
}

// Read checks the signature.
func (w Webhook) Read(header http.Header, body []byte) (gateway.Message, error) {
	if !hmac.Equal([]byte(header.Get("Giro-Signature")), []byte(sign(w.key, body))) {
		return gateway.Message{}, fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing or wrong")
	}
	var p payment
	if err := json.Unmarshal(body, &p); err != nil {
		return gateway.Message{}, fault.Wrap(err, fault.Invalid, "invalid_webhook", "the message is not a payment")
	}
	return gateway.Message{PaymentID: p.ID, Code: "payment", DedupeKey: sign("", body)}, nil
}

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write(body) // never fails
	return hex.EncodeToString(mac.Sum(nil))
}
