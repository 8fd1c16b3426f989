package client_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

// A body is read to its end however its length is announced, so that the
// connection can be used again.
func TestTransport_ReusesConnections(t *testing.T) {
	t.Parallel()
	answers := map[string]http.HandlerFunc{
		"announced length": reply(200, `{"id":7}`),
		"unknown length": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id"`)
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, `:7}`)
		},
		"larger than usual": reply(200, `{"id":7,"description":"`+strings.Repeat("x", 1<<20)+`"}`),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int64
			server := httptest.NewUnstartedServer(answer)
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			t.Cleanup(server.Close)
			c := newClient(t, server.URL)
			for range 3 {
				if _, err := c.Online.Get(t.Context(), 7); err != nil {
					t.Fatal(err)
				}
			}
			if n := opened.Load(); n != 1 {
				t.Errorf("%d connections for 3 calls", n)
			}
		})
	}
}

// A call without a body says nothing about one.
func TestTransport_EmptyBodies(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 || len(r.TransferEncoding) > 0 {
			t.Errorf("%s announces %d bytes, %v", r.Method, r.ContentLength, r.TransferEncoding)
		}
		reply(200, `{"id":7}`)(w, r)
	})
	c := newClient(t, rec.URL)
	for _, call := range []func() (*client.Transaction, error){
		func() (*client.Transaction, error) { return c.Online.Get(t.Context(), 7) },
		func() (*client.Transaction, error) { return c.Online.Cancel(t.Context(), 7) },
		func() (*client.Transaction, error) { return c.Online.Join(t.Context(), "code") },
	} {
		if _, err := call(); err != nil {
			t.Fatal(err)
		}
		if kind := rec.last(t).Header.Values("Content-Type"); kind != nil {
			t.Errorf("%s has Content-Type %v", rec.last(t).Method, kind)
		}
	}
}

func TestTransport_RefusesAnAnnouncedFlood(t *testing.T) {
	t.Parallel()
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000000")
		_, _ = io.WriteString(w, `{"id":7}`)
	})
	_, err := newClient(t, rec.URL).Online.Get(t.Context(), 7)
	if !errors.Is(err, client.ErrUnexpectedAnswer) || len(rec.all()) != 1 {
		t.Errorf("got %v after %d calls", err, len(rec.all()))
	}
}
