package orchestrator_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// tamper changes what the gateway answers to a creation.
type tamper struct{ old, new string }

func (c tamper) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.Contains(r.URL.Path, "transactions") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(bytes.Replace(body, []byte(c.old), []byte(c.new), 1)))
	resp.ContentLength = -1
	resp.Header.Del("Content-Length")
	return resp, err
}

// unreachable refuses connections for paths that hold a text.
type unreachable struct {
	path  atomic.Pointer[string]
	calls atomic.Int64 // whether refused or not
}

// refuse sets the text; empty reaches everything again.
func (u *unreachable) refuse(path string) { u.path.Store(&path) }

func (u *unreachable) RoundTrip(r *http.Request) (*http.Response, error) {
	u.calls.Add(1)
	if path := u.path.Load(); path != nil && *path != "" && strings.Contains(r.URL.Path, *path) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// gate holds answers back until it is opened.
type gate struct {
	path    string
	reached chan struct{}
	open    chan struct{}
	once    sync.Once
}

func newGate(path string) *gate {
	return &gate{path: path, reached: make(chan struct{}), open: make(chan struct{})}
}

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, g.path) {
		g.once.Do(func() { close(g.reached) })
		<-g.open
	}
	return resp, err
}
