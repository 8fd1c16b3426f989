package gatewaytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// mishap is what befalls one request and its answer.
type mishap int

const (
	fine mishap = iota
	unreachable
	lost        // the request does not arrive
	lostAnswer  // it arrives, and its answer does not
	cutAnswer   // the half of its answer arrives
	garbage     // it arrives, and something answers with a page for people
	serverError // it arrives, and the answer says that something broke
	unavailable // it is answered before it arrives, as by a proxy that is overloaded
	busy        // it is refused for there being too many
	missing     // it is answered by something that knows no such page
	redirected  // it is answered with another address
	delayed     // it arrives after everything else, long after the deadline
	late        // it arrives, and the answer does not before the deadline
	twice       // it arrives twice, and the second answer comes back
	outage      // so, and whatever the adapter asks then does not arrive
)

// arrives reports whether the gateway sees the request.
func (m mishap) arrives() bool {
	switch m {
	case unreachable, lost, unavailable, busy, missing, redirected, delayed:
		return false
	}
	return true
}

// lasts reports whether it befalls all later requests, too, those that an adapter repeats without being asked.
func (m mishap) lasts() bool { return m == unreachable || m == unavailable || m == busy }

// doubtful reports whether nobody can tell whether the request was carried out.
func (m mishap) doubtful() bool { return m == lost || m.arrives() && m != fine && !m.repeats() }

// repeats reports whether the gateway sees the request twice.
func (m mishap) repeats() bool { return m == twice || m == outage }

// patience bounds how long an adapter may overlook that its deadline is over.
const patience = 2 * time.Second

// wire carries the calls of one adapter.
type wire struct {
	t      testing.TB
	broken string // body of an answer that something broke
	next   *http.Transport

	mu      sync.Mutex
	befalls mishap
	in      int             // requests until it befalls one
	struck  bool            // it has
	doubt   string          // the request that it has befallen
	reading bool            // what may be sent again
	expire  func()          // ends the deadline of the operation
	held    []*http.Request // delayed ones
	sent    int
	seen    bytes.Buffer // what left the machine
}

func newWire(t testing.TB, c Config) *wire {
	w := &wire{t: t, broken: or(c.ServerError, "<html>something went wrong</html>"), next: &http.Transport{}}
	t.Cleanup(w.next.CloseIdleConnections)
	return w
}

// strike lets something befall a request: the first that follows is number 0.
func (w *wire) strike(m mishap, number int, expire func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.befalls, w.in, w.struck, w.expire = m, number, false, expire
}

// calm ends that, and tells whether something has befallen a request.
func (w *wire) calm() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.befalls = fine
	return w.struck
}

// requests are how many were sent so far.
func (w *wire) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent
}

// has reports whether a text has left the machine.
func (w *wire) has(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.seen.Bytes(), []byte(text))
}

// elsewhere is where redirected requests are led to; nobody is there.
const elsewhere = "gatewaytest.invalid"

func (w *wire) draw(r *http.Request, body []byte) (mishap, func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	fmt.Fprint(&w.seen, r.URL.String(), " ")
	w.seen.Write(body)
	if r.URL.Hostname() == elsewhere {
		w.t.Errorf("a redirect was followed to another host")
	}
	this := r.Method + " " + r.URL.String() + " " + string(body)
	if w.befalls.doubtful() && w.struck && this == w.doubt && !w.reading && r.Method != http.MethodGet {
		w.t.Errorf("the adapter itself sends again what may have arrived: %s %s", r.Method, r.URL.Path)
	}
	if w.befalls == outage && w.struck {
		return unreachable, nil
	}
	if w.befalls == fine || w.struck && !w.befalls.lasts() {
		return fine, nil
	}
	if w.in--; w.in >= 0 {
		return fine, nil
	}
	w.struck, w.doubt = true, this
	return w.befalls, w.expire
}

var errCut = errors.New("the connection was cut")

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	m, expire := w.draw(r, body)
	if !m.arrives() {
		return w.stop(r, body, m, expire)
	}
	if m.repeats() {
		w.send(again(r, body))
	}
	resp, err := w.next.RoundTrip(again(r, body))
	if err != nil || m == fine || m.repeats() {
		return resp, err
	}
	told, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	return w.spoil(r, resp, m, told, expire)
}

// stop is what comes of a request that does not arrive.
func (w *wire) stop(r *http.Request, body []byte, m mishap, expire func()) (*http.Response, error) {
	switch m {
	case unreachable:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case unavailable:
		return answer(r, http.StatusServiceUnavailable, "<html>try again later</html>"), nil
	case busy:
		return answer(r, http.StatusTooManyRequests, "<html>too many requests</html>"), nil
	case missing:
		return answer(r, http.StatusNotFound, "<html>no such page</html>"), nil
	case redirected:
		resp := answer(r, http.StatusFound, "")
		resp.Header.Set("Location", "http://"+elsewhere+"/")
		return resp, nil
	case delayed:
		w.hold(again(r.WithContext(context.WithoutCancel(r.Context())), body))
		expire()
		return nil, context.DeadlineExceeded
	}
	return nil, errCut
}

// send has a request arrive whose answer nobody waits for.
func (w *wire) send(r *http.Request) {
	if resp, err := w.next.RoundTrip(r); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}

func (w *wire) hold(r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = append(w.held, r)
}

// deliver lets delayed requests arrive. Nobody waits for their answers.
func (w *wire) deliver() {
	w.mu.Lock()
	held := w.held
	w.held = nil
	w.mu.Unlock()
	for _, r := range held {
		w.send(r)
	}
}

// spoil is what is left of an answer.
func (w *wire) spoil(r *http.Request, resp *http.Response, m mishap, told []byte, expire func()) (*http.Response, error) {
	switch m {
	case cutAnswer:
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(told[:len(told)/2]), broken{}))
		return resp, nil
	case garbage:
		return answer(r, http.StatusOK, "<html>welcome</html>"), nil
	case serverError:
		return answer(r, http.StatusInternalServerError, w.broken), nil
	case late:
		expire()
		overdue, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-overdue.Done():
			w.t.Errorf("the deadline of the context is not kept")
		}
	}
	return nil, errCut
}

// broken is a body that ends too early.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func bodyOf(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(r.Body)
	return body, errors.Join(err, r.Body.Close())
}

// again is the request with its body unread.
func again(r *http.Request, body []byte) *http.Request {
	copied := r.Clone(r.Context())
	copied.GetBody = nil
	if r.Body != nil {
		copied.Body = io.NopCloser(bytes.NewReader(body))
	}
	if len(body) == 0 {
		copied.Body = http.NoBody
	}
	return copied
}

func answer(r *http.Request, status int, text string) *http.Response {
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(bytes.NewReader([]byte(text))), ContentLength: int64(len(text)),
	}
}
