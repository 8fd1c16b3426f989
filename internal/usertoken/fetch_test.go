package usertoken_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/usertoken"
)

// issuerServer publishes a key set and counts who asks for it.
type issuerServer struct {
	*httptest.Server
	hits   atomic.Int32
	answer atomic.Pointer[http.HandlerFunc]
}

func newIssuer(t *testing.T, answer http.HandlerFunc) *issuerServer {
	t.Helper()
	s := &issuerServer{}
	s.answer.Store(&answer)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		(*s.answer.Load())(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func publish(document []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(document) }
}

// clock is a real time that a test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time { return now.Add(time.Duration(c.at.Load())) }

func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func fetching(t *testing.T, url string) (*usertoken.Verifier, *clock) {
	t.Helper()
	c := &clock{}
	cfg := config()
	cfg.JWKSURL, cfg.Now = url, c.now
	return verifier(t, cfg), c
}

// long is a token that outlives every step of these tests.
func long(t *testing.T, s signer, kid string) string {
	t.Helper()
	c := good()
	c["exp"] = now.Add(24 * time.Hour).Unix()
	return sign(t, jwt.SigningMethodES256, s.ecdsa, c, map[string]any{"kid": kid})
}

func TestVerify_rotation(t *testing.T) {
	t.Parallel()
	old, fresh := newSigner(t), newSigner(t)
	server := newIssuer(t, publish(keySet(t, jose.JSONWebKey{Key: old.ecdsa.Public(), KeyID: "old"})))
	v, c := fetching(t, server.URL)
	steps := []struct {
		name  string
		wait  time.Duration
		token string
		want  error
		hits  int32
	}{
		{"HS256 needs no set", 0, sign(t, jwt.SigningMethodHS256, secret, good(), nil), nil, 0},
		{"the first token fetches", 0, long(t, old, "old"), nil, 1},
		{"the second does not", 0, long(t, old, "old"), nil, 1},
		{"an unknown id must wait", 5*time.Minute - 1, long(t, fresh, "fresh"), usertoken.ErrNoKey, 1},
		{"after five minutes it fetches", 1, long(t, fresh, "fresh"), usertoken.ErrNoKey, 2},
		{"and then must wait again", 0, long(t, fresh, "guess"), usertoken.ErrNoKey, 2},
	}
	for _, s := range steps {
		c.advance(s.wait)
		_, err := v.Verify(t.Context(), s.token)
		if !errors.Is(err, s.want) || server.hits.Load() != s.hits {
			t.Fatalf("%s: %v after %d fetches; want %v after %d", s.name, err, server.hits.Load(), s.want, s.hits)
		}
	}
	rotated := publish(keySet(t, jose.JSONWebKey{Key: fresh.ecdsa.Public(), KeyID: "fresh"}))
	server.answer.Store(&rotated)
	if _, err := v.Verify(t.Context(), long(t, old, "old")); err != nil {
		t.Fatalf("a key that is still cached: %v", err)
	}
	c.advance(time.Hour)
	if _, err := v.Verify(t.Context(), long(t, old, "old")); !errors.Is(err, usertoken.ErrNoKey) {
		t.Fatalf("a key that was withdrawn an hour ago: %v", err)
	}
	if _, err := v.Verify(t.Context(), long(t, fresh, "fresh")); err != nil || server.hits.Load() != 3 {
		t.Fatalf("the new key: %v after %d fetches", err, server.hits.Load())
	}
}

func TestVerify_issuerInTrouble(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	token := long(t, s, "ec")
	tests := map[string]http.HandlerFunc{
		"an error":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"redirects": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"no set":    publish([]byte(`{"keys":[]}`)),
		"too large": publish([]byte(`{"keys":[],"x":"` + strings.Repeat("x", 1<<20) + `"}`)),
		"hangs up":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	}
	for name, trouble := range tests {
		server := newIssuer(t, trouble)
		v, c := fetching(t, server.URL)
		for range 3 {
			if _, err := v.Verify(t.Context(), token); fault.ReasonOf(err) != "invalid_token" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if hits := server.hits.Load(); hits != 1 {
			t.Errorf("%s: fetched %d times at once, want 1", name, hits)
		}
		healthy := publish(s.set)
		server.answer.Store(&healthy)
		c.advance(10 * time.Second)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: not over when it is: %v", name, err)
		}
		server.answer.Store(&trouble)
		c.advance(2 * time.Hour)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: a pause of the issuer locks users out: %v", name, err)
		}
	}
}

// Many callers, one fetch; and a caller that gives up harms nobody else.
func TestVerify_concurrently(t *testing.T) {
	t.Parallel()
	s := newSigner(t)
	entered, release := make(chan struct{}), make(chan struct{})
	server := newIssuer(t, func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		_, _ = w.Write(s.set)
	})
	v, _ := fetching(t, server.URL)
	token := long(t, s, "ec")
	ctx, cancel := context.WithCancel(t.Context())
	var callers sync.WaitGroup
	callers.Go(func() {
		if _, err := v.Verify(ctx, token); err != nil {
			t.Errorf("the caller who fetches: %v", err)
		}
	})
	<-entered
	cancel()
	if _, err := v.Verify(ctx, token); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gives up: %v", err)
	}
	for range 8 {
		callers.Go(func() {
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Errorf("a caller who waits: %v", err)
			}
		})
	}
	close(release)
	callers.Wait()
	if hits := server.hits.Load(); hits != 1 {
		t.Errorf("fetched %d times, want 1", hits)
	}
}
