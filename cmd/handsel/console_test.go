package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/pgtest"
)

// What handsel console link prints signs in at handsel serve, on both databases.
func TestConsole_serve(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]func() string{"sqlite": func() string { return filepath.Join(t.TempDir(), "handsel.db") }, "postgres": func() string { return pgtest.URL(t) }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := "--database-url=" + database()
			address := freeAddress(t)
			origin := "http://" + address
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			var log bytes.Buffer
			go func() {
				ended <- run(ctx, []string{"serve", db, "--addr=" + address, "--ops-addr=127.0.0.1:0", "--drain-pause=0s", "--public-url=" + origin,
					"--bootstrap-community=7", "--bootstrap-api-key=hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)}, io.Discard, &log)
			}()
			t.Cleanup(func() {
				stop()
				if err := <-ended; err != nil {
					t.Errorf("serve: %v\n%s", err, log.String())
				}
			})
			await(t, "the server", func() bool { return call(t, "GET", origin+"/readyz", "", "", "", "").Status == 200 })

			var out, talk bytes.Buffer
			link := []string{"console", "link", "olga", db, "--community=7", "--role=viewer", "--reason=her first day"}
			if err := run(t.Context(), append(link, "--public-url=ftp://x"), &out, &talk); exitCode(err, &talk) != exitUsage {
				t.Errorf("a bad origin: %v", err)
			}
			if err := run(t.Context(), append(link, "--public-url="+origin), &out, &talk); err != nil || !strings.Contains(talk.String(), "works once") {
				t.Fatalf("link: %v %s", err, talk.String())
			}
			at := strings.TrimSpace(out.String())
			// The cookie is for TLS alone, which a proxy ends in front of this server.
			browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			response, err := browser.PostForm(at, url.Values{})
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			cookies := response.Cookies()
			if response.StatusCode != http.StatusSeeOther || len(cookies) != 1 || !cookies[0].Secure || cookies[0].Name != "__Host-handsel-console" {
				t.Fatalf("sign in: %d %v", response.StatusCode, cookies)
			}
			for path, want := range map[string]int{"/console": 200, "/console/audit": 200, "/console/deals/12": 404} {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Cookie", cookies[0].Name+"="+cookies[0].Value)
				answer, err := browser.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
				if answer.StatusCode != want {
					t.Errorf("%s: %d, want %d", path, answer.StatusCode, want)
				}
			}
		})
	}
}
