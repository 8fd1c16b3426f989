package sqlstore_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/storetest"
)

func TestTradeSQLite(t *testing.T) {
	t.Parallel()
	storetest.RunTrade(t, backend(sqliteFile, sqlstore.Options{}))
}

func TestTradePostgres(t *testing.T) {
	t.Parallel()
	storetest.RunTrade(t, backend(postgres, sqlstore.Options{}))
}

// TestTradePortable runs the fallback for PostgreSQL's relatives.
func TestTradePortable(t *testing.T) {
	t.Parallel()
	storetest.RunTrade(t, backend(postgres, sqlstore.Options{Portable: true}))
}
