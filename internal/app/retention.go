package app

import (
	"context"
	"errors"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// pruneEvery is how often what is too old is looked for; our choice.
const pruneEvery = time.Minute

// prune deletes what is older than it is kept, and seals what older releases stored in
// the clear, a batch at a time: at once again while there is more. Then it looks how
// large the tables are. How long payment details live goes by the clock of the deals.
func (a *App) prune(ctx context.Context) (int, error) {
	keep := sqlstore.DefaultRetention()
	deleted, err := a.Store.Prune(ctx, a.oldest(), keep)
	details, late := a.Store.PruneDetails(ctx, a.Engine.Now(), keep)
	sealed, failed := a.Store.SealOld(ctx)
	err = errors.Join(err, late, failed)
	if n := int(deleted + details + sealed); n > 0 && err == nil {
		return n, nil
	}
	return 0, errors.Join(err, a.sizes.look(ctx, a.realTime()))
}

// oldest is the earlier of real time, by which answers and tickets live, and the engine's,
// by which all else does. They differ where the clock is played, and nothing is to be
// deleted too early.
func (a *App) oldest() time.Time {
	real, played := a.realTime(), a.Engine.Now()
	if played.Before(real) {
		return played
	}
	return real
}
