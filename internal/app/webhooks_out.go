package app

import (
	"context"
	"crypto/rand"
	chance "math/rand/v2"
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
}

func (a *App) openOutgoing(c Config, ids publicid.Codec) error {
	var err error
	stopwatch := func() func() time.Duration {
		begun := a.realTime()
		return func() time.Duration { return a.realTime().Sub(begun) }
	}
	if a.out.sender, err = outbound.NewSender(outbound.SenderConfig{Guard: c.Webhooks, Now: c.Now, Elapsed: stopwatch}); err != nil {
		return err
	}
	wire := events.Wire{IDs: ids}
	a.out.worker, err = outbound.NewWorker(outbound.WorkerConfig{
		Queue: a.Store.EndpointQueue, Log: a.Store.EventLog, Wire: wire, Sender: a.out.sender, Now: c.Now, Draw: chance.IntN, Told: a.endpointTold, Logger: a.log,
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
