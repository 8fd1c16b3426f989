package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ids hands out numbers from a block that was claimed with one statement, so
// that writing needs no sequence that all replicas share.
type ids struct {
	size int64

	mu         sync.Mutex
	next, last int64
}

// NextID implements orchestrator.Store. Replicas take turns in blocks, so ids
// grow within one store and are unique across all.
func (db *DB) NextID(ctx context.Context) (int64, error) {
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
	if db.ids.next == db.ids.last {
		if err := db.claimIDs(ctx); err != nil {
			return 0, err
		}
	}
	db.ids.next++
	return db.ids.next - 1, nil
}

func (db *DB) claimIDs(ctx context.Context) error {
	var ends []int64
	const query = `update id_blocks set next_id = next_id + $1 where name = 'id' returning next_id`
	if err := db.change(ctx, &ends, query, db.ids.size); err != nil {
		return err
	}
	if len(ends) != 1 {
		return errors.New("the database has no row that ids are taken from")
	}
	db.ids.next, db.ids.last = ends[0]-db.ids.size, ends[0]
	return nil
}
