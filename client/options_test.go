package client_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func TestNew_RefusesBadOptions(t *testing.T) {
	t.Parallel()
	key := client.WithAPIKey(apiKey)
	tests := map[string]struct {
		opts []client.Option
		want error
	}{
		"no credential":     {nil, client.ErrInvalidOption},
		"two credentials":   {[]client.Option{key, client.WithTokenSource(new(client.OAuth).Source(client.Token{}, nil))}, client.ErrInvalidOption},
		"empty key":         {[]client.Option{client.WithAPIKey("")}, client.ErrInvalidOption},
		"colon in key":      {[]client.Option{client.WithAPIKey("a:b")}, client.ErrInvalidOption},
		"line in key":       {[]client.Option{client.WithAPIKey("a\nb")}, client.ErrInvalidOption},
		"nil source":        {[]client.Option{client.WithTokenSource(nil)}, client.ErrInvalidOption},
		"nil http client":   {[]client.Option{key, client.WithHTTPClient(nil)}, client.ErrInvalidOption},
		"nil transport":     {[]client.Option{key, client.WithTransport(nil)}, client.ErrInvalidOption},
		"nil logger":        {[]client.Option{key, client.WithLogger(nil)}, client.ErrInvalidOption},
		"nil clock":         {[]client.Option{key, client.WithClock(nil)}, client.ErrInvalidOption},
		"no timeout":        {[]client.Option{key, client.WithTimeout(0)}, client.ErrInvalidOption},
		"empty user agent":  {[]client.Option{key, client.WithUserAgent("")}, client.ErrInvalidOption},
		"user agent header": {[]client.Option{key, client.WithUserAgent("a\r\nb: c")}, client.ErrInvalidOption},
		"negative attempts": {[]client.Option{key, client.WithRetry(client.Retry{MaxAttempts: -1})}, client.ErrInvalidOption},
		"base above cap":    {[]client.Option{key, client.WithRetry(client.Retry{BaseDelay: time.Minute, MaxDelay: time.Second})}, client.ErrInvalidOption},
		"relative base":     {[]client.Option{key, client.WithBaseURL("/api/v1")}, client.ErrInvalidOption},
		"other scheme":      {[]client.Option{key, client.WithBaseURL("ftp://example.com/api/v1")}, client.ErrInvalidOption},
		"password in base":  {[]client.Option{key, client.WithBaseURL("https://u:hunter2@example.com")}, client.ErrInvalidOption},
		"broken base":       {[]client.Option{key, client.WithBaseURL("https://u:hunter2@[::")}, client.ErrInvalidOption},
		"query in base":     {[]client.Option{key, client.WithBaseURL("https://example.com/?a=b")}, client.ErrInvalidOption},
		"climbing base":     {[]client.Option{key, client.WithBaseURL("https://example.com/a/../b")}, client.ErrInvalidOption},
		"no path":           {[]client.Option{key, client.WithBaseURL("https://example.com/")}, client.ErrInvalidOption},
		"v2 path":           {[]client.Option{key, client.WithBaseURL("https://example.com/v2")}, client.ErrAPIV2},
		"v2 host":           {[]client.Option{key, client.WithBaseURL("https://api.trustap.com")}, client.ErrAPIV2},
		"v2 test host":      {[]client.Option{key, client.WithBaseURL("https://api.test.trustap.com/v2/")}, client.ErrAPIV2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.New(tt.opts...)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error shows a password: %v", err)
			}
		})
	}
}

func TestNew_JoinsBaseURL(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7,"status":"created"}`))
	for suffix, want := range map[string]string{
		"/api/v1":      "/api/v1/transactions/7",
		"/api/v1/":     "/api/v1/transactions/7",
		"/sandbox//":   "/sandbox/transactions/7",
		"/a%20b/api/1": "/a%20b/api/1/transactions/7",
	} {
		c := newClient(t, rec.URL, client.WithBaseURL(rec.URL+suffix))
		if _, err := c.Online.Get(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		if got := rec.last(t).URI; got != want {
			t.Errorf("base suffix %q: sent %s, want %s", suffix, got, want)
		}
	}
}

func TestClient_SendsHeaders(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7,"status":"created"}`))
	c := newClient(t, rec.URL, client.WithUserAgent("shop/3 (test)"))
	_, err := c.Online.Track(t.Context(), 7, client.Tracking{Carrier: "ups", TrackingCode: "T1"},
		client.AsUser("1-abc"), client.WithRequestID("req-9"))
	if err != nil {
		t.Fatal(err)
	}
	sent := rec.last(t)
	got := map[string]string{"body": sent.Body}
	for _, name := range []string{"User-Agent", "Trustap-User", "X-Request-Id", "Accept", "Content-Type"} {
		got[name] = sent.Header.Get(name)
	}
	user, password, _ := (&http.Request{Header: sent.Header}).BasicAuth()
	got["user"], got["password"] = user, password
	want := map[string]string{
		"User-Agent": "shop/3 (test)", "Trustap-User": "1-abc", "X-Request-Id": "req-9",
		"Accept": "application/json", "Content-Type": "application/json",
		"user": apiKey, "password": "", "body": `{"carrier":"ups","tracking_code":"T1"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClient_StatesWithoutBodySendNone(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"id":7,"status":"cancelled"}`))
	c := newClient(t, rec.URL)
	if _, err := c.Online.Cancel(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	if got := rec.last(t); got.Body != "" || got.Header.Get("Content-Type") != "" {
		t.Errorf("sent body %q of type %q", got.Body, got.Header.Get("Content-Type"))
	}
}

func TestSecrets_NeverShow(t *testing.T) {
	t.Parallel()
	const hidden = "very-hidden"
	c, err := client.New(client.WithAPIKey(hidden))
	if err != nil {
		t.Fatal(err)
	}
	oauth := client.OAuth{ClientSecret: hidden}
	token := client.Token{AccessToken: hidden, RefreshToken: hidden}
	holder := struct{ inner *client.Client }{c}
	encoded, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "token", token, "secret", token.AccessToken, "client", c)
	shown := string(encoded) + logged.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{c, *c, holder, oauth, &oauth, token, &token, token.AccessToken, oauth.Source(token, nil)} {
			shown += fmt.Sprintf(verb, value)
		}
	}
	if strings.Contains(shown, hidden) || strings.Contains(shown, fmt.Sprintf("%x", hidden)) {
		t.Errorf("secret shows:\n%s", shown)
	}
}
