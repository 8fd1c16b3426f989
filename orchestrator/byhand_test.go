package orchestrator_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// cardPaid is a preauthorized deal of 50.00 euro whose money was taken.
func cardPaid(t *testing.T, w *testkit.Testbed, token string) orchestrator.Transaction {
	t.Helper()
	result, err := w.Engine.Create(t.Context(), card("preauthorize", token))
	if err != nil {
		t.Fatal(err)
	}
	return w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
}

// Whatever somebody moves by hand at the gateway stops the deal before more money
// leaves: our books and the gateway's are held against each other.
func TestByHand_stopsTheDeal(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		token string
		hand  func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction)
		state process.State
		// released is what the gateway has paid out in the end.
		released int64
	}{
		"a whole refund": {"pm_card_visa", func(_ *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}})
		}, settlement.Paid, 0},
		"a part of a refund": {"pm_card_visa", func(_ *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {"100"}})
		}, settlement.Paid, 0},
		"a refund that the gateway accepted fails a day later": {"pm_card_refundFail", func(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction) {
			w.MustDo(tx, "cancel", testkit.Buyer)
			w.MustDo(tx, "refund", staff)
		}, settlement.Refunded, 0},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, address)})
				tx := cardPaid(t, w, tc.token)
				tc.hand(t, w, tx)
				w.MustSettle()
				w.Advance(20 * 24 * time.Hour)
				now := w.Load(tx)
				if now.State != tc.state || !strings.HasPrefix(now.Attention, "the books differ") {
					t.Errorf("the deal is %s, attention %q", now.State, now.Attention)
				}
				if books := w.StripeBooks(now.ListingTitle).Funds; books.Released != tc.released {
					t.Errorf("the gateway paid out %d, want %d", books.Released, tc.released)
				}
				waiting, err := w.Engine.Waiting(t.Context(), orchestrator.Filter{CommunityID: tx.CommunityID, Limit: 10})
				if err != nil || len(waiting) != 1 {
					t.Errorf("%d deals on the operator's list (%v), want this one", len(waiting), err)
				}
			})
		}
	})
}

func TestByHand_lesserCaptureIsNotBooked(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address})
		result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
		if err != nil {
			t.Fatal(err)
		}
		tx := result.Transaction
		w.AtStripe("/v1/payment_intents/"+tx.PaymentID+"/capture", url.Values{"amount_to_capture": {"1000"}})
		w.MustSettle()
		if now := w.Load(tx); now.Funds.Captured != 0 || now.Attention == "" {
			t.Errorf("booked %+v, attention %q", now.Funds, now.Attention)
		}
	})
}

// held is a transport that keeps the first call to a path back, lets it be taken for
// lost, and refuses later ones before they leave.
type held struct {
	mu   sync.Mutex
	path string
	call *http.Request
	body []byte
}

func (h *held) set(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.path = path
}

func (h *held) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.Method != http.MethodPost || h.path == "" || !strings.HasSuffix(r.URL.Path, h.path) {
		return http.DefaultTransport.RoundTrip(r)
	}
	if h.call != nil {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	h.call, h.body = r.Clone(r.Context()), nil
	if r.Body != nil {
		h.body, _ = io.ReadAll(r.Body)
	}
	return nil, errors.New("connection reset while reading")
}

// arrive lets the call that was kept back reach the gateway after all.
func (h *held) arrive(t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.call.URL.String(), bytes.NewReader(h.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = h.call.Header.Clone()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// A second attempt that did not leave says nothing about the first one, which may
// still arrive: the deal stays busy until that can no longer be.
func TestDoubt_refusedResendSettlesNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		h := &held{}
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Transport: h, Manual: true})
		tx := cardPaid(t, w, "pm_card_visa")
		w.MustDo(tx, "cancel", testkit.Buyer)
		h.set("/v1/refunds")
		if _, err := w.Do(tx, "refund", staff); err == nil {
			t.Fatal("the lost refund has an answer")
		}
		w.Advance(10 * time.Second)
		if _, err := w.Engine.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Do(tx, "dismiss", staff); err == nil {
			t.Fatal("the deal could be dismissed while a refund may be on its way")
		}
		h.arrive(t)
		h.set("")
		for range 5 {
			w.Advance(time.Minute)
			if _, err := w.Engine.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		now := w.Load(tx)
		if now.State != settlement.Refunded {
			t.Errorf("the deal is %s, want refunded", now.State)
		}
		if books := w.StripeBooks(now.ListingTitle).Funds; books.Refunded != 5000 || books.Released != 0 {
			t.Errorf("the gateway moved %+v", books)
		}
		w.CheckBooks()
	})
}

// lossy is a transport that loses one answer, after the effect or before.
type lossy struct {
	mu   sync.Mutex
	path string
	send bool
}

func (l *lossy) lose(path string, send bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.path, l.send = path, send
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	hit, send := l.path != "" && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, l.path), l.send
	if hit {
		l.path = ""
	}
	l.mu.Unlock()
	if !hit {
		return http.DefaultTransport.RoundTrip(r)
	}
	if send {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_ = resp.Body.Close()
	}
	return nil, errors.New("connection reset while reading")
}

// The payee was paid, the answer was lost, and the payer's bank objects before
// recovery looks: the payment stays booked, and nobody is paid a second time.
func TestDoubt_disputeDoesNotHideATransfer(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		l := &lossy{}
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Transport: l, Manual: true})
		tx := cardPaid(t, w, "pm_card_visa")
		l.lose("/v1/transfers", true)
		if _, err := w.Do(tx, "complete", testkit.Buyer); err == nil {
			t.Fatal("the lost transfer has an answer")
		}
		if _, err := w.Stripe.Dispute(tx.PaymentID, ""); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Engine.SyncPayment(t.Context(), "stripe", tx.PaymentID) // answers that an operator has to look
		now := w.Load(tx)
		if now.State != settlement.Confirmed || now.Funds.Released != 5000 {
			t.Errorf("the deal is %s with %+v, want confirmed and paid out", now.State, now.Funds)
		}
		_, _ = w.Engine.SyncPayment(t.Context(), "stripe", tx.PaymentID)
		if now := w.Load(tx); now.Attention == "" {
			t.Error("nobody is told that the bank took the money back")
		}
	})
}

// A refund that somebody made by hand is not taken for a part of a split: the sums
// do not fit, so nothing more leaves.
func TestM3_handRefundIsNotTheSplit(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		tx := cardPaid(t, w, "pm_card_visa")
		w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}, "amount": {"100"}})
		w.MustDo(tx, "cancel", testkit.Buyer)
		_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
			CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "split", Actor: staff, Input: testkit.Because(staff, map[string]string{"refund": "1500", "release": "3500"}),
		})
		if f := fault.As(err); f.Reason != "books_differ" || f.Code != fault.Conflict || f.Money() != fault.MoneyNo {
			t.Errorf("the split is answered %v", err)
		}
		now := w.Load(tx)
		if now.State != settlement.Canceled || now.Operation != "" || !strings.Contains(now.Attention, "1.00 EUR") || !strings.Contains(now.Attention, "0.00 EUR") {
			t.Errorf("the deal is %s, busy with %q, attention %q", now.State, now.Operation, now.Attention)
		}
		if books := w.StripeBooks(now.ListingTitle).Funds; books.Refunded != 100 || books.Released != 0 {
			t.Errorf("the gateway moved %+v, want the 100 by hand alone", books)
		}
	})
}

// A refund by hand whose webhook is lost: the payout that follows is not sent, and
// the deal is on the operator's list with the sums.
func TestM3_refundByHandThenDismiss(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		tx := cardPaid(t, w, "pm_card_visa")
		w.MustDo(tx, "cancel", testkit.Buyer)
		w.AtStripe("/v1/refunds", url.Values{"payment_intent": {tx.PaymentID}})
		if _, err := w.Do(tx, "dismiss", staff); fault.ReasonOf(err) != "books_differ" {
			t.Fatalf("the payout is answered %v", err)
		}
		for range 2 { // clearing the hold changes nothing at the gateway
			if _, err := w.Engine.Clear(t.Context(), tx.CommunityID, tx.ID, staff, "looked at it", "r1"); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Do(tx, "dismiss", staff); fault.ReasonOf(err) != "books_differ" {
				t.Fatalf("the payout after clear is answered %v", err)
			}
		}
		waiting, err := w.Engine.Waiting(t.Context(), orchestrator.Filter{CommunityID: tx.CommunityID, Limit: 10})
		if err != nil || len(waiting) != 1 || !strings.Contains(waiting[0].Attention, "refunded 50.00 EUR") {
			t.Errorf("the operator's list is %+v (%v)", waiting, err)
		}
		report, err := w.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "stripe", From: testkit.Start.Add(-time.Hour), To: testkit.Start.Add(time.Hour)})
		if err != nil || len(report.Differences) != 1 || report.Differences[0].What != "refunded" {
			t.Errorf("reconcile says %+v (%v)", report, err)
		}
		if books := w.StripeBooks(tx.ListingTitle).Funds; books.Refunded != 5000 || books.Released != 0 {
			t.Errorf("the gateway moved %+v", books)
		}
	})
}

// A payment that cannot be looked up lets nothing leave, and the caller may try again.
func TestM3_noLookNoPayout(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		line := &testkit.Line{}
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Transport: line, Manual: true})
		tx := cardPaid(t, w, "pm_card_visa")
		line.Break(http.MethodGet, "/payment_intents/"+tx.PaymentID, func(func() (*http.Response, error)) (*http.Response, error) {
			return nil, errors.New("connection reset")
		})
		_, err := w.Do(tx, "complete", testkit.Buyer)
		if f := fault.As(err); f.Reason != "lookup_failed" || f.Code != fault.Unavailable || f.Money() != fault.MoneyNo {
			t.Fatalf("the payout is answered %v", err)
		}
		if books := w.StripeBooks(tx.ListingTitle).Funds; books.Released != 0 {
			t.Fatalf("the gateway paid %+v", books)
		}
		line.Break("", "", nil)
		if now := w.MustDo(tx, "complete", testkit.Buyer); now.State != settlement.Confirmed {
			t.Errorf("the deal is %s", now.State)
		}
	})
}
