package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func login(base string, now *atomic.Int64) *client.OAuth {
	return &client.OAuth{
		Issuer: base + "/realms/test/", ClientID: "shop", ClientSecret: "client-secret-value",
		RedirectURL: "https://shop.example.com/back?a=1", Scopes: []string{"basic_tx:offline_track"},
		Now: func() time.Time { return start.Add(time.Duration(now.Load()) * time.Second) },
	}
}

func TestOAuth_AuthCodeURL(t *testing.T) {
	t.Parallel()
	got, err := url.Parse(login("https://sso.example.com", new(atomic.Int64)).AuthCodeURL("s t&te"))
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"response_type": {"code"}, "client_id": {"shop"}, "scope": {"openid basic_tx:offline_track"},
		"redirect_uri": {"https://shop.example.com/back?a=1"}, "state": {"s t&te"},
	}
	if diff := cmp.Diff(want, got.Query()); diff != "" {
		t.Error(diff)
	}
	if got.Path != "/realms/test/protocol/openid-connect/auth" {
		t.Errorf("path is %s", got.Path)
	}
}

func TestOAuth_Exchange(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `{"access_token":"at","refresh_token":"rt","expires_in":300,"token_type":"Bearer"}`))
	got, err := login(rec.URL, new(atomic.Int64)).Exchange(t.Context(), "the-code")
	if err != nil {
		t.Fatal(err)
	}
	want := client.Token{AccessToken: "at", RefreshToken: "rt", Expiry: start.Add(300 * time.Second)}
	if got != want {
		t.Errorf("got %s/%s until %v", string(got.AccessToken), string(got.RefreshToken), got.Expiry)
	}
	form, err := url.ParseQuery(rec.last(t).Body)
	if err != nil {
		t.Fatal(err)
	}
	wantForm := url.Values{
		"grant_type": {"authorization_code"}, "code": {"the-code"}, "redirect_uri": {"https://shop.example.com/back?a=1"},
		"client_id": {"shop"}, "client_secret": {"client-secret-value"},
	}
	if diff := cmp.Diff(wantForm, form); diff != "" {
		t.Error(diff)
	}
	if uri := rec.last(t).URI; uri != "/realms/test/protocol/openid-connect/token" {
		t.Errorf("sent to %s", uri)
	}
}

func TestOAuth_Failures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"refused":  {400, `{"error":"invalid_grant","error_description":"client-secret-value and rt-value"}`, client.ErrorCode("invalid_grant")},
		"html":     {200, `<html>`, client.ErrUnexpectedAnswer},
		"no token": {200, `{"expires_in":3}`, client.ErrUnexpectedAnswer},
		"redirect": {302, ``, nil},
		"down":     {503, `rt-value`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				reply(tt.status, tt.body)(w, r)
			})
			_, err := login(rec.URL, new(atomic.Int64)).Refresh(t.Context(), "rt-value")
			var failure *client.Error
			if !errors.As(err, &failure) || tt.want != nil && !errors.Is(err, tt.want) {
				t.Fatalf("got %v", err)
			}
			if shown := err.Error() + string(failure.Body); strings.Contains(shown, "rt-value") || strings.Contains(shown, "secret-value") {
				t.Errorf("secret shows in %s", shown)
			}
			if len(rec.all()) != 1 {
				t.Errorf("%d requests", len(rec.all()))
			}
		})
	}
}

// tokenServer counts its answers: at-1/rt-1, at-2/rt-2 …
func tokenServer(t *testing.T) *recorder {
	var n atomic.Int64
	return record(t, func(w http.ResponseWriter, _ *http.Request) {
		i := n.Add(1)
		_, _ = fmt.Fprintf(w, `{"access_token":"at-%d","refresh_token":"rt-%d","expires_in":300}`, i, i)
	})
}

func TestOAuth_SourceRenewsOnceForAll(t *testing.T) {
	t.Parallel()
	sso, now := tokenServer(t), new(atomic.Int64)
	var saved []string
	source := login(sso.URL, now).Source(
		client.Token{AccessToken: "at-0", RefreshToken: "rt-0", Expiry: start.Add(100 * time.Second)},
		func(_ context.Context, tk client.Token) error {
			saved = append(saved, string(tk.RefreshToken))
			return nil
		})
	api := record(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, `{"id":7}`) })
	c, err := client.New(client.WithBaseURL(api.URL+"/api/v1"), client.WithTokenSource(source))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	var bearers []string
	for _, at := range []int64{0, 69, 70, 200, 340} {
		now.Store(at)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := c.Online.Get(t.Context(), 7); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		bearers = append(bearers, api.last(t).Header.Get("Authorization"))
	}
	want := []string{"Bearer at-0", "Bearer at-0", "Bearer at-1", "Bearer at-1", "Bearer at-2"}
	if diff := cmp.Diff(want, bearers); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"rt-1", "rt-2"}, saved); diff != "" {
		t.Error(diff)
	}
	if len(sso.all()) != 2 || !strings.Contains(sso.all()[1].Body, "refresh_token=rt-1") {
		t.Errorf("token requests: %v", sso.all())
	}
}

func TestOAuth_SourceSavesBeforeUse(t *testing.T) {
	t.Parallel()
	sso, now := tokenServer(t), new(atomic.Int64)
	full := errors.New("disk full")
	problem := full
	source := login(sso.URL, now).Source(
		client.Token{AccessToken: "at-0", RefreshToken: "rt-0", Expiry: start},
		func(context.Context, client.Token) error { return problem })
	if _, err := source.Token(t.Context()); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if _, err := source.Token(t.Context()); !errors.Is(err, full) {
		t.Errorf("an unsaved token was used: %v", err)
	}
	problem = nil
	got, err := source.Token(t.Context())
	if err != nil || got.AccessToken != "at-1" || len(sso.all()) != 1 {
		t.Errorf("got %q, %v after %d renewals", string(got.AccessToken), err, len(sso.all()))
	}
}

func TestOAuth_SourceFailureIsNotSent(t *testing.T) {
	t.Parallel()
	api := record(t, reply(200, `{"id":7}`))
	expired := client.Token{AccessToken: "at", Expiry: start}
	oauth := login("http://127.0.0.1:0", new(atomic.Int64))
	for name, source := range map[string]client.TokenSource{
		"no refresh token": oauth.Source(expired, nil),
		"server away":      oauth.Source(client.Token{AccessToken: "at", RefreshToken: "rt", Expiry: start}, nil),
		"empty token":      oauth.Source(client.Token{}, nil),
	} {
		c, err := client.New(client.WithBaseURL(api.URL+"/api/v1"), client.WithTokenSource(source))
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Online.Cancel(t.Context(), 7)
		if err == nil || client.OutcomeOf(err) != client.OutcomeNotSent {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(api.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestOAuth_SourceWaitObeysContext(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}), make(chan struct{})
	sso := record(t, func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		reply(200, `{"access_token":"at-1"}`)(w, r)
	})
	source := login(sso.URL, new(atomic.Int64)).Source(client.Token{AccessToken: "at-0", RefreshToken: "rt-0", Expiry: start}, nil)
	done := make(chan client.Token)
	go func() {
		token, _ := source.Token(context.Background())
		done <- token
	}()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Token(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	close(release)
	if token := <-done; token.AccessToken != "at-1" || token.RefreshToken != "rt-0" {
		t.Errorf("got %q and %q", string(token.AccessToken), string(token.RefreshToken))
	}
}
