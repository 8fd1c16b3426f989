package webhooks

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/due"
)

// How stored messages are worked through; our choice.
const (
	batch       = 50
	parallel    = 4                  // payments that are looked up at the same time
	lease       = time.Minute        // how long a claimed message belongs to its processor
	firstRetry  = 5 * time.Second    // then twice as long each time
	longestWait = time.Hour          // between two tries
	giveUpAfter = 3 * 24 * time.Hour // after the message came in
)

// ProcessorConfig is what a processor needs. Inbox and Apply are required.
type ProcessorConfig struct {
	Inbox Inbox
	// Apply acts on a message, by looking the payment up. It must bear being called
	// again for the same message, and messages may come in any order. An error makes
	// it be called again later: the payment may not be known here yet.
	Apply func(ctx context.Context, d Delivery) error
	// Gateways are worked through each by itself, so that one that hangs holds up no
	// other's messages. None: all of them together.
	Gateways []string
	// Ready reports whether a gateway can be asked now; while it cannot, its messages
	// wait. Default: always.
	Ready func(gateway string) bool
	Now   func() time.Time // real time; default time.Now
	Log   *slog.Logger     // default: discards
}

// Processor applies stored messages. Any number of processors may work on one
// inbox; each is safe for concurrent use.
type Processor struct {
	ProcessorConfig
	works []*due.Work[Delivery] // one for each gateway, or one for all
}

// NewProcessor checks the configuration and returns a processor.
func NewProcessor(c ProcessorConfig) (*Processor, error) {
	if c.Inbox == nil || c.Apply == nil {
		return nil, errors.New("webhooks: Inbox and Apply are required")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Ready == nil {
		c.Ready = func(string) bool { return true }
	}
	p := &Processor{ProcessorConfig: c}
	for _, gateway := range c.Gateways {
		p.works = append(p.works, p.work(due.Places(parallel, func() bool { return c.Ready(gateway) }), gateway))
	}
	if len(p.works) == 0 {
		p.works = append(p.works, p.work(due.Places(parallel, nil)))
	}
	return p, nil
}

// JobOf is the name of the job that works through a gateway's messages.
func JobOf(gateway string) string { return "inbox_" + gateway }

// Jobs work through the inbox, one for each gateway.
func (p *Processor) Jobs() []due.Job {
	var jobs []due.Job
	for i, gateway := range p.Gateways {
		jobs = append(jobs, due.Job{Name: JobOf(gateway), Do: p.works[i].Drain})
	}
	return jobs
}

// ProcessDue applies every message that is due and returns how many were ended,
// as applied or as given up. An error is the inbox's: what was claimed meanwhile
// is claimed again after its lease.
func (p *Processor) ProcessDue(ctx context.Context) (n int, err error) {
	var errs []error
	for _, w := range p.works {
		did, err := w.Once(ctx)
		n += did
		errs = append(errs, err)
	}
	return n, errors.Join(errs...)
}

// payment is what messages have in common that are applied together.
type payment struct{ gateway, id string }

// work is how the messages of some gateways, or of all, are worked through. All that
// are about one payment came in before it is looked up, so one look is enough for them.
func (p *Processor) work(places due.Lanes, gateways ...string) *due.Work[Delivery] {
	return &due.Work[Delivery]{
		Now: p.Now, Log: p.Log, Text: "apply webhook",
		About: func(d Delivery) []any { return []any{"gateway", d.Gateway, "code", d.Code, "payment", d.PaymentID} },
		Claim: func(ctx context.Context, c due.Claim) ([]Delivery, error) {
			return p.Inbox.Claim(ctx, c.Now, c.Until, c.Limit, gateways...)
		},
		Lease: lease, Limit: batch, Lanes: places,
		Group: func(d Delivery) any { return payment{d.Gateway, d.PaymentID} }, Together: true,
		At:  func(d Delivery) (time.Time, int) { return d.ReceivedAt, d.Attempts },
		Do:  func(ctx context.Context, d Delivery) (string, error) { return "applied", p.Apply(ctx, d) },
		End: func(ctx context.Context, d Delivery, note string) error { return p.Inbox.Done(ctx, d.ID, note) },
		Retry: func(ctx context.Context, d Delivery, again time.Time, why error) error {
			return p.Inbox.Retry(ctx, d, again, string(fault.ReasonOf(why)))
		},
		Backoff: due.Backoff{First: firstRetry, Longest: longestWait},
		GiveUp: func(d Delivery, why error) (string, bool) {
			return GivenUp + string(fault.ReasonOf(why)), p.now().Sub(d.ReceivedAt) >= giveUpAfter
		},
		Return: func(ctx context.Context, d Delivery) error { return p.Inbox.Return(ctx, d, p.now()) },
	}
}

func (p *Processor) now() time.Time { return p.Now().UTC().Truncate(time.Microsecond) }
