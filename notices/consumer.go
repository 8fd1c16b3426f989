package notices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator"
)

// ConsumerConfig is what a consumer needs. Store, Write and Now are required.
type ConsumerConfig struct {
	Store Stores
	Write Writer // Books.Write
	// Plan lists the reminders of a deal: Books.Plan. Default: there are none.
	Plan func(orchestrator.Transaction) ([]Reminder, error)
	// Told is called after news was stored for a user, to wake who waits for it; it
	// must not block. Default: nothing.
	Told func(community int64, user string)
	// NoMail keeps e-mails out, where nobody sends any.
	NoMail bool
	Now    func() time.Time // the engine's clock
	Log    *slog.Logger     // default: discards
}

// Consumer reads the outbox. Any number of consumers may work on one store: each
// event is told once, and those of one deal in their order.
type Consumer struct {
	ConsumerConfig
}

// batch is how many events are looked at in one go.
const batch = 100

// NewConsumer checks the configuration and returns a consumer.
func NewConsumer(c ConsumerConfig) (*Consumer, error) {
	if !c.Store.complete() || c.Write == nil || c.Now == nil {
		return nil, errors.New("notices: Store, Write and Now are required")
	}
	if c.Plan == nil {
		c.Plan = func(orchestrator.Transaction) ([]Reminder, error) { return nil, nil }
	}
	if c.Told == nil {
		c.Told = func(int64, string) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Consumer{c}, nil
}

// ProcessDue tells everything that was not told yet and returns how much that
// was. What fails waits (Held) and holds up its own stream only.
func (c *Consumer) ProcessDue(ctx context.Context) (told int, err error) {
	for ctx.Err() == nil {
		events, messages, err := c.Store.Undelivered(ctx, batch)
		if err != nil {
			return told, fmt.Errorf("read outbox: %w", err)
		}
		r := &round{Consumer: c, deals: c.deals(ctx, events, messages), planned: map[int64]bool{}, over: map[Held]bool{}}
		err = r.tell(ctx, events, messages)
		told += r.told
		// Where nothing was told and nothing waits, other replicas are telling all of it.
		if err != nil || r.told+r.held == 0 || !paging.GoesOn(events, batch) && !paging.GoesOn(messages, batch) {
			return told, err
		}
	}
	return told, ctx.Err()
}

// Job tells what was not told yet. Nothing of it is leased: that something was told is
// a compare-and-set with the news itself. What cannot be told is left to AgainJob.
func (c *Consumer) Job() due.Job {
	return due.Job{Name: JobName, Gather: gather, Onward: true, Do: due.Counted(c.ProcessDue)}
}

// gather is how long what happens after a round is collected for the next one: a batch
// costs little more than one event. Our choice; nobody sees the delay.
const gather = 10 * time.Millisecond

// JobName is the name of the job that reads the outbox.
const JobName = "feed"

// round is what becomes of a batch.
type round struct {
	*Consumer
	deals      map[int64]orchestrator.Transaction
	planned    map[int64]bool // deals whose reminders are stored
	quiet      []told         // what no feed is told of and is not marked yet
	over       map[Held]bool  // streams of which nothing more of the batch is told
	told, held int
}

// deals are those of a batch, read in one go. If one of them cannot be read, each is read
// when it is told of, so that it holds up itself only.
func (c *Consumer) deals(ctx context.Context, events []orchestrator.Event, messages []orchestrator.Message) map[int64]orchestrator.Transaction {
	var ids []int64
	for _, e := range events {
		ids = append(ids, e.TransactionID)
	}
	for _, m := range messages {
		ids = append(ids, m.TransactionID)
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	found, err := c.Store.TransactionsByID(ctx, slices.Compact(ids))
	if err != nil {
		c.Log.InfoContext(ctx, "tell: deals are read one by one", "error", err)
	}
	return found
}

func (r *round) tell(ctx context.Context, events []orchestrator.Event, messages []orchestrator.Message) error {
	for i := range events {
		if err := r.event(ctx, &events[i]); err != nil {
			return err
		}
	}
	if err := r.quietly(ctx); err != nil {
		return err
	}
	for i := range messages {
		m := &messages[i]
		stream := Held{CommunityID: m.CommunityID, TransactionID: m.TransactionID, Stream: Messages}
		if r.over[stream] {
			continue
		}
		n, err := r.one(ctx, Happening{Message: m, Transaction: r.deals[m.TransactionID]}, m.CommunityID, m.TransactionID)
		if err := r.goOn(ctx, stream, n, err); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) event(ctx context.Context, e *orchestrator.Event) error {
	stream := Held{CommunityID: e.CommunityID, TransactionID: e.TransactionID, Stream: Events}
	if r.over[stream] {
		return nil
	}
	h, err := r.read(ctx, Happening{Event: e, Transaction: r.deals[e.TransactionID]}, e.CommunityID, e.TransactionID)
	if err == nil && !r.planned[e.TransactionID] {
		err = r.plan(ctx, h)
	}
	var news News
	if err == nil {
		r.planned[e.TransactionID] = true
		news, err = r.write(ctx, h)
	}
	if err != nil {
		return r.goOn(ctx, stream, 0, err)
	}
	if len(news.Entries) == 0 {
		r.quiet = append(r.quiet, told{stream, h, news})
		return nil
	}
	// What came before it in the same deal has to be told first.
	if err := r.quietly(ctx); err != nil {
		return err
	}
	n, err := r.deliver(ctx, h, news)
	return r.goOn(ctx, stream, n, err)
}

// goOn decides how a stream goes on after one thing of it was to be told. What could not
// be told waits. What was not told is told by another replica, or something before it was
// not told yet: then all that is left of the stream is told in its own order.
func (r *round) goOn(ctx context.Context, stream Held, n int, err error) error {
	r.told += n
	if err == nil && n == 0 {
		r.over[stream] = true
		n, err = r.left(ctx, stream)
		r.told += n
	}
	if err == nil {
		return nil
	}
	r.over[stream] = true
	r.held++
	return r.hold(ctx, stream, err)
}

// told is an event with what it tells, which has no entry in a feed.
type told struct {
	stream Held
	h      Happening
	news   News
}

// quietly marks as told what no feed hears of, and queues its e-mails: all at once, as most
// events are such. What cannot be queued so is told one by one, to hold up itself only.
func (r *round) quietly(ctx context.Context) error {
	if len(r.quiet) == 0 {
		return nil
	}
	quiet := r.quiet
	r.quiet = nil
	var events []orchestrator.Event
	var mails []Mail
	for _, t := range quiet {
		events, mails = append(events, *t.h.Event), append(mails, t.news.Mails...)
	}
	err := r.Store.DeliverQuietly(ctx, events, mails, r.Now())
	if err == nil {
		r.told += len(events)
		return nil
	}
	if len(mails) == 0 || ctx.Err() != nil {
		return err
	}
	r.Log.InfoContext(ctx, "tell: e-mails are queued one by one", "error", err)
	for _, t := range quiet {
		if r.over[t.stream] {
			continue
		}
		n, err := r.deliver(ctx, t.h, t.news)
		if err := r.goOn(ctx, t.stream, n, err); err != nil {
			return err
		}
	}
	return nil
}

// read makes sure that a happening has its deal.
func (c *Consumer) read(ctx context.Context, h Happening, community, id int64) (_ Happening, err error) {
	if h.Transaction.ID != id || h.Transaction.CommunityID != community {
		h.Transaction, err = c.Store.Transaction(ctx, community, id)
	}
	return h, err
}

// plan stores what a deal is to be reminded of later.
func (c *Consumer) plan(ctx context.Context, h Happening) error {
	plan, err := c.Plan(h.Transaction)
	if err == nil && len(plan) > 0 {
		err = c.Store.PlanReminders(ctx, plan)
	}
	if err != nil {
		return fmt.Errorf("plan reminders: %w", err)
	}
	return nil
}

// write makes the news of a happening.
func (c *Consumer) write(ctx context.Context, h Happening) (News, error) {
	news, err := c.Write(ctx, h)
	if c.NoMail {
		news.Mails = nil
	}
	return news, err
}

// Mails are the e-mails of something that is not in the outbox, for who queues them with it.
func (c *Consumer) Mails(ctx context.Context, h Happening) ([]Mail, error) {
	news, err := c.write(ctx, h)
	return news.Mails, err
}

// Tell queues the e-mails of something that is not in the outbox, once each.
func (c *Consumer) Tell(ctx context.Context, h Happening) error {
	news, err := c.write(ctx, h)
	for _, m := range news.Mails {
		if err == nil {
			err = c.Store.AddMail(ctx, m)
		}
	}
	return err
}

func (c *Consumer) deliver(ctx context.Context, h Happening, n News) (int, error) {
	done, err := c.Store.Deliver(ctx, h, n, c.Now())
	if err != nil || !done {
		return 0, err
	}
	for _, e := range n.Entries {
		c.Told(e.CommunityID, e.UserID)
	}
	return 1, nil
}
