package sqlstore

import (
	"context"
	"strings"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// usersIn are the tables that know users, each with its key.
var usersIn = []string{"gateway_accounts", "profiles", "traders"}

// Users finds a page of users with what is known of them. It is read in the order of the keys, in three statements.
func (db People) Users(ctx context.Context, f orchestrator.UserFilter) ([]orchestrator.KnownUser, error) {
	if f.Limit < 1 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	args := []any{f.CommunityID, f.After, f.Limit}
	where, tables := `community_id = $1 and user_id > $2`, usersIn
	switch {
	case !storable(f.ID) || !storable(f.Email) || !storable(f.After):
		return nil, nil
	case f.ID != "":
		where, args = where+` and user_id = $4`, append(args, f.ID)
	case f.Email != "":
		where, args, tables = where+` and email <> '' and lower(email) = $4`, append(args, strings.ToLower(f.Email)), []string{"profiles"}
	}
	parts := make([]string, len(tables))
	for i, table := range tables {
		parts[i] = `select user_id from (select distinct user_id from ` + table + ` where ` + where + ` order by user_id limit $3) as ` + table[:1]
	}
	var ids []string
	if err := db.all(ctx, &ids, `select user_id from (`+strings.Join(parts, " union ")+`) as u order by user_id limit $3`, args...); err != nil || len(ids) == 0 {
		return nil, err
	}
	return db.known(ctx, f.CommunityID, ids)
}

// known reads what there is of users besides their ids.
func (db *database) known(ctx context.Context, community int64, ids []string) ([]orchestrator.KnownUser, error) {
	var accounts []struct {
		User    string                    `db:"user_id"`
		Gateway string                    `db:"gateway"`
		ID      string                    `db:"account_id"`
		Status  orchestrator.SellerStatus `db:"status"`
	}
	args, places := among([]any{community}, ids)
	if err := db.all(ctx, &accounts, `select user_id, gateway, account_id, status from gateway_accounts where community_id = $1 and user_id in (`+places+`) order by gateway`, args...); err != nil {
		return nil, err
	}
	traders, err := find(ctx, db, traderTable, `where community_id = $1 and user_id in (`+places+`)`, args...)
	if err != nil {
		return nil, err
	}
	all, at := make([]orchestrator.KnownUser, len(ids)), map[string]int{}
	for i, id := range ids {
		all[i].ID, at[id] = id, i
	}
	for _, t := range traders {
		u := &all[at[t.ID]]
		u.Name, u.Since, u.BannedAt = t.Name, t.Since, t.BannedAt
	}
	for _, a := range accounts {
		u := &all[at[a.User]]
		u.Accounts = append(u.Accounts, orchestrator.KnownAccount{Gateway: a.Gateway, ID: a.ID, Status: a.Status})
	}
	return all, nil
}

// Balances are what a user has on our own ledger, in the order of the currencies, but for those in which it is nothing.
func (db People) Balances(ctx context.Context, community int64, user string) ([]orchestrator.UserBalance, error) {
	frozen := ledger.Account{Kind: ledger.Frozen, Owner: user}.String()
	var rows []struct {
		Account  string         `db:"account"`
		Currency money.Currency `db:"currency"`
		Balance  int64          `db:"balance"`
	}
	if !storable(user) {
		return nil, nil
	}
	if err := db.all(ctx, &rows, `select account, currency, balance from accounts where community_id = $1 and account in ($2, $3) and balance <> 0 order by currency, account`,
		community, ledger.Account{Kind: ledger.Available, Owner: user}.String(), frozen); err != nil {
		return nil, err
	}
	var all []orchestrator.UserBalance
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Available.Currency() != r.Currency {
			all = append(all, orchestrator.UserBalance{Available: money.New(0, r.Currency), Frozen: money.New(0, r.Currency)})
		}
		if b := &all[len(all)-1]; r.Account == frozen {
			b.Frozen = money.New(r.Balance, r.Currency)
		} else {
			b.Available = money.New(r.Balance, r.Currency)
		}
	}
	return all, nil
}
