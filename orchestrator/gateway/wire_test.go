package gateway_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// Only what had no connection was surely not sent.
func TestWire(t *testing.T) {
	t.Parallel()
	cut := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(cut.Close)
	for name, tc := range map[string]struct {
		url     string
		notSent bool
	}{"nobody listens": {"http://127.0.0.1:1", true}, "cut after it arrived": {cut.URL, false}} {
		var w gateway.Wire
		r, err := http.NewRequestWithContext(w.Watch(t.Context()), http.MethodPost, tc.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			t.Fatal(name, resp.Body.Close())
		}
		if w.NotSent(err) != tc.notSent {
			t.Errorf("%s: not sent %t (%v)", name, !tc.notSent, err)
		}
	}
	var silent gateway.Wire
	for _, tc := range []struct {
		err  error
		want bool
	}{{errors.New("odd"), false}, {&net.OpError{Op: "dial"}, true}, {&net.OpError{Op: "read"}, false}, {&net.DNSError{}, true}} {
		if silent.NotSent(tc.err) != tc.want {
			t.Errorf("%v without a trace: not sent %t", tc.err, !tc.want)
		}
	}
}
