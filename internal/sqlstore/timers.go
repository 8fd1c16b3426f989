package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

type timerRow struct {
	TransactionID int64  `db:"transaction_id"`
	Name          string `db:"name"`
	CommunityID   int64  `db:"community_id"`
	State         string `db:"state"`
	Due           stamp  `db:"due"`
	Attempts      int    `db:"attempts"`
}

func (r timerRow) timer() (orchestrator.Timer, error) {
	return orchestrator.Timer{
		TransactionID: r.TransactionID, CommunityID: r.CommunityID, Name: process.TimerName(r.Name),
		State: process.State(r.State), Due: r.Due.at, Attempts: r.Attempts,
	}, nil
}

// Timers implements orchestrator.Store.
func (db *DB) Timers(ctx context.Context, id int64) ([]orchestrator.Timer, error) {
	const query = `select transaction_id, name, community_id, state, due, attempts
		from timers where transaction_id = $1 order by due, name`
	var rows []timerRow
	if err := db.all(ctx, &rows, query, id); err != nil {
		return nil, err
	}
	return convert(rows, timerRow.timer)
}

// ClaimTimers implements orchestrator.Store.
func (db *DB) ClaimTimers(ctx context.Context, now, lease time.Time, limit int) ([]orchestrator.Timer, error) {
	if err := db.trustClock(ctx); err != nil {
		return nil, err
	}
	query := `with ready as materialized (
			select transaction_id as id, name as timer from timers
			where claimable_at <= $1 order by claimable_at limit $3` + db.skipLocked() + `)
		update timers set attempts = attempts + 1, claimable_at = $2
		from ready where transaction_id = ready.id and name = ready.timer
		returning transaction_id, name, community_id, state, due, attempts`
	var rows []timerRow
	if err := db.change(ctx, &rows, query, stamp{now}, stamp{lease}, limit); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b timerRow) int {
		return cmp.Or(a.Due.at.Compare(b.Due.at), cmp.Compare(a.TransactionID, b.TransactionID), cmp.Compare(a.Name, b.Name))
	})
	return convert(rows, timerRow.timer)
}

// NextTimer is when the next timer of any deal may be claimed, after one instant and
// up to another; false when none.
func (db *DB) NextTimer(ctx context.Context, after, until time.Time) (time.Time, bool, error) {
	var due stamp
	found, err := db.one(ctx, &due, `select claimable_at from timers where claimable_at > $1 and claimable_at <= $2
		order by claimable_at limit 1`, stamp{after}, stamp{until})
	return due.at, found, err
}

// RescheduleTimer implements orchestrator.Store.
func (db *DB) RescheduleTimer(ctx context.Context, t orchestrator.Timer, due time.Time) error {
	_, err := db.exec(ctx, `update timers set due = $4, claimable_at = $4
		where transaction_id = $1 and name = $2 and state = $3`, t.TransactionID, string(t.Name), string(t.State), stamp{due})
	return err
}

// DropTimer implements orchestrator.Store.
func (db *DB) DropTimer(ctx context.Context, t orchestrator.Timer) error {
	_, err := db.exec(ctx, `delete from timers where transaction_id = $1 and name = $2 and state = $3`,
		t.TransactionID, string(t.Name), string(t.State))
	return err
}
