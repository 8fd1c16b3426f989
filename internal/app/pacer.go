package app

import (
	"context"
	"sync"
	"time"
)

// What waits for a while between one and the next while requests are being answered, so that
// they keep nine tenths of the processor and of the commits; what waits is done when they are
// through. A server that is never idle sends what is late in a faster pace, which leaves requests
// more than half. Our choice: a webhook costs about 0.1 ms of a processor, a claim of e-mails up to
// a dozen commits.
const (
	betweenWebhooks = 2 * time.Millisecond
	betweenMails    = 200 * time.Millisecond
	patience        = 5 * time.Second
	hurry           = 8 // times as fast
)

// pacer leaves room to requests. Its use is safe from many goroutines.
type pacer struct {
	busy  func() bool
	now   func() time.Time // the engine's clock
	real  func() time.Time
	every time.Duration

	mu   sync.Mutex
	next time.Time // when the next one may go, by real time
}

func (a *App) pacer(c Config, every time.Duration) *pacer {
	return &pacer{busy: func() bool { return a.Server != nil && a.Server.Busy() }, now: c.Now, real: func() time.Time { return a.realTime() }, every: every}
}

// yield waits for the turn of what happened at a time while requests are being answered.
func (p *pacer) yield(ctx context.Context, since time.Time) {
	if !p.busy() {
		return
	}
	every := p.every
	if p.now().Sub(since) >= patience {
		every /= hurry
	}
	now := p.real()
	p.mu.Lock()
	slot := now
	if slot.Before(p.next) {
		slot = p.next
	}
	p.next = slot.Add(every)
	p.mu.Unlock()
	wait := time.NewTimer(slot.Sub(now))
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
}
