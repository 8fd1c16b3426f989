package webhooks

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// ReceiverConfig is what a receiver needs. Inbox is required.
type ReceiverConfig struct {
	Inbox   Inbox
	Sources []gateway.Source
	// Kick is called after a new message of a gateway was stored, to have it applied at
	// once. It must not block. Default: nothing.
	Kick func(gateway string)
	// Doorkeeper keeps who was turned away. Default: nobody does.
	Doorkeeper Doorkeeper
	Now        func() time.Time // real time; default time.Now
	Log        *slog.Logger     // default: discards
}

// Receiver takes in what gateways report. It is safe for concurrent use.
type Receiver struct {
	ReceiverConfig
	sources map[string]gateway.Source
	away    *away
}

// NewReceiver checks the configuration and returns a receiver.
func NewReceiver(c ReceiverConfig) (*Receiver, error) {
	if c.Inbox == nil {
		return nil, fmt.Errorf("webhooks: Inbox is required")
	}
	if c.Kick == nil {
		c.Kick = func(string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	r := &Receiver{ReceiverConfig: c, sources: map[string]gateway.Source{}, away: &away{since: map[awayKey]*TurnedAway{}}}
	for _, s := range c.Sources {
		if r.sources[s.Name()] != nil {
			return nil, fmt.Errorf("webhooks: source %q is given twice", s.Name())
		}
		r.sources[s.Name()] = s
	}
	return r, nil
}

// Admit refuses a message before its body is read. Faults: NotFound for a gateway that
// does not report here, Unauthenticated.
func (r *Receiver) Admit(name string, header http.Header) error {
	source, ok := r.sources[name]
	if !ok {
		return fault.New(fault.NotFound, "unknown_gateway", "unknown gateway; send webhooks to the address of a configured gateway")
	}
	return r.turnAway(name, source.Admit(header))
}

// Challenge answers a gateway that asks whether an address is ours; false: it does not ask
// so, and the query is a message. Faults: Invalid.
func (r *Receiver) Challenge(name string, query url.Values) (answer string, asked bool, err error) {
	source, ok := r.sources[name].(gateway.Challenged)
	if !ok {
		return "", false, nil
	}
	answer, err = source.Challenge(query)
	return answer, true, err
}

// Receive verifies and stores one message of a gateway. When it returns nil the
// message is safe and may be acknowledged; a repeat of a message that is stored
// already is acknowledged like the first, and so is one that is about no payment of
// ours, which is dropped. Faults: NotFound for a gateway that
// does not report here, Unauthenticated, Invalid.
func (r *Receiver) Receive(ctx context.Context, name string, header http.Header, body []byte) error {
	if err := r.Admit(name, header); err != nil {
		return err
	}
	m, err := r.sources[name].Read(header, body)
	if err != nil {
		return r.turnAway(name, err)
	}
	if m.PaymentID == "" {
		// It is about nothing of ours: acknowledged, so that it is not sent again, and dropped.
		r.Log.DebugContext(ctx, "webhook dropped", "gateway", name, "code", m.Code)
		return nil
	}
	d := Delivery{
		Gateway: name, DedupeKey: m.DedupeKey, PaymentID: m.PaymentID, Code: m.Code,
		Body: body, ReceivedAt: r.Now().UTC().Truncate(time.Microsecond),
	}
	isNew, err := r.Inbox.Put(ctx, d)
	if err != nil {
		return fmt.Errorf("store webhook: %w", err)
	}
	r.Log.InfoContext(ctx, "webhook", "gateway", name, "code", d.Code, "payment", d.PaymentID, "new", isNew)
	if isNew {
		r.Kick(name)
	}
	return nil
}
