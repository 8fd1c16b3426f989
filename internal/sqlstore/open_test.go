package sqlstore_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/sqlstore"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "mysql://root:hunter2@127.0.0.1/x", ":memory:", "sqlite::memory:", "sqlite:",
		"postgres://user:hunter2@127.0.0.1:port/db", "postgres://user:hunter2@127.0.0.1:1/db?sslmode=disable", "postgres://user:hunter2@h/db?sslmode=hunter2",
		filepath.Join(t.TempDir(), "no", "such", "folder", "x.db"),
	} {
		db, err := sqlstore.Open(t.Context(), url, sqlstore.Options{})
		if err == nil {
			t.Errorf("%q was opened: %v", url, db.Close())
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestSchemaIsChecked(t *testing.T) {
	t.Parallel()
	for _, url := range []string{filepath.Join(t.TempDir(), "x.db"), pgtest.URL(t)} {
		if _, err := sqlstore.Open(t.Context(), url, sqlstore.Options{NoMigrations: true}); !errors.Is(err, sqlstore.ErrSchema) {
			t.Errorf("an empty database was accepted: %v", err)
		}
		open(t, url, sqlstore.Options{})
		open(t, url, sqlstore.Options{NoMigrations: true})
	}
}

// TestStartTogether opens a new database from several replicas at once.
func TestStartTogether(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"sqlite:" + filepath.Join(t.TempDir(), "x.db"), pgtest.URL(t)} {
		stores := make([]*sqlstore.DB, 4)
		errs := make([]error, len(stores))
		var all sync.WaitGroup
		for i := range stores {
			all.Go(func() { stores[i], errs[i] = sqlstore.Open(t.Context(), url, sqlstore.Options{}) })
		}
		all.Wait()
		for i, err := range errs {
			if err != nil {
				t.Errorf("replica %d: %v", i, err)
				continue
			}
			if err := stores[i].Ping(t.Context()); err != nil {
				t.Error(err)
			}
			if err := stores[i].Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	db, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Apply(t.Context(), commit(1, "late")); !errors.Is(err, sqlstore.ErrClosed) {
		t.Errorf("Apply on a closed store: %v", err)
	}
}

func TestCommunities(t *testing.T) {
	t.Parallel()
	for _, url := range []string{filepath.Join(t.TempDir(), "x.db"), pgtest.URL(t)} {
		db, ctx := open(t, url, sqlstore.Options{}), t.Context()
		for _, c := range []sqlstore.Community{{502, "Two"}, {501, "Old"}, {501, "One"}} {
			if err := db.AddCommunity(ctx, c.ID, c.Name, someone); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Communities(ctx)
		if diff := cmp.Diff([]sqlstore.Community{{501, "One"}, {502, "Two"}}, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}
