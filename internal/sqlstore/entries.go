package sqlstore

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// Entries implements orchestrator.Books.
func (db Books) Entries(ctx context.Context, transactions ...int64) ([]orchestrator.PostedEntry, error) {
	if len(transactions) == 0 {
		return nil, nil
	}
	args, places := among(nil, transactions)
	rows, err := find(ctx, db, postingTable, `where transaction_id in (`+places+`) order by transaction_id, revision, line`, args...)
	if err != nil {
		return nil, err
	}
	return entriesOf(rows)
}

// entriesOf puts postings together that were written together.
func entriesOf(rows []posting) ([]orchestrator.PostedEntry, error) {
	type numbers struct{ transaction, revision, entry int64 }
	var entries []orchestrator.PostedEntry
	var before numbers
	for i, p := range rows {
		if of := (numbers{p.transaction, p.revision, p.entry}); i == 0 || of != before {
			before = of
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

// SellerEntries implements orchestrator.Books. They are found by the seller's deals, those that
// changed since the time began.
func (db Books) SellerEntries(ctx context.Context, f orchestrator.SellerFilter) ([]orchestrator.PostedEntry, error) {
	if f.From.IsZero() {
		f.From = beginOfTime
	}
	args := []any{f.CommunityID, f.Seller, stamp{f.From}, stamp{f.To}, f.Limit * 3} // an entry has a posting on each of the accounts at most
	for _, kind := range []ledger.Kind{ledger.PaidOut, ledger.PayoutDue, ledger.Debt} {
		args = append(args, ledger.Account{Kind: kind, Owner: f.Seller}.String())
	}
	rows, err := find(ctx, db, postingTable, `where account in ($6, $7, $8) and at >= $3 and at < $4 and transaction_id in
		(select id from transactions where community_id = $1 and seller = $2 and updated_at >= $3) order by at, transaction_id, revision, line limit $5`, args...)
	if err != nil {
		return nil, err
	}
	return entriesOf(rows)
}

// Debts implements orchestrator.Books. Debts are in the entries of deals whose payment was
// taken back, of which there are few.
func (db Books) Debts(ctx context.Context, community int64, user string) ([]money.Amount, error) {
	var rows []struct {
		Currency string `db:"currency"`
		Sum      int64  `db:"sum"`
	}
	const query = `select p.currency, cast(sum(p.amount) as bigint) as sum from transactions t join postings p on p.transaction_id = t.id
		where t.community_id = $1 and t.charged_back > 0 and t.seller = $2 and p.account = $3 group by p.currency having sum(p.amount) < 0 order by p.currency`
	if err := db.rows(ctx, db.reads, &rows, query, []any{community, user, ledger.Account{Kind: ledger.Debt, Owner: user}.String()}); err != nil {
		return nil, err
	}
	owed := make([]money.Amount, len(rows))
	for i, r := range rows {
		owed[i] = money.New(-r.Sum, money.Currency(r.Currency))
	}
	return owed, nil
}

// Balance is the balance of an account of a community in minor units of the
// currency: the guarded row where there is one, otherwise the sum of all
// postings, which takes as long as the ledger is.
func (db Books) Balance(ctx context.Context, community int64, a ledger.Account, c money.Currency) (int64, error) {
	query := `select cast(coalesce(sum(amount), 0) as bigint) from postings where community_id = $1 and account = $2 and currency = $3`
	if a.Guarded() {
		query = `select balance from accounts where community_id = $1 and account = $2 and currency = $3`
	}
	var balance int64
	_, err := db.one(ctx, &balance, query, community, a.String(), string(c))
	return balance, err
}
