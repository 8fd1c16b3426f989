package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// slowClient takes an answer only when it is let.
type slowClient struct {
	*httptest.ResponseRecorder
	taken chan struct{}
}

func (s slowClient) Write(b []byte) (int, error) {
	<-s.taken
	return s.ResponseRecorder.Write(b)
}

// lister is a server with lists of two crowds, whose answers take a while to make.
type lister struct {
	http.Handler
	now, most atomic.Int64 // answers of backends that are being made
}

func newLister(t *testing.T) *lister {
	t.Helper()
	kit, err := NewKit(Settings{
		Log: slog.New(slog.DiscardHandler), Now: time.Now, NewID: func() string { return "id" }, Registry: prometheus.NewRegistry(), MaxBody: 1, RequestTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &lister{}
	route := func(path string, access Access, serve Handler) Route {
		return Route{Method: http.MethodGet, Path: path, Access: access, Query: []string{"limit"}, Serve: serve}
	}
	l.Handler, err = kit.Mount(Face{Routes: []Route{
		route("/v1/large", Reading, func(c *gin.Context, _ Route) error {
			l.most.Store(max(l.most.Load(), l.now.Add(1)))
			time.Sleep(time.Second)
			l.now.Add(-1)
			return Send(c, http.StatusOK, "large")
		}),
		route("/v1/others", Users, func(c *gin.Context, _ Route) error { return Send(c, http.StatusOK, "other") }),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lister) get(path string, client http.ResponseWriter) {
	l.ServeHTTP(client, httptest.NewRequest(http.MethodGet, path, nil))
}

// TestLarge_turns: few large answers are made at the same time, others come after them, and another crowd does not wait.
func TestLarge_turns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, turns := newLister(t), int64(cap(newLargeTurns()[Reading].slots))
		var all sync.WaitGroup
		for range 3 * turns {
			all.Go(func() {
				r := httptest.NewRecorder()
				if l.get("/v1/large", r); r.Code != http.StatusOK {
					t.Errorf("answer %d", r.Code)
				}
			})
		}
		synctest.Wait()
		begun := time.Now()
		r := httptest.NewRecorder()
		if l.get("/v1/others", r); r.Code != http.StatusOK || time.Since(begun) > 0 {
			t.Errorf("another crowd is answered %d after %v", r.Code, time.Since(begun))
		}
		all.Wait()
		if most := l.most.Load(); most != turns || time.Since(begun) != 3*time.Second {
			t.Errorf("%d answers were made at the same time, want %d, and all in %v", most, turns, time.Since(begun))
		}
	})
}

// TestLarge_slowClients: who takes an answer slowly holds up nobody else.
func TestLarge_slowClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, taken := newLister(t), make(chan struct{})
		var all sync.WaitGroup
		for range cap(newLargeTurns()[Reading].slots) {
			all.Go(func() { l.get("/v1/large", slowClient{httptest.NewRecorder(), taken}) })
		}
		time.Sleep(2 * time.Second)
		begun, r := time.Now(), httptest.NewRecorder()
		if l.get("/v1/large", r); r.Code != http.StatusOK || time.Since(begun) != time.Second {
			t.Errorf("beside slow clients an answer is %d after %v, want a second", r.Code, time.Since(begun))
		}
		close(taken)
		all.Wait()
	})
}
