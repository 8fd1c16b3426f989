package sqlstore

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// Bounds of trying again, and of one statement.
const (
	maxTries     = 10
	firstPause   = 5 * time.Millisecond
	longestPause = time.Second
	unbounded    = time.Hour // of a store without patience
)

// bounds are how long a commit may take.
type bounds struct {
	now   func() time.Time
	try   time.Duration // one try
	total time.Duration // no try begins later
}

// bounds gives a commit two tries that a server swallows, and as many as there is
// time for when it answers.
func (o Options) bounds() bounds {
	try := o.Patience
	if try == 0 {
		try = unbounded
	}
	return bounds{o.Now, try, 2 * try}
}

// tune prepares a writer's session. A generic plan saves planning a long
// statement; nested loops over indexes are right for it whatever the size of the
// tables, also before the first analyze.
const tune = `set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set enable_mergejoin = off; set jit = off`

// postgresWriter writes a batch with one statement, which is one round trip: it
// commits by itself. Its connection and prepared statements are its own.
type postgresWriter struct {
	db       *sqlx.DB
	stats    *counters
	bounds   bounds
	conn     *sqlx.Conn
	prepared map[shape]*sqlx.Stmt
	lane     lane
}

// attempts are what is known after several tries to write the same.
type attempts struct {
	bounds
	doubt bool // one was sent and not answered
}

// failed takes note of a try that failed.
func (a *attempts) failed(err error) {
	var absent unsent
	if err != nil && diagnose(err) == lost && !errors.As(err, &absent) {
		a.doubt = true
	}
}

// verdict is what callers are told after the last try failed with err.
func (a *attempts) verdict(err error) error {
	told := unavailable(err)
	if err != nil && a.doubt && (diagnose(err) != rejected || fault.ReasonOf(told) == reasonUnavailable) {
		return inDoubt(err)
	}
	return verdict(told)
}

func (p *postgresWriter) write(ctx context.Context, batch []*pending) {
	p.stats.batches.Add(1)
	slices.SortFunc(batch, func(a, b *pending) int { return cmp.Compare(a.id, b.id) })
	err := p.once(ctx, batch)
	if err == nil {
		return
	}
	if len(batch) > 1 && !diagnose(err).endsSession() {
		p.stats.splits.Add(1)
		for _, one := range batch {
			p.persist(ctx, []*pending{one}, nil)
		}
		return
	}
	p.persist(ctx, batch, err)
}

// persist writes a batch until there is a verdict. err is how it went so far.
func (p *postgresWriter) persist(ctx context.Context, batch []*pending, err error) {
	if err == nil {
		err = p.once(ctx, batch)
	}
	tries := attempts{bounds: p.bounds}
	err = retry(ctx, p.stats, err, &tries, func() error { return p.once(ctx, batch) })
	if err != nil && len(batch) > 1 && !tries.doubt && !diagnose(err).endsSession() {
		for _, one := range batch {
			p.persist(ctx, []*pending{one}, nil)
		}
		return
	}
	if err != nil {
		fail(batch, tries.verdict(err))
	}
}

// retry repeats do while err says that repeating may help. A broken connection
// is no verdict: do looks first whether the commit is there already.
func retry(ctx context.Context, stats *counters, err error, tries *attempts, do func() error) error {
	tries.failed(err)
	pause, began := firstPause, tries.now()
	for try := 1; err != nil && try < maxTries && diagnose(err) != rejected && tries.now().Sub(began) < tries.total; try++ {
		stats.retries.Add(1)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
		err = do()
		tries.failed(err)
	}
	return err
}

// once runs the statement and sets the verdicts; an error means that there are none.
func (p *postgresWriter) once(ctx context.Context, batch []*pending) error {
	ctx, cancel := context.WithTimeout(ctx, p.bounds.try)
	defer cancel()
	if err := p.connect(ctx); err != nil {
		return p.broken(unsent{err})
	}
	for i, one := range batch {
		one.at = p.lane.ahead(i + 1)
	}
	shape, args, err := bind(batch)
	if err != nil {
		fail(batch, err)
		return nil
	}
	stmt, err := p.statement(ctx, shape)
	if err != nil {
		return p.broken(unsent{err})
	}
	var refused []struct {
		N int64 `db:"n"`
		V int   `db:"v"`
	}
	found, err := stmt.QueryContext(ctx, args...)
	if err := collect(found, err, &refused); err != nil {
		return p.broken(err)
	}
	p.lane.position += int64(len(batch))
	for _, one := range batch {
		one.err = nil
	}
	for _, r := range refused {
		batch[r.N-1].err = refusal(r.V)
	}
	return nil
}

func refusal(v int) error {
	switch v {
	case verdictDone:
		return nil
	case verdictConflict:
		return orchestrator.ErrRevisionConflict
	case verdictKeyTaken:
		return idempotency.ErrTaken
	case verdictBalance:
		return orchestrator.ErrInsufficientBalance
	case verdictOdd:
		return orchestrator.ErrContradiction
	case verdictTaken:
		return orchestrator.ErrNotAvailable
	case verdictReference:
		return labels.ErrTaken
	}
	return fmt.Errorf("unknown verdict %d", v)
}

// connect makes sure of a session and of a lane in it.
func (p *postgresWriter) connect(ctx context.Context) error {
	if p.conn == nil {
		conn, err := p.db.Connx(ctx)
		if err != nil {
			return err
		}
		p.conn, p.prepared = conn, map[shape]*sqlx.Stmt{}
		if _, err := conn.ExecContext(ctx, tune); err != nil {
			return err
		}
	}
	return p.lane.open(ctx, p.conn)
}

func (p *postgresWriter) statement(ctx context.Context, of shape) (*sqlx.Stmt, error) {
	if stmt, ok := p.prepared[of]; ok {
		return stmt, nil
	}
	stmt, err := p.conn.PreparexContext(ctx, statement(of))
	if err != nil {
		return nil, err
	}
	p.prepared[of] = stmt
	return stmt, nil
}

// broken drops the connection if it can no longer be trusted.
func (p *postgresWriter) broken(err error) error {
	if diagnose(err).endsSession() {
		p.close()
	}
	return err
}

// close ends the session for good: its settings must not reach other users of
// the pool.
func (p *postgresWriter) close() {
	if p.conn == nil {
		return
	}
	_ = p.conn.Raw(func(any) error { return driver.ErrBadConn }) // says: do not use it again
	_ = p.conn.Close()
	p.conn, p.prepared = nil, nil
	p.lane.leave()
}

// bind turns a batch into the shape and the arguments of its statement.
func bind(batch []*pending) (shape, []any, error) {
	var of shape
	var rows [sectionCount][]row
	for i, p := range batch {
		put := func(section int, some ...row) {
			for _, r := range some {
				rows[section] = append(rows[section], prepend(int64(i+1), r))
				of.parts |= sections[section].part
			}
		}
		put(0, prepend(flag(p.clear), logTable.in(p.at, p.log)))
		put(1, p.transaction)
		put(2, p.postings...)
		put(3, p.deltas...)
		put(4, p.timers...)
		if p.intent != nil {
			put(5, p.intent)
		}
		put(6, p.events...)
		if p.reply != nil {
			put(7, prepend(flag(p.free), p.reply))
		}
		put(8, p.reserve...)
		put(9, p.messages...)
		put(10, p.actsIn(p.at)...)
		of.parts |= p.extras()
	}
	var args []any
	for i := range rows {
		if len(rows[i]) == 0 {
			continue
		}
		if of.single[i] = len(batch) == 1 && len(rows[i]) == 1; of.single[i] {
			args = append(args, rows[i][0]...)
			continue
		}
		columns, err := literals(rows[i])
		if err != nil {
			return of, nil, err
		}
		args = append(args, columns...)
	}
	return of, args, nil
}

// extras are the parts of a statement that come with no rows of their own.
func (w *write) extras() part {
	var parts part
	if w.clear {
		parts |= partClear
	}
	if w.free {
		parts |= partFree
	}
	if w.reference != "" {
		parts |= partReferences
	}
	if w.reply != nil && !w.free && w.answer.IntentID != "" {
		parts |= partEnd
	}
	return parts
}

func prepend(first int64, r row) row { return append(row{first}, r...) }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// scriptWriter is the fallback for databases that speak PostgreSQL's protocol
// but not all of its SQL: each commit is a transaction of plain statements.
type scriptWriter struct {
	db         *sqlx.DB
	statements *statements
	stats      *counters
	bounds     bounds
	lane       lane
}

func (s *scriptWriter) close() {}

func (s *scriptWriter) write(ctx context.Context, batch []*pending) {
	s.stats.batches.Add(1)
	for _, p := range batch {
		once := func() error {
			ctx, cancel := context.WithTimeout(ctx, s.bounds.try)
			defer cancel()
			return s.once(ctx, p.write)
		}
		tries := attempts{bounds: s.bounds}
		p.err = tries.verdict(retry(ctx, s.stats, once(), &tries, once))
	}
}

func (s *scriptWriter) once(ctx context.Context, w *write) error {
	if err := s.lane.open(ctx, s.db); err != nil {
		return unsent{err}
	}
	w.at = s.lane.ahead(1)
	err := transact(ctx, s.db, s.statements, w)
	s.lane.position++
	if err != nil && diagnose(err) == lost {
		s.lane.leave()
	}
	return err
}
