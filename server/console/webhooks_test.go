package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// Staff looks after webhook endpoints in the rooms of the portal: who only reads finds no form, and every change has a
// reason, which the audit log keeps.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		receiver := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = a.Write([]byte("<script>thanks"))
		}))
		defer receiver.Close()
		vic, sue := signIn(w, t, "vic", console.Viewer), signIn(w, t, "sue", console.Support)
		if got := heading(w.Call(t, "GET", "/console/webhooks", nil, facetest.Anonymous, vic).Is(200)); got != "Events are sent nowhere. Add an endpoint below." {
			t.Errorf("without endpoints the page says %q", got)
		}
		fields := map[string]string{"url": receiver.URL, "types": "transaction.*", "description": "<script>ERP"}
		send(w, t, "/console/webhooks/endpoints", fields, sue).Is(400)
		fields["reason"] = "the ERP moves"
		send(w, t, "/console/webhooks/endpoints", fields, vic).Is(403)
		made := send(w, t, "/console/webhooks/endpoints", fields, sue).Is(200)
		path := regexp.MustCompile(`/console/webhooks/endpoints/whe_[a-z2-7]+`).FindString(made.Body)
		if path == "" || !strings.Contains(made.Body, "whsec_") {
			t.Fatalf("made %s", made.Body)
		}
		for _, at := range []string{"/console/webhooks", path, "/console/webhooks/events"} {
			body := w.Call(t, "GET", at, nil, facetest.Anonymous, vic).Is(200).Body
			if strings.Contains(body, "whsec_") || strings.Contains(body, "<script>ERP") || strings.Contains(body, `action="`+path) || strings.Contains(body, "/portal") {
				t.Errorf("a viewer reads at %s: %s", at, body)
			}
		}
		if body := send(w, t, path+"/test", nil, sue).Is(200).Body; !strings.Contains(body, "has the test event") || !strings.Contains(body, "&lt;script&gt;thanks") {
			t.Errorf("tested: %s", body)
		}
		for act, form := range map[string]map[string]string{
			"change": {"url": receiver.URL, "types": "*", "payload": "thin"}, "disable": {}, "enable": {}, "rotate": {"old": "hour"}, "replay": {"failed_only": "yes"}, "delete": {"sure": "yes"},
		} {
			send(w, t, path+"/"+act, form, sue).Is(400)
			form["reason"] = "as vic"
			send(w, t, path+"/"+act, form, vic).Is(403)
		}
		send(w, t, path+"/disable", map[string]string{"reason": "the ERP is away"}, sue).Is(303)
		w.Call(t, "GET", "/v1/webhook-endpoints/"+strings.TrimPrefix(path, "/console/webhooks/endpoints/"), nil).Is(200).Has(map[string]string{"status": "disabled"})
		theirs := cookie(send(w, t, link(w, t, facetest.Theirs, "olga", console.Admin), nil).Is(303))
		w.Call(t, "GET", path, nil, facetest.Anonymous, theirs).Is(404)
		send(w, t, path+"/enable", map[string]string{"reason": "another's"}, theirs).Is(404)
		log := w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, vic).Is(200).Body
		if !strings.Contains(log, "the ERP moves") || !strings.Contains(log, "the ERP is away") || strings.Contains(log, "as vic") {
			t.Errorf("the audit log says %s", log)
		}
	})
}
