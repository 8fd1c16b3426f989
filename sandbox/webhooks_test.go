package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/sandbox"
)

// receiver collects webhooks, answering each with status.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []hook
}

type hook struct {
	Code     string            `json:"code"`
	UserID   *string           `json:"user_id"`
	TargetID string            `json:"target_id"`
	Preview  map[string]any    `json:"target_preview"`
	Time     time.Time         `json:"time"`
	Metadata map[string]string `json:"metadata"`
	auth     string
	raw      string
}

func newReceiver(t *testing.T, status int) *receiver {
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var h hook
		raw, _ := io.ReadAll(req.Body)
		if err := json.Unmarshal(raw, &h); err != nil {
			t.Errorf("webhook body: %v", err)
		}
		user, password, _ := req.BasicAuth()
		h.auth, h.raw = user+":"+password, string(raw)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, h)
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) hooks() []hook {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got
}

func (r *receiver) codes() (codes []string) {
	for _, h := range r.hooks() {
		codes = append(codes, h.Code)
	}
	return codes
}

func listening(t *testing.T, status int) (*tester, *receiver) {
	r := newReceiver(t, status)
	return newTester(t, sandbox.Config{WebhookURL: r.URL, WebhookUsername: "hook", WebhookPassword: "secret"}), r
}

func TestWebhooksOfAnEscrowArriveInOrder(t *testing.T) {
	t.Parallel()
	x, r := listening(t, 200)
	id := x.at("joined")
	if _, err := x.Sandbox.Pay(id, "expired_card"); err == nil {
		t.Fatal("a declined card paid")
	}
	x.travel(id, "delivered")
	must(t, x.Sandbox.Advance(24*time.Hour))
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	same(t, "codes", r.codes(), []string{"basic_tx.joined", "basic_tx.payment_failed", "basic_tx.paid", "basic_tx.tracked",
		"basic_tx.delivered", "basic_tx.complaint_period_ended", "basic_tx.funds_released"})

	hooks := r.hooks()
	for i, h := range hooks {
		same(t, "target", h.TargetID, fmt.Sprint(id))
		same(t, "auth", h.auth, "hook:secret")
		if i > 0 && !h.Time.After(hooks[i-1].Time) {
			t.Errorf("time of %s: %s is not after %s", h.Code, h.Time, hooks[i-1].Time)
		}
	}
	same(t, "status in preview", hooks[4].Preview["status"], any("delivered"))
	same(t, "failure code", hooks[1].Metadata, map[string]string{"failure_code": "expired_card"})
	same(t, "nobody joined", hooks[0].UserID, (*string)(nil))
	same(t, "buyer paid", *hooks[2].UserID, x.buyer)
	same(t, "seller tracked", *hooks[3].UserID, x.seller)
	same(t, "automatic step", hooks[6].UserID, (*string)(nil))
	same(t, "stamped when due", hooks[5].Time.Truncate(time.Second), start.Add(24*time.Hour))
}

func TestWebhooksOfOtherEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		play func(x *tester) string
		want []string
	}{
		{"late tracking", func(x *tester) string { return fmt.Sprint(x.at("late tracking")) },
			[]string{"basic_tx.joined", "basic_tx.paid", "basic_tx.cancelled", "basic_tx.payment_refunded"}},
		{"accepted complaint", func(x *tester) string {
			id := fmt.Sprint(x.at("complained"))
			x.tx("POST", "/transactions/"+id+"/accept_complaint", x.seller, "")
			return id
		}, []string{"basic_tx.joined", "basic_tx.paid", "basic_tx.tracked", "basic_tx.delivered", "basic_tx.complained", "basic_tx.funds_refunded"}},
		{"rejected", func(x *tester) string { return fmt.Sprint(x.at("rejected")) }, []string{"basic_tx.rejected"}},
		{"cancelled", func(x *tester) string { return fmt.Sprint(x.at("cancelled")) }, []string{"basic_tx.joined", "basic_tx.cancelled"}},
		{"extended", func(x *tester) string {
			id := fmt.Sprint(x.at("paid"))
			x.tx("POST", "/transactions/"+id+"/extend_tracking_deadline", x.buyer, "")
			return id
		}, []string{"basic_tx.joined", "basic_tx.paid", "basic_tx.tracking_details_submission_deadline_extended"}},
		{"accepted payment sends nothing", func(x *tester) string { return fmt.Sprint(x.at("payment_accepted+acceptance")) },
			[]string{"basic_tx.joined", "basic_tx.paid"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			x, r := listening(t, 204)
			test.play(x)
			must(t, x.Sandbox.Flush(t.Context()))
			same(t, "codes", r.codes(), test.want)
		})
	}
}

func TestWebhookFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind           string
		before, after  []string // codes before and after Flush
		stateOfTheLost string
	}{
		{"lose", []string{"basic_tx.joined"}, []string{"basic_tx.joined"}, "lost"},
		{"duplicate", []string{"basic_tx.paid", "basic_tx.paid", "basic_tx.joined"}, []string{"basic_tx.paid", "basic_tx.paid", "basic_tx.joined"}, "delivered"},
		{"delay", []string{"basic_tx.joined"}, []string{"basic_tx.joined", "basic_tx.paid"}, "held"},
		{"reorder", []string{"basic_tx.joined", "basic_tx.paid"}, []string{"basic_tx.joined", "basic_tx.paid"}, "delivered"},
	}
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) {
			t.Parallel()
			x, r := listening(t, 200)
			must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "lose"}, {Route: "webhook", Kind: test.kind}}))
			first := x.open("").ID
			must(t, second(x.Sandbox.Pay(first, "success")))
			x.open("")
			must(t, x.Sandbox.WaitDelivered(t.Context()))
			same(t, "before flush", r.codes(), test.before)
			same(t, "state", x.Sandbox.Deliveries()[1].State, test.stateOfTheLost)
			must(t, x.Sandbox.Flush(t.Context()))
			same(t, "after flush", r.codes(), test.after)
		})
	}
}

func TestDelayedWebhookComesWithTheNextAdvance(t *testing.T) {
	t.Parallel()
	x, r := listening(t, 200)
	must(t, x.Sandbox.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "delay"}, {Route: "webhook", Kind: "reorder"}}))
	x.open("")
	x.open("")
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	same(t, "held", len(r.codes()), 0)
	must(t, x.Sandbox.Advance(0))
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	same(t, "let go", len(r.codes()), 2)
}

func TestFailedWebhookIsNotRepeatedButCanBeResent(t *testing.T) {
	t.Parallel()
	x, r := listening(t, 500)
	x.open("")
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	d := x.Sandbox.Deliveries()
	same(t, "tries", len(d), 1)
	same(t, "outcome", []any{d[0].State, d[0].StatusCode}, []any{"failed", 500})

	same(t, "resend of nothing", x.control("POST", "/webhooks/9/resend", "").code(), "not_found")
	same(t, "resend", x.control("POST", "/webhooks/1/resend", "").status, 200)
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	got := r.hooks()
	same(t, "same bytes", got[1].raw, got[0].raw)
	same(t, "resend of", x.Sandbox.Deliveries()[1].ResendOf, 1)
}

func TestWebhookEndpoint(t *testing.T) {
	t.Parallel()
	x := newTester(t, sandbox.Config{})
	x.open("")
	same(t, "without endpoint", x.Sandbox.Deliveries()[0].State, sandbox.DeliveryNoEndpoint)
	r := newReceiver(t, 200)
	same(t, "bad endpoint", x.control("PUT", "/webhooks/endpoint", `{"url":"ftp://example.com"}`).code(), "invalid_endpoint")
	a := x.control("PUT", "/webhooks/endpoint", fmt.Sprintf(`{"url":%q,"username":"u","password":"p"}`, r.URL))
	same(t, "answer", compact(t, a.body), fmt.Sprintf(`{"url":%q,"username":"u"}`, r.URL))
	x.open("")
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	same(t, "auth", r.hooks()[0].auth, "u:p")

	r.Close()
	x.open("")
	must(t, x.Sandbox.WaitDelivered(t.Context()))
	var log []sandbox.Delivery
	must(t, json.Unmarshal(x.control("GET", "/webhooks", "").body, &log))
	same(t, "states", []string{log[0].State, log[1].State, log[2].State}, []string{"no_endpoint", "delivered", "failed"})
	if log[2].Error == "" {
		t.Error("unreachable endpoint: the log has no error")
	}
}
