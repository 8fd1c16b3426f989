package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// finding is what an examination returns: one row per violation.
type finding struct {
	Transaction int64  `db:"transaction_id"`
	Detail      string `db:"detail"`
}

// afterRestore is the one gap that the numbers of events may have.
var afterRestore = strconv.Itoa(events.AfterRestore)

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
		select 0 as transaction_id, 'community ' || community_id || ', ' || account || ' ' || currency || ': off by '
			|| (1000000000 * sum(amount / 1000000000) + sum(amount % 1000000000)) as detail -- no sum on the way is too large
		from (select community_id, account, currency, balance as amount from accounts
			union all select community_id, account, currency, -amount from postings
			where account like 'available:%' or account like 'frozen:%') as both_sides
		group by community_id, account, currency
		having 1000000000 * sum(amount / 1000000000) + sum(amount % 1000000000) <> 0`},
	{"I-4", "captured is not released + refunded + fees + held", `
		select id as transaction_id, 'captured ' || captured || ', released ' || released || ', refunded ' || refunded
			|| ', fees ' || fees || ', held ' || held as detail
		from transactions where captured <> released + refunded + fees + held
			or authorized < 0 or captured < 0 or held < 0 or released < 0 or refunded < 0 or fees < 0`},
	{"I-4", "the ledger holds another amount than the transaction says", `
		select t.id as transaction_id, 'ledger ' || coalesce(p.escrow, 0) || ' held, ' || coalesce(p.authorized, 0) || ' authorized, '
			|| coalesce(p.frozen, 0) || ' frozen; transaction ' || t.held || ' and ' || t.authorized as detail
		from transactions t left join (select transaction_id,
				sum(case when account like 'escrow:%' then amount else 0 end) as escrow,
				sum(case when account like 'authorized:%' then amount else 0 end) as authorized,
				sum(case when account like 'frozen:%' then amount else 0 end) as frozen
			from postings where account like 'escrow:%' or account like 'authorized:%' or account like 'frozen:%' group by transaction_id) p
		on p.transaction_id = t.id
		where (t.gateway <> 'balance' and (coalesce(p.escrow, 0) <> t.held or coalesce(p.authorized, 0) <> t.authorized))
			or (t.gateway = 'balance' and coalesce(p.frozen, 0) <> t.held + t.authorized)`},
	{"I-4", "the ledger paid another amount than the transaction says", `
		select t.id as transaction_id, 'ledger ' || coalesce(p.paid, 0) || ' and ' || coalesce(p.fees, 0) || ' fees; transaction '
			|| t.released || ' and ' || t.fees + t.gateway_fees as detail
		from transactions t left join (select transaction_id,
				sum(case when account like 'paid_out:%' or account like 'payout_due:%' then amount else 0 end) as paid,
				sum(case when account like 'payout_due:%' then amount else 0 end) as due,
				sum(case when account like 'fees:%' then amount else 0 end) as fees
			from postings where account like 'paid_out:%' or account like 'payout_due:%' or account like 'fees:%' group by transaction_id) p
		on p.transaction_id = t.id
		where coalesce(p.fees, 0) <> t.fees + t.gateway_fees or coalesce(p.due, 0) <> t.payout_due
			or (t.gateway <> 'balance' and coalesce(p.paid, 0) <> t.released - t.withheld)`},
	{"I-4", "the ledger has another loss or debt than the transaction says", `
		select t.id as transaction_id, 'ledger ' || coalesce(-p.debt, 0) || ' owed, ' || coalesce(-p.losses, 0) || ' lost; transaction '
			|| (t.charged_back - t.lost - t.recovered - t.payee_due) || ' and ' || t.lost as detail
		from transactions t left join (select transaction_id,
				sum(case when account like 'debt:%' then amount else 0 end) as debt,
				sum(case when account like 'losses:%' then amount else 0 end) as losses
			from postings where account like 'debt:%' or account like 'losses:%' group by transaction_id) p
		on p.transaction_id = t.id
		where coalesce(-p.debt, 0) <> t.charged_back - t.lost - t.recovered - t.payee_due or coalesce(-p.losses, 0) <> t.lost
			or t.lost < 0 or t.recovered < 0 or t.charged_back < t.lost + t.recovered`},
	{"I-4", "money went back after the deal was over and nobody is notified", `
		select id as transaction_id, 'charged back ' || charged_back as detail from transactions
		where charged_back > 0 and attention = '' and cast(facts as text) not like '%"loss_settled"%'`},
	{"I-4", "the payee is owed what they paid back, and nobody is notified", `
		select id as transaction_id, 'owed ' || payee_due as detail from transactions where payee_due > 0 and attention = ''`},
	{"I-6", "an open operation that its transaction is not busy with", `
		select i.transaction_id, i.id as detail from intents i join transactions t on t.id = i.transaction_id
		where i.status = 'open' and t.intent_id <> i.id`},
	{"I-6", "a transaction is busy with an operation that is not open", `
		select t.id as transaction_id, t.intent_id as detail from transactions t
		where t.intent_id <> '' and not exists (select 1 from intents i where i.id = t.intent_id and i.status = 'open')`},
	{"I-6", "an intent that succeeded is not in the history", `
		select i.transaction_id, i.id as detail from intents i where i.status = 'succeeded' and not exists
			(select 1 from transaction_log l where l.transaction_id = i.transaction_id and l.intent_id = i.id)`},
	{"I-7", "more was taken out of what a transaction holds than was in it", `
		select transaction_id, account || ' is at ' || balance || ' ' || currency || ' in revision ' || revision as detail from (
			select transaction_id, account, currency, revision,
				sum(sum(amount)) over (partition by transaction_id, account, currency order by revision) as balance
			from postings where account like 'escrow:%' or account like 'authorized:%' or account like 'frozen:%'
			group by transaction_id, account, currency, revision) as running
		where balance < 0`},
	{"I-8", "the history has a gap", `
		select t.id as transaction_id, 'revision ' || t.revision || ', ' || count(l.revision) || ' log rows' as detail
		from transactions t left join transaction_log l on l.transaction_id = t.id
		group by t.id, t.revision having count(l.revision) <> t.revision or min(l.revision) <> 1 or max(l.revision) <> t.revision`},
	{"I-8", "the history is not a chain", `
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
	{"I-9", "the log of events has a gap", `
		select 0 as transaction_id, 'community ' || c.community_id || ': ' || coalesce(l.number, 0) || ' numbers up to ' || c.last as detail
		from event_counters c left join (select community_id, min(sequence) as first, max(sequence + step) as last, sum(1 + step) as number
			from event_log group by community_id) l on l.community_id = c.community_id
		where c.last < l.last or (c.last - l.last) % ` + afterRestore + ` <> 0 or (l.last - l.first + 1 - l.number) % ` + afterRestore + ` <> 0`},
	{"I-9", "a state was entered without an event", `
		select l.transaction_id, l.to_state as detail from transaction_log l where l.from_state <> l.to_state
		group by l.transaction_id, l.to_state having count(*) >
			(select count(*) from events e where e.transaction_id = l.transaction_id and e.type = 'transaction.' || l.to_state)`},
	{"I-9", "a row belongs to no transaction", `
		select transaction_id, kind as detail from (
			select transaction_id, 'event' as kind from events union select transaction_id, 'log' from transaction_log
			union select transaction_id, 'posting' from postings union select transaction_id, 'timer' from timers
			union select transaction_id, 'intent' from intents union select transaction_id, 'message' from messages) as rows_of
		where not exists (select 1 from transactions t where t.id = rows_of.transaction_id)`},
	{"I-9", "a row belongs to another community than its transaction", `
		select r.transaction_id, r.kind || ' of community ' || r.community_id as detail from (
			select transaction_id, community_id, 'event' as kind from events union select transaction_id, community_id, 'posting' from postings
			union select transaction_id, community_id, 'timer' from timers union select transaction_id, community_id, 'intent' from intents
			union select transaction_id, community_id, 'message' from messages) as r
		join transactions t on t.id = r.transaction_id where t.community_id <> r.community_id`},
	{"I-10", "a stored answer is about an operation that does not exist", `
		select r.transaction_id, r.intent_id as detail from replies r
		where r.intent_id <> '' and not exists (select 1 from intents i where i.id = r.intent_id)`},
	{"I-10", "a stored answer is about no transaction", `
		select r.transaction_id, 'status ' || r.status as detail from replies r
		where r.transaction_id <> 0 and not exists (select 1 from transactions t where t.id = r.transaction_id)`},
	{"I-11", "what is left is below zero", `
		select 0 as transaction_id, 'community ' || community_id || ', ' || name || ': ' || free as detail from resources where free < 0`},
	{"I-12", "a timer waits in a state that the transaction is not in", `
		select m.transaction_id, m.name || ' in ' || m.state || ', not ' || t.state as detail
		from timers m join transactions t on t.id = m.transaction_id where m.state <> t.state`},
}

// mostFindings is how many violations of one kind are told, so that a database that is
// broken from end to end takes no more memory than a sound one.
const mostFindings = 1000

// Doctor looks through the whole database for broken invariants, which takes as
// long as the database is. The registry tells which states are terminal and what
// they hold. It reads a piece at a time, or lets the database count, so that its
// memory does not grow with the ledger. A sound database has none; commits may go on meanwhile.
func (db Checks) Doctor(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	violations, err := db.strangeCurrencies(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range examinations {
		var found []finding
		if err := db.all(ctx, &found, `select transaction_id, detail from (`+e.query+`
			) as broken limit $1`, mostFindings+1); err != nil {
			return nil, err
		}
		if len(found) > mostFindings {
			found = found[:mostFindings]
			violations = append(violations, orchestrator.Violation{Invariant: e.invariant, Message: fmt.Sprintf("%s: more than %d times; these are some", e.message, mostFindings)})
		}
		for _, f := range found {
			violations = append(violations, orchestrator.Violation{
				Invariant: e.invariant, TransactionID: f.Transaction, Message: e.message + ": " + f.Detail,
			})
		}
	}
	for _, examine := range []func(context.Context, *process.Registry) ([]orchestrator.Violation, error){
		db.examineStates, db.examineHoldings, db.examineBoth, db.examineLines, db.examineReservations, db.examineSums,
	} {
		found, err := examine(ctx, r)
		if err != nil {
			return nil, err
		}
		violations = append(violations, found...)
	}
	slices.SortStableFunc(violations, func(a, b orchestrator.Violation) int { return cmp.Compare(a.TransactionID, b.TransactionID) })
	return violations, nil
}
