package client_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
)

const apiKey = "key-that-must-not-show"

// seen is what a recorder keeps of one request.
type seen struct {
	Method string
	URI    string
	Header http.Header
	Body   string
}

// recorder is a server that keeps the requests and answers by a function.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	requests []seen
}

func record(t *testing.T, answer http.HandlerFunc) *recorder {
	t.Helper()
	rec := &recorder{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		rec.mu.Lock()
		rec.requests = append(rec.requests, seen{r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
		rec.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(rec.Close)
	return rec
}

func (r *recorder) all() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.requests
}

func (r *recorder) last(t *testing.T) seen {
	t.Helper()
	all := r.all()
	if len(all) == 0 {
		t.Fatal("no request arrived")
	}
	return all[len(all)-1]
}

// reply answers every request with one status and body.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// naps is a sleep that takes no time and remembers how long it was asked for.
type naps struct {
	mu    sync.Mutex
	waits []time.Duration
}

func (n *naps) sleep(_ context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waits = append(n.waits, d)
	return nil
}

func newClient(t *testing.T, baseURL string, opts ...client.Option) *client.Client {
	t.Helper()
	all := append([]client.Option{
		client.WithBaseURL(baseURL + "/api/v1"),
		client.WithAPIKey(apiKey),
		client.WithRetry(client.Retry{Sleep: new(naps).sleep}),
	}, opts...)
	c, err := client.New(all...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func quote() client.Quote {
	return client.Quote{Currency: "eur", Price: 1234, Charge: 78, ChargeCalculatorVersion: 5}
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func containsSecret(text string) bool { return strings.Contains(text, "s3cret") }
