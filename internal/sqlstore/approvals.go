package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
)

// ApprovalLimits implements orchestrator.Approvals.
func (db Staff) ApprovalLimits(ctx context.Context, community int64) (orchestrator.Limits, error) {
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
func (db Staff) SaveApprovalLimits(ctx context.Context, community int64, l orchestrator.Limits, by orchestrator.By) error {
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
func (db Staff) Operators(ctx context.Context, community int64) ([]string, error) {
	var names []string
	err := db.all(ctx, &names, `select name from operators where community_id = $1 order by name`, community)
	return names, err
}

// SaveOperators implements orchestrator.Approvals.
func (db Staff) SaveOperators(ctx context.Context, community int64, names []string, by orchestrator.By) error {
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

// approval is an act that waits for a second person, as it is stored: its request is sealed.
type approval struct {
	orchestrator.Approval
	request []byte
}

var approvalTable = tableOf("approvals",
	number("community_id", func(a *approval) *int64 { return &a.CommunityID }).fixed(),
	number("id", func(a *approval) *int64 { return &a.ID }).fixed(),
	text("status", func(a *approval) *string { return (*string)(&a.Status) }),
	text("act", func(a *approval) *string { return &a.Act }).fixed(),
	text("object", func(a *approval) *string { return &a.Object }).fixed(),
	number("transaction_id", func(a *approval) *int64 { return &a.TransactionID }),
	minor("amount", func(a *approval) *amount { return &a.Amount }).fixed(),
	currency("currency", func(a *approval) *amount { return &a.Amount }).fixed(),
	text("asked_by", func(a *approval) *string { return &a.AskedBy }).fixed(),
	text("reason", func(a *approval) *string { return &a.Reason }).fixed(),
	text("request_id", func(a *approval) *string { return &a.RequestID }).fixed(),
	instant("asked_at", func(a *approval) *time.Time { return &a.AskedAt }).fixed(),
	instant("expires_at", func(a *approval) *time.Time { return &a.ExpiresAt }).fixed(),
	blob("request", func(a *approval) *[]byte { return &a.request }).fixed(), // until it has ended
	text("same", func(a *approval) *string { return &a.Same }),
	text("decided_by", func(a *approval) *string { return &a.DecidedBy }),
	text("decision", func(a *approval) *string { return &a.Decision }),
	instant("decided_at", func(a *approval) *time.Time { return &a.DecidedAt }),
	text("outcome", func(a *approval) *string { return (*string)(&a.Outcome) }),
	instant("ended_at", func(a *approval) *time.Time { return &a.EndedAt }),
)

// claimedApprovals tell until when their claim holds.
var claimedApprovals = approvalTable.plus(instant("claimable_at", func(a *approval) *time.Time { return &a.Due }).elsewhere())

func approvalBound(community, id int64) []byte {
	return fmt.Appendf(nil, "approval\x00%d\x00%d", community, id)
}

func (db *database) approval(ctx context.Context, r approval) (orchestrator.Approval, error) {
	if len(r.request) == 0 {
		return r.Approval, nil
	}
	box, err := db.Box(ctx)
	if err != nil {
		return r.Approval, fmt.Errorf("open approval: %w", err)
	}
	if r.Request, err = box.Open(r.request, approvalBound(r.CommunityID, r.ID)); err != nil {
		r.Request = nil // its key is missing here: it must not hide the others
	}
	return r.Approval, nil
}

func (db *database) approvals(ctx context.Context, rows []approval) ([]orchestrator.Approval, error) {
	return convert(rows, func(r approval) (orchestrator.Approval, error) { return db.approval(ctx, r) })
}

// errSame is an approval that is asked for a second time.
var errSame = errors.New("the same approval is already waiting")

// AskApproval implements orchestrator.Approvals.
func (db Approvals) AskApproval(ctx context.Context, a orchestrator.Approval, r *idempotency.Reply, line orchestrator.Act) (orchestrator.Approval, error) {
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
	args, err := approvalTable.row(&approval{a, request})
	if err != nil {
		return a, err
	}
	line.Once = r
	err = db.act(ctx, line, func(u unit) error {
		n, err := u.exec(ctx, approvalTable.insertion(1)+` on conflict (community_id, same) do nothing`, args...)
		if err == nil && n == 0 {
			err = errSame
		}
		return err
	})
	if !errors.Is(err, errSame) {
		return a, err
	}
	row, found, err := findOne(ctx, db, approvalTable, `where community_id = $1 and same = $2`, a.CommunityID, a.Same)
	if err == nil && !found {
		err = orchestrator.ErrRevisionConflict // it has just ended
	}
	if err != nil {
		return a, err
	}
	return db.approval(ctx, row)
}

// Approval implements orchestrator.Approvals.
func (db Approvals) Approval(ctx context.Context, community, id int64) (orchestrator.Approval, error) {
	row, found, err := findOne(ctx, db, approvalTable, `where community_id = $1 and id = $2`, community, id)
	if err == nil && !found {
		err = orchestrator.ApprovalNotFound()
	}
	if err != nil {
		return orchestrator.Approval{}, err
	}
	return db.approval(ctx, row)
}

// ListApprovals implements orchestrator.Approvals.
func (db Approvals) ListApprovals(ctx context.Context, f orchestrator.ApprovalFilter) ([]orchestrator.Approval, error) {
	query, args := behind("approvals", "asked_at", f.CommunityID, f.Before, f.Limit)
	switch f.Status {
	case "":
	case orchestrator.ApprovalWaiting: // as its index has it
		query += ` and status = 'waiting'`
	default:
		args = append(args, string(f.Status))
		query += fmt.Sprintf(` and status = $%d`, len(args))
	}
	if f.TransactionID != 0 {
		args = append(args, f.TransactionID)
		query += fmt.Sprintf(` and transaction_id = $%d`, len(args))
	}
	rows, err := findPage(ctx, db, approvalTable, query+` order by asked_at desc, id desc limit $2`, args...)
	if err != nil {
		return nil, err
	}
	return db.approvals(ctx, rows)
}

func approvalQueue() queue {
	return queue{
		table: "approvals", keys: []string{"community_id", "id"}, due: "claimable_at", since: "coalesce(claimable_at, asked_at)",
		open: "ended_at is null",
	}
}

// ClaimApprovals implements orchestrator.Approvals.
func (db Approvals) ClaimApprovals(ctx context.Context, now, until, approved time.Time, limit int) ([]orchestrator.Approval, error) {
	rows, err := lease(ctx, db, claimedApprovals, approvalQueue(), now, until, limit,
		` and (status = 'waiting' and expires_at <= $1 or status = 'approved' and decided_at <= $4)`, stamp{approved})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b approval) int {
		return cmp.Or(a.ExpiresAt.Compare(b.ExpiresAt), cmp.Compare(a.ID, b.ID))
	})
	return db.approvals(ctx, rows)
}

// RetryApproval implements orchestrator.Approvals.
func (db Approvals) RetryApproval(ctx context.Context, a orchestrator.Approval, due time.Time) error {
	_, err := db.exec(ctx, `update approvals set claimable_at = $3 where community_id = $1 and id = $2 and claimable_at = $4 and ended_at is null`,
		a.CommunityID, a.ID, stamp{due}, stamp{a.Due})
	return err
}

// errMovedOn is an approval that has another status than was thought.
var errMovedOn = errors.New("the approval has changed; read it again")

// ChangeApproval implements orchestrator.Approvals.
func (db Approvals) ChangeApproval(ctx context.Context, a orchestrator.Approval, from orchestrator.ApprovalStatus, line orchestrator.Act) (bool, error) {
	if !storable(a.DecidedBy) || !storable(a.Decision) {
		return false, errText
	}
	if !a.EndedAt.IsZero() {
		a.Same = orchestrator.ObjectOfApproval(a.ID)
	}
	args, err := approvalTable.row(&approval{Approval: a})
	if err != nil {
		return false, err
	}
	args = append(row{a.CommunityID, a.ID, string(from), flag(!a.EndedAt.IsZero()), []byte{}}, approvalTable.changes(args)...)
	err = db.act(ctx, line, func(u unit) error {
		n, err := u.exec(ctx, `update approvals set request = case when $4 = 1 then $5 else request end, `+approvalTable.assignments(6)+`
			where community_id = $1 and id = $2 and status = $3`, args...)
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
