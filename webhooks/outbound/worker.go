package outbound

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/notices/events"
)

// JobName is the name of the job that sends webhooks.
const JobName = "webhooks_out"

// How endpoints are worked on; our choice.
const (
	// lease is longer than an attempt may take, after which its result is written and the
	// lease renewed.
	lease = 30 * time.Second
	// places are the endpoints that a replica works on at a time. One that hangs has
	// one of them for as long as its attempts last, and then rests.
	places = 256
	// slice is how long it works on one of them, by real time, before it asks whose turn it is.
	slice = 10 * time.Second
	// mostRows are the events of an endpoint that may wait for another attempt or behind one;
	// nothing new is sent while there are as many. mostOpen are those that were read and
	// have no result.
	mostRows = 10_000
	mostOpen = 4_096
	// mostResults are those of one commit.
	mostResults = 500
)

// WorkerConfig is what a worker needs; all is required but Write, Told, Pause and Log.
type WorkerConfig struct {
	Queue  Queue
	Log    events.Log
	Wire   Wire
	Sender *Sender
	Now    func() time.Time // the engine's clock
	Draw   func(n int) int  // one of 0 to n-1, to spread attempts
	// Write writes the e-mails that say that an endpoint began to fail or was disabled. They are
	// queued in the commit of that. Default: there are none.
	Write func(ctx context.Context, e Endpoint, t events.Type) ([]Letter, error)
	// Told is called after an endpoint began to fail or was disabled, with the type of the event
	// that says so; it must not block for long.
	Told func(ctx context.Context, e Endpoint, t events.Type)
	// Pause is called before each attempt, with the time of the event, and may wait, so that what is
	// sent leaves the processor to requests. Default: it goes on.
	Pause  func(ctx context.Context, since time.Time)
	Logger *slog.Logger // default: discards
}

// Worker sends what is due. Any number of workers may work on one store: an endpoint
// has one of them at a time.
type Worker struct {
	WorkerConfig
	pages *pages
	work  *due.Work[Claimed]
}

// NewWorker checks the configuration and returns a worker.
func NewWorker(c WorkerConfig) (*Worker, error) {
	if c.Queue == nil || c.Log == nil || c.Wire == nil || c.Sender == nil || c.Now == nil || c.Draw == nil {
		return nil, errors.New("outbound: Queue, Log, Wire, Sender, Now and Draw are required")
	}
	if c.Write == nil {
		c.Write = func(context.Context, Endpoint, events.Type) ([]Letter, error) { return nil, nil }
	}
	if c.Told == nil {
		c.Told = func(context.Context, Endpoint, events.Type) {}
	}
	if c.Pause == nil {
		c.Pause = func(context.Context, time.Time) {}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	w := &Worker{WorkerConfig: c, pages: newPages(c.Log, c.Wire)}
	w.work = &due.Work[Claimed]{
		Now: c.Now, Log: c.Logger, Text: "webhook endpoint",
		About: func(e Claimed) []any { return []any{"community", e.CommunityID, "endpoint", e.ID} },
		Claim: func(ctx context.Context, a due.Claim) ([]Claimed, error) {
			return c.Queue.ClaimEndpoints(ctx, a.Now, a.Until, a.Limit)
		},
		Lease: lease, Limit: places, Lanes: due.Places(places, nil), Chains: true,
		Do:     func(ctx context.Context, e Claimed) (string, error) { return "", w.serve(ctx, e) },
		Return: func(ctx context.Context, e Claimed) error { return c.Queue.ReturnEndpoint(ctx, e, w.now()) },
	}
	return w, nil
}

// Job sends what is due.
func (w *Worker) Job() due.Job { return due.Job{Name: JobName, Do: w.work.Drain} }

// Once sends what is due and returns at how many endpoints.
func (w *Worker) Once(ctx context.Context) (int, error) { return w.work.Once(ctx) }

func (w *Worker) now() time.Time { return w.Now().UTC().Truncate(time.Microsecond) }

// serve works on one endpoint until nothing is due there, its time is over, or somebody else
// has it.
func (w *Worker) serve(ctx context.Context, e Claimed) error {
	r, err := w.begin(ctx, e)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, slice)
	defer cancel()
	return r.do(bounded)
}
