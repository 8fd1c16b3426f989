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
	Gateway       string `db:"gateway"` // only when it was claimed
}

func (r timerRow) timer() (orchestrator.Timer, error) {
	return orchestrator.Timer{
		TransactionID: r.TransactionID, CommunityID: r.CommunityID, Name: process.TimerName(r.Name),
		State: process.State(r.State), Due: r.Due.at, Attempts: r.Attempts, Gateway: r.Gateway,
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
func (db *DB) ClaimTimers(ctx context.Context, now, lease time.Time, limit int, shut ...orchestrator.Shut) ([]orchestrator.Timer, error) {
	if err := db.trustClock(ctx); err != nil {
		return nil, err
	}
	query, args := db.claimTimers([]any{stamp{now}, stamp{lease}, limit}, shut)
	var rows []timerRow
	if err := db.change(ctx, &rows, query, args...); err != nil {
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

// claimTimers leaves out the timers of gateways that are shut only when there are any:
// else the deals need not be looked at to find what is due.
func (db *DB) claimTimers(args []any, all []orchestrator.Shut) (string, []any) {
	from, where := "timers m", ""
	var shut orchestrator.Shut
	for _, s := range all {
		shut.Gateways, shut.But = append(shut.Gateways, s.Gateways...), append(shut.But, s.But...)
	}
	if len(shut.Gateways) > 0 {
		from = "timers m join transactions x on x.id = m.transaction_id"
		where, args = except("x.gateway", shut.Gateways, args)
		if len(shut.But) > 0 {
			names := make([]string, len(shut.But))
			for i, name := range shut.But {
				names[i] = string(name)
			}
			var others string
			others, args = except("m.name", names, args)
			where = " and not (true" + others + " and not (true" + where + "))"
		}
	}
	lock := ""
	if db.skipLocked() != "" {
		lock = " for update of m skip locked"
	}
	return `with ready as materialized (
			select m.transaction_id as id, m.name as timer from ` + from + `
			where m.claimable_at <= $1` + where + ` order by m.claimable_at limit $3` + lock + `)
		update timers set attempts = attempts + 1, claimable_at = $2
		from ready where transaction_id = ready.id and name = ready.timer
		returning transaction_id, name, community_id, state, due, attempts,
			coalesce((select x.gateway from transactions x where x.id = timers.transaction_id), '') as gateway`, args
}

// ReleaseTimer implements orchestrator.Store.
func (db *DB) ReleaseTimer(ctx context.Context, t orchestrator.Timer) error {
	_, err := db.exec(ctx, `update timers set claimable_at = due, attempts = attempts - 1
		where transaction_id = $1 and name = $2 and state = $3 and attempts = $4`, t.TransactionID, string(t.Name), string(t.State), t.Attempts)
	return err
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
