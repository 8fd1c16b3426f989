package webhooks

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
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
	Every time.Duration    // how often Run looks without being kicked; default 10 s
	Now   func() time.Time // real time; default time.Now
	Log   *slog.Logger     // default: discards
}

// Processor applies stored messages. Any number of processors may work on one
// inbox; each is safe for concurrent use.
type Processor struct {
	ProcessorConfig
	parts []part
}

// part is what is worked through by itself: the messages of a gateway, or of all.
type part struct {
	gateways []string
	wake     chan struct{}
	turn     chan struct{} // held while messages are worked through
}

// NewProcessor checks the configuration and returns a processor.
func NewProcessor(c ProcessorConfig) (*Processor, error) {
	if c.Inbox == nil || c.Apply == nil {
		return nil, errors.New("webhooks: Inbox and Apply are required")
	}
	if c.Every == 0 {
		c.Every = 10 * time.Second
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
		p.parts = append(p.parts, part{[]string{gateway}, make(chan struct{}, 1), make(chan struct{}, 1)})
	}
	if len(p.parts) == 0 {
		p.parts = []part{{nil, make(chan struct{}, 1), make(chan struct{}, 1)}}
	}
	return p, nil
}

// Kick makes Run look at once. It never blocks.
func (p *Processor) Kick() {
	for _, of := range p.parts {
		select {
		case of.wake <- struct{}{}:
		default:
		}
	}
}

// Run processes messages until ctx is done.
func (p *Processor) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, of := range p.parts {
		all.Go(func() { p.run(ctx, of) })
	}
	all.Wait()
}

func (p *Processor) run(ctx context.Context, of part) {
	tick := time.NewTicker(p.Every)
	defer tick.Stop()
	for {
		if _, err := p.processPart(ctx, of); err != nil && ctx.Err() == nil {
			p.Log.ErrorContext(ctx, "process webhooks", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-of.wake:
		case <-tick.C:
		}
	}
}

// Jobs are ProcessDue in parts that can be called each on its own, so that a gateway
// that hangs holds up no other.
func (p *Processor) Jobs() []func(context.Context) (int, error) {
	var jobs []func(context.Context) (int, error)
	for _, of := range p.parts {
		jobs = append(jobs, func(ctx context.Context) (int, error) { return p.processPart(ctx, of) })
	}
	return jobs
}

// ProcessDue applies every message that is due and returns how many were ended,
// as applied or as given up. An error is the inbox's: what was claimed meanwhile
// is claimed again after its lease. When it returns, messages that were stored before
// it was called are not just claimed by another caller of this processor: it waits
// for its turn.
func (p *Processor) ProcessDue(ctx context.Context) (n int, err error) {
	counts, errs := make([]int, len(p.parts)), make([]error, len(p.parts))
	var all sync.WaitGroup
	for i, of := range p.parts {
		all.Go(func() { counts[i], errs[i] = p.processPart(ctx, of) })
	}
	all.Wait()
	for _, did := range counts {
		n += did
	}
	return n, errors.Join(errs...)
}

func (p *Processor) processPart(ctx context.Context, of part) (n int, err error) {
	select {
	case of.turn <- struct{}{}:
		defer func() { <-of.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for ctx.Err() == nil {
		if len(of.gateways) == 1 && !p.Ready(of.gateways[0]) {
			return n, nil
		}
		now := p.now()
		// What is claimed is known here, so that it can be given back.
		due, err := p.Inbox.Claim(context.WithoutCancel(ctx), now, now.Add(lease), batch, of.gateways...)
		if err != nil {
			return n, fmt.Errorf("claim webhooks: %w", err)
		}
		ended, err := p.processAll(ctx, due)
		n += ended
		if err != nil {
			return n, err
		}
		if len(due) < batch {
			return n, nil
		}
	}
	return n, ctx.Err()
}

// processAll applies messages payment by payment, a few payments at a time.
func (p *Processor) processAll(ctx context.Context, due []Delivery) (ended int, err error) {
	groups := byPayment(due)
	counts, errs := make([]int, len(groups)), make([]error, len(groups))
	slots := make(chan struct{}, parallel)
	var work sync.WaitGroup
	for i, group := range groups {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			counts[i], errs[i] = p.process(ctx, group)
		})
	}
	work.Wait()
	for _, n := range counts {
		ended += n
	}
	return ended, errors.Join(errs...)
}

// byPayment groups messages about one payment, in the order in which they came.
func byPayment(due []Delivery) [][]Delivery {
	var groups [][]Delivery
	index := map[[2]string]int{}
	for _, d := range due {
		key := [2]string{d.Gateway, d.PaymentID}
		at, known := index[key]
		if !known {
			at = len(groups)
			index[key], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], d)
	}
	return groups
}

// process applies the messages about one payment. All of them came in before the
// payment is looked up, so one look is enough for them together.
func (p *Processor) process(ctx context.Context, group []Delivery) (ended int, err error) {
	first := group[0]
	if ctx.Err() != nil || !p.Ready(first.Gateway) { // it is the end, or the breaker opened meanwhile
		return 0, errors.Join(p.giveBack(ctx, group), ctx.Err())
	}
	failure := p.Apply(ctx, first)
	if failure != nil && ctx.Err() != nil {
		return 0, errors.Join(p.giveBack(ctx, group), ctx.Err())
	}
	ctx = context.WithoutCancel(ctx) // what came of it is noted
	if failure != nil {
		p.Log.Log(ctx, level(first.Attempts), "apply webhook", "gateway", first.Gateway, "code", first.Code, "payment", first.PaymentID, "attempts", first.Attempts, "error", failure)
	}
	for _, d := range group {
		done, err := p.note(ctx, d, failure)
		if err != nil {
			return ended, err
		}
		if done {
			ended++
		}
	}
	return ended, nil
}

// giveBack makes messages due for any processor at once.
func (p *Processor) giveBack(ctx context.Context, group []Delivery) error {
	var errs []error
	for _, d := range group {
		errs = append(errs, p.Inbox.Retry(context.WithoutCancel(ctx), d.ID, p.now(), "given back"))
	}
	return errors.Join(errs...)
}

// level keeps quiet about the first failures: a message may well be faster than
// the answer to the very call that it is about.
func level(attempts int) slog.Level {
	if attempts <= 3 {
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// note stores what came of a message: applied, given up, or to be tried again.
func (p *Processor) note(ctx context.Context, d Delivery, failure error) (ended bool, err error) {
	if failure == nil {
		return true, p.end(ctx, d, "applied")
	}
	now, reason := p.now(), fault.ReasonOf(failure)
	if now.Sub(d.ReceivedAt) >= giveUpAfter {
		return true, p.end(ctx, d, "given up: "+reason)
	}
	if err := p.Inbox.Retry(ctx, d.ID, now.Add(retryDelay(d.Attempts)), reason); err != nil {
		return false, fmt.Errorf("reschedule webhook %d: %w", d.ID, err)
	}
	return false, nil
}

func (p *Processor) end(ctx context.Context, d Delivery, note string) error {
	if err := p.Inbox.Done(ctx, d.ID, note); err != nil {
		return fmt.Errorf("end webhook %d: %w", d.ID, err)
	}
	return nil
}

// retryDelay grows from 5 seconds to an hour.
func retryDelay(attempts int) time.Duration {
	return min(firstRetry<<min(max(attempts-1, 0), 12), longestWait)
}

func (p *Processor) now() time.Time { return p.Now().UTC().Truncate(time.Microsecond) }
