package braintree_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/sandbox/braintree"
)

func TestSale(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		nonce, amount string
		other         map[string]any
		status, code  string
		reason        string
	}{
		"valid":                 {"fake-valid-nonce", "10.00", nil, "AUTHORIZED", "", ""},
		"no decimals":           {"fake-valid-nonce", "10", nil, "AUTHORIZED", "", ""},
		"yen":                   {"fake-valid-nonce", "10", map[string]any{"merchantAccountId": "shop_jpy"}, "AUTHORIZED", "", ""},
		"yen with decimals":     {"fake-valid-nonce", "10.5", map[string]any{"merchantAccountId": "shop_jpy"}, "", "81503", ""},
		"dinars":                {"fake-valid-nonce", "10.005", map[string]any{"merchantAccountId": "shop_kwd"}, "AUTHORIZED", "", ""},
		"three decimals":        {"fake-valid-nonce", "10.001", nil, "", "81503", ""},
		"zero":                  {"fake-valid-nonce", "0.00", nil, "", "81531", ""},
		"negative":              {"fake-valid-nonce", "-1.00", nil, "", "81501", ""},
		"no amount":             {"fake-valid-nonce", "", nil, "", "81502", ""},
		"too large":             {"fake-valid-nonce", "100000000", nil, "", "81528", ""},
		"no number":             {"fake-valid-nonce", "1e3", nil, "", "81503", ""},
		"unknown nonce":         {"tokencc_made_up", "10.00", nil, "", "91565", ""},
		"consumed nonce":        {"fake-consumed-nonce", "10.00", nil, "", "91564", ""},
		"invalid card":          {"fake-luhn-invalid-nonce", "10.00", nil, "", "81715", ""},
		"unknown account":       {"fake-valid-nonce", "10.00", map[string]any{"merchantAccountId": "nobody"}, "", "91513", ""},
		"long order":            {"fake-valid-nonce", "10.00", map[string]any{"orderId": strings.Repeat("x", 256)}, "", "91501", ""},
		"declined card":         {"fake-processor-declined-visa-nonce", "10.00", nil, "PROCESSOR_DECLINED", "", ""},
		"declined by amount":    {"fake-valid-nonce", "2001.00", nil, "PROCESSOR_DECLINED", "", ""},
		"the network is down":   {"fake-valid-nonce", "3000.00", nil, "FAILED", "", ""},
		"fraud":                 {"fake-gateway-rejected-fraud-nonce", "10.00", nil, "GATEWAY_REJECTED", "", "FRAUD"},
		"incomplete":            {"fake-valid-nonce", "5001.00", nil, "GATEWAY_REJECTED", "", "APPLICATION_INCOMPLETE"},
		"failed 3-D Secure":     {"fake-three-d-secure-visa-failed-authentication-nonce", "10.00", nil, "GATEWAY_REJECTED", "", "THREE_D_SECURE"},
		"3-D Secure":            {"fake-three-d-secure-visa-full-authentication-nonce", "10.00", nil, "AUTHORIZED", "", ""},
		"fine at the far end":   {"fake-valid-nonce", "4001.00", nil, "AUTHORIZED", "", ""},
		"a PayPal account pays": {"fake-paypal-one-time-nonce", "10.00", nil, "AUTHORIZED", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, nil)
			s, r := b.pay("authorizePaymentMethod", tc.nonce, tc.amount, tc.other)
			if s.Status != tc.status || r.code() != tc.code {
				t.Fatalf("%s, errors %+v; want %s %s", s.Status, r.Errors, tc.status, tc.code)
			}
			if tc.status != "" && s.StatusHistory[0].GatewayRejectionReason != tc.reason {
				t.Errorf("rejected for %+v", s.StatusHistory)
			}
			if want := map[bool]int{true: 1}[tc.status == "AUTHORIZED"]; len(b.Effects()) != want {
				t.Errorf("effects %+v", b.Effects())
			}
		})
	}
}

// A nonce of one card is used up by one payment, also by one that is declined.
func TestSale_nonceOnce(t *testing.T) {
	t.Parallel()
	for _, card := range []string{"success", "2001"} {
		b := newBank(t, nil)
		nonce, err := b.Card(card)
		if err != nil {
			t.Fatal(err)
		}
		b.pay("chargePaymentMethod", nonce, "10.00", nil)
		if _, r := b.pay("chargePaymentMethod", nonce, "10.00", nil); r.code() != "91564" || r.Errors[0].Extensions.InputPath[1] != "paymentMethodId" {
			t.Errorf("%s, the second time: %+v", card, r)
		}
	}
	if _, err := newBank(t, nil).Card("made up"); err == nil {
		t.Error("a nonce of a card that there is not")
	}
}

// A payment settles automatically, each step at its time.
func TestSettlement(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		amount, end, code string
	}{"settles": {"10.00", "SETTLED", ""}, "is declined": {"4001.00", "SETTLEMENT_DECLINED", ""}, "stays pending": {"4002.00", "SETTLEMENT_PENDING", ""}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, nil)
			s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", tc.amount, nil)
			states := []string{s.Status}
			for range 3 {
				b.later(6 * time.Hour)
				states = append(states, b.read(s.ID).Status)
			}
			if diff := cmp.Diff([]string{"SUBMITTED_FOR_SETTLEMENT", "SUBMITTED_FOR_SETTLEMENT", tc.end, tc.end}, states); diff != "" {
				t.Error(diff)
			}
			b.later(300 * time.Hour)
			if got := b.read(s.ID).Status; got != tc.end {
				t.Errorf("in the end %s, want %s", got, tc.end)
			}
		})
	}
}

func TestAuthorization_expires(t *testing.T) {
	t.Parallel()
	for nonce, days := range map[string]int{"fake-valid-visa-nonce": 7, "fake-valid-mastercard-nonce": 30, "fake-paypal-one-time-nonce": 29} {
		b := newBank(t, nil)
		s, _ := b.pay("authorizePaymentMethod", nonce, "10.00", nil)
		b.later(time.Duration(days)*24*time.Hour - time.Second)
		if got := b.read(s.ID).Status; got != "AUTHORIZED" {
			t.Errorf("%s, just before: %s", nonce, got)
		}
		b.later(time.Second)
		if got := b.read(s.ID).Status; got != "AUTHORIZATION_EXPIRED" {
			t.Errorf("%s, then: %s", nonce, got)
		}
		if _, r := b.change("captureTransaction", s.ID, nil); r.code() != "91507" {
			t.Errorf("captured: %+v", r)
		}
	}
}

// Each step is taken from the statuses that allow it, and refused from all others.
func TestSteps(t *testing.T) {
	t.Parallel()
	bring := map[string]func(b *bank) sale{
		"AUTHORIZED": func(b *bank) sale {
			s, _ := b.pay("authorizePaymentMethod", "fake-valid-nonce", "10.00", nil)
			return s
		},
		"SUBMITTED_FOR_SETTLEMENT": func(b *bank) sale { s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil); return s },
		"SETTLED": func(b *bank) sale {
			s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil)
			b.later(24 * time.Hour)
			return s
		},
		"VOIDED": func(b *bank) sale {
			s, _ := b.pay("authorizePaymentMethod", "fake-valid-nonce", "10.00", nil)
			s, _ = b.change("reverseTransaction", s.ID, nil)
			return s
		},
		"PROCESSOR_DECLINED": func(b *bank) sale { s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "2000.00", nil); return s },
	}
	amount := func(name, value string) map[string]any { return map[string]any{name: map[string]any{"amount": value}} }
	for _, tc := range []struct {
		from, step   string
		in           map[string]any
		status, code string
	}{
		{"AUTHORIZED", "captureTransaction", nil, "SUBMITTED_FOR_SETTLEMENT", ""},
		{"AUTHORIZED", "captureTransaction", amount("transaction", "4.00"), "SUBMITTED_FOR_SETTLEMENT", ""},
		{"AUTHORIZED", "captureTransaction", amount("transaction", "10.01"), "", "91522"},
		{"AUTHORIZED", "reverseTransaction", nil, "VOIDED", ""},
		{"AUTHORIZED", "refundTransaction", nil, "", "91506"},
		{"AUTHORIZED", "sandboxSettleTransaction", nil, "", "91575"},
		{"AUTHORIZED", "partialCaptureTransaction", amount("transaction", "4.00"), "", "915102"},
		{"SUBMITTED_FOR_SETTLEMENT", "captureTransaction", nil, "", "91507"},
		{"SUBMITTED_FOR_SETTLEMENT", "reverseTransaction", nil, "VOIDED", ""},
		{"SUBMITTED_FOR_SETTLEMENT", "refundTransaction", nil, "", "91506"},
		{"SUBMITTED_FOR_SETTLEMENT", "sandboxSettleTransaction", nil, "SETTLED", ""},
		{"SUBMITTED_FOR_SETTLEMENT", "sandboxSettleTransaction", map[string]any{"settlementState": "SETTLEMENT_DECLINED"}, "SETTLEMENT_DECLINED", ""},
		{"SETTLED", "reverseTransaction", nil, "SUBMITTED_FOR_SETTLEMENT", ""}, // a refund
		{"SETTLED", "refundTransaction", nil, "SUBMITTED_FOR_SETTLEMENT", ""},
		{"SETTLED", "refundTransaction", amount("refund", "10.01"), "", "91521"},
		{"SETTLED", "captureTransaction", nil, "", "91507"},
		{"VOIDED", "reverseTransaction", nil, "", "91504"},
		{"VOIDED", "captureTransaction", nil, "", "91507"},
		{"PROCESSOR_DECLINED", "reverseTransaction", nil, "", "91504"},
	} {
		t.Run(tc.from+" "+tc.step, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, nil)
			s := bring[tc.from](b)
			if now := b.read(s.ID).Status; now != tc.from {
				t.Fatalf("it is %s", now)
			}
			after, r := b.change(tc.step, s.ID, tc.in)
			if after.Status != tc.status || r.code() != tc.code {
				t.Errorf("%s %+v, want %s %s", after.Status, r.Errors, tc.status, tc.code)
			}
		})
	}
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil)
	b.later(24 * time.Hour)
	give := func(amount string) string {
		r, answer := b.change("refundTransaction", s.ID, map[string]any{"refund": map[string]any{"amount": amount, "orderId": "back"}})
		return r.Amount.Value + answer.code()
	}
	if got := give("4.00") + " " + give("6.01") + " " + give("6.00") + " " + give("0.01"); got != "4.00 91521 6.00 91512" {
		t.Errorf("refunds: %s", got)
	}
	now := b.read(s.ID)
	if len(now.Refunds) != 2 || now.Refunds[0].Status != "SUBMITTED_FOR_SETTLEMENT" {
		t.Errorf("%+v", now)
	}
	// One that fails can be given again.
	r := b.ask(`mutation($id: ID!) { reverseRefund(input: {refundId: $id}) { refund { status } } }`, map[string]any{"id": now.Refunds[0].ID})
	if got := give("4.00"); got != "4.00" || r.code() != "" {
		t.Errorf("again: %s, %+v", got, r)
	}
	sums := map[string]int64{}
	for _, e := range b.Effects() {
		sums[e.Operation] += e.Amount
	}
	if diff := cmp.Diff(map[string]int64{"authorize": 1000, "capture": 1000, "refund": 1400, "refund_failed": 400}, sums); diff != "" {
		t.Error(diff)
	}
}

// A PayPal authorization is captured in parts.
func TestPartialCapture(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	s, _ := b.pay("authorizePaymentMethod", "fake-paypal-one-time-nonce", "10.00", nil)
	take := func(amount string, last bool) (sale, string) {
		part, r := b.change("partialCaptureTransaction", s.ID, map[string]any{"transaction": map[string]any{"amount": amount, "finalCapture": last}})
		return part, r.code()
	}
	first, _ := take("4.00", false)
	_, tooMuch := take("6.01", false)
	pending := b.read(s.ID).Status
	second, _ := take("5.00", true)
	_, over := take("1.00", false)
	if first.Amount.Value != "4.00" || second.Status != "SUBMITTED_FOR_SETTLEMENT" || tooMuch != "91522" || over != "915103" || pending != "SETTLEMENT_PENDING" || b.read(s.ID).Status != "SETTLEMENT_CONFIRMED" {
		t.Errorf("%+v, %+v, %s, %s, %s, %s", first, second, tooMuch, over, pending, b.read(s.ID).Status)
	}
}

// The same order within the window is a duplicate, and says of what.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		window time.Duration
		wait   time.Duration
		order  string
		want   string
	}{
		"at once": {0, 0, "1", "GATEWAY_REJECTED"}, "a minute later": {0, time.Minute, "1", "AUTHORIZED"}, "another order": {0, 0, "2", "AUTHORIZED"},
		"a longer window": {time.Hour, time.Minute, "1", "GATEWAY_REJECTED"}, "no check": {-1, 0, "1", "AUTHORIZED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBank(t, func(c *braintree.Config) { c.DuplicateWindow = tc.window })
			first, _ := b.pay("authorizePaymentMethod", "fake-valid-nonce", "10.00", map[string]any{"orderId": "1"})
			b.later(tc.wait)
			second, _ := b.pay("authorizePaymentMethod", "fake-valid-nonce", "10.00", map[string]any{"orderId": tc.order})
			if second.Status != tc.want {
				t.Fatalf("%+v, want %s", second, tc.want)
			}
			r := b.ask(`query($id: ID!) { node(id: $id) { ... on Transaction { statusHistory { ... on GatewayRejectedEvent { duplicateOf { id } } } } } }`, map[string]any{"id": second.ID})
			if rejected := tc.want == "GATEWAY_REJECTED"; strings.Contains(string(r.Data["node"]), first.ID) != rejected {
				t.Errorf("%s", r.Data["node"])
			}
		})
	}
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil)
	for name, try := range map[string]func() error{
		"more than all":    func() error { _, err := b.Dispute(s.LegacyID, 1001, ""); return err },
		"a made-up reason": func() error { _, err := b.Dispute(s.LegacyID, 0, "mood"); return err },
		"no payment":       func() error { _, err := b.Dispute("nobody", 0, ""); return err },
	} {
		if try() == nil {
			t.Errorf("%s was disputed", name)
		}
	}
	id, err := b.Dispute(s.LegacyID, 400, "fraud")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.CloseDispute(id, "perhaps"); err == nil {
		t.Error("an outcome that there is not")
	}
	if err := b.CloseDispute(id, "lost"); err != nil {
		t.Fatal(err)
	}
	if err := b.CloseDispute(id, "won"); err == nil {
		t.Error("it was closed twice")
	}
	r := b.ask(`query($id: ID!) { node(id: $id) { ... on Transaction { disputes { status type amountDisputed { value } amountWon { value } statusHistory { status } } } } }`, map[string]any{"id": s.ID})
	var got struct{ Disputes json.RawMessage }
	if err := json.Unmarshal(r.Data["node"], &got); err != nil {
		t.Fatal(err)
	}
	const want = `[{"amountDisputed":{"value":"4.00"},"amountWon":{"value":"0.00"},"status":"LOST","statusHistory":[{"status":"LOST"},{"status":"OPEN"}],"type":"CHARGEBACK"}]`
	if string(got.Disputes) != want {
		t.Errorf("%s", got.Disputes)
	}
}

// A restored world is as it was: what was due comes at its time, and what was used up stays so.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	b := newBank(t, nil)
	nonce, err := b.Card("success")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := b.pay("chargePaymentMethod", nonce, "10.00", nil)
	held, _ := b.pay("authorizePaymentMethod", "fake-valid-nonce", "12.00", nil)
	kept, err := b.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	b.later(240 * time.Hour)
	b.pay("chargePaymentMethod", "fake-valid-nonce", "11.00", nil)
	if err := b.Restore(kept); err != nil {
		t.Fatal(err)
	}
	if got := b.read(s.ID).Status + " " + b.read(held.ID).Status; got != "SUBMITTED_FOR_SETTLEMENT AUTHORIZED" || len(b.Effects()) != 3 {
		t.Errorf("restored: %s, %d effects", got, len(b.Effects()))
	}
	if _, r := b.pay("chargePaymentMethod", nonce, "10.00", nil); r.code() != "91564" {
		t.Errorf("the nonce works again: %+v", r)
	}
	b.later(240 * time.Hour)
	if got := b.read(s.ID).Status + " " + b.read(held.ID).Status; got != "SETTLED AUTHORIZATION_EXPIRED" {
		t.Errorf("later: %s", got)
	}
	for _, wrong := range []string{"", "{}", `{"version":2}`, strings.Replace(string(kept), `"Of":""`, `"Of":"nobody"`, 1)} {
		if err := b.Restore([]byte(wrong)); err == nil {
			t.Errorf("restored %.40q", wrong)
		}
	}
}

// Merchants know nothing of each other, unless they share a world.
func TestWorlds(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		other := braintree.Example()
		other.ID, other.Public = "other", "other_public_key"
		b := newBank(t, func(c *braintree.Config) {
			c.Merchants, c.SharedWorld = []braintree.Merchant{braintree.Example(), other}, shared
		})
		s, _ := b.pay("chargePaymentMethod", "fake-valid-nonce", "10.00", nil)
		b.m = other
		if found := b.read(s.ID).ID != ""; found != shared {
			t.Errorf("shared %t: the other merchant sees it: %t", shared, found)
		}
	}
}
