package sqlstore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// A file that somebody else holds at the moment of the first connection is waited for.
func TestM27_waitsForTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new.db")
	other, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	// A writer in the old mode of the journal: SQLite refuses at once to change the mode.
	holder, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"create table held (id integer)", "begin immediate"} {
		if _, err := holder.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	released := make(chan error, 1)
	go func() {
		<-time.After(50 * time.Millisecond) // real time: SQLite has no other
		_, err := holder.ExecContext(context.WithoutCancel(t.Context()), "rollback")
		released <- err
	}()
	db, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-released; err != nil {
		t.Fatal(err)
	}
}
