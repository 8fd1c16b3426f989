package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

type announcement = events.Announcement

// announced are the columns that announcements and the log have alike.
func announced[R any](of func(R) *announcement) []column[R] {
	return within(of, []column[*announcement]{
		text("type", func(a *announcement) *string { return (*string)(&a.Type) }),
		number("transaction_id", func(a *announcement) *int64 { return &a.TransactionID }),
		text("object_type", func(a *announcement) *string { return (*string)(&a.Object.Type) }),
		number("object_number", func(a *announcement) *int64 { return &a.Object.Number }),
		text("object_id", func(a *announcement) *string { return &a.Object.ID }),
		text("reference", func(a *announcement) *string { return &a.Object.Reference }),
		raw("data", func(a *announcement) *json.RawMessage { return &a.Data }).of("text"),
		instant("at", func(a *announcement) *time.Time { return &a.At }),
	})
}

var announcementTable = tableOf("announcements", slices.Concat([]column[*announcement]{
	number("community_id", func(a *announcement) *int64 { return &a.CommunityID }),
	number("id", func(a *announcement) *int64 { return &a.ID }),
}, announced(func(a *announcement) *announcement { return a }))...)

// numbered is a row of the log: an event, and perhaps the step that comes with it.
type numbered struct {
	announcement
	sequence int64
	step     bool
}

var eventLogTable = tableOf("event_log", slices.Concat([]column[*numbered]{
	number("community_id", func(n *numbered) *int64 { return &n.CommunityID }),
	number("sequence", func(n *numbered) *int64 { return &n.sequence }),
}, announced(func(n *numbered) *announcement { return &n.announcement }), []column[*numbered]{
	truth("step", func(n *numbered) *bool { return &n.step }),
})...)

func (n numbered) event() events.Event {
	return events.Event{
		CommunityID: n.CommunityID, Sequence: n.sequence, Type: n.Type, TransactionID: n.TransactionID, Object: n.Object, Data: n.Data, At: n.At, Step: n.step,
	}
}

func numberedOf(e events.Event) numbered {
	return numbered{
		announcement{CommunityID: e.CommunityID, Type: e.Type, TransactionID: e.TransactionID, Object: e.Object, Data: e.Data, At: e.At},
		e.Sequence, e.Step,
	}
}

// NumberNext implements events.Outbox.
func (db EventLog) NumberNext(ctx context.Context, after int64, limit int, write func(events.Unnumbered) []events.Event) (community int64, n int, err error) {
	community, err = db.unnumberedCommunity(ctx, after)
	if err != nil || community == 0 {
		return 0, 0, err
	}
	err = db.atomically(ctx, func(u unit) error {
		n = 0
		last, mine, err := u.counter(ctx, db.database, community)
		if err != nil || !mine {
			return err
		}
		out, err := u.unnumbered(ctx, community, limit)
		if err != nil {
			return err
		}
		out = db.withDeals(ctx, out)
		sold, err := db.soldOut(ctx, u, community, limit)
		if err != nil {
			return err
		}
		out.Announcements = append(out.Announcements, sold.announcements...)
		made := write(out)
		if err := u.log(ctx, db.database, community, last, made); err != nil {
			return err
		}
		n = len(out.Events) + len(out.Messages) + len(out.Announcements)
		if err := u.markSold(ctx, community, sold.counters); err != nil {
			return err
		}
		return u.markNumbered(ctx, db.database, community, out)
	})
	return community, n, err
}

// unnumberedCommunity is the next community with something in its outbox; 0: there is none.
func (db *database) unnumberedCommunity(ctx context.Context, after int64) (int64, error) {
	var next int64
	_, err := db.one(ctx, &next, `select coalesce(min(community_id), 0) from (
		select min(community_id) as community_id from events where numbered = 0 and community_id > $1 union all
		select min(community_id) as community_id from messages where numbered = 0 and community_id > $1 union all
		select min(community_id) as community_id from resources where emptied_at is not null and community_id > $1 union all
		select min(community_id) as community_id from announcements where community_id > $1) outbox`, after)
	return next, err
}

// counter locks a community's counter; mine is false when another replica has it.
func (u unit) counter(ctx context.Context, db *database, community int64) (last int64, mine bool, err error) {
	if _, err := u.exec(ctx, `insert into event_counters (community_id, last) values ($1, 0) on conflict (community_id) do nothing`, community); err != nil {
		return 0, false, err
	}
	var found []int64
	if err := u.tx.SelectContext(ctx, &found, `select last from event_counters where community_id = $1`+db.skip, community); err != nil || len(found) == 0 {
		return 0, false, readError(err)
	}
	return found[0], true, nil
}

// unnumbered reads an outbox: by deal, so that a part of it never begins in the middle of
// what a deal has. Each kind ends with the row that fills a page.
func (u unit) unnumbered(ctx context.Context, community int64, limit int) (out events.Unnumbered, err error) {
	rows, err := u.tx.QueryContext(ctx, eventTable.selection(`where community_id = $1 and numbered = 0 order by community_id, transaction_id, sequence limit $2`), community, limit)
	if out.Events, err = readPage(eventTable, rows, err); err != nil {
		return out, readError(err)
	}
	rows, err = u.tx.QueryContext(ctx, messageTable.selection(`where community_id = $1 and numbered = 0 order by community_id, transaction_id, id limit $2`), community, limit)
	if out.Messages, err = readPage(messageTable, rows, err); err != nil {
		return out, readError(err)
	}
	rows, err = u.tx.QueryContext(ctx, announcementTable.selection(`where community_id = $1 order by community_id, id limit $2`), community, limit)
	out.Announcements, err = readPage(announcementTable, rows, err)
	return out, readError(err)
}

// log appends events behind the last one of a community.
func (u unit) log(ctx context.Context, db *database, community, last int64, made []events.Event) error {
	rows := make([]row, len(made))
	for i, e := range made {
		last++
		e.Sequence = last
		if e.Step {
			last++
		}
		n := numberedOf(e)
		var err error
		if rows[i], err = eventLogTable.row(&n); err != nil {
			return err
		}
	}
	if err := insertMany(ctx, u, db, eventLogTable, rows); err != nil {
		return err
	}
	_, err := u.exec(ctx, `update event_counters set last = $2 where community_id = $1`, community, last)
	return err
}

func (u unit) markNumbered(ctx context.Context, db *database, community int64, out events.Unnumbered) error {
	if _, err := u.exec(ctx, `update events set numbered = 1 where numbered = 0 and (transaction_id, sequence) in `+db.among(1, 2),
		rowList(out.Events, func(e orchestrator.Event) []int64 { return []int64{e.TransactionID, e.Sequence} })); err != nil {
		return err
	}
	if len(out.Messages) > 0 {
		if _, err := u.exec(ctx, `update messages set numbered = 1 where numbered = 0 and (transaction_id, id) in `+db.among(1, 2),
			rowList(out.Messages, func(m orchestrator.Message) []int64 { return []int64{m.TransactionID, m.ID} })); err != nil {
			return err
		}
	}
	if len(out.Announcements) == 0 {
		return nil
	}
	_, err := u.exec(ctx, `delete from announcements where community_id = $1 and id in `+db.among(2, 1),
		community, rowList(out.Announcements, func(a announcement) []int64 { return []int64{a.ID} }))
	return err
}

// insertedAtOnce is how many rows a statement of SQLite adds at most: it has no arrays.
const insertedAtOnce = 32

// insertMany adds rows of all columns with as few statements as the database allows.
func insertMany[R any](ctx context.Context, u unit, db *database, t *table[R], rows []row) error {
	return mergeMany(ctx, u, db, t, rows, "")
}

// mergeMany is insertMany for rows of which some may be there; merge says what becomes of them.
func mergeMany[R any](ctx context.Context, u unit, db *database, t *table[R], rows []row, merge string) error {
	if db.dialect == migrations.Postgres && len(rows) > 0 {
		args, err := literals(rows)
		if err == nil {
			_, err = u.exec(ctx, t.insertionOfArrays()+merge, args...)
		}
		return err
	}
	for part := range slices.Chunk(rows, insertedAtOnce) {
		if _, err := u.exec(ctx, t.insertion(len(part))+merge, slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}

// insertionOfArrays adds rows that are given as an array for each column.
func (t *table[R]) insertionOfArrays() string {
	kinds := list(t.kinds())
	for i, kind := range kinds {
		kinds[i] = "$" + strconv.Itoa(i+1) + "::" + kind + "[]"
	}
	return "insert into " + t.name + " (" + t.names() + ") select * from unnest(" + strings.Join(kinds, ", ") + ")"
}

// Limits of a page of the log.
const (
	eventsPerPage = 100
	maxEvents     = 1000
	// looked is how many rows a filter looks at for one page.
	looked = 2000
	// pageBytes is how much data the rows of a page have, but for the last one: a row may have 100 kB of
	// metadata, and many read at the same time.
	pageBytes = 1 << 20
)

// withinBytes ends a page of rows that meet a condition with the first one that fills it. Its parameters are
// the limit and pageBytes.
func withinBytes(condition, limit, most string) string {
	return `where ` + condition + ` and sequence <= coalesce((select min(sequence) from (
			select sequence, sum(octet_length(data)) over (order by sequence) as bytes from (
				select sequence, data from event_log where ` + condition + ` order by sequence limit ` + limit + `) looked) added
		where bytes >= ` + most + `), 9223372036854775807) order by sequence limit ` + limit
}

// full reports whether rows fill a page.
func full(rows []numbered) bool {
	bytes := 0
	for _, r := range rows {
		bytes += len(r.Data)
	}
	return bytes >= pageBytes
}

// ReadEvents implements events.Log.
func (db EventLog) ReadEvents(ctx context.Context, f events.Filter) (events.Page, error) {
	if f.Limit < 1 {
		f.Limit = eventsPerPage
	}
	f.Limit = min(f.Limit, maxEvents)
	known, err := db.ends(ctx, f.CommunityID)
	if err == nil {
		err = known.reach(f.After)
	}
	if err != nil {
		return events.Page{}, err
	}
	limit := f.Limit + 1
	if len(f.Types) > 0 {
		limit = looked
	}
	// A step that has the number After comes with the one after it.
	condition, args := `community_id = $1 and sequence >= $2`, []any{f.CommunityID, f.After, limit, pageBytes}
	if f.TransactionID != 0 {
		condition, args = `community_id = $1 and transaction_id = $5 and transaction_id <> 0 and sequence >= $2`, append(args, f.TransactionID)
	}
	rows, err := find(ctx, db, eventLogTable, withinBytes(condition, "$3", "$4"), args...)
	if err != nil {
		return events.Page{}, err
	}
	page := f.Expand(each(rows, numbered.event), len(rows) == limit || full(rows))
	page.Last = max(known.Last, page.Next) // others came meanwhile
	return page, nil
}

var errExpired = fault.New(fault.Conflict, "events_expired", "events after this one were removed; read on with after=0, and read what you keep anew")

// ends are the numbers of a community's first event that is still there, or of the one that comes
// next, and of its newest.
type ends struct {
	First int64 `db:"first"`
	Last  int64 `db:"last"`
}

func (db EventLog) ends(ctx context.Context, community int64) (e ends, err error) {
	_, err = db.one(ctx, &e, `select coalesce((select min(sequence) from event_log where community_id = $1), last + 1) as first, last
		from event_counters where community_id = $1`, community)
	return e, err
}

// reach refuses to read on from where nothing can be read on. Who has read nothing begins with
// the first event that is there.
func (e ends) reach(after int64) error {
	switch {
	case after > e.Last:
		return fault.New(fault.Conflict, "events_ahead", "the newest event is number %d, so number %d cannot be read on from; was the database restored without handsel serve --recover? "+
			"Read on after %d, and read what you keep anew", e.Last, after, e.Last).With("last_sequence", e.Last)
	case after > 0 && after < e.First-1:
		return errExpired
	}
	return nil
}

// LastEvent implements events.Log.
func (db EventLog) LastEvent(ctx context.Context, community int64) (int64, error) {
	var last int64
	_, err := db.one(ctx, &last, `select last from event_counters where community_id = $1`, community)
	return last, err
}

// announce puts an announcement, which has an id, into the outbox with what it tells of.
func (u unit) announce(ctx context.Context, a events.Announcement) error {
	args, err := announcementTable.row(&a)
	if err == nil {
		_, err = u.exec(ctx, announcementTable.insertion(1), args...)
	}
	return err
}

// AnnounceOnce implements events.Announcer.
func (db EventLog) AnnounceOnce(ctx context.Context, a events.Announcement, within time.Duration) error {
	id, err := db.nextID(ctx)
	if err != nil {
		return err
	}
	a.ID = id
	key := fmt.Sprintf("told:%s:%d", a.Type, a.CommunityID)
	return db.atomically(ctx, func(u unit) error {
		n, err := u.exec(ctx, claimDaily, key, stamp{a.At}.text(), stamp{a.At.Add(-within)}.text())
		if err != nil || n == 0 {
			return err
		}
		return u.announce(ctx, a)
	})
}

// PruneEvents deletes a batch of the events that happened before a time, the oldest first and
// from the beginning of each community's log: what is left has no gaps.
func (db EventLog) PruneEvents(ctx context.Context, before time.Time) error {
	_, err := db.exec(ctx, pruneEvents, stamp{before}, pruneBatch)
	return err
}

// An event may be dated before what came earlier, so that a log is cut where the first event
// stands that is not old enough.
const pruneEvents = `delete from event_log where (community_id, sequence) in (select l.community_id, l.sequence from event_log l
	where l.at < $1 and not exists (select 1 from event_log e where e.community_id = l.community_id and e.sequence < l.sequence and e.at >= $1)
	order by l.at limit $2)`
