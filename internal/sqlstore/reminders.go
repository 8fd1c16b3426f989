package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/notices"
)

type reminderRow struct {
	TransactionID int64  `db:"transaction_id"`
	User          string `db:"user_id"`
	Round         int    `db:"round"`
	CommunityID   int64  `db:"community_id"`
	Due           stamp  `db:"due"`
	Attempts      int    `db:"attempts"`
}

// The table is called review_reminders, because those were the first: it has reminders of
// all kinds, each known by its round.
func (r reminderRow) reminder() (notices.Reminder, error) {
	return notices.Reminder{
		CommunityID: r.CommunityID, TransactionID: r.TransactionID, User: r.User, Round: r.Round, Due: r.Due.at, Attempts: r.Attempts,
	}, nil
}

const plannedReminder = "transaction_id, user_id, round, community_id, due, claimable_at"

// PlanReminders implements notices.Store. It is one statement: who plans a deal
// again completes what is missing.
func (db *DB) PlanReminders(ctx context.Context, reminders []notices.Reminder) error {
	if len(reminders) == 0 {
		return nil
	}
	var args []any
	for _, r := range reminders {
		args = append(args, r.TransactionID, r.User, r.Round, r.CommunityID, stamp{r.Due}, stamp{r.Due})
	}
	_, err := db.exec(ctx, insertRows("review_reminders", plannedReminder, len(reminders))+` on conflict (transaction_id, user_id, round) do nothing`, args...)
	return err
}

func reminderQueue() queue {
	return queue{
		table: "review_reminders", keys: []string{"transaction_id", "user_id", "round"}, due: "claimable_at", open: "done = 0", tries: "attempts",
		returns: "transaction_id, user_id, round, community_id, due, attempts",
	}
}

// ClaimReminders implements notices.Store.
func (db *DB) ClaimReminders(ctx context.Context, now, lease time.Time, limit int) ([]notices.Reminder, error) {
	var rows []reminderRow
	if err := db.lease(ctx, &rows, reminderQueue(), now, lease, limit, ""); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b reminderRow) int {
		return cmp.Or(a.Due.at.Compare(b.Due.at), cmp.Compare(a.TransactionID, b.TransactionID), cmp.Compare(a.User, b.User))
	})
	return convert(rows, reminderRow.reminder)
}

// claimedReminder finds a reminder that nobody has claimed after the caller did.
const claimedReminder = ` where transaction_id = $1 and user_id = $2 and round = $3 and attempts = $4 and done = 0`

// PostponeReminder implements notices.Store.
func (db *DB) PostponeReminder(ctx context.Context, r notices.Reminder, until time.Time) error {
	_, err := db.exec(ctx, `update review_reminders set claimable_at = $5`+claimedReminder,
		r.TransactionID, r.User, r.Round, r.Attempts, stamp{until})
	return err
}

// ReturnReminder implements notices.Store.
func (db *DB) ReturnReminder(ctx context.Context, r notices.Reminder, now time.Time) error {
	_, err := db.exec(ctx, `update review_reminders set claimable_at = $5, attempts = attempts - 1`+claimedReminder,
		r.TransactionID, r.User, r.Round, r.Attempts, stamp{now})
	return err
}

// EndReminder implements notices.Store.
func (db *DB) EndReminder(ctx context.Context, r notices.Reminder) error {
	_, err := db.exec(ctx, `update review_reminders set done = 1`+claimedReminder, r.TransactionID, r.User, r.Round, r.Attempts)
	return err
}
