package client_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func TestRetry_WhichCalls(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, c *client.Client) error {
		_, err := c.Online.Get(ctx, 7)
		return err
	}
	write := func(ctx context.Context, c *client.Client) error {
		_, err := c.Online.Cancel(ctx, 7)
		return err
	}
	join := func(ctx context.Context, c *client.Client) error {
		_, err := c.Online.Join(ctx, "code")
		return err
	}
	tests := []struct {
		name   string
		call   func(context.Context, *client.Client) error
		status int
		want   int
	}{
		{"GET 200", read, 200, 1}, {"GET 400", read, 400, 1}, {"GET 404", read, 404, 1},
		{"GET 408", read, 408, 1}, {"GET 429", read, 429, 3}, {"GET 500", read, 500, 1},
		{"GET 502", read, 502, 3}, {"GET 503", read, 503, 3}, {"GET 504", read, 504, 3},
		{"GET 302", read, 302, 1},
		{"POST 429", write, 429, 1}, {"POST 500", write, 500, 1}, {"POST 502", write, 502, 1},
		{"POST 503", write, 503, 1}, {"POST 504", write, 504, 1},
		{"PUT 503", join, 503, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := record(t, reply(tt.status, `{"id":7,"code":"x"}`))
			_ = tt.call(t.Context(), newClient(t, rec.URL))
			if got := len(rec.all()); got != tt.want {
				t.Errorf("sent %d times, want %d", got, tt.want)
			}
		})
	}
}

func TestRetry_UnreadableSuccessIsNotRepeated(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>", strings.Repeat(" ", 5<<20)} {
		rec := record(t, reply(200, body))
		_, err := newClient(t, rec.URL).Online.Get(t.Context(), 7)
		if err == nil || len(rec.all()) != 1 {
			t.Errorf("sent %d times, error %v", len(rec.all()), err)
		}
	}
}

func TestRetry_RecoversAndWaits(t *testing.T) {
	t.Parallel()
	answers := []struct {
		status     int
		retryAfter string
	}{{503, ""}, {503, ""}, {429, "2"}, {503, "3600"}, {502, ""}, {200, ""}}
	n := 0
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		answer := answers[n]
		n++
		if answer.retryAfter != "" {
			w.Header().Set("Retry-After", answer.retryAfter)
		}
		w.WriteHeader(answer.status)
		_, _ = w.Write([]byte(`{"id":7}`))
	})
	slept := new(naps)
	c := newClient(t, rec.URL, client.WithRetry(client.Retry{
		MaxAttempts: 9, BaseDelay: time.Second, MaxDelay: 10 * time.Second,
		Sleep:  slept.sleep,
		Jitter: func(d time.Duration) time.Duration { return d },
	}))
	if _, err := c.Online.Get(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	want := []time.Duration{time.Second, 2 * time.Second, 2 * time.Second, 10 * time.Second, 10 * time.Second}
	if diff := cmp.Diff(want, slept.waits); diff != "" {
		t.Error(diff)
	}
}

func TestRetry_DefaultJitterStaysInRange(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(503, ""))
	slept := new(naps)
	c := newClient(t, rec.URL, client.WithRetry(client.Retry{MaxAttempts: 40, Sleep: slept.sleep}))
	_, _ = c.Online.Get(t.Context(), 7)
	if len(slept.waits) != 39 {
		t.Fatalf("waited %d times", len(slept.waits))
	}
	for i, wait := range slept.waits {
		full := 5 * time.Second
		if i < 5 {
			full = min(full, 200*time.Millisecond<<i)
		}
		if wait < full/2 || wait > full {
			t.Errorf("wait %d is %v, want %v to %v", i, wait, full/2, full)
		}
	}
}

func TestRetry_SleepErrorKeepsTheCause(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(503, `{"code":"busy"}`))
	c := newClient(t, rec.URL, client.WithRetry(client.Retry{
		Sleep: func(context.Context, time.Duration) error { return context.Canceled },
	}))
	_, err := c.Online.Get(t.Context(), 7)
	if !errors.Is(err, client.ErrorCode("busy")) || len(rec.all()) != 1 {
		t.Errorf("got %v after %d requests", err, len(rec.all()))
	}
}

// TestRetry_RealSleepObeysContext uses the default sleep with a wait that would
// outlast the test.
func TestRetry_RealSleepObeysContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	rec := record(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(503)
		cancel()
	})
	c := newClient(t, rec.URL, client.WithRetry(client.Retry{BaseDelay: time.Hour}))
	_, err := c.Online.Get(ctx, 7)
	if err == nil || len(rec.all()) != 1 {
		t.Errorf("got %v after %d requests", err, len(rec.all()))
	}
}
