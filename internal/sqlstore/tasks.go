package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/orchestrator"
)

// taskSource finds the tasks of a kind in the rows of truth. Its query has the columns
// community_id, transaction_id, subject, object, detail, since, seen (when the cause
// was seen last) and due (text). @community stands for the column that tells whose it
// is; the other names are those of args.
type taskSource struct {
	kind  orchestrator.TaskKind
	query string
}

const (
	// inState is since when a deal is in the state of its timer. A release before this one
	// does not tell.
	inState   = `coalesce(m.since, m.due)`
	openEnded = `(t.state in (@openEnded) or m.attempts > 0)`
	waits     = `from timers m join transactions t on t.id = m.transaction_id and t.state = m.state
		where m.name in ('operator_reminder', 'operator_alarm') and @(m.community_id) and ` + openEnded
)

// taskSources are all kinds of tasks. Whatever else needs a person gets a row here.
var taskSources = []taskSource{
	{orchestrator.TaskAccountOnHold, `select a.community_id, 0 as transaction_id, a.account || ':' || a.currency as subject, a.account || ':' || a.currency as object,
		a.hold as detail, coalesce(a.held_at, cast(@now as @time)) as since, cast(@now as @time) as seen, '' as due from accounts a where a.hold <> '' and @(a.community_id)`},
	{orchestrator.TaskApproval, `select a.community_id, a.transaction_id, cast(a.id as text) as subject, 'approval:' || a.id as object,
		a.status || ': ' || a.act || ', asked for by ' || a.asked_by || ': ' || a.reason as detail, a.asked_at as since, cast(@now as @time) as seen,
		@expires as due from approvals a where a.ended_at is null and @(a.community_id)`},
	{orchestrator.TaskChainBroken, `select c.id as community_id, 0 as transaction_id, 'community' as subject, 'community' as object,
		c.hold as detail, coalesce(c.held_at, cast(@now as @time)) as since, cast(@now as @time) as seen, '' as due from communities c where c.hold like 'chain broken%' and @(c.id)`},
	{orchestrator.TaskCommunityOnHold, `select c.id as community_id, 0 as transaction_id, 'community' as subject, 'community' as object,
		c.hold as detail, coalesce(c.held_at, cast(@now as @time)) as since, cast(@now as @time) as seen, '' as due from communities c
		where c.hold <> '' and c.hold not like 'chain broken%' and @(c.id)`},
	{orchestrator.TaskDifference, `select d.community_id, d.transaction_id, d.gateway || ':' || d.fingerprint as subject,
		case when d.payment_id <> '' then d.gateway || ':' || d.payment_id else d.account end as object,
		d.class || ' ' || d.what || ': ' || d.here || ' here and ' || d.there || ' there, minor units of ' || d.currency || '; ' || d.advice as detail,
		d.first_seen as since, d.last_seen as seen, '' as due from differences d where d.ended_at is null and @(d.community_id)`},
	{orchestrator.TaskDispute, `select t.community_id, t.id as transaction_id, cast(m.transaction_id as text) as subject, '' as object,
		t.state as detail, ` + inState + ` as since, cast(@now as @time) as seen,
		coalesce(cast(t.deadlines ->> 'evidence_due' as text), cast(t.deadlines ->> 'dispute' as text), '') as due ` + waits + ` and m.state = 'disputed'`},
	{orchestrator.TaskEndpointDead, `select w.community_id, 0 as transaction_id, cast(w.id as text) as subject, 'endpoint:' || w.id as object,
		case when w.status = 'disabled' then 'disabled: ' || w.disabled_reason else 'failing' end || '; ' || w.description as detail,
		coalesce(w.failing_since, w.updated_at) as since, cast(@now as @time) as seen, '' as due from webhook_endpoints w
		where ((w.status = 'disabled' and w.disabled_reason <> 'by_staff') or (w.status = 'enabled' and w.warned_at is not null)) and @(w.community_id)`},
	{orchestrator.TaskHoldExpires, `select t.community_id, t.id as transaction_id, cast(t.id as text) as subject, t.gateway || ':' || t.payment_id as object,
		t.authorized || ' minor units of ' || t.currency || ' are reserved' as detail, coalesce(t.entered_at, t.updated_at) as since, cast(@now as @time) as seen,
		t.deadlines ->> 'capture_before' as due from transactions t where t.authorized > 0 and t.deadlines ->> 'capture_before' <= @soon and @(t.community_id)`},
	{orchestrator.TaskMailDead, `select x.community_id, 0 as transaction_id, x.id as subject, 'user:' || x.user_id as object,
		x.kind as detail, x.at as since, x.ended_at as seen, '' as due from mails x where x.ended_at is not null and x.note = 'given up' and @(x.community_id)`},
	{orchestrator.TaskMessageDead, `select x.community_id, coalesce(t.id, 0) as transaction_id, cast(x.id as text) as subject,
		x.gateway || ':' || x.payment_id as object, x.code || ': ' || x.note as detail, x.received_at as since, x.received_at as seen, '' as due
		from inbox x left join transactions t on t.gateway = x.gateway and t.payment_id = x.payment_id and t.payment_id <> ''
		where x.done = 1 and x.note like 'given up%' and @(x.community_id)`},
	{orchestrator.TaskMoneyWaits, `select t.community_id, t.id as transaction_id, cast(m.transaction_id as text) as subject, '' as object,
		t.state as detail, ` + inState + ` as since, cast(@now as @time) as seen, '' as due ` + waits + ` and m.state <> 'disputed'`},
	{orchestrator.TaskOnHold, `select t.community_id, t.id as transaction_id, cast(t.id as text) as subject, '' as object, t.attention as detail,
		coalesce(t.held_at, t.updated_at) as since,
		cast(@now as @time) as seen, '' as due from transactions t where t.attention <> '' and @(t.community_id)`},
	{orchestrator.TaskOperationOpen, openIntents + ` and i.attempt <= 1 and i.code = ''`},
	{orchestrator.TaskOutcomeUnknown, openIntents + ` and (i.attempt > 1 or i.code <> '')`},
	{orchestrator.TaskPayoutFailed, `select b.community_id, 0 as transaction_id, b.gateway || ':' || b.payout_id as subject, 'user:' || b.user_id as object,
		b.failure || '; ' || b.amount || ' minor units of ' || b.currency || ', ' || b.gateway as detail, b.ended_at as since, b.ended_at as seen, '' as due
		from bank_payouts b where b.status = 'failed' and @(b.community_id) and not exists (select 1 from bank_payouts l where l.community_id = b.community_id
			and l.user_id = b.user_id and l.gateway = b.gateway and l.account_id = b.account_id and l.currency = b.currency and l.status = 'paid' and l.made_at > b.made_at)`},
	{orchestrator.TaskSellerDebt, `select t.community_id, t.id as transaction_id, cast(t.id as text) as subject, 'user:' || t.seller as object,
		(t.charged_back - t.lost - t.recovered - t.payee_due) || ' minor units of ' || t.currency as detail, coalesce(t.last_transition_at, t.updated_at) as since,
		t.updated_at as seen, '' as due from transactions t
		where t.charged_back > 0 and t.charged_back - t.lost - t.recovered - t.payee_due > 0 and t.attention = '' and @(t.community_id)`},
	{orchestrator.TaskStepRefused, `select t.community_id, t.id as transaction_id, cast(m.transaction_id as text) || ':' || m.name as subject, '' as object, m.name as detail,
		` + inState + ` as since, cast(@now as @time) as seen, '' as due
		from timers m join transactions t on t.id = m.transaction_id and t.state = m.state
		where m.attempts >= 3 and m.name in (@refused) and @(m.community_id)`},
	{orchestrator.TaskStray, `select s.community_id, s.transaction_id, s.gateway || ':' || s.payment_id as subject, s.gateway || ':' || s.payment_id as object,
		s.note || '; ' || s.amount || ' minor units of ' || s.currency as detail, s.found_at as since, cast(@now as @time) as seen, '' as due
		from strays s where s.listed_at is not null and s.ended_at is null and @(s.community_id)`},
	{orchestrator.TaskTimerOverdue, `select m.community_id, m.transaction_id, cast(m.transaction_id as text) || ':' || m.name as subject, '' as object, m.name as detail,
		m.due as since, cast(@now as @time) as seen, '' as due from timers m
		where m.claimable_at <= @overdue and m.due <= @overdue and not (m.attempts >= 3 and m.name in (@refused)) and @(m.community_id)`},
}

const openIntents = `select i.community_id, i.transaction_id, i.id as subject, i.gateway as object, i.transition || ' (' || i.verb || ') ' || i.code as detail,
	i.created_at as since, cast(@now as @time) as seen, '' as due from intents i where i.status = 'open' and i.created_at <= @late and @(i.community_id)`

type taskRow struct {
	CommunityID   int64  `db:"community_id"`
	TransactionID int64  `db:"transaction_id"`
	Subject       string `db:"subject"`
	Object        string `db:"object"`
	Detail        string `db:"detail"`
	Since         stamp  `db:"since"`
	Due           string `db:"due"`
	Owner         string `db:"owner"`
}

func (r taskRow) task(kind orchestrator.TaskKind) (orchestrator.Task, error) {
	t := orchestrator.Task{
		Kind: kind, CommunityID: r.CommunityID, Subject: r.Subject, TransactionID: r.TransactionID,
		Object: r.Object, Detail: strings.TrimSpace(r.Detail), Owner: r.Owner, Since: r.Since.at,
	}
	if r.Due == "" {
		return t, nil
	}
	var due stamp
	err := due.UnmarshalText([]byte(r.Due))
	t.Due = due.at
	return t, err
}

// taskQuery puts a query about tasks together, with its arguments.
type taskQuery struct {
	text string
	args []any
}

func (q *taskQuery) arg(value any) string {
	q.args = append(q.args, value)
	return "$" + strconv.Itoa(len(q.args))
}

// openTasks is the tasks of a source with their owners, but for those that a person was
// done with when their cause was seen last. Whose is the condition on the community.
func (db *database) openTasks(q *taskQuery, s taskSource, whose func(q *taskQuery, column string) string, rules orchestrator.TaskRules) string {
	text := s.query
	for {
		at := strings.Index(text, "@(")
		if at < 0 {
			break
		}
		end, depth := at+2, 1
		for ; depth > 0; end++ {
			switch text[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		text = text[:at] + whose(q, text[at+2:end-1]) + text[end:]
	}
	replace := func(name string, value func() string) {
		if strings.Contains(text, name) {
			text = strings.ReplaceAll(text, name, value())
		}
	}
	list := func(values []string) string {
		places := make([]string, len(values))
		for i, v := range values {
			places[i] = q.arg(v)
		}
		return strings.Join(places, ", ")
	}
	replace("@openEnded", func() string { return list(texts(rules.OpenEnded)) })
	replace("@refused", func() string { return list(texts(rules.Refused)) })
	replace("@now", func() string { return q.arg(stamp{rules.Now}) })
	replace("@overdue", func() string { return q.arg(stamp{rules.Overdue}) })
	replace("@soon", func() string { return q.arg(stamp{rules.Soon}.text()) })
	replace("@late", func() string { return q.arg(stamp{rules.Late}) })
	replace("@time", func() string {
		return map[migrations.Dialect]string{migrations.Postgres: "timestamptz", migrations.SQLite: "text"}[db.dialect]
	})
	replace("@expires", func() string {
		return map[migrations.Dialect]string{migrations.Postgres: `to_char(a.expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`, migrations.SQLite: "a.expires_at"}[db.dialect]
	})
	return ` from (` + text + `) s left join task_notes n on n.community_id = s.community_id and n.task = ` + q.arg(string(s.kind)+"/") + ` || s.subject
		where (n.done_at is null or n.done_at < s.seen)`
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// Tasks implements orchestrator.TaskList.
func (db TaskList) Tasks(ctx context.Context, f orchestrator.TaskFilter) ([]orchestrator.Task, error) {
	if f.Limit < 1 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	var communities int
	if _, err := db.one(ctx, &communities, `select count(*) from communities`); err != nil {
		return nil, err
	}
	owners := []int64{f.CommunityID}
	if communities <= 1 {
		owners = append(owners, 0) // what belongs to no community is theirs
	}
	var all []orchestrator.Task
	for _, s := range taskSources {
		if f.Kind != "" && f.Kind != s.kind || f.ID != "" && !strings.HasPrefix(f.ID, string(s.kind)+"/") {
			continue
		}
		for _, owner := range owners {
			found, err := db.tasksOf(ctx, s, owner, f)
			if err != nil {
				return nil, fmt.Errorf("tasks of kind %s: %w", s.kind, err)
			}
			all = append(all, found...)
		}
	}
	slices.SortFunc(all, func(a, b orchestrator.Task) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Subject, b.Subject))
	})
	return all[:min(len(all), f.Limit)], nil
}

// tasksOf reads a page of the tasks of a source that belong to a community. Where an
// index has them in order, both databases stop at the end of the page: that takes one
// community at a time, and a limit that they see when they plan.
func (db *database) tasksOf(ctx context.Context, s taskSource, owner int64, f orchestrator.TaskFilter) ([]orchestrator.Task, error) {
	q := &taskQuery{}
	q.text = db.openTasks(q, s, func(q *taskQuery, column string) string { return column + " = " + q.arg(owner) }, f.Rules)
	q.narrow(f, s.kind)
	text := `select s.community_id, s.transaction_id, s.subject, s.object, s.detail, s.since, s.due, coalesce(n.owner, '') as owner` +
		q.text + ` order by s.since, s.subject limit ` + strconv.Itoa(maxPage)
	var rows []taskRow
	if err := db.all(ctx, &rows, text, q.args...); err != nil {
		return nil, err
	}
	return convert(rows, func(r taskRow) (orchestrator.Task, error) { return r.task(s.kind) })
}

// narrow adds a filter's conditions.
func (q *taskQuery) narrow(f orchestrator.TaskFilter, kind orchestrator.TaskKind) {
	if f.ID != "" {
		q.text += " and s.subject = " + q.arg(strings.TrimPrefix(f.ID, string(kind)+"/"))
	}
	if f.Owner != "" {
		q.text += " and n.owner = " + q.arg(f.Owner)
	}
	if f.Unowned {
		q.text += " and coalesce(n.owner, '') = ''"
	}
	if !f.Until.IsZero() {
		q.text += " and s.since <= " + q.arg(stamp{f.Until})
	}
	if a := f.After; a != nil {
		at := q.arg(stamp{a.Since})
		switch cmp.Compare(kind, a.Kind) {
		case -1:
			q.text += " and s.since > " + at
		case 0:
			q.text += " and s.since >= " + at + " and (s.since > " + at + " or s.subject > " + q.arg(a.Subject) + ")"
		default:
			q.text += " and s.since >= " + at
		}
	}
}

// CountTasks implements orchestrator.TaskList. It is one statement: replicas ask every minute.
func (db TaskList) CountTasks(ctx context.Context, community int64, rules orchestrator.TaskRules) ([]orchestrator.TaskCount, error) {
	whose := func(q *taskQuery, column string) string {
		if community == 0 {
			return "true"
		}
		return column + " = " + q.arg(community)
	}
	q, limit := &taskQuery{}, strconv.Itoa(orchestrator.MaxTaskCount)
	each := make([]string, len(taskSources))
	for i, s := range taskSources {
		each[i] = `select '` + string(s.kind) + `' as kind, count(*) as n, min(since) as oldest from (select s.since` + db.openTasks(q, s, whose, rules) + ` limit ` + limit + `) as capped`
	}
	var rows []struct {
		Kind   orchestrator.TaskKind `db:"kind"`
		Count  int                   `db:"n"`
		Oldest stamp                 `db:"oldest"`
	}
	if err := db.all(ctx, &rows, strings.Join(each, " union all "), q.args...); err != nil {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	var counts []orchestrator.TaskCount
	for _, r := range rows {
		if r.Count > 0 {
			counts = append(counts, orchestrator.TaskCount{Kind: r.Kind, Count: r.Count, Oldest: r.Oldest.at})
		}
	}
	slices.SortFunc(counts, func(a, b orchestrator.TaskCount) int { return cmp.Compare(a.Kind, b.Kind) })
	return counts, nil
}

// NoteTask implements orchestrator.TaskList.
func (db TaskList) NoteTask(ctx context.Context, n orchestrator.TaskNote) error {
	if !storable(n.Owner) || !storable(n.By.Reason) {
		return errText
	}
	act, data := "task.assign", map[string]string{"owner": n.Owner}
	var done time.Time
	if n.Done {
		act, done = "task.done", n.By.At
		data["detail"] = n.Task.Detail
	}
	return db.act(ctx, n.By.Act(n.Task.CommunityID, act, "task:"+n.Task.ID(), data), func(u unit) error {
		_, err := u.exec(ctx, `insert into task_notes (community_id, task, owner, assigned_at, done_at, done_by, reason) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (community_id, task) do update set owner = excluded.owner, assigned_at = excluded.assigned_at, done_at = excluded.done_at,
				done_by = excluded.done_by, reason = excluded.reason`,
			n.Task.CommunityID, n.Task.ID(), n.Owner, stamp{n.By.At}, stamp{done}, n.By.Actor, n.By.Reason)
		return err
	})
}
