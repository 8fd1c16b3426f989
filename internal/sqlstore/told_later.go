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

// held is a stream that waits as it is stored: with the time at which it is tried again.
type held struct {
	notices.Held
	again time.Time
}

var heldTable = tableOf("told_later",
	number("community_id", func(h *held) *int64 { return &h.CommunityID }),
	number("transaction_id", func(h *held) *int64 { return &h.TransactionID }),
	text("stream", func(h *held) *string { return (*string)(&h.Stream) }),
	instant("since", func(h *held) *time.Time { return &h.Since }),
	count("attempts", func(h *held) *int { return &h.Attempts }),
	instant("claimable_at", func(h *held) *time.Time { return &h.again }).unread(),
)

var insertHeld = heldTable.insertion(1) + ` on conflict (community_id, transaction_id, stream) do nothing`

// Hold implements notices.HeldNews.
func (db HeldNews) Hold(ctx context.Context, h notices.Held, again time.Time) error {
	h.Attempts = 0
	args, err := heldTable.row(&held{h, again})
	if err == nil {
		_, err = db.exec(ctx, insertHeld, args...)
	}
	return err
}

// Waiting implements notices.HeldNews.
func (db HeldNews) Waiting(ctx context.Context, h notices.Held, limit int) (happened []orchestrator.Event, said []orchestrator.Message, err error) {
	if h.Stream == notices.Messages {
		said, err = findPage(ctx, db, messageTable, `where transaction_id = $1 and delivered_at is null order by id limit $2`, h.TransactionID, limit)
		return nil, said, err
	}
	happened, err = findPage(ctx, db, eventTable, `where transaction_id = $1 and delivered_at is null order by sequence limit $2`, h.TransactionID, limit)
	return happened, nil, err
}

func heldQueue() queue {
	return queue{table: "told_later", keys: []string{"community_id", "transaction_id", "stream"}, due: "claimable_at", tries: "attempts"}
}

// ClaimHeld implements notices.HeldNews.
func (db HeldNews) ClaimHeld(ctx context.Context, now, until time.Time, limit int) ([]notices.Held, error) {
	rows, err := lease(ctx, db, heldTable, heldQueue(), now, until, limit, "")
	return each(rows, func(h held) notices.Held { return h.Held }), err
}

// claimedHeld finds a stream that nobody has claimed after the caller did.
const claimedHeld = ` where community_id = $1 and transaction_id = $2 and stream = $3 and attempts = $4`

// EndHeld implements notices.HeldNews.
func (db HeldNews) EndHeld(ctx context.Context, h notices.Held) error {
	_, err := db.exec(ctx, `delete from told_later`+claimedHeld, h.CommunityID, h.TransactionID, string(h.Stream), h.Attempts)
	return err
}

// RetryHeld implements notices.HeldNews.
func (db HeldNews) RetryHeld(ctx context.Context, h notices.Held, again time.Time) error {
	_, err := db.exec(ctx, `update told_later set claimable_at = $5`+claimedHeld,
		h.CommunityID, h.TransactionID, string(h.Stream), h.Attempts, stamp{again})
	return err
}

// ReturnHeld implements notices.HeldNews.
func (db HeldNews) ReturnHeld(ctx context.Context, h notices.Held, now time.Time) error {
	_, err := db.exec(ctx, `update told_later set claimable_at = $5, attempts = attempts - 1`+claimedHeld,
		h.CommunityID, h.TransactionID, string(h.Stream), h.Attempts, stamp{now})
	return err
}
