package stripe

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	sdk "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
)

const (
	// callTimeout bounds one call within the deadline of the operation; our choice.
	callTimeout = 30 * time.Second
	// maxBody bounds an answer: a full page of payments is about a tenth of it.
	maxBody = 8 << 20
)

// newAPI makes Stripe's client behave: no repeats, no redirects, no logging, no
// telemetry, no shared state.
func newAPI(c Config) *client.API {
	backend := sdk.GetBackendWithConfig(sdk.APIBackend, &sdk.BackendConfig{
		EnableTelemetry:   sdk.Bool(false),
		HTTPClient:        &http.Client{Transport: &transport{c.Transport}, Timeout: callTimeout},
		LeveledLogger:     &sdk.LeveledLogger{Level: sdk.LevelNull},
		MaxNetworkRetries: sdk.Int64(0),
		URL:               sdk.String(c.BaseURL),
	})
	return client.New(c.SecretKey, &sdk.Backends{API: backend, Connect: backend, Uploads: backend})
}

// transport sends a request and bounds its answer. An answer that is no answer of
// an API, such as a redirect, is an error.
type transport struct{ next http.RoundTripper }

var errRedirect = errors.New("answered with a redirect")

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, &notSentError{err}
	}
	var dialled dialTrace
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), dialled.hooks()))
	if r.Method != http.MethodGet {
		// Else net/http would repeat what has an idempotency key on a new connection.
		r.GetBody = nil
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		if dialled.notSent(err) {
			return nil, &notSentError{err}
		}
		return nil, err
	}
	if resp.StatusCode < 200 || resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, errors.Join(errRedirect, resp.Body.Close())
	}
	resp.Body = &boundedBody{resp.Body, maxBody}
	return resp, nil
}

// notSentError marks a failure before anything was written to a socket.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// boundedBody fails where a body goes on too long, instead of cutting it.
type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("the answer is larger than %d bytes", maxBody)
	}
	return n, err
}

// dialTrace learns from net/http whether a request ever had a connection.
type dialTrace struct{ wanted, connected atomic.Bool }

func (d *dialTrace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { d.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { d.connected.Store(true) },
	}
}

// notSent needs proof: a transport that reports no trace proves nothing by its
// silence, there only an error of dialling or name lookup counts.
func (d *dialTrace) notSent(err error) bool {
	if d.connected.Load() {
		return false
	}
	var op *net.OpError
	var dns *net.DNSError
	return d.wanted.Load() || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}
