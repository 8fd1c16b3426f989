package orchestrator_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// shop is an engine at such a gateway.
type shop struct {
	*orchestrator.Engine
	t     *testing.T
	store orchestrator.Deals
	till  *till
	now   time.Time
}

func newShop(t *testing.T, databaseURL string, wrap func(orchestrator.Gateway) orchestrator.Gateway) *shop {
	t.Helper()
	store := testkit.New(t, testkit.Options{DatabaseURL: databaseURL, Manual: true}).Store
	s := &shop{t: t, store: store, now: testkit.Start, till: &till{answers: map[process.Verb]process.Status{}}}
	s.till.now = func() time.Time { return s.now }
	ids := 0
	var err error
	s.Engine, err = orchestrator.New(orchestrator.Config{
		Store: store.ForEngine(), Gateways: []orchestrator.Gateway{wrap(s.till)}, Kinds: app.Kinds(),
		Now:   s.till.now,
		NewID: func() string { ids++; return fmt.Sprintf("intent-%d", ids) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func listed(g orchestrator.Gateway) orchestrator.Gateway { return g }

func unlisted(g orchestrator.Gateway) orchestrator.Gateway { return mute{g} }

// open opens a deal and takes transitions, without minding what comes of it.
func (s *shop) open(name string, then ...process.Transition) orchestrator.Transaction {
	s.t.Helper()
	in := testkit.Deal()
	in.Process, in.Gateway = name, "stripe"
	result, _ := s.Create(s.t.Context(), in)
	tx := result.Transaction
	inputs := map[process.Transition]map[string]string{
		"split": {"refund": "1500", "release": "3500"}, "invoice": {"total_sum": "7000"},
	}
	for _, transition := range then {
		actor := testkit.Buyer
		switch transition {
		case "complete_preauthorization", "invoice", "reject":
			actor = testkit.Seller
		case "refund", "split", "settle_rest":
			actor = staff
		}
		_, _ = s.Do(s.t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: transition, Actor: actor, Input: testkit.Because(actor, inputs[transition])})
	}
	return s.load(tx)
}

func (s *shop) load(tx orchestrator.Transaction) orchestrator.Transaction {
	s.t.Helper()
	now, err := s.store.Transaction(s.t.Context(), tx.CommunityID, tx.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return now
}

// playAll brings a deal to every kind of end, and leaves some on the way.
func (s *shop) playAll() []orchestrator.Transaction {
	return []orchestrator.Transaction{
		s.open("preauthorize"),
		s.open("preauthorize", "reject"),
		s.open("preauthorize", "complete_preauthorization"),
		s.open("preauthorize", "complete_preauthorization", "complete"),
		s.open("preauthorize", "complete_preauthorization", "cancel", "refund"),
		s.open("preauthorize", "complete_preauthorization", "cancel", "split", "settle_rest"),
		s.open("postpay"),
		s.open("postpay", "invoice", "pay_invoice"),
	}
}

func (s *shop) window() orchestrator.ReconcileInput {
	return orchestrator.ReconcileInput{Gateway: "stripe", From: testkit.Start.Add(-time.Hour), To: testkit.Start.Add(time.Hour)}
}

func (s *shop) reconcile(in orchestrator.ReconcileInput) orchestrator.Report {
	s.t.Helper()
	report, err := s.Reconcile(s.t.Context(), in)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range report.Differences {
		if d.Gateway != "stripe" || d.Advice == "" || d.Age < 0 {
			s.t.Errorf("the difference tells too little: %+v", d)
		}
	}
	return report
}

// classes are a report's differences in short.
func classes(r orchestrator.Report) []string {
	var all []string
	for _, d := range r.Differences {
		all = append(all, fmt.Sprintf("%s %s: %s, %s", d.Class, d.What, d.Here, d.There))
	}
	return all
}

func TestReconcile_cleanRunsAreClean(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, wrap := range map[string]func(orchestrator.Gateway) orchestrator.Gateway{"statement": listed, "look-ups": unlisted} {
			s := newShop(t, fresh(t, url), wrap)
			deals := s.playAll()
			for _, tx := range deals {
				if tx.Operation != "" || tx.Attention != "" {
					t.Fatalf("%s: deal %d is %s, busy with %q: %s", name, tx.ID, tx.State, tx.Operation, tx.Attention)
				}
			}
			report := s.reconcile(s.window())
			compared := map[string]int{"statement": 7, "look-ups": 3}[name] // deals without a payment have nothing to compare
			if len(report.Differences) > 0 || report.Adopted > 0 || report.Compared != compared {
				t.Errorf("%s: %+v", name, report)
			}
		}
	})
}

func TestReconcile_everyClass(t *testing.T) {
	t.Parallel()
	const paid = 2 // of playAll: captured and held
	tests := map[string]struct {
		inject func(s *shop, deals []orchestrator.Transaction)
		want   []string
	}{
		"a payment of somebody else": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.payments = append(s.till.payments, &orchestrator.StatementLine{Snapshot: orchestrator.Snapshot{PaymentID: "pay_x", Payment: process.Payment{Found: true, Price: money.New(999, "EUR")}}})
		}, []string{"missing_here : 0.00 EUR, 9.99 EUR"}},
		"paid twice": {func(s *shop, _ []orchestrator.Transaction) {
			twin := *s.till.payments[0]
			twin.PaymentID = "pay_twin"
			s.till.payments = append(s.till.payments, &twin)
		}, []string{"missing_here : 0.00 EUR, 50.00 EUR"}},
		"voided, of somebody else": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.payments = append(s.till.payments, &orchestrator.StatementLine{Snapshot: orchestrator.Snapshot{
				PaymentID: "pay_x", Payment: process.Payment{Found: true, Price: money.New(999, "EUR"), Facts: map[process.Fact]time.Time{process.FactVoided: s.now}},
			}})
		}, nil},
		"given up for another one": {func(s *shop, _ []orchestrator.Transaction) {
			twin := *s.till.payments[0]
			twin.PaymentID, twin.Facts = "pay_twin", map[process.Fact]time.Time{process.FactAuthorized: s.now, process.FactVoided: s.now}
			s.till.payments = append(s.till.payments, &twin)
		}, nil},
		"declined": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.answers[process.Authorize] = process.Declined
			s.open("preauthorize")
			clear(s.till.payments[len(s.till.payments)-1].Facts)
		}, nil},
		"declined, but held there": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.answers[process.Authorize] = process.Declined
			s.open("preauthorize")
		}, []string{"missing_here : 0.00 EUR, 50.00 EUR"}},
		"declined, but taken there": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.answers[process.Authorize] = process.Declined
			s.open("preauthorize")
			line := s.till.payments[len(s.till.payments)-1]
			clear(line.Facts)
			line.Captured = 5000
		}, []string{"missing_here : 0.00 EUR, 50.00 EUR"}},
		"voided after it was taken": {func(s *shop, _ []orchestrator.Transaction) {
			twin := *s.till.payments[0]
			twin.PaymentID, twin.Captured, twin.Facts = "pay_twin", 5000, map[process.Fact]time.Time{process.FactVoided: s.now}
			s.till.payments = append(s.till.payments, &twin)
		}, []string{"missing_here : 0.00 EUR, 50.00 EUR"}},
		"opened after the deal was given up": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.answers[process.Authorize] = process.NotSent
			s.open("preauthorize")
		}, []string{"missing_here : 0.00 EUR, 50.00 EUR"}},
		"lost there": {func(s *shop, deals []orchestrator.Transaction) {
			s.till.payments = slices.DeleteFunc(s.till.payments, func(l *orchestrator.StatementLine) bool { return l.PaymentID == deals[paid].PaymentID })
		}, []string{"missing_there : 50.00 EUR, 0.00 EUR"}},
		"captured more": {func(s *shop, deals []orchestrator.Transaction) { s.till.find(deals[paid].PaymentID, "").Captured++ },
			[]string{"amount_differs captured: 50.00 EUR, 50.01 EUR"}},
		"refunded there": {func(s *shop, deals []orchestrator.Transaction) { s.till.find(deals[paid].PaymentID, "").Refunded = 700 },
			[]string{"amount_differs refunded: 0.00 EUR, 7.00 EUR"}},
		"paid out less": {func(s *shop, deals []orchestrator.Transaction) { s.till.find(deals[paid+1].PaymentID, "").Released-- },
			[]string{"amount_differs released: 50.00 EUR, 49.99 EUR"}},
		"another price": {func(s *shop, deals []orchestrator.Transaction) {
			s.till.find(deals[paid].PaymentID, "").Price = money.New(5000, "USD")
		}, []string{"amount_differs price: 50.00 EUR, 50.00 USD"}},
		"disputed there": {func(s *shop, deals []orchestrator.Transaction) {
			s.till.find(deals[paid].PaymentID, "").Facts[process.FactDisputeOpened] = s.now
		}, nil}, // its message is on its way: it is merged
		"captured there": {func(s *shop, deals []orchestrator.Transaction) {
			line := s.till.find(deals[0].PaymentID, "")
			line.Captured, line.Facts[process.FactCaptured] = 5000, s.now
		}, nil},
		"captured there, of another sum": {func(s *shop, deals []orchestrator.Transaction) {
			line := s.till.find(deals[0].PaymentID, "")
			line.Captured, line.Facts[process.FactCaptured] = 4000, s.now
		}, []string{"state_differs captured: 0.00 EUR, 50.00 EUR"}},
		"no outcome for hours": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.idle, s.till.answers[process.Authorize] = true, process.Unknown
			s.open("preauthorize")
			s.now = s.now.Add(61 * time.Minute)
		}, []string{"open_intent create: 0.00 EUR, 0.00 EUR"}},
		"no outcome for a minute": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.idle, s.till.answers[process.Authorize] = true, process.Unknown
			s.open("preauthorize")
			s.now = s.now.Add(time.Minute)
		}, nil},
		"found, of another price": {func(s *shop, _ []orchestrator.Transaction) {
			s.till.answers[process.Authorize] = process.Unknown
			s.open("preauthorize")
			s.till.payments[len(s.till.payments)-1].Price = money.New(4000, "EUR")
		}, []string{"amount_differs price: 0.00 EUR, 40.00 EUR"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, "", listed)
			tc.inject(s, s.playAll())
			report := s.reconcile(s.window())
			if diff := cmp.Diff(tc.want, classes(report)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A payment whose answer was lost, or that was believed not to have been sent, is
// brought into its deal, and the next run has nothing to say.
func TestReconcile_adopts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		process string
		verb    process.Verb
		answer  process.Status
		then    []process.Transition
		want    process.State
	}{
		"answer lost":     {"preauthorize", process.Authorize, process.Unknown, nil, preauthorize.Preauthorized},
		"invoice, lost":   {"postpay", process.Charge, process.Unknown, []process.Transition{"invoice", "pay_invoice"}, settlement.Paid},
		"sent after all":  {"postpay", process.Charge, process.NotSent, []process.Transition{"invoice", "pay_invoice"}, settlement.Paid},
		"and disputed":    {"postpay", process.Charge, process.NotSent, []process.Transition{"invoice", "pay_invoice"}, settlement.Disputed},
		"lost, disputed":  {"preauthorize", process.Authorize, process.Unknown, nil, settlement.Disputed},
		"lost and voided": {"preauthorize", process.Authorize, process.Unknown, nil, preauthorize.Rejected},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			s := newShop(t, fresh(t, url), listed)
			s.till.answers[tc.verb] = tc.answer
			tx := s.open(tc.process, tc.then...)
			line := s.till.payments[0]
			switch tc.want {
			case settlement.Disputed:
				line.Captured, line.Facts[process.FactCaptured], line.Facts[process.FactDisputeOpened] = line.Price.Minor(), s.now, s.now
			case preauthorize.Rejected:
				line.Facts[process.FactVoided] = s.now
			}
			for run, adopted := range []int{1, 0} {
				report := s.reconcile(s.window())
				if report.Adopted != adopted || len(report.Differences) > 0 {
					t.Errorf("%s, run %d: %+v", name, run, report)
				}
			}
			if after := s.load(tx); after.State != tc.want || after.PaymentID != line.PaymentID || after.Operation != "" {
				t.Errorf("%s: the deal is %s with payment %q", name, after.State, after.PaymentID)
			}
			if len(s.till.payments) != 1 {
				t.Errorf("%s: %d payments, want 1", name, len(s.till.payments))
			}
		}
	})
}

// A gateway without a statement is asked about every deal that has not ended.
func TestReconcile_withoutStatement(t *testing.T) {
	t.Parallel()
	s := newShop(t, "", unlisted)
	deals := s.playAll()
	line := s.till.find(deals[0].PaymentID, "")
	line.Captured, line.Facts[process.FactCaptured] = 4000, s.now
	for _, gone := range []orchestrator.Transaction{deals[2], deals[3]} {
		s.till.payments = slices.DeleteFunc(s.till.payments, func(l *orchestrator.StatementLine) bool { return l.PaymentID == gone.PaymentID })
	}
	want := []string{"state_differs captured: 0.00 EUR, 50.00 EUR", "missing_there : 50.00 EUR, 0.00 EUR"}
	if diff := cmp.Diff(want, classes(s.reconcile(s.window()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReconcile_ofOneCommunityAndWindow(t *testing.T) {
	t.Parallel()
	s := newShop(t, "", listed)
	s.playAll()
	for _, line := range s.till.payments {
		line.Captured++
	}
	for community, want := range map[int64]int{0: 7, app.SampleCommunity: 7, app.OtherCommunity: 0} {
		in := s.window()
		in.CommunityID = community
		if got := len(s.reconcile(in).Differences); got != want {
			t.Errorf("community %d: %d differences, want %d", community, got, want)
		}
	}
	s.till.payments = nil
	later := s.window()
	later.From = testkit.Start.Add(time.Microsecond)
	if report := s.reconcile(later); len(report.Differences) > 0 {
		t.Errorf("deals of before the window are reported: %+v", report.Differences)
	}
}

// A line that cannot be read makes the report incomplete, and hides no other.
func TestReconcile_brokenLine(t *testing.T) {
	t.Parallel()
	s := newShop(t, "", listed)
	s.open("preauthorize")
	s.till.payments[0].Captured++
	s.till.broken = fault.New(fault.Unavailable, "unreadable", "half a line")
	report, err := s.Reconcile(t.Context(), s.window())
	if fault.ReasonOf(err) != "unreadable" || len(report.Differences) != 1 {
		t.Errorf("%v, %+v", err, report)
	}
}

func TestReconcile_refuses(t *testing.T) {
	t.Parallel()
	s := newShop(t, "", listed)
	tests := map[fault.Reason]func(*orchestrator.ReconcileInput){
		"unknown_gateway":        func(in *orchestrator.ReconcileInput) { in.Gateway = "bank" },
		"gateway_not_configured": func(in *orchestrator.ReconcileInput) { in.Gateway = "paypal" },
		"invalid_window":         func(in *orchestrator.ReconcileInput) { in.To = in.From },
	}
	for _, want := range slices.Sorted(maps.Keys(tests)) {
		in := s.window()
		tests[want](&in)
		if _, err := s.Reconcile(t.Context(), in); fault.ReasonOf(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// On our own ledger, what users have frozen is what their deals hold.
func TestReconcile_ownLedger(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), Manual: true})
		fund(t, w, "bea", 8000)
		fund(t, w, "sam", 8000)
		for _, name := range []string{"preauthorize", "p2p_order"} {
			if _, err := w.Engine.Create(t.Context(), own(name)); err != nil {
				t.Fatal(err)
			}
		}
		report, err := w.Engine.Reconcile(t.Context(), orchestrator.ReconcileInput{Gateway: "balance", From: testkit.Start, To: testkit.Start.Add(time.Hour)})
		if err != nil || len(report.Differences) > 0 {
			t.Errorf("%v, %+v", err, report)
		}
	})
}

// A deal whose message is on its way, or that went on while the statement was read,
// differs from the statement and not from the gateway: it is looked up before anything is
// reported, and what happened is merged.
func TestReconcile_looksBeforeItReports(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, wrap := range map[string]func(orchestrator.Gateway) orchestrator.Gateway{"statement": listed, "look-ups": unlisted} {
			s := newShop(t, fresh(t, url), wrap)
			tx := s.open("preauthorize")
			line := s.till.payments[0]
			line.Captured, line.Facts[process.FactCaptured] = 5000, s.now
			if report := s.reconcile(s.window()); len(report.Differences) > 0 {
				t.Errorf("%s: the message is on its way: %v", name, classes(report))
			}
			if now := s.load(tx); now.State != settlement.Paid || now.Attention != "" {
				t.Errorf("%s: the deal is %s, on hold for %q", name, now.State, now.Attention)
			}
		}
		old := &outdated{}
		s := newShop(t, fresh(t, url), func(g orchestrator.Gateway) orchestrator.Gateway { old.till = g.(*till); return old })
		tx := s.open("preauthorize", "complete_preauthorization")
		read := *s.till.payments[0]
		read.Facts = maps.Clone(read.Facts)
		old.read = []orchestrator.StatementLine{read}
		if _, err := s.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "complete", Actor: testkit.Buyer}); err != nil {
			t.Fatal(err)
		}
		if report := s.reconcile(s.window()); len(report.Differences) > 0 {
			t.Errorf("the statement is older than the deal: %v", classes(report))
		}
		s.till.payments[0].Released--
		if report := s.reconcile(s.window()); len(report.Differences) != 1 || report.Differences[0].What != "released" {
			t.Errorf("what differs is hidden: %v", classes(report))
		}
	})
}

// outdated is a till whose statement was read a while ago.
type outdated struct {
	*till
	read []orchestrator.StatementLine
}

func (g *outdated) Payments(context.Context, time.Time, time.Time) iter.Seq2[orchestrator.StatementLine, error] {
	return func(yield func(orchestrator.StatementLine, error) bool) {
		for _, line := range g.read {
			if !yield(line, nil) {
				return
			}
		}
	}
}

// Other programs share the account at a gateway: a message about a payment of theirs is
// done with, and is neither tried again nor a warning. One that names an operation is not.
func TestSyncPayment_ofAnotherProgram(t *testing.T) {
	t.Parallel()
	s := newShop(t, "", listed)
	for reference, want := range map[string]fault.Code{"": "", "intent-unknown": fault.NotFound} {
		s.till.payments = append(s.till.payments, &orchestrator.StatementLine{Captured: 999, Snapshot: orchestrator.Snapshot{
			PaymentID: "pay_" + reference, References: []orchestrator.Reference{{Text: reference}},
			Payment: process.Payment{Found: true, Price: money.New(999, "EUR"), Facts: map[process.Fact]time.Time{process.FactCaptured: s.now}},
		}})
		if _, err := s.SyncPayment(t.Context(), "stripe", "pay_"+reference); err == nil && want != "" || err != nil && fault.CodeOf(err) != want {
			t.Errorf("the payment that names %q: %v, want %q", reference, err, want)
		}
	}
}
