package webhooks

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Source verifies and reads the messages of one gateway. Implementations are safe
// for concurrent use.
type Source interface {
	Name() string // of the gateway
	// Admit refuses what its header alone shows not to come from the gateway, with an
	// Unauthenticated fault: the body of that is not even read.
	Admit(header http.Header) error
	// Read verifies a message on its raw bytes and takes out DedupeKey, PaymentID
	// and Code; the receiver fills the rest. It answers Unauthenticated or Invalid
	// faults, and verifies before it parses.
	Read(header http.Header, body []byte) (Delivery, error)
}

// Challenged is a Source whose gateway sends messages only to an address that has answered it.
type Challenged interface {
	// Challenge is the answer to the query with which the gateway asks. It gives Invalid faults.
	Challenge(query url.Values) (string, error)
}

// ReceiverConfig is what a receiver needs. Inbox is required.
type ReceiverConfig struct {
	Inbox   Inbox
	Sources []Source
	// Kick is called after a new message of a gateway was stored, to have it applied at
	// once. It must not block. Default: nothing.
	Kick func(gateway string)
	Now  func() time.Time // real time; default time.Now
	Log  *slog.Logger     // default: discards
}

// Receiver takes in what gateways report. It is safe for concurrent use.
type Receiver struct {
	ReceiverConfig
	sources map[string]Source
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
	r := &Receiver{ReceiverConfig: c, sources: map[string]Source{}}
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
func (r *Receiver) Admit(gateway string, header http.Header) error {
	source, ok := r.sources[gateway]
	if !ok {
		return fault.New(fault.NotFound, "unknown_gateway", "unknown gateway; send webhooks to the address of a configured gateway")
	}
	return source.Admit(header)
}

// Challenge answers a gateway that asks whether an address is ours; false: it does not ask
// so, and the query is a message. Faults: Invalid.
func (r *Receiver) Challenge(gateway string, query url.Values) (answer string, asked bool, err error) {
	source, ok := r.sources[gateway].(Challenged)
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
func (r *Receiver) Receive(ctx context.Context, gateway string, header http.Header, body []byte) error {
	if err := r.Admit(gateway, header); err != nil {
		return err
	}
	d, err := r.sources[gateway].Read(header, body)
	if err != nil {
		return err
	}
	if d.PaymentID == "" {
		// It is about nothing of ours: acknowledged, so that it is not sent again, and dropped.
		r.Log.DebugContext(ctx, "webhook dropped", "gateway", gateway, "code", d.Code)
		return nil
	}
	d.Gateway, d.Body, d.ReceivedAt = gateway, body, r.Now().UTC().Truncate(time.Microsecond)
	isNew, err := r.Inbox.Put(ctx, d)
	if err != nil {
		return fmt.Errorf("store webhook: %w", err)
	}
	r.Log.InfoContext(ctx, "webhook", "gateway", gateway, "code", d.Code, "payment", d.PaymentID, "new", isNew)
	if isNew {
		r.Kick(gateway)
	}
	return nil
}
