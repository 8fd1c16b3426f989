package deal

import (
	"sync"
	"time"
)

// useEvery is how seldom the use of one key is noted: a request costs no statement.
const useEvery = time.Minute

// used remembers which keys were used, until that is stored. Only keys that exist are
// in it. It is safe for concurrent use.
type used struct {
	mu   sync.Mutex
	last map[string]time.Time // when a key's use was noted last, by its id
	due  map[string]time.Time // not stored yet
}

func newUsed() *used {
	return &used{last: map[string]time.Time{}, due: map[string]time.Time{}}
}

func (u *used) note(id string, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now.Sub(u.last[id]) >= useEvery {
		u.last[id], u.due[id] = now, now
	}
}

// UsedKeys are the ids of the API keys that were used, and when, since it was asked
// last; once a minute for each key at most. It is safe for concurrent use.
func (k *Kit) UsedKeys() map[string]time.Time {
	k.used.mu.Lock()
	defer k.used.mu.Unlock()
	due := k.used.due
	k.used.due = map[string]time.Time{}
	return due
}
