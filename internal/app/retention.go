package app

import (
	"context"
	"errors"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// pruneEvery is how often what is too old is looked for; our choice.
const pruneEvery = time.Minute

// pruning deletes what is older than it is kept, and seals what older releases stored
// in the clear, a batch at a time: at once again while there is more, else a minute
// later. Then it looks how large the tables are. Its clock is the real one, because how
// long answers and tickets live is not played; how long payment details live goes by the
// clock of the deals.
func pruning(store *sqlstore.DB, sizes *storeMetrics, now, deals func() time.Time) func(context.Context) error {
	var next time.Time
	return func(ctx context.Context) error {
		at := now()
		if at.Before(next) {
			return nil
		}
		deleted, err := store.Prune(ctx, at, sqlstore.DefaultRetention())
		details, late := store.PruneDetails(ctx, deals(), sqlstore.DefaultRetention())
		sealed, failed := store.SealOld(ctx)
		if err = errors.Join(err, late, failed); err != nil || deleted+details+sealed == 0 {
			next = at.Add(pruneEvery)
			err = errors.Join(err, sizes.look(ctx))
		}
		return err
	}
}
