package paypal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

const (
	// callTimeout bounds one call within the deadline of the operation; our choice.
	callTimeout = 30 * time.Second
	maxBody     = 4 << 20
	// early is how long before its end a token is no longer used; our choice.
	early = time.Minute
)

// api is a client for the few calls that are needed. It makes one attempt per call and follows
// no redirect. A call that PayPal refuses for its token is made once more with a new one: it was
// not carried out.
type api struct {
	client, secret, origin string
	now                    func() time.Time
	resty                  *resty.Client

	mu    sync.Mutex
	token string
	until time.Time // real time
}

func newAPI(c Config) *api {
	own := http.Client{Transport: c.Transport, Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	rc := resty.NewWithClient(&own).SetRetryCount(0).SetDoNotParseResponse(true).SetDisableWarn(true).SetLogger(gateway.Silent{}).SetPreRequestHook(once)
	return &api{client: c.ClientID, secret: c.Secret, origin: c.BaseURL, now: c.Now, resty: rc}
}

// once keeps net/http from repeating a request on a new connection.
func once(_ *resty.Client, r *http.Request) error {
	r.GetBody = nil
	if r.ContentLength == 0 {
		r.Body = http.NoBody
	}
	return nil
}

// get reads an object.
func (a *api) get(ctx context.Context, path string, out any) error {
	return a.call(ctx, http.MethodGet, path, nil, nil, out)
}

// post changes something, under a key; empty: PayPal takes none there.
func (a *api) post(ctx context.Context, path, key string, in, out any) error {
	return a.postFor(ctx, "", path, key, in, out)
}

// postFor changes something of another merchant; empty: of the marketplace.
func (a *api) postFor(ctx context.Context, merchant, path, key string, in, out any) error {
	body := []byte("{}")
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return &gateway.NotSentError{Err: err}
		}
	}
	own := map[string]string{}
	if key != "" {
		own["PayPal-Request-Id"] = key
	}
	if merchant != "" {
		own["PayPal-Auth-Assertion"] = assertion(a.client, merchant)
	}
	return a.call(ctx, http.MethodPost, path, own, body, out)
}

// raw posts a body as it is.
func (a *api) raw(ctx context.Context, path string, body []byte, out any) error {
	return a.call(ctx, http.MethodPost, path, nil, body, out)
}

func (a *api) call(ctx context.Context, method, path string, own map[string]string, body []byte, out any) error {
	for again := false; ; again = true {
		token, err := a.bearer(ctx, again)
		if err != nil {
			return &gateway.NotSentError{Err: err}
		}
		header := map[string]string{"Authorization": "Bearer " + token, "Prefer": "return=representation"}
		maps.Copy(header, own)
		if body != nil {
			header["Content-Type"] = "application/json"
		}
		err = a.send(ctx, method, path, header, body, out)
		var r *refusal
		if again || !errors.As(err, &r) || r.status != http.StatusUnauthorized {
			return err
		}
	}
}

// bearer is a token that is valid, or a new one.
func (a *api) bearer(ctx context.Context, anew bool) (string, error) {
	a.mu.Lock()
	token, valid := a.token, a.now().Before(a.until)
	a.mu.Unlock()
	if valid && !anew {
		return token, nil
	}
	var got struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": basic(a.client, a.secret)}
	began := a.now()
	if err := a.send(ctx, http.MethodPost, "/v1/oauth2/token", header, []byte("grant_type=client_credentials"), &got); err != nil {
		return "", fmt.Errorf("get a token: %w", err)
	}
	if got.Token == "" || got.Expires < 1 || got.Expires > 1<<30 || strings.ContainsAny(got.Token, "\r\n ") {
		return "", errUnreadable
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.until = got.Token, began.Add(time.Duration(got.Expires)*time.Second-early)
	return a.token, nil
}

// send makes one request and reads the answer into out.
func (a *api) send(ctx context.Context, method, path string, header map[string]string, body []byte, out any) error {
	if err := ctx.Err(); err != nil {
		return &gateway.NotSentError{Err: err}
	}
	var wire gateway.Wire
	req := a.resty.R().SetContext(wire.Watch(ctx)).SetHeaders(header).SetHeader("Accept", "application/json").SetHeader("User-Agent", "handsel")
	if body != nil {
		req.SetBody(body)
	}
	raw, err := req.Execute(method, a.origin+path)
	if err != nil {
		if err = gateway.WithoutURL(err); wire.NotSent(err) {
			return &gateway.NotSentError{Err: err}
		}
		return fmt.Errorf("call paypal: %w", err)
	}
	return read(raw.RawResponse, out)
}

func read(resp *http.Response, out any) error {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil || len(body) > maxBody:
		return errUnreadable
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return refusalOf(resp, body)
	case resp.StatusCode == http.StatusNoContent || out == nil:
		return nil
	case json.Unmarshal(body, out) != nil:
		return errUnreadable
	}
	return nil
}

// basic is a client's proof for the token. resty would write a warning about http.
func basic(client, secret string) string {
	var r http.Request
	r.Header = http.Header{}
	r.SetBasicAuth(client, secret)
	return r.Header.Get("Authorization")
}
