package sqlstore

import (
	"context"
	"net"
	"sync"
	"time"
)

// How long the network may take where a statement's own bound says nothing.
const (
	connectTimeout = 3 * time.Second // to a session that is logged in
	cancelTimeout  = time.Second     // for the request to cancel a statement
	grace          = time.Second     // for the answer of a statement that was cancelled
	keepAlive      = 10 * time.Second
)

// link is the network connection of a session. Every read and write on it has a
// deadline: a server that hangs never answers, and the driver itself waits for
// ever. It is safe for concurrent use.
type link struct {
	net.Conn
	silence time.Duration // longest wait for the next byte; 0: no bound
	now     func() time.Time

	mu    sync.Mutex
	until time.Time // nothing is waited for after this; zero: no bound
	turn  int64     // of the operation that the link works for
	late  bool      // a deadline passed: the server hangs, or the way to it does
}

func (l *link) Read(b []byte) (int, error) {
	l.arm()
	n, err := l.Conn.Read(b)
	return n, l.noted(err)
}

func (l *link) Write(b []byte) (int, error) {
	l.arm()
	n, err := l.Conn.Write(b)
	return n, l.noted(err)
}

func (l *link) noted(err error) error {
	if e, ok := err.(net.Error); ok && e.Timeout() {
		l.mu.Lock()
		l.late = true
		l.mu.Unlock()
	}
	return err
}

func (l *link) isLate() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
}

// arm sets the deadline of the next read or write. A connection that cannot have
// one fails when it is used.
func (l *link) arm() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.Conn.SetDeadline(l.deadline())
}

func (l *link) deadline() time.Time {
	if l.silence == 0 {
		return l.until
	}
	limit := l.now().Add(l.silence)
	if !l.until.IsZero() && l.until.Before(limit) {
		return l.until
	}
	return limit
}

// SetDeadline bounds everything until the next call; the zero time lifts the bound.
func (l *link) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = t
	return l.Conn.SetDeadline(l.deadline())
}

// begin lifts the bounds of the operation before and returns the turn of the next.
func (l *link) begin() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Time{}
	l.turn++
	return l.turn
}

// abandon ends what an operation waits for, after the time in which a server that
// works answers to a cancellation. A later operation is not touched.
func (l *link) abandon(turn int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.turn == turn {
		l.until = l.now().Add(grace)
		_ = l.Conn.SetDeadline(l.deadline())
	}
}

// cut ends what is waited for after a pause, at once with 0.
func (l *link) cut(after time.Duration) { _ = l.SetDeadline(l.now().Add(after)) }

// dialer opens the links of one session: one per host until a host accepts it, and
// then one for each statement that is to be cancelled. It implements pq.DialerContext.
type dialer struct {
	silence time.Duration
	now     func() time.Time

	mu          sync.Mutex
	established bool
	last        *link // the session's own
}

// Dial connects.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialTimeout connects within a time.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// DialContext connects.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	established := d.established
	d.mu.Unlock()
	if established {
		return d.dialCancel(ctx, network, address)
	}
	l, err := d.dial(ctx, network, address, d.silence)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.last = l
	d.mu.Unlock()
	return l, nil
}

// dialCancel opens a connection that asks for a cancellation: whoever waits for
// the cancelled statement waits for this too, so it is short.
func (d *dialer) dialCancel(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, cancelTimeout)
	defer cancel()
	return d.dial(ctx, network, address, cancelTimeout)
}

func (d *dialer) dial(ctx context.Context, network, address string, silence time.Duration) (*link, error) {
	to := net.Dialer{KeepAlive: keepAlive}
	conn, err := to.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &link{Conn: conn, silence: silence, now: d.now}, nil
}

// establish says that the last link is the session's.
func (d *dialer) establish() *link {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.established = true
	return d.last
}

// cut ends what the session's link waits for, if there is one yet.
func (d *dialer) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.last != nil {
		d.last.cut(0)
	}
}
