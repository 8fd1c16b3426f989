package braintree

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/go-resty/resty/v2"

	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

const (
	// callTimeout bounds one call within the deadline of the operation; our choice.
	callTimeout = 30 * time.Second
	// maxBody bounds an answer: a page of payments is about a tenth of it.
	maxBody = 4 << 20
	// version is the date of the API that is spoken (official API).
	version = "2024-08-01"
)

// api is a client for the few calls that are needed. It makes one attempt per call and follows no redirect.
type api struct {
	public, private, endpoint string
	resty                     *resty.Client
}

func newAPI(c Config) *api {
	return &api{public: c.Public, private: c.Private, endpoint: c.BaseURL + "/graphql", resty: client(c)}
}

func client(c Config) *resty.Client {
	own := http.Client{Transport: c.Transport, Timeout: callTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return resty.NewWithClient(&own).SetRetryCount(0).SetDoNotParseResponse(true).SetDisableWarn(true).SetLogger(gateway.Silent{}).SetPreRequestHook(once)
}

// once keeps net/http from repeating a request on a new connection.
func once(_ *resty.Client, r *http.Request) error {
	r.GetBody = nil
	return nil
}

// request is a call: a query, and what is put into it.
type request struct {
	Query     string `json:"query"`
	Variables value  `json:"variables"`
}

// value is what becomes JSON, or is made of it.
type value any

// answer is what comes back, always with status 200 where Braintree itself answers.
type answer struct {
	Data       json.RawMessage `json:"data"`
	Errors     []apiError      `json:"errors"`
	Extensions struct {
		RequestID string `json:"requestId"`
	} `json:"extensions"`
}

type apiError struct {
	Path       []value `json:"path"`
	Extensions struct {
		Class string `json:"errorClass"`
		Code  string `json:"legacyCode"`
	} `json:"extensions"`
}

// call sends one request and reads the data of the answer into out.
func (a *api) call(ctx context.Context, query string, variables, out value) error {
	body, err := json.Marshal(request{query, variables})
	if err != nil {
		return &gateway.NotSentError{Err: err}
	}
	r := a.resty.R().SetBasicAuth(a.public, a.private).
		SetHeader("Accept", "application/json").SetHeader("Content-Type", "application/json").SetHeader("Braintree-Version", version).SetBody(body)
	resp, err := send(ctx, r, http.MethodPost, a.endpoint)
	if err != nil {
		return err
	}
	return read(resp, out)
}

// send makes one request, of which an error tells whether it can have arrived.
func send(ctx context.Context, r *resty.Request, method, url string) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, &gateway.NotSentError{Err: err}
	}
	var wire gateway.Wire
	raw, err := r.SetContext(wire.Watch(ctx)).Execute(method, url)
	if err != nil {
		if err = gateway.WithoutURL(err); wire.NotSent(err) {
			return nil, &gateway.NotSentError{Err: err}
		}
		return nil, fmt.Errorf("call braintree: %w", err)
	}
	return raw.RawResponse, nil
}

// read takes an answer apart. An answer with an error and data is an error: nothing here asks for what may be missing.
func read(resp *http.Response, out value) error {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return errUnreadable
	}
	if resp.StatusCode != http.StatusOK {
		return &refusal{status: resp.StatusCode}
	}
	var a answer
	if json.Unmarshal(body, &a) != nil {
		return errUnreadable
	}
	if len(a.Errors) > 0 {
		e := a.Errors[0]
		if len(e.Path) > 1 {
			return errUnreadable // what was asked is done, and a part of the answer is missing
		}
		return &refusal{status: resp.StatusCode, class: gateway.Printable(e.Extensions.Class), code: gateway.Printable(e.Extensions.Code), requestID: gateway.Printable(a.Extensions.RequestID)}
	}
	if len(a.Data) == 0 || json.Unmarshal(a.Data, out) != nil {
		return errUnreadable
	}
	return nil
}
