package paypal_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/paypal"
)

// heard are the events that an emulator has sent.
type heard struct {
	mu  sync.Mutex
	all []event
}

type event struct {
	header http.Header
	body   []byte
}

// listen has the emulator of a world send its events to a shop.
func (w *world) listen() *heard {
	h := &heard{}
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.all = append(h.all, event{r.Header, body})
	}))
	w.t.Cleanup(shop.Close)
	if err := w.till.SetWebhookEndpoint(shop.URL, "", ""); err != nil {
		w.t.Fatal(err)
	}
	return h
}

// events waits until all are sent.
func (w *world) events(h *heard) []event {
	w.t.Helper()
	if err := w.till.WaitDelivered(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all
}

const webhookID = "WH-SANDBOX"

// Each event of a payment's life is proven, and names what to look up.
func TestWebhook_life(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	h := w.listen()
	source := w.Webhook(webhookID)
	w.receives(samsID, "PENDING")
	id := w.taken()
	w.does(process.Transfer, id, process.Unknown)
	w.receives(samsID, "SUCCESS")
	if _, err := w.till.Dispute(id, "10.00", ""); err != nil {
		t.Fatal(err)
	}
	w.does(process.Refund, id, process.Succeeded)
	var codes []string
	for _, e := range w.events(h) {
		d, err := source.Read(e.header, e.body)
		if err != nil || d.DedupeKey == "" || d.PaymentID == "" {
			t.Fatalf("%s: %+v, %v", e.body, d, err)
		}
		s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: d.PaymentID, Booked: &process.Funds{}})
		if err != nil || s.PaymentID != id {
			t.Errorf("%s: looked up %+v, %v", d.Code, s, err)
		}
		if ends := strings.HasPrefix(d.Code, "payment.payouts-item"); ends != (s.Ended != nil) || ends && *s.Ended != (orchestrator.Ending{Reference: operation(process.Transfer, id).Key()}) {
			t.Errorf("%s: %+v", d.Code, s.Ended)
		}
		codes = append(codes, d.Code)
	}
	want := "checkout.order.approved payment.authorization.created payment.capture.completed payment.payouts-item.succeeded " +
		"customer.dispute.created payment.capture.refunded"
	if got := strings.Join(codes, " "); got != want {
		t.Errorf("heard %s\nwant %s", got, want)
	}
}

// A payout that comes back after weeks is told with the reason.
func TestWebhook_payoutComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.receives(samsID, "UNCLAIMED")
	id := w.taken()
	w.does(process.Transfer, id, process.Unknown)
	h := w.listen()
	w.later(31 * 24 * time.Hour)
	all := w.events(h)
	d, err := w.Webhook(webhookID).Read(all[len(all)-1].header, all[len(all)-1].body)
	if err != nil {
		t.Fatal(err)
	}
	s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: d.PaymentID, Booked: &process.Funds{}})
	if err != nil || s.Ended == nil || s.Ended.Code != "payout_failed" {
		t.Errorf("%+v: %+v, %v", d, s, err)
	}
}

// A seller who has agreed, or has taken that back, is asked for, by the referral and by the merchant.
func TestWebhook_sellers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	h := w.listen()
	w.till.SetSeller("MERCHANT22222", sandbox.Seller{})
	w.till.SetSeller("MERCHANT22222", sandbox.Seller{Consented: true})
	w.till.SetSeller("MERCHANT22222", sandbox.Seller{})
	var codes []string
	for _, e := range w.events(h) {
		m, err := w.Webhook(webhookID).Read(e.header, e.body)
		news, ok := w.SellerTold(m.PaymentID)
		if codes = append(codes, m.Code); err != nil || !ok || !slices.Equal(news.Accounts, []string{"MERCHANT22222"}) || news.Instead != "" {
			t.Errorf("%s: %+v, %+v, %v", e.body, m, news, err)
		}
	}
	if got := strings.Join(codes, " "); got != "merchant.onboarding.completed merchant.partner-consent.revoked" {
		t.Errorf("heard %s", got)
	}
	if news, ok := w.SellerTold("seller:abc-1:MERCHANT22222"); !ok || !slices.Equal(news.Accounts, []string{"MERCHANT22222", "referral:abc-1"}) {
		t.Errorf("by a referral: %+v", news)
	}
	if _, ok := w.SellerTold("5O190127TN364715T"); ok {
		t.Error("an order was taken for a seller")
	}
}

// What is not signed as PayPal signs is refused.
func TestWebhook_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	h := w.listen()
	w.approved("success")
	sent := w.events(h)[0]
	foreign := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write(nil)
		t.Error("a certificate of somebody else is fetched")
	}))
	t.Cleanup(foreign.Close)
	for name, tc := range map[string]struct {
		webhook string
		change  func(h http.Header, body []byte) []byte
	}{
		"another webhook": {"WH-OTHER", nil},
		"another body": {webhookID, func(_ http.Header, body []byte) []byte {
			return bytes.Replace(body, []byte("APPROVED"), []byte("COMPLETED"), 1)
		}},
		"space around it":          {webhookID, func(_ http.Header, body []byte) []byte { return append(body, ' ') }},
		"another time":             {webhookID, set("Paypal-Transmission-Time", "2020-01-01T00:00:00Z")},
		"no signature":             {webhookID, set("Paypal-Transmission-Sig", "")},
		"a signature of something": {webhookID, set("Paypal-Transmission-Sig", base64.StdEncoding.EncodeToString(make([]byte, 256)))},
		"another algorithm":        {webhookID, set("Paypal-Auth-Algo", "SHA1withRSA")},
		"a certificate elsewhere":  {webhookID, set("Paypal-Cert-Url", foreign.URL+"/v1/notifications/certs/CERT-1")},
		"a certificate of PayPal's, while the API is an emulator": {webhookID, set("Paypal-Cert-Url", "https://api.paypal.com/v1/notifications/certs/CERT-1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, body := sent.header.Clone(), bytes.Clone(sent.body)
			if tc.change != nil {
				body = tc.change(header, body)
			}
			if d, err := w.Webhook(tc.webhook).Read(header, body); fault.CodeOf(err) != fault.Unauthenticated {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}

func set(name, value string) func(http.Header, []byte) []byte {
	return func(h http.Header, body []byte) []byte {
		h.Set(name, value)
		return body
	}
}

// Where the certificate cannot be had, PayPal is asked, byte for byte.
func TestWebhook_asked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	h := w.listen()
	w.approved("success")
	sent := w.events(h)[0]
	sent.header.Set("Paypal-Cert-Url", w.url+"/v1/notifications/certs/CERT-GONE")
	if d, err := w.Webhook(webhookID).Read(sent.header, sent.body); err != nil || d.PaymentID == "" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := w.Webhook(webhookID).Read(sent.header, bytes.Replace(sent.body, []byte("APPROVED"), []byte("COMPLETED"), 1)); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("another body: %v", err)
	}
	w.fault("verify_webhook_signature", "unavailable")
	if _, err := w.Webhook(webhookID).Read(sent.header, sent.body); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("without an answer: %v", err)
	}
}

// hosts answers for addresses, as the network does.
type hosts map[string]func() (status int, body []byte)

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := h[r.URL.Host]
	if answer == nil {
		return nil, fmt.Errorf("nothing is at %s", r.URL.Host)
	}
	status, body := answer()
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// At PayPal itself a certificate counts only if this machine trusts its chain; one that somebody
// made is no proof, and then PayPal is asked.
func TestWebhook_chain(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "messageverificationcerts.paypal.com"}, DNSNames: []string{"messageverificationcerts.paypal.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	body := []byte(`{"id":"WH-1","event_type":"CHECKOUT.ORDER.APPROVED","resource_type":"checkout-order","resource":{"id":"5O190127TN364715T"}}`)
	header := http.Header{}
	header.Set("Paypal-Auth-Algo", "SHA256withRSA")
	header.Set("Paypal-Cert-Url", "https://api.paypal.com/v1/notifications/certs/CERT-1")
	header.Set("Paypal-Transmission-Id", "69cd13f0-d67a-11e5-baa3-778b53f4ae55")
	header.Set("Paypal-Transmission-Time", "2026-03-02T09:00:00Z")
	digest := sha256.Sum256(fmt.Appendf(nil, "69cd13f0-d67a-11e5-baa3-778b53f4ae55|2026-03-02T09:00:00Z|WH-9|%d", crc32.ChecksumIEEE(body)))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	header.Set("Paypal-Transmission-Sig", base64.StdEncoding.EncodeToString(signature))
	for verdict, want := range map[string]string{"SUCCESS": "5O190127TN364715T", "FAILURE": ""} {
		t.Run(verdict, func(t *testing.T) {
			t.Parallel()
			answers := []string{`{"access_token":"A","expires_in":3600}`, `{"verification_status":"` + verdict + `"}`}
			g, err := paypal.New(paypal.Config{ClientID: "shop", Secret: "s", Accounts: newAccounts(), ReturnURL: "https://shop.example.com/", Transport: hosts{
				"api.paypal.com": func() (int, []byte) { return 200, certificate },
				"api-m.paypal.com": func() (int, []byte) {
					next := answers[0]
					answers = answers[1:]
					return 200, []byte(next)
				},
			}})
			if err != nil {
				t.Fatal(err)
			}
			d, err := g.Webhook("WH-9").Read(header, body)
			if d.PaymentID != want || len(answers) != 0 {
				t.Errorf("%+v, %v; %d answers are left", d, err, len(answers))
			}
		})
	}
}

// The check sum is the decimal CRC-32 of the raw body, as PayPal computes it.
func TestWebhook_checkSum(t *testing.T) {
	t.Parallel()
	if got := crc32.ChecksumIEEE([]byte(`{"id":"WH-1"}`)); got != 838965618 {
		t.Errorf("%d", got)
	}
	w := newWorld(t, func(c *paypal.Config) { c.ReturnURL = "https://shop.example.com/" })
	h := w.listen()
	if err := w.till.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "duplicate"}}); err != nil {
		t.Fatal(err)
	}
	w.approved("success")
	all := w.events(h)
	first, err := w.Webhook(webhookID).Read(all[0].header, all[0].body)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := w.Webhook(webhookID).Read(all[1].header, all[1].body); err != nil || second.DedupeKey != first.DedupeKey {
		t.Errorf("an event that comes twice: %+v, %+v, %v", first, second, err)
	}
}

// Strangers cannot make us ask PayPal again and again.
func TestWebhook_flood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *paypal.Config) { c.Now = func() time.Time { return time.Unix(1_800_000_000, 0) } })
	h := w.listen()
	w.approved("success")
	sent := w.events(h)[0]
	source := w.Webhook(webhookID)
	for n := range 100 {
		forged := sent.header.Clone()
		forged.Set("Paypal-Cert-Url", fmt.Sprintf("%s/v1/notifications/certs/CERT-%d", w.url, n))
		if _, err := source.Read(forged, bytes.Replace(sent.body, []byte("APPROVED"), []byte("COMPLETED"), 1)); err == nil {
			t.Fatal("a forged event is taken")
		}
	}
	asked := 0
	for _, r := range w.till.Requests() {
		if r.Route == "verify_webhook_signature" {
			asked++
		}
	}
	if asked != 30 {
		t.Errorf("asked %d times, want 30: each needs a certificate, too", asked)
	}
}
