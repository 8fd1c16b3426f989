package web

import (
	"crypto/sha256"
	"sync"
	"time"
)

// known remembers, by digest, credentials that were right lately.
type known struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]time.Time
}

const (
	maxKnown  = 4096
	knownTime = 10 * time.Minute
)

func newKnown() *known { return &known{seen: map[[sha256.Size]byte]time.Time{}} }

func (k *known) has(credential string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	at, ok := k.seen[sha256.Sum256([]byte(credential))]
	return ok && now.Sub(at) < knownTime
}

// add takes note of one; who has a right credential may push others out.
func (k *known) add(credential string, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.seen) >= maxKnown {
		for one := range k.seen { // any
			delete(k.seen, one)
			break
		}
	}
	k.seen[sha256.Sum256([]byte(credential))] = now
}
