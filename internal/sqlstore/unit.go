package sqlstore

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// unit is a transaction of the database in which several statements stand or
// fall together. It prepares nothing: on SQLite no other connection is free.
type unit struct{ tx *sqlx.Tx }

// exec runs a statement and returns how many rows it changed.
func (u unit) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	result, err := u.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("write: %w", err)
	}
	return result.RowsAffected()
}

// maxUnitTries bounds how often a unit is repeated after a deadlock or a
// serialization failure.
const maxUnitTries = 5

// atomically runs do in one transaction, again if the database made it lose a race.
func (db *database) atomically(ctx context.Context, do func(unit) error) error {
	if r := db.request(ctx); r != nil {
		return r.nested(ctx, do)
	}
	for try := 1; ; try++ {
		err := db.attempt(ctx, do)
		if err == nil || try == maxUnitTries || diagnose(err) != raced && diagnose(err) != astray {
			return unavailable(err)
		}
		db.stats.retries.Add(1)
	}
}

func (db *database) attempt(ctx context.Context, do func(unit) error) error {
	tx, err := db.write.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := do(unit{tx}); err != nil {
		if undo := ignoreDone(tx.Rollback()); undo != nil {
			return fmt.Errorf("%w; roll back: %w", err, undo)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
