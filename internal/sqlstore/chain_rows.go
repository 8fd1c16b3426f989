package sqlstore

import (
	"context"
	"fmt"
	"slices"
)

// piece reads the rows of a lane above a position, in its order: those up to another
// one, or as many as a round seals. It returns the position that they go up to.
func (db *database) piece(ctx context.Context, l laneRow, after, upto int64) ([]sealable, int64, error) {
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
	acts, err := find(ctx, db, actTable, `where lane = $1 and position > $2 and position <= $3 order by position, id`, l.Lane, after, upto)
	if err != nil {
		return nil, after, err
	}
	if l.Acts == 1 {
		rows, err := flatten(nil, nil, acts)
		return rows, upto, err
	}
	logs, err := find(ctx, db, logTable, `where lane = $1 and lane <> 0 and position > $2 and position <= $3 order by position`, l.Lane, after, upto)
	if err != nil {
		return nil, after, err
	}
	postings, err := pick(ctx, db, db.reads, postingTable, `select `+postingTable.from("p")+` from transaction_log l
		join postings p on p.transaction_id = l.transaction_id and p.revision = l.revision
		where l.lane = $1 and l.lane <> 0 and l.position > $2 and l.position <= $3 order by l.position, p.line`, l.Lane, after, upto)
	if err != nil {
		return nil, after, err
	}
	rows, err := flatten(logs, postings, acts)
	return rows, upto, err
}

// flatten brings each commit's line and what was written with it in one order.
func flatten(logs []logLine, postings []posting, acts []act) ([]sealable, error) {
	rows := make([]sealable, 0, len(logs)+len(postings)+len(acts))
	add := func(community int64, stored, digest []byte, name string, of ...any) {
		rows = append(rows, sealable{community, fmt.Sprintf(name, of...), digest, stored})
	}
	addAct := func(a act) ([]byte, error) {
		_, d, err := actTable.digestOf(&a)
		add(a.CommunityID, a.digest, d, "act %d of the audit log", a.ID)
		return d, err
	}
	for _, l := range logs {
		values, _, err := logTable.digestOf(&l)
		if err != nil {
			return nil, err
		}
		for len(postings) > 0 && postings[0].transaction == l.TransactionID && postings[0].revision == l.Revision {
			p := postings[0]
			_, d, err := postingTable.digestOf(&p)
			if err != nil {
				return nil, err
			}
			add(p.community, p.digest, d, "posting %d of revision %d of transaction %d", p.line, p.revision, p.transaction)
			values, postings = append(slices.Clip(values), d), postings[1:]
		}
		for len(acts) > 0 && acts[0].position == l.position {
			d, err := addAct(acts[0])
			if err != nil {
				return nil, err
			}
			values, acts = append(slices.Clip(values), d), acts[1:]
		}
		// After what it covers, so that a row that was changed is named before it.
		add(l.community, l.digest, digest(values...), "revision %d of transaction %d in the history, or what was written with it,", l.Revision, l.TransactionID)
	}
	if len(logs) > 0 {
		return rows, nil
	}
	for _, a := range acts {
		if _, err := addAct(a); err != nil {
			return nil, err
		}
	}
	return rows, nil
}
