package sqlstore

import (
	"context"
	"sync"

	"github.com/jmoiron/sqlx"
)

// statements keeps prepared statements by their text. All texts are constants of
// this package, so there is a bounded number of them.
type statements struct {
	db *sqlx.DB

	mu     sync.Mutex
	byText map[string]*sqlx.Stmt
}

func newStatements(db *sqlx.DB) *statements {
	return &statements{db: db, byText: map[string]*sqlx.Stmt{}}
}

func (s *statements) get(ctx context.Context, text string) (*sqlx.Stmt, error) {
	s.mu.Lock()
	stmt, ok := s.byText[text]
	s.mu.Unlock()
	if ok {
		return stmt, nil
	}
	// Not under the lock: preparing waits for a connection. Of two at the same
	// moment the first is kept.
	stmt, err := s.db.PreparexContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, ok := s.byText[text]; ok {
		return first, stmt.Close()
	}
	s.byText[text] = stmt
	return stmt, nil
}
