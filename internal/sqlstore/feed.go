package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Undelivered implements notices.Outbox. A message's time may be behind an event's;
// between the two there is no order.
func (db Feed) Undelivered(ctx context.Context, limit int) ([]orchestrator.Event, []orchestrator.Message, error) {
	happened, err := findPage(ctx, db, eventTable, `where delivered_at is null`+onTime("events", notices.Events)+` order by at, transaction_id, sequence limit $1`, limit)
	if err != nil {
		return nil, nil, err
	}
	said, err := findPage(ctx, db, messageTable, `where delivered_at is null`+onTime("messages", notices.Messages)+` order by id limit $1`, limit)
	return happened, said, err
}

// Deliver implements notices.Outbox.
func (db Feed) Deliver(ctx context.Context, h notices.Happening, n notices.News, now time.Time) (done bool, err error) {
	// Feeds are locked in order, so that two deliveries never wait for each other.
	entries := slices.Clone(n.Entries)
	slices.SortStableFunc(entries, func(a, b notices.Entry) int {
		return cmp.Or(cmp.Compare(a.CommunityID, b.CommunityID), cmp.Compare(a.UserID, b.UserID))
	})
	err = db.atomically(ctx, func(u unit) error {
		marked, err := u.markTold(ctx, h, now)
		if done = marked == 1; err != nil || !done {
			return err
		}
		for _, e := range entries {
			if err := u.addEntry(ctx, e); err != nil {
				return err
			}
		}
		for _, m := range n.Mails {
			if err := u.addMail(ctx, m); err != nil {
				return err
			}
		}
		return nil
	})
	return done && err == nil, err
}

type mail = notices.Mail

var mailTable = tableOf("mails",
	text("id", func(m *mail) *string { return &m.ID }),
	number("community_id", func(m *mail) *int64 { return &m.CommunityID }),
	text("user_id", func(m *mail) *string { return &m.UserID }),
	text("kind", func(m *mail) *string { return &m.Kind }),
	raw("data", func(m *mail) *json.RawMessage { return &m.Data }),
	instant("at", func(m *mail) *time.Time { return &m.At }),
	count("attempts", func(m *mail) *int { return &m.Attempts }),
	instant("claimable_at", func(m *mail) *time.Time { return &m.At }).unread(),
	blank[*mail]("note"),
	number("transaction_id", func(m *mail) *int64 { return &m.TransactionID }),
)

func (u unit) addMail(ctx context.Context, m notices.Mail) error {
	return u.addMails(ctx, []notices.Mail{m})
}

func (u unit) addMails(ctx context.Context, mails []notices.Mail) error {
	var all []any
	for _, m := range mails {
		m.Attempts = 0
		args, err := mailTable.row(&m)
		if err != nil {
			return err
		}
		all = append(all, args...)
	}
	_, err := u.exec(ctx, mailTable.insertion(len(mails))+` on conflict (id) do nothing`, all...)
	return err
}

// AddMail queues an e-mail, once per id.
func (db Mailbox) AddMail(ctx context.Context, m notices.Mail) error {
	return db.atomically(ctx, func(u unit) error { return u.addMail(ctx, m) })
}

func (u unit) markTold(ctx context.Context, h notices.Happening, now time.Time) (int64, error) {
	if m := h.Message; m != nil {
		return u.exec(ctx, `update messages set delivered_at = $3 where transaction_id = $1 and id = $2 and delivered_at is null
			and not exists (select 1 from messages b where b.transaction_id = $1 and b.id < $2 and b.delivered_at is null)`,
			m.TransactionID, m.ID, stamp{now})
	}
	return u.exec(ctx, `update events set delivered_at = $3 where transaction_id = $1 and sequence = $2 and delivered_at is null
		and not exists (select 1 from events b where b.transaction_id = $1 and b.sequence < $2 and b.delivered_at is null)`,
		h.Event.TransactionID, h.Event.Sequence, stamp{now})
}

func (u unit) addEntry(ctx context.Context, e notices.Entry) error {
	var next int64
	if err := u.tx.GetContext(ctx, &next, `insert into feeds (community_id, user_id, last) values ($1, $2, 1)
		on conflict (community_id, user_id) do update set last = feeds.last + 1 returning last`, e.CommunityID, e.UserID); err != nil {
		return err
	}
	e.Sequence = next
	args, err := entryTable.row(&e)
	if err == nil {
		_, err = u.exec(ctx, entryTable.insertion(1), args...)
	}
	return err
}

// DeliverQuietly implements notices.Outbox.
func (db Feed) DeliverQuietly(ctx context.Context, events []orchestrator.Event, mails []notices.Mail, now time.Time) error {
	text := `update events set delivered_at = $1 where delivered_at is null and (transaction_id, sequence) in ` + db.among(2, 2)
	told := rowList(events, func(e orchestrator.Event) []int64 { return []int64{e.TransactionID, e.Sequence} })
	if len(mails) == 0 {
		_, err := db.exec(ctx, text, stamp{now}, told)
		return err
	}
	return db.atomically(ctx, func(u unit) error {
		if _, err := u.exec(ctx, text, stamp{now}, told); err != nil {
			return err
		}
		for part := range slices.Chunk(mails, mailsAtOnce) {
			if err := u.addMails(ctx, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// mailsAtOnce bounds the parameters of one statement.
const mailsAtOnce = 50

// TransactionsByID implements notices.Outbox. They come without metadata, which no notice has.
func (db Feed) TransactionsByID(ctx context.Context, ids []int64) (map[int64]orchestrator.Transaction, error) {
	found, err := db.dealsAs(ctx, bareDealTable, bareDealTable.selection(`where id in `+db.among(1, 1)), rowList(ids, func(id int64) []int64 { return []int64{id} }))
	if err != nil {
		return nil, err
	}
	all := make(map[int64]orchestrator.Transaction, len(found))
	for _, tx := range found {
		all[tx.ID] = tx
	}
	return all, nil
}

type entry = notices.Entry

var entryTable = tableOf("feed_entries",
	number("community_id", func(e *entry) *int64 { return &e.CommunityID }),
	text("user_id", func(e *entry) *string { return &e.UserID }),
	number("sequence", func(e *entry) *int64 { return &e.Sequence }),
	text("id", func(e *entry) *string { return &e.ID }),
	text("type", func(e *entry) *string { return &e.Type }),
	truth("newer", func(e *entry) *bool { return &e.Newer }),
	raw("data", func(e *entry) *json.RawMessage { return &e.Data }),
	instant("at", func(e *entry) *time.Time { return &e.At }),
)

// FeedEntries implements notices.Feeds.
func (db Feed) FeedEntries(ctx context.Context, community int64, user string, after int64, limit int) ([]notices.Entry, error) {
	return findPage(ctx, db, entryTable, `where community_id = $1 and user_id = $2 and sequence > $3 order by sequence limit $4`, community, user, after, limit)
}

// LastEntry implements notices.Feeds.
func (db Feed) LastEntry(ctx context.Context, community int64, user string) (int64, error) {
	var last int64
	_, err := db.one(ctx, &last, `select last from feeds where community_id = $1 and user_id = $2`, community, user)
	return last, err
}

func mailQueue() queue {
	return queue{table: "mails", keys: []string{"id"}, due: "claimable_at", open: "ended_at is null", tries: "attempts"}
}

// oneByOne leaves an e-mail until those to the same user before it have ended. One that has
// failed several times keeps others no longer: its trouble may be its own.
const oneByOne = ` and not exists (select 1 from mails e where e.community_id = mails.community_id and e.user_id = mails.user_id
	and e.ended_at is null and e.attempts < 3 and (e.at < mails.at or e.at = mails.at and e.id < mails.id))`

// ClaimMails implements notices.Mails.
func (db Mailbox) ClaimMails(ctx context.Context, now, until time.Time, limit int) ([]notices.Mail, error) {
	claimed, err := lease(ctx, db, mailTable, mailQueue(), now, until, limit, oneByOne)
	slices.SortFunc(claimed, func(a, b notices.Mail) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return claimed, err
}

// EndMail implements notices.Mails.
func (db Mailbox) EndMail(ctx context.Context, id, note string, now time.Time) error {
	_, err := db.exec(ctx, `update mails set ended_at = $3, note = $2 where id = $1 and ended_at is null`, id, note, stamp{now})
	return err
}

// RetryMail implements notices.Mails.
func (db Mailbox) RetryMail(ctx context.Context, m notices.Mail, note string, due time.Time) error {
	_, err := db.exec(ctx, `update mails set claimable_at = $4, note = $3 where id = $1 and attempts = $2 and ended_at is null`,
		m.ID, m.Attempts, note, stamp{due})
	return err
}

// ReturnMail implements notices.Mails.
func (db Mailbox) ReturnMail(ctx context.Context, m notices.Mail, now time.Time) error {
	_, err := db.exec(ctx, `update mails set claimable_at = $3, attempts = attempts - 1 where id = $1 and attempts = $2 and ended_at is null`,
		m.ID, m.Attempts, stamp{now})
	return err
}

type posted = notices.Posted

// postedTable is an e-mail without what it says.
var postedTable = tableOf("mails",
	text("id", func(m *posted) *string { return &m.ID }),
	number("community_id", func(m *posted) *int64 { return &m.CommunityID }),
	text("user_id", func(m *posted) *string { return &m.UserID }),
	text("kind", func(m *posted) *string { return &m.Kind }),
	number("transaction_id", func(m *posted) *int64 { return &m.TransactionID }),
	instant("at", func(m *posted) *time.Time { return &m.At }),
	count("attempts", func(m *posted) *int { return &m.Attempts }),
	instant("claimable_at", func(m *posted) *time.Time { return &m.Due }),
	instant("ended_at", func(m *posted) *time.Time { return &m.EndedAt }),
	text("note", func(m *posted) *string { return &m.Note }),
)

// ListMails lists e-mails, the newest first, as long as they are kept.
func (db Mailbox) ListMails(ctx context.Context, f notices.PostedFilter) ([]notices.Posted, error) {
	where, args := `where community_id = $1`, []any{f.CommunityID, f.Limit}
	if !f.Before.IsZero() {
		where, args = where+` and (at, id) < ($3, $4)`, append(args, stamp{f.Before}, f.BeforeID)
	}
	if f.UserID != "" {
		args = append(args, f.UserID)
		where += fmt.Sprintf(` and user_id = $%d`, len(args))
	}
	return find(ctx, db, postedTable, where+` order by at desc, id desc limit $2`, args...)
}
