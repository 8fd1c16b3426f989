package sqlstore_test

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// TestM27_firstStartsTogether starts eight replicas on an empty database at the same
// moment, again and again: all start, and the schema is there once.
func TestM27_firstStartsTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rounds int
		url    func(*testing.T) string
	}{
		"sqlite":   {2, func(t *testing.T) string { return filepath.Join(t.TempDir(), "new.db") }},
		"postgres": {1, func(t *testing.T) string { return pgtest.URL(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range c.rounds {
				url := c.url(t)
				const starts = 8
				var ready, all sync.WaitGroup
				ready.Add(starts)
				errs := make([]error, starts)
				for i := range starts {
					all.Go(func() {
						ready.Done()
						ready.Wait()
						db, err := sqlstore.Open(t.Context(), url, sqlstore.Options{})
						if errs[i] = err; err == nil {
							errs[i] = db.Close()
						}
					})
				}
				all.Wait()
				for i, err := range errs {
					if err != nil {
						t.Errorf("start %d: %v", i, err)
					}
				}
				open(t, url, sqlstore.Options{Existing: true})
				var steps, different int
				if err := rawDB(t, url).QueryRowContext(t.Context(), `select count(*), count(distinct version_id) from goose_db_version`).Scan(&steps, &different); err != nil {
					t.Fatal(err)
				}
				if steps != different {
					t.Errorf("%d steps are noted %d times", different, steps)
				}
			}
		})
	}
}
