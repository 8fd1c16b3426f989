package sqlstore

import (
	"context"
	"fmt"
)

// sealedLog is a line of the history with everything that its digest covers.
type sealedLog struct {
	TransactionID int64  `db:"transaction_id"`
	Revision      int64  `db:"revision"`
	Token         int64  `db:"token"`
	Transition    string `db:"transition"`
	From          string `db:"from_state"`
	To            string `db:"to_state"`
	Actor         string `db:"actor"`
	RequestID     string `db:"request_id"`
	IntentID      string `db:"intent_id"`
	Note          string `db:"note"`
	At            stamp  `db:"at"`
	CommunityID   int64  `db:"community_id"`
	Said          string `db:"said"`
	Digest        []byte `db:"digest"`
	Lane          int64  `db:"lane"`
	Position      int64  `db:"position"`
}

func (r sealedLog) args() row {
	return row{
		r.TransactionID, r.Revision, r.Token, r.Transition, r.From, r.To, r.Actor, r.RequestID, r.IntentID, r.Note, r.At, r.CommunityID, r.Said,
	}
}

func (r postingRow) args() row {
	return row{r.TransactionID, r.Revision, r.Line, r.Entry, r.CommunityID, r.Kind, r.Reverses, r.Account, r.Amount, r.Currency, r.At}
}

func (r actRow) args() row {
	return row{r.CommunityID, r.ID, r.Actor, r.Act, r.Object, r.Reason, r.RequestID, r.Data, r.At}
}

// piece reads the rows of a lane above a position, in its order: those up to another
// one, or as many as a round seals. It returns the position that they go up to.
func (db *DB) piece(ctx context.Context, l laneRow, after, upto int64) ([]sealable, int64, error) {
	if upto == 0 {
		table := "transaction_log"
		if l.Acts == 1 {
			table = "audit_log"
		}
		// lane <> 0 lets both databases use the index.
		query := `select coalesce(max(position), 0) from (select position from ` + table + `
			where lane = $1 and lane <> 0 and position > $2 order by position limit $3) as next`
		if _, err := db.one(ctx, &upto, query, l.Lane, after, sealPiece); err != nil {
			return nil, after, err
		}
		if upto == 0 {
			return nil, after, nil
		}
	}
	acts, err := db.sealedActs(ctx, l.Lane, after, upto)
	if err != nil || l.Acts == 1 {
		return flatten(nil, nil, acts), upto, err
	}
	var logs []sealedLog
	if err := db.all(ctx, &logs, `select `+logColumns+` from transaction_log
		where lane = $1 and lane <> 0 and position > $2 and position <= $3 order by position`, l.Lane, after, upto); err != nil {
		return nil, after, err
	}
	var postings []postingRow
	if err := db.all(ctx, &postings, `select `+prefixed("p", postingColumns)+` from transaction_log l
		join postings p on p.transaction_id = l.transaction_id and p.revision = l.revision
		where l.lane = $1 and l.lane <> 0 and l.position > $2 and l.position <= $3 order by l.position, p.line`, l.Lane, after, upto); err != nil {
		return nil, after, err
	}
	return flatten(logs, postings, acts), upto, nil
}

func (db *DB) sealedActs(ctx context.Context, lane, after, upto int64) ([]actRow, error) {
	var rows []actRow
	err := db.all(ctx, &rows, `select `+actColumns+` from audit_log
		where lane = $1 and position > $2 and position <= $3 order by position, id`, lane, after, upto)
	return rows, err
}

// flatten brings each commit's line and what was written with it in one order.
func flatten(logs []sealedLog, postings []postingRow, acts []actRow) []sealable {
	rows := make([]sealable, 0, len(logs)+len(postings)+len(acts))
	act := func(a actRow) sealable {
		return sealable{a.CommunityID, fmt.Sprintf("act %d of the audit log", a.ID), digest(a.args()...), a.Digest}
	}
	if len(logs) == 0 {
		for _, a := range acts {
			rows = append(rows, act(a))
		}
		return rows
	}
	for _, l := range logs {
		values := []any(l.args())
		for len(postings) > 0 && postings[0].TransactionID == l.TransactionID && postings[0].Revision == l.Revision {
			p := postings[0]
			d := digest(p.args()...)
			rows = append(rows, sealable{p.CommunityID, fmt.Sprintf("posting %d of revision %d of transaction %d", p.Line, p.Revision, p.TransactionID), d, p.Digest})
			values, postings = append(values, d), postings[1:]
		}
		for len(acts) > 0 && acts[0].Position == l.Position {
			rows = append(rows, act(acts[0]))
			values, acts = append(values, rows[len(rows)-1].digest), acts[1:]
		}
		// After what it covers, so that a row that was changed is named before it.
		rows = append(rows, sealable{l.CommunityID, fmt.Sprintf("revision %d of transaction %d in the history, or what was written with it,", l.Revision, l.TransactionID), digest(values...), l.Digest})
	}
	return rows
}

func prefixed(alias, columns string) string {
	text := ""
	for i, c := range list(columns) {
		if i > 0 {
			text += ", "
		}
		text += alias + "." + c
	}
	return text
}
