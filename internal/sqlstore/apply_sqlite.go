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
	if len(batch) == 1 {
		s.alone(ctx, run, batch[0])
		return
	}
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

// alone writes a commit without neighbours: what it wrote is undone with its transaction.
func (s *sqliteWriter) alone(ctx context.Context, run script, p *pending) {
	p.at = s.lane.ahead(1)
	s.lane.position++
	if p.err = run.write(ctx, p.write); p.err != nil {
		p.err = verdict(unavailable(errors.Join(p.err, ignoreDone(run.tx.Rollback()))))
		return
	}
	if err := run.tx.Commit(); err != nil {
		p.err = unavailable(errors.Join(err, ignoreDone(run.tx.Rollback())))
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
