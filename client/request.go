package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// request describes one call: the method and the path template of the API's
// reference, and what fills them.
type request struct {
	method string
	path   string
	args   []any
	values url.Values
	body   any
	// safe marks a call that changes nothing, which may be repeated.
	safe bool
}

func get(path string, args ...any) request {
	return request{method: http.MethodGet, path: path, args: args, safe: true}
}

func post(path string, args ...any) request {
	return request{method: http.MethodPost, path: path, args: args}
}

func put(path string, args ...any) request {
	return request{method: http.MethodPut, path: path, args: args}
}

func patch(path string, args ...any) request {
	return request{method: http.MethodPatch, path: path, args: args}
}

func del(path string, args ...any) request {
	return request{method: http.MethodDelete, path: path, args: args}
}

// readOnly marks a POST that only asks.
func (r request) readOnly() request {
	r.safe = true
	return r
}

// once marks a GET that creates something.
func (r request) once() request {
	r.safe = false
	return r
}

// query sets the query string.
func (r request) query(values url.Values) request {
	r.values = values
	return r
}

// json sets the body.
func (r request) json(body any) request {
	r.body = body
	return r
}

// op names the call in errors and logs; the template holds no ids or secrets.
func (r request) op() string { return r.method + " " + r.path }

// id is the transaction that the call is about; 0: none, or one that is known by a secret.
func (r request) id() int64 {
	for _, arg := range r.args {
		if id, ok := arg.(int64); ok {
			return id
		}
	}
	return 0
}

// url joins the base and the filled template. Each argument stays one segment.
func (r request) url(base *url.URL) (string, error) {
	var path strings.Builder
	path.WriteString(strings.TrimSuffix(base.EscapedPath(), "/"))
	rest := r.path
	for _, arg := range r.args {
		before, after, found := strings.Cut(rest, "{")
		_, after, closed := strings.Cut(after, "}")
		if !found || !closed {
			return "", fmt.Errorf("%w: more arguments than parameters in the path", ErrInvalidInput)
		}
		segment, err := pathSegment(arg)
		if err != nil {
			return "", err
		}
		path.WriteString(before + segment)
		rest = after
	}
	if strings.Contains(rest, "{") {
		return "", fmt.Errorf("%w: fewer arguments than parameters in the path", ErrInvalidInput)
	}
	path.WriteString(rest)
	full := base.Scheme + "://" + base.Host + path.String()
	if len(r.values) > 0 {
		full += "?" + r.values.Encode()
	}
	return full, nil
}

func pathSegment(arg any) (string, error) {
	switch v := arg.(type) {
	case int64:
		if v <= 0 {
			return "", fmt.Errorf("%w: id must be positive", ErrInvalidInput)
		}
		return strconv.FormatInt(v, 10), nil
	case ID:
		return pathSegment(string(v))
	case string:
		// "." and ".." are not changed by escaping and would climb the path.
		if v == "" || v == "." || v == ".." {
			return "", fmt.Errorf("%w: id or code is empty or not a name", ErrInvalidInput)
		}
		return url.PathEscape(v), nil
	}
	return "", fmt.Errorf("%w: path argument of type %T", ErrInvalidInput, arg)
}

// CallOption changes one call.
type CallOption func(*callConfig) error

type callConfig struct {
	header    map[string]string
	requestID string
}

// AsUser makes an API-key call act for this user: a guest user of the
// marketplace, or a full user who granted it the needed offline scope (official
// API). It sends the Trustap-User header.
func AsUser(id string) CallOption {
	return func(c *callConfig) error {
		if !visibleASCII(id) {
			return fmt.Errorf("%w: user id must be visible ASCII", ErrInvalidInput)
		}
		c.header["Trustap-User"] = id
		return nil
	}
}

// WithRequestID sends an X-Request-Id header, so that the call can be found in
// the logs of both sides. It does not make a call idempotent.
func WithRequestID(id string) CallOption {
	return func(c *callConfig) error {
		if !visibleASCII(id) {
			return fmt.Errorf("%w: request id must be visible ASCII", ErrInvalidInput)
		}
		c.header["X-Request-Id"] = id
		c.requestID = id
		return nil
	}
}

func newCallConfig(opts []CallOption) (*callConfig, error) {
	cfg := &callConfig{header: map[string]string{}}
	for _, opt := range opts {
		if err := opt(cfg); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

// headers adds the credential to the call's headers and returns them.
func (c *callConfig) headers(authorization string) map[string]string {
	c.header["Authorization"] = authorization
	return c.header
}
