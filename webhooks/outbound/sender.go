package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/internal/cards"
)

// How an attempt is made; our choice.
const (
	// Timeout is how long a receiver may take, from the name's look-up to the end of its
	// answer. A receiver stores what it gets and answers; one that does its work first may need
	// a few seconds. Longer than that, a call more often hangs than works, and holds up the deal
	// that it is about.
	Timeout      = 10 * time.Second
	maxAnswer    = 4 << 10  // bytes that are read of an answer
	keptAnswer   = 1 << 10  // bytes of it that are kept
	maxHeads     = 16 << 10 // bytes of its headers
	idleFor      = 90 * time.Second
	idleTotal    = 1024
	bufferBytes  = 4 << 10
	userAgent    = "Handsel-Webhooks/1"
	contentType  = "application/json"
	minTLS       = tls.VersionTLS12
	tlsHandshake = 5 * time.Second
	// parallel are the attempts at one endpoint at a time.
	parallel = 16
)

// SenderConfig is what a sender needs.
type SenderConfig struct {
	Guard   Guard
	Timeout time.Duration // default Timeout
	// Now is the engine's clock, of which the times of attempts are taken; Elapsed begins a
	// stopwatch by real time. Both are required.
	Now     func() time.Time
	Elapsed func() (stop func() time.Duration)
	// Stamp is the time that is signed: receivers hold it against their own clocks, which nobody
	// moves. Default: Now.
	Stamp func() time.Time
}

// Sender makes attempts. It is safe for concurrent use.
type Sender struct {
	SenderConfig
	client *http.Client
}

// NewSender checks the configuration and returns a sender.
func NewSender(c SenderConfig) (*Sender, error) {
	if c.Now == nil || c.Elapsed == nil {
		return nil, errors.New("outbound: Now and Elapsed are required")
	}
	if c.Timeout == 0 {
		c.Timeout = Timeout
	}
	if c.Stamp == nil {
		c.Stamp = c.Now
	}
	t := &http.Transport{
		DialContext: c.Guard.Dial, TLSClientConfig: &tls.Config{MinVersion: minTLS}, TLSHandshakeTimeout: min(tlsHandshake, c.Timeout),
		DisableCompression: true, // else a small answer might become a large one here
		MaxIdleConns:       idleTotal, MaxIdleConnsPerHost: parallel, IdleConnTimeout: idleFor,
		MaxResponseHeaderBytes: maxHeads, WriteBufferSize: bufferBytes, ReadBufferSize: bufferBytes,
		Protocols: new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true) // a connection is for one attempt at a time, so that none waits for another
	if c.Guard.Proxy != nil {
		t.Proxy = http.ProxyURL(c.Guard.Proxy)
	}
	return &Sender{c, &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close gives up connections that nobody uses.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Attempt is one delivery that was tried.
type Attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"` // of the answer; 0: there was none
	Millis int64     `json:"ms"`               // until the answer or the error
	Error  string    `json:"error,omitempty"`  // timeout, not_allowed, connection, tls, dns, redirect, removed (from the log before it was sent)
	Answer string    `json:"answer,omitempty"` // its beginning

	again time.Duration // what Retry-After asks for
}

// OK reports whether the receiver has it: any status of 2xx.
func (a Attempt) OK() bool { return a.Error == "" && a.Status >= 200 && a.Status < 300 }

// Gone reports whether the receiver wants no more: 410.
func (a Attempt) Gone() bool { return a.Error == "" && a.Status == http.StatusGone }

// What an attempt can fail by.
const (
	failTimeout    = "timeout"
	failNotAllowed = "not_allowed"
	failConnection = "connection"
	failTLS        = "tls"
	failName       = "dns"
	failRedirect   = "redirect"
	failRemoved    = "removed" // it was no attempt: the log no longer had the event
)

// The headers of Standard Webhooks, as Go spells them.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// Send makes an attempt. It lasts as long as Timeout allows, also when ctx ends: an
// answer that nobody waits for any longer would be asked for again.
func (s *Sender) Send(ctx context.Context, address, id string, body []byte, signer *Signer) (a Attempt) {
	a = Attempt{At: s.Now().UTC().Truncate(time.Millisecond)}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Timeout)
	defer cancel()
	stop := s.Elapsed()
	defer func() { a.Millis = stop().Milliseconds() }()
	if err := s.Guard.Check(address); err != nil { // the settings may have changed since it was stored
		a.Error = failNotAllowed
		return a
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		a.Error = failNotAllowed
		return a
	}
	seconds := s.Stamp().Unix()
	r.Header = http.Header{
		"Content-Type": {contentType}, "User-Agent": {userAgent}, headerID: {id},
		headerTimestamp: {strconv.FormatInt(seconds, 10)}, headerSignature: {signer.Sign(id, seconds, body)},
	}
	answer, err := s.client.Do(r)
	if err != nil {
		a.Error = failureOf(err)
		return a
	}
	defer func() { _ = answer.Body.Close() }()
	s.read(&a, answer)
	return a
}

func (s *Sender) read(a *Attempt, answer *http.Response) {
	a.Status = answer.StatusCode
	if !a.OK() {
		a.again = retryAfter(answer.Header, a.At)
	}
	if a.Status >= 300 && a.Status < 400 {
		a.Error = failRedirect
	}
	var read [maxAnswer]byte
	// What cannot be read takes nothing back of the status.
	n, _ := io.ReadFull(io.LimitReader(answer.Body, maxAnswer), read[:])
	a.Answer = excerpt(read[:n])
}

// excerpt is the beginning of an answer as it can be kept and shown: without card numbers, and with characters that
// nobody sees, or that turn the order of others round, as escapes.
func excerpt(b []byte) string {
	var kept strings.Builder
	for _, r := range cards.Masked(strings.ToValidUTF8(string(b), "")) {
		text := string(r)
		switch {
		case r == 0 || r == utf8.RuneError:
			continue
		case r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			text = strings.Trim(strconv.QuoteRuneToASCII(r), "'")
		}
		if kept.Len()+len(text) > keptAnswer {
			break
		}
		kept.WriteString(text)
	}
	return kept.String()
}

// failureOf is a short name for an error. The error itself may name addresses inside, and
// is not kept.
func failureOf(err error) string {
	var timeout interface{ Timeout() bool }
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, errInside):
		return failNotAllowed
	case errors.As(err, &name):
		return failName
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return failTimeout
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return failTLS
	}
	return failConnection
}
