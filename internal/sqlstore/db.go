package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Apply implements orchestrator.Commits. It queues the commit for a writer, which
// writes all that are waiting together and answers each by itself. A broken
// connection is not an answer: the log is asked whether the commit is there. When
// ctx ends while the commit is queued it is not written.
func (db Commits) Apply(ctx context.Context, c orchestrator.Commit) error {
	if db.request(ctx) != nil {
		return fmt.Errorf("apply revision %d of transaction %d: a commit stores its own reply; it is not part of Once", c.Transaction.Revision, c.Transaction.ID)
	}
	input, err := db.sealCommit(ctx, &c)
	if err != nil {
		return db.group.orClosed(err)
	}
	w, err := newWrite(c, input, db.newToken())
	if err != nil {
		return err
	}
	if err := db.group.do(ctx, w); err != nil {
		return fmt.Errorf("apply revision %d of transaction %d: %w", w.revision, w.id, err)
	}
	db.stats.commits.Add(1)
	return nil
}

// Stats are counts since the store was opened, for metrics.
type Stats struct {
	Commits int64 // commits written
	Batches int64 // batches they were written in
	Splits  int64 // batches that had to be taken apart
	Retries int64 // attempts repeated after a race or a broken connection
	Queued  int   // commits that wait for a writer now
	// Statements are those that were run, but for those of commits and of what is written
	// together.
	Statements int64
	Pool       sql.DBStats
}

type counters struct {
	commits, batches, splits, retries atomic.Int64
}

// Stats returns the store's counts.
func (db *database) Stats() Stats {
	return Stats{
		Commits: db.stats.commits.Load(), Batches: db.stats.batches.Load(),
		Splits: db.stats.splits.Load(), Retries: db.stats.retries.Load(),
		Queued: db.group.length(), Pool: db.read.Stats(),
		Statements: db.reads.runs.Load() + db.writes.runs.Load() + db.public.runs.Load(),
	}
}

// one reads a single row; found is false if there is none.
func (db *database) one(ctx context.Context, dest any, query string, args ...any) (found bool, err error) {
	if err := checkTexts(args); err != nil {
		return false, err
	}
	if r := db.request(ctx); r != nil {
		err = r.tx.GetContext(ctx, dest, query, args...)
	} else {
		stmt, prepared := db.reads.get(ctx, query)
		if prepared != nil {
			return false, unavailable(fmt.Errorf("prepare: %w", prepared))
		}
		err = stmt.GetContext(ctx, dest, args...)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, unavailable(fmt.Errorf("read: %w", err))
	}
	return true, nil
}

// all reads rows.
func (db *database) all(ctx context.Context, dest any, query string, args ...any) error {
	return db.rows(ctx, db.reads, dest, query, args)
}

// change runs a statement that changes rows and returns them.
func (db *database) change(ctx context.Context, dest any, query string, args ...any) error {
	return db.rows(ctx, db.writes, dest, query, args)
}

func (db *database) rows(ctx context.Context, from *statements, dest any, query string, args []any) error {
	found, err := db.query(ctx, from, query, args)
	return readError(collect(found, err, dest))
}

// query asks for rows, in the transaction of the request if there is one.
func (db *database) query(ctx context.Context, from *statements, query string, args []any) (*sql.Rows, error) {
	if err := checkTexts(args); err != nil {
		return nil, err
	}
	if r := db.request(ctx); r != nil {
		return r.tx.QueryContext(ctx, query, args...)
	}
	if from.byValues(query) {
		from.runs.Add(1)
		return from.db.QueryContext(ctx, query, args...)
	}
	stmt, err := from.get(ctx, query)
	if err != nil {
		return nil, unavailable(fmt.Errorf("prepare: %w", err))
	}
	return stmt.QueryContext(ctx, args...)
}

// readError is what a caller is told of a read that failed.
func readError(err error) error {
	var told *fault.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	return unavailable(fmt.Errorf("read: %w", err))
}

// exec runs a statement and returns how many rows it changed.
func (db *database) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := checkTexts(args); err != nil {
		return 0, err
	}
	if r := db.request(ctx); r != nil {
		return unit{r.tx}.exec(ctx, query, args...)
	}
	stmt, err := db.writes.get(ctx, query)
	if err != nil {
		return 0, unavailable(fmt.Errorf("prepare: %w", err))
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, unavailable(fmt.Errorf("write: %w", err))
	}
	return result.RowsAffected()
}
