package orchestrator

import (
	"context"
	"time"
)

// Recovery is the mode of a database that is behind its gateways, after an older
// backup was restored, say: deals are looked up and merged, and nothing is sent. It
// is one row that all replicas read.
type Recovery struct {
	Since  time.Time `json:"since"`  // when it began, UTC
	Reason string    `json:"reason"` // what showed it, or who said it
	// From is where the gateways' statements are read from: just before the newest deal
	// that the database knew when recovery began.
	From time.Time `json:"from"`
	// What the last round over all open deals found.
	Checked  time.Time `json:"checked,omitzero"`
	Looked   int       `json:"looked,omitzero"`   // open deals that were looked up
	Problems []string  `json:"problems,omitzero"` // what still differs, the first few
}

// Recoveries keeps the mode of recovery. Implementations are safe for concurrent use.
type Recoveries interface {
	// Recovery is the mode that the database is in, nil if it is in none.
	Recovery(ctx context.Context) (*Recovery, error)
	// BeginRecovery stores it, unless there is one already.
	BeginRecovery(ctx context.Context, r Recovery) (begun bool, err error)
	// NoteRecovery stores what the last round found, if the mode goes on.
	NoteRecovery(ctx context.Context, r Recovery) error
	// EndRecovery ends it and writes the line of the audit log.
	EndRecovery(ctx context.Context, a Act) error
	// RecoveryEnded is when recovery ended last, zero if it never did.
	RecoveryEnded(ctx context.Context) (time.Time, error)
	// NewestDeal is when the newest deal was opened, zero if there is none.
	NewestDeal(ctx context.Context) (time.Time, error)
}

// margin is how far before the newest deal the gateways' statements are read from.
const margin = time.Hour

// BeginRecovery begins the mode of recovery, unless it has begun already.
func BeginRecovery(ctx context.Context, store Recoveries, now time.Time, reason string) (begun bool, err error) {
	newest, err := store.NewestDeal(ctx)
	if err != nil {
		return false, err
	}
	if newest.IsZero() {
		newest = now
	}
	return store.BeginRecovery(ctx, Recovery{Since: now, Reason: reason, From: newest.Add(-margin)})
}
