package app

import (
	"context"
	"crypto/rand"
	chance "math/rand/v2"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/webhooks/outbound"
)

// outgoing is what sends events to marketplaces' own programs.
type outgoing struct {
	desk   *outbound.Desk
	sender *outbound.Sender
	worker *outbound.Worker
	passes *outbound.Passes
}

func (a *App) openOutgoing(ctx context.Context, c Config, ids publicid.Codec) error {
	a.out.passes = &outbound.Passes{Book: pass.Book[outbound.Visitor]{Tickets: a.Store.Tickets, Random: rand.Reader}, Origin: c.Origin, Plain: c.Webhooks.Loopback, Now: func() time.Time { return a.realTime() }}
	stopwatch := func() func() time.Duration {
		begun := a.realTime()
		return func() time.Duration { return a.realTime().Sub(begun) }
	}
	var err error
	if a.out.sender, err = outbound.NewSender(outbound.SenderConfig{Guard: c.Webhooks, Now: c.Now, Elapsed: stopwatch}); err != nil {
		return err
	}
	wire := events.Wire{IDs: ids}
	a.out.worker, err = outbound.NewWorker(outbound.WorkerConfig{
		Queue: a.Store.EndpointQueue, Log: a.Store.EventLog, Wire: wire, Sender: a.out.sender, Now: c.Now, Draw: chance.IntN, Write: a.endpointLetters, Told: a.endpointTold, Pause: (&pacer{app: a, every: betweenWebhooks}).yield, Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.out.desk, err = outbound.NewDesk(outbound.DeskConfig{
		Endpoints: a.Store.Endpoints, Deliveries: a.Store.Deliveries, Log: a.Store.EventLog, Wire: wire, Sender: a.out.sender, Random: rand.Reader, Now: c.Now,
		Wake: func() { a.Due.Wake(outbound.JobName) },
	})
	return err
}

// endpointTold lets the announcement of an endpoint that fails get its number.
func (a *App) endpointTold(ctx context.Context, e outbound.Endpoint, t events.Type) {
	a.log.WarnContext(ctx, "webhook endpoint", "community", e.CommunityID, "endpoint", e.ID, "event", t)
	a.Due.Wake(events.JobName)
}

// What waits for a while between one and the next while requests are being answered, so that
// they keep nine tenths of the processor and of the commits; what waits is done when they are
// through. Our choice: a webhook costs about 0.1 ms of a processor, a claim of e-mails up to
// a dozen commits.
const (
	betweenWebhooks = 2 * time.Millisecond
	betweenMails    = 200 * time.Millisecond
)

// pacer leaves room to requests. Its use is safe from many goroutines.
type pacer struct {
	app   *App
	every time.Duration

	mu   sync.Mutex
	next time.Time // when the next one may go
}

// yield waits for its turn while requests are being answered.
func (p *pacer) yield(ctx context.Context) {
	if p.app.Server == nil || !p.app.Server.Busy() {
		return
	}
	now := p.app.realTime()
	p.mu.Lock()
	slot := now
	if slot.Before(p.next) {
		slot = p.next
	}
	p.next = slot.Add(p.every)
	p.mu.Unlock()
	wait := time.NewTimer(slot.Sub(now))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}
