package sqlstore

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// Entries implements orchestrator.Stores.
func (db *DB) Entries(ctx context.Context, id int64) ([]orchestrator.PostedEntry, error) {
	rows, err := find(ctx, db, postingTable, `where transaction_id = $1 order by revision, line`, id)
	if err != nil {
		return nil, err
	}
	var entries []orchestrator.PostedEntry
	for i, p := range rows {
		if i == 0 || p.revision != rows[i-1].revision || p.entry != rows[i-1].entry {
			entries = append(entries, orchestrator.PostedEntry{
				TransactionID: p.transaction, Revision: p.revision, CommunityID: p.community,
				Entry: ledger.Entry{Kind: p.kind, Reverses: p.reverses}, At: p.at,
			})
		}
		account, err := ledger.ParseAccount(p.account)
		if err != nil {
			return nil, fmt.Errorf("posting %d.%d.%d: %w", p.transaction, p.revision, p.line, err)
		}
		last := &entries[len(entries)-1]
		last.Postings = append(last.Postings, ledger.Posting{Account: account, Amount: p.amount})
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
