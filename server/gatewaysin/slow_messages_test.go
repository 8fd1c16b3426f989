package gatewaysin_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// slowly is a body that says when it is read, and does not end before it may.
type slowly struct {
	began chan<- struct{}
	may   <-chan struct{}
}

func (s slowly) Read([]byte) (int, error) {
	s.began <- struct{}{}
	<-s.may
	return 0, io.EOF
}

// mute takes everything in.
type mute struct{}

func (mute) Admit(string, http.Header) error                            { return nil }
func (mute) Receive(context.Context, string, http.Header, []byte) error { return nil }

// Who may be nobody's gateway keeps little in memory, and takes no turn from others.
func TestC3_slowMessages(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Gateways = mute{} })
	began, may, sent := make(chan struct{}), make(chan struct{}), make(chan int)
	send := func(from string, body io.Reader) facetest.Answer {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/gateways/stripe/webhooks", body)
		r.RemoteAddr = from + ":1234"
		return facetest.Serve(t, w.Server.Handler(), r)
	}
	for range 32 {
		go func() { sent <- send("192.0.2.1", slowly{began, may}).Status }()
		<-began
	}
	send("192.0.2.1", strings.NewReader("{}")).Refused(429, "too_many_messages")
	send("192.0.2.2", strings.NewReader("{}")).Is(200)
	close(may)
	for range 32 {
		if status := <-sent; status != 200 {
			t.Errorf("a slow one: %d, want 200", status)
		}
	}
	send("192.0.2.1", strings.NewReader("{}")).Is(200)
}
