package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pgtest"
	"github.com/handsel-dev/handsel/internal/testkit/issuer"
)

// jar keeps cookies as a browser behind a proxy with TLS does, where the test has none.
type jar struct{ http.CookieJar }

func (j jar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		c.Secure = false
	}
	j.CookieJar.SetCookies(u, cookies)
}

// People log in at handsel serve and at handsel dev with the issuer that the settings name, and nobody does whom it gives no role.
func TestConsole_oidc(t *testing.T) {
	t.Parallel()
	file := func(t *testing.T) string { return filepath.Join(t.TempDir(), "handsel.db") }
	for name, start := range map[string]func(t *testing.T, address string) []string{
		"serve, sqlite":   func(t *testing.T, at string) []string { return serving(file(t), at) },
		"serve, postgres": func(t *testing.T, at string) []string { return serving(pgtest.URL(t), at) },
		"dev": func(t *testing.T, at string) []string {
			return []string{"dev", "--database-url=" + file(t), "--addr=" + at, "--sandbox-addr=127.0.0.1:0", "--ops-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--paypal-addr=127.0.0.1:0", "--braintree-addr=127.0.0.1:0", "--paytrail-addr=127.0.0.1:0"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := issuer.New(t, time.Now)
			address := freeAddress(t)
			origin := "http://" + address
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			var log bytes.Buffer
			flags := append(start(t, address), "--console-oidc-issuer="+i.URL, "--console-oidc-client-id="+issuer.ClientID, "--console-oidc-client-secret="+issuer.ClientSecret,
				"--console-oidc-roles=groups=tills:finance@501,groups=desk:support@501")
			go func() { ended <- run(ctx, flags, io.Discard, &log) }()
			t.Cleanup(func() {
				stop()
				if err := <-ended; err != nil {
					t.Errorf("%v\n%s", err, log.String())
				}
				if strings.Contains(log.String(), issuer.ClientSecret) {
					t.Error("the secret is in the log")
				}
			})
			await(t, "the server", func() bool { return call(t, "GET", origin+"/readyz", "", "", "", "").Status == 200 })
			logIn := func(groups ...any) (status int, page string) {
				i.LogsIn(issuer.Claims{"sub": "1", "preferred_username": "olga", "groups": groups})
				cookies, err := cookiejar.New(nil)
				if err != nil {
					t.Fatal(err)
				}
				browser := &http.Client{Jar: jar{cookies}}
				begun, err := browser.PostForm(origin+"/console/sign-in/oidc", url.Values{"back": {"/console/sessions"}})
				if err != nil {
					t.Fatal(err)
				}
				_ = begun.Body.Close()
				at, _ := strings.CutPrefix(begun.Header.Get("Refresh"), "0; url=")
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := browser.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = answer.Body.Close() }()
				body, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				return answer.StatusCode, string(body)
			}
			if status, page := logIn("tills"); status != 200 || !strings.Contains(page, "olga (finance)") {
				t.Errorf("finance gets %d %s", status, page)
			}
			if status, page := logIn("desk"); status != 200 || !strings.Contains(page, "olga (support)") {
				t.Errorf("after the issuer has taken a role away: %d %s", status, page)
			}
			if status, page := logIn("gardeners"); status != 403 || !strings.Contains(page, "console_no_role") {
				t.Errorf("a gardener gets %d %s", status, page)
			}
		})
	}
}

func serving(database, address string) []string {
	return []string{"serve", "--database-url=" + database, "--addr=" + address, "--ops-addr=127.0.0.1:0", "--drain-pause=0s", "--public-url=http://" + address,
		"--bootstrap-community=501", "--bootstrap-api-key=hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)}
}
