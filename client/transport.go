package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/go-resty/resty/v2"
)

// maxBody bounds an answer; the largest documented one is a page of 50
// transactions, far below.
const maxBody = 4 << 20

var errBodyTooLarge = fmt.Errorf("%w: body is larger than 4 MiB", ErrUnexpectedAnswer)

// transport sends one HTTP request and reads one bounded answer. It never
// repeats a request and never follows a redirect.
type transport struct {
	resty *resty.Client
	agent string
}

type wireRequest struct {
	method string
	url    string
	header map[string]string
	body   []byte
}

type wireResponse struct {
	status  int
	header  http.Header
	body    []byte
	bodyErr error
}

func newTransport(hc *http.Client, rt http.RoundTripper, agent string) *transport {
	own := *hc
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if rt != nil {
		own.Transport = rt
	}
	rc := resty.NewWithClient(&own).
		SetRetryCount(0).
		SetDoNotParseResponse(true).
		SetAllowGetMethodPayload(true).
		SetDisableWarn(true).
		SetLogger(silent{}).
		SetPreRequestHook(dropEmptyBody)
	return &transport{resty: rc, agent: agent}
}

// dropEmptyBody undoes that resty gives every request a reader: net/http would
// start a goroutine and a timer to find out that it is empty.
func dropEmptyBody(_ *resty.Client, r *http.Request) error {
	if r.ContentLength == 0 {
		r.Body, r.GetBody = http.NoBody, nil
		r.Header.Del("Content-Type")
	}
	return nil
}

func (t *transport) closeIdle() { t.resty.GetClient().CloseIdleConnections() }

// roundTrip reports notSent only together with an error, and only when nothing
// can have been written to a socket.
func (t *transport) roundTrip(ctx context.Context, w wireRequest) (resp wireResponse, notSent bool, err error) {
	var dialled dialTrace
	req := t.resty.R().
		SetContext(httptrace.WithClientTrace(ctx, dialled.hooks())).
		SetHeader("User-Agent", t.agent).
		SetHeader("Accept", "application/json").
		SetHeaders(w.header)
	if w.body != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(w.body)
	}
	raw, err := req.Execute(w.method, w.url)
	if err != nil {
		return wireResponse{}, dialled.notSent(err), withoutURL(err)
	}
	body := raw.RawBody()
	defer func() { _ = body.Close() }()
	resp = wireResponse{status: raw.StatusCode(), header: raw.Header()}
	resp.body, resp.bodyErr = readBounded(body, raw.RawResponse.ContentLength)
	return resp, false, nil
}

// readBounded reads a body of the announced length, or of an unknown one (0 or
// less), and never more than maxBody.
func readBounded(r io.Reader, length int64) ([]byte, error) {
	if length > maxBody {
		return nil, errBodyTooLarge
	}
	if length > 0 {
		body := make([]byte, length)
		if _, err := io.ReadFull(r, body); err != nil {
			return nil, fmt.Errorf("read body: %w", err)
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(body) > maxBody {
		return nil, errBodyTooLarge
	}
	return body, nil
}

// withoutURL drops the URL that net/http puts into its errors: it holds join
// codes and claim secrets.
func withoutURL(err error) error {
	for {
		var withURL *url.Error
		if !errors.As(err, &withURL) {
			return err
		}
		err = withURL.Err
	}
}

// dialTrace learns from net/http whether a request ever had a connection.
type dialTrace struct{ wanted, connected atomic.Bool }

func (d *dialTrace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { d.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { d.connected.Store(true) },
	}
}

// notSent needs proof. A transport that reports no trace proves nothing by its
// silence; there only an error of dialling or name lookup counts.
func (d *dialTrace) notSent(err error) bool {
	if d.connected.Load() {
		return false
	}
	var op *net.OpError
	var dns *net.DNSError
	return d.wanted.Load() || errors.As(err, &op) && op.Op == "dial" || errors.As(err, &dns)
}

// silent keeps resty from writing URLs to the standard error.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
