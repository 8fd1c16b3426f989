package paytrail

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

const (
	// callTimeout bounds one call within the deadline of the operation; our choice.
	callTimeout = 30 * time.Second
	// maxBody bounds an answer: the list of ways to pay is about a hundredth of it.
	maxBody    = 4 << 20
	timeForm   = "2006-01-02T15:04:05.000Z"
	timeHeader = "checkout-timestamp"
	algorithm  = "sha256"
)

// api is a client for the few calls that are needed. It makes one attempt per call, follows
// no redirect, and believes no answer that Paytrail has not signed.
type api struct {
	merchant, secret, origin string
	now                      func() time.Time
	nonce                    func() string
	resty                    *resty.Client
}

func newAPI(c Config) *api {
	own := http.Client{Transport: c.Transport, Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	rc := resty.NewWithClient(&own).SetRetryCount(0).SetDoNotParseResponse(true).SetDisableWarn(true).SetLogger(gateway.Silent{}).SetPreRequestHook(once)
	return &api{merchant: c.Merchant, secret: c.Secret, origin: c.BaseURL, now: c.Now, nonce: c.Nonce, resty: rc}
}

// once keeps net/http from repeating a request on a new connection, and drops a body that
// is empty: resty gives a reader even to that.
func once(_ *resty.Client, r *http.Request) error {
	r.GetBody = nil
	if r.ContentLength == 0 {
		r.Body = http.NoBody
		r.Header.Del("Content-Type")
	}
	return nil
}

// get reads what Paytrail says of a payment, or of a refund.
func (a *api) get(ctx context.Context, transaction string) (payment, error) {
	var p payment
	err := a.call(ctx, http.MethodGet, "/payments/"+url.PathEscape(transaction), transaction, nil, &p)
	if err == nil && p.TransactionID != transaction {
		err = errUnreadable
	}
	return p, err
}

// call sends one request and reads the answer into out. transaction is the one that the
// call is about; empty when it opens one.
func (a *api) call(ctx context.Context, method, path, transaction string, in, out any) error {
	return a.callAbout(ctx, method, path, "checkout-transaction-id", transaction, in, out)
}

// callAbout is call, with the header that says what the call is about.
func (a *api) callAbout(ctx context.Context, method, path, header, about string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return &gateway.NotSentError{Err: err}
		}
	}
	if err := ctx.Err(); err != nil {
		return &gateway.NotSentError{Err: err}
	}
	var wire gateway.Wire
	req := a.resty.R().SetContext(wire.Watch(ctx)).SetHeader("Accept", "application/json").
		SetHeader("platform-name", "handsel")
	for key, value := range a.headers(method, header, about, body) {
		req.SetHeader(key, value)
	}
	if body != nil {
		req.SetHeader("Content-Type", "application/json; charset=utf-8").SetBody(body)
	}
	raw, err := req.Execute(method, a.origin+path)
	if err != nil {
		if err = gateway.WithoutURL(err); wire.NotSent(err) {
			return &gateway.NotSentError{Err: err}
		}
		return fmt.Errorf("call paytrail: %w", err)
	}
	return a.read(raw.RawResponse, out)
}

func (a *api) headers(method, header, about string, body []byte) map[string]string {
	headers := map[string]string{
		"checkout-account": a.merchant, "checkout-algorithm": algorithm, "checkout-method": method,
		"checkout-nonce": a.nonce(), timeHeader: a.now().UTC().Format(timeForm),
	}
	if about != "" {
		headers[header] = about
	}
	headers["signature"] = signature(a.secret, algorithm, headers, body)
	return headers
}

// read checks the answer's signature before it looks at what is in it.
func (a *api) read(resp *http.Response, out any) error {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return errUnreadable
	}
	params := map[string]string{}
	for key, values := range resp.Header {
		params[strings.ToLower(key)] = strings.Join(values, ",")
	}
	proven := verified(a.merchant, a.secret, resp.Header.Get("signature"), params, body)
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		r := &refusal{status: resp.StatusCode, proven: proven, requestID: gateway.Printable(resp.Header.Get("request-id"))}
		if proven && json.Unmarshal(body, &r.aboutCard) == nil {
			r.AcquirerCode = gateway.Printable(r.AcquirerCode)
			r.answeredAt(params[timeHeader])
		}
		return r
	}
	if !proven || json.Unmarshal(body, out) != nil {
		return errUnreadable
	}
	if d, ok := out.(interface{ answeredAt(text string) }); ok {
		d.answeredAt(params[timeHeader])
	}
	return nil
}
