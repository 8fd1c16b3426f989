package sqlstore

import (
	"context"
	"slices"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Transaction implements orchestrator.Store.
func (db *DB) Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error) {
	const query = `select ` + transactionColumns + ` from transactions where id = $1 and community_id = $2`
	return db.transaction(ctx, query, id, community)
}

// FindPayment implements orchestrator.Store.
func (db *DB) FindPayment(ctx context.Context, gateway, paymentID string) (orchestrator.Transaction, error) {
	const query = `select ` + transactionColumns + ` from transactions
		where gateway = $1 and payment_id = $2 and payment_id <> ''`
	return db.transaction(ctx, query, gateway, paymentID)
}

func (db *DB) transaction(ctx context.Context, query string, args ...any) (orchestrator.Transaction, error) {
	var r transactionRow
	found, err := db.one(ctx, &r, query, args...)
	if err != nil {
		return orchestrator.Transaction{}, err
	}
	if !found {
		return orchestrator.Transaction{}, notFound()
	}
	return r.transaction()
}

const maxPage = 100

// ofParty finds a page of ids with one index range per role.
const ofParty = `select id from (select id from transactions
		where community_id = $1 and buyer = $2 and ($3 = '' or state = $3) and id < $4 order by id desc limit $5) as a
	union select id from (select id from transactions
		where community_id = $1 and seller = $2 and ($3 = '' or state = $3) and id < $4 order by id desc limit $5) as b
	union select id from (select id from transactions where starter <> buyer and starter <> seller
		and community_id = $1 and starter = $2 and ($3 = '' or state = $3) and id < $4 order by id desc limit $5) as c
	union select id from (select id from transactions where author <> buyer and author <> seller
		and community_id = $1 and author = $2 and ($3 = '' or state = $3) and id < $4 order by id desc limit $5) as d`

// List implements orchestrator.Store. A limit outside 1 to 100 is 100.
func (db *DB) List(ctx context.Context, f orchestrator.Filter) ([]orchestrator.Transaction, error) {
	before, limit := f.Before, f.Limit
	if before == 0 {
		before = 1<<63 - 1
	}
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	query := `select ` + transactionColumns + ` from transactions
		where community_id = $1 and ($2 = '' or state = $2) and id < $3 order by id desc limit $4`
	args := []any{f.CommunityID, string(f.State), before, limit}
	if f.Party != "" {
		query = `select ` + transactionColumns + ` from transactions where id in (` + ofParty + `) order by id desc limit $5`
		args = slices.Insert(args, 1, any(f.Party))
	}
	var rows []transactionRow
	if err := db.all(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	return convert(rows, transactionRow.transaction)
}

// convert turns rows into what they stand for.
func convert[R, T any](rows []R, one func(R) (T, error)) ([]T, error) {
	all := make([]T, 0, len(rows))
	for _, r := range rows {
		t, err := one(r)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

type logRow struct {
	TransactionID int64  `db:"transaction_id"`
	Revision      int64  `db:"revision"`
	Transition    string `db:"transition"`
	From          string `db:"from_state"`
	To            string `db:"to_state"`
	Actor         string `db:"actor"`
	RequestID     string `db:"request_id"`
	IntentID      string `db:"intent_id"`
	Note          string `db:"note"`
	At            stamp  `db:"at"`
}

func (r logRow) entry() (orchestrator.LogEntry, error) {
	return orchestrator.LogEntry{
		TransactionID: r.TransactionID, Revision: r.Revision, Transition: process.Transition(r.Transition),
		From: process.State(r.From), To: process.State(r.To),
		Actor: r.Actor, RequestID: r.RequestID, IntentID: r.IntentID, Note: r.Note, At: r.At.at,
	}, nil
}

// Timeline implements orchestrator.Store.
func (db *DB) Timeline(ctx context.Context, id int64) ([]orchestrator.LogEntry, error) {
	const query = `select transaction_id, revision, transition, from_state, to_state, actor, request_id, intent_id, note, at
		from transaction_log where transaction_id = $1 order by revision`
	var rows []logRow
	if err := db.all(ctx, &rows, query, id); err != nil {
		return nil, err
	}
	return convert(rows, logRow.entry)
}

type eventRow struct {
	TransactionID int64  `db:"transaction_id"`
	Sequence      int64  `db:"sequence"`
	CommunityID   int64  `db:"community_id"`
	Type          string `db:"type"`
	Data          string `db:"data"`
	At            stamp  `db:"at"`
}

func (r eventRow) event() (orchestrator.Event, error) {
	data, err := decodeValues(r.Data)
	return orchestrator.Event{
		TransactionID: r.TransactionID, Sequence: r.Sequence, CommunityID: r.CommunityID,
		Type: r.Type, Data: data, At: r.At.at,
	}, err
}

// Events implements orchestrator.Store.
func (db *DB) Events(ctx context.Context, id int64) ([]orchestrator.Event, error) {
	const query = `select ` + eventColumns + ` from events where transaction_id = $1 order by sequence`
	var rows []eventRow
	if err := db.all(ctx, &rows, query, id); err != nil {
		return nil, err
	}
	return convert(rows, eventRow.event)
}
