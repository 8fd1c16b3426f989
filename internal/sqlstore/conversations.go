package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/orchestrator"
)

// MarkRead implements conversations.Marks. The order of messages is that of their
// instants: ids of two replicas may be the other way round.
func (db ReadMarks) MarkRead(ctx context.Context, transaction int64, user string, message int64) error {
	return db.atomically(ctx, func(tx unit) error {
		if _, err := tx.exec(ctx, `insert into reads (transaction_id, user_id, message_id) values ($1, $2, 0)
			on conflict (transaction_id, user_id) do update set changed = 0`, transaction, user); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `update reads set message_id = m.id, read_at = m.at
			from (select id, at from messages where transaction_id = $1 and (id = $3 or $3 = 0)
				order by at desc, id desc limit 1) as m
			where transaction_id = $1 and user_id = $2 and (read_at is null or (m.at, m.id) > (read_at, message_id))`,
			transaction, user, message)
		return err
	})
}

// MarkChanged implements conversations.Marks. The users come in an order, so that
// two callers cannot wait for each other.
func (db ReadMarks) MarkChanged(ctx context.Context, transaction int64, users []string) error {
	return db.atomically(ctx, func(tx unit) error {
		for _, user := range inOrder(users) {
			if _, err := tx.exec(ctx, `insert into reads (transaction_id, user_id, message_id, changed) values ($1, $2, 0, 1)
				on conflict (transaction_id, user_id) do update set changed = 1`, transaction, user); err != nil {
				return err
			}
		}
		return nil
	})
}

// dealsOf selects the deals that the user $2 of the community $1 is a party of,
// with one index range per role.
func dealsOf(where string) string {
	parts := make([]string, len(roles))
	for i, role := range roles {
		parts[i] = `select id, last_transition_at as moved from transactions where community_id = $1 and ` + strings.ReplaceAll(role, "$4", "$2") + where
	}
	return strings.Join(parts, " union ")
}

// isUnread is what a message u has to be for the user $2 with the mark r.
const isUnread = `u.sender <> $2 and (r.read_at is null or (u.at, u.id) > (r.read_at, r.message_id))`

// Unread implements conversations.Marks.
func (db ReadMarks) Unread(ctx context.Context, community int64, user string) ([]conversations.Unread, error) {
	query := `with mine as (` + dealsOf("") + `)
		select mine.id, count(u.id) as messages, coalesce(max(r.changed), 0) as changed
		from mine left join reads r on r.transaction_id = mine.id and r.user_id = $2
			left join messages u on u.transaction_id = mine.id and ` + isUnread + `
		group by mine.id having count(u.id) > 0 or max(r.changed) = 1 order by mine.id desc`
	var rows []struct {
		ID       int64 `db:"id"`
		Messages int64 `db:"messages"`
		Changed  int64 `db:"changed"`
	}
	if err := db.all(ctx, &rows, query, community, user); err != nil {
		return nil, err
	}
	unread := make([]conversations.Unread, len(rows))
	for i, r := range rows {
		unread[i] = conversations.Unread{TransactionID: r.ID, Messages: r.Messages, Changed: r.Changed == 1}
	}
	return unread, nil
}

// chat is a deal with what was said last in it.
type chat struct {
	deal
	last    orchestrator.Message // without an id: nothing was said
	unread  int64
	changed bool
}

var chatTable = tableOf("transactions", within(func(c *chat) *deal { return &c.deal }, bareDealTable.read)...).plus(
	number("message_id", func(c *chat) *int64 { return &c.last.ID }).as("coalesce(l.id, 0)"),
	text("sender", func(c *chat) *string { return &c.last.Sender }).as("coalesce(l.sender, '')"),
	text("kind", func(c *chat) *string { return (*string)(&c.last.Kind) }).as("coalesce(l.kind, '')"),
	text("content", func(c *chat) *string { return &c.last.Content }).as("coalesce(l.content, '')"),
	instant("said_at", func(c *chat) *time.Time { return &c.last.At }).as("l.at"),
	truth("changed", func(c *chat) *bool { return &c.changed }).as("coalesce(r.changed, 0)"),
	number("unread", func(c *chat) *int64 { return &c.unread }).as("(select count(*) from messages u where u.transaction_id = t.id and "+isUnread+")"),
).then(func(c *chat) error { return inZoneOfBooking(&c.deal) })

// Size is that of what is shown.
func (c chat) Size() int { return c.deal.Size() + c.last.Size() }

func (c chat) chat() conversations.Chat {
	s := conversations.Chat{
		Transaction: c.deal,
		Unread:      conversations.Unread{TransactionID: c.ID, Messages: c.unread, Changed: c.changed},
	}
	if c.last.ID != 0 {
		c.last.TransactionID, c.last.CommunityID = c.ID, c.CommunityID
		s.Last = &c.last
	}
	return s
}

// Chats implements conversations.Marks.
func (db ReadMarks) Chats(ctx context.Context, f conversations.ChatFilter) ([]conversations.Chat, int64, error) {
	args := []any{f.CommunityID, f.User}
	var where string
	only := func(condition, process string) {
		args = append(args, process+"@%")
		where += " and process " + condition + " $" + strconv.Itoa(len(args))
	}
	if f.Process != "" {
		only("like", f.Process)
	}
	for _, name := range f.Hidden {
		only("not like", name)
	}
	var total int64
	if _, err := db.one(ctx, &total, `select count(*) from (`+dealsOf(where)+`) as mine`, args...); err != nil {
		return nil, 0, err
	}
	rows, err := pickPage(ctx, db, chatTable, sessionPage(where, len(args)), append(args, f.Limit, f.Offset)...)
	if err != nil {
		return nil, 0, err
	}
	page, err := convert(rows, func(c chat) (conversations.Chat, error) {
		err := db.openDeal(ctx, &c.deal)
		return c.chat(), err
	})
	return page, total, err
}

// sessionPage reads a page of deals with all that belongs to them. The limit and
// the offset are the parameters after the first ones.
func sessionPage(where string, first int) string {
	return fmt.Sprintf(`with mine as (%s),
		heard as (select id, moved, (select max(m.at) from messages m where m.transaction_id = mine.id) as said from mine),
		page as (select id, case when said > moved then said else moved end as active from heard
			order by active desc, id desc limit $%d offset $%d)
		select %s from page join transactions t on t.id = page.id
			left join reads r on r.transaction_id = t.id and r.user_id = $2
			left join messages l on l.transaction_id = t.id and l.id =
				(select m.id from messages m where m.transaction_id = t.id order by m.at desc, m.id desc limit 1)
		order by page.active desc, t.id desc`,
		dealsOf(where), first+1, first+2, chatTable.from("t"))
}
