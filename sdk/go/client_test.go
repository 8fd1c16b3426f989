package handsel_test

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sdk/go"
)

// script answers requests as it was told, one after the other, and keeps them.
type script struct {
	mu      sync.Mutex
	answers []reply
	asked   []*http.Request
	bodies  []string
	waited  []time.Duration
}

type reply struct {
	status int
	body   string
	header []string
	gone   bool // the connection ends without an answer
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	s.asked, s.bodies = append(s.asked, r), append(s.bodies, string(body))
	a := reply{gone: true}
	if len(s.answers) > 0 {
		a, s.answers = s.answers[0], s.answers[1:]
	}
	if a.gone {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	if a.status >= http.StatusBadRequest {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	for i := 0; i+1 < len(a.header); i += 2 {
		w.Header().Set(a.header[i], a.header[i+1])
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// times is how often it was asked. A connection that ends without an answer tells nobody when
// the handler was through.
func (s *script) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

func scripted(t *testing.T, answers ...reply) (*handsel.Client, *script) {
	t.Helper()
	s := &script{answers: answers}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return handsel.New(handsel.Settings{URL: server.URL + "/", Key: "hsk_test", Sleep: func(_ context.Context, d time.Duration) error {
		s.waited = append(s.waited, d)
		return nil
	}}), s
}

func problem(code, more string) string {
	return `{"type":"","title":"","status":409,"detail":"why","code":"` + code + `","request_id":"req_1"` + more + `}`
}

const deal = `{"id":"txn_1","process":"preauthorize@1","state":"paid"}`

var complete = handsel.PreauthorizeComplete{}.Body()

func TestRefusal(t *testing.T) {
	t.Parallel()
	h, s := scripted(t, reply{status: 409, body: problem("illegal_transition", `,"money_moved":"no","retryable":false,"current_state":"paid"`)})
	_, err := h.Transactions.Take(t.Context(), "txn_1", complete)
	e, ok := errors.AsType[*handsel.Error](err)
	if !ok || !handsel.Refused(err, handsel.CodeIllegalTransition) || handsel.Refused(err, handsel.CodeBusy) || e.MoneyMoved != handsel.MoneyMovedNo || e.RequestID != "req_1" || e.Extra["current_state"] != "paid" {
		t.Errorf("refused with %+v", err)
	}
	if s.times() != 1 {
		t.Errorf("asked %d times", s.times())
	}
}

func TestRepeat(t *testing.T) {
	t.Parallel()
	h, s := scripted(t,
		reply{status: 409, body: problem("operation_in_progress", `,"money_moved":"no","retryable":true,"retry_after":1`)},
		reply{gone: true},
		reply{status: 503, body: "<html>", header: []string{"Content-Type", "text/html"}},
		reply{status: 200, body: deal, header: []string{"Idempotent-Replayed", "true"}},
	)
	outcome, err := h.Transactions.Take(t.Context(), "txn_1", complete, handsel.AsUser("bea"))
	if err != nil || !outcome.Replayed || outcome.Value.State != handsel.StatePaid || !outcome.Value.Is(handsel.ProcessPreauthorize) {
		t.Fatalf("%+v, %v", outcome, err)
	}
	key := s.asked[0].Header.Get("Idempotency-Key")
	for _, r := range s.asked {
		if r.Header.Get("Idempotency-Key") != key || key == "" || r.Header.Get("Handsel-Actor") != "bea" || r.Header.Get("Authorization") != "Bearer hsk_test" {
			t.Errorf("asked with %v", r.Header)
		}
	}
	// A connection that was kept open and is gone, net/http replaces without a wait: the request has a key.
	if s.times() != 4 || s.waited[0] != time.Second || slices.Min(s.waited) < 125*time.Millisecond {
		t.Errorf("asked %d times, waited %v", s.times(), s.waited)
	}
}

func TestDoubt(t *testing.T) {
	t.Parallel()
	h, s := scripted(t, reply{status: 502, body: problem("outcome_unknown", `,"money_moved":"unknown","retryable":false`)})
	outcome, err := h.Transactions.Take(t.Context(), "txn_1", complete, handsel.WithKey("mine"))
	if err != nil || outcome.Doubt == nil || outcome.Doubt.Key != "mine" || s.times() != 1 {
		t.Errorf("%+v, %v, asked %d times", outcome, err, s.times())
	}
	if _, err := handsel.Done(outcome, err); !handsel.Refused(err, handsel.CodeOutcomeUnknown) {
		t.Errorf("done with %v", err)
	}
	h, s = scripted(t)
	if outcome, err := h.Transactions.Take(t.Context(), "txn_1", complete); err != nil || outcome.Doubt == nil || s.times() != 5 {
		t.Errorf("without an answer: %+v, %v, asked %d times", outcome, err, s.times())
	}
	if _, err := h.Transactions.Get(t.Context(), "txn_1"); err == nil || handsel.Refused(err) {
		t.Errorf("a read without an answer: %v", err)
	}
	h, s = scripted(t)
	if _, err := h.Transactions.Refresh(t.Context(), "txn_1"); err == nil || s.times() != 1 {
		t.Errorf("what has no key was asked %d times: %v", s.times(), err)
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	h, _ := scripted(t, reply{status: 202, body: `{"id":"apr_1"}`})
	outcome, err := h.Transactions.Take(t.Context(), "txn_1", handsel.PreauthorizeRefund{Reason: "broken"}.Body(), handsel.AsOperator("ann"))
	if err != nil || outcome.Waiting == nil || outcome.Waiting.ID != "apr_1" {
		t.Errorf("%+v, %v", outcome, err)
	}
	if _, err := handsel.Done(outcome, err); err == nil {
		t.Error("what waits is done")
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	h, s := scripted(t, reply{status: 200, body: `{"items":[{"id":"1"},{"id":"2"}],"next_cursor":"cur_2"}`}, reply{status: 200, body: `{"items":[{"id":"3"}],"next_cursor":null}`})
	var ids []string
	for one, err := range h.Transactions.List(t.Context(), handsel.TransactionsListQuery{State: []handsel.StateName{handsel.StatePaid, handsel.StateTracked}, Metadata: map[string]string{"shop": "7"}, Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(one.ID))
	}
	if !slices.Equal(ids, []string{"1", "2", "3"}) || s.asked[1].URL.RawQuery != "cursor=cur_2&limit=2&metadata%5Bshop%5D=7&state=paid%2Ctracked" {
		t.Errorf("%v, asked %s", ids, s.asked[1].URL)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	h, s := scripted(t, reply{status: 200, body: `{"allowed":true}`}, reply{status: 201, body: `{"id":"1"}`}, reply{status: 204}, reply{status: 200, body: "the file", header: []string{"Content-Type", "text/plain"}})
	if p, err := h.Transactions.PreviewTake(t.Context(), "a/b", handsel.EscrowOnlineTrack{Carrier: "DHL", TrackingCode: "1"}.Body()); err != nil || !p.Allowed {
		t.Errorf("%+v, %v", p, err)
	}
	if s.asked[0].RequestURI != "/v1/transactions/a%2Fb/transitions?dry_run=true" || s.bodies[0] != `{"input":{"carrier":"DHL","tracking_code":"1"},"transition":"track"}` {
		t.Errorf("asked %s %s", s.asked[0].RequestURI, s.bodies[0])
	}
	if _, err := h.Transactions.AddEvidence(t.Context(), "txn_1", handsel.UploadFormInput{UploaderID: "bea", File: handsel.File{Name: "a.txt", Content: []byte("x")}}); err != nil || !strings.Contains(s.bodies[1], "a.txt") {
		t.Errorf("%v: %s", err, s.bodies[1])
	}
	if err := h.Listings.Delete(t.Context(), "lst_1"); err != nil {
		t.Error(err)
	}
	if text, err := h.Transactions.DownloadEvidence(t.Context(), "txn_1", "1"); err != nil || string(text) != "the file" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestFollow(t *testing.T) {
	t.Parallel()
	h, s := scripted(t, reply{status: 200, body: `{"items":[{"sequence":6},{"sequence":7}],"next_after":7,"has_more":true}`}, reply{status: 200, body: `{"items":[{"sequence":9}],"next_after":9,"has_more":false}`})
	var seen []int64
	for e, err := range h.Follow(t.Context(), handsel.Follow{After: 5, Types: []handsel.EventFilter{"transaction.*"}}) {
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, e.Sequence)
	}
	if !slices.Equal(seen, []int64{6, 7, 9}) || s.asked[0].URL.Query().Get("after") != "5" || s.asked[1].URL.Query().Get("after") != "7" || s.asked[0].URL.Query().Get("type") != "transaction.*" {
		t.Errorf("saw %v, asked %s", seen, s.asked[0].URL)
	}
}

// Where there is no place yet, events are followed from now on.
func TestFollow_fromNow(t *testing.T) {
	t.Parallel()
	empty := func(next int, more bool) reply {
		return reply{status: 200, body: fmt.Sprintf(`{"items":[],"next_after":%d,"has_more":%t}`, next, more)}
	}
	h, s := scripted(t, empty(7, true), empty(7, false), empty(5, false))
	for _, f := range []handsel.Follow{{FromNow: true}, {FromNow: true, After: 5}} {
		for e, err := range h.Follow(t.Context(), f) {
			t.Errorf("there is %+v (%v)", e, err)
		}
	}
	for i, want := range []string{"from=now", "after=7", "after=5"} {
		if got := s.asked[i].URL.RawQuery; got != want {
			t.Errorf("request %d asks for %s, want %s", i, got, want)
		}
	}
}

// Webhooks are verified by the published algorithm, and given to the handler of their type.
func TestWebhook(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_700_000_000, 0)
	const other, body = "whsec_AAAA", `{"id":"evt_1","type":"transaction.paid","data":{"to":"paid"}}`
	secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of 24 bytes or so"))
	sign := func(secret, body string) string {
		key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "evt_1.%d.%s", at.Unix(), body)
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	public, private, _ := ed25519.GenerateKey(nil)
	key := "whpk_" + base64.StdEncoding.EncodeToString(public)
	asymmetric := "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(private, fmt.Appendf(nil, "evt_1.%d.%s", at.Unix(), body)))
	var heard []string
	var handlers handsel.Handlers
	handsel.On(&handlers, handsel.OnTransactionPaid, func(_ context.Context, e handsel.Event, d handsel.StepData) error {
		heard = append(heard, e.ID+" "+d.To)
		return nil
	})
	for name, tt := range map[string]struct {
		body, signature string
		after           time.Duration
		status          int
	}{
		"right":          {body, "v1a,xx v1,%% " + sign(other, body) + " " + sign(secret, body), 299 * time.Second, 204},
		"ed25519":        {body, "v1,AAAA " + asymmetric, 0, 204},
		"another text":   {body + " ", asymmetric, 0, 400},
		"another scheme": {body, strings.Replace(asymmetric, "v1a", "v1", 1), 0, 400},
		"another body":   {body + " ", sign(secret, body), 0, 400},
		"another secret": {body, sign("whsec_BBBB", body), 0, 400},
		"too old":        {body, sign(secret, body), 301 * time.Second, 400},
		"too early":      {body, sign(secret, body), -301 * time.Second, 400},
		"not signed":     {body, "", 0, 400},
	} {
		w := &handsel.Webhook{Secrets: []string{other, secret, key}, Handlers: &handlers, Now: func() time.Time { return at.Add(tt.after) }}
		r := httptest.NewRequest("POST", "/hooks", strings.NewReader(tt.body))
		r.Header.Set("Webhook-Id", "evt_1")
		r.Header.Set("Webhook-Timestamp", fmt.Sprint(at.Unix()))
		r.Header.Set("Webhook-Signature", tt.signature)
		answer := httptest.NewRecorder()
		w.ServeHTTP(answer, r)
		if answer.Code != tt.status {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
	}
	if !slices.Equal(heard, []string{"evt_1 paid", "evt_1 paid"}) {
		t.Errorf("heard %v", heard)
	}
	for _, wrong := range []string{"", "whsec_", "whsec_!", "whpk_AAAA", "whsk_AAAA"} {
		r := httptest.NewRequest("POST", "/hooks", http.NoBody)
		r.Header.Set("Webhook-Id", "evt_1")
		r.Header.Set("Webhook-Timestamp", fmt.Sprint(at.Unix()))
		if _, err := (&handsel.Webhook{Secrets: []string{wrong}, Now: func() time.Time { return at }}).Verify(r.Header, nil); err == nil || errors.Is(err, handsel.ErrNotSigned) {
			t.Errorf("%q is taken for a secret: %v", wrong, err)
		}
	}
	handlers.Other = func(context.Context, handsel.Event) error { return errors.New("not now") }
	if err := handlers.Dispatch(t.Context(), handsel.Event{Type: "something.new"}); err == nil {
		t.Error("an event without a handler of its own reached no other")
	}
}
