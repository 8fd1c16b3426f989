package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/timeline"
	"github.com/handsel-dev/handsel/webhooks"
)

var (
	_ timeline.Store = Timelines{}
	_ timeline.Notes = Timelines{}
)

// happened reads the rows of a source that stand behind a place, in its order: at most so many.
type happened struct {
	source timeline.Source
	rows   func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error)
}

// asking is a page of one source: $1 to $4 are the community, the deal, and the moment and the id below which it begins; $5 is how many rows.
type asking struct {
	community, deal int64
	at              time.Time
	id              string
	limit           int
}

func (q asking) args(id ...any) []any {
	return append(append([]any{q.community, q.deal, stamp{q.at}}, id...), q.limit)
}

// number is the id of a source whose ids are numbers.
func (q asking) number() any {
	if n, err := strconv.ParseInt(q.id, 10, 64); err == nil {
		return n
	}
	return int64(math.MinInt64)
}

// ours is that the deal is one of the community, for rows that do not say it themselves.
const ours = ` and exists (select 1 from transactions t where t.id = $2 and t.community_id = $1)`

// sources are the tables of which a timeline is made. An index leads to a page of messages of gateways, of the conversation, of notes, of
// what is asked of gateways and of second persons, of acts of staff, of e-mails and of deliveries, and reading ends with it. Steps and
// decisions are found by the deal and then put in order, all of them, since no index has them by time: a deal has tens.
var sources = []happened{
	{timeline.Report, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		const of = `(select t.%s from transactions t where t.id = $2 and t.community_id = $1)`
		all, err := find(ctx, db, reportTable, `where gateway = `+fmt.Sprintf(of, "gateway")+` and payment_id = `+fmt.Sprintf(of, "payment_id")+` and payment_id <> ''
			and (received_at, id) < ($3, $4) order by received_at desc, id desc limit $5`, q.args(q.number())...)
		return each(all, func(r report) timeline.Row {
			r.Body, _ = db.openMessage(ctx, r.Gateway, r.key, r.Body) // one that cannot be opened is told of without its body
			return rowOf(timeline.Report, r.at, r.id, timeline.Row{Report: &r.Arrival})
		}), err
	}},
	{timeline.Message, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, messageTable, `where community_id = $1 and transaction_id = $2 and (at, id) < ($3, $4) order by at desc, id desc limit $5`, q.args(q.number())...)
		return each(all, func(m message) timeline.Row {
			return rowOf(timeline.Message, m.At, m.ID, timeline.Row{Message: &m})
		}), err
	}},
	{timeline.Written, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, noteTable, `where community_id = $1 and transaction_id = $2 and (at, id) < ($3, $4) order by at desc, id desc limit $5`, q.args(q.number())...)
		return each(all, func(n note) timeline.Row {
			return rowOf(timeline.Written, n.At, n.ID, timeline.Row{Note: &n})
		}), err
	}},
	{timeline.Act, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, actTable, `where community_id = $1 and object = 'transaction:' || cast(cast($2 as bigint) as text) and (at, id) < ($3, $4) order by at desc, id desc limit $5`, q.args(q.number())...)
		return each(all, func(a act) timeline.Row {
			return rowOf(timeline.Act, a.At, a.Act.ID, timeline.Row{Act: &a.Act})
		}), err
	}},
	{timeline.Asked, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, approvalTable, `where community_id = $1 and transaction_id = $2 and transaction_id <> 0 and (asked_at, id) < ($3, $4) order by asked_at desc, id desc limit $5`, q.args(q.number())...)
		return each(all, func(a approval) timeline.Row {
			return rowOf(timeline.Asked, a.AskedAt, a.ID, timeline.Row{Approval: &a.Approval})
		}), err
	}},
	{timeline.Decided, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, approvalTable, `where community_id = $1 and transaction_id = $2 and transaction_id <> 0 and (decided_at, id) < ($3, $4) order by decided_at desc, id desc limit $5`, q.args(q.number())...)
		return each(all, func(a approval) timeline.Row {
			return rowOf(timeline.Decided, a.DecidedAt, a.ID, timeline.Row{Approval: &a.Approval})
		}), err
	}},
	{timeline.Step, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, logTable, `where transaction_id = $2`+ours+` and (at, revision) < ($3, $4) order by at desc, revision desc limit $5`, q.args(q.number())...)
		return each(all, func(l logLine) timeline.Row {
			return rowOf(timeline.Step, l.At, l.Revision, timeline.Row{Step: &l.LogEntry})
		}), err
	}},
	{timeline.Operation, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, intentTable, `where community_id = $1 and transaction_id = $2 and (created_at, id) < ($3, $4) order by created_at desc, id desc limit $5`, q.args(q.id)...)
		return each(all, func(i intent) timeline.Row {
			return timeline.Row{Place: timeline.Place{At: i.CreatedAt, Source: timeline.Operation, ID: i.ID}, Operation: &i.Intent}
		}), err
	}},
	{timeline.Letter, func(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
		all, err := find(ctx, db, letterTable, `where community_id = $1 and transaction_id = $2 and transaction_id <> 0 and (at, id) < ($3, $4) order by at desc, id desc limit $5`, q.args(q.id)...)
		return each(all, func(m timeline.Mail) timeline.Row {
			return timeline.Row{Place: timeline.Place{At: m.At, Source: timeline.Letter, ID: m.ID}, Letter: &m}
		}), err
	}},
	{timeline.Delivery, deliveriesBehind},
}

func rowOf(s timeline.Source, at time.Time, id int64, r timeline.Row) timeline.Row {
	r.Place = timeline.Place{At: at, Source: s, ID: strconv.FormatInt(id, 10)}
	return r
}

// deliveriesBehind reads deliveries, whose ids are the number of an event and that of an endpoint.
func deliveriesBehind(ctx context.Context, db Timelines, q asking) ([]timeline.Row, error) {
	sequence, endpoint := int64(math.MinInt64), int64(0)
	if n, err := fmt.Sscanf(q.id, "%d.%d", &sequence, &endpoint); err != nil || n != 2 {
		sequence, endpoint = math.MinInt64, 0 // of no delivery: what is older than its moment
	}
	all, err := find(ctx, db, sentTable, `where community_id = $1 and transaction_id = $2 and transaction_id <> 0 and (coalesce(begun_at, at), sequence, endpoint_id) < ($3, $4, $5)
		order by coalesce(begun_at, at) desc, sequence desc, endpoint_id desc limit $6`, q.args(sequence, endpoint)...)
	return each(all, func(d sent) timeline.Row {
		at := d.Begun
		if at.IsZero() {
			at = d.At
		}
		shown := timeline.Sent{EndpointID: d.EndpointID, Sequence: d.Sequence, Type: string(d.Type), Status: string(d.Status), Tries: d.Tries, Next: d.Next}
		for _, a := range d.Attempts {
			shown.Attempts = append(shown.Attempts, timeline.Attempt{At: a.At, Status: a.Status, Millis: int(a.Millis), Error: a.Error, Answer: a.Answer})
		}
		return timeline.Row{Place: timeline.Place{At: at, Source: timeline.Delivery, ID: fmt.Sprintf("%d.%d", d.Sequence, d.EndpointID)}, Delivery: &shown}
	}), err
}

// report is a message of a gateway as it is told of: a long body stays where it is.
type report struct {
	timeline.Arrival
	id  int64
	key string
	at  time.Time
}

var reportTable = tableOf("inbox",
	number("id", func(r *report) *int64 { return &r.id }),
	text("gateway", func(r *report) *string { return &r.Gateway }),
	text("dedupe_key", func(r *report) *string { return &r.key }),
	text("code", func(r *report) *string { return &r.Code }),
	blob("body", func(r *report) *[]byte { return &r.Body }).as(fmt.Sprintf("case when length(body) <= %d then body end", webhooks.LongestShown)),
	count("size", func(r *report) *int { return &r.Size }).as("length(body)"),
	instant("received_at", func(r *report) *time.Time { return &r.at }),
	count("attempts", func(r *report) *int { return &r.Attempts }),
	truth("done", func(r *report) *bool { return &r.Done }),
	text("note", func(r *report) *string { return &r.Note }),
)

type note = timeline.Note

var noteTable = tableOf("deal_notes",
	number("community_id", func(n *note) *int64 { return &n.CommunityID }),
	number("transaction_id", func(n *note) *int64 { return &n.TransactionID }),
	number("id", func(n *note) *int64 { return &n.ID }),
	text("author", func(n *note) *string { return &n.Author }),
	text("content", func(n *note) *string { return &n.Content }),
	instant("at", func(n *note) *time.Time { return &n.At }),
)

// AddNote implements timeline.Notes.
func (db Timelines) AddNote(ctx context.Context, n timeline.Note, by orchestrator.By) (err error) {
	if !storable(n.Content) || !storable(n.Author) {
		return errText
	}
	var there int64
	if found, err := db.one(ctx, &there, `select id from transactions where community_id = $1 and id = $2`, n.CommunityID, n.TransactionID); err != nil || !found {
		return cmp.Or(err, notFound())
	}
	if n.ID, err = db.nextID(ctx); err != nil {
		return err
	}
	args, err := noteTable.row(&n)
	if err != nil {
		return err
	}
	act := by.Act(n.CommunityID, timeline.Noted, orchestrator.ObjectOf(n.TransactionID), map[string]string{"note": strconv.FormatInt(n.ID, 10)})
	return db.act(ctx, act, func(u unit) error {
		_, err := u.exec(ctx, noteTable.insertion(1), args...)
		return err
	})
}

type letter = timeline.Mail

// letterTable is an e-mail without what it says.
var letterTable = tableOf("mails",
	text("id", func(m *letter) *string { return &m.ID }),
	text("user_id", func(m *letter) *string { return &m.UserID }),
	text("kind", func(m *letter) *string { return &m.Kind }),
	instant("at", func(m *letter) *time.Time { return &m.At }),
	instant("ended_at", func(m *letter) *time.Time { return &m.EndedAt }),
	count("attempts", func(m *letter) *int { return &m.Attempts }),
	text("note", func(m *letter) *string { return &m.Note }),
)

// Happened implements timeline.Store.
func (db Timelines) Happened(ctx context.Context, f timeline.Filter) (timeline.Page, error) {
	found := make([][]timeline.Row, len(sources))
	for i, s := range sources {
		q := asking{community: f.CommunityID, deal: f.TransactionID, limit: f.Limit + 1}
		q.at, q.id = f.Before.Below(s.source)
		rows, err := s.rows(ctx, db, q)
		if err != nil {
			return timeline.Page{}, err
		}
		found[i] = rows
	}
	page := timeline.Merge(f.Limit, found...)
	return page, db.addPosted(ctx, f.TransactionID, page.Rows)
}

// addPosted adds to steps what was posted by them.
func (db Timelines) addPosted(ctx context.Context, deal int64, rows []timeline.Row) error {
	by := map[int64]*timeline.Row{}
	var steps []int64
	for i := range rows {
		if l := rows[i].Step; l != nil {
			by[l.Revision], steps = &rows[i], append(steps, l.Revision)
		}
	}
	if len(steps) == 0 {
		return nil
	}
	lines, err := find(ctx, db, postingTable, `where transaction_id = $1 and revision in `+db.among(2, 1)+` order by revision, line`,
		deal, rowList(steps, func(revision int64) []int64 { return []int64{revision} }))
	if err != nil {
		return err
	}
	entries, err := entriesOf(lines)
	for _, e := range entries {
		by[e.Revision].Posted = append(by[e.Revision].Posted, e)
	}
	return err
}
