package app

import (
	"context"
	"crypto/rand"
	chance "math/rand/v2"
	"sync"
	"time"

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

	pace sync.Mutex
	next time.Time // when the next webhook may go while requests are being answered; under pace
}

func (a *App) openOutgoing(ctx context.Context, c Config, ids publicid.Codec) error {
	key, err := a.key(ctx)
	if err != nil {
		return err
	}
	a.out.passes = &outbound.Passes{Tickets: a.Store.Tickets, Key: key, Origin: c.MailOrigin, Plain: c.Webhooks.Loopback, Random: rand.Reader, Now: func() time.Time { return a.realTime() }}
	stopwatch := func() func() time.Duration {
		begun := a.realTime()
		return func() time.Duration { return a.realTime().Sub(begun) }
	}
	if a.out.sender, err = outbound.NewSender(outbound.SenderConfig{Guard: c.Webhooks, Now: c.Now, Elapsed: stopwatch}); err != nil {
		return err
	}
	wire := events.Wire{IDs: ids}
	a.out.worker, err = outbound.NewWorker(outbound.WorkerConfig{
		Queue: a.Store.EndpointQueue, Log: a.Store.EventLog, Wire: wire, Sender: a.out.sender, Now: c.Now, Draw: chance.IntN, Told: a.endpointTold, Pause: a.yield, Logger: a.log,
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

// endpointTold lets the announcement of an endpoint that fails get its number, and
// tells operators by e-mail.
func (a *App) endpointTold(ctx context.Context, e outbound.Endpoint, t events.Type) {
	a.log.WarnContext(ctx, "webhook endpoint", "community", e.CommunityID, "endpoint", e.ID, "event", t)
	a.Due.Wake(events.JobName)
	a.tellEndpoint(ctx, e, t)
}

// whileBusy is the pause between two webhooks, of all endpoints of this process, while requests
// are being answered: our choice. A webhook costs about a tenth of that, so that requests keep
// nine tenths of a processor; what waits is sent when they are done.
const whileBusy = time.Millisecond

// yield leaves the processor to requests while there are some.
func (a *App) yield(ctx context.Context) {
	if a.Server == nil || !a.Server.Busy() {
		return
	}
	a.out.pace.Lock()
	slot := a.realTime()
	if slot.Before(a.out.next) {
		slot = a.out.next
	}
	a.out.next = slot.Add(whileBusy)
	a.out.pace.Unlock()
	wait := time.NewTimer(slot.Sub(a.realTime()))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}
