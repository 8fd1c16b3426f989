package braintree_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// global is the id by which the emulator's own API knows a payment.
func global(legacy string) string {
	return base64.RawStdEncoding.EncodeToString([]byte("transaction_" + legacy))
}

func TestLookup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.made(process.Authorize)
	for name, ref := range map[string]orchestrator.PaymentRef{
		"by id": {PaymentID: id}, "by reference": {Reference: operation(process.Authorize, "").Reference()},
	} {
		s, err := w.Lookup(t.Context(), ref)
		if err != nil || !s.Found || s.PaymentID != id || s.References[0].Text != operation(process.Authorize, "").Reference() || s.References[0].MadeAt.IsZero() {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	for name, ref := range map[string]orchestrator.PaymentRef{"unknown id": {PaymentID: "abcd1234"}, "unknown reference": {Reference: "nobody"}} {
		if s, err := w.Lookup(t.Context(), ref); err != nil || s.Found {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	for name, ref := range map[string]orchestrator.PaymentRef{"nothing": {}, "no id": {PaymentID: "a b"}} {
		if _, err := w.Lookup(t.Context(), ref); err == nil {
			t.Errorf("%s was looked up", name)
		}
	}
	for _, kind := range []string{"html", "broken_json", "error_before", "cut_after"} {
		w.fault("node", kind)
		if _, err := w.Lookup(t.Context(), orchestrator.PaymentRef{PaymentID: id}); err == nil {
			t.Errorf("%s: no error", kind)
		}
	}
}

// What was declined holds nothing, and where nothing was taken nothing has left.
func TestLookup_declined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	op := operation(process.Charge, "")
	op.Input["payment_method"] = "fake-processor-declined-visa-nonce"
	w.Perform(t.Context(), op)
	s, err := w.Lookup(t.Context(), orchestrator.PaymentRef{Reference: op.Reference()})
	_, voided := s.Facts[process.FactVoided]
	_, held := s.Facts[process.FactAuthorized]
	if err != nil || !voided || held || s.Totals == nil || *s.Totals != (process.Totals{}) {
		t.Errorf("%+v, %v", s, err)
	}
}

// A settlement that is declined has taken nothing, whatever was believed before.
func TestLookup_settlementDeclined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.made(process.Charge)
	if err := w.bank.Settle(id, "settlement_declined"); err != nil {
		t.Fatal(err)
	}
	s := w.shown(id, process.Funds{Captured: 5150})
	if _, captured := s.Facts[process.FactCaptured]; captured || s.Totals.Captured != 0 || s.Note != "settlement_declined" {
		t.Errorf("%+v", s)
	}
}

func TestLookup_disputes(t *testing.T) {
	t.Parallel()
	for outcome, tc := range map[string]struct {
		fact process.Fact
		want process.Totals
	}{
		"":         {process.FactDisputeOpened, process.Totals{Captured: 5150, Disputed: 2000, ByBank: 2000}},
		"won":      {process.FactDisputeWon, process.Totals{Captured: 5150}},
		"lost":     {process.FactDisputeLost, process.Totals{Captured: 5150, Refunded: 2000, ByBank: 2000}},
		"accepted": {process.FactDisputeLost, process.Totals{Captured: 5150, Refunded: 2000, ByBank: 2000}},
	} {
		for way, open := range map[string]func() *world{"GraphQL": func() *world { return newWorld(t) }, "classic": func() *world { return newEscrow(t, nil) }} {
			t.Run("closed "+outcome+", "+way, func(t *testing.T) {
				t.Parallel()
				w := open()
				id := w.settled()
				d, err := w.bank.Dispute(id, 2000, "fraud")
				if err != nil {
					t.Fatal(err)
				}
				opened := w.bank.Now()
				w.later(time.Hour)
				if outcome != "" {
					if err := w.bank.CloseDispute(d, outcome); err != nil {
						t.Fatal(err)
					}
				}
				s := w.shown(id, process.Funds{})
				at, there := s.Facts[tc.fact]
				if !there || *s.Totals != tc.want || outcome != "" && !at.Equal(w.bank.Now()) || outcome == "" && !at.Equal(opened) {
					t.Errorf("%+v at %s, %v", s.Totals, at, s.Facts)
				}
				if due := s.Deadlines[process.EvidenceDeadline]; due.IsZero() == (outcome == "") {
					t.Errorf("evidence due %s", due)
				}
			})
		}
	}
}

// The statement has every payment of its time, over several pages, with what came back of each.
func TestPayments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := w.bank.Now()
	want := map[string]bool{}
	for i := range 120 {
		op := operation(process.Charge, "")
		op.IntentID += string(rune('a'+i%26)) + string(rune('a'+i/26))
		if out := w.Perform(t.Context(), op); out.Status != process.Succeeded {
			t.Fatal(out.Err)
		}
		want[op.IntentID] = true
	}
	w.later(24 * time.Hour)
	to := w.bank.Now()
	late := w.made(process.Charge)
	for line, err := range w.Payments(t.Context(), from, to) {
		if err != nil || !want[line.Reference] || line.Captured != 5150 || line.PaymentID == late || line.MadeAt.IsZero() {
			t.Errorf("%+v, %v", line, err)
		}
		delete(want, line.Reference)
	}
	if len(want) > 0 {
		t.Errorf("%d are missing", len(want))
	}
	w.fault("search", "html")
	for _, err := range w.Payments(t.Context(), from, to) {
		if err == nil {
			t.Error("a page that cannot be read is no error")
		}
	}
}
