package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/server/web"
)

// TestS14_twoLengths sends requests as bytes. Those with one length come as far as
// the question for a key; the connection of one with two is closed.
func TestS14_twoLengths(t *testing.T) {
	t.Parallel()
	const (
		post    = "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
		chunked = "Transfer-Encoding: chunked\r\n"
		length  = "Content-Length: 5\r\n"
		chunks  = "\r\n2\r\n{}\r\n0\r\n\r\n"
		plain   = post + "Content-Length: 2\r\n\r\n{}"
	)
	w := facetest.NewTestbed(t)
	s := httptest.NewUnstartedServer(nil)
	s.Config = web.HTTPServer("", w.Server.Handler())
	s.Listener = web.Watched(s.Listener)
	s.Start()
	t.Cleanup(s.Close)
	tests := map[string]struct {
		send []string // each is sent when the one before was answered
		want []int    // the last one: no more answers
	}{
		"chunks":                 {[]string{post + chunked + chunks}, []int{401}},
		"a length":               {[]string{plain}, []int{401}},
		"both":                   {[]string{post + length + chunked + chunks}, []int{400, 0}},
		"both, other order":      {[]string{post + chunked + "content-length:5\r\n" + chunks}, []int{400, 0}},
		"both, second request":   {[]string{plain, post + chunked + length + chunks}, []int{401, 400, 0}},
		"chunks again and again": {[]string{post + chunked + chunks, post + chunked + chunks, plain, post + chunked + chunks}, []int{401, 401, 401, 401}},
		"length in a body":       {[]string{post + chunked + "\r\n12\r\n\r\nContent-Length: 5\r\n0\r\n\r\n"}, []int{401}},
		"length in a value":      {[]string{post + chunked + "X: Content-Length: 5\r\n" + chunks}, []int{401}},
		"not one by one":         {[]string{plain + plain}, []int{401, 401}},
		"both, not one by one":   {[]string{plain + post + length + chunked + chunks}, []int{401, 400, 0}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			from := bufio.NewReader(conn)
			for i, want := range tc.want {
				if i < len(tc.send) {
					if _, err := io.WriteString(conn, tc.send[i]); err != nil {
						t.Fatal(err)
					}
				}
				answer, err := http.ReadResponse(from, nil)
				if want == 0 {
					if err == nil {
						t.Errorf("after two lengths: answered %d", answer.StatusCode)
					}
					return
				}
				if err != nil {
					t.Fatalf("answer %d: %v", i, err)
				}
				body, err := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if err != nil || answer.StatusCode != want || (want == 400) != strings.Contains(string(body), `"ambiguous_length"`) {
					t.Errorf("answer %d: %d %s, %v; want %d", i, answer.StatusCode, body, err, want)
				}
			}
		})
	}
}
