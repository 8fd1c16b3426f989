package pgtest

import (
	"context"
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

// Template is a database that others begin as copies of. It is made on the shared
// cluster when the first copy is asked for.
type Template struct {
	// Fill puts in what every copy has, and leaves no connection open.
	Fill func(ctx context.Context, url string) error

	once sync.Once
	url  string
	err  error
}

func (m *Template) make(c *Cluster) {
	ctx := context.Background() // it outlives the test that is first
	if m.url, m.err = c.NewDatabase(ctx); m.err == nil {
		m.err = m.Fill(ctx, m.url)
	}
}

// Copy returns the URL of a new database that begins as a copy of a template.
func Copy(t TB, of *Template) string {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatalf("%v", err)
	}
	of.once.Do(func() { of.make(c) })
	if of.err != nil {
		t.Fatalf("template: %v", of.err)
	}
	u, err := c.copyOf(t.Context(), of.url)
	if err != nil {
		t.Fatalf("new database: %v", err)
	}
	return u
}
