package sqlstore

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

type postingRow struct {
	TransactionID int64  `db:"transaction_id"`
	Revision      int64  `db:"revision"`
	Line          int64  `db:"line"`
	Entry         int64  `db:"entry"`
	CommunityID   int64  `db:"community_id"`
	Kind          string `db:"kind"`
	Reverses      string `db:"reverses"`
	Account       string `db:"account"`
	Amount        int64  `db:"amount"`
	Currency      string `db:"currency"`
	At            stamp  `db:"at"`
	Digest        []byte `db:"digest"`
}

// Entries implements orchestrator.Stores.
func (db *DB) Entries(ctx context.Context, id int64) ([]orchestrator.PostedEntry, error) {
	const query = `select ` + postingColumns + ` from postings where transaction_id = $1 order by revision, line`
	var rows []postingRow
	if err := db.all(ctx, &rows, query, id); err != nil {
		return nil, err
	}
	var entries []orchestrator.PostedEntry
	for i, r := range rows {
		if i == 0 || r.Revision != rows[i-1].Revision || r.Entry != rows[i-1].Entry {
			entries = append(entries, orchestrator.PostedEntry{
				TransactionID: r.TransactionID, Revision: r.Revision, CommunityID: r.CommunityID,
				Entry: ledger.Entry{Kind: r.Kind, Reverses: r.Reverses}, At: r.At.at,
			})
		}
		account, err := ledger.ParseAccount(r.Account)
		if err != nil {
			return nil, fmt.Errorf("posting %d.%d.%d: %w", r.TransactionID, r.Revision, r.Line, err)
		}
		last := &entries[len(entries)-1]
		last.Postings = append(last.Postings, ledger.Posting{Account: account, Amount: money.New(r.Amount, money.Currency(r.Currency))})
	}
	return entries, nil
}

// Balance is the balance of an account of a community in minor units of the
// currency: the guarded row where there is one, otherwise the sum of all
// postings, which takes as long as the ledger is.
func (db *DB) Balance(ctx context.Context, community int64, a ledger.Account, c money.Currency) (int64, error) {
	query := `select cast(coalesce(sum(amount), 0) as bigint) from postings where community_id = $1 and account = $2 and currency = $3`
	if a.Guarded() {
		query = `select balance from accounts where community_id = $1 and account = $2 and currency = $3`
	}
	var balance int64
	_, err := db.one(ctx, &balance, query, community, a.String(), string(c))
	return balance, err
}
