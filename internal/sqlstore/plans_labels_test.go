package sqlstore_test

import (
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
)

// TestP7_labels: SQLite, which has no index on names and values, looks for metadata only at what has metadata at all.
func TestP7_labels(t *testing.T) {
	t.Parallel()
	url, wanted := sqliteFile(t), map[string]string{"shop": "north"}
	db := open(t, url, sqlstore.Options{})
	_, err := db.List(t.Context(), orchestrator.Filter{CommunityID: 501, Metadata: wanted})
	if err == nil {
		_, err = db.Listings(t.Context(), listings.Filter{CommunityID: 501, Metadata: wanted})
	}
	if err == nil {
		_, err = db.LabelledSellers(t.Context(), orchestrator.SellerLabelFilter{CommunityID: 501, Metadata: wanted})
	}
	if err != nil {
		t.Fatal(err)
	}
	raw := rawDB(t, url)
	for table, index := range map[string]string{"transactions": "transactions_metadata", "listings": "listings_metadata", "seller_labels": "seller_labels_page"} {
		text := searching(t, db, table)
		rows, err := raw.QueryContext(t.Context(), `explain query plan `+text, make([]any, highest(text))...)
		if err != nil {
			t.Fatal(err)
		}
		if plan := texts(t, rows); !strings.Contains(plan, "INDEX "+index) {
			t.Errorf("%s does not serve a search of %s:\n%s", index, table, plan)
		}
		_ = rows.Close()
	}
}

// PostgreSQL plans a search by metadata for what is asked for: none is prepared, whose plan would soon be the same for all values.
func TestP7_labelsByValue(t *testing.T) {
	t.Parallel()
	wanted := map[string]string{"shop": "north"}
	db := open(t, testdb.Postgres(t), sqlstore.Options{})
	if _, err := db.List(t.Context(), orchestrator.Filter{CommunityID: 501, Metadata: wanted}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Listings(t.Context(), listings.Filter{CommunityID: 501, Metadata: wanted}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.LabelledSellers(t.Context(), orchestrator.SellerLabelFilter{CommunityID: 501, Metadata: wanted}); err != nil {
		t.Fatal(err)
	}
	for _, text := range db.Texts() {
		if strings.Contains(text, "metadata <> '{}'") {
			t.Errorf("prepared for all values: %s", text)
		}
	}
}

// searching is the statement that was prepared to search a table by metadata.
func searching(t *testing.T, db *sqlstore.DB, table string) string {
	t.Helper()
	for _, text := range db.Texts() {
		if strings.Contains(text, "from "+table+" ") && strings.Contains(text, "metadata <> '{}'") {
			return text
		}
	}
	t.Fatalf("no search of %s was prepared", table)
	return ""
}
