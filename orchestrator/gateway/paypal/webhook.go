package paypal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Webhook reads PayPal's events. They are signed with the RSA key of a certificate that PayPal
// publishes, over an id, a time, the id of our webhook and a check sum of the raw bytes (official
// API). Where the certificate cannot be had or checked here, PayPal itself is asked whether the
// event is its own. All that is believed is which payment to look up.
type Webhook struct {
	ID    string // of the webhook, as PayPal shows it where it was made
	certs *certificates
	api   *api
}

var _ gateway.Source = Webhook{}

// Webhook makes what reads the events for a webhook.
func (g *Gateway) Webhook(id string) Webhook {
	return Webhook{ID: id, certs: newCertificates(g.Config), api: g.api}
}

// Name is "paypal".
func (Webhook) Name() string { return name }

var (
	eventID   = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)
	eventType = regexp.MustCompile(`^[A-Z][A-Z0-9._-]{0,99}$`)
)

// checkTime bounds how long the proof of an event may take; our choice.
const checkTime = 10 * time.Second

// transmission is what proves an event.
type transmission struct{ id, at, algorithm, cert, signature string }

func transmissionOf(h http.Header) transmission {
	return transmission{
		h.Get("Paypal-Transmission-Id"), h.Get("Paypal-Transmission-Time"), h.Get("Paypal-Auth-Algo"), h.Get("Paypal-Cert-Url"), h.Get("Paypal-Transmission-Sig"),
	}
}

// text is what is signed (official API).
func (t transmission) text(webhook string, body []byte) []byte {
	return fmt.Appendf(nil, "%s|%s|%s|%d", t.id, t.at, webhook, crc32.ChecksumIEEE(body))
}

func notProven() error {
	return fault.New(fault.Unauthenticated, "invalid_webhook_signature", "the signature is missing or wrong")
}

// Admit refuses events without a signature; it is verified with the body.
func (w Webhook) Admit(header http.Header) error {
	t := transmissionOf(header)
	if t.id == "" || t.at == "" || t.cert == "" || t.signature == "" || t.algorithm != "SHA256withRSA" {
		return notProven()
	}
	return nil
}

// Read checks the signature and takes out the event's id, type and payment. PaymentID is empty
// where an event is about none of ours: it is to be acknowledged and dropped.
func (w Webhook) Read(header http.Header, body []byte) (gateway.Message, error) {
	if err := w.Admit(header); err != nil {
		return gateway.Message{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTime)
	defer cancel()
	if err := w.proven(ctx, transmissionOf(header), body); err != nil {
		return gateway.Message{}, err
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return gateway.Message{}, fault.Wrap(err, fault.Invalid, "invalid_webhook", "the message is not an event")
	}
	if !eventID.MatchString(e.ID) || !eventType.MatchString(e.Type) {
		return gateway.Message{}, fault.New(fault.Invalid, "invalid_webhook", "the event has no sound id and type")
	}
	return gateway.Message{DedupeKey: e.ID, PaymentID: e.payment(), Code: strings.ToLower(e.Type)}, nil
}

// proven checks an event by the certificate, or has PayPal check it.
func (w Webhook) proven(ctx context.Context, t transmission, body []byte) error {
	key, err := w.certs.key(ctx, t.cert)
	if err == nil {
		signature, err := base64.StdEncoding.DecodeString(t.signature)
		digest := sha256.Sum256(t.text(w.ID, body))
		if err != nil || rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
			return notProven()
		}
		return nil
	}
	switch {
	case !w.certs.trusts(t.cert):
		return notProven()
	case errors.Is(err, errBusy), !w.certs.mayAsk():
		return fault.New(fault.Unavailable, "gateway_unavailable", "%s did not answer; try again in a few seconds", name)
	}
	return w.asked(ctx, t, body)
}

// asked has PayPal check an event. It has to be repeated byte for byte.
func (w Webhook) asked(ctx context.Context, t transmission, body []byte) error {
	if !json.Valid(body) {
		return notProven()
	}
	fields, err := json.Marshal(map[string]string{
		"auth_algo": t.algorithm, "cert_url": t.cert, "transmission_id": t.id, "transmission_sig": t.signature, "transmission_time": t.at, "webhook_id": w.ID,
	})
	if err != nil {
		return err
	}
	in := bytes.Join([][]byte{bytes.TrimSuffix(fields, []byte("}")), []byte(`,"webhook_event":`), body, []byte("}")}, nil)
	var out struct {
		Status string `json:"verification_status"`
	}
	if err := w.api.raw(ctx, "/v1/notifications/verify-webhook-signature", in, &out); err != nil {
		return fault.Wrap(err, fault.Unavailable, "gateway_unavailable", "%s did not answer; try again in a few seconds", name)
	}
	if out.Status != statusSuccess {
		return notProven()
	}
	return nil
}

// event is the part of an event that is needed.
type event struct {
	ID       string `json:"id"`
	Type     string `json:"event_type"`
	Kind     string `json:"resource_type"`
	Resource struct {
		ID       string  `json:"id"`
		Merchant string  `json:"merchant_id"`
		Tracking string  `json:"tracking_id"`
		Custom   string  `json:"custom_id"`
		Related  related `json:"supplementary_data"`
		Batch    string  `json:"payout_batch_id"`
		Capture  string  `json:"reference_id"` // of a referenced payout item
		Item     struct {
			Sender string `json:"sender_item_id"`
		} `json:"payout_item"`
		Transactions []struct {
			ID string `json:"seller_transaction_id"`
		} `json:"disputed_transactions"`
	} `json:"resource"`
}

// payment is what to look up, as far as the event tells: an order; a payout of one; or, where
// nothing names the order, a capture.
func (e event) payment() string {
	r := e.Resource
	if strings.HasPrefix(e.Type, "MERCHANT.") {
		return e.seller()
	}
	id, t := r.Related.IDs.Order, told{}
	if strings.HasPrefix(e.Type, "PAYMENT.REFERENCED-PAYOUT-ITEM.") {
		id, t.capture = "", r.Capture
	}
	switch e.Kind {
	case "checkout-order":
		id = r.ID
	case "refund":
		if order, _, ours := strings.Cut(r.Custom, of); id == "" && ours {
			id = order
		}
	case "payouts_item":
		id, t.batch = r.Item.Sender, r.Batch
	case "dispute":
		if len(r.Transactions) > 0 {
			id, t.capture = "", r.Transactions[0].ID
		}
	}
	for _, part := range []string{id, t.batch, t.capture} {
		if part != "" && !idShape.MatchString(part) {
			return ""
		}
	}
	switch {
	case t.batch != "" && id != "", t.capture != "":
		return t.withOrder(id)
	case t.batch != "":
		return ""
	}
	return id
}
