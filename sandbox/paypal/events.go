package paypal

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// event is what a merchant is told.
type event struct {
	ID, Type string
	Body     json.RawMessage
	At       time.Time
}

// Name implements stage.Object.
func (e *event) Name() string { return e.ID }

// tell makes an event and sends it.
func (s *state) tell(kind, resource, summary string, about stage.Members) {
	e := &event{ID: "WH-" + s.newID() + "-" + s.newID(), Type: kind, At: s.Now().UTC()}
	e.Body = bytes.TrimSpace(stage.JSON(stage.Members{
		"id": e.ID, "event_version": "1.0", "create_time": shown(e.At), "resource_type": resource, "resource_version": "2.0", "event_type": kind,
		"summary": summary, "resource": about,
		"links": []stage.Members{s.link("self", http.MethodGet, "/v1/notifications/webhooks-events/"+e.ID), s.link("resend", http.MethodPost, "/v1/notifications/webhooks-events/"+e.ID+"/resend")},
	}))
	s.Events.Add(e)
	s.Emit(stage.Delivery{EventID: e.ID, Type: kind, Body: e.Body})
}

func (c *call) listEvents() (answer, error) {
	from, to, err := c.window("start_time", "end_time")
	if err != nil {
		return answer{}, err
	}
	kind, events := c.request.URL.Query().Get("event_type"), []json.RawMessage{}
	for _, e := range slices.Backward(c.Events.All) {
		if !e.At.Before(from) && !e.At.After(to) && (kind == "" || kind == e.Type) && len(events) < number(c, "page_size", 10) {
			events = append(events, e.Body)
		}
	}
	return answer{status: http.StatusOK, body: stage.Members{"events": events, "count": len(events), "links": []stage.Members{}}}, nil
}

func (c *call) getEvent() (answer, error) {
	e, err := inPath(c, &c.Events)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: e.Body}, nil
}

func (c *call) resendEvent() (answer, error) {
	e, err := inPath(c, &c.Events)
	if err != nil {
		return answer{}, err
	}
	c.Emit(stage.Delivery{EventID: e.ID, Type: e.Type, Body: e.Body})
	return answer{status: http.StatusAccepted, body: e.Body}, nil
}

// seal signs events. It is made once per process: a key takes long to make.
var seal = sync.OnceValues(func() (*rsa.PrivateKey, []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, nil
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "messageverificationcerts.sandbox.paypal.com", Organization: []string{"Sandbox"}},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), KeyUsage: x509.KeyUsageDigitalSignature,
		DNSNames: []string{"messageverificationcerts.sandbox.paypal.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
})

// certificatePath is where the certificate of the events is.
const certificatePath = "/v1/notifications/certs/CERT-360caa42-fca2a594-sandbox"

// signedText is what is signed of an event (official API).
func signedText(id, at, webhook string, body []byte) []byte {
	return fmt.Appendf(nil, "%s|%s|%s|%d", id, at, webhook, crc32.ChecksumIEEE(body))
}

// sign sets the headers of an event; the secret of the endpoint is the id of the webhook.
func (c Config) sign(r *http.Request, body []byte, to stage.Endpoint) {
	sum := sha256.Sum256(body)
	id := hex.EncodeToString(sum[:16])
	id = strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-")
	at := c.WallClock().UTC().Format(time.RFC3339)
	key, _ := seal()
	digest := sha256.Sum256(signedText(id, at, to.Secret, body))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "PayPal/AUHD-sandbox")
	r.Header.Set("Paypal-Auth-Algo", "SHA256withRSA")
	r.Header.Set("Paypal-Auth-Version", "v2")
	r.Header.Set("Paypal-Cert-Url", strings.TrimRight(c.PublicURL, "/")+certificatePath)
	r.Header.Set("Paypal-Transmission-Id", id)
	r.Header.Set("Paypal-Transmission-Time", at)
	r.Header.Set("Paypal-Transmission-Sig", base64.StdEncoding.EncodeToString(signature))
}

type verification struct {
	Algorithm string          `json:"auth_algo"`
	Cert      string          `json:"cert_url"`
	ID        string          `json:"transmission_id"`
	Signature string          `json:"transmission_sig"`
	Time      string          `json:"transmission_time"`
	Webhook   string          `json:"webhook_id"`
	Event     json.RawMessage `json:"webhook_event"`
}

// verifySignature tells whether an event is signed. It is compared byte for byte, but for the space around it.
func (c *call) verifySignature() (answer, error) {
	in, err := read[verification](c)
	if err != nil {
		return answer{}, err
	}
	if in.Algorithm == "" || in.Cert == "" || in.ID == "" || in.Signature == "" || in.Time == "" || in.Webhook == "" || len(in.Event) == 0 {
		return answer{}, invalid("webhook_event", "MISSING_REQUIRED_PARAMETER")
	}
	verdict := "FAILURE"
	key, _ := seal()
	signature, err := base64.StdEncoding.DecodeString(in.Signature)
	digest := sha256.Sum256(signedText(in.ID, in.Time, in.Webhook, in.Event))
	if err == nil && in.Algorithm == "SHA256withRSA" && rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) == nil {
		verdict = "SUCCESS"
	}
	return answer{status: http.StatusOK, body: stage.Members{"verification_status": verdict}}, nil
}
