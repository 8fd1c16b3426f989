package sqlstore

import (
	"context"
	"time"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// onTime is the condition on rows of the outbox whose stream does not wait.
func onTime(table string, s notices.Stream) string {
	return ` and not exists (select 1 from told_later l where l.community_id = ` + table + `.community_id
		and l.transaction_id = ` + table + `.transaction_id and l.stream = '` + string(s) + `')`
}

// Hold implements notices.Store.
func (db *DB) Hold(ctx context.Context, h notices.Held, again time.Time) error {
	_, err := db.exec(ctx, `insert into told_later (community_id, transaction_id, stream, since, attempts, claimable_at)
		values ($1, $2, $3, $4, 0, $5) on conflict (community_id, transaction_id, stream) do nothing`,
		h.CommunityID, h.TransactionID, string(h.Stream), stamp{h.Since}, stamp{again})
	return err
}

// Waiting implements notices.Store.
func (db *DB) Waiting(ctx context.Context, h notices.Held, limit int) ([]orchestrator.Event, []orchestrator.Message, error) {
	if h.Stream == notices.Messages {
		var rows []messageRow
		if err := db.all(ctx, &rows, `select `+messageColumns+` from messages
			where transaction_id = $1 and delivered_at is null order by id limit $2`, h.TransactionID, limit); err != nil {
			return nil, nil, err
		}
		said, err := convert(rows, messageRow.message)
		return nil, said, err
	}
	var rows []eventRow
	if err := db.all(ctx, &rows, `select `+eventColumns+` from events
		where transaction_id = $1 and delivered_at is null order by sequence limit $2`, h.TransactionID, limit); err != nil {
		return nil, nil, err
	}
	happened, err := convert(rows, eventRow.event)
	return happened, nil, err
}

type heldRow struct {
	CommunityID   int64  `db:"community_id"`
	TransactionID int64  `db:"transaction_id"`
	Stream        string `db:"stream"`
	Since         stamp  `db:"since"`
	Attempts      int    `db:"attempts"`
}

func (r heldRow) held() (notices.Held, error) {
	return notices.Held{
		CommunityID: r.CommunityID, TransactionID: r.TransactionID, Stream: notices.Stream(r.Stream), Since: r.Since.at, Attempts: r.Attempts,
	}, nil
}

func heldQueue() queue {
	return queue{
		table: "told_later", keys: []string{"community_id", "transaction_id", "stream"}, due: "claimable_at", tries: "attempts",
		returns: "community_id, transaction_id, stream, since, attempts",
	}
}

// ClaimHeld implements notices.Store.
func (db *DB) ClaimHeld(ctx context.Context, now, lease time.Time, limit int) ([]notices.Held, error) {
	var rows []heldRow
	if err := db.lease(ctx, &rows, heldQueue(), now, lease, limit, ""); err != nil {
		return nil, err
	}
	return convert(rows, heldRow.held)
}

// claimedHeld finds a stream that nobody has claimed after the caller did.
const claimedHeld = ` where community_id = $1 and transaction_id = $2 and stream = $3 and attempts = $4`

// EndHeld implements notices.Store.
func (db *DB) EndHeld(ctx context.Context, h notices.Held) error {
	_, err := db.exec(ctx, `delete from told_later`+claimedHeld, h.CommunityID, h.TransactionID, string(h.Stream), h.Attempts)
	return err
}

// RetryHeld implements notices.Store.
func (db *DB) RetryHeld(ctx context.Context, h notices.Held, again time.Time) error {
	_, err := db.exec(ctx, `update told_later set claimable_at = $5`+claimedHeld,
		h.CommunityID, h.TransactionID, string(h.Stream), h.Attempts, stamp{again})
	return err
}

// ReturnHeld implements notices.Store.
func (db *DB) ReturnHeld(ctx context.Context, h notices.Held, now time.Time) error {
	_, err := db.exec(ctx, `update told_later set claimable_at = $5, attempts = attempts - 1`+claimedHeld,
		h.CommunityID, h.TransactionID, string(h.Stream), h.Attempts, stamp{now})
	return err
}
