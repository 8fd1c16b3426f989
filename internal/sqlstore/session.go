package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// restAfterFailure is how long nobody else tries to connect after it failed: those
// who wait for a session of a database that hangs would wait one after another.
const restAfterFailure = 500 * time.Millisecond

// sessions opens the sessions of a pool on PostgreSQL. They obey the deadlines of
// their contexts also when the server hangs, and all of them are given up together
// as soon as one learns that its server hangs or takes no writes any more: the next
// ones go to the server that is the primary by then. It is a driver.Connector and
// safe for concurrent use.
type sessions struct {
	config   pq.Config
	patience time.Duration // longest statement, by the server's clock and by ours; 0: no bound
	now      func() time.Time

	hosts []pq.Config  // the same but for the host
	epoch atomic.Int64 // sessions of an earlier one are given up
	good  atomic.Int64 // the host that the last session is at

	mu     sync.Mutex
	failed error // of the last attempt to connect
	rest   time.Time
}

func newSessions(address string, patience time.Duration) (*sessions, error) {
	config, err := pq.NewConfig(address)
	if err != nil {
		return nil, err
	}
	limit := connectTimeout
	if patience > 0 {
		limit = min(limit, patience/3) // so that a commit gets past a host that hangs
	}
	if config.ConnectTimeout == 0 || config.ConnectTimeout == connectTimeout {
		config.ConnectTimeout = limit
	}
	all := append([]pq.ConfigMultihost{{Host: config.Host, Hostaddr: config.Hostaddr, Port: config.Port}}, config.Multi...)
	s := &sessions{config: config, patience: patience, now: time.Now}
	for _, one := range all {
		host := config.Clone()
		host.Host, host.Hostaddr, host.Port, host.Multi = one.Host, one.Hostaddr, one.Port, nil
		s.hosts = append(s.hosts, host)
	}
	return s, nil
}

// Driver implements driver.Connector.
func (s *sessions) Driver() driver.Driver { return &pq.Driver{} }

// Connect implements driver.Connector.
func (s *sessions) Connect(ctx context.Context) (driver.Conn, error) {
	if err := s.resting(); err != nil {
		return nil, err
	}
	conn, err := s.open(ctx)
	if err != nil {
		err = unreachable(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		s.failed = nil
		return conn, nil
	}
	if ctx.Err() == nil { // else its caller gave up, which says nothing about the server
		s.failed, s.rest = err, s.now().Add(restAfterFailure)
	}
	return nil, err
}

func (s *sessions) resting() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil && s.now().Before(s.rest) {
		return s.failed
	}
	return nil
}

// open tries the hosts in turn, first the one that was the right one last time.
func (s *sessions) open(ctx context.Context) (*session, error) {
	var errs []error
	for i := range s.hosts {
		at := (int(s.good.Load()) + i) % len(s.hosts)
		opened, err := s.openAt(ctx, s.hosts[at])
		if err == nil {
			if s.good.Swap(int64(at)) != int64(at) {
				opened.epoch = s.epoch.Add(1) // those at the other host are of no use
			}
			return opened, nil
		}
		if errs = append(errs, err); ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

func (s *sessions) openAt(ctx context.Context, host pq.Config) (*session, error) {
	d := &dialer{silence: s.silence(), now: s.now}
	connector, err := pq.NewConnectorConfig(host.Clone())
	if err != nil {
		return nil, err
	}
	connector.Dialer(d)
	defer context.AfterFunc(ctx, d.cut)()
	epoch := s.epoch.Load()
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	inner, ok := conn.(innerSession)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's session %T lacks a method", conn), conn.Close())
	}
	opened := &session{innerSession: inner, link: d.establish(), owner: s, epoch: epoch}
	if err := s.limit(ctx, opened); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return opened, nil
}

// silence is a little more than the server's own bound, so that a server that
// works is the first to give up.
func (s *sessions) silence() time.Duration {
	if s.patience == 0 {
		return 0
	}
	return s.patience + grace
}

// limit has the server give up what its client cannot wait for any more, for
// example when the network between them is cut.
func (s *sessions) limit(ctx context.Context, opened *session) error {
	if _, ok := s.config.Runtime["statement_timeout"]; ok || s.patience == 0 {
		return nil
	}
	bounds := fmt.Sprintf("set statement_timeout = %d; set idle_in_transaction_session_timeout = %d", s.patience.Milliseconds(), 2*s.patience.Milliseconds())
	_, err := opened.ExecContext(ctx, bounds, nil)
	return err
}

// retire gives up all sessions that are open now.
func (s *sessions) retire(epoch int64) { s.epoch.CompareAndSwap(epoch, epoch+1) }

// innerSession is what the driver's sessions can do.
type innerSession interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// session is the driver's session with deadlines.
type session struct {
	innerSession
	link  *link
	owner *sessions
	epoch int64
}

// begin bounds the next operation; the returned function ends it.
func (s *session) begin(ctx context.Context) (end func(error) error) {
	turn := s.link.begin()
	stop := context.AfterFunc(ctx, func() { s.link.abandon(turn) })
	return func(err error) error {
		stop()
		return s.judge(ctx, err)
	}
}

// judge says what an error means for the session, for its siblings and for the caller.
func (s *session) judge(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, driver.ErrSkip) {
		return err
	}
	late := s.link.isLate()
	if late || sqlState(err) == pqerror.ReadOnlySQLTransaction {
		s.owner.retire(s.epoch)
	}
	if ended := ctx.Err(); ended != nil && !late && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return unavailable(err)
}

func (s *session) retired() bool { return s.owner.epoch.Load() != s.epoch }

// IsValid implements driver.Validator.
func (s *session) IsValid() bool { return !s.retired() && s.innerSession.IsValid() }

// ResetSession implements driver.SessionResetter.
func (s *session) ResetSession(ctx context.Context) error {
	if s.retired() {
		return driver.ErrBadConn
	}
	return s.innerSession.ResetSession(ctx)
}

// Close ends the session. One that was given up takes leave of nobody: its server
// may hang.
func (s *session) Close() error {
	broken := s.hurry()
	if err := s.innerSession.Close(); !broken {
		return err
	}
	return nil
}

// hurry bounds the leave-taking and reports whether there is nobody to take it from.
func (s *session) hurry() (broken bool) {
	if s.retired() || s.link.isLate() || !s.innerSession.IsValid() {
		s.link.cut(0)
		return true
	}
	s.link.cut(grace)
	return false
}

// Ping implements driver.Pinger.
func (s *session) Ping(ctx context.Context) error {
	return s.begin(ctx)(s.innerSession.Ping(ctx))
}

// ExecContext implements driver.ExecerContext.
func (s *session) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	end := s.begin(ctx)
	result, err := s.innerSession.ExecContext(ctx, query, args)
	return result, end(err)
}

// QueryContext implements driver.QueryerContext.
func (s *session) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	end := s.begin(ctx)
	rows, err := s.innerSession.QueryContext(ctx, query, args)
	return rows, end(err)
}

// BeginTx implements driver.ConnBeginTx.
func (s *session) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	end := s.begin(ctx)
	tx, err := s.innerSession.BeginTx(ctx, o)
	if err := end(err); err != nil {
		return nil, err
	}
	return transaction{tx, s}, nil
}

// PrepareContext implements driver.ConnPrepareContext.
func (s *session) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	end := s.begin(ctx)
	stmt, err := s.innerSession.PrepareContext(ctx, query)
	if err := end(err); err != nil {
		return nil, err
	}
	inner, ok := stmt.(innerStatement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statement %T lacks a method", stmt), stmt.Close())
	}
	return statementOf{inner, s}, nil
}

// transaction is the driver's transaction with deadlines.
type transaction struct {
	driver.Tx
	session *session
}

// Commit implements driver.Tx.
func (t transaction) Commit() error {
	return t.session.begin(context.Background())(t.Tx.Commit())
}

// Rollback implements driver.Tx.
func (t transaction) Rollback() error {
	return t.session.begin(context.Background())(t.Tx.Rollback())
}

// innerStatement is what the driver's statements can do.
type innerStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// statementOf is the driver's prepared statement with deadlines.
type statementOf struct {
	innerStatement
	session *session
}

// ExecContext implements driver.StmtExecContext.
func (s statementOf) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	end := s.session.begin(ctx)
	result, err := s.innerStatement.ExecContext(ctx, args)
	return result, end(err)
}

// QueryContext implements driver.StmtQueryContext.
func (s statementOf) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	end := s.session.begin(ctx)
	rows, err := s.innerStatement.QueryContext(ctx, args)
	return rows, end(err)
}

// Close ends the statement.
func (s statementOf) Close() error {
	broken := s.session.hurry()
	if err := s.innerStatement.Close(); !broken {
		return err
	}
	return nil
}
