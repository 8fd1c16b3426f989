package paypal

import (
	"sync"
	"time"
)

// Bounds of what previews remember; our choice.
const (
	previewAge  = 20 * time.Second
	maxPreviews = 10_000
)

// previews remember for a moment which sellers can be paid. A preview costs its caller nothing, and each would ask PayPal, which
// limits what it takes from all of us, refunds included. What opens a deal asks PayPal always. They are safe for concurrent use.
type previews struct {
	mu   sync.Mutex
	seen map[string]preview // by ownerOf
}

type preview struct {
	can   bool
	until time.Time
}

func (p *previews) find(owner string, now time.Time) (can, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen[owner]
	return seen.can, now.Before(seen.until)
}

func (p *previews) note(owner string, can bool, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil || len(p.seen) >= maxPreviews {
		p.seen = map[string]preview{}
	}
	p.seen[owner] = preview{can, now.Add(previewAge)}
}
