package gatewaytest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// recorder is a test whose failures are kept, so that a declared exception can be seen to fail.
type recorder struct {
	testing.TB

	mu       sync.Mutex
	failures []string
}

// try runs a check to its end and tells how it failed.
func try(t testing.TB, check func(testing.TB)) []string {
	t.Helper()
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(r)
	}()
	<-done
	return r.failures
}

// Errorf implements testing.TB.
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

// Fatalf implements testing.TB.
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// Error implements testing.TB.
func (r *recorder) Error(args ...any) { r.Errorf("%s", fmt.Sprint(args...)) }

// Fatal implements testing.TB.
func (r *recorder) Fatal(args ...any) { r.Fatalf("%s", fmt.Sprint(args...)) }

// Fail implements testing.TB.
func (r *recorder) Fail() { r.Errorf("failed") }

// FailNow implements testing.TB.
func (r *recorder) FailNow() { r.Fatalf("failed") }

// Failed implements testing.TB.
func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.failures) > 0
}
