package due

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Daily is what one of all replicas does once in a Period.
type Daily struct {
	Name   string
	Period time.Duration
	// Lease is after how long it is begun by another replica when the one that does it
	// has died; who lives renews it. Again is when it is tried again after it could not be completed.
	Lease, Again time.Duration
	Now          func() time.Time
	// Claim notes by compare-and-set that the work of a name was last done at a time,
	// unless that was after before.
	Claim func(ctx context.Context, name string, at, before time.Time) (claimed bool, err error)
}

// errTaken ends work whose lease ran out, because the database was away for long, say, and
// that another replica has begun.
var errTaken = errors.New("due: another replica has begun this work")

// Do does the work if its time has come and nobody else has it.
func (d Daily) Do(ctx context.Context, do func(ctx context.Context) (complete bool, err error)) error {
	begun := d.Now()
	// As if it had been done so long ago that the next time comes when the lease ends.
	held := begun.Add(d.Lease - d.Period)
	claimed, err := d.Claim(ctx, d.Name, held, begun.Add(-d.Period))
	if err != nil || !claimed {
		return err
	}
	working, stop := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	end := func() { stop(nil); renewing.Wait() }
	defer end()
	renewing.Go(func() { held = d.renew(working, stop, held) })
	complete, err := do(working)
	end()
	if errors.Is(context.Cause(working), errTaken) {
		return errTaken
	}
	at := begun
	if !complete {
		at = begun.Add(d.Again - d.Period)
	}
	_, noted := d.Claim(context.WithoutCancel(ctx), d.Name, at, held)
	return errors.Join(err, noted)
}

// renew renews a claim, which bears a time, until the work has ended, and stops the work
// when another replica has begun it. It returns the time of the claim.
func (d Daily) renew(working context.Context, stop context.CancelCauseFunc, held time.Time) time.Time {
	again := time.NewTicker(d.Lease / 3)
	defer again.Stop()
	for {
		select {
		case <-working.Done():
			return held
		case <-again.C:
		}
		next := d.Now().Add(d.Lease - d.Period)
		claimed, err := d.Claim(context.WithoutCancel(working), d.Name, next, held)
		switch {
		case err != nil: // the next try may succeed before the lease ends
		case !claimed:
			stop(errTaken)
			return held
		default:
			held = next
		}
	}
}
