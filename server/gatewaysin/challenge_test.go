package gatewaysin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// asking is a gateway that asks whether the address is ours.
type asking struct{ mute }

func (asking) Challenge(gateway string, query url.Values) (string, bool, error) {
	if query.Get("q") == "" {
		return "", true, fault.New(fault.Invalid, "invalid_webhook", "there is no challenge to answer")
	}
	return "yes <" + query.Get("q") + ">", gateway == "braintree", nil
}

// A question is answered with a text that no browser takes for a page; any other query is a message.
func TestChallenge(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbedWith(t, func(c *server.Config) { c.Gateways = asking{} })
	for path, want := range map[string]struct {
		status int
		body   string
	}{"braintree/webhooks?q=1": {200, "yes <1>"}, "paytrail/webhooks?q=1": {200, ""}, "braintree/webhooks": {400, ""}} {
		r := facetest.Serve(t, w.Server.Handler(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/gateways/"+path, nil))
		if r.Status != want.status || want.status == 200 && string(r.Body) != want.body {
			t.Errorf("%s: %d %s, want %d %s", path, r.Status, r.Body, want.status, want.body)
		}
		if kind := r.Header.Get("Content-Type"); want.body != "" && kind != "text/plain; charset=utf-8" {
			t.Errorf("%s: %s", path, kind)
		}
	}
	if log := w.Log.String(); !strings.Contains(log, "bytes=0") || strings.Contains(log, "bytes=-1") {
		t.Errorf("the log counts an empty answer as something else than 0 bytes:\n%s", log)
	}
}
