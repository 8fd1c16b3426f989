package sqlstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

const onlyOwner fs.FileMode = 0o600

// private makes the file of a new SQLite database, for its owner alone. SQLite gives
// the files beside it the same mode. What is there already is left as it is.
func private(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // SQLite says what is wrong with it
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, onlyOwner) // O_EXCL follows no link
	if errors.Is(err, fs.ErrExist) {
		return nil // somebody else was faster
	}
	if err != nil {
		return fmt.Errorf("create the SQLite file: %w", err)
	}
	return f.Close()
}

// CheckFiles reports whether the files of a SQLite database can be read or changed by
// others than their owner, and what mends that. For PostgreSQL, and where there is no
// file yet, it is nil.
func CheckFiles(databaseURL string) error {
	if isPostgres(databaseURL) || strings.Contains(databaseURL, "://") {
		return nil
	}
	path := strings.TrimPrefix(databaseURL, "sqlite:")
	var loose []string
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Mode().Perm()&^onlyOwner != 0 {
			loose = append(loose, path+suffix)
		}
	}
	if len(loose) == 0 {
		return nil
	}
	return fmt.Errorf("others can read the database; run: chmod 600 %s", strings.Join(loose, " "))
}
