package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

type strayRow struct {
	CommunityID   int64  `db:"community_id"`
	Gateway       string `db:"gateway"`
	PaymentID     string `db:"payment_id"`
	TransactionID int64  `db:"transaction_id"`
	IntentID      string `db:"intent_id"`
	Amount        int64  `db:"amount"`
	Currency      string `db:"currency"`
	Note          string `db:"note"`
	Attempts      int    `db:"attempts"`
	Due           stamp  `db:"due"`
	FoundAt       stamp  `db:"found_at"`
	ListedAt      stamp  `db:"listed_at"`
	EndedAt       stamp  `db:"ended_at"`
}

const strayColumns = `community_id, gateway, payment_id, transaction_id, intent_id, amount, currency, note, attempts, due, found_at, listed_at, ended_at`

func (r strayRow) stray() (orchestrator.Stray, error) {
	return orchestrator.Stray{
		CommunityID: r.CommunityID, Gateway: r.Gateway, PaymentID: r.PaymentID, TransactionID: r.TransactionID, IntentID: r.IntentID,
		Amount: money.New(r.Amount, money.Currency(r.Currency)), Note: r.Note, Attempts: r.Attempts,
		Due: r.Due.at, FoundAt: r.FoundAt.at, ListedAt: r.ListedAt.at, EndedAt: r.EndedAt.at,
	}, nil
}

// NoteStray implements orchestrator.Strays.
func (db *DB) NoteStray(ctx context.Context, s orchestrator.Stray) error {
	if !storable(s.PaymentID) || !storable(s.IntentID) {
		return errText
	}
	_, err := db.exec(ctx, `insert into strays (`+strayColumns+`) values ($1, $2, $3, $4, $5, $6, $7, '', 0, $8, $9, null, null)
		on conflict (community_id, gateway, payment_id) do update
			set ended_at = null, listed_at = null, note = '', attempts = 0, due = excluded.due, found_at = excluded.found_at, amount = excluded.amount
			where strays.ended_at is not null`,
		s.CommunityID, s.Gateway, s.PaymentID, s.TransactionID, s.IntentID, s.Amount.Minor(), string(s.Amount.Currency()), stamp{s.Due}, stamp{s.FoundAt})
	return err
}

func strayQueue() queue {
	return queue{
		table: "strays", keys: []string{"community_id", "gateway", "payment_id"}, due: "due", open: "ended_at is null", tries: "attempts",
		returns: strayColumns,
	}
}

// ClaimStrays implements orchestrator.Strays.
func (db *DB) ClaimStrays(ctx context.Context, now, lease time.Time, limit int, shut ...string) ([]orchestrator.Stray, error) {
	var rows []strayRow
	except, args := except("gateway", shut)
	if err := db.lease(ctx, &rows, strayQueue(), now, lease, limit, except, args...); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b strayRow) int {
		return cmp.Or(a.FoundAt.at.Compare(b.FoundAt.at), cmp.Compare(a.PaymentID, b.PaymentID))
	})
	return convert(rows, strayRow.stray)
}

// SettleStray implements orchestrator.Strays.
func (db *DB) SettleStray(ctx context.Context, s orchestrator.Stray, held time.Time) error {
	n, err := db.exec(ctx, `update strays set note = $4, attempts = $5, due = $6, listed_at = $7, ended_at = $8, amount = $9, currency = $10
		where community_id = $1 and gateway = $2 and payment_id = $3 and due = $11 and ended_at is null`,
		s.CommunityID, s.Gateway, s.PaymentID, s.Note, s.Attempts, stamp{s.Due}, stamp{s.ListedAt}, stamp{s.EndedAt},
		s.Amount.Minor(), string(s.Amount.Currency()), stamp{held})
	if err == nil && n == 0 {
		return orchestrator.ErrRevisionConflict
	}
	return err
}

// OpenStray implements orchestrator.Strays.
func (db *DB) OpenStray(ctx context.Context, community int64, gateway, paymentID string) (orchestrator.Stray, bool, error) {
	var r strayRow
	found, err := db.one(ctx, &r, `select `+strayColumns+` from strays
		where community_id = $1 and gateway = $2 and payment_id = $3 and ended_at is null`, community, gateway, paymentID)
	if err != nil || !found {
		return orchestrator.Stray{}, false, err
	}
	s, err := r.stray()
	return s, err == nil, err
}
