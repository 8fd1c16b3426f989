package paypal_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// statement is what was taken in a time before the emulator's.
func (w *world) statement(over time.Duration) ([]orchestrator.StatementLine, error) {
	w.t.Helper()
	var all []orchestrator.StatementLine
	now := w.till.Now()
	for line, err := range w.Payments(w.t.Context(), now.Add(-over), now) {
		if err != nil {
			return all, err
		}
		all = append(all, line)
	}
	return all, nil
}

// edited is a world whose reports are changed on their way.
func edited(t *testing.T, change func(*http.Response)) *world {
	t.Helper()
	var till *url.URL
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(till) },
		ModifyResponse: func(r *http.Response) error {
			if strings.HasPrefix(r.Request.URL.Path, "/v1/reporting/") {
				change(r)
			}
			return nil
		},
	}
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	w := newWorld(t, func(c *paypal.Config) { c.BaseURL = front.URL })
	var err error
	if till, err = url.Parse(w.url); err != nil {
		t.Fatal(err)
	}
	return w
}

func replaced(from, to string) func(*http.Response) {
	return func(r *http.Response) {
		body, _ := io.ReadAll(r.Body)
		body = bytes.ReplaceAll(body, []byte(from), []byte(to))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Del("Content-Length")
	}
}

// longerThan refuses reports of a longer time, as if they held too many rows.
func longerThan(most time.Duration) func(*http.Response) {
	return func(r *http.Response) {
		q := r.Request.URL.Query()
		from, _ := time.Parse(time.RFC3339, q.Get("start_date"))
		to, _ := time.Parse(time.RFC3339, q.Get("end_date"))
		if to.Sub(from) > most {
			r.StatusCode = http.StatusBadRequest
			replaced(`{`, `{"name":"RESULTSET_TOO_LARGE",`)(r)
		}
	}
}

// TestStatement: a report names what was taken, once, whatever it calls its references by.
func TestStatement(t *testing.T) {
	for name, change := range map[string]func(*http.Response){
		"order":         func(*http.Response) {},
		"authorization": replaced(`"ODR"`, `"TXN"`),
		"too many rows": longerThan(3 * 24 * time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			w := edited(t, change)
			id := w.captured("success")
			made := w.till.Now()
			w.later(40 * 24 * time.Hour) // longer than a report may be about
			w.reserved("success")        // nothing was taken
			lines, err := w.statement(50 * 24 * time.Hour)
			if err != nil || len(lines) != 1 {
				t.Fatalf("%+v, %v", lines, err)
			}
			l := lines[0]
			if l.PaymentID != id || l.Reference != operation(process.Authorize, "").Reference() || l.Captured != 5150 || l.Price != euro(5150) || l.Found {
				t.Errorf("%+v", l)
			}
			if d := made.Sub(l.MadeAt); d < 0 || d > time.Minute {
				t.Errorf("made at %s, want about %s", l.MadeAt, made)
			}
			if lines, err := w.statement(24 * time.Hour); err != nil || len(lines) != 0 {
				t.Errorf("of the last day: %+v, %v", lines, err)
			}
		})
	}
}

// TestStatement_refused: what a report cannot tell is an error, never an empty statement.
func TestStatement_refused(t *testing.T) {
	tests := map[string]struct {
		change func(*http.Response)
		want   string
	}{
		"no right": {func(r *http.Response) {
			r.StatusCode = http.StatusForbidden
			replaced(`{`, `{"name":"NOT_AUTHORIZED",`)(r)
		}, "enable its feature Transaction search"},
		"no report":   {replaced(`{`, `[`), "could not be read"},
		"no amount":   {replaced(`"51.50"`, `"5I.50"`), "report of"},
		"much of one": {replaced(`"total_pages":1`, `"total_pages":21`), "21 pages"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := edited(t, tc.change)
			w.captured("success")
			w.later(time.Hour)
			if lines, err := w.statement(24 * time.Hour); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%+v, %v", lines, err)
			}
		})
	}
}
