package paypal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/paypal"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/paypal"
)

// newDelayed is a world in which PayPal keeps money for sam, who has agreed.
func newDelayed(t testing.TB, change func(*paypal.Config)) *world {
	t.Helper()
	w := newWorld(t, func(c *paypal.Config) {
		c.PartnerID, c.Delayed = "PARTNER222222", true
		if change != nil {
			change(c)
		}
	})
	w.till.SetSeller(samsID, sandbox.ReadySeller())
	return w
}

// release is the transfer of 48.00 of the 51.50 that bea has paid: 1.50 were on top, 2.00 are the marketplace's.
func release(payment string) orchestrator.Operation {
	op := operation(process.Transfer, payment)
	op.Transaction.SellerFee, op.Amount = 200, euro(4800)
	return op
}

// kept is an order whose money PayPal keeps for sam.
func (w *world) kept() string {
	w.t.Helper()
	op := operation(process.Authorize, "")
	op.Transaction.SellerFee = 200
	out := w.Perform(w.t.Context(), op)
	if out.Status != process.Pending {
		w.t.Fatalf("open: %+v", out)
	}
	id := out.Snapshot.PaymentID
	buyer(w.t, w, id, "success")
	w.look(id, true)
	w.does(process.Capture, id, process.Succeeded)
	return id
}

func (w *world) did() (did []string) {
	for _, e := range w.till.Effects() {
		did = append(did, fmt.Sprint(e.Operation, " ", e.Amount))
	}
	return did
}

// PayPal pays the seller out of what it keeps, less the platform's fee, once, however often it is asked.
func TestDelayed(t *testing.T) {
	t.Parallel()
	w := newDelayed(t, nil)
	id := w.kept()
	if s := w.look(id, false); s.Kept != nil {
		t.Errorf("PayPal's fee of %d is booked as the marketplace's", *s.Kept)
	}
	for n := range 3 {
		op := release(id)
		op.IntentID += fmt.Sprint(n)
		if out := w.Perform(t.Context(), op); out.Status != process.Succeeded {
			t.Fatalf("release %d: %+v", n, out)
		}
	}
	if diff := cmp.Diff([]string{"open 5150", "authorize 5150", "capture 5150", "disburse 4800"}, w.did()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	told := false
	for _, d := range w.till.Deliveries() {
		told = told || strings.HasPrefix(d.Type, "PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED")
	}
	if !told {
		t.Error("no event of the item")
	}
}

// What is kept goes back as a whole, with the platform's fee or without it; a part does not.
func TestDelayed_refund(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		amount int64
		whole  bool
		want   process.Status
		code   fault.Reason
	}{
		"all":                   {5150, true, process.Succeeded, ""},
		"all but a fee":         {5000, true, process.Succeeded, ""},
		"a part":                {1500, false, process.Declined, "partial_refund_not_allowed"},
		"less than the price":   {4000, true, process.Declined, "partial_refund_not_allowed"},
		"more than what it has": {6000, true, process.Declined, "partial_refund_not_allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDelayed(t, nil)
			id := w.kept()
			op := operation(process.Refund, id)
			op.Amount, op.Whole = euro(tc.amount), tc.whole
			if out := w.Perform(t.Context(), op); out.Status != tc.want || out.Code != tc.code {
				t.Fatalf("%+v, want %s %s", out, tc.want, tc.code)
			}
			if out := w.Perform(t.Context(), release(id)); (out.Status == process.Succeeded) == (tc.want == process.Succeeded) {
				t.Errorf("then a release: %+v", out)
			}
		})
	}
}

// What hinders a release, and what may still come of one.
func TestDelayed_hindered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before func(w *world, id string)
		want   process.Status
		code   fault.Reason
	}{
		"restricted": {func(w *world, _ string) { must(w.t, w.till.Receive(samsID, "BLOCKED")) }, process.Declined, "payout_failed"},
		"waits":      {func(w *world, _ string) { must(w.t, w.till.Receive(samsID, "PENDING")) }, process.Unknown, "payout_pending"},
		"disputed": {func(w *world, id string) {
			_, err := w.till.Dispute(id, "", "")
			must(w.t, err)
		}, process.Declined, "payment_disputed"},
		"no answer": {func(w *world, _ string) { w.fault("create_referenced_payout_item", "cut_after") }, process.Unknown, "no_clear_answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDelayed(t, nil)
			id := w.kept()
			tc.before(w, id)
			if out := w.Perform(t.Context(), release(id)); out.Status != tc.want || out.Code != tc.code {
				t.Fatalf("%+v, want %s %s", out, tc.want, tc.code)
			}
			if tc.want == process.Unknown {
				must(t, w.till.Receive(samsID, "SUCCESS"))
				if out := w.Perform(t.Context(), release(id)); out.Status != process.Succeeded || w.effects("disburse") != 1 {
					t.Errorf("then: %+v, %d payouts", out, w.effects("disburse"))
				}
			}
		})
	}
	w := newDelayed(t, nil)
	op := release(w.kept())
	op.Amount = euro(4700)
	if out := w.Perform(t.Context(), op); out.Status != process.Declined || out.Code != "amount_not_supported" || w.effects("disburse") != 0 {
		t.Errorf("another sum: %+v", out)
	}
}

// An order ends as it began, whatever the setting is by then; and nobody is the merchant of one who has not agreed.
func TestDelayed_setting(t *testing.T) {
	t.Parallel()
	w := newDelayed(t, nil)
	id := w.kept()
	w.Gateway.Delayed, w.Gateway.PartnerID = false, ""
	if out := w.Perform(t.Context(), release(id)); out.Status != process.Succeeded || w.effects("payout") != 0 || w.effects("disburse") != 1 {
		t.Errorf("after the setting was changed: %+v, %v", out, w.did())
	}
	w = newDelayed(t, nil)
	for user, status := range map[string]orchestrator.SellerStatus{"sam": "active", "eve": "pending", "ann": "missing"} {
		if s := w.stands(user); s.Status != status {
			t.Errorf("%s is %s, want %s", user, s.Status, status)
		}
	}
	op := operation(process.Authorize, "")
	op.Transaction.Author, op.Transaction.Seller = "eve", "eve"
	if out := w.Perform(t.Context(), op); out.Status != process.Declined || w.effects("open") != 0 {
		t.Errorf("an order for an e-mail address: %+v", out)
	}
	w.till.SetSeller(samsID, sandbox.Seller{Receivable: true, Confirmed: true})
	if out := w.Perform(t.Context(), operation(process.Authorize, "")); out.Status == process.Pending || w.effects("open") != 0 {
		t.Errorf("an order for somebody whose consent is gone: %+v", out)
	}
}

// The event of an item leads to the order of its capture.
func TestDelayed_event(t *testing.T) {
	t.Parallel()
	w := newDelayed(t, nil)
	id := w.kept()
	if out := w.Perform(t.Context(), release(id)); out.Status != process.Succeeded {
		t.Fatal(out)
	}
	for _, d := range w.till.Deliveries() {
		if !strings.Contains(d.Type, "REFERENCED") {
			continue
		}
		var e struct {
			Resource struct {
				Reference string `json:"reference_id"`
			} `json:"resource"`
		}
		must(t, json.Unmarshal(d.Body, &e))
		if s := w.look("++"+e.Resource.Reference, false); s.PaymentID != id {
			t.Errorf("the event is about %q, want %q", s.PaymentID, id)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// silent leaves members out of what PayPal says of an order.
type silent struct{ members []string }

func (s silent) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/v2/checkout/orders/") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	for _, m := range s.members {
		body = bytes.ReplaceAll(body, []byte(`"`+m+`":`), []byte(`"x`+m+`":`))
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, err
}

// However little an order says of itself, what is its seller's is never paid out of what the marketplace has, too.
func TestDelayed_silent(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		members []string
		want    process.Status
	}{
		"no instruction":     {[]string{"payment_instruction"}, process.Succeeded},
		"nothing of it":      {[]string{"payment_instruction", "disbursement_mode"}, process.Declined},
		"everything is told": {nil, process.Succeeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDelayed(t, nil)
			id := w.kept()
			g, err := paypal.New(paypal.Config{
				ClientID: "shop", Secret: "shop-secret", BaseURL: w.url, Accounts: w.Accounts, Transport: silent{tc.members},
				ReturnURL: "https://shop.example.com/back", PartnerID: "PARTNER222222", Delayed: true,
			})
			must(t, err)
			if out := g.Perform(t.Context(), release(id)); out.Status != tc.want || w.effects("payout") != 0 {
				t.Errorf("%+v, %v", out, w.did())
			}
		})
	}
}
