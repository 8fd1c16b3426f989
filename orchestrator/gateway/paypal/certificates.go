package paypal

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// certificatePath is that of PayPal's certificates (official API).
var certificatePath = regexp.MustCompile(`^/v1/notifications/certs/CERT-[A-Za-z0-9-]{1,80}$`)

const (
	// maxAsked is how often within a minute strangers can make us ask PayPal about an event: for a
	// certificate that is not known yet, or whether it is its own. Our choice.
	maxAsked        = 60
	maxCertificate  = 64 << 10
	maxCertificates = 16 // then all are forgotten, so that the memory stays bounded
	certificateAge  = 24 * time.Hour
)

// certificates are those that PayPal signs events with. They are fetched from PayPal's own hosts
// only, or from the emulator that is set as the API on this machine, and remembered for a day.
type certificates struct {
	origin string // of the API
	client http.Client
	now    func() time.Time

	mu    sync.Mutex
	known map[string]certified
	asked int       // since
	since time.Time // real time
}

type certified struct {
	key   *rsa.PublicKey
	until time.Time
}

func newCertificates(c Config) *certificates {
	return &certificates{
		origin: c.BaseURL, now: c.Now, known: map[string]certified{},
		client: http.Client{Transport: c.Transport, Timeout: checkTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// trusts reports whether an address is one of PayPal's, or one of the emulator's own.
func (c *certificates) trusts(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Fragment != "" || u.Host == "" {
		return false
	}
	if !certificatePath.MatchString(u.Path) || u.RawQuery != "" {
		return false
	}
	if c.local() {
		own, err := url.Parse(c.origin)
		return err == nil && u.Scheme == own.Scheme && u.Host == own.Host
	}
	return u.Scheme == "https" && (u.Host == "api.paypal.com" || u.Host == "api.sandbox.paypal.com" || strings.HasSuffix(u.Host, ".paypal.com")) && u.Port() == ""
}

// local reports whether the API is an emulator on this machine.
func (c *certificates) local() bool { return gateway.OnLoopback(c.origin) }

// key is the public key behind an address.
func (c *certificates) key(ctx context.Context, address string) (*rsa.PublicKey, error) {
	if !c.trusts(address) {
		return nil, errors.New("the certificate is not at an address of paypal's")
	}
	c.mu.Lock()
	k, known := c.known[address]
	c.mu.Unlock()
	if known && c.now().Before(k.until) {
		return k.key, nil
	}
	if !c.mayAsk() {
		return nil, errBusy
	}
	chain, err := c.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	key, err := c.check(chain)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxCertificates {
		clear(c.known)
	}
	c.known[address] = certified{key, c.now().Add(certificateAge)}
	return key, nil
}

var errBusy = errors.New("too many events that are not proven")

// mayAsk reports whether PayPal may be asked about an event, and counts that it is.
func (c *certificates) mayAsk() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.since).Abs() > time.Minute {
		c.since, c.asked = now, 0
	}
	c.asked++
	return c.asked <= maxAsked
}

func (c *certificates) fetch(ctx context.Context, address string) ([]*x509.Certificate, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, errUnreadable
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("fetch a certificate: %w", gateway.WithoutURL(err))
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxCertificate))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch a certificate: status %d", answer.StatusCode)
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(body); block != nil; block, rest = pem.Decode(rest) {
		if one, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			chain = append(chain, one)
		}
	}
	if len(chain) == 0 {
		return nil, errUnreadable
	}
	return chain, nil
}

// check verifies a chain up to a root of this machine, for a name of PayPal's. An emulator has
// made its certificate itself.
func (c *certificates) check(chain []*x509.Certificate) (*rsa.PublicKey, error) {
	leaf := chain[0]
	if !c.local() {
		between := x509.NewCertPool()
		for _, one := range chain[1:] {
			between.AddCert(one)
		}
		if _, err := leaf.Verify(x509.VerifyOptions{Intermediates: between, CurrentTime: c.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
			return nil, fmt.Errorf("check a certificate: %w", err)
		}
		if !paypals(leaf) {
			return nil, errors.New("check a certificate: it is not for paypal.com")
		}
	}
	key, ok := leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errUnreadable
	}
	return key, nil
}

// paypals reports whether a certificate is for a name below paypal.com.
func paypals(leaf *x509.Certificate) bool {
	for _, host := range append(leaf.DNSNames, leaf.Subject.CommonName) {
		if strings.HasSuffix(host, ".paypal.com") {
			return true
		}
	}
	return false
}
