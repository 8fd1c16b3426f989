package app

import (
	"context"
	"crypto/rand"
	chance "math/rand/v2"
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
	if a.out.sender, err = outbound.NewSender(outbound.SenderConfig{Guard: c.Webhooks, Now: c.Now, Elapsed: stopwatch, Stamp: func() time.Time { return a.realTime() }}); err != nil {
		return err
	}
	wire := events.Wire{IDs: ids}
	a.out.worker, err = outbound.NewWorker(outbound.WorkerConfig{
		Queue: a.Store.EndpointQueue, Log: a.Store.EventLog, Wire: wire, Sender: a.out.sender, Now: c.Now, Draw: chance.IntN, Write: a.endpointLetters, Told: a.endpointTold, Pause: a.pacer(c, betweenWebhooks).yield, Logger: a.log,
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
