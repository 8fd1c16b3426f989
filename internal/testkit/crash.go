package testkit

import (
	"bytes"
	"context"
	"database/sql"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
)

// MustDie stops the engine where it is called; Survive turns it into a return.
func MustDie(point string) { panic(crash{point}) }

// Store is a store of which one commit can be interfered with. It is safe for
// concurrent use.
type Store struct {
	orchestrator.Commits
	mu     sync.Mutex
	left   int // commits until the one that is interfered with
	around func(write func() error) error
}

// Break has the nth commit from now on, counted from 1, made by a function, which
// may write it or not and answers what it likes.
func (s *Store) Break(nth int, around func(write func() error) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left, s.around = nth, around
}

// Apply implements orchestrator.Commits.
func (s *Store) Apply(ctx context.Context, c orchestrator.Commit) error {
	s.mu.Lock()
	behind := s.Commits
	s.left--
	var around func(write func() error) error
	if s.left == 0 {
		around = s.around
	}
	s.mu.Unlock()
	write := func() error { return behind.Apply(ctx, c) }
	if around != nil {
		return around(write)
	}
	return write()
}

// Line carries the engine's calls to the gateways; some of them can be interfered
// with. It is safe for concurrent use.
type Line struct {
	mu           sync.Mutex
	method, path string
	says         string
	around       func(send func() (*http.Response, error)) (*http.Response, error)
}

// Break has calls with a method, and a path that ends in a text, made by a
// function, which may send them or not and answers what it likes. nil ends it.
func (l *Line) Break(method, path string, around func(send func() (*http.Response, error)) (*http.Response, error)) {
	l.BreakSaying(method, path, "", around)
}

// BreakSaying is Break for calls that have a text in their body.
func (l *Line) BreakSaying(method, path, says string, around func(send func() (*http.Response, error)) (*http.Response, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.method, l.path, l.says, l.around = method, path, says, around
}

// say reads a body without using it up.
func say(r *http.Request) (string, error) {
	if r.Body == nil {
		return "", nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body), err
}

// RoundTrip implements http.RoundTripper.
func (l *Line) RoundTrip(r *http.Request) (*http.Response, error) {
	send := func() (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) }
	l.mu.Lock()
	around, says := l.around, l.says
	if r.Method != l.method || !strings.HasSuffix(r.URL.Path, l.path) {
		around = nil
	}
	l.mu.Unlock()
	if around == nil {
		return send()
	}
	if body, err := say(r); err != nil || !strings.Contains(body, says) {
		return send()
	}
	return around(send)
}

// Skew is how far the engine's clock is ahead of everybody else's. It is safe for
// concurrent use; the zero value is no skew.
type Skew struct{ ahead atomic.Int64 }

// Set sets the skew; a negative one is behind.
func (s *Skew) Set(d time.Duration) { s.ahead.Store(int64(d)) }

// Interpose puts a store and a clock between the engine and its own ones. It lasts
// until the engine is started again.
func (w *Testbed) Interpose(store *Store, skew *Skew) {
	w.t.Helper()
	c := w.EngineConfig()
	store.mu.Lock()
	store.Commits = c.Store.Commits
	store.mu.Unlock()
	c.Store.Commits, c.Now = store, func() time.Time { return w.Sandbox.Now().Add(time.Duration(skew.ahead.Load())) }
	engine, err := orchestrator.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = engine
}

// Disconnect ends every connection of a PostgreSQL database, as a restart does.
func Disconnect(ctx context.Context, databaseURL string) error {
	db, err := sql.Open("postgres", databaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`)
	return err
}

// Context ends with the test.
func (w *Testbed) Context() context.Context { return w.t.Context() }
