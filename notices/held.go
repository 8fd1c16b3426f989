package notices

import (
	"context"
	"fmt"
	"time"

	"github.com/handsel-dev/handsel/internal/due"
)

// Stream is what is told of a deal in its order.
type Stream string

// The streams.
const (
	Events   Stream = "events"
	Messages Stream = "messages"
)

// Held is a stream of a deal in which something could not be told. It and what comes
// after it waits, and is tried again after a while, by one of all replicas.
type Held struct {
	CommunityID   int64
	TransactionID int64
	Stream        Stream
	Since         time.Time
	Attempts      int // how often it was claimed
}

const (
	// heldLease is how long a claimed stream belongs to who claimed it.
	heldLease = 2 * time.Minute
	fewHeld   = 10
)

// heldBackoff is how long a stream waits; our choice.
var heldBackoff = due.Backoff{First: 5 * time.Second, Longest: time.Hour}

// AgainJob is the job that tells what could not be told.
func (c *Consumer) AgainJob() due.Job {
	return due.Job{Name: "feed_again", Onward: true, Do: c.againWork().Drain}
}

// TellAgain tries what could not be told and is due again, and returns how many streams go
// on.
func (c *Consumer) TellAgain(ctx context.Context) (int, error) { return c.againWork().Once(ctx) }

func (c *Consumer) againWork() *due.Work[Held] {
	return &due.Work[Held]{
		Now: c.Now, Log: c.Log, Text: "tell",
		About: func(h Held) []any { return []any{"transaction", h.TransactionID, "stream", h.Stream} },
		Claim: func(ctx context.Context, d due.Claim) ([]Held, error) {
			return c.Store.ClaimHeld(ctx, d.Now, d.Until, d.Limit)
		},
		Lease: heldLease, Limit: fewHeld, Lanes: due.Places(1, nil),
		At:  func(h Held) (time.Time, int) { return h.Since, h.Attempts },
		Do:  c.again,
		End: func(ctx context.Context, h Held, _ string) error { return c.Store.EndHeld(ctx, h) },
		Retry: func(ctx context.Context, h Held, again time.Time, _ error) error {
			return c.Store.RetryHeld(ctx, h, again)
		},
		Backoff: heldBackoff,
		Return:  func(ctx context.Context, h Held) error { return c.Store.ReturnHeld(ctx, h, c.Now()) },
	}
}

// hold makes a stream of a deal wait after something in it could not be told.
func (c *Consumer) hold(ctx context.Context, h Held, why error) error {
	h.Since = c.Now().UTC().Truncate(time.Microsecond)
	c.Log.InfoContext(ctx, "tell: later", "transaction", h.TransactionID, "stream", h.Stream, "error", why)
	if err := c.Store.Hold(ctx, h, h.Since.Add(heldBackoff.First)); err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	return nil
}

// again tells what waits in a stream.
func (c *Consumer) again(ctx context.Context, h Held) (string, error) {
	_, err := c.left(ctx, h)
	return "", err
}

// left tells what was not told yet in a stream, in its order, until nothing is left,
// something fails, or somebody else tells it.
func (c *Consumer) left(ctx context.Context, h Held) (told int, err error) {
	for ctx.Err() == nil {
		events, messages, err := c.Store.Waiting(ctx, h, batch)
		if err != nil || len(events)+len(messages) == 0 {
			return told, err
		}
		before := told
		for i := range events {
			n, err := c.one(ctx, Happening{Event: &events[i]}, h.CommunityID, h.TransactionID)
			if told += n; err != nil {
				return told, err
			}
		}
		for i := range messages {
			n, err := c.one(ctx, Happening{Message: &messages[i]}, h.CommunityID, h.TransactionID)
			if told += n; err != nil {
				return told, err
			}
		}
		if told == before {
			return told, nil
		}
	}
	return told, ctx.Err()
}

// one tells of one thing, whether or not anybody hears of it.
func (c *Consumer) one(ctx context.Context, h Happening, community, id int64) (int, error) {
	h, err := c.read(ctx, h, community, id)
	if err == nil && h.Event != nil {
		err = c.plan(ctx, h)
	}
	if err != nil {
		return 0, err
	}
	news, err := c.write(ctx, h)
	if err != nil {
		return 0, err
	}
	return c.deliver(ctx, h, news)
}
