package outbound

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// DeskConfig is what a desk needs; all is required.
type DeskConfig struct {
	Endpoints  Endpoints
	Deliveries Deliveries
	Log        events.Log
	Wire       Wire
	Sender     *Sender
	Random     io.Reader        // a secure source
	Now        func() time.Time // the engine's clock
	// Wake lets the worker look at once.
	Wake func()
}

// Desk is where the staff of a marketplace looks after its endpoints. It is safe for
// concurrent use.
type Desk struct{ DeskConfig }

// NewDesk checks the configuration and returns a desk.
func NewDesk(c DeskConfig) (*Desk, error) {
	if c.Endpoints == nil || c.Deliveries == nil || c.Log == nil || c.Wire == nil || c.Sender == nil || c.Random == nil || c.Now == nil || c.Wake == nil {
		return nil, errors.New("outbound: every part of a desk is required")
	}
	return &Desk{c}, nil
}

func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Microsecond) }

// wake lets the worker look once what was done is stored.
func (d *Desk) wake(ctx context.Context) {
	idempotency.Afterwards(ctx, func(context.Context) { d.Wake() })
}

// Check refuses what Create would refuse without a look at what there is.
func (d *Desk) Check(e Endpoint) error { return e.whole().Validate(d.Sender.Guard) }

// Create makes an endpoint, which gets what happens from now on. What is left empty gets its
// default. The endpoint that is returned has its secret. Faults: invalid_url, url_not_allowed,
// unknown_event_type, invalid_endpoint, too_many_endpoints.
func (d *Desk) Create(ctx context.Context, e Endpoint, by orchestrator.By) (Endpoint, error) {
	if err := d.Check(e); err != nil {
		return e, err
	}
	e = e.whole()
	secret, err := NewSecret(e.Signature, d.Random)
	if err != nil {
		return e, err
	}
	now := d.now()
	e.Status, e.Secrets, e.CreatedAt, e.UpdatedAt = Enabled, []Secret{secret}, now, now
	return d.Endpoints.CreateEndpoint(ctx, e, maxEndpoints, by)
}

// Get reads an endpoint. Fault: endpoint_not_found.
func (d *Desk) Get(ctx context.Context, community, id int64) (Endpoint, error) {
	return d.Endpoints.Endpoint(ctx, community, id)
}

// List lists a marketplace's endpoints, the oldest first.
func (d *Desk) List(ctx context.Context, community int64) ([]Endpoint, error) {
	return d.Endpoints.ListEndpoints(ctx, community)
}

// Change changes what how changes of an endpoint.
func (d *Desk) Change(ctx context.Context, community, id int64, by orchestrator.By, how func(*Endpoint)) (Endpoint, error) {
	return d.change(ctx, community, id, nil, "webhook_endpoint.change", by, how)
}

// Disable lets nothing be sent. What happens meanwhile is sent when it is enabled.
func (d *Desk) Disable(ctx context.Context, community, id int64, by orchestrator.By) (Endpoint, error) {
	return d.change(ctx, community, id, nil, "webhook_endpoint.disable", by, func(e *Endpoint) { e.Status, e.Reason = Disabled, ByStaff })
}

// Enable goes on where an endpoint stopped, or with what happens from now on.
func (d *Desk) Enable(ctx context.Context, community, id int64, fromNow bool, by orchestrator.By) (Endpoint, error) {
	var from *int64
	if fromNow {
		last, err := d.Log.LastEvent(ctx, community)
		if err != nil {
			return Endpoint{}, err
		}
		from = &last
	}
	e, err := d.change(ctx, community, id, from, "webhook_endpoint.enable", by, func(e *Endpoint) { e.Status, e.Reason = Enabled, "" })
	if err == nil {
		d.wake(ctx)
	}
	return e, err
}

// maxOverlap is how long an old secret may be valid beside the new one; our choice.
const maxOverlap = 30 * 24 * time.Hour

// Rotate gives an endpoint a new secret. The old one is valid for a while, in which deliveries
// are signed with both. The endpoint that is returned has its secrets, the new one first.
// Fault: invalid_endpoint.
func (d *Desk) Rotate(ctx context.Context, community, id int64, overlap time.Duration, by orchestrator.By) (Endpoint, error) {
	if overlap < 0 || overlap > maxOverlap {
		return Endpoint{}, wrong("old_valid_seconds", "old_valid_seconds must be 0 to %d", int64(maxOverlap/time.Second))
	}
	held, err := d.Get(ctx, community, id)
	if err != nil {
		return held, err
	}
	fresh, err := NewSecret(held.Signature, d.Random)
	if err != nil {
		return held, err
	}
	now := d.now()
	if overlap > 0 && len(Valid(held.Secrets, now)) >= maxSecrets {
		return held, wrong("old_valid_seconds", "%d secrets of this endpoint are valid, and a receiver may use each of them; wait until one has ended, or end them all with 0", maxSecrets)
	}
	return d.change(ctx, community, id, nil, "webhook_endpoint.rotate_secret", by, func(e *Endpoint) { e.Secrets = Rotate(e.Secrets, fresh, now, now.Add(overlap)) })
}

func (d *Desk) change(ctx context.Context, community, id int64, from *int64, act string, by orchestrator.By, how func(*Endpoint)) (Endpoint, error) {
	e, err := d.Get(ctx, community, id)
	if err != nil {
		return e, err
	}
	how(&e)
	e.UpdatedAt = d.now()
	if err := e.Validate(d.Sender.Guard); err != nil {
		return e, err
	}
	return e, d.Endpoints.ChangeEndpoint(ctx, e, from, act, by)
}

// Delete forgets an endpoint. Fault: endpoint_not_found.
func (d *Desk) Delete(ctx context.Context, community, id int64, by orchestrator.By) error {
	return d.Endpoints.DeleteEndpoint(ctx, community, id, by)
}

// Test sends an event to an endpoint, also to one that is disabled, and tells what it
// answered. The event is not in the log and has no number there.
func (d *Desk) Test(ctx context.Context, community, id int64) (Attempt, error) {
	e, err := d.Get(ctx, community, id)
	if err != nil {
		return Attempt{}, err
	}
	now := d.now()
	// Its id is that of a number that the log will not reach, and another one each time.
	test := events.Event{
		CommunityID: community, Sequence: 1<<47 + now.UnixMilli()%(1<<46), Type: events.EndpointTest, Object: events.Object{Type: events.Endpoint, Number: id}, At: now,
		Data: json.RawMessage(`{}`),
	}
	body, err := d.Wire.Marshal(test, e.Payload == Thin)
	if err != nil {
		return Attempt{}, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &members); err != nil {
		return Attempt{}, fmt.Errorf("test event: %w", err)
	}
	members["sequence"] = json.RawMessage("0")
	if body, err = json.Marshal(members); err != nil {
		return Attempt{}, err
	}
	return d.Sender.Send(ctx, e.URL, d.Wire.ID(test), body, NewSigner(e.Secrets, now)), nil
}

// ListDeliveries lists what became of events. Fault: endpoint_not_found.
func (d *Desk) ListDeliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	if _, err := d.Get(ctx, f.CommunityID, f.EndpointID); err != nil {
		return nil, err
	}
	return d.Deliveries.ListDeliveries(ctx, f)
}

// Resend sends one event again that was tried. Faults: endpoint_not_found, delivery_not_found.
func (d *Desk) Resend(ctx context.Context, community, id, sequence int64, by orchestrator.By) error {
	n, err := d.Deliveries.Resend(ctx, ResendFilter{CommunityID: community, EndpointID: id, Sequence: sequence, By: by}, d.now())
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "delivery_not_found", "this event was never sent to the endpoint; use POST …/replay")
	}
	if err == nil {
		d.wake(ctx)
	}
	return err
}

// Range is a part of a log: by number, both included, or by time.
type Range struct {
	From, To       int64     // 0: from the first, to the last one
	Since, Through time.Time // zero: by number
}

// Replay sends once more what is in a range, or of it what has failed. It returns how many events
// that are; of a whole range that is an upper bound. Faults: endpoint_not_found, invalid_replay,
// replay_in_progress.
func (d *Desk) Replay(ctx context.Context, community, id int64, r Range, failedOnly bool, by orchestrator.By) (int64, error) {
	e, err := d.Get(ctx, community, id)
	if err != nil {
		return 0, err
	}
	after, until, err := d.bounds(ctx, community, r)
	if err != nil {
		return 0, err
	}
	defer d.wake(ctx)
	if failedOnly {
		return d.Deliveries.Resend(ctx, ResendFilter{CommunityID: community, EndpointID: id, After: after, Until: until, By: by}, d.now())
	}
	if until = min(until, e.Position); until <= after {
		return 0, fault.New(fault.Invalid, "invalid_replay", "nothing of this range was sent yet; the endpoint is at number %d", e.Position)
	}
	return until - after, d.Deliveries.Replay(ctx, community, id, after, until, by)
}

func (d *Desk) bounds(ctx context.Context, community int64, r Range) (after, until int64, err error) {
	last, err := d.Log.LastEvent(ctx, community)
	if err != nil {
		return 0, 0, err
	}
	after, until = max(r.From-1, 0), last
	if r.To > 0 {
		until = min(r.To, last)
	}
	if !r.Since.IsZero() {
		if after, err = d.before(ctx, community, last, r.Since); err != nil {
			return 0, 0, err
		}
	}
	if !r.Through.IsZero() {
		if until, err = d.before(ctx, community, last, r.Through.Add(time.Microsecond)); err != nil {
			return 0, 0, err
		}
	}
	if until <= after {
		err = fault.New(fault.Invalid, "invalid_replay", "the range has no event in it")
	}
	return after, until, err
}

// before is the number of the last event that happened before a time. Numbers and times rise
// together but for the events of a few moments.
func (d *Desk) before(ctx context.Context, community, last int64, at time.Time) (int64, error) {
	low, high := int64(0), last // the event behind low may be the first one that is not before
	for low < high {
		middle := low + (high-low)/2
		read, err := d.Log.ReadEvents(ctx, events.Filter{CommunityID: community, After: middle, Limit: 1})
		switch {
		case fault.ReasonOf(err) == "events_expired":
			low = middle + 1
		case err != nil:
			return 0, err
		case len(read.Events) == 0 || !read.Events[0].At.Before(at):
			high = middle
		default:
			low = middle + 1
		}
	}
	return low, nil
}
