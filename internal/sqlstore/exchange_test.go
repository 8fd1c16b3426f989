package sqlstore_test

import (
	neturl "net/url"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
)

// The database itself refuses to change what was audited.
func TestAudit_isKept(t *testing.T) {
	t.Parallel()
	file := testdb.SQLite(t)
	for driver, url := range map[string]string{"sqlite": file, "postgres": testdb.Postgres(t)} {
		db := open(t, url, sqlstore.Options{})
		if err := db.AddAudit(t.Context(), exchange.Audit{CommunityID: 501, Actor: "olga", Action: exchange.Banning, Subject: "user:bob", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}); err != nil {
			t.Fatal(err)
		}
		if driver == "sqlite" {
			path := neturl.URL{Path: url}
			url = "file:" + path.EscapedPath() + "?_pragma=busy_timeout(10000)"
		}
		raw, err := sqlx.Open(driver, url)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{`update audit_log set actor = 'otto'`, `delete from audit_log`} {
			if _, err := raw.ExecContext(t.Context(), text); err == nil {
				t.Errorf("%s: %s went through", driver, text)
			}
		}
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	}
}
