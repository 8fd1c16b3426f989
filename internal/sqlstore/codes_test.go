package sqlstore_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What is not there, and what cannot be a commit, is refused alike on both databases.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": unusedPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, newURL(t), sqlstore.Options{})
			_, unknown := db.Intent(t.Context(), "int_none")
			for code, err := range map[fault.Reason]error{
				"key_not_found":    db.RevokeKey(t.Context(), "none", tenantNoon, orchestrator.By{Actor: "operator:ann", Reason: "test", At: tenantNoon}),
				"intent_not_found": unknown,
				"bad_commit":       db.Apply(t.Context(), orchestrator.Commit{}),
			} {
				if fault.ReasonOf(err) != code {
					t.Errorf("%v, want %s", err, code)
				}
			}
		})
	}
}
