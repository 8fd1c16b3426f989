package orchestrator_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// The buyer has their bank take the payment back, before and after the seller is
// paid, and the webhooks come or do not.
func TestChargeback(t *testing.T) {
	t.Parallel()
	paid := []process.Transition{"complete_preauthorization"}
	tests := map[string]struct {
		steps     []process.Transition // of the deal, after it is preauthorized
		state     process.State        // during the dispute
		won       process.State
		lost      process.State
		funds     process.Funds // when it was lost
		attention bool
	}{
		"paid":     {paid, settlement.Disputed, settlement.Canceled, settlement.Refunded, process.Funds{Captured: 5000, Refunded: 5000}, false},
		"canceled": {append(paid, "cancel"), settlement.Disputed, settlement.Canceled, settlement.Refunded, process.Funds{Captured: 5000, Refunded: 5000}, false},
		"released": {append(paid, "complete"), settlement.Confirmed, settlement.Confirmed, settlement.Confirmed, process.Funds{Captured: 5000, Released: 5000, ChargedBack: 5000}, true},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		for name, tc := range tests {
			for _, won := range []bool{true, false} {
				t.Run(name, func(t *testing.T) {
					tx := paidByCard(t, w, tc.steps)
					dispute, err := w.Stripe.Dispute(tx.PaymentID, "")
					if err != nil {
						t.Fatal(err)
					}
					w.MustSettle()
					now := w.Load(tx)
					if now.State != tc.state || (now.Attention != "") != tc.attention {
						t.Errorf("disputed, the deal is %s with attention %q, want %s", now.State, now.Attention, tc.state)
					}
					if _, err := w.Do(tx, "complete", testkit.Buyer); fault.CodeOf(err) != fault.Conflict {
						t.Errorf("to complete it now: %v, want a conflict", err)
					}
					if err := w.Stripe.CloseDispute(dispute, won); err != nil {
						t.Fatal(err)
					}
					// The poll finds out when the webhook is lost.
					w.Advance(7 * time.Hour)
					want, funds := tc.won, tx.Funds
					if !won {
						want, funds = tc.lost, tc.funds
					}
					if now = w.Load(tx); now.State != want || now.Funds != funds {
						t.Errorf("won %v: the deal is %s with %+v, want %s with %+v", won, now.State, now.Funds, want, funds)
					}
				})
			}
		}
		w.CheckBooks()
	})
}

// paidByCard is a deal on Stripe that was brought on its way.
func paidByCard(t *testing.T, w *testkit.Testbed, steps []process.Transition) orchestrator.Transaction {
	t.Helper()
	result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range steps {
		actor := testkit.Buyer
		if name == "complete_preauthorization" {
			actor = testkit.Seller
		}
		w.MustDo(result.Transaction, name, actor)
	}
	w.MustSettle()
	return w.Load(result.Transaction)
}

// The webhook of a dispute is lost: who wants to pay the seller then learns of it,
// be it a person or the timer.
func TestChargeback_unheard(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true, CallTimeout: 5 * time.Second})
	for name, complete := range map[string]func(tx orchestrator.Transaction) error{
		"person": func(tx orchestrator.Transaction) error { _, err := w.Do(tx, "complete", testkit.Buyer); return err },
		"timer":  func(orchestrator.Transaction) error { w.Advance(14 * day); return nil },
	} {
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
		if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Stripe.Dispute(tx.PaymentID, ""); err != nil {
			t.Fatal(err)
		}
		if err := complete(tx); err != nil && fault.CodeOf(err) != fault.Conflict {
			t.Errorf("%s: completing answered %v, want a conflict", name, err)
		}
		if now := w.Load(tx); now.State != settlement.Disputed || now.Funds.Released != 0 || now.Operation != "" {
			t.Errorf("%s: the deal is %s with %+v and operation %q, want disputed and unpaid", name, now.State, now.Funds, now.Operation)
		}
		for _, e := range w.Stripe.Effects() {
			if e.Operation == "transfer" {
				t.Errorf("%s: the seller was paid %d", name, e.Amount)
			}
		}
		if err := w.Stripe.SetFaults(nil); err != nil {
			t.Fatal(err)
		}
	}
	w.CheckBooks()
}

// What happens at the gateway after the end of a deal is noticed within a day, also
// when its webhook is lost, and is on the operator's list.
func TestM17_endedDealsAreWatched(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization", "complete"})
		quiet := paidByCard(t, w, []process.Transition{"complete_preauthorization", "complete"})
		if err := w.Engine.ReconcileDaily(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Stripe.Dispute(tx.PaymentID, ""); err != nil {
			t.Fatal(err)
		}
		if now := w.Load(tx); now.Attention != "" {
			t.Fatalf("known without a look: %q", now.Attention)
		}
		w.Advance(25 * time.Hour)
		if err := w.Engine.ReconcileDaily(t.Context()); err != nil {
			t.Fatal(err)
		}
		if now := w.Load(tx); now.Attention == "" || now.Funds.ChargedBack != 5000 {
			t.Errorf("a day later: attention %q, funds %+v", now.Attention, now.Funds)
		}
		if now := w.Load(quiet); now.Attention != "" {
			t.Errorf("a deal to which nothing happened: %q", now.Attention)
		}
		list, err := w.Engine.Waiting(t.Context(), orchestrator.Filter{CommunityID: tx.CommunityID, Limit: 100})
		if err != nil || len(list) != 1 || list[0].ID != tx.ID {
			t.Errorf("the operator's list has %d deals, %v", len(list), err)
		}
	})
}

// A gateway that cannot be read is read again an hour later, not a day later, and
// stops nothing else.
func TestM17_readAgainSoon(t *testing.T) {
	t.Parallel()
	dead := &unreachable{}
	w := testkit.New(t, testkit.Options{Manual: true, Transport: dead})
	w.Open()
	for i, step := range []struct {
		after time.Duration
		down  string
		asks  bool
	}{{25 * time.Hour, "/", true}, {30 * time.Minute, "/", false}, {31 * time.Minute, "", true}, {2 * time.Hour, "", false}} {
		if err := w.Sandbox.Advance(step.after); err != nil {
			t.Fatal(err)
		}
		dead.refuse(step.down)
		before := dead.calls.Load()
		if err := w.Engine.ReconcileDaily(t.Context()); err != nil {
			t.Fatal(err)
		}
		if asked := dead.calls.Load() != before; asked != step.asks {
			t.Errorf("step %d: asked %v, want %v", i, asked, step.asks)
		}
	}
}

// Looking at deals that have ended and comparing the books take one reading of each
// gateway's statement a day, in everything that is done by itself.
func TestM17_oneReading(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	read := map[string]int{}
	w := testkit.New(t, testkit.Options{Manual: true, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(r.URL.Path, "/clients/") { // how Trustap lists payments
			mu.Lock()
			read[r.URL.Path]++
			mu.Unlock()
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	w.Open()
	days := func() {
		for range 3 {
			if err := w.Sandbox.Advance(25 * time.Hour); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Due.Once(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	days() // and at its start the server reads the end of the statement, once
	clear(read)
	days()
	if len(read) != 2 {
		t.Errorf("read %v, want the lists of both models", read)
	}
	for list, n := range read {
		if n != 3 {
			t.Errorf("%s was read %d times in three days", list, n)
		}
	}
}

// Of many replicas one looks, once a day.
func TestM17_onceADay(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true})
		now := w.Sandbox.Now()
		claim := func(at time.Time) bool {
			t.Helper()
			claimed, err := w.Store.ClaimDaily(t.Context(), "test", at, at.Add(-day))
			if err != nil {
				t.Fatal(err)
			}
			return claimed
		}
		for i, step := range []struct {
			after time.Duration
			want  bool
		}{{0, true}, {0, false}, {23 * time.Hour, false}, {day, true}, {day, false}} {
			if got := claim(now.Add(step.after)); got != step.want {
				t.Errorf("claim %d is %v, want %v", i, got, step.want)
			}
		}
	})
}

// A payout that the gateway refuses again and again is on the operator's list.
func TestM23_refusedPayoutIsListed(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, CallTimeout: 5 * time.Second})
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
		account, _, err := w.Store.Account(t.Context(), tx.CommunityID, tx.Seller, "stripe")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Stripe.EnableAccount(account, false); err != nil {
			t.Fatal(err)
		}
		waiting := func() int {
			t.Helper()
			list, err := w.Engine.Waiting(t.Context(), orchestrator.Filter{CommunityID: tx.CommunityID, Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if n := waiting(); n != 0 {
			t.Errorf("before it is due %d deals wait for a person", n)
		}
		for range 45 {
			w.Advance(day)
		}
		if now := w.Load(tx); now.State != settlement.Paid || now.Funds.Released != 0 {
			t.Errorf("the deal is %s with %+v", now.State, now.Funds)
		}
		if n := waiting(); n != 1 {
			t.Errorf("after 45 days %d deals wait for a person, want the refused payout", n)
		}
	})
}

// The day by which evidence must be there is a deadline of the deal.
func TestM23_evidenceDeadline(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true, CallTimeout: 5 * time.Second})
	tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
	if _, err := w.Stripe.Dispute(tx.PaymentID, ""); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
	now := w.Load(tx)
	if due := now.Deadlines[process.EvidenceDeadline]; now.State != settlement.Disputed || due.Before(w.Sandbox.Now().Add(day)) {
		t.Errorf("the deal is %s, evidence is due %s", now.State, due)
	}
}
