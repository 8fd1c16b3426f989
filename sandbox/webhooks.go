package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// keptDeliveries bounds the log of webhooks; the oldest are forgotten first.
const keptDeliveries = 20_000

// The states of a delivery.
const (
	DeliveryPending    = "pending"     // will be sent
	DeliveryHeld       = "held"        // a delay or reorder fault holds it back
	DeliveryDelivered  = "delivered"   // answered with a 2xx status
	DeliveryFailed     = "failed"      // answered with another status, or not at all
	DeliveryLost       = "lost"        // a lose fault ate it
	DeliveryNoEndpoint = "no_endpoint" // there was no URL to send it to
)

// Delivery is one webhook in the log. It is tried once; only a resend tries again, as a delivery of its own.
type Delivery struct {
	// Number counts deliveries from 1 since New or Reset.
	Number int `json:"number"`
	// Code is the event, such as basic_tx.paid.
	Code string `json:"code"`
	// TargetID is the transaction's id as a string.
	TargetID string `json:"target_id"`
	// State is one of the Delivery constants.
	State string `json:"state"`
	// StatusCode is what the receiver answered, 0 for nothing.
	StatusCode int `json:"status_code,omitempty"`
	// Error says why the receiver could not be reached.
	Error string `json:"error,omitempty"`
	// ResendOf is the number of the delivery that this one repeats by hand.
	ResendOf int `json:"resend_of,omitempty"`
	// Body is what is sent, byte for byte.
	Body json.RawMessage `json:"body"`
}

// event is what a webhook tells.
type event struct {
	code     string
	user     string
	target   string
	preview  any
	at       time.Time
	metadata map[string]string
}

type webhookBody struct {
	Code          string            `json:"code"`
	UserID        *string           `json:"user_id"`
	TargetID      string            `json:"target_id"`
	TargetPreview any               `json:"target_preview"`
	Time          string            `json:"time"`
	Metadata      map[string]string `json:"metadata"`
}

type endpoint struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// outbox holds the webhooks of a world. One sender at a time works through the queue, so that they arrive in order.
type outbox struct {
	endpoint endpoint
	log      []*Delivery
	count    int // deliveries so far
	events   int // events so far
	queue    []*Delivery
	held     []*Delivery // by delay
	swapped  *Delivery   // by reorder, goes after the next one
	sending  bool
}

// emit queues the webhook of an event. Real events never share an instant, so each is stamped with a microsecond of its
// own: receivers tell them apart by code, target and time.
func (w *world) emit(e event) {
	o := &w.outbox
	o.events++
	body := webhookBody{Code: e.code, TargetID: e.target, TargetPreview: e.preview, Metadata: e.metadata,
		Time: e.at.Add(time.Duration(o.events%1_000_000) * time.Microsecond).Format("2006-01-02T15:04:05.000000Z07:00")}
	if e.user != "" {
		body.UserID = &e.user
	}
	if body.Metadata == nil {
		body.Metadata = map[string]string{}
	}
	d := Delivery{Code: e.code, TargetID: e.target, State: DeliveryPending, Body: jsonReply(http.StatusOK, body).body}
	switch w.takeFault(webhookOperation) {
	case "lose":
		d.State = DeliveryLost
		o.append(d)
	case "delay":
		d.State = DeliveryHeld
		o.held = append(o.held, o.append(d))
	case "reorder":
		o.releaseSwapped()
		d.State = DeliveryHeld
		o.swapped = o.append(d)
	case "duplicate":
		o.enqueue(o.append(d))
		o.enqueue(o.append(d))
		o.releaseSwapped()
	default:
		o.enqueue(o.append(d))
		o.releaseSwapped()
	}
}

func (o *outbox) append(d Delivery) *Delivery {
	o.count++
	d.Number = o.count
	if len(o.log) == keptDeliveries {
		o.log = slices.Delete(o.log, 0, keptDeliveries/2)
	}
	o.log = append(o.log, &d)
	return &d
}

func (o *outbox) enqueue(d *Delivery) {
	d.State = DeliveryPending
	if o.endpoint.URL == "" {
		d.State = DeliveryNoEndpoint
		return
	}
	o.queue = append(o.queue, d)
}

func (o *outbox) releaseSwapped() {
	if o.swapped != nil {
		o.enqueue(o.swapped)
		o.swapped = nil
	}
}

// releaseHeld queues everything that faults hold back.
func (o *outbox) releaseHeld() {
	for _, d := range o.held {
		o.enqueue(d)
	}
	o.held = nil
	o.releaseSwapped()
}

// send starts a sender when there is work and none is at it. It needs the lock.
func (s *World) send() {
	o := &s.state.outbox
	if o.sending || len(o.queue) == 0 || s.ctx.Err() != nil {
		return
	}
	o.sending = true
	s.senders.Go(func() { s.drain(o) })
}

// drain delivers one webhook after the other until the queue is empty. The lock is free while it waits for the receiver.
func (s *World) drain(o *outbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(o.queue) > 0 && s.ctx.Err() == nil {
		d, to := o.queue[0], o.endpoint
		o.queue = o.queue[1:]
		s.mu.Unlock()
		status, err := s.post(d.Body, to)
		s.mu.Lock()
		d.finish(status, err)
		if d.State == DeliveryFailed {
			s.cfg.Logger.Warn("sandbox webhook failed", "number", d.Number, "code", d.Code, "status", status, "error", d.Error)
		}
	}
	o.sending = false
	s.moved.Broadcast()
}

func (d *Delivery) finish(status int, err error) {
	d.StatusCode = status
	d.State = DeliveryDelivered
	if err != nil || status < 200 || status > 299 {
		d.State = DeliveryFailed
	}
	if err != nil {
		d.Error = err.Error()
	}
}

func (s *World) post(body []byte, to endpoint) (int, error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the endpoint's URL is unusable")
	}
	r.Header.Set("Content-Type", "application/json")
	if to.Username != "" || to.Password != "" {
		r.SetBasicAuth(to.Username, to.Password)
	}
	answer, err := s.cfg.HTTPClient.Do(r)
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

func validateEndpoint(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return refuse("invalid_endpoint")
	}
	return nil
}

// SetWebhookEndpoint changes where webhooks go from now on; an empty URL only records them. It returns an [*Error] with code
// invalid_endpoint for anything but an absolute http or https URL.
func (s *World) SetWebhookEndpoint(url, username, password string) error {
	if err := validateEndpoint(url); err != nil {
		return err
	}
	s.locked(func(w *world) { w.outbox.endpoint = endpoint{url, username, password} })
	return nil
}

// Deliveries returns the log of webhooks, oldest first.
func (s *World) Deliveries() []Delivery {
	deliveries := []Delivery{}
	s.locked(func(w *world) {
		for _, d := range w.outbox.log {
			deliveries = append(deliveries, *d)
		}
	})
	return deliveries
}

// Resend sends the webhook of a delivery once more, past all faults, as a new delivery. It returns an [*Error] with code
// not_found for a number that is not in the log.
func (s *World) Resend(number int) (Delivery, error) {
	var again Delivery
	s.locked(func(w *world) {
		o := &w.outbox
		i, found := slices.BinarySearchFunc(o.log, number, func(d *Delivery, n int) int { return cmp.Compare(d.Number, n) })
		if !found {
			return
		}
		old := o.log[i]
		d := o.append(Delivery{Code: old.Code, TargetID: old.TargetID, Body: old.Body, ResendOf: number})
		o.enqueue(d)
		again = *d
	})
	if again.Number == 0 {
		return Delivery{}, refuse("not_found")
	}
	return again, nil
}

// Flush lets go of the webhooks that faults hold back and waits until all have been tried. Its error is that of ctx.
func (s *World) Flush(ctx context.Context) error {
	s.locked(func(w *world) { w.outbox.releaseHeld() })
	return s.WaitDelivered(ctx)
}

// WaitDelivered waits until every webhook that is not held back has been tried. Its error is that of ctx.
func (s *World) WaitDelivered(ctx context.Context) error {
	wake := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.moved.Broadcast()
	})
	defer wake()
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.state.outbox.sending && ctx.Err() == nil {
		s.moved.Wait()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for webhooks: %w", err)
	}
	return nil
}
