package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Undelivered implements notices.Store. A message's time may be behind an event's;
// between the two there is no order.
func (db *DB) Undelivered(ctx context.Context, skip notices.Skip, limit int) ([]orchestrator.Event, []orchestrator.Message, error) {
	var events []eventRow
	if err := db.all(ctx, &events, `select `+eventColumns+` from events
		where delivered_at is null`+onTime("events", notices.Events)+` order by at, transaction_id, sequence limit $1 offset $2`, limit, skip.Events); err != nil {
		return nil, nil, err
	}
	var messages []messageRow
	if err := db.all(ctx, &messages, `select `+messageColumns+` from messages
		where delivered_at is null`+onTime("messages", notices.Messages)+` order by id limit $1 offset $2`, limit, skip.Messages); err != nil {
		return nil, nil, err
	}
	happened, err := convert(events, eventRow.event)
	if err != nil {
		return nil, nil, err
	}
	said, err := convert(messages, messageRow.message)
	return happened, said, err
}

// Deliver implements notices.Store.
func (db *DB) Deliver(ctx context.Context, h notices.Happening, n notices.News, now time.Time) (done bool, err error) {
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
			if _, err := u.exec(ctx, insertMail, mailArgs(m)...); err != nil {
				return err
			}
		}
		return nil
	})
	return done && err == nil, err
}

const insertMail = `insert into mails (id, community_id, user_id, kind, data, at, attempts, claimable_at, note)
	values ($1, $2, $3, $4, $5, $6, 0, $6, '') on conflict (id) do nothing`

func mailArgs(m notices.Mail) []any {
	return []any{m.ID, m.CommunityID, m.UserID, m.Kind, string(m.Data), stamp{m.At}}
}

// AddMail queues an e-mail, once per id.
func (db *DB) AddMail(ctx context.Context, m notices.Mail) error {
	_, err := db.exec(ctx, insertMail, mailArgs(m)...)
	return err
}

func (u unit) markTold(ctx context.Context, h notices.Happening, now time.Time) (int64, error) {
	if m := h.Message; m != nil {
		return u.exec(ctx, `update messages set delivered_at = $3 where transaction_id = $1 and id = $2 and delivered_at is null`,
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
	newer := int64(0)
	if e.Newer {
		newer = 1
	}
	_, err := u.exec(ctx, `insert into feed_entries (community_id, user_id, sequence, id, type, newer, data, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, e.CommunityID, e.UserID, next, e.ID, e.Type, newer, string(e.Data), stamp{e.At})
	return err
}

// DeliverQuietly implements notices.Store.
func (db *DB) DeliverQuietly(ctx context.Context, events []orchestrator.Event, now time.Time) error {
	return db.atomically(ctx, func(u unit) error {
		for _, e := range events {
			if _, err := u.exec(ctx, `update events set delivered_at = $3 where transaction_id = $1 and sequence = $2 and delivered_at is null`,
				e.TransactionID, e.Sequence, stamp{now}); err != nil {
				return err
			}
		}
		return nil
	})
}

type entryRow struct {
	CommunityID int64  `db:"community_id"`
	UserID      string `db:"user_id"`
	Sequence    int64  `db:"sequence"`
	ID          string `db:"id"`
	Type        string `db:"type"`
	Newer       int64  `db:"newer"`
	Data        string `db:"data"`
	At          stamp  `db:"at"`
}

func (r entryRow) entry() (notices.Entry, error) {
	return notices.Entry{
		CommunityID: r.CommunityID, UserID: r.UserID, Sequence: r.Sequence, ID: r.ID, Type: r.Type,
		Newer: r.Newer == 1, Data: json.RawMessage(r.Data), At: r.At.at,
	}, nil
}

// FeedEntries implements notices.Store.
func (db *DB) FeedEntries(ctx context.Context, community int64, user string, after int64, limit int) ([]notices.Entry, error) {
	var rows []entryRow
	if err := db.all(ctx, &rows, `select community_id, user_id, sequence, id, type, newer, data, at from feed_entries
		where community_id = $1 and user_id = $2 and sequence > $3 order by sequence limit $4`, community, user, after, limit); err != nil {
		return nil, err
	}
	return convert(rows, entryRow.entry)
}

// LastEntry implements notices.Store.
func (db *DB) LastEntry(ctx context.Context, community int64, user string) (int64, error) {
	var last int64
	_, err := db.one(ctx, &last, `select last from feeds where community_id = $1 and user_id = $2`, community, user)
	return last, err
}

type mailRow struct {
	ID          string `db:"id"`
	CommunityID int64  `db:"community_id"`
	UserID      string `db:"user_id"`
	Kind        string `db:"kind"`
	Data        string `db:"data"`
	At          stamp  `db:"at"`
	Attempts    int    `db:"attempts"`
}

func (r mailRow) mail() (notices.Mail, error) {
	return notices.Mail{
		ID: r.ID, CommunityID: r.CommunityID, UserID: r.UserID, Kind: r.Kind,
		Data: json.RawMessage(r.Data), At: r.At.at, Attempts: r.Attempts,
	}, nil
}

func mailQueue() queue {
	return queue{
		table: "mails", keys: []string{"id"}, due: "claimable_at", open: "ended_at is null", tries: "attempts",
		returns: "id, community_id, user_id, kind, data, at, attempts",
	}
}

// ClaimMails implements notices.Store.
func (db *DB) ClaimMails(ctx context.Context, now, lease time.Time, limit int) ([]notices.Mail, error) {
	var rows []mailRow
	if err := db.lease(ctx, &rows, mailQueue(), now, lease, limit, ""); err != nil {
		return nil, err
	}
	return convert(rows, mailRow.mail)
}

// EndMail implements notices.Store.
func (db *DB) EndMail(ctx context.Context, id, note string, now time.Time) error {
	_, err := db.exec(ctx, `update mails set ended_at = $3, note = $2 where id = $1 and ended_at is null`, id, note, stamp{now})
	return err
}

// RetryMail implements notices.Store.
func (db *DB) RetryMail(ctx context.Context, m notices.Mail, note string, due time.Time) error {
	_, err := db.exec(ctx, `update mails set claimable_at = $4, note = $3 where id = $1 and attempts = $2 and ended_at is null`,
		m.ID, m.Attempts, note, stamp{due})
	return err
}

// ReturnMail implements notices.Store.
func (db *DB) ReturnMail(ctx context.Context, m notices.Mail, now time.Time) error {
	_, err := db.exec(ctx, `update mails set claimable_at = $3, attempts = attempts - 1 where id = $1 and attempts = $2 and ended_at is null`,
		m.ID, m.Attempts, stamp{now})
	return err
}
