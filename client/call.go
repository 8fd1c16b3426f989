package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// call is a request made ready: it can be sent any number of times.
type call struct {
	op        string
	id        int64
	safe      bool
	wire      wireRequest
	requestID string
	secrets   []string
}

// do sends r and decodes the answer into T. Every failure is an *Error.
func do[T any](ctx context.Context, c *Client, r request, opts []CallOption) (T, error) {
	var zero T
	ready, answer, failure := c.exchange(ctx, r, opts)
	if failure != nil {
		return zero, failure
	}
	value, err := decode[T](answer.body)
	if err != nil {
		failure = ready.failure(answer)
		failure.Err = fmt.Errorf("%w: %w", ErrUnexpectedAnswer, err)
		return zero, failure
	}
	return value, nil
}

// doEmpty sends r and ignores the body of a success: 204 has none, and where the
// customer's document answers 200 it holds nothing of use.
func doEmpty(ctx context.Context, c *Client, r request, opts []CallOption) error {
	if _, _, failure := c.exchange(ctx, r, opts); failure != nil {
		return failure
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, r request, opts []CallOption) (call, wireResponse, *Error) {
	ready, err := c.prepare(ctx, r, opts)
	if err != nil {
		return call{}, wireResponse{}, &Error{Op: r.op(), ID: r.id(), Outcome: OutcomeNotSent, Err: err}
	}
	answer, failure := c.send(ctx, ready)
	return ready, answer, failure
}

// prepare does everything that can fail before a request exists.
func (c *Client) prepare(ctx context.Context, r request, opts []CallOption) (call, error) {
	cfg, err := newCallConfig(opts)
	if err != nil {
		return call{}, err
	}
	target, err := r.url(c.base)
	if err != nil {
		return call{}, err
	}
	var body []byte
	if r.body != nil {
		if body, err = json.Marshal(r.body); err != nil {
			return call{}, fmt.Errorf("%w: encode body: %w", ErrInvalidInput, err)
		}
	}
	authorization, secrets, err := c.authorize(ctx)
	if err != nil {
		return call{}, err
	}
	return call{
		op:        r.op(),
		id:        r.id(),
		safe:      r.safe,
		wire:      wireRequest{method: r.method, url: target, header: cfg.headers(authorization), body: body},
		requestID: cfg.requestID,
		secrets:   secrets,
	}, nil
}

// send repeats an attempt for as long as the policy of retryable allows.
func (c *Client) send(ctx context.Context, ready call) (wireResponse, *Error) {
	for attempt := 1; ; attempt++ {
		start := c.now()
		answer, failure := c.attempt(ctx, ready)
		c.logAttempt(ctx, ready, failure, attempt, c.now().Sub(start))
		if failure == nil {
			return answer, nil
		}
		failure.Attempts = attempt
		if attempt >= c.retry.MaxAttempts || ctx.Err() != nil || !retryable(ready.safe, failure) {
			return wireResponse{}, failure
		}
		wait := c.retry.delay(attempt, failure.RetryAfter)
		c.log.WarnContext(ctx, "trustap call is repeated",
			"op", ready.op, "attempt", attempt, "wait", wait, "cause", failure.Error())
		if err := c.retry.Sleep(ctx, wait); err != nil {
			return wireResponse{}, failure
		}
	}
}

// attempt sends once. It returns an answer of status 2xx, or the failure.
func (c *Client) attempt(ctx context.Context, ready call) (wireResponse, *Error) {
	if err := ctx.Err(); err != nil {
		return wireResponse{}, &Error{Op: ready.op, ID: ready.id, RequestID: ready.requestID, Outcome: OutcomeNotSent, Err: err}
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	answer, notSent, err := c.transport.roundTrip(limited, ready.wire)
	if err != nil {
		failure := &Error{Op: ready.op, ID: ready.id, RequestID: ready.requestID, Err: err}
		if notSent {
			failure.Outcome = OutcomeNotSent
		}
		return wireResponse{}, failure
	}
	if answer.status/100 == 2 && answer.bodyErr == nil {
		return answer, nil
	}
	failure := ready.failure(answer)
	failure.RetryAfter = parseRetryAfter(answer.header.Get("Retry-After"), c.now())
	return wireResponse{}, failure
}

func (c *Client) logAttempt(ctx context.Context, ready call, failure *Error, attempt int, took time.Duration) {
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	if failure == nil {
		c.log.DebugContext(ctx, "trustap call", "op", ready.op, "attempt", attempt, "took", took)
		return
	}
	c.log.DebugContext(ctx, "trustap call failed",
		"op", ready.op, "attempt", attempt, "took", took,
		"status", failure.StatusCode, "code", string(failure.Code),
		"outcome", failure.Outcome.String(), "request_id", failure.RequestID)
}

// checked is implemented by answers that can be recognised as incomplete, so
// that a "{}" after a create is an unknown outcome and not a transaction 0.
type checked interface{ check() error }

func decode[T any](body []byte) (T, error) {
	var value T
	if bytes.Equal(bytes.TrimSpace(body), []byte("null")) {
		return value, errors.New("body is null")
	}
	if err := json.Unmarshal(body, &value); err != nil {
		var zero T
		return zero, err
	}
	if c, ok := any(value).(checked); ok {
		if err := c.check(); err != nil {
			var zero T
			return zero, err
		}
	}
	return value, nil
}

// failure builds the error of an answer that is not a usable success.
func (ready call) failure(answer wireResponse) *Error {
	e := &Error{
		Op:         ready.op,
		ID:         ready.id,
		StatusCode: answer.status,
		RequestID:  ready.requestID,
		Outcome:    outcomeOfStatus(answer.status),
	}
	if id := answer.header.Get("X-Request-Id"); visibleASCII(id) {
		e.RequestID = clip(scrub(id, ready.secrets), maxMessage)
	}
	switch {
	case answer.status/100 == 2:
		e.Err = answer.bodyErr
		e.broken = answer.bodyErr != nil && !errors.Is(answer.bodyErr, errBodyTooLarge)
	case answer.status/100 == 3:
		e.Err = ErrRedirect
	default:
		e.readEnvelope(answer.body, ready.secrets)
	}
	return e
}

// outcomeOfStatus is conservative: only a refusal by the API or by something in
// front of it is sure. 408 is sent when a request arrived only in part, but
// proxies send it for slow answers too.
func outcomeOfStatus(status int) Outcome {
	if status/100 == 4 && status != http.StatusRequestTimeout {
		return OutcomeKnown
	}
	return OutcomeUnknown
}
