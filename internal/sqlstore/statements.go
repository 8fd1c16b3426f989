package sqlstore

import (
	"context"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/migrations"
)

// statements keeps prepared statements by their text. All texts are constants of
// this package, so there is a bounded number of them.
type statements struct {
	db      *sqlx.DB
	dialect migrations.Dialect
	runs    atomic.Int64 // how often one was asked for

	mu     sync.Mutex
	byText map[string]*sqlx.Stmt
}

func newStatements(db *sqlx.DB, d migrations.Dialect) *statements {
	return &statements{db: db, dialect: d, byText: map[string]*sqlx.Stmt{}}
}

var bareLimit = regexp.MustCompile(`\blimit (\$\d+)`)

// prepared is a text as the database is to prepare it. SQLite looks into a limit that is a
// bare parameter, and so compiles the statement again for each run: longer than most run.
// It does not look into a sum.
func (s *statements) prepared(text string) string {
	if s.dialect != migrations.SQLite || !strings.Contains(text, "limit $") {
		return text
	}
	return bareLimit.ReplaceAllString(text, "limit ${1} + 0")
}

// byValues reports whether PostgreSQL is to plan a statement anew for what is asked for: a search by metadata is served by the
// index of metadata where few rows have the value, and by the order of the list where many have. A statement that was prepared
// has one plan for both after its fifth run.
func (s *statements) byValues(text string) bool {
	return s.dialect == migrations.Postgres && strings.Contains(text, "metadata @>")
}

func (s *statements) get(ctx context.Context, text string) (*sqlx.Stmt, error) {
	s.runs.Add(1)
	s.mu.Lock()
	stmt, ok := s.byText[text]
	s.mu.Unlock()
	if ok {
		return stmt, nil
	}
	// Not under the lock: preparing waits for a connection. Of two at the same
	// moment the first is kept.
	stmt, err := s.db.PreparexContext(ctx, s.prepared(text))
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
