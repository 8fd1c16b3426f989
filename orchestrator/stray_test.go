package orchestrator_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// heldUp is a line on which the first request that opens a payment is held up.
type heldUp struct{ late *http.Request }

func (h *heldUp) RoundTrip(r *http.Request) (*http.Response, error) {
	if !creates(r) || h.late != nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	h.late = r.Clone(context.Background())
	h.late.Body = io.NopCloser(bytes.NewReader(body))
	return nil, errors.New("connection reset by a proxy")
}

// doubled is a deal at Trustap whose payment was opened twice: the first request
// arrived 200 seconds late, after its repeat. It returns the id of the second one.
func doubled(t *testing.T, url, profile string) (*testkit.Testbed, orchestrator.Transaction, int64) {
	t.Helper()
	line := &heldUp{}
	w := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: line, Sandbox: func(c *sandbox.Config) { c.Profile = profile }})
	_, _ = w.Engine.Create(t.Context(), testkit.Deal()) // its outcome is unknown
	w.Advance(200 * time.Second)
	tx := w.Load(orchestrator.Transaction{CommunityID: testkit.Deal().CommunityID, ID: firstID(t, w)})
	if tx.State != escrow.Joined {
		t.Fatalf("the deal is %s before the first request arrives", tx.State)
	}
	resp, err := http.DefaultTransport.RoundTrip(line.late)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	all := w.Sandbox.Transactions()
	if len(all) != 2 {
		t.Fatalf("%d payments at the gateway, want two", len(all))
	}
	for _, p := range all {
		if p.ID != w.PaymentID(tx) {
			return w, tx, p.ID
		}
	}
	t.Fatal("both payments are the deal's")
	return nil, tx, 0
}

func payment(t *testing.T, w *testkit.Testbed, id int64) sandbox.Transaction {
	t.Helper()
	for _, p := range w.Sandbox.Transactions() {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no payment %d", id)
	return sandbox.Transaction{}
}

// The buyer pays the payment of a doubled request: the deal takes it over, and the
// other one can be paid no more.
func TestM37_lateTwinIsAdopted(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w, tx, twin := doubled(t, url, sandbox.ProfileCurrent)
		first := w.PaymentID(tx)
		if _, err := w.Sandbox.Pay(twin, "success"); err != nil {
			t.Fatal(err)
		}
		w.MustSettle()
		if now := w.Load(tx); now.State != escrowonline.Paid || w.PaymentID(now) != twin {
			t.Fatalf("the deal is %s with payment %s, want paid with %d", now.State, now.PaymentID, twin)
		}
		w.Advance(2 * time.Minute)
		if p := payment(t, w, first); p.Status != "cancelled" {
			t.Errorf("the payment that nobody needs is %s", p.Status)
		}
		w.Advance(time.Hour)
		if now := w.Load(tx); now.State != escrowonline.Paid || now.Attention != "" {
			t.Errorf("the deal is %s: %s", now.State, now.Attention)
		}
		w.CheckBooks()
	})
}

// Both are paid: the second payment is on the list, as its money cannot be returned
// at once, and leaves the list when the gateway has returned it.
func TestM37_paidTwice(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w, tx, twin := doubled(t, url, sandbox.ProfileCurrent)
		for _, id := range []int64{w.PaymentID(tx), twin} {
			if _, err := w.Sandbox.Pay(id, "success"); err != nil {
				t.Fatal(err)
			}
		}
		w.MustSettle()
		s, found, err := w.Store.OpenStray(t.Context(), tx.CommunityID, "trustap", strconv.FormatInt(twin, 10))
		if err != nil || !found || s.ListedAt.IsZero() || s.TransactionID != tx.ID {
			t.Fatalf("the second payment: %+v, found %v, %v", s, found, err)
		}
		if now := w.Load(tx); now.State != escrowonline.Paid || w.PaymentID(now) == twin {
			t.Errorf("the deal is %s with %s", now.State, now.PaymentID)
		}
		w.MustDo(tx, "track", testkit.Seller)
		for range 12 { // nobody ships the second one, so Trustap returns its money
			w.Advance(24 * time.Hour)
		}
		if _, found, err := w.Store.OpenStray(t.Context(), tx.CommunityID, "trustap", strconv.FormatInt(twin, 10)); err != nil || found {
			t.Errorf("it is still listed after it was returned: %v", err)
		}
		w.CheckBooks()
	})
}

// Nobody has paid the second one yet: where Trustap tells of joined transactions, as it did until May 2026, it is made void, so
// that nobody can. Later it is heard of when it is paid: see the tests above.
func TestM37_twinIsMadeVoid(t *testing.T) {
	t.Parallel()
	w, tx, twin := doubled(t, "", sandbox.Profile202602)
	w.Advance(time.Minute)
	if p := payment(t, w, twin); p.Status != "cancelled" {
		t.Errorf("the second payment is %s", p.Status)
	}
	if now := w.Pay(w.Load(tx)); now.State != escrowonline.Paid {
		t.Errorf("the deal is %s", now.State)
	}
}

// twinAtStripe is a payment in a group that names the operation which opened a deal's
// payment.
func twinAtStripe(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, capture, group string) string {
	t.Helper()
	log, err := w.Store.Timeline(t.Context(), tx.ID)
	if err != nil || log[0].IntentID == "" {
		t.Fatalf("no operation in %+v: %v", log, err)
	}
	form := url.Values{
		"amount": {strconv.FormatInt(tx.Price.Minor(), 10)}, "currency": {"eur"}, "confirm": {"true"}, "payment_method": {"pm_card_visa"},
		"capture_method": {capture}, "description": {tx.ListingTitle}, "metadata[intent_id]": {log[0].IntentID}, "return_url": {"https://example.com/back"},
		"metadata[price]": {strconv.FormatInt(tx.Price.Minor(), 10)}, "metadata[buyer_fee]": {"0"},
	}
	if group != "" {
		form.Set("transfer_group", group)
	}
	w.AtStripe("/v1/payment_intents", form)
	all := w.Stripe.Effects()
	return all[len(all)-1].ObjectID
}

// A second payment at Stripe: taken, it is refunded, once; reserved only, it is made
// void. A restart, a lost answer and a repeat in between change nothing.
func TestM37_stripeReturns(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, c := range map[string]struct {
			capture string
			fault   string
			effect  string
		}{
			"taken":              {"automatic", "", "refund"},
			"taken, answer lost": {"automatic", "create_refund", "refund"},
			"reserved":           {"manual", "", "void"},
		} {
			w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url)})
			in := card("preauthorize", "pm_card_visa")
			result, err := w.Engine.Create(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
			if c.fault != "" {
				if err := w.Stripe.SetFaults([]stripe.Fault{{Route: c.fault, Kind: "cut_after"}}); err != nil {
					t.Fatal(err)
				}
			}
			twinAtStripe(t, w, tx, c.capture, tx.Tag())
			w.MustSettle()
			w.Restart()
			for range 5 {
				w.Advance(3 * time.Minute)
			}
			effects := 0
			for _, e := range w.Stripe.Effects() {
				if e.Operation == c.effect {
					effects++
				}
			}
			if effects != 1 {
				t.Errorf("%s: %d × %s, want one", name, effects, c.effect)
			}
			w.Advance(25 * time.Hour)
			w.MustDo(tx, "complete", testkit.Buyer)
			if b := w.StripeBooks(tx.ListingTitle); b.Payments != 2 || b.Funds.Released != 5000 || b.Funds.Captured-b.Funds.Refunded != 5000 || b.Funds.Authorized != 0 {
				t.Errorf("%s: at Stripe %+v", name, b)
			}
			w.CheckBooks()
		}
	})
}

// In recovery mode nothing is returned, and after it once.
func TestM37_recoveryReturnsNothing(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
	if _, err := orchestrator.BeginRecovery(t.Context(), w.Store, w.Sandbox.Now(), "a test"); err != nil {
		t.Fatal(err)
	}
	twinAtStripe(t, w, tx, "automatic", tx.Tag())
	w.MustSettle()
	for _, e := range w.Stripe.Effects() {
		if strings.Contains(e.Operation, "refund") {
			t.Fatal("money was returned in recovery mode")
		}
	}
}
