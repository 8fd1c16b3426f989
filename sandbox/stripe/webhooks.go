package stripe

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// tries is how often an event is sent until it is accepted, and tryPause the real time between the first two tries; it
// doubles after each. Our choice: the official service goes on for days.
const (
	tries    = 3
	tryPause = 20 * time.Millisecond
)

// The states of a delivery.
const (
	DeliveryPending    = "pending"     // will be sent
	DeliveryHeld       = "held"        // a delay or reorder fault holds it back
	DeliveryDelivered  = "delivered"   // answered with a 2xx status
	DeliveryFailed     = "failed"      // answered with another status, or not at all, at every try
	DeliveryLost       = "lost"        // a lose fault ate it
	DeliveryNoEndpoint = "no_endpoint" // there was no URL to send it to
)

// Delivery is one event in the log of webhooks.
type Delivery struct {
	// Number counts deliveries from 1 since New or Reset.
	Number int `json:"number"`
	// EventID and Type are those of the event. A duplicate has the same id.
	EventID string `json:"event_id"`
	Type    string `json:"type"`
	// State is one of the Delivery constants.
	State string `json:"state"`
	// Tries is how often it was sent.
	Tries int `json:"tries,omitempty"`
	// StatusCode is what the receiver answered last, 0 for nothing.
	StatusCode int `json:"status_code,omitempty"`
	// Error says why the receiver could not be reached.
	Error string `json:"error,omitempty"`
	// Body is what is sent, byte for byte but for the space around it.
	Body json.RawMessage `json:"body"`
}

// outbox holds the deliveries. One sender at a time works through the queue, so that they arrive in order.
type outbox struct {
	log     []*Delivery
	queue   []*Delivery
	held    []*Delivery // by delay
	swapped *Delivery   // by reorder, goes after the next one
	sending bool
}

func (s *state) dispatch(d Delivery) {
	o := &s.outbox
	first := o.record(d)
	switch s.takeFault(webhookOperation) {
	case "lose":
		first.State = DeliveryLost
	case "delay":
		first.State = DeliveryHeld
		o.held = append(o.held, first)
	case "reorder":
		s.releaseSwapped()
		first.State = DeliveryHeld
		o.swapped = first
	case "duplicate":
		s.enqueue(first)
		s.enqueue(o.record(d))
		s.releaseSwapped()
	default:
		s.enqueue(first)
		s.releaseSwapped()
	}
}

func (o *outbox) record(d Delivery) *Delivery {
	d.Number = len(o.log) + 1
	o.log = append(o.log, &d)
	return &d
}

func (s *state) enqueue(d *Delivery) {
	d.State = DeliveryPending
	if s.cfg.WebhookURL == "" {
		d.State = DeliveryNoEndpoint
		return
	}
	s.outbox.queue = append(s.outbox.queue, d)
}

func (s *state) releaseSwapped() {
	if d := s.outbox.swapped; d != nil {
		s.outbox.swapped = nil
		s.enqueue(d)
	}
}

// releaseHeld queues everything that faults hold back.
func (s *state) releaseHeld() {
	for _, d := range s.outbox.held {
		s.enqueue(d)
	}
	s.outbox.held = nil
	s.releaseSwapped()
}

// send starts a sender when there is work and none is at it. It needs the lock.
func (e *Emulator) send() {
	o := &e.state.outbox
	if o.sending || len(o.queue) == 0 || e.ctx.Err() != nil {
		return
	}
	o.sending = true
	e.senders.Go(func() { e.drain(o) })
}

// drain delivers one event after the other until the queue is empty. The lock is free while it waits for the receiver.
func (e *Emulator) drain(o *outbox) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(o.queue) > 0 && e.ctx.Err() == nil {
		d := o.queue[0]
		o.queue = o.queue[1:]
		for pause := tryPause; d.State == DeliveryPending || d.State == DeliveryFailed && d.Tries < tries; pause *= 2 {
			again := d.Tries > 0
			e.mu.Unlock()
			if again {
				wait(e.ctx, e.ctx, pause)
			}
			status, err := e.post(d.Body)
			e.mu.Lock()
			d.finish(status, err)
		}
		if d.State == DeliveryFailed {
			e.cfg.Logger.Warn("stripe sandbox webhook failed", "event", d.EventID, "type", d.Type, "status", d.StatusCode, "error", d.Error)
		}
	}
	o.sending = false
	e.moved.Broadcast()
}

func (d *Delivery) finish(status int, err error) {
	d.Tries++
	d.StatusCode, d.Error, d.State = status, "", DeliveryDelivered
	if err != nil || status < 200 || status > 299 {
		d.State = DeliveryFailed
	}
	if err != nil {
		d.Error = err.Error()
	}
}

func (e *Emulator) post(body []byte) (int, error) {
	r, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.cfg.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the endpoint's URL is unusable")
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (sandbox)")
	r.Header.Set("Stripe-Signature", sign(body, e.cfg.WebhookSecret, e.cfg.WallClock()))
	answer, err := e.cfg.HTTPClient.Do(r)
	if err != nil {
		// The URL may hold a secret, and url.Error prints it.
		if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return 0, fmt.Errorf("post webhook: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxBody)) // drained for reuse; the status is what counts
	return answer.StatusCode, nil
}

// sign makes the header Stripe-Signature: an HMAC with SHA-256 over the time, a dot and the body.
func sign(body []byte, secret string, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Deliveries returns the log of webhooks, oldest first.
func (e *Emulator) Deliveries() []Delivery {
	deliveries := []Delivery{}
	e.locked(func(s *state) {
		for _, d := range s.outbox.log {
			deliveries = append(deliveries, *d)
		}
	})
	return deliveries
}

// Resend sends an event once more, past all faults, as a new delivery. It returns an [*Error] with code resource_missing for
// an unknown id.
func (e *Emulator) Resend(eventID string) error {
	refused := noSuch("event", eventID, "")
	e.locked(func(s *state) {
		i := slices.IndexFunc(s.outbox.log, func(d *Delivery) bool { return d.EventID == eventID })
		if i < 0 {
			return
		}
		refused = nil
		old := s.outbox.log[i]
		s.enqueue(s.outbox.record(Delivery{EventID: old.EventID, Type: old.Type, Body: old.Body}))
	})
	return asError(refused)
}

// asError keeps a nil refusal from becoming an error that is not nil.
func asError(refused *Error) error {
	if refused == nil {
		return nil
	}
	return refused
}

// Flush lets go of the events that faults hold back and waits until all have been tried. Its error is that of ctx.
func (e *Emulator) Flush(ctx context.Context) error {
	e.locked(func(s *state) { s.releaseHeld() })
	return e.WaitDelivered(ctx)
}

// WaitDelivered waits until every event that is not held back was delivered or has failed. Its error is that of ctx.
func (e *Emulator) WaitDelivered(ctx context.Context) error {
	wake := context.AfterFunc(ctx, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.moved.Broadcast()
	})
	defer wake()
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.state.outbox.sending && ctx.Err() == nil {
		e.moved.Wait()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for webhooks: %w", err)
	}
	return nil
}
