package handsel

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Settings are what a client is made of. URL and Key are required.
type Settings struct {
	URL string // "https://handsel.example.com"
	Key string // of the marketplace's backend, "hsk_…"
	// Retries is how often a request is sent again when that can help; default 4, below zero: never.
	Retries int
	// HTTP sends the requests; default: a client that gives an attempt 40 s, which is more than the
	// server takes, and follows no redirect.
	HTTP *http.Client
	// Sleep waits between attempts; default: for as long as it is told, or until ctx ends.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Client is a client of one marketplace. It keeps no state and is safe for concurrent use.
type Client struct {
	operations
	core *core
}

// New makes a client.
func New(s Settings) *Client {
	if s.Retries == 0 {
		s.Retries = 4
	}
	if s.HTTP == nil {
		s.HTTP = &http.Client{Timeout: 40 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if s.Sleep == nil {
		s.Sleep = sleep
	}
	s.URL = strings.TrimRight(s.URL, "/")
	c := &core{s}
	return &Client{newOperations(c), c}
}

// CallOption says more with a request.
type CallOption func(http.Header)

// AsUser names the user for whom the backend acts.
func AsUser(user UserID) CallOption {
	return func(h http.Header) { h.Set("Handsel-Actor", string(user)) }
}

// AsOperator names the member of staff who acts.
func AsOperator(name string) CallOption {
	return func(h http.Header) { h.Set("Handsel-Operator", name) }
}

// WithRequestID is your own id of the request, for the log.
func WithRequestID(id string) CallOption { return func(h http.Header) { h.Set("X-Request-Id", id) } }

// WithKey makes a request repeatable: store it beside what you order, and send it again after a crash. Without
// one, each call has its own, which its repeats share.
func WithKey(key string) CallOption { return func(h http.Header) { h.Set(keyHeader, key) } }

const keyHeader = "Idempotency-Key"

// Nothing is the answer of what answers nothing.
type Nothing struct{}

// File is a file to send.
type File struct {
	Name    string
	Content []byte
}

// core sends requests, and those again that can be repeated.
type core struct{ Settings }

// request is one before it is sent.
type request struct {
	method, path string
	query        url.Values
	body         any
	dry, keyed   bool
}

// answered is an answer to a request that was taken.
type answered struct {
	status int
	header http.Header
	body   []byte
}

// queryOf makes a query of names and values; what is zero is left out.
func queryOf(pairs ...any) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name := pairs[i].(string)
		if many, ok := pairs[i+1].(map[string]string); ok {
			for key, text := range many {
				q.Set(name+"["+key+"]", text)
			}
		} else if text := fmt.Sprint(pairs[i+1]); text != "" && text != "0" && text != "false" {
			q.Set(name, text)
		}
	}
	return q
}

// several is how values are written of which any will do.
func several[T ~string](all []T) string {
	texts := make([]string, len(all))
	for i, one := range all {
		texts[i] = string(one)
	}
	return strings.Join(texts, ",")
}

// send sends a request and reads the answer.
func send[T any](ctx context.Context, c *core, r request, options []CallOption) (T, error) {
	var out T
	header := headerOf(options)
	if r.keyed && header.Get(keyHeader) == "" {
		header.Set(keyHeader, rand.Text())
	}
	a, err := c.do(ctx, r, header)
	if err != nil {
		return out, err
	}
	return out, a.read(&out)
}

// move sends a request that can move money.
func move[T any](ctx context.Context, c *core, r request, options []CallOption) (Outcome[T], error) {
	var out Outcome[T]
	header := headerOf(options)
	if header.Get(keyHeader) == "" {
		header.Set(keyHeader, rand.Text())
	}
	a, err := c.do(ctx, r, header)
	if moved, ok := errors.AsType[interface {
		error
		doubtful() bool
	}](err); ok && moved.doubtful() {
		out.Doubt = &Doubt{Key: header.Get(keyHeader), Err: err}
		return out, nil
	}
	switch {
	case err != nil:
		return out, err
	case a.status == http.StatusAccepted:
		out.Waiting = new(Approval)
		return out, a.read(out.Waiting)
	}
	out.Value, out.Replayed = new(T), a.header.Get("Idempotent-Replayed") == "true"
	return out, a.read(out.Value)
}

// list reads a list page by page. An error ends it.
func list[T any](ctx context.Context, c *core, r request, options []CallOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			page, err := send[struct {
				Items []T     `json:"items"`
				Next  *string `json:"next_cursor"`
			}](ctx, c, r, options)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			if r.query == nil {
				r.query = url.Values{}
			}
			r.query.Set("cursor", *page.Next)
		}
	}
}

func headerOf(options []CallOption) http.Header {
	h := http.Header{}
	for _, o := range options {
		o(h)
	}
	return h
}

func (a answered) read(to any) error {
	switch to := to.(type) {
	case *Nothing:
		return nil
	case *[]byte:
		*to = a.body
		return nil
	}
	return json.Unmarshal(a.body, to)
}

// do gets an answer. Each repeat has the same key.
func (c *core) do(ctx context.Context, r request, header http.Header) (answered, error) {
	body, kind, err := payload(r.body)
	if err != nil {
		return answered{}, err
	}
	header.Set("Authorization", "Bearer "+c.Key)
	if kind != "" {
		header.Set("Content-Type", kind)
	}
	for attempt := 0; ; attempt++ {
		a, err := c.attempt(ctx, r, header, body)
		if err == nil || ctx.Err() != nil && !isNoAnswer(err) {
			return a, err
		}
		wait, again := repeat(err, r.method == http.MethodGet || header.Get(keyHeader) != "", attempt)
		if !again || attempt >= c.Retries || ctx.Err() != nil {
			return a, err
		}
		if c.Sleep(ctx, wait) != nil {
			return a, err
		}
	}
}

// attempt is one of them.
func (c *core) attempt(ctx context.Context, r request, header http.Header, body []byte) (answered, error) {
	address := c.URL + r.path
	query := r.query
	if r.dry {
		query = url.Values{"dry_run": {"true"}}
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	out, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(body))
	if err != nil {
		return answered{}, err
	}
	out.Header = header.Clone()
	in, err := c.HTTP.Do(out)
	if err != nil {
		return answered{}, &NoAnswer{changes: r.method != http.MethodGet, Err: err}
	}
	defer in.Body.Close()
	a := answered{status: in.StatusCode, header: in.Header}
	if a.body, err = io.ReadAll(in.Body); err != nil {
		return answered{}, &NoAnswer{changes: r.method != http.MethodGet, Err: err}
	}
	if a.status < 200 || a.status > 299 {
		return answered{}, errorOf(a, r.method != http.MethodGet)
	}
	return a, nil
}

// payload is what a body is sent as.
func payload(body any) (text []byte, kind string, err error) {
	switch b := body.(type) {
	case nil:
		return nil, "", nil
	case UploadFormInput:
		return b.form()
	}
	text, err = json.Marshal(body)
	if string(text) == "null" {
		return nil, "", err
	}
	return text, "application/json", err
}

func (u UploadFormInput) form() ([]byte, string, error) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if u.UploaderID != "" {
		if err := form.WriteField("uploader_id", string(u.UploaderID)); err != nil {
			return nil, "", err
		}
	}
	part, err := form.CreateFormFile("file", u.File.Name)
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(u.File.Content); err != nil {
		return nil, "", err
	}
	return b.Bytes(), form.FormDataContentType(), form.Close()
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// seconds reads a header that has some.
func seconds(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
