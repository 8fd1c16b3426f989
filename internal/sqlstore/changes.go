package sqlstore

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator"
)

// The times of changes say nothing about the order in which they can be seen: one that was
// decided earlier may be written later, by another replica. So who reads changes follows the
// order of writing. A community's seals have it, a lane's piece after another; behind them
// stand the rows of each lane that are not sealed yet, which become visible in their order.

// Bounds of one look at what was changed; our choice.
const (
	sealsAtOnce = 20
	tailAtOnce  = 1000
	changeLooks = 10 // of one page whose filter leaves little
)

// lateSeal is by how much a replica's clock may be behind, so that it seals before a row's time.
const lateSeal = time.Minute

// reach is up to where a reader has a community's changes: a seal, and positions of lanes
// beyond it.
type reach struct {
	seal  int64
	lanes map[int64]int64
}

// pass goes on behind a seal, whose lines were all taken: their positions need no note.
func (r *reach) pass(seal int64, lines []changed) {
	r.seal = seal
	for _, l := range lines {
		if r.lanes[l.Lane] == l.Position {
			delete(r.lanes, l.Lane)
		}
	}
}

var errReach = fault.New(fault.Invalid, "invalid_cursor", "cursor must be one of an earlier answer").With("field", "cursor")

func reachOf(place []int64) (reach, error) {
	if len(place)%2 == 0 {
		return reach{}, errReach
	}
	r := reach{place[0], map[int64]int64{}}
	for i := 1; i < len(place); i += 2 {
		r.lanes[place[i]] = place[i+1]
	}
	return r, nil
}

func (r reach) place() []int64 {
	place := []int64{r.seal}
	for lane, position := range r.lanes {
		place = append(place, lane, position)
	}
	return place
}

// changed is a line of the history as far as it tells that its deal was changed.
type changed struct {
	Community   int64     `db:"community_id"`
	Seal        int64     `db:"seal"`
	Lane        int64     `db:"lane"`
	Position    int64     `db:"position"`
	Transaction int64     `db:"transaction_id"`
	At          time.Time // of the change
}

var changedTable = tableOf("transaction_log",
	number("community_id", func(c *changed) *int64 { return &c.Community }),
	number("seal", func(c *changed) *int64 { return &c.Seal }),
	number("lane", func(c *changed) *int64 { return &c.Lane }),
	number("position", func(c *changed) *int64 { return &c.Position }),
	number("transaction_id", func(c *changed) *int64 { return &c.Transaction }),
	instant("at", func(c *changed) *time.Time { return &c.At }),
)

const (
	sealedChanges = `select l.community_id, s.sequence as seal, l.lane, l.position, l.transaction_id, l.at from seals s
		join transaction_log l on l.lane = s.lane and l.lane <> 0 and l.position > s.after and l.position <= s.upto and l.community_id = s.community_id
		where s.community_id = $1 and s.sequence > $2 and s.sequence <= $3 and s.acts = 0 order by s.sequence, l.position`
	tailChanges = `select l.community_id, 0 as seal, l.lane, l.position, l.transaction_id, l.at from lanes n
		join transaction_log l on l.lane = n.lane and l.lane <> 0 and l.position > n.sealed
		where n.acts = 0 and n.opened_at > $1 order by l.lane, l.position limit $2`
)

// Changes implements orchestrator.Deals. A limit outside 1 to 100 is 100.
func (db Deals) Changes(ctx context.Context, f orchestrator.ChangeFilter) (orchestrator.Changes, error) {
	if f.Limit < 1 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	r, err := db.begin(ctx, f)
	if err != nil {
		return orchestrator.Changes{}, err
	}
	var found []orchestrator.Transaction
	for range changeLooks {
		look, some, err := db.look(ctx, f, &r, f.Limit-len(found))
		if err != nil {
			return orchestrator.Changes{}, err
		}
		found = slices.DeleteFunc(found, func(tx orchestrator.Transaction) bool { return slices.Contains(look.ids, tx.ID) })
		if found = append(found, some...); paging.GoesOn(found, f.Limit) || !look.more {
			return orchestrator.Changes{Transactions: found, Next: r.place(), More: look.more}, nil
		}
	}
	return orchestrator.Changes{Transactions: found, Next: r.place(), More: true}, nil
}

// begin is where a reader goes on, or begins: behind the last seal before anything that is
// asked for was written.
func (db Deals) begin(ctx context.Context, f orchestrator.ChangeFilter) (reach, error) {
	if len(f.From) > 0 {
		return reachOf(f.From)
	}
	r := reach{0, map[int64]int64{}}
	before := f.Written.Add(-lateSeal)
	if before.Year() < 2000 {
		return r, nil
	}
	_, err := db.one(ctx, &r.seal, `select coalesce(max(sequence), 0) from (
		select sequence from seals where community_id = $1 and at < $2 order by at desc, sequence desc limit 1) as s`, f.CommunityID, stamp{before})
	return r, err
}

// look takes as many deals as are wanted, or as fill a page: which those are is known when they were read, so it
// looks again from where it began.
func (db Deals) look(ctx context.Context, f orchestrator.ChangeFilter, from *reach, want int) (*changeLook, []orchestrator.Transaction, error) {
	for {
		r := reach{from.seal, maps.Clone(from.lanes)}
		look := &changeLook{Deals: db, f: f, reach: &r, want: want}
		if err := look.read(ctx); err != nil {
			return nil, nil, err
		}
		some, err := look.deals(ctx)
		if err != nil {
			return nil, nil, err
		}
		if len(some) == len(look.ids) || !paging.Full(some) {
			*from = r
			return look, some, nil
		}
		want = min(len(some), (want+1)/2) // fewer each time; one is never too many
	}
}

// changeLook is one look: at what was changed, and then at the deals themselves.
type changeLook struct {
	Deals
	f     orchestrator.ChangeFilter
	reach *reach
	want  int
	ids   []int64 // of deals that were changed, by the last change
	more  bool    // there is something behind them
}

// read takes deals until there are enough or there is nothing behind them. What is not sealed is
// looked at first: whatever has been sealed by then is in the seals that are read after it.
func (k *changeLook) read(ctx context.Context) error {
	tail, err := pick(ctx, k, k.reads, changedTable, tailChanges, stamp{k.now().Add(-laneLooked)}, tailAtOnce)
	if err != nil {
		return err
	}
	var newest int64
	if _, err := k.one(ctx, &newest, `select coalesce(max(sequence), 0) from seals where community_id = $1`, k.f.CommunityID); err != nil {
		return err
	}
	for k.reach.seal < newest {
		upto := min(k.reach.seal+sealsAtOnce, newest)
		lines, err := pick(ctx, k, k.reads, changedTable, sealedChanges, k.f.CommunityID, k.reach.seal, upto)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if !k.take(l) {
				k.more = true
				return nil
			}
			k.reach.seal = l.Seal - 1 // the seal has perhaps more
		}
		k.reach.pass(upto, lines)
	}
	k.readTail(tail)
	return nil
}

// readTail takes what is not sealed. Of lanes that have nothing of it all is sealed.
func (k *changeLook) readTail(tail []changed) {
	for lane := range k.reach.lanes {
		if len(tail) < tailAtOnce && !slices.ContainsFunc(tail, func(l changed) bool { return l.Lane == lane }) {
			delete(k.reach.lanes, lane)
		}
	}
	fresh := false
	for _, l := range tail {
		fresh = fresh || l.Position > k.reach.lanes[l.Lane]
		if !k.take(l) {
			k.more = true
			return
		}
	}
	k.more = fresh && len(tail) == tailAtOnce
}

// take notes a line, and reports false when there is no room for another deal.
func (k *changeLook) take(l changed) bool {
	if l.Position <= k.reach.lanes[l.Lane] {
		return true
	}
	if l.Community == k.f.CommunityID && l.At.After(k.f.Since) {
		if at := slices.Index(k.ids, l.Transaction); at >= 0 {
			k.ids = slices.Delete(k.ids, at, at+1)
		} else if len(k.ids) == k.want {
			return false
		}
		k.ids = append(k.ids, l.Transaction)
	}
	k.reach.lanes[l.Lane] = l.Position
	return true
}

// deals are those of the deals that the filter leaves, in the order of their changes.
func (k *changeLook) deals(ctx context.Context) ([]orchestrator.Transaction, error) {
	if len(k.ids) == 0 {
		return nil, nil
	}
	noted, err := k.labelConditions("", k.f.ExternalReference, k.f.Metadata)
	if err != nil {
		return nil, err
	}
	args := row{k.f.CommunityID, rowList(k.ids, func(id int64) []int64 { return []int64{id} })}
	where, args := conditioned(`where community_id = $1 and id in `+k.among(2, 1), args, append(conditions(k.f.Filter), noted...))
	if k.f.Party != "" {
		all := condition{"(" + strings.Join([]string{"buyer = ?", "seller = ?", "starter = ?", "author = ?"}, " or ") + ")", []any{k.f.Party, k.f.Party, k.f.Party, k.f.Party}}
		where, args = conditioned(where, args, []condition{all})
	}
	found, err := k.database.deals(ctx, dealTable.selection(where), args...)
	slices.SortFunc(found, func(a, b orchestrator.Transaction) int {
		return slices.Index(k.ids, a.ID) - slices.Index(k.ids, b.ID)
	})
	return found, err
}
