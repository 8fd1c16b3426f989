package sqlstore

import (
	"cmp"
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// GatewayTransactions implements orchestrator.Deals. A limit outside 1 to 100 is 100.
func (db Deals) GatewayTransactions(ctx context.Context, f orchestrator.GatewayFilter) ([]orchestrator.Transaction, error) {
	limit := f.Limit
	if limit < 1 || limit > maxPage {
		limit = maxPage
	}
	const window = `where gateway = $1 and created_at >= $2 and created_at < $3 and id > $4 and (cast($5 as bigint) = 0 or community_id = $5) order by id limit $6`
	const losses = `where gateway = $1 and charged_back > 0 and cast(facts as text) not like '%"loss_settled"%' and id > $2
			and (cast($3 as bigint) = 0 or community_id = $3) order by id limit $4`
	if f.OpenLosses {
		return db.deals(ctx, dealTable.selection(losses), f.Gateway, f.After, f.CommunityID, limit)
	}
	return db.deals(ctx, dealTable.selection(window), f.Gateway, stamp{cmp.Or(f.From, beginOfTime)}, stamp{cmp.Or(f.To, endOfTime)}, f.After, f.CommunityID, limit)
}

type frozenRow struct {
	CommunityID int64  `db:"community_id"`
	Account     string `db:"account"`
	Currency    string `db:"currency"`
	Booked      int64  `db:"booked"`
	Deals       int64  `db:"deals"`
}

func (r frozenRow) balance() (orchestrator.FrozenBalance, error) {
	account, err := ledger.ParseAccount(r.Account)
	if err != nil {
		return orchestrator.FrozenBalance{}, fmt.Errorf("account %q: %w", r.Account, err)
	}
	c := money.Currency(r.Currency)
	return orchestrator.FrozenBalance{
		CommunityID: r.CommunityID, Account: account, Booked: money.New(r.Booked, c), Deals: money.New(r.Deals, c),
	}, nil
}

// FrozenDifferences implements orchestrator.Books. One statement sees both sides at
// the same moment, so commits may go on meanwhile.
func (db Books) FrozenDifferences(ctx context.Context, community int64) ([]orchestrator.FrozenBalance, error) {
	const query = `
		select community_id, account, currency, cast(sum(booked) as bigint) as booked, cast(sum(deals) as bigint) as deals from (
			select community_id, account, currency, balance as booked, 0 as deals from accounts where account like 'frozen:%'
			union all
			select community_id, 'frozen:' || case when cast(terms ->> 'seller_pays' as text) in ('true', '1') then seller else buyer end,
				currency, 0, held + authorized from transactions where gateway = 'balance' and held + authorized > 0) as sides
		where cast($1 as bigint) = 0 or community_id = $1
		group by community_id, account, currency having sum(booked) <> sum(deals)
		order by community_id, account, currency`
	var rows []frozenRow
	if err := db.all(ctx, &rows, query, community); err != nil {
		return nil, err
	}
	return convert(rows, frozenRow.balance)
}
