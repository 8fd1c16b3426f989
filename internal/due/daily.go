package due

import (
	"context"
	"errors"
	"time"
)

// Daily is what one of all replicas does once in a Period.
type Daily struct {
	Name   string
	Period time.Duration
	// Lease is after how long it is begun by another replica when the one that does it
	// has died, Again when it is tried again after it could not be completed.
	Lease, Again time.Duration
	Now          func() time.Time
	// Claim notes by compare-and-set that the work of a name was last done at a time,
	// unless that was after before.
	Claim func(ctx context.Context, name string, at, before time.Time) (claimed bool, err error)
}

// Do does the work if its time has come and nobody else has it.
func (d Daily) Do(ctx context.Context, do func(ctx context.Context) (complete bool, err error)) error {
	begun := d.Now()
	// As if it had been done so long ago that the next time comes when the lease ends.
	claimed, err := d.Claim(ctx, d.Name, begun.Add(d.Lease-d.Period), begun.Add(-d.Period))
	if err != nil || !claimed {
		return err
	}
	complete, err := do(ctx)
	at := begun
	if !complete {
		at = begun.Add(d.Again - d.Period)
	}
	// Whoever has it by now, this says when it was done.
	_, noted := d.Claim(context.WithoutCancel(ctx), d.Name, at, begun.Add(d.Period))
	return errors.Join(err, noted)
}
