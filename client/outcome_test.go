package client_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

// brokenServer accepts connections and treats each by a function.
func brokenServer(t *testing.T, treat func(net.Conn)) (baseURL string, accepted *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	accepted = new(atomic.Int64)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			accepted.Add(1)
			treat(conn)
			_ = conn.Close()
		}
	}()
	return "http://" + listener.Addr().String(), accepted
}

func readRequest(conn net.Conn) { _, _ = conn.Read(make([]byte, 4096)) }

func refusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	return "http://" + listener.Addr().String()
}

func TestOutcome_OnRealSockets(t *testing.T) {
	t.Parallel()
	cut := func(answer string) func(net.Conn) {
		return func(conn net.Conn) {
			readRequest(conn)
			_, _ = io.WriteString(conn, answer)
		}
	}
	reset := func(conn net.Conn) {
		readRequest(conn)
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
	tests := map[string]struct {
		treat func(net.Conn)
		want  client.Outcome
	}{
		"closed without an answer": {readRequest, client.OutcomeUnknown},
		"reset":                    {reset, client.OutcomeUnknown},
		"cut in the header":        {cut("HTTP/1.1 200 O"), client.OutcomeUnknown},
		"cut in the body":          {cut("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\":7"), client.OutcomeUnknown},
		"not HTTP":                 {cut("220 mail ready\r\n"), client.OutcomeUnknown},
		"refusal, then cut":        {cut("HTTP/1.1 400 Bad Request\r\nContent-Length: 50\r\n\r\n{"), client.OutcomeKnown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, accepted := brokenServer(t, tt.treat)
			_, err := newClient(t, base).Online.Cancel(t.Context(), 7)
			if err == nil || client.OutcomeOf(err) != tt.want {
				t.Errorf("got %v, want outcome %v", err, tt.want)
			}
			if accepted.Load() != 1 {
				t.Errorf("a POST made %d connections", accepted.Load())
			}
		})
	}
}

func TestOutcome_ReadsAreRepeatedAfterACut(t *testing.T) {
	t.Parallel()
	base, accepted := brokenServer(t, func(conn net.Conn) {
		readRequest(conn)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id\":7")
	})
	_, err := newClient(t, base).Online.Get(t.Context(), 7)
	var failure *client.Error
	if !errors.As(err, &failure) || failure.Attempts != 3 || failure.Outcome != client.OutcomeUnknown {
		t.Errorf("got %+v", failure)
	}
	if accepted.Load() != 3 {
		t.Errorf("made %d connections, want 3", accepted.Load())
	}
}

func TestOutcome_NotSent(t *testing.T) {
	t.Parallel()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	up := record(t, reply(200, `{"id":7}`))
	tests := map[string]struct {
		ctx   context.Context
		base  string
		cause error
	}{
		"connection refused": {t.Context(), refusedAddress(t), syscall.ECONNREFUSED},
		"context done":       {done, up.URL, context.Canceled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, tt.base).Online.Cancel(tt.ctx, 7)
			if client.OutcomeOf(err) != client.OutcomeNotSent || !errors.Is(err, tt.cause) {
				t.Errorf("got %v with outcome %v", err, client.OutcomeOf(err))
			}
		})
	}
	if n := len(up.all()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

func TestOutcome_TLSFailureIsNotSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(reply(200, `{"id":7}`))
	server.Config.ErrorLog = quietLog()
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := newClient(t, server.URL).Online.Cancel(t.Context(), 7)
	if client.OutcomeOf(err) != client.OutcomeNotSent {
		t.Errorf("got %v with outcome %v", err, client.OutcomeOf(err))
	}
}

func TestOutcome_NameLookupIsNotSent(t *testing.T) {
	t.Parallel()
	dialer := &net.Dialer{Resolver: &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}}
	rt := &http.Transport{DialContext: dialer.DialContext}
	_, err := newClient(t, "http://shop.example.invalid", client.WithTransport(rt)).Online.Cancel(t.Context(), 7)
	if client.OutcomeOf(err) != client.OutcomeNotSent {
		t.Errorf("got %v with outcome %v", err, client.OutcomeOf(err))
	}
}

func TestOutcome_Timeouts(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	arrived := make(chan string, 9) // the methods of requests
	rec := record(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Method
		<-release
	})
	t.Cleanup(func() { close(release) })
	t.Run("attempt", func(t *testing.T) {
		_, err := newClient(t, rec.URL, client.WithTimeout(300*time.Millisecond)).Online.Cancel(t.Context(), 7)
		if client.OutcomeOf(err) != client.OutcomeUnknown || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v with outcome %v", err, client.OutcomeOf(err))
		}
	})
	t.Run("caller, while the server works", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		before := len(rec.all())
		go func() {
			for <-arrived != http.MethodGet {
			}
			cancel()
		}()
		_, err := newClient(t, rec.URL).Online.Get(ctx, 7)
		if client.OutcomeOf(err) != client.OutcomeUnknown || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v with outcome %v", err, client.OutcomeOf(err))
		}
		if sent := len(rec.all()) - before; sent != 1 {
			t.Errorf("sent %d times after the caller gave up", sent)
		}
	})
	t.Run("while dialling", func(t *testing.T) {
		rt := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		c := newClient(t, rec.URL, client.WithTransport(rt), client.WithTimeout(20*time.Millisecond))
		_, err := c.Online.Cancel(t.Context(), 7)
		if client.OutcomeOf(err) != client.OutcomeNotSent {
			t.Errorf("got %v with outcome %v", err, client.OutcomeOf(err))
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOutcome_TransportsWithoutTrace(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want client.Outcome
	}{
		"dial":    {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, client.OutcomeNotSent},
		"lookup":  {&net.DNSError{Err: "no such host"}, client.OutcomeNotSent},
		"read":    {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, client.OutcomeUnknown},
		"silence": {context.DeadlineExceeded, client.OutcomeUnknown},
	} {
		rt := roundTrip(func(*http.Request) (*http.Response, error) { return nil, tt.err })
		_, err := newClient(t, "http://example.invalid", client.WithTransport(rt)).Online.Cancel(t.Context(), 7)
		if got := client.OutcomeOf(err); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: got %v (%v), want %v", name, got, err, tt.want)
		}
	}
}

func TestOutcome_DialFailureIsRepeatedEvenForPOST(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7,"status":"cancelled"}`))
	var dials atomic.Int64
	rt := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) < 3 {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	slept := new(naps)
	c := newClient(t, rec.URL, client.WithTransport(rt), client.WithRetry(client.Retry{Sleep: slept.sleep}))
	if _, err := c.Online.Cancel(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if len(rec.all()) != 1 || len(slept.waits) != 2 {
		t.Errorf("sent %d times after %d waits", len(rec.all()), len(slept.waits))
	}
}

func TestRedirect_IsRefused(t *testing.T) {
	t.Parallel()
	thief := record(t, reply(200, `{"id":7}`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		rec := record(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, status) })
		hc := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
		_, err := newClient(t, rec.URL, client.WithHTTPClient(hc)).Online.Get(t.Context(), 7)
		if !errors.Is(err, client.ErrRedirect) || client.OutcomeOf(err) != client.OutcomeUnknown {
			t.Errorf("%d: got %v", status, err)
		}
	}
	if diff := cmp.Diff([]seen(nil), thief.all()); diff != "" {
		t.Error(diff)
	}
}
