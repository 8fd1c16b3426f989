package web

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
)

// maxFirstLine is how much of a request line is compared; a longer one is taken for
// one that was not seen whole.
const maxFirstLine = 32 << 10

// Watched makes a listener whose requests are refused when they say their length in
// two ways: a proxy in front may have read the other one, and what it takes for a
// body would be the next request here. net/http drops Content-Length where there is
// a Transfer-Encoding, so the header is looked at as it arrives. The server must be
// an HTTPServer.
func Watched(l net.Listener) net.Listener { return watchedListener{l} }

type watchedListener struct{ net.Listener }

func (l watchedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watchedConn{Conn: conn}, nil
}

// watchedConn reads along until the header of a request ends. It is safe for
// concurrent use.
type watchedConn struct {
	net.Conn

	mu    sync.Mutex
	first []byte // the request line
	line  []byte // what there is of the line after it, as far as it matters
	lines int    // that ended
	long  bool   // a Content-Length was among them
	whole bool   // the header ended
}

func (w *watchedConn) Read(b []byte) (int, error) {
	n, err := w.Conn.Read(b)
	w.see(b[:max(n, 0)])
	return n, err
}

func (w *watchedConn) see(b []byte) {
	const name = "content-length:"
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(b) > 0 && !w.whole {
		text, rest, ended := bytes.Cut(b, []byte("\n"))
		b = rest
		if w.lines == 0 {
			w.first = append(w.first, text[:min(len(text), maxFirstLine-len(w.first))]...)
		} else {
			w.line = append(w.line, text[:min(len(text), len(name)-len(w.line))]...)
		}
		if !ended {
			return
		}
		if w.lines > 0 {
			w.long = w.long || strings.EqualFold(string(w.line), name)
			w.whole = len(bytes.TrimSuffix(w.line, []byte("\r"))) == 0
		}
		w.lines, w.line = w.lines+1, w.line[:0]
	}
}

// next waits for the header of another request.
func (w *watchedConn) next() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.first, w.line, w.lines, w.long, w.whole = w.first[:0], w.line[:0], 0, false, false
}

// saw reports whether the header of a request was seen whole, and without a length.
// One that came together with the request before was not. net/http reads one byte
// ahead while it works on a request.
func (w *watchedConn) saw(r *http.Request) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := r.Method + " " + r.RequestURI + " " + r.Proto
	got := string(bytes.TrimSuffix(w.first, []byte("\r")))
	return w.whole && !w.long && (got == line || got == line[1:])
}

type watchedKey struct{}

func watch(ctx context.Context, c net.Conn) context.Context {
	if w, ok := c.(*watchedConn); ok {
		return context.WithValue(ctx, watchedKey{}, w)
	}
	return ctx
}

func watchNext(c net.Conn, state http.ConnState) {
	if w, ok := c.(*watchedConn); ok && state == http.StateIdle {
		w.next()
	}
}

// oneLength refuses a request that says its length in two ways, and ends the
// connection, on which nothing more can be told apart.
func (k *Kit) oneLength(c *gin.Context) {
	w, ok := c.Request.Context().Value(watchedKey{}).(*watchedConn)
	if !ok || len(c.Request.TransferEncoding) == 0 || w.saw(c.Request) {
		return
	}
	c.Header("Connection", "close")
	k.fail(c, fault.New(fault.Invalid, "ambiguous_length", "the request has both Content-Length and Transfer-Encoding; send one of them"))
}
