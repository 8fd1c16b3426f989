package webhooks

import (
	"context"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

const (
	// noteEach is how often a replica notes that a gateway's address has turned messages away for a reason; our choice.
	noteEach = time.Minute
	// noteWithin is how long a stranger may wait for the database.
	noteWithin = 2 * time.Second
)

// away counts who was turned away since it was noted. It is safe for concurrent use. It has a place for each gateway and reason,
// of which there are a few: names that strangers make up are no gateways here.
type away struct {
	mu    sync.Mutex
	since map[awayKey]*TurnedAway
}

type awayKey struct {
	gateway string
	reason  string
}

// count counts one, and tells whether they are noted now, as which.
func (a *away) count(gateway string, reason string, now time.Time) (t TurnedAway, note bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := awayKey{gateway, reason}
	held := a.since[key]
	if held == nil {
		held = &TurnedAway{Gateway: gateway, Reason: reason}
		a.since[key] = held
	}
	held.Count++
	if d := now.Sub(held.At); d >= 0 && d < noteEach {
		return t, false
	}
	held.At = now
	t, held.Count = *held, 0
	return t, true
}

// turnAway passes the refusal of a message on, and notes it now and then.
func (r *Receiver) turnAway(gateway string, err error) error {
	if err == nil || r.Doorkeeper == nil {
		return err
	}
	f := fault.As(err)
	if f.Code != fault.Unauthenticated && f.Code != fault.Invalid {
		return err
	}
	t, note := r.away.count(gateway, string(f.Reason), r.Now().UTC().Truncate(time.Microsecond))
	if !note {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), noteWithin)
	defer cancel()
	if failed := r.Doorkeeper.NoteTurnedAway(ctx, t); failed != nil {
		r.Log.WarnContext(ctx, "note who was turned away", "gateway", gateway, "error", failed)
	}
	return err
}
