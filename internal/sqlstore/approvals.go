package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// ApprovalLimits implements orchestrator.Approvals.
func (db *DB) ApprovalLimits(ctx context.Context, community int64) (orchestrator.Limits, error) {
	var rows []struct {
		Currency string `db:"currency"`
		Amount   int64  `db:"amount"`
	}
	if err := db.all(ctx, &rows, `select currency, amount from approval_limits where community_id = $1`, community); err != nil {
		return nil, err
	}
	limits := orchestrator.Limits{}
	for _, r := range rows {
		limits[money.Currency(r.Currency)] = r.Amount
	}
	return limits, nil
}

// SaveApprovalLimits implements orchestrator.Approvals.
func (db *DB) SaveApprovalLimits(ctx context.Context, community int64, l orchestrator.Limits, by orchestrator.By) error {
	if err := l.Validate(); err != nil {
		return err
	}
	before, err := db.ApprovalLimits(ctx, community)
	if err != nil {
		return err
	}
	data := map[string]string{}
	for what, limits := range map[string]orchestrator.Limits{"before": before, "after": l} {
		text, err := json.Marshal(limits)
		if err != nil {
			return err
		}
		data[what] = string(text)
	}
	return db.act(ctx, by.Act(community, "limits.set", object("community", community), data), func(u unit) error {
		if err := u.lockCommunity(ctx, community); err != nil {
			return err
		}
		if _, err := u.exec(ctx, `delete from approval_limits where community_id = $1`, community); err != nil {
			return err
		}
		for c, amount := range l {
			if _, err := u.exec(ctx, `insert into approval_limits (community_id, currency, amount) values ($1, $2, $3)`, community, string(c), amount); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockCommunity lets one at a time replace what belongs to a community, which has to
// be there.
func (u unit) lockCommunity(ctx context.Context, community int64) error {
	n, err := u.exec(ctx, `update communities set name = name where id = $1`, community)
	if err == nil && n == 0 {
		err = noCommunity(community)
	}
	return err
}

// Operators implements orchestrator.Approvals.
func (db *DB) Operators(ctx context.Context, community int64) ([]string, error) {
	var names []string
	err := db.all(ctx, &names, `select name from operators where community_id = $1 order by name`, community)
	return names, err
}

// SaveOperators implements orchestrator.Approvals.
func (db *DB) SaveOperators(ctx context.Context, community int64, names []string, by orchestrator.By) error {
	if err := orchestrator.CheckOperators(names); err != nil {
		return err
	}
	before, err := db.Operators(ctx, community)
	if err != nil {
		return err
	}
	sorted := slices.Sorted(slices.Values(names))
	data := map[string]string{"before": strings.Join(before, " "), "after": strings.Join(sorted, " ")}
	return db.act(ctx, by.Act(community, "operators.set", object("community", community), data), func(u unit) error {
		if err := u.lockCommunity(ctx, community); err != nil {
			return err
		}
		if _, err := u.exec(ctx, `delete from operators where community_id = $1`, community); err != nil {
			return err
		}
		for _, name := range sorted {
			if _, err := u.exec(ctx, `insert into operators (community_id, name, folded) values ($1, $2, $3)`, community, name, strings.ToLower(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

const approvalColumns = `community_id, id, status, act, object, transaction_id, amount, currency, asked_by, reason, request_id,
asked_at, expires_at, request, same, decided_by, decision, decided_at, outcome, ended_at`

type approvalRow struct {
	CommunityID   int64  `db:"community_id"`
	ID            int64  `db:"id"`
	Status        string `db:"status"`
	Act           string `db:"act"`
	Object        string `db:"object"`
	TransactionID int64  `db:"transaction_id"`
	Amount        int64  `db:"amount"`
	Currency      string `db:"currency"`
	AskedBy       string `db:"asked_by"`
	Reason        string `db:"reason"`
	RequestID     string `db:"request_id"`
	AskedAt       stamp  `db:"asked_at"`
	ExpiresAt     stamp  `db:"expires_at"`
	Request       []byte `db:"request"`
	Same          string `db:"same"`
	DecidedBy     string `db:"decided_by"`
	Decision      string `db:"decision"`
	DecidedAt     stamp  `db:"decided_at"`
	Outcome       string `db:"outcome"`
	EndedAt       stamp  `db:"ended_at"`
	Due           stamp  `db:"claimable_at"` // only when it was claimed
}

func approvalBound(community, id int64) []byte {
	return fmt.Appendf(nil, "approval\x00%d\x00%d", community, id)
}

func (db *DB) approval(ctx context.Context, r approvalRow) (orchestrator.Approval, error) {
	a := orchestrator.Approval{
		ID: r.ID, CommunityID: r.CommunityID, Status: orchestrator.ApprovalStatus(r.Status), Act: r.Act, Object: r.Object,
		TransactionID: r.TransactionID, Amount: money.New(r.Amount, money.Currency(r.Currency)), AskedBy: r.AskedBy, Reason: r.Reason,
		RequestID: r.RequestID, AskedAt: r.AskedAt.at, ExpiresAt: r.ExpiresAt.at, Same: r.Same, DecidedBy: r.DecidedBy, Decision: r.Decision,
		DecidedAt: r.DecidedAt.at, Outcome: r.Outcome, EndedAt: r.EndedAt.at, Due: r.Due.at,
	}
	if len(r.Request) == 0 {
		return a, nil
	}
	box, err := db.Box(ctx)
	if err != nil {
		return a, fmt.Errorf("open approval: %w", err)
	}
	if a.Request, err = box.Open(r.Request, approvalBound(a.CommunityID, a.ID)); err != nil {
		a.Request = nil // its key is missing here: it must not hide the others
	}
	return a, nil
}

func (db *DB) approvals(ctx context.Context, rows []approvalRow) ([]orchestrator.Approval, error) {
	all := make([]orchestrator.Approval, len(rows))
	for i, r := range rows {
		var err error
		if all[i], err = db.approval(ctx, r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// errSame is an approval that is asked for a second time.
var errSame = errors.New("the same approval is already waiting")

// AskApproval implements orchestrator.Approvals.
func (db *DB) AskApproval(ctx context.Context, a orchestrator.Approval, r *orchestrator.Reply, line orchestrator.Act) (orchestrator.Approval, error) {
	for _, text := range []string{a.Act, a.Object, a.AskedBy, a.Reason, a.RequestID} {
		if !storable(text) {
			return a, errText
		}
	}
	box, err := db.Box(ctx)
	if err != nil {
		return a, fmt.Errorf("seal approval: %w", err)
	}
	request, err := box.Seal(a.Request, approvalBound(a.CommunityID, a.ID))
	if err != nil {
		return a, err
	}
	line.Once = r
	err = db.act(ctx, line, func(u unit) error {
		n, err := u.exec(ctx, `insert into approvals (`+approvalColumns+`)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '', '', $16, '', $16) on conflict (community_id, same) do nothing`,
			a.CommunityID, a.ID, string(a.Status), a.Act, a.Object, a.TransactionID, a.Amount.Minor(), string(a.Amount.Currency()), a.AskedBy, a.Reason,
			a.RequestID, stamp{a.AskedAt}, stamp{a.ExpiresAt}, request, a.Same, stamp{})
		if err == nil && n == 0 {
			err = errSame
		}
		return err
	})
	if !errors.Is(err, errSame) {
		return a, err
	}
	var row approvalRow
	found, err := db.one(ctx, &row, `select `+approvalColumns+` from approvals where community_id = $1 and same = $2`, a.CommunityID, a.Same)
	if err == nil && !found {
		err = orchestrator.ErrRevisionConflict // it has just ended
	}
	if err != nil {
		return a, err
	}
	return db.approval(ctx, row)
}

// Approval implements orchestrator.Approvals.
func (db *DB) Approval(ctx context.Context, community, id int64) (orchestrator.Approval, error) {
	var row approvalRow
	found, err := db.one(ctx, &row, `select `+approvalColumns+` from approvals where community_id = $1 and id = $2`, community, id)
	if err == nil && !found {
		err = orchestrator.ApprovalNotFound()
	}
	if err != nil {
		return orchestrator.Approval{}, err
	}
	return db.approval(ctx, row)
}

// ListApprovals implements orchestrator.Approvals.
func (db *DB) ListApprovals(ctx context.Context, f orchestrator.ApprovalFilter) ([]orchestrator.Approval, error) {
	query := `select ` + approvalColumns + ` from approvals where community_id = $1 and id < $2`
	before := f.Before
	if before == 0 {
		before = math.MaxInt64
	}
	args := []any{f.CommunityID, before, f.Limit}
	if f.Status != "" {
		query += ` and status = $4`
		args = append(args, string(f.Status))
	}
	var rows []approvalRow
	if err := db.all(ctx, &rows, query+` order by id desc limit $3`, args...); err != nil {
		return nil, err
	}
	return db.approvals(ctx, rows)
}

func approvalQueue() queue {
	return queue{
		table: "approvals", keys: []string{"community_id", "id"}, due: "claimable_at", since: "coalesce(claimable_at, asked_at)",
		open: "ended_at is null", returns: approvalColumns + ", claimable_at",
	}
}

// ClaimApprovals implements orchestrator.Approvals.
func (db *DB) ClaimApprovals(ctx context.Context, now, lease, approved time.Time, limit int) ([]orchestrator.Approval, error) {
	var rows []approvalRow
	err := db.lease(ctx, &rows, approvalQueue(), now, lease, limit,
		` and (status = 'waiting' and expires_at <= $1 or status = 'approved' and decided_at <= $4)`, stamp{approved})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b approvalRow) int {
		return cmp.Or(a.ExpiresAt.at.Compare(b.ExpiresAt.at), cmp.Compare(a.ID, b.ID))
	})
	return db.approvals(ctx, rows)
}

// RetryApproval implements orchestrator.Approvals.
func (db *DB) RetryApproval(ctx context.Context, a orchestrator.Approval, due time.Time) error {
	_, err := db.exec(ctx, `update approvals set claimable_at = $3 where community_id = $1 and id = $2 and claimable_at = $4 and ended_at is null`,
		a.CommunityID, a.ID, stamp{due}, stamp{a.Due})
	return err
}

// errMovedOn is an approval that has another status than was thought.
var errMovedOn = errors.New("the approval has changed; read it again")

// ChangeApproval implements orchestrator.Approvals.
func (db *DB) ChangeApproval(ctx context.Context, a orchestrator.Approval, from orchestrator.ApprovalStatus, line orchestrator.Act) (bool, error) {
	if !storable(a.DecidedBy) || !storable(a.Decision) {
		return false, errText
	}
	same := a.Same
	if !a.EndedAt.IsZero() {
		same = orchestrator.ObjectOfApproval(a.ID)
	}
	err := db.act(ctx, line, func(u unit) error {
		n, err := u.exec(ctx, `update approvals set status = $4, transaction_id = $5, decided_by = $6, decision = $7, decided_at = $8, outcome = $9,
			ended_at = $10, same = $11, request = case when $12 = 1 then $13 else request end
			where community_id = $1 and id = $2 and status = $3`,
			a.CommunityID, a.ID, string(from), string(a.Status), a.TransactionID, a.DecidedBy, a.Decision, stamp{a.DecidedAt}, a.Outcome,
			stamp{a.EndedAt}, same, flag(!a.EndedAt.IsZero()), []byte{})
		if err == nil && n == 0 {
			err = errMovedOn
		}
		return err
	})
	if errors.Is(err, errMovedOn) {
		return false, nil
	}
	return err == nil, err
}
