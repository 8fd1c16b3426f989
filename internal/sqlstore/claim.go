package sqlstore

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// queue is a table with rows that fall due, each to be done by one of all replicas.
type queue struct {
	table string
	keys  []string // its primary key
	due   string   // the column with the time at which a row may be claimed
	// since is what is asked instead of due, where that may be empty.
	since string
	open  string // what holds for rows that are not done; empty: all
	tries string // the column that counts claims; empty: none does
}

// claimArgs are the arguments that every claim has: now, the end of the lease, the limit.
const claimArgs = 3

// lease claims rows that are due at now, those that have been due for longest, by moving
// their time to until. It is a compare-and-set: a row whose time another replica has
// moved meanwhile is left to it. PostgreSQL passes rows that are just being claimed,
// which saves waiting for them and nothing else. More is a further condition, with its
// arguments from $4 on.
func lease[T any](ctx context.Context, of keeper, t *table[*T], q queue, now, until time.Time, limit int, more string, args ...any) ([]T, error) {
	db := of.base()
	if err := db.trustClock(ctx); err != nil {
		return nil, err
	}
	text := q.claim(more, db.skip) + " returning " + t.picked
	return pick(ctx, db, db.writes, t, text, append([]any{stamp{now}, stamp{until}, limit}, args...)...)
}

// skipLocked lets several claimers pass each other. SQLite has one writer at a time and
// needs no such words.
const skipLocked = " for update skip locked"

// claim is the statement.
func (q queue) claim(more, skip string) string {
	since := q.since
	if since == "" {
		since = q.due
	}
	ready := since + " <= $1"
	if q.open != "" {
		ready = q.open + " and " + ready
	}
	ids, same := make([]string, len(q.keys)), make([]string, len(q.keys))
	for i, key := range q.keys {
		id := "ready_" + strconv.Itoa(i+1)
		ids[i], same[i] = key+" as "+id, key+" = ready."+id
	}
	set := q.due + " = $2"
	if q.tries != "" {
		set = q.tries + " = " + q.tries + " + 1, " + set
	}
	return `with ready as materialized (
			select ` + strings.Join(ids, ", ") + ` from ` + q.table + `
			where ` + ready + more + ` order by ` + since + ` limit $3` + skip + `)
		update ` + q.table + ` set ` + set + ` from ready
		where ` + strings.Join(same, " and ") + ` and ` + ready
}
