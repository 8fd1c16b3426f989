package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/webhooks"
)

type delivery = webhooks.Delivery

var inboxTable = tableOf("inbox",
	number("id", func(d *delivery) *int64 { return &d.ID }),
	text("gateway", func(d *delivery) *string { return &d.Gateway }),
	text("dedupe_key", func(d *delivery) *string { return &d.DedupeKey }),
	text("payment_id", func(d *delivery) *string { return &d.PaymentID }),
	text("code", func(d *delivery) *string { return &d.Code }),
	blob("body", func(d *delivery) *[]byte { return &d.Body }),
	instant("received_at", func(d *delivery) *time.Time { return &d.ReceivedAt }),
	count("attempts", func(d *delivery) *int { return &d.Attempts }),
	instant("claimable_at", func(d *delivery) *time.Time { return &d.ReceivedAt }).unread(),
	never[*delivery]("done"),
	blank[*delivery]("note"),
)

// Put implements webhooks.Inbox. The id is chosen here; a delivery can be
// claimed from ReceivedAt on.
func (db Inbox) Put(ctx context.Context, d webhooks.Delivery) (bool, error) {
	if !storable(d.DedupeKey) || !storable(d.PaymentID) || !storable(d.Code) {
		return false, errText
	}
	var err error
	if d.ID, err = db.nextID(ctx); err != nil {
		return false, err
	}
	if d.Body, err = db.sealMessage(ctx, d.Gateway, d.DedupeKey, d.Body); err != nil {
		return false, err
	}
	d.Attempts = 0
	args, err := inboxTable.row(&d)
	if err != nil {
		return false, err
	}
	n, err := db.exec(ctx, inboxTable.insertion(1)+` on conflict (gateway, dedupe_key) do nothing`, args...)
	return n == 1, err
}

func inboxQueue() queue {
	return queue{table: "inbox", keys: []string{"id"}, due: "claimable_at", open: "done = 0", tries: "attempts"}
}

// Claim implements webhooks.Inbox.
func (db Inbox) Claim(ctx context.Context, now, until time.Time, limit int, gateways ...string) ([]webhooks.Delivery, error) {
	only, args := onlyOf("gateway", gateways)
	rows, err := lease(ctx, db, inboxTable, inboxQueue(), now, until, limit, only, args...)
	slices.SortFunc(rows, func(a, b delivery) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.ID, b.ID))
	})
	for i, d := range rows {
		// One that cannot be opened is still applied: what it is about stands beside it.
		rows[i].Body, _ = db.openMessage(ctx, d.Gateway, d.DedupeKey, d.Body)
	}
	return rows, err
}

// ownerOf is the community whose deal a message is about, 0 if there is none.
const ownerOf = `coalesce((select t.community_id from transactions t where t.gateway = inbox.gateway and t.payment_id = inbox.payment_id and t.payment_id <> ''), 0)`

// Done implements webhooks.Inbox. One that was given up is a task of the community
// whose deal it is about.
func (db Inbox) Done(ctx context.Context, id int64, note string) error {
	query := `update inbox set done = 1, note = $2 where id = $1`
	if strings.HasPrefix(note, webhooks.GivenUp) {
		query = `update inbox set done = 1, note = $2, community_id = ` + ownerOf + ` where id = $1`
	}
	_, err := db.exec(ctx, query, id, note)
	return err
}

// Retry implements webhooks.Inbox.
func (db Inbox) Retry(ctx context.Context, d webhooks.Delivery, due time.Time, note string) error {
	_, err := db.exec(ctx, `update inbox set claimable_at = $3, note = $4 where id = $1 and attempts = $2 and done = 0`,
		d.ID, d.Attempts, stamp{due}, note)
	return err
}

// Return implements webhooks.Inbox.
func (db Inbox) Return(ctx context.Context, d webhooks.Delivery, now time.Time) error {
	_, err := db.exec(ctx, `update inbox set claimable_at = $3, attempts = attempts - 1 where id = $1 and attempts = $2 and done = 0`,
		d.ID, d.Attempts, stamp{now})
	return err
}
