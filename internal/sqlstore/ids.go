package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Ids follow the calendar, so that a database that was restored from a backup never
// hands out again what it had handed out before: its clock did not go back with it.
// At 500 ids a second they stay below 10^12 until 2089: clients read them exactly
// (2^53), and none has the 13 digits of a card number.
const (
	idsPerSecond = 500
	idsBegin     = 1_767_225_600 // 2026-01-01 in Unix seconds
)

// blockLife is after how long the rest of a block is left: what is in the order of ids (deals, listings, ads, of which ten indexes each
// begin a page) is then in the order of time up to a minute, whatever process made it. A block a minute is 17 ids a second.
const blockLife = time.Minute

// ids hands out numbers from a block that was claimed with one statement, so
// that writing needs no sequence that all replicas share.
type ids struct {
	size int64
	now  func() time.Time // real time, never virtual

	mu         sync.Mutex
	next, last int64
	since      time.Time // when the block was claimed
}

// NextID implements orchestrator.Commits.
func (db Commits) NextID(ctx context.Context) (int64, error) { return db.nextID(ctx) }

// nextID is a new id. Replicas take turns in blocks, so ids grow within one store and are
// unique across all. They do not repeat after a restore either, as long as fewer than 500
// a second were taken on the average.
func (db *database) nextID(ctx context.Context) (int64, error) {
	if r := db.request(ctx); r != nil {
		if len(r.ids) == 0 {
			return 0, fmt.Errorf("a keyed request may use up %d ids", spareIDs)
		}
		id := r.ids[0]
		r.ids = r.ids[1:]
		return id, nil
	}
	db.ids.mu.Lock()
	defer db.ids.mu.Unlock()
	if db.ids.next == db.ids.last || db.ids.now().Sub(db.ids.since) >= blockLife {
		if err := db.claimIDs(ctx); err != nil {
			return 0, err
		}
	}
	db.ids.next++
	return db.ids.next - 1, nil
}

func (db *database) claimIDs(ctx context.Context) error {
	var ends []int64
	since := db.ids.now()
	// What this process has handed out itself counts too: the database may have been
	// restored behind its back.
	floor := max((since.Unix()-idsBegin)*idsPerSecond, db.ids.last, 1)
	const query = `update id_blocks set next_id = case when next_id < $2 then $2 else next_id end + $1 where name = 'id' returning next_id`
	if err := db.change(ctx, &ends, query, db.ids.size, floor); err != nil {
		return err
	}
	if len(ends) != 1 {
		return errors.New("the database has no row that ids are taken from")
	}
	db.ids.next, db.ids.last, db.ids.since = ends[0]-db.ids.size, ends[0], since
	return nil
}
