package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/webhooks"
)

type deliveryRow struct {
	ID         int64  `db:"id"`
	Gateway    string `db:"gateway"`
	DedupeKey  string `db:"dedupe_key"`
	PaymentID  string `db:"payment_id"`
	Code       string `db:"code"`
	Body       []byte `db:"body"`
	ReceivedAt stamp  `db:"received_at"`
	Attempts   int    `db:"attempts"`
}

func (r deliveryRow) delivery() (webhooks.Delivery, error) {
	return webhooks.Delivery{
		ID: r.ID, Gateway: r.Gateway, DedupeKey: r.DedupeKey, PaymentID: r.PaymentID, Code: r.Code,
		Body: r.Body, ReceivedAt: r.ReceivedAt.at, Attempts: r.Attempts,
	}, nil
}

// Put implements webhooks.Inbox. The id is chosen here; a delivery can be
// claimed from ReceivedAt on.
func (db *DB) Put(ctx context.Context, d webhooks.Delivery) (bool, error) {
	if !storable(d.DedupeKey) || !storable(d.PaymentID) || !storable(d.Code) {
		return false, errText
	}
	id, err := db.NextID(ctx)
	if err != nil {
		return false, err
	}
	body, err := db.sealMessage(ctx, d.Gateway, d.DedupeKey, d.Body)
	if err != nil {
		return false, err
	}
	n, err := db.exec(ctx, `insert into inbox
		(id, gateway, dedupe_key, payment_id, code, body, received_at, attempts, claimable_at, done, note)
		values ($1, $2, $3, $4, $5, $6, $7, 0, $7, 0, '') on conflict (gateway, dedupe_key) do nothing`,
		id, d.Gateway, d.DedupeKey, d.PaymentID, d.Code, body, stamp{d.ReceivedAt})
	return n == 1, err
}

func inboxQueue() queue {
	return queue{
		table: "inbox", keys: []string{"id"}, due: "claimable_at", open: "done = 0", tries: "attempts",
		returns: "id, gateway, dedupe_key, payment_id, code, body, received_at, attempts",
	}
}

// Claim implements webhooks.Inbox.
func (db *DB) Claim(ctx context.Context, now, lease time.Time, limit int, gateways ...string) ([]webhooks.Delivery, error) {
	var rows []deliveryRow
	only, args := onlyOf("gateway", gateways)
	if err := db.lease(ctx, &rows, inboxQueue(), now, lease, limit, only, args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b deliveryRow) int {
		return cmp.Or(a.ReceivedAt.at.Compare(b.ReceivedAt.at), cmp.Compare(a.ID, b.ID))
	})
	return convert(rows, func(r deliveryRow) (webhooks.Delivery, error) {
		// One that cannot be opened is still applied: what it is about stands beside it.
		r.Body, _ = db.openMessage(ctx, r.Gateway, r.DedupeKey, r.Body)
		return r.delivery()
	})
}

// ownerOf is the community whose deal a message is about, 0 if there is none.
const ownerOf = `coalesce((select t.community_id from transactions t where t.gateway = inbox.gateway and t.payment_id = inbox.payment_id and t.payment_id <> ''), 0)`

// Done implements webhooks.Inbox. One that was given up is a task of the community
// whose deal it is about.
func (db *DB) Done(ctx context.Context, id int64, note string) error {
	query := `update inbox set done = 1, note = $2 where id = $1`
	if strings.HasPrefix(note, "given up") {
		query = `update inbox set done = 1, note = $2, community_id = ` + ownerOf + ` where id = $1`
	}
	_, err := db.exec(ctx, query, id, note)
	return err
}

// Retry implements webhooks.Inbox.
func (db *DB) Retry(ctx context.Context, d webhooks.Delivery, due time.Time, note string) error {
	_, err := db.exec(ctx, `update inbox set claimable_at = $3, note = $4 where id = $1 and attempts = $2 and done = 0`,
		d.ID, d.Attempts, stamp{due}, note)
	return err
}

// Return implements webhooks.Inbox.
func (db *DB) Return(ctx context.Context, d webhooks.Delivery, now time.Time) error {
	_, err := db.exec(ctx, `update inbox set claimable_at = $3, attempts = attempts - 1 where id = $1 and attempts = $2 and done = 0`,
		d.ID, d.Attempts, stamp{now})
	return err
}
