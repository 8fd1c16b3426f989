package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// script writes one commit with plain statements inside a transaction. It runs
// unchanged on SQLite, PostgreSQL and whatever speaks PostgreSQL's protocol.
type script struct {
	tx         *sqlx.Tx
	statements *statements
}

func (s script) exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := s.statements.get(ctx, query)
	if err != nil {
		return 0, err
	}
	result, err := s.tx.StmtxContext(ctx, stmt).ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// write answers nil, a fault of Store.Apply, errWritten, or what went wrong.
func (s script) write(ctx context.Context, w *write) error {
	if err := s.refuseReference(ctx, w); err != nil {
		return err
	}
	if err := s.writeTransaction(ctx, w); err != nil {
		return err
	}
	if err := s.writeReply(ctx, w); err != nil {
		return err
	}
	if err := s.writeBalances(ctx, w); err != nil {
		return err
	}
	if err := s.writeReservations(ctx, w); err != nil {
		return err
	}
	if err := s.writeIntent(ctx, w); err != nil {
		return err
	}
	if err := s.writeTimers(ctx, w); err != nil {
		return err
	}
	return s.appendRows(ctx, w)
}

var (
	insertTransaction = dealTable.insertion(1) + ` on conflict (id) do nothing`
	updateTransaction = `update transactions set ` + dealTable.assignments(2, steady...) + renewed + ` and ` + dealTable.unchanged(2, steady...)
	renewTransaction  = `update transactions set ` + dealTable.assignments(2) + renewed
	insertLog         = logTable.insertion(1)
	insertPostings    = several(postingTable.insertion, "")
	insertEvents      = several(eventTable.insertion, "")
	upsertTimers      = several(timerTable.insertion, ` on conflict (transaction_id, name) do update set `+timerTable.renewals("excluded"))
	upsertIntent      = intentTable.insertion(1) + ` on conflict (id) do update set ` + intentTable.renewals("excluded") + renewsIntent
	insertMessage     = messageTable.insertion(1)
	insertAct         = actTable.insertion(1)
	insertReply       = replyTable.insertion(1) + ` on conflict (scope, key) do nothing`
	endReply          = `update replies set ` + replyTable.assignments(4) + ` where scope = $1 and key = $2 and intent_id = $3 and intent_id <> '' and status = 0`
	credit            = `insert into accounts (` + deltaTable.names() + `, posted) values ($1, $2, $3, $4, $4) on conflict (community_id, account, currency)
		do update set balance = accounts.balance + excluded.balance, posted = accounts.posted + excluded.posted`
)

const (
	renewed = ` where id = $1 and revision = $2 - 1`
	debit   = `update accounts set balance = balance + $4, posted = posted + $4
		where community_id = $1 and account = $2 and currency = $3 and balance + $4 >= 0 and balance = posted and hold = ''`
	odd = `select count(*) from accounts
		where community_id = $1 and account = $2 and currency = $3 and (balance <> posted or hold <> '')`
	take = `update resources set free = free - $3, emptied_at = case when free = $3 then coalesce($4, emptied_at) else emptied_at end
		where community_id = $1 and name = $2 and free >= $3`
	// Nobody has ever reserved any: there is as much as the reservation says.
	takeFirst = `insert into resources (community_id, name, free) values ($1, $2, $3) on conflict (community_id, name) do nothing`
	clearAll  = `delete from timers where transaction_id = $1`
	freeReply = `delete from replies where scope = $1 and key = $2 and intent_id = $3 and intent_id <> '' and status = 0`
)

// prepareScript prepares all that a script runs, since no other connection may be
// free while its transaction is open.
func prepareScript(ctx context.Context, s *statements, more ...string) error {
	for _, text := range slices.Concat(more, insertPostings[:], insertEvents[:], upsertTimers[:], []string{
		insertTransaction, updateTransaction, renewTransaction, insertLog, upsertIntent,
		insertReply, insertMessage, insertAct, take, takeFirst, credit, debit, clearAll, freeReply, endReply,
	}) {
		if _, err := s.get(ctx, text); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
	}
	return nil
}

// steady are columns with indexes that hardly ever change. SQLite writes an index anew
// for every update that sets one of its columns, even to what it was, so that most
// updates only make sure that these are still the same.
var steady = []string{"starter", "author", "buyer", "seller", "listing_id", "payment_id"}

// renewsIntent is which intent takes over what a commit says of it: one that is open.
const renewsIntent = ` where intents.status = 'open' and intents.transaction_id = excluded.transaction_id`

func (s script) writeTransaction(ctx context.Context, w *write) error {
	queries, args := []string{updateTransaction, renewTransaction}, append(row{w.id}, dealTable.changes(w.transaction)...)
	if w.revision == 1 {
		queries, args = []string{insertTransaction}, w.transaction
	}
	for _, query := range queries {
		if n, err := s.exec(ctx, query, args...); err != nil || n == 1 {
			return err
		}
	}
	var n int64
	const find = `select count(*) from transaction_log where transaction_id = $1 and revision = $2 and token = $3`
	if err := s.tx.GetContext(ctx, &n, find, w.id, w.revision, w.token); err != nil {
		return err
	}
	if n == 1 {
		return errWritten
	}
	return orchestrator.ErrRevisionConflict
}

// refuseReference refuses a new deal whose reference another one has, unless the request that
// opens it was made before: then it is that one's.
func (s script) refuseReference(ctx context.Context, w *write) error {
	if w.reference == "" {
		return nil
	}
	var n int64
	const find = `select count(*) from transactions where community_id = $1 and external_reference = $2 and external_reference <> '' and id <> $3`
	if err := s.tx.GetContext(ctx, &n, find, w.community, w.reference, w.id); err != nil || n == 0 {
		return err
	}
	if w.reply != nil {
		const made = `select count(*) from replies where scope = $1 and key = $2`
		if err := s.tx.GetContext(ctx, &n, made, w.answer.Scope, w.answer.Key); err != nil {
			return err
		}
		if n > 0 {
			return idempotency.ErrTaken
		}
	}
	return labels.ErrTaken
}

func (s script) writeReply(ctx context.Context, w *write) error {
	if w.reply == nil {
		return nil
	}
	key := row{w.answer.Scope, w.answer.Key, w.answer.IntentID}
	if w.free {
		_, err := s.exec(ctx, freeReply, key...)
		return err
	}
	n, err := s.exec(ctx, insertReply, w.reply...)
	if err != nil || n == 1 {
		return err
	}
	n, err = s.exec(ctx, endReply, append(key, replyTable.changes(w.reply)...)...)
	if err == nil && n == 0 {
		return idempotency.ErrTaken
	}
	return err
}

func (s script) writeBalances(ctx context.Context, w *write) error {
	for _, delta := range w.deltas {
		query := credit
		if delta[3].(int64) < 0 {
			query = debit
		}
		n, err := s.exec(ctx, query, delta...)
		if err != nil {
			return err
		}
		if n == 0 {
			return s.whyNotDebited(ctx, delta)
		}
	}
	return nil
}

func (s script) whyNotDebited(ctx context.Context, delta row) error {
	var n int64
	if err := s.tx.GetContext(ctx, &n, odd, delta[:3]...); err != nil {
		return err
	}
	if n > 0 {
		return orchestrator.ErrContradiction
	}
	return orchestrator.ErrInsufficientBalance
}

func (s script) writeReservations(ctx context.Context, w *write) error {
	for _, r := range w.reserve {
		amount, capacity := r[2].(int64), r[3].(int64)
		n, err := s.exec(ctx, take, r[0], r[1], amount, r[4])
		if err == nil && n == 0 && capacity >= amount {
			n, err = s.exec(ctx, takeFirst, r[0], r[1], capacity-amount)
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return orchestrator.ErrNotAvailable
		}
	}
	return nil
}

func (s script) writeIntent(ctx context.Context, w *write) error {
	if w.intent == nil {
		return nil
	}
	n, err := s.exec(ctx, upsertIntent, w.intent...)
	if err == nil && n == 0 {
		return orchestrator.ErrRevisionConflict
	}
	return err
}

func (s script) writeTimers(ctx context.Context, w *write) error {
	if w.clear {
		if _, err := s.exec(ctx, clearAll, w.id); err != nil {
			return err
		}
	}
	return s.insert(ctx, upsertTimers, w.timers)
}

func (s script) appendRows(ctx context.Context, w *write) error {
	if _, err := s.exec(ctx, insertLog, logTable.in(w.at, w.log)...); err != nil {
		return err
	}
	if err := s.insert(ctx, insertPostings, w.postings); err != nil {
		return err
	}
	if err := s.each(ctx, insertMessage, w.messages); err != nil {
		return err
	}
	if err := s.each(ctx, insertAct, w.actsIn(w.at)); err != nil {
		return err
	}
	return s.insert(ctx, insertEvents, w.events)
}

func (s script) each(ctx context.Context, query string, rows []row) error {
	for _, r := range rows {
		if _, err := s.exec(ctx, query, r...); err != nil {
			return err
		}
	}
	return nil
}

// insert adds rows with as few statements as the prepared ones allow.
func (s script) insert(ctx context.Context, texts [severals]string, rows []row) error {
	for len(rows) > 0 {
		n := min(len(rows), severals)
		if _, err := s.exec(ctx, texts[n-1], slices.Concat(rows[:n]...)...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// severals is how many rows the largest prepared insertion has.
const severals = 4

// several are the statements that add 1, 2, … rows of all columns.
func several(insertion func(n int) string, conflict string) (texts [severals]string) {
	for i := range texts {
		texts[i] = insertion(i+1) + conflict
	}
	return texts
}

// transact writes one commit in a transaction of its own.
func transact(ctx context.Context, db *sqlx.DB, statements *statements, w *write) error {
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	if err := (script{tx, statements}).write(ctx, w); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
