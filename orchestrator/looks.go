package orchestrator

import (
	"sync"
	"time"
)

// Bounds of looks that people cause; our choice.
const (
	lookOnRead  = time.Second      // how long a read may wait for a look at the gateway
	refreshRest = 5 * time.Second  // between two looks at a deal that are asked for
	readRest    = 30 * time.Second // between two looks that reads of a doubtful deal cause
	waitsLong   = 2 * time.Minute  // a payment that was opened this long ago may be paid
	maxLooks    = 10_000           // deals whose last look is remembered

	lookEvery = 200 * time.Millisecond // on the average, between two looks of one community
	lookBurst = 40                     // looks of a community at the same moment
)

// lookBefore is how long a request may wait for a look at the gateway.
const lookBefore = 3 * time.Second

// looks remember when this engine looked at a deal last, and how often for whom, so
// that nobody makes it ask a gateway again and again: what one key may ask of us is
// more than some gateways take from all of us, refunds included. It is safe for
// concurrent use.
type looks struct {
	mu   sync.Mutex
	last map[int64]time.Time // by deal
	full map[int64]time.Time // when a community may look as often as ever again
}

// take reports whether a deal may be looked at now, and notes that it is.
func (l *looks) take(tx Transaction, now time.Time, rest time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, ok := l.last[tx.ID]; ok && now.Sub(last) < rest && !now.Before(last) {
		return false
	}
	if !l.spend(tx.CommunityID, now) {
		return false
	}
	if len(l.last) >= maxLooks || l.last == nil {
		l.last = map[int64]time.Time{}
	}
	l.last[tx.ID] = now
	return true
}

// ask reports whether a gateway may be asked something for a community that is about no
// deal, and notes that it is.
func (l *looks) ask(community int64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.spend(community, now)
}

func (l *looks) spend(community int64, now time.Time) bool {
	full := l.full[community]
	if full.Before(now) || full.Sub(now) > lookBurst*lookEvery { // the clock was set back
		full = now
	}
	if full = full.Add(lookEvery); full.Sub(now) > lookBurst*lookEvery {
		return false
	}
	if l.full == nil {
		l.full = map[int64]time.Time{}
	}
	l.full[community] = full
	return true
}
