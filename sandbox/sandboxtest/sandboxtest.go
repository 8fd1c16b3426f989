// Package sandboxtest starts a Trustap sandbox in one line of a Go test.
package sandboxtest

import (
	"context"
	"net/http/httptest"

	"github.com/handsel-dev/handsel/sandbox"
)

// TB is the part of *testing.T, *testing.B and *testing.F that Start needs.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Server is a running sandbox on a loopback port of its own.
type Server struct {
	// URL is the origin; the API's base is URL + "/api/v1".
	URL string
	// APIKey is a key that the sandbox accepts.
	APIKey string
	// Sandbox is the control: time, payments, deliveries, faults.
	Sandbox *sandbox.Sandbox
}

// Start runs a sandbox until the test ends. Config.PublicURL is set to the server's origin when it is empty.
func Start(t TB, cfg sandbox.Config) *Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	if cfg.PublicURL == "" {
		cfg.PublicURL = url
	}
	sb, err := sandbox.New(cfg)
	if err != nil {
		_ = server.Listener.Close() // the test ends here anyway
		t.Fatalf("start sandbox: %v", err)
	}
	server.Config.Handler = sb
	server.Start()
	t.Cleanup(func() {
		_ = sb.Close() // documented to return nil
		server.Close()
	})
	key := "test-key"
	if len(cfg.APIKeys) > 0 {
		key = cfg.APIKeys[0]
	}
	return &Server{URL: url, APIKey: key, Sandbox: sb}
}

// WaitWebhooks waits until all webhooks so far have been tried, including those that faults held back, and fails the test
// when ctx ends first.
func (w *Server) WaitWebhooks(ctx context.Context, t TB) {
	t.Helper()
	if err := w.Sandbox.Flush(ctx); err != nil {
		t.Fatalf("wait for webhooks: %v", err)
	}
}
