package stage

import (
	"bytes"
	"context"
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

// keptDeliveries bounds the log of webhooks; the oldest are forgotten first.
const keptDeliveries = 20_000

// The states of a delivery.
const (
	DeliveryPending    = "pending"     // will be sent
	DeliveryHeld       = "held"        // a delay or reorder fault holds it back
	DeliveryDelivered  = "delivered"   // answered with a 2xx status
	DeliveryFailed     = "failed"      // answered with another status, or not at all, at every try
	DeliveryLost       = "lost"        // a lose fault ate it
	DeliveryNoEndpoint = "no_endpoint" // there was no URL to send it to
)

// Delivery is one webhook in the log. What it tells stands in the gateway's words: a code about a target, or an event with an
// id and a type.
type Delivery struct {
	// Number counts deliveries from 1 since New or Reset.
	Number int `json:"number"`
	// Code is what happened, such as basic_tx.paid, and TargetID the id of what it happened to.
	Code     string `json:"code,omitempty"`
	TargetID string `json:"target_id,omitempty"`
	// EventID and Type are those of the event. A duplicate has the same id.
	EventID string `json:"event_id,omitempty"`
	Type    string `json:"type,omitempty"`
	// State is one of the Delivery constants.
	State string `json:"state"`
	// Tries is how often it was sent, where a webhook that is not accepted is sent again.
	Tries int `json:"tries,omitempty"`
	// StatusCode is what the receiver answered last, 0 for nothing.
	StatusCode int `json:"status_code,omitempty"`
	// Error says why the receiver could not be reached.
	Error string `json:"error,omitempty"`
	// ResendOf is the number of the delivery that this one repeats by hand.
	ResendOf int `json:"resend_of,omitempty"`
	// To names one of several endpoints, see [Core.SetEndpoint]; empty is that of the settings.
	To string `json:"to,omitempty"`
	// URL is where it goes in the place of the endpoint, for gateways that tell with a GET what they have to say: then the URL
	// says all, and Body only shows it.
	URL string `json:"url,omitempty"`
	// Body is what is sent, byte for byte but for the space around it.
	Body json.RawMessage `json:"body"`
}

// Endpoint is where webhooks go, with what proves to the receiver who sends them.
type Endpoint struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
	Secret   string `json:"secret"`
}

// outbox holds the webhooks of a world. One sender at a time works through the queue, so that they arrive in order.
type outbox struct {
	endpoint Endpoint
	others   map[string]Endpoint // by what To names
	log      []*Delivery
	count    int // deliveries so far
	queue    []*Delivery
	held     []*Delivery // by delay
	swapped  *Delivery   // by reorder, goes after the next one
	sending  bool
}

// Emit queues a webhook, with the fault that waits for it.
func (c *Core) Emit(d Delivery) {
	o := &c.outbox
	c.Told++
	first := o.append(d)
	switch c.takeFault(webhookRoute) {
	case "lose":
		first.State = DeliveryLost
	case "delay":
		first.State = DeliveryHeld
		o.held = append(o.held, first)
	case "reorder":
		o.releaseSwapped()
		first.State = DeliveryHeld
		o.swapped = first
	case "duplicate":
		o.enqueue(first)
		o.enqueue(o.append(d))
		o.releaseSwapped()
	default:
		o.enqueue(first)
		o.releaseSwapped()
	}
}

// SetEndpoint makes an endpoint beside that of the settings, changes it, or with an empty URL takes it away.
func (c *Core) SetEndpoint(id string, e Endpoint) {
	o := &c.outbox
	if o.others == nil {
		o.others = map[string]Endpoint{}
	}
	if o.others[id] = e; e.URL == "" {
		delete(o.others, id)
	}
}

// to is where a delivery goes.
func (o *outbox) to(d *Delivery) Endpoint {
	if d.To != "" {
		return o.others[d.To]
	}
	return o.endpoint
}

// Listening reports whether webhooks go anywhere.
func (c *Core) Listening() bool { return c.outbox.endpoint.URL != "" }

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
	if o.to(d).URL == "" && d.URL == "" {
		d.State = DeliveryNoEndpoint
		return
	}
	o.queue = append(o.queue, d)
}

func (o *outbox) releaseSwapped() {
	if d := o.swapped; d != nil {
		o.swapped = nil
		o.enqueue(d)
	}
}

// releaseHeld queues everything that faults hold back.
func (c *Core) releaseHeld() {
	for _, d := range c.outbox.held {
		c.outbox.enqueue(d)
	}
	c.outbox.held = nil
	c.outbox.releaseSwapped()
}

// send starts a sender when there is work and none is at it. It needs the lock.
func (w *World[S]) send() {
	o := &w.core.outbox
	if o.sending || len(o.queue) == 0 || w.stage.ctx.Err() != nil {
		return
	}
	o.sending = true
	w.stage.senders.Go(func() { w.stage.drain(o) })
}

// drain delivers one webhook after the other until the queue is empty. The lock is free while it waits for the receiver.
func (s *Stage[S]) drain(o *outbox) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(o.queue) > 0 && s.ctx.Err() == nil {
		d := o.queue[0]
		o.queue = o.queue[1:]
		for n, pause := 0, s.cfg.Pause; d.State == DeliveryPending || d.State == DeliveryFailed && n < s.cfg.Tries; n, pause = n+1, pause*2 {
			to := o.to(d)
			s.mu.Unlock()
			if n > 0 {
				wait(s.ctx, s.ctx, pause/2)
			}
			status, err := s.post(d.URL, d.Body, to)
			s.mu.Lock()
			d.finish(status, err)
			if s.cfg.Tries > 1 {
				d.Tries++
			}
		}
		if d.State == DeliveryFailed && s.ctx.Err() == nil { // a receiver is not at fault when the emulator ends
			s.cfg.Logger.Warn(s.kind.Name+" webhook failed", "number", d.Number, "code", d.Code+d.Type, "status", d.StatusCode, "error", d.Error)
		}
	}
	o.sending = false
	s.moved.Broadcast()
}

func (d *Delivery) finish(status int, err error) {
	d.StatusCode, d.Error, d.State = status, "", DeliveryDelivered
	if err != nil || status < 200 || status > 299 {
		d.State = DeliveryFailed
	}
	if err != nil {
		d.Error = err.Error()
	}
}

func (s *Stage[S]) post(get string, body []byte, to Endpoint) (int, error) {
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if get != "" {
		r, err = http.NewRequestWithContext(s.ctx, http.MethodGet, get, http.NoBody)
	}
	if err != nil {
		return 0, errors.New("the endpoint's URL is unusable")
	}
	if get == "" {
		r.Header.Set("Content-Type", "application/json")
		s.cfg.Sign(r, body, to)
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

// setEndpoint changes where webhooks go from now on; an empty URL only records them.
func (w *World[S]) setEndpoint(e Endpoint) error {
	if e.URL != "" && !IsWeb(e.URL) {
		return w.stage.kind.refuse("invalid_endpoint")
	}
	Do(w, func(S) {
		e.Secret = Or(e.Secret == "", w.core.outbox.endpoint.Secret, e.Secret)
		w.core.outbox.endpoint = e
	})
	return nil
}

// SetWebhookEndpoint changes where webhooks go from now on; an empty URL only records them. It returns a refusal with code
// invalid_endpoint for anything but an absolute http or https URL.
func (w *World[S]) SetWebhookEndpoint(url, username, password string) error {
	return w.setEndpoint(Endpoint{URL: url, Username: username, Password: password})
}

// Deliveries returns the log of webhooks, oldest first.
func (w *World[S]) Deliveries() []Delivery {
	deliveries := []Delivery{}
	Do(w, func(S) {
		for _, d := range w.core.outbox.log {
			deliveries = append(deliveries, *d)
		}
	})
	return deliveries
}

// Told counts the events of webhooks since New or Reset, whatever became of them.
func (w *World[S]) Told() (n int) {
	Do(w, func(S) { n = w.core.Told })
	return n
}

// Resend sends a webhook once more, past all faults, as a new delivery. id is the number of a delivery or the id of an event.
func Resend[S any](w *World[S], id string) (Delivery, error) {
	number, err := strconv.Atoi(id)
	again := Delivery{}
	Do(w, func(S) {
		o := &w.core.outbox
		i := slices.IndexFunc(o.log, func(d *Delivery) bool { return d.Number == number || d.EventID == id && id != "" })
		if i < 0 {
			return
		}
		d := *o.log[i]
		d.State, d.StatusCode, d.Tries, d.Error, d.ResendOf = "", 0, 0, "", d.Number
		sent := o.append(d)
		o.enqueue(sent)
		again = *sent
	})
	switch {
	case again.Number != 0:
		return again, nil
	case err != nil:
		return again, w.stage.kind.refuse("invalid_id", id)
	}
	return again, w.stage.kind.refuse("not_found", id)
}

// Flush lets go of the webhooks that faults hold back and waits until all have been tried. Its error is that of ctx.
func (w *World[S]) Flush(ctx context.Context) error {
	Do(w, func(S) { w.core.releaseHeld() })
	return w.WaitDelivered(ctx)
}

// WaitDelivered waits until every webhook that is not held back has been tried. Its error is that of ctx.
func (w *World[S]) WaitDelivered(ctx context.Context) error {
	s := w.stage
	wake := context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.moved.Broadcast()
	})
	defer wake()
	s.mu.Lock()
	defer s.mu.Unlock()
	for w.core.outbox.sending && ctx.Err() == nil {
		s.moved.Wait()
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for webhooks: %w", err)
	}
	return nil
}

// wait ends with the caller, with the emulator or after d of real time.
func wait(caller, emulator context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-caller.Done():
	case <-emulator.Done():
	case <-t.C:
	}
}
