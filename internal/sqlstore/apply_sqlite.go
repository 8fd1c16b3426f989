package sqlstore

import (
	"context"
	"errors"

	"github.com/jmoiron/sqlx"
)

// What sets a commit of a batch apart from its neighbours.
const (
	setMark  = `savepoint one`
	undoMark = `rollback to one`
	dropMark = `release one`
)

// sqliteWriter writes a batch in one transaction, each commit under a savepoint
// of its own: one fsync for all of them.
type sqliteWriter struct {
	db         *sqlx.DB
	statements *statements
	stats      *counters
	lane       lane
}

func (s *sqliteWriter) close() {}

func (s *sqliteWriter) write(ctx context.Context, batch []*pending) {
	s.stats.batches.Add(1)
	if err := s.lane.open(ctx, s.db); err != nil {
		fail(batch, err)
		return
	}
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		fail(batch, unavailable(err))
		return
	}
	run := script{tx, s.statements}
	for i, p := range batch {
		p.at = s.lane.ahead(i + 1)
		p.err = guarded(ctx, run, p.write)
	}
	s.lane.position += int64(len(batch))
	if err := tx.Commit(); err != nil {
		fail(batch, unavailable(errors.Join(err, ignoreDone(tx.Rollback()))))
		return
	}
	for _, p := range batch {
		p.err = verdict(unavailable(p.err))
	}
}

// guarded undoes what a failed commit wrote and keeps what its neighbours wrote.
func guarded(ctx context.Context, run script, w *write) error {
	if _, err := run.exec(ctx, setMark); err != nil {
		return err
	}
	err := run.write(ctx, w)
	if err != nil {
		if _, undo := run.exec(ctx, undoMark); undo != nil {
			return errors.Join(err, undo)
		}
	}
	_, release := run.exec(ctx, dropMark)
	return errors.Join(err, release)
}

// fail answers a batch that was rolled back as a whole.
func fail(batch []*pending, err error) {
	for _, p := range batch {
		p.err = err
	}
}

// verdict is what a caller is told.
func verdict(err error) error {
	if errors.Is(err, errWritten) {
		return nil
	}
	return named(err)
}
