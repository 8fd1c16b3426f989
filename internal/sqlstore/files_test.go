package sqlstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/sqlstore"
)

// The files of a new database are for their owner alone, and looser ones are named.
func TestS8_filesOfSQLite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "handsel.db")
	db := open(t, path, sqlstore.Options{})
	if err := db.PutTicket(t.Context(), "hash", []byte("x"), ticketTime); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q: %v, %v", suffix, info, err)
		}
	}
	if err := sqlstore.CheckFiles("sqlite:" + path); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(path+"-wal", 0o640); err != nil {
		t.Fatal(err)
	}
	if err := sqlstore.CheckFiles(path); err == nil || !strings.Contains(err.Error(), "chmod 600 "+path+"-wal") {
		t.Errorf("a file that a group can read: %v", err)
	}
}
