package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// pending is a write that waits for its verdict.
type pending struct {
	*write
	taken bool // by a writer; guarded by the group's mutex
	err   error
	done  chan struct{}
}

// writer writes batches. It sets err of every pending write; one that fails
// never fails its neighbours. A writer is used by one goroutine.
type writer interface {
	write(ctx context.Context, batch []*pending)
	close()
}

// group is the group commit: callers queue writes, and each free writer takes
// what is waiting at that moment. Nobody waits for a batch to fill.
type group struct {
	size   int           // most writes per batch
	slots  chan struct{} // bounds the queue
	now    func() time.Time
	giveUp context.CancelFunc // ends what the writers do

	mu      sync.Mutex
	idle    []*sync.Cond // a writer each that waits, the one that was busy last at the end
	waiting []*pending
	claimed map[string]struct{} // by writes that are being written
	closed  bool
	began   []time.Time // of each writer's batch; zero: it is idle
	written time.Time   // when the last batch was committed
	writers sync.WaitGroup
}

// closeWithin is how long close waits for what is queued.
const closeWithin = 5 * time.Second

func newGroup(ctx context.Context, writers []writer, o Options) *group {
	g := &group{
		size: o.BatchSize, slots: make(chan struct{}, o.QueueLength), now: o.Now,
		claimed: map[string]struct{}{}, began: make([]time.Time, len(writers)),
	}
	ctx, g.giveUp = context.WithCancel(ctx)
	for i, w := range writers {
		g.writers.Go(func() { g.serve(ctx, w, &g.began[i]) })
	}
	return g
}

// do queues a write and returns its verdict. If ctx ends while the write is
// queued it is not written; once a writer has it, the verdict is awaited.
func (g *group) do(ctx context.Context, w *write) error {
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	case <-ctx.Done():
		return notWritten(ctx)
	}
	p := &pending{write: w, done: make(chan struct{})}
	if !g.enqueue(p) {
		return ErrClosed
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
	}
	if g.withdraw(p) {
		return notWritten(ctx)
	}
	<-p.done
	return p.err
}

func notWritten(ctx context.Context) error {
	return fmt.Errorf("nothing was written: %w", ctx.Err())
}

func (g *group) enqueue(p *pending) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.waiting = append(g.waiting, p)
	g.rouse(1)
	return true
}

// rouse wakes so many idle writers, first the one that was busy last: its session has its
// statements planned, and those of a writer that is hardly needed need not be.
func (g *group) rouse(most int) {
	for range min(most, len(g.idle)) {
		last := len(g.idle) - 1
		g.idle[last].Signal()
		g.idle = g.idle[:last]
	}
}

// withdraw takes a write back unless a writer has it already.
func (g *group) withdraw(p *pending) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.taken {
		return false
	}
	g.waiting = slices.DeleteFunc(g.waiting, func(q *pending) bool { return q == p })
	return true
}

func (g *group) serve(ctx context.Context, w writer, began *time.Time) {
	defer w.close()
	for {
		batch := g.take(began)
		if batch == nil {
			return
		}
		w.write(ctx, batch)
		g.finish(batch, began)
	}
}

// take waits for writes and returns some of them, nil when the group is closed
// and nothing is left. Two writes that touch the same transaction or key are
// never in progress together: the later one finds the earlier one's result.
func (g *group) take(began *time.Time) []*pending {
	g.mu.Lock()
	defer g.mu.Unlock()
	wake := sync.NewCond(&g.mu)
	for {
		if batch := g.pick(); len(batch) > 0 {
			*began = g.now()
			return batch
		}
		if g.closed && len(g.waiting) == 0 {
			return nil
		}
		g.idle = append(g.idle, wake)
		wake.Wait()
	}
}

func (g *group) pick() []*pending {
	var batch []*pending
	g.waiting = slices.DeleteFunc(g.waiting, func(p *pending) bool {
		if len(batch) == g.size || !g.claim(p.claims) {
			return false
		}
		p.taken = true
		batch = append(batch, p)
		return true
	})
	return batch
}

func (g *group) claim(claims []string) bool {
	for _, c := range claims {
		if _, ok := g.claimed[c]; ok {
			return false
		}
	}
	for _, c := range claims {
		g.claimed[c] = struct{}{}
	}
	return true
}

func (g *group) finish(batch []*pending, began *time.Time) {
	g.mu.Lock()
	*began = time.Time{}
	if !slices.ContainsFunc(batch, func(p *pending) bool { return p.err != nil && fault.CodeOf(p.err) == fault.Unavailable }) {
		g.written = g.now()
	}
	for _, p := range batch {
		for _, c := range p.claims {
			delete(g.claimed, c)
		}
	}
	if len(g.waiting) > 0 || g.closed {
		g.rouse(len(g.idle))
	}
	g.mu.Unlock()
	for _, p := range batch {
		close(p.done)
	}
}

// close lets queued writes be written, for a while, then ends the writers.
func (g *group) close() {
	g.mu.Lock()
	g.closed = true
	g.rouse(len(g.idle))
	g.mu.Unlock()
	defer time.AfterFunc(closeWithin, g.giveUp).Stop()
	g.writers.Wait()
	g.giveUp()
}

// stuck is for how long the slowest writer has been at its batch.
func (g *group) stuck() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	var longest time.Duration
	for _, began := range g.began {
		if !began.IsZero() {
			longest = max(longest, g.now().Sub(began))
		}
	}
	return longest
}

// lastWritten is when the last batch was committed; the zero time if none was.
func (g *group) lastWritten() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.written
}

// orClosed is ErrClosed in place of an error of a store that was closed.
func (g *group) orClosed(err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	return err
}

// length is how many writes wait for a writer.
func (g *group) length() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
