package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type intentRow struct {
	ID            string `db:"id"`
	CommunityID   int64  `db:"community_id"`
	TransactionID int64  `db:"transaction_id"`
	Gateway       string `db:"gateway"`
	Transition    string `db:"transition"`
	From          string `db:"from_state"`
	Verb          string `db:"verb"`
	ActorKind     string `db:"actor_kind"`
	ActorID       string `db:"actor_id"`
	Input         string `db:"input"`
	RequestID     string `db:"request_id"`
	Status        string `db:"status"`
	Code          string `db:"code"`
	Attempt       int    `db:"attempt"`
	Due           stamp  `db:"due"`
	CreatedAt     stamp  `db:"created_at"`
	UpdatedAt     stamp  `db:"updated_at"`
	Generation    int    `db:"generation"`
}

// claimedColumns are those of a whole intent. Its generation is changed by recovery
// alone, never by a commit.
const claimedColumns = intentColumns + `, generation`

// intent is the row but for its input, which is sealed.
func (r intentRow) intent() orchestrator.Intent {
	return orchestrator.Intent{
		ID: r.ID, CommunityID: r.CommunityID, TransactionID: r.TransactionID, Gateway: r.Gateway,
		Transition: process.Transition(r.Transition), From: process.State(r.From), Verb: process.Verb(r.Verb),
		Actor: process.Actor{Kind: process.ActorKind(r.ActorKind), ID: r.ActorID}, RequestID: r.RequestID,
		Status: orchestrator.IntentStatus(r.Status), Code: r.Code, Attempt: r.Attempt, Generation: r.Generation,
		Due: r.Due.at, CreatedAt: r.CreatedAt.at, UpdatedAt: r.UpdatedAt.at,
	}
}

// Intent implements orchestrator.Stores.
func (db *DB) Intent(ctx context.Context, id string) (orchestrator.Intent, error) {
	var r intentRow
	found, err := db.one(ctx, &r, `select `+claimedColumns+` from intents where id = $1`, id)
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
	return queue{table: "intents", keys: []string{"id"}, due: "due", open: "status = 'open'", returns: claimedColumns}
}

// ClaimIntents implements orchestrator.Stores.
func (db *DB) ClaimIntents(ctx context.Context, now, lease time.Time, limit int, shut ...string) ([]orchestrator.Intent, error) {
	var rows []intentRow
	except, args := except("gateway", shut)
	if err := db.lease(ctx, &rows, intentQueue(), now, lease, limit, except, args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b intentRow) int {
		return cmp.Or(a.CreatedAt.at.Compare(b.CreatedAt.at), cmp.Compare(a.ID, b.ID))
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

// WakeIntents implements orchestrator.Stores.
func (db *DB) WakeIntents(ctx context.Context, gateway string, after, due time.Time, limit int) error {
	if limit == 0 {
		limit = math.MaxInt32
	}
	_, err := db.exec(ctx, `update intents set due = $3 where status = 'open' and due > $2 and id in (
			select id from intents where status = 'open' and gateway = $1 and due > $2 order by due limit $4)`,
		gateway, stamp{after}, stamp{due}, limit)
	return err
}

// DeferIntent implements orchestrator.Stores.
func (db *DB) DeferIntent(ctx context.Context, i orchestrator.Intent, held time.Time) error {
	changed, err := db.exec(ctx, `update intents set attempt = $2, code = $3, due = $4, updated_at = $5, generation = $7
		where id = $1 and status = 'open' and due = $6`, i.ID, i.Attempt, i.Code, stamp{i.Due}, stamp{i.UpdatedAt}, stamp{held}, i.Generation)
	if err == nil && changed == 0 {
		return orchestrator.ErrRevisionConflict
	}
	return err
}
