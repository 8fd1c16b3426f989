package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/notices"
)

// The table is called review_reminders, because those were the first: it has reminders of
// all kinds, each known by its round.
type reminder = notices.Reminder

var reminderTable = tableOf("review_reminders",
	number("transaction_id", func(r *reminder) *int64 { return &r.TransactionID }),
	text("user_id", func(r *reminder) *string { return &r.User }),
	count("round", func(r *reminder) *int { return &r.Round }),
	number("community_id", func(r *reminder) *int64 { return &r.CommunityID }),
	instant("due", func(r *reminder) *time.Time { return &r.Due }),
	count("attempts", func(r *reminder) *int { return &r.Attempts }).elsewhere(), // by who claims it
	instant("claimable_at", func(r *reminder) *time.Time { return &r.Due }).unread(),
)

// PlanReminders implements notices.Planned. It is one statement: who plans a deal
// again completes what is missing.
func (db Reminders) PlanReminders(ctx context.Context, reminders []notices.Reminder) error {
	if len(reminders) == 0 {
		return nil
	}
	var args []any
	for _, r := range reminders {
		values, err := reminderTable.row(&r)
		if err != nil {
			return err
		}
		args = append(args, values...)
	}
	_, err := db.exec(ctx, reminderTable.insertion(len(reminders))+` on conflict (transaction_id, user_id, round) do nothing`, args...)
	return err
}

func reminderQueue() queue {
	return queue{
		table: "review_reminders", keys: []string{"transaction_id", "user_id", "round"}, due: "claimable_at", open: "done = 0", tries: "attempts",
	}
}

// ClaimReminders implements notices.Planned.
func (db Reminders) ClaimReminders(ctx context.Context, now, until time.Time, limit int) ([]notices.Reminder, error) {
	rows, err := lease(ctx, db, reminderTable, reminderQueue(), now, until, limit, "")
	slices.SortFunc(rows, func(a, b reminder) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.TransactionID, b.TransactionID), cmp.Compare(a.User, b.User))
	})
	return rows, err
}

// claimedReminder finds a reminder that nobody has claimed after the caller did.
const claimedReminder = ` where transaction_id = $1 and user_id = $2 and round = $3 and attempts = $4 and done = 0`

// PostponeReminder implements notices.Planned.
func (db Reminders) PostponeReminder(ctx context.Context, r notices.Reminder, until time.Time) error {
	_, err := db.exec(ctx, `update review_reminders set claimable_at = $5`+claimedReminder,
		r.TransactionID, r.User, r.Round, r.Attempts, stamp{until})
	return err
}

// ReturnReminder implements notices.Planned.
func (db Reminders) ReturnReminder(ctx context.Context, r notices.Reminder, now time.Time) error {
	_, err := db.exec(ctx, `update review_reminders set claimable_at = $5, attempts = attempts - 1`+claimedReminder,
		r.TransactionID, r.User, r.Round, r.Attempts, stamp{now})
	return err
}

// EndReminder implements notices.Planned.
func (db Reminders) EndReminder(ctx context.Context, r notices.Reminder) error {
	_, err := db.exec(ctx, `update review_reminders set done = 1`+claimedReminder, r.TransactionID, r.User, r.Round, r.Attempts)
	return err
}
