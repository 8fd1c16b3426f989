package sqlstore

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// KeepAssets stores assets that are not there yet and returns all that are. It fails
// for one that was stored with other decimals: what is stored in it would be worth
// something else.
func (db Marketplaces) KeepAssets(ctx context.Context, wanted []money.Asset) (money.Assets, error) {
	for _, a := range wanted {
		const add = `insert into assets (code, scale) values ($1, $2) on conflict (code) do nothing`
		if _, err := db.exec(ctx, add, string(a.Code), a.Scale); err != nil {
			return money.Assets{}, fmt.Errorf("store asset %s: %w", a.Code, err)
		}
	}
	known, err := db.assets(ctx)
	if err != nil {
		return known, err
	}
	for _, a := range wanted {
		if scale, _ := known.Scale(a.Code); scale != a.Scale {
			return known, fmt.Errorf("asset %s has %d decimals in the database, which stores its amounts in them, and cannot have %d", a.Code, scale, a.Scale)
		}
	}
	return known, nil
}

func (db *database) assets(ctx context.Context) (money.Assets, error) {
	var rows []struct {
		Code  string `db:"code"`
		Scale int    `db:"scale"`
	}
	if err := db.all(ctx, &rows, `select code, scale from assets`); err != nil {
		return money.Assets{}, err
	}
	stored := make([]money.Asset, len(rows))
	for i, r := range rows {
		stored[i] = money.Asset{Code: money.Currency(r.Code), Scale: r.Scale}
	}
	return money.NewAssets(stored...)
}

// strangeCurrencies are balances in what is neither a currency nor an asset: nobody
// knows how much they are.
func (db *database) strangeCurrencies(ctx context.Context) ([]orchestrator.Violation, error) {
	known, err := db.assets(ctx)
	if err != nil {
		return nil, err
	}
	var codes []string
	if err := db.all(ctx, &codes, `select distinct currency from accounts order by currency`); err != nil {
		return nil, err
	}
	var found []orchestrator.Violation
	for _, code := range codes {
		if _, ok := known.Scale(money.Currency(code)); !ok {
			found = append(found, orchestrator.Violation{Invariant: "I-3", Message: "balances are in " + code + ", which is neither a currency of ISO 4217 nor an asset that was set up"})
		}
	}
	return found, nil
}
