package sqlstore_test

import (
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
)

// A text that only one of the databases takes is the caller's mistake on both, also in
// what is only asked for.
func TestM12_textsThatCannotBeAskedFor(t *testing.T) {
	t.Parallel()
	for name, newURL := range map[string]func(*testing.T) string{"sqlite": sqliteFile, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, ctx := open(t, newURL(t), sqlstore.Options{}), t.Context()
			for _, text := range []string{"a\x00b", "\xff\xfe"} {
				for what, ask := range map[string]func() error{
					"listings of": func() error {
						_, err := db.Listings(ctx, listings.Filter{CommunityID: 501, Author: text, Limit: 1})
						return err
					},
					"acts about": func() error {
						_, err := db.Acts(ctx, orchestrator.ActFilter{CommunityID: 501, Object: text, Limit: 1})
						return err
					},
					"tasks of": func() error {
						_, err := db.Tasks(ctx, orchestrator.TaskFilter{CommunityID: 501, Owner: text})
						return err
					},
					"task": func() error {
						_, err := db.Tasks(ctx, orchestrator.TaskFilter{CommunityID: 501, ID: "dispute/" + text})
						return err
					},
					"profile": func() error { _, _, err := db.Profile(ctx, 501, text); return err },
					"mail": func() error {
						return db.AddMail(ctx, notices.Mail{ID: text, CommunityID: 501, UserID: "u", Kind: "k", Data: []byte("{}")})
					},
				} {
					if err := ask(); fault.ReasonOf(err) != "invalid_text" {
						t.Errorf("%s %q: %v", what, text, err)
					}
				}
			}
		})
	}
}
