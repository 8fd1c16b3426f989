package usertoken

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// How a key set is fetched.
const (
	fetchTimeout = 5 * time.Second
	maxKeySet    = 1 << 20          // bytes
	maxAge       = time.Hour        // a key that was withdrawn is gone after this
	quiet        = 5 * time.Minute  // between fetches, whatever key ids turn up
	quietFailed  = 10 * time.Second // after a fetch that failed
)

// newKeySource returns the configured key set, nil when there is none.
func newKeySource(cfg Config) (keySource, error) {
	switch {
	case cfg.JWKSURL != "" && cfg.JWKS != nil:
		return nil, errors.New("usertoken: a key set and the URL of one exclude each other")
	case cfg.JWKSURL != "":
		return newFetched(cfg)
	case cfg.JWKS != nil:
		return parseKeySet(cfg.JWKS)
	}
	return nil, nil
}

// fetched is a key set behind a URL.
type fetched struct {
	url    string
	client *http.Client
	now    func() time.Time
	last   atomic.Pointer[snapshot] // never nil
	busy   chan struct{}            // holds one token while somebody fetches
}

// snapshot is what the last fetch brought. After a failure it keeps the keys of
// the one before, so that a pause of the marketplace's server locks nobody out.
type snapshot struct {
	keys        keySet
	expires     time.Time
	nextAttempt time.Time
	err         error
}

func newFetched(cfg Config) (*fetched, error) {
	u, err := url.Parse(cfg.JWKSURL)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname()))) {
		return nil, errors.New("usertoken: the URL of the key set must be https and without a password")
	}
	f := &fetched{
		url: cfg.JWKSURL, now: cfg.Now, busy: make(chan struct{}, 1),
		client: &http.Client{Timeout: fetchTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	f.last.Store(&snapshot{})
	return f, nil
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}

// find looks into the last set, and into a new one when that may help.
func (f *fetched) find(ctx context.Context, id, algorithm string) ([]jwt.VerificationKey, error) {
	s := f.last.Load()
	if f.now().Before(s.expires) {
		if keys, err := s.keys.find(ctx, id, algorithm); err == nil {
			return keys, nil
		}
	}
	s, err := f.refresh(ctx, s)
	if err != nil {
		return nil, err
	}
	keys, err := s.keys.find(ctx, id, algorithm)
	if err != nil {
		return nil, errors.Join(err, s.err)
	}
	return keys, nil
}

// refresh fetches the set, unless that was tried a moment ago or somebody else
// has done so since seen. One caller fetches, the others wait for it.
func (f *fetched) refresh(ctx context.Context, seen *snapshot) (*snapshot, error) {
	if f.now().Before(seen.nextAttempt) {
		return seen, nil
	}
	select {
	case f.busy <- struct{}{}:
		defer func() { <-f.busy }()
	case <-ctx.Done():
		return nil, fmt.Errorf("usertoken: wait for the key set: %w", ctx.Err())
	}
	if current := f.last.Load(); current != seen {
		return current, nil
	}
	next := *seen
	// A caller that hangs up must not take the keys from those who wait.
	keys, err := f.fetch(context.WithoutCancel(ctx))
	now := f.now()
	if next.err = err; err != nil {
		next.nextAttempt = now.Add(quietFailed)
	} else {
		next.keys, next.expires, next.nextAttempt = keys, now.Add(maxAge), now.Add(quiet)
	}
	f.last.Store(&next)
	return &next, nil
}

func (f *fetched) fetch(ctx context.Context) (keySet, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url, nil)
	if err != nil {
		return nil, fmt.Errorf("usertoken: fetch the key set: %w", err)
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := f.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("usertoken: fetch the key set: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("usertoken: fetch the key set: status %d", response.StatusCode)
	}
	document, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	if err != nil {
		return nil, fmt.Errorf("usertoken: read the key set: %w", err)
	}
	if len(document) > maxKeySet {
		return nil, fmt.Errorf("usertoken: the key set is larger than %d bytes", maxKeySet)
	}
	return parseKeySet(document)
}
