package sqlstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What an asset's minor units are worth can never change once they are stored, and the
// doctor names balances of which nobody knows it.
func TestH13_assetsAreKept(t *testing.T) {
	t.Parallel()
	for driver, url := range map[string]string{"sqlite": testdb.SQLite(t), "postgres": testdb.Postgres(t)} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			db := open(t, url, sqlstore.Options{})
			keep := func(wanted ...money.Asset) (money.Assets, error) { return db.KeepAssets(t.Context(), wanted) }
			if known, err := keep(money.Asset{Code: "USDT", Scale: 6}, money.Asset{Code: "BTC", Scale: 8}); err != nil || len(known.List()) != 2 {
				t.Fatalf("%v, %v", known.List(), err)
			}
			if _, err := keep(money.Asset{Code: "USDT", Scale: 2}); err == nil || !strings.Contains(err.Error(), "asset USDT has 6 decimals") {
				t.Errorf("with other decimals: %v", err)
			}
			known, err := keep()
			if scale, ok := known.Scale("BTC"); err != nil || !ok || scale != 8 {
				t.Errorf("BTC, listed no more, has %d decimals, %v", scale, err)
			}
			for _, query := range []string{`update assets set scale = 2`, `delete from assets`, `insert into assets (code, scale) values ('X', 19)`} {
				if err := byHand(t, driver, url, query); err == nil {
					t.Errorf("%s was taken", query)
				}
			}
			corrupt(t, driver, url, `insert into accounts (community_id, account, currency, balance, posted) values (1, 'available:bea', 'DOGE', 0, 0), (1, 'available:bea', 'USDT', 0, 0)`)
			registry, err := process.NewRegistry(catalog.All()...)
			if err != nil {
				t.Fatal(err)
			}
			found, err := db.Doctor(t.Context(), registry)
			if err != nil || len(found) != 1 || !strings.Contains(found[0].Message, "balances are in DOGE") {
				t.Errorf("the doctor finds %v, %v", found, err)
			}
		})
	}
}

// byHand runs SQL as a stranger would.
func byHand(t *testing.T, driver, url, sql string) error {
	t.Helper()
	raw, err := sqlx.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.ExecContext(t.Context(), sql)
	return errors.Join(err, raw.Close())
}
