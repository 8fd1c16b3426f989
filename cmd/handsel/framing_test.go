package main

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// TestS14_serve sends the real server a request that says its length in two ways.
func TestS14_serve(t *testing.T) {
	t.Parallel()
	address := freeAddress(t)
	start(t, []string{"HANDSEL_ADDR=" + address, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "x.db")}, "serve")
	await(t, "the server", func() bool { return call(t, "GET", "http://"+address+"/readyz", "", "", "", "").Status == 200 })
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answers, err := io.ReadAll(conn)
	if text := string(answers); err != nil || !strings.HasPrefix(text, "HTTP/1.1 400 ") || strings.Count(text, "HTTP/1.1 ") != 1 {
		t.Errorf("%v\n%s", err, text)
	}
}
