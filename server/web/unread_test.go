package web_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// A refusal that needs no body does not wait for one: it says that the connection ends,
// and ends it. A body that is there costs nobody the connection.
func TestM75_refusedWithoutTheBody(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	s := httptest.NewUnstartedServer(nil)
	s.Config = web.HTTPServer("", w.Server.Handler())
	s.Listener = web.Watched(s.Listener)
	s.Start()
	t.Cleanup(s.Close)
	const rest = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	large := strings.Repeat(" ", 20_000) + "{}"
	for name, tc := range map[string]struct {
		send string
		want int
		ends bool
	}{
		"no key":               {"POST /v1/transactions" + rest + "Content-Length: 100000\r\n\r\n", 401, true},
		"no key, a part":       {"POST /v1/transactions" + rest + "Content-Length: 100000\r\n\r\n{", 401, true},
		"no key, chunks":       {"POST /v1/transactions" + rest + "Transfer-Encoding: chunked\r\n\r\n", 401, true},
		"no such path":         {"POST /v1/nothing" + rest + "Content-Length: 100000\r\n\r\n", 404, true},
		"no such method":       {"PUT /v1/transactions" + rest + "Content-Length: 100000\r\n\r\n", 405, true},
		"with its body":        {"POST /v1/transactions" + rest + "Content-Length: 2\r\n\r\n{}", 401, false},
		"with a large body":    {"POST /v1/transactions" + rest + "Content-Length: 20002\r\n\r\n" + large, 401, false},
		"with no body":         {"POST /v1/transactions" + rest + "Content-Length: 0\r\n\r\n", 401, false},
		"no method, its body":  {"PUT /v1/transactions" + rest + "Content-Length: 2\r\n\r\n{}", 405, false},
		"no path, with chunks": {"POST /v1/nothing" + rest + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 404, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, tc.send); err != nil {
				t.Fatal(err)
			}
			// Far less than a request may take, and far more than an answer takes.
			if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			from := bufio.NewReader(conn)
			answer, err := http.ReadResponse(from, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != tc.want || answer.Close != tc.ends {
				t.Fatalf("answered %d, close %v, %v; want %d, %v", answer.StatusCode, answer.Close, err, tc.want, tc.ends)
			}
			if tc.ends {
				if _, err := from.ReadByte(); !errors.Is(err, io.EOF) {
					t.Errorf("the connection goes on: %v", err)
				}
				return
			}
			if _, err := io.WriteString(conn, "GET /v1/transactions HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			next, err := http.ReadResponse(from, nil)
			if err != nil {
				t.Fatalf("the next request: %v", err)
			}
			_ = next.Body.Close()
			if next.StatusCode != 401 {
				t.Errorf("the next request is answered %d", next.StatusCode)
			}
		})
	}
}
