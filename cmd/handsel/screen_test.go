package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// What a server says, whatever it is, does not control the terminal, makes no line of its own, and is not read without end.
func TestListen_ofAStrangeServer(t *testing.T) {
	t.Parallel()
	const control = "\x1b]0;title\x07\x1b[2J\u009b31m\r\u202e"
	event := func(id string) string {
		return fmt.Sprintf("id: 1\ndata: {\"id\":%q,\"type\":\"transaction.paid\",\"sequence\":1,\"occurred_at\":\"2026-12-01T10:00:00Z\"}\n\n", id)
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("a redirect was followed with %v", r.Header) }))
	t.Cleanup(elsewhere.Close)
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter)
		want   string
	}{
		"a refusal": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"code":"x","detail":%q}`, "\u009b31m\r\u202e")
		}, `\u009b31m\r\u202e (x)`},
		"no problem at all":  {func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadRequest); _, _ = io.WriteString(w, control) }, `\x1b]0;title\a\x1b[2J\u009b31m\r\u202e`},
		"an id of two lines": {func(w http.ResponseWriter) { _, _ = io.WriteString(w, event("evt_1\n00:00:00")) }, "is not one word"},
		"a line without end": {func(w http.ResponseWriter) {
			for err := error(nil); err == nil; {
				_, err = io.WriteString(w, "data: "+strings.Repeat("A", 1<<20))
			}
		}, "token too long"},
		"a redirect": {func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "status 307"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) > 1 {
					w.WriteHeader(http.StatusUnauthorized) // and it ends
					return
				}
				tc.answer(w)
			}))
			t.Cleanup(server.Close)
			var out bytes.Buffer
			args := []string{"listen", "--url=" + server.URL, "--key=k", "--secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "--after=0", "--forward-to=localhost:1"}
			if code := exitCode(run(t.Context(), args, &out, &out), &out); code != 1 || !strings.Contains(out.String(), tc.want) || strings.ContainsFunc(out.String(), controls) {
				t.Errorf("code %d, printed %q, want it to have %s", code, &out, tc.want)
			}
		})
	}
}
