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

// sqliteWriter writes a batch in one transaction: one fsync for all of it. Few commits
// fail, so a batch is tried as one first; where one of its commits fails all of it is
// undone and written again with each commit under a savepoint of its own.
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
	if !s.together(ctx, batch) {
		s.apart(ctx, batch)
	}
	s.lane.position += int64(len(batch))
	for _, p := range batch {
		p.err = verdict(unavailable(p.err))
	}
}

// together writes a batch without savepoints. It reports false, and has written nothing,
// if one of several commits failed.
func (s *sqliteWriter) together(ctx context.Context, batch []*pending) bool {
	return s.transact(ctx, batch, func(ctx context.Context, run script) bool {
		for i, p := range batch {
			p.at = s.lane.ahead(i + 1)
			if p.err = run.write(ctx, p.write); p.err != nil {
				return false
			}
		}
		return true
	}) || len(batch) == 1
}

func (s *sqliteWriter) apart(ctx context.Context, batch []*pending) {
	s.transact(ctx, batch, func(ctx context.Context, run script) bool {
		for i, p := range batch {
			p.at = s.lane.ahead(i + 1)
			p.err = guarded(ctx, run, p.write)
		}
		return true
	})
}

// transact runs do in a transaction, which is undone if do reports false. It reports
// whether the batch has its verdicts. Only the wait for the lock ends with the context: the
// driver starts a goroutine for each statement that may be interrupted, and these are short.
func (s *sqliteWriter) transact(ctx context.Context, batch []*pending, do func(context.Context, script) bool) bool {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		fail(batch, err)
		return true
	}
	if !do(context.WithoutCancel(ctx), script{tx, s.statements}) {
		if err := ignoreDone(tx.Rollback()); err != nil {
			fail(batch, err)
			return true
		}
		return false
	}
	if err := tx.Commit(); err != nil {
		fail(batch, errors.Join(err, ignoreDone(tx.Rollback())))
	}
	return true
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
