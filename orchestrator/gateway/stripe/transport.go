package stripe

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	sdk "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/account"
	"github.com/stripe/stripe-go/v76/accountlink"
	"github.com/stripe/stripe-go/v76/balancetransaction"
	"github.com/stripe/stripe-go/v76/dispute"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/payout"
	"github.com/stripe/stripe-go/v76/refund"
	"github.com/stripe/stripe-go/v76/transfer"
	"github.com/stripe/stripe-go/v76/transferreversal"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

const (
	// callTimeout bounds one call within the deadline of the operation; our choice.
	callTimeout = 30 * time.Second
	// maxBody bounds an answer: a full page of payments is about a tenth of it.
	maxBody = 8 << 20
)

// api are the parts of Stripe's client that are used here. Its package client has all of
// them, which makes the binary 2.9 MB larger.
type api struct {
	Accounts            account.Client
	AccountLinks        accountlink.Client
	BalanceTransactions balancetransaction.Client
	Disputes            dispute.Client
	PaymentIntents      paymentintent.Client
	Payouts             payout.Client
	Refunds             refund.Client
	Transfers           transfer.Client
	Reversals           transferreversal.Client
}

// newAPI makes Stripe's client behave: no repeats, no redirects, no logging, no
// telemetry, no shared state.
func newAPI(c Config) *api {
	backend := sdk.GetBackendWithConfig(sdk.APIBackend, &sdk.BackendConfig{
		EnableTelemetry:   sdk.Bool(false),
		HTTPClient:        &http.Client{Transport: &transport{c.Transport}, Timeout: callTimeout},
		LeveledLogger:     &sdk.LeveledLogger{Level: sdk.LevelNull},
		MaxNetworkRetries: sdk.Int64(0),
		URL:               sdk.String(c.BaseURL),
	})
	return &api{
		Accounts:            account.Client{B: backend, Key: c.SecretKey},
		AccountLinks:        accountlink.Client{B: backend, Key: c.SecretKey},
		BalanceTransactions: balancetransaction.Client{B: backend, Key: c.SecretKey},
		Disputes:            dispute.Client{B: backend, Key: c.SecretKey},
		PaymentIntents:      paymentintent.Client{B: backend, Key: c.SecretKey},
		Payouts:             payout.Client{B: backend, Key: c.SecretKey},
		Refunds:             refund.Client{B: backend, Key: c.SecretKey},
		Transfers:           transfer.Client{B: backend, Key: c.SecretKey},
		Reversals:           transferreversal.Client{B: backend, Key: c.SecretKey},
	}
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
	var wire gateway.Wire
	r = r.WithContext(wire.Watch(r.Context()))
	if r.Method != http.MethodGet {
		// Else net/http would repeat what has an idempotency key on a new connection.
		r.GetBody = nil
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		if wire.NotSent(err) {
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
