package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

type stray = orchestrator.Stray

var strayTable = tableOf("strays",
	number("community_id", func(s *stray) *int64 { return &s.CommunityID }).fixed(),
	text("gateway", func(s *stray) *string { return &s.Gateway }).fixed(),
	text("payment_id", func(s *stray) *string { return &s.PaymentID }).fixed(),
	number("transaction_id", func(s *stray) *int64 { return &s.TransactionID }).fixed(),
	text("intent_id", func(s *stray) *string { return &s.IntentID }).fixed(),
	minor("amount", func(s *stray) *amount { return &s.Amount }),
	currency("currency", func(s *stray) *amount { return &s.Amount }),
	text("note", func(s *stray) *string { return &s.Note }),
	count("attempts", func(s *stray) *int { return &s.Attempts }),
	instant("due", func(s *stray) *time.Time { return &s.Due }),
	instant("found_at", func(s *stray) *time.Time { return &s.FoundAt }).fixed(),
	instant("listed_at", func(s *stray) *time.Time { return &s.ListedAt }),
	instant("ended_at", func(s *stray) *time.Time { return &s.EndedAt }),
)

// NoteStray implements orchestrator.Strays.
func (db Strays) NoteStray(ctx context.Context, s orchestrator.Stray) error {
	if !storable(s.PaymentID) || !storable(s.IntentID) {
		return errText
	}
	s.Note, s.Attempts, s.ListedAt, s.EndedAt = "", 0, time.Time{}, time.Time{}
	args, err := strayTable.row(&s)
	if err != nil {
		return err
	}
	_, err = db.exec(ctx, strayTable.insertion(1)+`
		on conflict (community_id, gateway, payment_id) do update
			set ended_at = null, listed_at = null, note = '', attempts = 0, due = excluded.due, found_at = excluded.found_at, amount = excluded.amount
			where strays.ended_at is not null`, args...)
	return err
}

func strayQueue() queue {
	return queue{
		table: "strays", keys: []string{"community_id", "gateway", "payment_id"}, due: "due", open: "ended_at is null", tries: "attempts",
	}
}

// ClaimStrays implements orchestrator.Strays.
func (db Strays) ClaimStrays(ctx context.Context, now, until time.Time, limit int, shut ...string) ([]orchestrator.Stray, error) {
	except, args := except("gateway", shut)
	rows, err := lease(ctx, db, strayTable, strayQueue(), now, until, limit, except, args...)
	slices.SortFunc(rows, func(a, b stray) int {
		return cmp.Or(a.FoundAt.Compare(b.FoundAt), cmp.Compare(a.PaymentID, b.PaymentID))
	})
	return rows, err
}

// SettleStray implements orchestrator.Strays.
func (db Strays) SettleStray(ctx context.Context, s orchestrator.Stray, held time.Time) error {
	args, err := strayTable.row(&s)
	if err != nil {
		return err
	}
	n, err := db.exec(ctx, `update strays set `+strayTable.assignments(5)+`
		where community_id = $1 and gateway = $2 and payment_id = $3 and due = $4 and ended_at is null`,
		append(row{s.CommunityID, s.Gateway, s.PaymentID, stamp{held}}, strayTable.changes(args)...)...)
	if err == nil && n == 0 {
		return orchestrator.ErrRevisionConflict
	}
	return err
}

// OpenStray implements orchestrator.Strays.
func (db Strays) OpenStray(ctx context.Context, community int64, gateway, paymentID string) (orchestrator.Stray, bool, error) {
	return findOne(ctx, db, strayTable, `where community_id = $1 and gateway = $2 and payment_id = $3 and ended_at is null`, community, gateway, paymentID)
}
