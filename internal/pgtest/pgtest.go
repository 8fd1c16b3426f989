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
