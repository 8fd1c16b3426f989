package pgtest

import (
	"context"
	"net/url"
	"sync"
)

// TB is the part of testing.TB that URL needs.
type TB interface {
	Helper()
	Context() context.Context
	Fatalf(format string, args ...any)
}

// shared is the one cluster of a test binary, started when first needed.
var shared = sync.OnceValues(func() (*Cluster, error) {
	return Start(context.Background(), Options{Unsafe: true})
})

// URL returns the URL of a new, empty database on a cluster that the tests of
// this binary share. Without PostgreSQL the test fails: it is never skipped.
// The cluster is stopped when the test binary ends.
func URL(t TB) string {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("%v", err)
	}
	u, err := c.NewDatabase(t.Context())
	if err != nil {
		t.Fatalf("new database: %v", err)
	}
	return u
}

// Near is the URL of a database by the socket in the server's folder, which takes less time
// than the network of the machine. It is for who asks much; the URL of another server stays.
func Near(address string) string {
	c, err := shared()
	if err != nil || c.dir == "" {
		return address
	}
	own, errOwn := url.Parse(c.admin)
	u, err := url.Parse(address)
	if err != nil || errOwn != nil || u.Host != own.Host || len(c.dir) > longestFolder {
		return address
	}
	q := u.Query()
	q.Set("host", c.dir)
	q.Set("port", u.Port())
	u.Host, u.RawQuery = "", q.Encode()
	return u.String()
}

// longestFolder leaves room for the socket's name: some systems take 104 bytes in all.
const longestFolder = 80

// Template is a database that others begin as copies of. It is made on the shared
// cluster when the first copy is asked for.
type Template struct {
	// Fill puts in what every copy has, and leaves no connection open.
	Fill func(ctx context.Context, url string) error

	once    sync.Once
	url     string
	pattern pattern
	err     error

	mu   sync.Mutex
	free []string // copies that are as they were at first
}

func (m *Template) make(c *Cluster) {
	ctx := context.Background() // it outlives the test that is first
	if m.url, m.err = c.NewDatabase(ctx); m.err == nil {
		m.err = m.Fill(ctx, m.url)
	}
	if m.err == nil {
		m.pattern, m.err = patternOf(ctx, m.url)
	}
}

func (m *Template) take() (url string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.free) == 0 {
		return "", false
	}
	url, m.free = m.free[len(m.free)-1], m.free[:len(m.free)-1]
	return url, true
}

// giveBack keeps a copy for the next test if it can be made what it was. One that cannot
// is not used again.
func (m *Template) giveBack(url string) {
	if ok, err := m.pattern.empty(context.Background(), url); err != nil || !ok {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, url)
}

// Copy returns the URL of a database that begins as a copy of a template, for the length of
// the test. Its rows are the template's; its files may be larger, for another test may have
// had it before.
func Copy(t CleanTB, of *Template) string {
	t.Helper()
	if url, ok := of.take(); ok {
		t.Cleanup(func() { of.giveBack(url) })
		return url
	}
	return Unused(t, of)
}

// Unused is a Copy that no test had before, for a test that looks at plans: the planner
// goes by the size of a table's files, which rows that are gone have enlarged.
func Unused(t CleanTB, of *Template) string {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("%v", err)
	}
	of.once.Do(func() { of.make(c) })
	if of.err != nil {
		t.Fatalf("template: %v", of.err)
	}
	url, err := c.copyOf(t.Context(), of.url)
	if err != nil {
		t.Fatalf("new database: %v", err)
	}
	t.Cleanup(func() { of.giveBack(url) })
	return url
}
