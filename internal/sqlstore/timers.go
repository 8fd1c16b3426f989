package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Timers implements orchestrator.Schedule.
func (db Schedule) Timers(ctx context.Context, id int64) ([]orchestrator.Timer, error) {
	rows, err := find(ctx, db, timerTable, `where transaction_id = $1 order by due, name`, id)
	return each(rows, func(t timer) orchestrator.Timer { return t.Timer }), err
}

// claimedTimers have the gateway of their deal.
var claimedTimers = timerTable.plus(text("gateway", func(t *timer) *string { return &t.Gateway }).as("coalesce(" + timerGateway + ", '')"))

func timerQueue() queue {
	return queue{table: "timers", keys: []string{"transaction_id", "name"}, due: "claimable_at", tries: "attempts"}
}

// timerGateway is the gateway of a timer's deal.
const timerGateway = `(select x.gateway from transactions x where x.id = timers.transaction_id)`

// ClaimTimers implements orchestrator.Schedule.
func (db Schedule) ClaimTimers(ctx context.Context, now, until time.Time, limit int, shut ...orchestrator.Shut) ([]orchestrator.Timer, error) {
	but, args := butShut(shut)
	rows, err := lease(ctx, db, claimedTimers, timerQueue(), now, until, limit, but, args...)
	slices.SortFunc(rows, func(a, b timer) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.TransactionID, b.TransactionID), cmp.Compare(a.Name, b.Name))
	})
	return each(rows, func(t timer) orchestrator.Timer { return t.Timer }), err
}

// butShut leaves out the timers of gateways that are shut, only when there are any: else
// the deals need not be looked at to find what is due.
func butShut(all []orchestrator.Shut) (string, []any) {
	var gateways, names []string
	for _, s := range all {
		gateways = append(gateways, s.Gateways...)
		for _, name := range s.But {
			names = append(names, string(name))
		}
	}
	if len(gateways) == 0 {
		return "", nil
	}
	args, at := among(make([]any, claimArgs), gateways)
	open := timerGateway + " not in (" + at + ")"
	if len(names) > 0 {
		args, at = among(args, names)
		open = "(name in (" + at + ") or " + open + ")"
	}
	return " and " + open, args[claimArgs:]
}

// NextTimer is when the next timer of any deal may be claimed, after one instant and
// up to another, but for those of some names; false when none.
func (db Schedule) NextTimer(ctx context.Context, after, until time.Time, but ...process.TimerName) (time.Time, bool, error) {
	names, args := timersNamed([]any{stamp{after}, stamp{until}}, but)
	var due stamp
	found, err := db.one(ctx, &due, `select claimable_at from timers where claimable_at > $1 and claimable_at <= $2 and name not in (`+names+`)
		order by claimable_at limit 1`, args...)
	return due.at, found, err
}

// TimerTimes are the instants after one at which timers of some names may be claimed, in their order.
func (db Schedule) TimerTimes(ctx context.Context, after time.Time, of ...process.TimerName) ([]time.Time, error) {
	names, args := timersNamed([]any{stamp{after}}, of)
	var rows []stamp
	err := db.all(ctx, &rows, `select distinct claimable_at from timers where claimable_at > $1 and name in (`+names+`) order by claimable_at`, args...)
	return each(rows, func(s stamp) time.Time { return s.at }), err
}

// timersNamed are the places of names behind other arguments; of none there is one that no timer has.
func timersNamed(args []any, names []process.TimerName) (string, []any) {
	texts := []string{""}
	for _, name := range names {
		texts = append(texts, string(name))
	}
	args, at := among(args, texts)
	return at, args
}

// Unsettled reports whether the outcome of an operation is open, or a gateway's message waits to be applied.
func (db Schedule) Unsettled(ctx context.Context) (bool, error) {
	for _, query := range []string{`select id from intents where status = 'open' limit 1`, `select cast(id as text) from inbox where done = 0 limit 1`} {
		var id string
		if found, err := db.one(ctx, &id, query); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// claimedTimer finds a timer that nobody has claimed, and no commit has set anew, after
// the caller claimed it.
const claimedTimer = ` where transaction_id = $1 and name = $2 and state = $3 and attempts = $4 and due = $5`

func claimedTimerArgs(t orchestrator.Timer) []any {
	return []any{t.TransactionID, string(t.Name), string(t.State), t.Attempts, stamp{t.Due}}
}

// ReleaseTimer implements orchestrator.Schedule.
func (db Schedule) ReleaseTimer(ctx context.Context, t orchestrator.Timer) error {
	_, err := db.exec(ctx, `update timers set claimable_at = due, attempts = attempts - 1`+claimedTimer, claimedTimerArgs(t)...)
	return err
}

// RescheduleTimer implements orchestrator.Schedule.
func (db Schedule) RescheduleTimer(ctx context.Context, t orchestrator.Timer, due time.Time) error {
	_, err := db.exec(ctx, `update timers set due = $6, claimable_at = $6`+claimedTimer, append(claimedTimerArgs(t), stamp{due})...)
	return err
}

// DropTimer implements orchestrator.Schedule.
func (db Schedule) DropTimer(ctx context.Context, t orchestrator.Timer) error {
	_, err := db.exec(ctx, `delete from timers`+claimedTimer, claimedTimerArgs(t)...)
	return err
}
