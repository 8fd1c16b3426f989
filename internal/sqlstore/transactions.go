package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Transaction implements orchestrator.Stores.
func (db *DB) Transaction(ctx context.Context, community, id int64) (orchestrator.Transaction, error) {
	const query = `select ` + transactionColumns + ` from transactions where id = $1 and community_id = $2`
	return db.transaction(ctx, query, id, community)
}

// FindPayment implements orchestrator.Stores.
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
	t, err := r.transaction()
	if err != nil {
		return t, err
	}
	return t, db.openDeal(ctx, &t)
}

const maxPage = 100

// List implements orchestrator.Stores. A limit outside 1 to 100 is 100.
func (db *DB) List(ctx context.Context, f orchestrator.Filter) ([]orchestrator.Transaction, error) {
	query, args := listQuery(f)
	var rows []transactionRow
	if err := db.all(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	return db.deals(ctx, rows)
}

// roles are the ways to be a party of a deal, each with an index of its own.
var roles = []string{
	"buyer = $4", "seller = $4",
	"starter = $4 and starter <> buyer and starter <> seller", "author = $4 and author <> buyer and author <> seller",
}

// listQuery finds a page of deals, newest first. Those of a party are found with
// one index range per role.
func listQuery(f orchestrator.Filter) (string, []any) {
	before, limit := f.Before, f.Limit
	if before == 0 {
		before = 1<<63 - 1
	}
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	args := []any{f.CommunityID, before, limit}
	if f.Party != "" {
		args = append(args, f.Party)
	}
	where := "community_id = $1 and id < $2"
	for _, c := range conditions(f) {
		for _, value := range c.values {
			args = append(args, value)
			c.text = strings.Replace(c.text, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where += " and " + c.text
	}
	if f.Party == "" {
		return `select ` + transactionColumns + ` from transactions where ` + where + ` order by id desc limit $3`, args
	}
	ids := make([]string, len(roles))
	for i, role := range roles {
		ids[i] = fmt.Sprintf(`select id from (select id from transactions where %s and %s order by id desc limit $3) as r%d`, where, role, i)
	}
	return `select ` + transactionColumns + ` from transactions where id in (` + strings.Join(ids, " union ") + `) order by id desc limit $3`, args
}

// refusedOften is how many tries of a timer make a deal one for a person.
const refusedOften = 3

// condition is a part of a where clause with a question mark per value.
type condition struct {
	text   string
	values []any
}

func conditions(f orchestrator.Filter) []condition {
	var all []condition
	if f.State != "" {
		all = append(all, condition{"state = ?", []any{string(f.State)}})
	}
	if f.Process != "" {
		all = append(all, condition{`process like ? escape '!'`, []any{strings.ReplaceAll(f.Process, "_", "!_") + "@%"}})
	}
	if f.ListingID != 0 {
		all = append(all, condition{"listing_id = ?", []any{f.ListingID}})
	}
	var either []string
	var values []any
	for _, s := range f.States {
		either, values = append(either, "?"), append(values, string(s))
	}
	var wanted []string
	if f.Attention {
		wanted = append(wanted, "attention <> ''")
	}
	if len(either) > 0 {
		wanted = append(wanted, "state in ("+strings.Join(either, ", ")+")")
	}
	if f.Attention && len(f.Refused) > 0 {
		var names []string
		for _, name := range f.Refused {
			names, values = append(names, "?"), append(values, string(name))
		}
		wanted = append(wanted, fmt.Sprintf("exists (select 1 from timers r where r.transaction_id = transactions.id and r.attempts >= %d and r.name in (%s))",
			refusedOften, strings.Join(names, ", ")))
	}
	if len(wanted) > 0 {
		all = append(all, condition{"(" + strings.Join(wanted, " or ") + ")", values})
	}
	return all
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
	Said          string `db:"said"`
}

func (r logRow) entry() (orchestrator.LogEntry, error) {
	said, err := decodeValues(r.Said)
	return orchestrator.LogEntry{
		TransactionID: r.TransactionID, Revision: r.Revision, Transition: process.Transition(r.Transition),
		From: process.State(r.From), To: process.State(r.To),
		Actor: r.Actor, RequestID: r.RequestID, IntentID: r.IntentID, Note: r.Note, Said: said, At: r.At.at,
	}, err
}

// Timeline implements orchestrator.Stores.
func (db *DB) Timeline(ctx context.Context, id int64) ([]orchestrator.LogEntry, error) {
	const query = `select transaction_id, revision, transition, from_state, to_state, actor, request_id, intent_id, note, at, said
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

// Events implements orchestrator.Stores.
func (db *DB) Events(ctx context.Context, id int64) ([]orchestrator.Event, error) {
	const query = `select ` + eventColumns + ` from events where transaction_id = $1 order by sequence`
	var rows []eventRow
	if err := db.all(ctx, &rows, query, id); err != nil {
		return nil, err
	}
	return convert(rows, eventRow.event)
}
