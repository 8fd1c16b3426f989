package outbound_test

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// stranded is a receiver whose events, one of each deal, wait for a second attempt, and nothing else happens.
func stranded(t *testing.T, deals ...int64) (*bed, *receiver) {
	t.Helper()
	b, r := newBed(t), newReceiver(t, func(w http.ResponseWriter, _, _ int64) { w.WriteHeader(500) })
	b.endpointAt(t, 7, r.URL)
	b.happen(at, deals...)
	b.once(t)
	r.set(nil)
	b.move(10 * time.Second)
	b.worker = b.another(t)
	return b, r
}

// A replica that dies between two commits leaves an event that it was sending again. Nothing is
// stored that says when, and no later event may come to wake the endpoint up.
func TestWorker_diesWhileItSendsAgain(t *testing.T) {
	t.Parallel()
	b, r := stranded(t, 1, 2)
	first := make(chan struct{})
	writes := 0
	b.lose = func() bool { // called under the lock of the store
		if writes++; writes == 1 {
			close(first)
		}
		return writes > 1
	}
	r.set(func(w http.ResponseWriter, _, deal int64) {
		if deal == 2 {
			<-first // until what became of the other one is being written
			w.WriteHeader(500)
		}
	})
	if _, err := b.worker.Once(t.Context()); err == nil && writes < 2 {
		t.Fatalf("the replica has not died; it wrote %d times", writes)
	}
	b.dying(false)
	r.set(nil)
	b.worker = b.another(t)
	b.play(t, 2*time.Minute, 10*time.Second)
	r.check(t, "receiver", b.memory)
}

// An event that could not be read for its next attempt is sent when it can.
func TestWorker_logCannotBeRead(t *testing.T) {
	t.Parallel()
	b, r := stranded(t, 1)
	b.unread = errors.New("the database is away")
	_, _ = b.worker.Once(t.Context())
	b.unread = nil
	b.play(t, 2*time.Minute, 10*time.Second)
	r.check(t, "receiver", b.memory)
}
