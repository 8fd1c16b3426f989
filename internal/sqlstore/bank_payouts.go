package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

type bankPayout = orchestrator.BankPayout

var bankPayoutTable = tableOf("bank_payouts",
	number("community_id", func(p *bankPayout) *int64 { return &p.CommunityID }).fixed(),
	number("id", func(p *bankPayout) *int64 { return &p.Number }).fixed(),
	text("gateway", func(p *bankPayout) *string { return &p.Gateway }).fixed(),
	text("account_id", func(p *bankPayout) *string { return &p.AccountID }).fixed(),
	text("payout_id", func(p *bankPayout) *string { return &p.ID }).fixed(),
	text("user_id", func(p *bankPayout) *string { return &p.UserID }).fixed(),
	minor("amount", func(p *bankPayout) *amount { return &p.Amount }).fixed(),
	currency("currency", func(p *bankPayout) *amount { return &p.Amount }).fixed(),
	text("status", func(p *bankPayout) *string { return (*string)(&p.Status) }),
	column[*bankPayout]{name: "stage", kind: "bigint", get: func(p *bankPayout) (stored, error) { return int64(p.Status.Stage()), nil }}.unread(),
	text("failure", func(p *bankPayout) *string { return &p.Failure }),
	encoded("deals", func(p *bankPayout) (string, error) { return encode(slices.Concat([]int64{}, p.Deals)) }, func(p *bankPayout, text string) error {
		return json.Unmarshal([]byte(text), &p.Deals)
	}),
	instant("made_at", func(p *bankPayout) *time.Time { return &p.MadeAt }).fixed(),
	instant("arrives_at", func(p *bankPayout) *time.Time { return &p.ArrivesAt }),
	instant("ended_at", func(p *bankPayout) *time.Time { return &p.EndedAt }),
	instant("told_at", func(p *bankPayout) *time.Time { return &p.ToldAt }),
	count("attempts", func(p *bankPayout) *int { return &p.Attempts }),
	instant("due", func(p *bankPayout) *time.Time { return &p.Due }),
)

// AccountOwner implements orchestrator.BankPayouts.
func (db BankPayouts) AccountOwner(ctx context.Context, gateway, account string) (community int64, user string, found bool, err error) {
	var row struct {
		Community int64  `db:"community_id"`
		User      string `db:"user_id"`
	}
	found, err = db.one(ctx, &row, `select community_id, user_id from gateway_accounts where gateway = $1 and account_id = $2 order by community_id limit 1`, gateway, account)
	return row.Community, row.User, found, err
}

// SaveBankPayout implements orchestrator.BankPayouts.
func (db BankPayouts) SaveBankPayout(ctx context.Context, p orchestrator.BankPayout) (bool, error) {
	if !storable(p.ID) || !storable(p.AccountID) || !storable(p.Failure) {
		return false, errText
	}
	args, err := bankPayoutTable.row(&p)
	if err != nil {
		return false, err
	}
	var n int64
	err = db.announcing(ctx, func(u announcer) (err error) {
		if n, err = u.exec(ctx, saveBankPayout, args...); err != nil || n == 0 {
			return err
		}
		return u.announceBankPayout(ctx, p)
	})
	return n > 0, err
}

var saveBankPayout = bankPayoutTable.insertion(1) + `
	on conflict (community_id, gateway, payout_id) do update set ` + bankPayoutTable.renewals("excluded") + `
		where bank_payouts.stage < excluded.stage`

func bankPayoutQueue() queue {
	return queue{table: "bank_payouts", keys: []string{"community_id", "id"}, due: "due", open: "due is not null", tries: "attempts"}
}

// ClaimBankPayouts implements orchestrator.BankPayouts.
func (db BankPayouts) ClaimBankPayouts(ctx context.Context, now, until time.Time, limit int, shut ...string) ([]orchestrator.BankPayout, error) {
	except, args := except("gateway", shut)
	rows, err := lease(ctx, db, bankPayoutTable, bankPayoutQueue(), now, until, limit, except, args...)
	slices.SortFunc(rows, func(a, b bankPayout) int {
		return cmp.Or(a.MadeAt.Compare(b.MadeAt), cmp.Compare(a.Number, b.Number))
	})
	return rows, err
}

// SettleBankPayout implements orchestrator.BankPayouts.
func (db BankPayouts) SettleBankPayout(ctx context.Context, p orchestrator.BankPayout, held time.Time) error {
	n, err := db.exec(ctx, `update bank_payouts set attempts = $4, due = $5, told_at = $6 where community_id = $1 and id = $2 and due = $3`,
		p.CommunityID, p.Number, stamp{held}, p.Attempts, stamp{p.Due}, stamp{p.ToldAt})
	if err == nil && n == 0 {
		return orchestrator.ErrRevisionConflict
	}
	return err
}

// ListBankPayouts implements orchestrator.BankPayouts.
func (db BankPayouts) ListBankPayouts(ctx context.Context, f orchestrator.BankPayoutFilter) ([]orchestrator.BankPayout, error) {
	if f.Limit < 1 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	if f.Before == 0 {
		return find(ctx, db, bankPayoutTable, `where community_id = $1 and user_id = $2 order by id desc limit $3`, f.CommunityID, f.UserID, f.Limit)
	}
	return find(ctx, db, bankPayoutTable, `where community_id = $1 and user_id = $2 and id < $3 order by id desc limit $4`, f.CommunityID, f.UserID, f.Before, f.Limit)
}
