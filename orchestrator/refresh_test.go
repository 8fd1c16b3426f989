package orchestrator_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// deaf makes a testbed that hears no message of a gateway.
func deaf(t *testing.T, o testkit.Options) *testkit.Testbed {
	t.Helper()
	w := testkit.New(t, o)
	if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	return w
}

// A payment whose message is lost is noticed within minutes, on its own.
func TestM32_polledSoon(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, database string) {
		w := deaf(t, testkit.Options{DatabaseURL: database})
		early, late := w.Open(), w.Open()
		w.PayOnly(early)
		w.Advance(2 * time.Minute)
		if now := w.Load(early); now.State != escrowonline.Paid {
			t.Errorf("two minutes after it was paid the deal is %s", now.State)
		}
		w.Advance(18 * time.Minute)
		w.PayOnly(late)
		w.Advance(20 * time.Minute)
		if now := w.Load(late); now.State != escrowonline.Paid {
			t.Errorf("paid twenty minutes after its page was opened, twenty later the deal is %s", now.State)
		}
		result, err := w.Engine.Create(t.Context(), card("preauthorize", ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Stripe.Pay(result.Transaction.PaymentID, "success"); err != nil {
			t.Fatal(err)
		}
		w.Advance(2 * time.Minute)
		if now := w.Load(result.Transaction); now.State != preauthorize.Preauthorized {
			t.Errorf("at Stripe, two minutes after it was paid the deal is %s", now.State)
		}
	})
}

// Refresh looks now, once in a while; a read looks only where there is doubt, and
// answers also when the gateway does not.
func TestM32_refreshAndRead(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	var broken atomic.Bool
	w := deaf(t, testkit.Options{Manual: true, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			calls.Add(1)
			if broken.Load() {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	read := func(tx orchestrator.Transaction) (state process.State, asked int64) {
		t.Helper()
		before := calls.Load()
		now, err := w.Engine.Read(t.Context(), tx.CommunityID, tx.ID, testkit.Buyer)
		if err != nil {
			t.Fatal(err)
		}
		return now.State, calls.Load() - before
	}
	refresh := func(tx orchestrator.Transaction) (state process.State, asked int64) {
		t.Helper()
		before := calls.Load()
		now, err := w.Engine.Refresh(t.Context(), tx.CommunityID, tx.ID, testkit.Buyer)
		if err != nil {
			t.Fatal(err)
		}
		return now.State, calls.Load() - before
	}
	first, second := w.Open(), w.Open()
	if state, asked := read(first); state != escrow.Joined || asked != 0 {
		t.Errorf("read at once: %s after %d calls", state, asked)
	}
	w.PayOnly(first)
	if state, asked := refresh(first); state != escrowonline.Paid || asked != 1 {
		t.Errorf("refreshed: %s after %d calls", state, asked)
	}
	if _, asked := refresh(first); asked != 0 {
		t.Errorf("refreshed again at once: %d calls", asked)
	}
	w.PayOnly(second)
	if err := w.Sandbox.Advance(3 * time.Minute); err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	if state, asked := read(second); state != escrow.Joined || asked != 1 {
		t.Errorf("read while the gateway hangs: %s after %d calls", state, asked)
	}
	broken.Store(false)
	if _, asked := read(second); asked != 0 {
		t.Errorf("read again at once: %d calls", asked)
	}
	if err := w.Sandbox.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	if state, asked := read(second); state != escrowonline.Paid || asked != 1 {
		t.Errorf("read a minute later: %s after %d calls", state, asked)
	}
	stranger := process.Actor{Kind: process.User, ID: "eve"}
	if _, err := w.Engine.Refresh(t.Context(), first.CommunityID, first.ID, stranger); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("a stranger refreshes: %v", err)
	}
}

// An outcome that nobody knows is known when the deal is refreshed, and nothing is
// sent for that.
func TestM32_refreshSettles(t *testing.T) {
	t.Parallel()
	w := deaf(t, testkit.Options{Manual: true})
	result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	tx := result.Transaction
	if err := w.Stripe.SetFaults([]stripe.Fault{{Route: "capture_payment_intent", Kind: "cut_after"}}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Do(tx, "complete_preauthorization", testkit.Seller)
	if err := w.Sandbox.Advance(3 * time.Minute); err != nil {
		t.Fatal(err)
	}
	now, err := w.Engine.Refresh(t.Context(), tx.CommunityID, tx.ID, testkit.Seller)
	if err != nil || now.State != settlement.Paid || now.Operation != "" {
		t.Errorf("refreshed: %s, busy with %q, %v", now.State, now.Operation, err)
	}
	captures := 0
	for _, e := range w.Stripe.Effects() {
		if e.Operation == "capture" {
			captures++
		}
	}
	if captures != 1 {
		t.Errorf("%d captures", captures)
	}
}

// Operators are told three days and one day before evidence about a dispute has to be
// at the gateway, and the list shows until when.
func TestM23_evidenceIsDue(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	result, err := w.Engine.Create(t.Context(), card("preauthorize", "pm_card_visa"))
	if err != nil {
		t.Fatal(err)
	}
	tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
	w.Advance(2 * 24 * time.Hour)
	if _, err := w.Stripe.Dispute(tx.PaymentID, "fraudulent"); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
	tx = w.Load(tx)
	due := tx.Deadlines[process.EvidenceDeadline]
	_, all := tasksOf(t, w, tx)
	if len(all) != 1 || all[0].Kind != orchestrator.TaskDispute || !all[0].Due.Equal(due) || due.IsZero() {
		t.Fatalf("evidence is due %s; tasks: %+v", due, all)
	}
	for _, r := range []struct {
		timer  process.TimerName
		before time.Duration
	}{{"evidence_due_in_3_days", 72 * time.Hour}, {"evidence_due_in_1_day", 24 * time.Hour}} {
		w.Advance(due.Add(-r.before).Sub(w.Sandbox.Now()) + time.Second)
		events, err := w.Store.Events(t.Context(), tx.ID)
		if err != nil {
			t.Fatal(err)
		}
		told := false
		for _, e := range events {
			told = told || e.Type == "reminder."+string(r.timer) && e.Data["for"] == orchestrator.ForOperators
		}
		if !told {
			t.Errorf("nobody is told %s before", r.before)
		}
	}
}

// A seller who accepts a complaint lets the money go back: the payment is looked at
// first, and what was decided at the gateway meanwhile stands.
func TestM1_acceptedComplaintLooksFirst(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	w := testkit.New(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "accept_complaint") {
			sent.Add(1)
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	tx := w.BringTo(escrow.Complained)
	if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Sandbox.ResolveComplaint(w.PaymentID(tx), "release"); err != nil {
		t.Fatal(err)
	}
	_, err := w.Do(tx, "accept_complaint", testkit.Seller)
	if now := w.Load(tx); err == nil || sent.Load() != 0 || now.State != escrow.FundsReleased {
		t.Errorf("%v after %d requests; the deal is %s", err, sent.Load(), now.State)
	}
	w.CheckBooks()
}

// Who may read many deals does not make us ask the gateway as often as they ask us, and
// takes nothing from another community.
func TestM32_looksAreBounded(t *testing.T) {
	t.Parallel()
	var l orchestrator.Looks
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	flood := func(community int64) (looked int) {
		for id := range int64(20_000) {
			if l.Take(orchestrator.Transaction{CommunityID: community, ID: community*100_000 + id}, now, time.Second) {
				looked++
			}
		}
		return looked
	}
	if got := flood(1); got != 40 {
		t.Errorf("%d looks at the same moment, want 40", got)
	}
	if got := flood(1); got != 0 {
		t.Errorf("%d more, want none", got)
	}
	if got := flood(2); got != 40 {
		t.Errorf("%d looks of another community, want 40", got)
	}
	now = now.Add(time.Second)
	if got := flood(1); got != 5 {
		t.Errorf("%d looks a second later, want 5", got)
	}
	now = now.Add(-time.Hour)
	if got := flood(1); got == 0 {
		t.Error("no look after the clock was set back")
	}
}
