package sqlstore

import (
	"fmt"
	"strings"
)

// part is a kind of rows that a batch may have. A statement is built for the
// parts that are present, because the empty ones would cost time as well.
type part int

const (
	partPostings part = 1 << iota
	partDeltas
	partClear
	partTimers
	partIntents
	partEvents
	partReplies
	partReserve
	partMessages
	partActs
	partEnd        // replies that may complete a key that is there already
	partFree       // keys to be freed
	partReferences // new deals with references
)

// shape is what a statement is built for: the parts of the batch, and which
// sections are exactly one row. A lone commit then passes plain values, which
// costs less than arrays of one.
type shape struct {
	parts  part
	single [sectionCount]bool
}

const sectionCount = 11

// Verdicts of the statement, and what it takes as no failure.
const (
	verdictNew  = iota // written
	verdictDone        // this very commit was written before
	verdictConflict
	verdictKeyTaken
	verdictBalance
	verdictTaken
	verdictOdd
	verdictReference
)

// sections are the sources of a statement, in the order of their parameters.
// l is the log, one row per commit; clear tells whether its timers are dropped.
var sections = [sectionCount]struct {
	part                  part // 0 is always present
	alias, columns, types string
}{
	{0, "l", "clear, " + logTable.names(), "bigint, " + logTable.kinds()},
	{0, "t", dealTable.names(), dealTable.kinds()},
	{partPostings, "p", postingTable.names(), postingTable.kinds()},
	{partDeltas, "d", deltaTable.names(), deltaTable.kinds()},
	{partTimers, "s", timerTable.names(), timerTable.kinds()},
	{partIntents, "i", intentTable.names(), intentTable.kinds()},
	{partEvents, "e", eventTable.names(), eventTable.kinds()},
	{partReplies, "r", "free, " + replyTable.names(), "bigint, " + replyTable.kinds()},
	{partReserve, "v", takeTable.names(), takeTable.kinds()},
	{partMessages, "m", messageTable.names(), messageTable.kinds()},
	{partActs, "a", actTable.names(), actTable.kinds()},
}

// statement is the one statement that writes a batch on PostgreSQL. First it
// judges every commit against the state of now; then it writes those that are
// fine; it returns the others. What changes between the judgement and the
// writing makes a constraint fail, mostly the log's primary key, and then nothing
// is written and the batch is judged again. Since a commit that finds its own
// token in the log counts as written, running it again never does harm.
func statement(of shape) string {
	var with []string
	parts, next := of.parts, 1
	for i, s := range sections {
		if s.part != 0 && parts&s.part == 0 {
			continue
		}
		if of.single[i] {
			with = append(with, single(s.alias, next, s.columns, s.types))
		} else {
			with = append(with, source(s.alias, next, s.columns, s.types))
		}
		next += len(list(s.columns)) + 1
	}
	with = append(with, judge(parts)...)
	with = append(with, always()...)
	for _, w := range optional {
		if parts&w.part != 0 {
			with = append(with, w.text)
		}
	}
	if parts&partClear != 0 {
		with = append(with, clearTimers(parts))
	}
	if parts&partReplies != 0 {
		with = append(with, addReplies(parts))
	}
	return "with " + strings.Join(with, ",\n") + "\nselect n, v from verdict where v <> 0"
}

// judge makes verdict(n, v), and ok: an array with one truth value per commit.
func judge(parts part) []string {
	var with, cases []string
	refuse := func(p part, text, name string, verdict int) {
		if parts&p == 0 {
			return
		}
		with = append(with, name+" as ("+text+")")
		cases = append(cases, fmt.Sprintf("when l.n in (select n from %s) then %d", name, verdict))
	}
	refuse(partReplies, `select r.n from r join replies x on x.scope = r.scope and x.key = r.key
		where r.free = 0 and not (x.status = 0 and x.intent_id = r.intent_id and x.intent_id <> '')`, "taken", verdictKeyTaken)
	refuse(partReferences, `select t.n from t join transactions x on x.community_id = t.community_id and x.external_reference = t.external_reference
		where t.revision = 1 and t.external_reference <> '' and x.external_reference <> '' and x.id <> t.id`, "named", verdictReference)
	if parts&partDeltas != 0 {
		with = append(with, `spent as materialized (select d.n, coalesce(x.balance, 0) + d.balance < 0 as short, x.balance <> x.posted or x.hold <> '' as odd
		from d left join accounts x on x.community_id = d.community_id and x.account = d.account and x.currency = d.currency
		where d.balance < 0)`)
	}
	refuse(partDeltas, `select n from spent where short`, "short", verdictBalance)
	refuse(partDeltas, `select n from spent where odd`, "odd", verdictOdd)
	refuse(partReserve, `select v.n from v left join resources x on x.community_id = v.community_id and x.name = v.name
		where v.amount > 0 and coalesce(x.free, v.capacity) < v.amount`, "used", verdictTaken)
	refuse(partIntents, `select i.n from i join intents x on x.id = i.id
		where x.status <> 'open' or x.transaction_id <> i.transaction_id`, "ended", verdictConflict)
	return append(with, fmt.Sprintf(`verdict as materialized (
	select l.n, case when coalesce(x.revision, 0) <> l.revision - 1 then
			case when exists (select from transaction_log g
				where g.transaction_id = l.transaction_id and g.revision = l.revision and g.token = l.token) then %d else %d end
		%s else %d end as v
	from l left join transactions x on x.id = l.transaction_id)`, verdictDone, verdictConflict, strings.Join(cases, " "), verdictNew),
		`ok as materialized (select array_agg(v = 0 order by n) as a from verdict)`)
}

func always() []string {
	return []string{
		`w_transactions as (insert into transactions (` + dealTable.names() + `)
	select ` + dealTable.names() + ` from t, ok where ok.a[t.n]
	on conflict (id) do update set ` + dealTable.renewals("excluded") + `
	where transactions.revision = excluded.revision - 1)`,
		`w_log as (insert into transaction_log (` + logTable.names() + `) select ` + logTable.names() + ` from l, ok where ok.a[l.n])`,
	}
}

var optional = []struct {
	part part
	text string
}{
	{partPostings, `w_postings as (insert into postings (` + postingTable.names() + `)
	select ` + postingTable.names() + ` from p, ok where ok.a[p.n])`},
	// Balances are locked in key order, so that two batches never wait for each other.
	{partDeltas, `sums as (select community_id, account, currency, sum(balance)::bigint as delta
	from d, ok where ok.a[d.n] group by community_id, account, currency order by community_id, account, currency),
locked as (select x.community_id, x.account, x.currency, sums.delta from sums join accounts x
	on x.community_id = sums.community_id and x.account = sums.account and x.currency = sums.currency
	order by x.community_id, x.account, x.currency for update of x),
w_balances as (update accounts x set balance = x.balance + locked.delta, posted = x.posted + locked.delta from locked
	where x.community_id = locked.community_id and x.account = locked.account and x.currency = locked.currency),
w_accounts as (insert into accounts (` + deltaTable.names() + `, posted)
	select community_id, account, currency, delta, delta from sums
	where not exists (select from accounts x
		where x.community_id = sums.community_id and x.account = sums.account and x.currency = sums.currency)
	on conflict (community_id, account, currency) do update set balance = accounts.balance + excluded.balance, posted = accounts.posted + excluded.posted)`},
	// What appears between judging and writing breaks the primary key or the check.
	{partReserve, `takes as (select community_id, name, sum(amount)::bigint as amount, max(capacity) as capacity, max(sold_at) as sold_at
	from v, ok where ok.a[v.n] group by community_id, name order by community_id, name),
kept as (select x.community_id, x.name, takes.amount, takes.sold_at from takes join resources x
	on x.community_id = takes.community_id and x.name = takes.name
	order by x.community_id, x.name for update of x),
w_resources as (update resources x set free = x.free - kept.amount,
	emptied_at = case when x.free = kept.amount then coalesce(kept.sold_at, x.emptied_at) else x.emptied_at end from kept
	where x.community_id = kept.community_id and x.name = kept.name),
w_resources_new as (insert into resources (community_id, name, free)
	select community_id, name, capacity - amount from takes
	where not exists (select from resources x where x.community_id = takes.community_id and x.name = takes.name))`},
	{partMessages, `w_messages as (insert into messages (` + messageTable.names() + `)
	select ` + messageTable.names() + ` from m, ok where ok.a[m.n])`},
	{partActs, `w_acts as (insert into audit_log (` + actTable.names() + `)
	select ` + actTable.names() + ` from a, ok where ok.a[a.n])`},
	{partTimers, `w_timers as (insert into timers (` + timerTable.names() + `)
	select ` + timerTable.names() + ` from s, ok where ok.a[s.n]
	on conflict (transaction_id, name) do update set ` + timerTable.renewals("excluded") + `)`},
	{partIntents, `w_intents as (insert into intents (` + intentTable.names() + `)
	select ` + intentTable.names() + ` from i, ok where ok.a[i.n]
	on conflict (id) do update set ` + intentTable.renewals("excluded") + renewsIntent + `)`},
	{partEvents, `w_events as (insert into events (` + eventTable.names() + `)
	select ` + eventTable.names() + ` from e, ok where ok.a[e.n])`},
	{partFree, `f_replies as (delete from replies x using r, ok
	where ok.a[r.n] and r.free = 1 and x.scope = r.scope and x.key = r.key
		and x.status = 0 and x.intent_id = r.intent_id and x.intent_id <> '')`},
	{partEnd, `u_replies as (update replies x set ` + replyTable.renewals("r") + `
	from r, ok where ok.a[r.n] and r.free = 0 and x.scope = r.scope and x.key = r.key
		and x.status = 0 and x.intent_id = r.intent_id and x.intent_id <> '')`},
}

// addReplies inserts the keys that are new. One that appears between judging and
// writing breaks the primary key.
func addReplies(parts part) string {
	text := `w_replies as (insert into replies (` + replyTable.names() + `)
	select ` + replyTable.names() + ` from r, ok where ok.a[r.n] and r.free = 0`
	if parts&partEnd != 0 {
		text += ` and not exists (select from replies x where x.scope = r.scope and x.key = r.key)`
	}
	return text + `)`
}

// clearTimers drops the timers that are not set again, so that no row is
// touched twice by one statement.
func clearTimers(parts part) string {
	text := `c_timers as (delete from timers x using l, ok
	where ok.a[l.n] and l.clear = 1 and x.transaction_id = l.transaction_id`
	if parts&partTimers != 0 {
		text += ` and not exists (select from s where s.transaction_id = x.transaction_id and s.name = x.name)`
	}
	return text + `)`
}
