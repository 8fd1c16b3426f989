package sqlstore

import (
	"context"
	"math"
	"slices"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// withDeals reads the deals of an outbox, in the order of their ids, and leaves what is more than a page to the
// next batch: each event is written with all that is noted with its deal. What cannot be read is for the doctor;
// events of it are told without it.
func (db *database) withDeals(ctx context.Context, out events.Unnumbered) events.Unnumbered {
	found, upto := db.readableDeals(ctx, dealsIn(out))
	out.Deals = make(map[int64]orchestrator.Transaction, len(found))
	for _, tx := range found {
		out.Deals[tx.ID] = tx
	}
	happened := fitting(out.Events, upto, out.Deals, func(e orchestrator.Event) int64 { return e.TransactionID })
	if len(happened) < len(out.Events) {
		upto = min(upto, out.Events[len(happened)].TransactionID-1) // what is said in a deal waits for what happened in it
	}
	out.Events = happened
	out.Messages = fitting(out.Messages, upto, out.Deals, func(m orchestrator.Message) int64 { return m.TransactionID })
	return out
}

// dealsIn are the deals of an outbox, in order.
func dealsIn(out events.Unnumbered) []int64 {
	var ids []int64
	for _, e := range out.Events {
		ids = append(ids, e.TransactionID)
	}
	for _, m := range out.Messages {
		ids = append(ids, m.TransactionID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// readableDeals are those of some deals that can be read, up to the one that fills a page; upto is the last one
// that was looked at.
func (db *database) readableDeals(ctx context.Context, ids []int64) (found []orchestrator.Transaction, upto int64) {
	in := `where id in ` + db.among(1, 1) + ` order by id`
	read := func(ids ...int64) ([]orchestrator.Transaction, error) {
		return db.deals(ctx, dealTable.selection(in), rowList(ids, func(id int64) []int64 { return []int64{id} }))
	}
	found, err := read(ids...)
	for i := 0; err != nil && i < len(ids) && !paging.Full(found); i++ {
		if one, failed := read(ids[i]); failed == nil {
			found = append(found, one...)
		}
	}
	if paging.Full(found) {
		return found, found[len(found)-1].ID
	}
	return found, math.MaxInt64
}

// fitting is the beginning of what happened that fills a page together with the deals that it is told with.
func fitting[T paging.Sized](all []T, upto int64, deals map[int64]orchestrator.Transaction, of func(T) int64) []T {
	size := 0
	for i, one := range all {
		id := of(one)
		if id > upto || size >= paging.Bytes {
			return all[:i]
		}
		size += one.Size() + deals[id].Size()
	}
	return all
}
