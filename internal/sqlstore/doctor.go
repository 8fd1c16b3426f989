package sqlstore

import (
	"cmp"
	"context"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// finding is what an examination returns: one row per violation.
type finding struct {
	Transaction int64  `db:"transaction_id"`
	Detail      string `db:"detail"`
}

// examinations are the invariants that one query can check on its own.
var examinations = []struct{ invariant, message, query string }{
	{"I-1", "an entry does not sum to zero", `
		select transaction_id, 'revision ' || revision || ', entry ' || entry || ': ' || sum(amount) || ' ' || currency as detail
		from postings group by transaction_id, revision, entry, currency having sum(amount) <> 0`},
	{"I-1", "an entry was written by no commit", `
		select distinct p.transaction_id, 'revision ' || p.revision as detail from postings p
		where not exists (select 1 from transaction_log l where l.transaction_id = p.transaction_id and l.revision = p.revision)`},
	{"I-2", "a guarded account is below zero", `
		select 0 as transaction_id, 'community ' || community_id || ', ' || account || ': ' || balance || ' ' || currency as detail
		from accounts where balance < 0`},
	{"I-3", "a balance is not the sum of its postings", `
		select 0 as transaction_id, 'community ' || community_id || ', ' || account || ' ' || currency || ': off by ' || sum(amount) as detail
		from (select community_id, account, currency, balance as amount from accounts
			union all select community_id, account, currency, -amount from postings
			where account like 'available:%' or account like 'frozen:%') as both_sides
		group by community_id, account, currency having sum(amount) <> 0`},
	{"I-4", "captured is not released + refunded + fees + held", `
		select id as transaction_id, 'captured ' || captured || ', released ' || released || ', refunded ' || refunded
			|| ', fees ' || fees || ', held ' || held as detail
		from transactions where captured <> released + refunded + fees + held
			or authorized < 0 or captured < 0 or held < 0 or released < 0 or refunded < 0 or fees < 0`},
	{"I-4", "the ledger holds another amount than the transaction says", `
		select t.id as transaction_id, 'ledger ' || p.escrow || ' held, ' || p.authorized || ' authorized, ' || p.frozen || ' frozen; transaction '
			|| t.held || ' and ' || t.authorized as detail
		from transactions t join (select transaction_id,
				sum(case when account like 'escrow:%' then amount else 0 end) as escrow,
				sum(case when account like 'authorized:%' then amount else 0 end) as authorized,
				sum(case when account like 'frozen:%' then amount else 0 end) as frozen
			from postings where account like 'escrow:%' or account like 'authorized:%' or account like 'frozen:%' group by transaction_id) p
		on p.transaction_id = t.id where (t.gateway <> 'balance' and (p.escrow <> t.held or p.authorized <> t.authorized))
			or (t.gateway = 'balance' and p.frozen <> t.held + t.authorized)`},
	{"I-6", "an intent that succeeded is not in the history", `
		select i.transaction_id, i.id as detail from intents i where i.status = 'succeeded' and not exists
			(select 1 from transaction_log l where l.transaction_id = i.transaction_id and l.intent_id = i.id)`},
	{"I-8", "the history has a gap", `
		select t.id as transaction_id, 'revision ' || t.revision || ', ' || count(l.revision) || ' log rows' as detail
		from transactions t left join transaction_log l on l.transaction_id = t.id
		group by t.id, t.revision having count(l.revision) <> t.revision or min(l.revision) <> 1 or max(l.revision) <> t.revision`},
	{"I-8", "the history is no chain", `
		select l.transaction_id, 'revision ' || l.revision || ' leaves ' || l.from_state || ', the one before entered ' || p.to_state as detail
		from transaction_log l join transaction_log p on p.transaction_id = l.transaction_id and p.revision = l.revision - 1
		where l.from_state <> p.to_state`},
	{"I-8", "the state is not the one that the history ends in", `
		select t.id as transaction_id, t.state || ' instead of ' || l.to_state as detail
		from transactions t join transaction_log l on l.transaction_id = t.id and l.revision = t.revision
		where l.to_state <> t.state`},
	{"I-9", "the events have a gap", `
		select t.id as transaction_id, 'sequence ' || t.event_sequence || ', ' || count(e.sequence) || ' events' as detail
		from transactions t left join events e on e.transaction_id = t.id
		group by t.id, t.event_sequence having count(e.sequence) <> t.event_sequence
			or coalesce(min(e.sequence), 1) <> 1 or coalesce(max(e.sequence), 0) <> t.event_sequence`},
	{"I-9", "a row belongs to no transaction", `
		select transaction_id, kind as detail from (
			select transaction_id, 'event' as kind from events union select transaction_id, 'log' from transaction_log
			union select transaction_id, 'posting' from postings union select transaction_id, 'timer' from timers
			union select transaction_id, 'intent' from intents) as rows_of
		where not exists (select 1 from transactions t where t.id = rows_of.transaction_id)`},
}

// Doctor looks through the whole database for broken invariants, which takes as
// long as the database is. The registry tells which states are terminal and what
// they hold. A sound database has none; commits may go on meanwhile.
func (db *DB) Doctor(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var violations []orchestrator.Violation
	for _, e := range examinations {
		var found []finding
		if err := db.all(ctx, &found, e.query); err != nil {
			return nil, err
		}
		for _, f := range found {
			violations = append(violations, orchestrator.Violation{
				Invariant: e.invariant, TransactionID: f.Transaction, Message: e.message + ": " + f.Detail,
			})
		}
	}
	states, err := db.examineStates(ctx, r)
	if err != nil {
		return nil, err
	}
	holdings, err := db.examineHoldings(ctx, r)
	if err != nil {
		return nil, err
	}
	violations = append(append(violations, states...), holdings...)
	slices.SortStableFunc(violations, func(a, b orchestrator.Violation) int { return cmp.Compare(a.TransactionID, b.TransactionID) })
	return violations, nil
}

// restless is a combination of process and state, and one transaction in it that
// has something under way.
type restless struct {
	Process     string `db:"process"`
	State       string `db:"state"`
	Transaction int64  `db:"transaction_id"`
	Detail      string `db:"detail"`
}

// examineStates checks what only the process tables know.
func (db *DB) examineStates(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var rows []restless
	if err := db.all(ctx, &rows, `
		select t.process, t.state, t.id as transaction_id, 'timer ' || m.name as detail
		from transactions t join timers m on m.transaction_id = t.id
		union all
		select t.process, t.state, t.id, 'open gateway operation ' || i.id
		from transactions t join intents i on i.transaction_id = t.id where i.status = 'open'`); err != nil {
		return nil, err
	}
	var violations []orchestrator.Violation
	for _, row := range rows {
		if terminal(r, row.Process, row.State) {
			violations = append(violations, orchestrator.Violation{
				Invariant: "I-8", TransactionID: row.Transaction, Message: "a terminal state is not at rest: " + row.Detail,
			})
		}
	}
	return violations, nil
}

// holding is what kind of money transactions at rest in a state have, and one of them.
type holding struct {
	Process     string `db:"process"`
	State       string `db:"state"`
	Authorized  int64  `db:"authorized"` // 1 if anything is
	Held        int64  `db:"held"`       // 1 if anything is
	Transaction int64  `db:"transaction_id"`
}

// examineHoldings checks that every state holds the money that its process says.
func (db *DB) examineHoldings(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var holdings []holding
	if err := db.all(ctx, &holdings, `
		select process, state, authorized, held, min(id) as transaction_id from (
			select id, process, state, case when authorized > 0 then 1 else 0 end as authorized,
				case when held > 0 then 1 else 0 end as held
			from transactions where operation = '') as at_rest
		group by process, state, authorized, held`); err != nil {
		return nil, err
	}
	var violations []orchestrator.Violation
	for _, s := range holdings {
		p, err := r.Find(s.Process)
		if err != nil {
			continue
		}
		info, ok := p.StateInfo(process.State(s.State))
		if funds := (process.Funds{Authorized: s.Authorized, Held: s.Held}); ok && !funds.Satisfies(info.Money) {
			violations = append(violations, orchestrator.Violation{
				Invariant: "I-4", TransactionID: s.Transaction, Message: "state " + s.State + " should hold " + string(info.Money) + ", and this and perhaps others do not",
			})
		}
	}
	return violations, nil
}

func terminal(r *process.Registry, ref, state string) bool {
	p, err := r.Find(ref)
	if err != nil {
		return false
	}
	info, ok := p.StateInfo(process.State(state))
	return ok && info.Terminal
}
