package native_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// streamed is an answer that is read while it is written.
type streamed struct {
	*io.PipeWriter
	header http.Header
}

func (s streamed) Header() http.Header { return s.header }
func (s streamed) WriteHeader(int)     {}
func (s streamed) Flush()              {}

// openStream follows the log under a key until the server ends it or the test does.
func openStream(t *testing.T, w *facetest.Testbed, key string) *bufio.Scanner {
	from, to := io.Pipe()
	ctx, hangUp := context.WithCancel(t.Context())
	t.Cleanup(func() {
		hangUp()
		_ = from.Close() // of a pipe it returns nil, as to.Close does
		synctest.Wait()
	})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/events/stream", nil)
	r.Header.Set("Authorization", "Bearer "+key)
	go func() {
		w.Server.Handler().ServeHTTP(streamed{to, http.Header{}}, r)
		_ = to.Close()
	}()
	return bufio.NewScanner(from)
}

// pings reads a stream up to a number of pings, of which there is one in 15 seconds, and counts them.
func pings(lines *bufio.Scanner, most int) (n int) {
	for n < most && lines.Scan() {
		if lines.Text() == ": still there" {
			n++
		}
	}
	return n
}

// A marketplace that has too many requests waiting is told so, and another one is not held up.
func TestEvents_tooManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Events, c.Hub = c.Keys.(*sqlstore.DB), notices.NewHub() })
		var waiting sync.WaitGroup
		for range 32 {
			waiting.Go(func() { w.Call(t, "GET", "/v1/events?wait=30", nil).Is(200) })
		}
		synctest.Wait()
		w.Call(t, "GET", "/v1/events?wait=1", nil).Refused(429, "too_many_waiting")
		w.Call(t, "GET", "/v1/events?wait=1", nil, facetest.WithKey(w.Other)).Is(200)
		waiting.Wait()
		w.Call(t, "GET", "/v1/events?wait=1", nil).Is(200)
	})
}

// A stream does not outlive its key: it ends before another ping is due, and the stream of another key goes on.
func TestEventStream_endsWithItsKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Events, c.Hub = c.Keys.(*sqlstore.DB), notices.NewHub() })
		revoked := w.Scopes(apikey.Read)
		ends, lasts := openStream(t, w, revoked), openStream(t, w, w.Key)
		for range 3 { // in turn: who is not read is held up
			if pings(ends, 1)+pings(lasts, 1) != 2 {
				t.Fatal("a stream ended before a key was revoked")
			}
		}
		id, err := apikey.ID(revoked)
		w.Must(err)
		w.Must(w.Store.RevokeKey(t.Context(), id, w.Clock.Now(), facetest.Someone))
		if n := pings(ends, 2); n > 1 || ends.Err() != nil { // one may have been written before
			t.Errorf("after its key was revoked the stream had %d pings, %v", n, ends.Err())
		}
		if n := pings(lasts, 3); n != 3 {
			t.Errorf("the stream of another key had %d pings more", n)
		}
	})
}
