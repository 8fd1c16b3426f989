package notices

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
	"github.com/handsel-dev/handsel/orchestrator"
)

// ConsumerConfig is what a consumer needs. Store, Write and Now are required.
type ConsumerConfig struct {
	Store Store
	Write Writer // Books.Write
	// Plan lists the reminders of a deal: Books.Plan. Default: there are none.
	Plan func(ctx context.Context, tx orchestrator.Transaction) ([]Reminder, error)
	// Told is called after news was stored for a user, to wake who waits for it; it
	// must not block. Default: nothing.
	Told func(community int64, user string)
	Now  func() time.Time // the engine's clock
	Log  *slog.Logger     // default: discards
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
	if c.Store == nil || c.Write == nil || c.Now == nil {
		return nil, errors.New("notices: Store, Write and Now are required")
	}
	if c.Plan == nil {
		c.Plan = func(context.Context, orchestrator.Transaction) ([]Reminder, error) { return nil, nil }
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
	var skip Skip
	for ctx.Err() == nil {
		events, messages, err := c.Store.Undelivered(ctx, skip, batch)
		if err != nil {
			return told, fmt.Errorf("read outbox: %w", err)
		}
		n, err := c.tell(ctx, events, messages, &skip)
		told += n
		if err != nil || len(events) < batch && len(messages) < batch {
			return told, err
		}
	}
	return told, ctx.Err()
}

// Job tells what was not told yet. Nothing of it is leased: that something was told is
// a compare-and-set with the news itself. What cannot be told is left to AgainJob.
func (c *Consumer) Job() due.Job { return due.Job{Name: JobName, Do: due.Counted(c.ProcessDue)} }

// JobName is the name of the job that reads the outbox.
const JobName = "feed"

// tell tells a batch and counts in skip what stays where it was.
func (c *Consumer) tell(ctx context.Context, events []orchestrator.Event, messages []orchestrator.Message, skip *Skip) (int, error) {
	told := 0
	var quiet []orchestrator.Event
	held := map[int64]bool{} // deals whose earlier event could not be told
	for i := range events {
		e := &events[i]
		if held[e.TransactionID] {
			continue
		}
		news, h, err := c.write(ctx, Happening{Event: e}, e.CommunityID, e.TransactionID)
		switch {
		case err != nil:
			held[e.TransactionID] = true
			if err := c.hold(ctx, e.CommunityID, e.TransactionID, Events, err); err != nil {
				return told, err
			}
		case len(news.Entries)+len(news.Mails) == 0:
			quiet = append(quiet, *e)
		default:
			// What came before it in the same deal has to be told first.
			if err := c.quietly(ctx, &quiet); err != nil {
				return told, err
			}
			n, err := c.deliver(ctx, h, news)
			if err != nil {
				held[e.TransactionID] = true
				if err := c.hold(ctx, e.CommunityID, e.TransactionID, Events, err); err != nil {
					return told, err
				}
				continue
			}
			told += n
			skip.Events += 1 - n
		}
	}
	silent := len(quiet)
	if err := c.quietly(ctx, &quiet); err != nil {
		return told, err
	}
	told += silent
	n, err := c.tellMessages(ctx, messages, skip)
	return told + n, err
}

func (c *Consumer) tellMessages(ctx context.Context, messages []orchestrator.Message, skip *Skip) (told int, err error) {
	held := map[int64]bool{}
	for i := range messages {
		m := &messages[i]
		if held[m.TransactionID] {
			continue
		}
		n, failure := c.one(ctx, Happening{Message: m}, m.CommunityID, m.TransactionID)
		if failure != nil {
			held[m.TransactionID] = true
			if err := c.hold(ctx, m.CommunityID, m.TransactionID, Messages, failure); err != nil {
				return told, err
			}
			continue
		}
		told += n
		skip.Messages += 1 - n
	}
	return told, nil
}

// write finds what is to be told, and stores what a deal is to be reminded of later.
func (c *Consumer) write(ctx context.Context, h Happening, community, id int64) (News, Happening, error) {
	var err error
	if h.Transaction, err = c.Store.Transaction(ctx, community, id); err != nil {
		return News{}, h, err
	}
	if h.Event != nil {
		plan, err := c.Plan(ctx, h.Transaction)
		if err == nil && len(plan) > 0 {
			err = c.Store.PlanReminders(ctx, plan)
		}
		if err != nil {
			return News{}, h, fmt.Errorf("plan reminders: %w", err)
		}
	}
	news, err := c.Write(ctx, h)
	return news, h, err
}

// Tell queues the e-mails of something that is not in the outbox, once each.
func (c *Consumer) Tell(ctx context.Context, h Happening) error {
	news, err := c.Write(ctx, h)
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

func (c *Consumer) quietly(ctx context.Context, events *[]orchestrator.Event) error {
	if len(*events) == 0 {
		return nil
	}
	err := c.Store.DeliverQuietly(ctx, *events, c.Now())
	*events = nil
	return err
}
