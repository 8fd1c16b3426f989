package stripe_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// mockURL is where stripe-mock listens: Stripe's own validator of requests, which
// answers with samples.
var mockURL string

func TestMain(m *testing.M) {
	os.Exit(withMock(m.Run))
}

// withMock builds and runs stripe-mock around the tests.
func withMock(run func() int) int {
	dir, err := os.MkdirTemp("", "stripe-mock")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	binary := filepath.Join(dir, "stripe-mock")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/stripe/stripe-mock").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build stripe-mock: %v\n%s", err, out)
		return 1
	}
	mock := exec.CommandContext(ctx, binary, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	out, err := mock.StdoutPipe()
	if err == nil {
		err = mock.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { stop(); _ = mock.Wait() }()
	for lines := bufio.NewScanner(out); mockURL == ""; {
		if !lines.Scan() {
			fmt.Fprintln(os.Stderr, "stripe-mock ended without an address")
			return 1
		}
		if address, ok := strings.CutPrefix(lines.Text(), "Listening for HTTP at address: "); ok {
			mockURL = "http://" + address
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // its log; a full pipe would stop it
	return run()
}

// Stripe's own description of its API accepts every request, and it is what we mean.
func TestRequests_shape(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"metadata[intent_id]": "", "metadata[transaction_id]": "7", "metadata[community_id]": "501"}
	opened := map[string]string{
		"amount": "1300", "currency": "eur", "description": "Old city bike", "transfer_group": "handsel_501_7",
		"metadata[price]": "1234", "metadata[buyer_fee]": "66", "automatic_payment_methods[enabled]": "true",
		"expand[0]": "latest_charge", "expand[1]": "latest_charge.balance_transaction",
	}
	expand := map[string]string{"expand[0]": "latest_charge", "expand[1]": "latest_charge.balance_transaction"}
	withToken := map[string]string{"confirm": "true", "payment_method": "pm_card_visa", "return_url": "https://shop.example.com/back"}
	tests := map[string]struct {
		op     func() orchestrator.Operation
		config func(*stripe.Config)
		at     int // which of the requests is meant
		call   string
		key    string
		form   []map[string]string
	}{
		"authorize with a token": {
			op: func() orchestrator.Operation { return operation(process.Authorize, "") }, call: "POST /v1/payment_intents", key: "5f1c0e0a-authorize-authorize",
			form: []map[string]string{ids, opened, withToken, {"capture_method": "manual"}},
		},
		"back to where the marketplace says": {
			op: func() orchestrator.Operation {
				op := operation(process.Authorize, "")
				op.Input["success_url"] = "https://other.example.com/"
				return op
			},
			call: "POST /v1/payment_intents", key: "5f1c0e0a-authorize-authorize",
			form: []map[string]string{ids, opened, withToken, {"capture_method": "manual", "return_url": "https://other.example.com/"}},
		},
		"nowhere to come back to": {
			op: func() orchestrator.Operation { return operation(process.Charge, "") }, call: "POST /v1/payment_intents", key: "5f1c0e0a-charge-charge",
			config: func(c *stripe.Config) { c.ReturnURL = "" },
			form: []map[string]string{ids, opened, {
				"confirm": "true", "payment_method": "pm_card_visa", "capture_method": "automatic", "automatic_payment_methods[allow_redirects]": "never",
			}},
		},
		"authorize without a token": {
			op: func() orchestrator.Operation {
				op := operation(process.Authorize, "")
				op.Input = nil
				return op
			},
			call: "POST /v1/payment_intents", key: "5f1c0e0a-authorize-authorize",
			form: []map[string]string{ids, opened, {"capture_method": "manual"}},
		},
		"what a declined card leaves": {
			op: func() orchestrator.Operation { return operation(process.Charge, "") }, at: 1, call: "POST /v1/payment_intents/pi_*/cancel", key: "5f1c0e0a-charge-drop",
			form: []map[string]string{{"cancellation_reason": "abandoned"}},
		},
		"capture": {
			op: func() orchestrator.Operation { return operation(process.Capture, "pi_1") }, call: "POST /v1/payment_intents/pi_1/capture", key: "5f1c0e0a-capture-capture",
			form: []map[string]string{expand, {"amount_to_capture": "1300"}},
		},
		"void": {
			op: func() orchestrator.Operation { return operation(process.Void, "pi_1") }, call: "POST /v1/payment_intents/pi_1/cancel", key: "5f1c0e0a-void-void",
			form: []map[string]string{expand, {"cancellation_reason": "requested_by_customer"}},
		},
		"void by a timer": {
			op: func() orchestrator.Operation {
				op := operation(process.Void, "pi_1")
				op.Actor = process.Actor{Kind: process.OfSchedule}
				return op
			},
			call: "POST /v1/payment_intents/pi_1/cancel", key: "5f1c0e0a-void-void", form: []map[string]string{expand, {"cancellation_reason": "abandoned"}},
		},
		"refund": {
			op: func() orchestrator.Operation { return operation(process.Refund, "pi_1") }, call: "POST /v1/refunds", key: "5f1c0e0a-refund-refund",
			form: []map[string]string{ids, {
				"amount": "1234", "payment_intent": "pi_1", "reason": "requested_by_customer", "metadata[whole]": "true", "metadata[payment_intent]": "pi_1",
			}},
		},
		"refund of a part": {
			op: func() orchestrator.Operation {
				op := operation(process.Refund, "pi_1")
				op.Transaction.Funds.Held, op.Whole = 2000, false
				return op
			},
			call: "POST /v1/refunds", key: "5f1c0e0a-refund-refund",
			form: []map[string]string{ids, {
				"amount": "1234", "payment_intent": "pi_1", "reason": "requested_by_customer", "metadata[whole]": "false", "metadata[payment_intent]": "pi_1",
			}},
		},
		"transfer": {
			op: func() orchestrator.Operation { return operation(process.Transfer, "pi_1") }, at: 1, call: "POST /v1/transfers", key: "5f1c0e0a-transfer-transfer",
			form: []map[string]string{ids, {
				"amount": "1234", "currency": "eur", "destination": "acct_sam", "source_transaction": "ch_*", "transfer_group": "handsel_501_7",
				"metadata[payment_intent]": "pi_1",
			}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{next: newTransport(t)}
			g := newGateway(t, mockURL, func(c *stripe.Config) {
				c.Transport = r
				if tc.config != nil {
					tc.config(c)
				}
			})
			op := tc.op()
			g.Perform(t.Context(), op)
			seen := r.requests()
			if len(seen) <= tc.at {
				t.Fatalf("requests: %+v", seen)
			}
			for _, q := range seen {
				if q.Status != 200 {
					t.Errorf("stripe-mock refuses %+v", q)
				}
			}
			want := url.Values{}
			for _, part := range tc.form {
				for k, v := range part {
					want.Set(k, v)
				}
			}
			if want.Has("metadata[intent_id]") {
				want.Set("metadata[intent_id]", op.IntentID)
			}
			if diff := cmp.Diff(request{tc.call, want, tc.key, 200}, masked(seen[tc.at])); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// masked hides ids that stripe-mock made up.
func masked(q request) request {
	if parts := strings.Split(q.Call, "/"); len(parts) == 5 && parts[3] != "pi_1" {
		parts[3] = "pi_*"
		q.Call = strings.Join(parts, "/")
	}
	if strings.HasPrefix(q.Form.Get("source_transaction"), "ch_") {
		q.Form.Set("source_transaction", "ch_*")
	}
	return q
}

// What is read is described too, by the same description.
func TestRequests_reading(t *testing.T) {
	t.Parallel()
	r := &recorder{next: newTransport(t)}
	g := newGateway(t, mockURL, func(c *stripe.Config) { c.Transport = r })
	if _, err := g.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: "pi_1"}); err != nil {
		t.Error(err)
	}
	if s, err := g.Lookup(t.Context(), orchestrator.PaymentRef{Reference: "nobodys", Since: t0, Until: t0.Add(time.Hour)}); err != nil || s.Found {
		t.Errorf("lookup by reference: %+v, %v", s, err)
	}
	for _, err := range g.Payments(t.Context(), t0, t0.AddDate(0, 0, 1)) {
		if err != nil {
			t.Error(err)
		}
	}
	if ok, err := g.CanReceive(t.Context(), 501, "sam"); !ok || err != nil {
		t.Errorf("sam can receive: %v, %v", ok, err)
	}
	expand := url.Values{"expand[0]": {"latest_charge"}, "expand[1]": {"latest_charge.balance_transaction"}}
	list := url.Values{"expand[0]": {"data.latest_charge"}, "expand[1]": {"data.latest_charge.balance_transaction"}, "limit": {"100"}}
	since, between := url.Values{"limit": {"100"}}, cloned(list)
	since.Set("created[gte]", fmt.Sprint(t0.Unix()-300))
	since.Set("created[lte]", fmt.Sprint(t0.Unix()+3600+300))
	between.Set("created[gte]", fmt.Sprint(t0.Unix()))
	between.Set("created[lt]", fmt.Sprint(t0.Unix()+86400))
	want := []request{
		{"GET /v1/payment_intents/pi_1", expand, "", 200},
		{"GET /v1/payment_intents/search", url.Values{"limit": {"10"}, "query": {"metadata['intent_id']:'nobodys'"}}, "", 200},
		{"GET /v1/payment_intents", since, "", 200},
		{"GET /v1/payment_intents", between, "", 200},
		{"GET /v1/accounts/acct_sam", url.Values{}, "", 200},
	}
	if diff := cmp.Diff(want, r.requests()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func cloned(v url.Values) url.Values {
	c := url.Values{}
	for k, all := range v {
		c[k] = append([]string(nil), all...)
	}
	return c
}
