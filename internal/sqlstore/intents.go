package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Intent implements orchestrator.Intents.
func (db Intents) Intent(ctx context.Context, id string) (orchestrator.Intent, error) {
	r, found, err := findOne(ctx, db, intentTable, `where id = $1`, id)
	if err != nil {
		return orchestrator.Intent{}, err
	}
	if !found {
		return orchestrator.Intent{}, fault.New(fault.NotFound, "intent_not_found", "there is no such gateway operation")
	}
	return db.intent(ctx, r)
}

// Who claims an operation holds it by its due time; attempts count what was sent.
func intentQueue() queue {
	return queue{table: "intents", keys: []string{"id"}, due: "due", open: "status = 'open'"}
}

// ClaimIntents implements orchestrator.Intents.
func (db Intents) ClaimIntents(ctx context.Context, now, until time.Time, limit int, shut ...string) ([]orchestrator.Intent, error) {
	except, args := except("gateway", shut)
	rows, err := lease(ctx, db, intentTable, intentQueue(), now, until, limit, except, args...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b intent) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return db.readable(ctx, rows)
}

// except makes a claim leave rows out whose column has one of some values.
func except(column string, values []string) (string, []any) {
	return listed(column+" not in", values)
}

// onlyOf makes a claim take only rows whose column has one of some values; without any,
// all.
func onlyOf(column string, values []string) (string, []any) {
	return listed(column+" in", values)
}

func listed(condition string, values []string) (string, []any) {
	if len(values) == 0 {
		return "", nil
	}
	args, places := among(make([]any, claimArgs), values)
	return " and " + condition + " (" + places + ")", args[claimArgs:]
}

// WakeIntents implements orchestrator.Intents.
func (db Intents) WakeIntents(ctx context.Context, gateway string, after, due time.Time, limit int) error {
	if limit == 0 {
		limit = math.MaxInt32
	}
	_, err := db.exec(ctx, `update intents set due = $3 where status = 'open' and due > $2 and id in (
			select id from intents where status = 'open' and gateway = $1 and due > $2 order by due limit $4)`,
		gateway, stamp{after}, stamp{due}, limit)
	return err
}

// DeferIntent implements orchestrator.Intents.
func (db Intents) DeferIntent(ctx context.Context, i orchestrator.Intent, held time.Time) error {
	changed, err := db.exec(ctx, `update intents set attempt = $2, code = $3, due = $4, updated_at = $5, generation = $7
		where id = $1 and status = 'open' and due = $6`, i.ID, i.Attempt, i.Code, stamp{i.Due}, stamp{i.UpdatedAt}, stamp{held}, i.Generation)
	if err == nil && changed == 0 {
		return orchestrator.ErrRevisionConflict
	}
	return err
}
