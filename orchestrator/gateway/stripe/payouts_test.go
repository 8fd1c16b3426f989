package stripe_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// bankOf serves a payout of acct_1 and what is in it, and tells which accounts were asked for.
func bankOf(t *testing.T, answers map[string]string) *httptest.Server {
	t.Helper()
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/v1/")
		if of := r.URL.Query().Get("payout"); of != "" {
			path += "?" + of
		}
		if owner := r.Header.Get("Stripe-Account"); (owner == "acct_1") == (path == "transfers") {
			t.Errorf("%s was asked of %q", path, owner)
		}
		answer := answers[path]
		if strings.HasPrefix(answer, "403") {
			w.WriteHeader(http.StatusForbidden)
			answer = failure("invalid_request_error", `,"code":"account_invalid"`)
		}
		if answer == "" {
			w.WriteHeader(http.StatusNotFound)
			answer = failure("invalid_request_error", `,"code":"resource_missing"`)
		}
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(front.Close)
	return front
}

// What Stripe tells of a payout, and which payments are in it: those of transfers whose charges are there, also of a payout
// that came back and went out again.
func TestBankPayout(t *testing.T) {
	t.Parallel()
	payout := func(change string) string {
		return `{"id":"po_2","object":"payout","amount":1500,"currency":"eur","automatic":true,"created":1767225600,"arrival_date":1767312000` + change + `}`
	}
	list := func(items string) string { return `{"object":"list","has_more":false,"data":[` + items + `]}` }
	parts := list(`{"id":"txn_1","amount":1000,"created":1767220000,"source":"py_1"},{"id":"txn_2","amount":500,"created":1767230000,"source":"po_1"},{"id":"txn_3","amount":-1500,"created":1767230000,"source":"po_2"}`)
	earlier := list(`{"id":"txn_4","amount":500,"created":1767100000,"source":"py_2"},{"id":"txn_5","amount":-500,"created":1767100000,"source":"po_1"}`)
	transfers := list(`{"id":"tr_1","destination_payment":"py_1","metadata":{"payment_intent":"pi_1"}},{"id":"tr_2","destination_payment":"py_2","metadata":{"payment_intent":"pi_2"}},
		{"id":"tr_3","destination_payment":"py_3","metadata":{"payment_intent":"pi_3"}},{"id":"tr_4","destination_payment":"py_1","metadata":{"payment_intent":"../x"}}`)
	all := func(payout string) map[string]string {
		return map[string]string{"payouts/po_2": payout, "balance_transactions?po_2": parts, "balance_transactions?po_1": earlier, "transfers": transfers}
	}
	for name, tc := range map[string]struct {
		answers  map[string]string
		status   orchestrator.BankPayoutStatus
		failure  string
		payments []string
		refused  bool
	}{
		"pending":             {all(payout(`,"status":"pending"`)), "in_transit", "", []string{"pi_1", "pi_2"}, false},
		"paid":                {all(payout(`,"status":"paid"`)), "paid", "", []string{"pi_1", "pi_2"}, false},
		"failed":              {all(payout(`,"status":"failed","failure_code":"no_account"`)), "failed", "no_account", []string{"pi_1", "pi_2"}, false},
		"by hand":             {all(payout(`,"status":"paid","automatic":false`)), "paid", "", nil, false},
		"a new status":        {all(payout(`,"status":"lost"`)), "", "", nil, true},
		"no such":             {map[string]string{}, "", "", nil, false},
		"another platform's":  {map[string]string{"payouts/po_2": "403"}, "", "", nil, false},
		"no right to look in": {map[string]string{"payouts/po_2": payout(`,"status":"paid"`), "balance_transactions?po_2": "403"}, "paid", "", nil, false},
		"another object":      {map[string]string{"payouts/po_2": `{"id":"po_2","object":"charge","status":"paid"}`}, "", "", nil, true},
		"what is in it fails": {map[string]string{"payouts/po_2": payout(`,"status":"paid"`)}, "", "", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, bankOf(t, tc.answers).URL, nil)
			seen, err := g.BankPayout(t.Context(), orchestrator.BankPayoutRef{Account: "acct_1", ID: "po_2"})
			if (err != nil) != tc.refused {
				t.Fatal(err)
			}
			if tc.refused {
				return
			}
			if diff := cmp.Diff(tc.payments, seen.Payments); diff != "" || seen.Status != tc.status || seen.Failure != tc.failure || seen.Found != (tc.status != "") {
				t.Errorf("%+v\n%s", seen, diff)
			}
			if seen.Found && (seen.Amount != money.New(1500, "EUR") || seen.Account != "acct_1" || seen.ArrivesAt.Unix() != 1767312000) {
				t.Errorf("%+v", seen)
			}
		})
	}
}

// A payout with the money of very many deals is told of like any other: what is in it is gone through as far as one call's time
// allows. No page is without an end here, so that who asks for all of them never comes back.
func TestBankPayout_large(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, path := asked.Add(1), strings.TrimPrefix(r.URL.Path, "/v1/")
		if n > 100 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		if path == "payouts/po_2" {
			_, _ = w.Write([]byte(`{"id":"po_2","object":"payout","amount":1500,"currency":"eur","automatic":true,"status":"failed","failure_code":"no_account","created":1767225600,"arrival_date":1767312000}`))
			return
		}
		items := make([]string, 100)
		for i := range items {
			if items[i] = fmt.Sprintf(`{"id":"txn_%d_%d","amount":1,"created":1767220000,"source":"py_%d_%d"}`, n, i, n, i); path == "transfers" {
				items[i] = fmt.Sprintf(`{"id":"tr_%d_%d","destination_payment":"py_2_%d","metadata":{"payment_intent":"pi_%d_%d"}}`, n, i, i, n, i)
			}
		}
		_, _ = w.Write([]byte(`{"object":"list","url":"/v1/` + path + `","has_more":true,"data":[` + strings.Join(items, ",") + `]}`))
	}))
	t.Cleanup(front.Close)
	seen, err := newGateway(t, front.URL, nil).BankPayout(t.Context(), orchestrator.BankPayoutRef{Account: "acct_1", ID: "po_2"})
	if err != nil || seen.Status != orchestrator.BankPayoutFailed || len(seen.Payments) == 0 {
		t.Fatalf("%s, %d payments, %v", seen.Status, len(seen.Payments), err)
	}
	if n := asked.Load(); n > 20 {
		t.Errorf("Stripe was asked %d times for one payout", n)
	}
}
