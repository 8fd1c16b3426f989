package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

var (
	// ErrInvalidOption is returned by [New] for an option that cannot work.
	ErrInvalidOption = errors.New("client: invalid option")
	// ErrAPIV2 is returned by [New] for a base URL of API version 2, which has
	// other ids, statuses, errors and webhooks.
	ErrAPIV2 = errors.New("client: this client speaks API version 1, the base URL is of version 2")
)

const (
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "handsel-client/1"
	apiPrefix        = "/api/v1"
)

// Option configures a [Client] in [New].
type Option func(*config) error

type config struct {
	base         *url.URL
	authorize    authorizer
	httpClient   *http.Client
	roundTripper http.RoundTripper
	retry        Retry
	timeout      time.Duration
	userAgent    string
	log          *slog.Logger
	now          func() time.Time
}

func defaults() *config {
	base, _ := parseBase(Staging)
	return &config{
		base:       base,
		httpClient: &http.Client{},
		retry:      Retry{}.withDefaults(),
		timeout:    defaultTimeout,
		userAgent:  defaultUserAgent,
		log:        slog.New(slog.DiscardHandler),
		now:        time.Now,
	}
}

// WithBaseURL sets where the API is. The default is [Staging], so that a
// forgotten option never moves real money. The URL has the path of the API,
// "/api/v1"; a trailing slash does not matter. Every call stays on this host:
// redirects are refused.
func WithBaseURL(raw string) Option {
	return func(c *config) error {
		base, err := parseBase(raw)
		if err != nil {
			return err
		}
		c.base = base
		return nil
	}
}

// parseBase never shows the URL in its errors, because it may hold a password.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: base URL cannot be parsed", ErrInvalidOption)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return nil, fmt.Errorf("%w: base URL must be absolute and http or https", ErrInvalidOption)
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("%w: base URL must have no user, query or fragment", ErrInvalidOption)
	}
	path := strings.Trim(u.Path, "/")
	segments := strings.Split(path, "/")
	v2Host := u.Hostname() == "api.trustap.com" || u.Hostname() == "api.test.trustap.com"
	if v2Host || slices.Contains(segments, "v2") {
		return nil, fmt.Errorf("%w: use client.Staging or client.Production", ErrAPIV2)
	}
	if slices.Contains(segments, "..") || slices.Contains(segments, ".") {
		return nil, fmt.Errorf("%w: base URL must have a plain path", ErrInvalidOption)
	}
	if path == "" {
		return nil, fmt.Errorf("%w: base URL has no path: Trustap's API is at %s", ErrInvalidOption, apiPrefix)
	}
	u.RawPath, u.Path = "", "/"+path
	return u, nil
}

// WithAPIKey authenticates as the marketplace: HTTP Basic with the key as the
// user name and an empty password (customer's document). Calls on behalf of a
// user also need [AsUser].
func WithAPIKey(key string) Option {
	return func(c *config) error {
		if !visibleASCII(key) || strings.Contains(key, ":") {
			return fmt.Errorf("%w: API key must be visible ASCII without a colon", ErrInvalidOption)
		}
		return c.setCredential(basicAuthorizer(key))
	}
}

// WithTokenSource authenticates as one user with OAuth2 bearer tokens.
func WithTokenSource(source TokenSource) Option {
	return func(c *config) error {
		if source == nil {
			return fmt.Errorf("%w: token source is nil", ErrInvalidOption)
		}
		return c.setCredential(bearerAuthorizer(source))
	}
}

func (c *config) setCredential(a authorizer) error {
	if c.authorize != nil {
		return fmt.Errorf("%w: more than one credential", ErrInvalidOption)
	}
	c.authorize = a
	return nil
}

// WithHTTPClient uses a copy of hc for the calls. Its redirect policy is
// replaced: redirects are always refused.
func WithHTTPClient(hc *http.Client) Option {
	return func(c *config) error {
		if hc == nil {
			return fmt.Errorf("%w: HTTP client is nil", ErrInvalidOption)
		}
		c.httpClient = hc
		return nil
	}
}

// WithTransport sends requests through rt, whatever the HTTP client has.
func WithTransport(rt http.RoundTripper) Option {
	return func(c *config) error {
		if rt == nil {
			return fmt.Errorf("%w: transport is nil", ErrInvalidOption)
		}
		c.roundTripper = rt
		return nil
	}
}

// WithRetry sets how often and how patiently a failed call is repeated. Which
// calls may be repeated at all is not configurable.
func WithRetry(r Retry) Option {
	return func(c *config) error {
		if r.MaxAttempts < 0 || r.BaseDelay < 0 || r.MaxDelay < 0 {
			return fmt.Errorf("%w: retry values must not be negative", ErrInvalidOption)
		}
		c.retry = r.withDefaults()
		if c.retry.BaseDelay > c.retry.MaxDelay {
			return fmt.Errorf("%w: retry base delay is longer than the cap", ErrInvalidOption)
		}
		return nil
	}
}

// WithTimeout limits each attempt of a call, from dialling to the last byte of
// the answer. The default is 30 seconds.
func WithTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("%w: timeout must be positive", ErrInvalidOption)
		}
		c.timeout = d
		return nil
	}
}

// WithUserAgent replaces the User-Agent header.
func WithUserAgent(agent string) Option {
	return func(c *config) error {
		if !printableASCII(agent) {
			return fmt.Errorf("%w: user agent must be printable ASCII", ErrInvalidOption)
		}
		c.userAgent = agent
		return nil
	}
}

// WithLogger logs every attempt at debug level and every repeat at warn level.
// Credentials, bodies, ids and query values are never logged. The default is
// silence.
func WithLogger(log *slog.Logger) Option {
	return func(c *config) error {
		if log == nil {
			return fmt.Errorf("%w: logger is nil", ErrInvalidOption)
		}
		c.log = log
		return nil
	}
}

// WithClock replaces time.Now, which dates Retry-After headers and log entries.
func WithClock(now func() time.Time) Option {
	return func(c *config) error {
		if now == nil {
			return fmt.Errorf("%w: clock is nil", ErrInvalidOption)
		}
		c.now = now
		return nil
	}
}

func visibleASCII(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func printableASCII(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
