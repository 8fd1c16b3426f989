package paypal_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/paypal"
)

const sam = "SAMSACCT22222"

// forSam says that a call is made for sam.
func forSam() []string {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"shop","payer_id":"` + sam + `"}`))
	return []string{"PayPal-Auth-Assertion", "e30." + claims + "."}
}

// keeping is the rest of an order whose money PayPal keeps for sam, of which the platform gets a fee.
func keeping(fee string) string {
	return `,"payee":{"merchant_id":"` + sam + `"},"payment_instruction":{"disbursement_mode":"DELAYED","platform_fees":[{"amount":{"currency_code":"EUR","value":"` + fee + `"}}]}`
}

// kept is a capture of 100.00 euro that PayPal keeps for sam, of which 10.00 are the platform's.
func (s *shop) kept() string {
	s.t.Helper()
	s.SetSeller(sam, paypal.ReadySeller())
	order := s.approved("AUTHORIZE", "success", keeping("10.00"))
	auth := s.post("/v2/checkout/orders/"+order+"/authorize", "").is(s.t, 201).parts["authorizations"][0].ID
	return s.post("/v2/payments/authorizations/"+auth+"/capture", `{"final_capture":true}`, forSam()...).is(s.t, 201).ID
}

func itemOf(capture string) string {
	return `{"reference_id":"` + capture + `","reference_type":"TRANSACTION_ID"}`
}

const items = "/v1/payments/referenced-payouts-items"

// What is captured for another merchant is not the platform's. It gets its fee with the payout, which is made once.
func TestDelayed(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	id := s.kept()
	if balances := s.get("/v1/reporting/balances").raw; strings.Contains(balances, "EUR") {
		t.Errorf("the platform has something of it: %s", balances)
	}
	first := s.post(items, itemOf(id)).is(t, 201).raw
	if again := s.post(items, itemOf(id)).is(t, 200).raw; again != first || !strings.Contains(first, `"status":"SUCCESS"`) {
		t.Errorf("once %s, then %s", first, again)
	}
	if balances := s.get("/v1/reporting/balances").raw; !strings.Contains(balances, `"value":"10010.00"`) {
		t.Errorf("the platform's fee: %s", balances)
	}
	var did []any
	for _, e := range s.Effects() {
		did = append(did, e.Operation, e.Amount)
	}
	if diff := cmp.Diff([]any{"open", int64(10000), "authorize", int64(10000), "capture", int64(10000), "disburse", int64(9000)}, did); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := s.post("/v2/payments/captures/"+id+"/refund", "", forSam()...); got.Issue != "REFUND_NOT_ALLOWED" {
		t.Errorf("a refund of what was paid out: %d %s", got.status, got.raw)
	}
}

// What the API says about money that it keeps.
func TestDelayed_refused(t *testing.T) {
	t.Parallel()
	refund := func(fee string) string {
		return `{"amount":{"currency_code":"EUR","value":"40.00"},"payment_instruction":{"platform_fees":[{"amount":{"currency_code":"EUR","value":"` + fee + `"}}]}}`
	}
	for name, tc := range map[string]struct {
		call   func(s *shop) object
		status int
		says   string
	}{
		"a stranger": {func(s *shop) object {
			return s.post("/v2/checkout/orders", orderOf("AUTHORIZE", "EUR", "100.00", strings.ReplaceAll(keeping("1.00"), sam, "NOBODY2222222")))
		}, 403, "CONSENT_NEEDED"},
		"the whole as a fee": {func(s *shop) object {
			return s.post("/v2/checkout/orders", orderOf("AUTHORIZE", "EUR", "100.00", keeping("100.00")))
		}, 422, "INVALID_PLATFORM_FEES_AMOUNT"},
		"another mode": {func(s *shop) object {
			return s.post("/v2/checkout/orders", orderOf("AUTHORIZE", "EUR", "100.00", strings.Replace(keeping("1.00"), "DELAYED", "LATER", 1)))
		}, 400, "INVALID_PARAMETER_VALUE"},
		"a refund for nobody": {func(s *shop) object { return s.post("/v2/payments/captures/"+s.kept()+"/refund", "") }, 403, "PERMISSION_DENIED"},
		"too much of the fee": {func(s *shop) object {
			return s.post("/v2/payments/captures/"+s.kept()+"/refund", refund("10.01"), forSam()...)
		}, 422, "PLATFORM_FEE_EXCEEDED"},
		"a refund with the fee": {func(s *shop) object {
			return s.post("/v2/payments/captures/"+s.kept()+"/refund", refund("4.00"), forSam()...)
		}, 201, `"platform_fees":[{"amount":{"currency_code":"EUR","value":"4.00"}}]`},
		"an item of nothing":   {func(s *shop) object { return s.post(items, itemOf("NOTHING")) }, 404, "INVALID_RESOURCE_ID"},
		"an item of what else": {func(s *shop) object { return s.post(items, `{"reference_id":"X","reference_type":"OTHERS"}`) }, 400, "INVALID_PARAMETER_VALUE"},
		"an item of the platform's own": {func(s *shop) object {
			return s.post(items, itemOf(strings.TrimPrefix(s.captured("success"), "/v2/payments/captures/")))
		}, 201, "TRANSACTION_NOT_VALID"},
		"a disputed one": {func(s *shop) object {
			id := s.kept()
			if _, err := s.Dispute(s.orderOfCapture(id), "", ""); err != nil {
				s.t.Fatal(err)
			}
			return s.post(items, itemOf(id))
		}, 201, "TRANSACTION_UNDER_DISPUTE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil)
			s.SetSeller(sam, paypal.ReadySeller())
			if got := tc.call(s); got.status != tc.status || !strings.Contains(got.raw, tc.says) {
				t.Errorf("%d %s, want %d %s", got.status, got.raw, tc.status, tc.says)
			}
		})
	}
}

// orderOfCapture is the order of a capture.
func (s *shop) orderOfCapture(id string) string {
	s.t.Helper()
	_, rest, _ := strings.Cut(s.get("/v2/payments/captures/"+id).raw, `"order_id":"`)
	order, _, _ := strings.Cut(rest, `"`)
	return order
}

// An item that waits is ended by a control, and a snapshot keeps it; one that has failed may be made again.
func TestDelayed_waits(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil)
	id := s.kept()
	set := func(status string) {
		t.Helper()
		if err := s.Receive(sam, status); err != nil {
			t.Fatal(err)
		}
	}
	set("PENDING")
	if got := s.post(items, itemOf(id)).is(t, 201).raw; !strings.Contains(got, `"status":"PENDING"`) {
		t.Errorf("waits: %s", got)
	}
	set("BLOCKED")
	if got := s.did("disburse_failed"); got != 1 {
		t.Errorf("%d failed", got)
	}
	set("SUCCESS")
	if got := s.post(items, itemOf(id)).is(t, 201).raw; !strings.Contains(got, `"status":"SUCCESS"`) {
		t.Errorf("again: %s", got)
	}
}
