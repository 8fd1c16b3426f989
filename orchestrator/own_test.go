package orchestrator_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

var staff = process.Actor{Kind: process.Staff, ID: "olga"}

// fund books a deposit into a user's balance.
func fund(t *testing.T, w *testkit.Testbed, user string, minor int64) {
	t.Helper()
	_, err := w.Engine.Create(t.Context(), orchestrator.CreateInput{
		CommunityID: app.SampleCommunity, Process: "deposit", Gateway: "balance", Actor: staff,
		Starter: user, Author: user, Title: "deposit", UnitPrice: money.New(minor, "EUR"), Input: testkit.Because(staff, nil),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// balances checks what a user has.
func balances(t *testing.T, w *testkit.Testbed, user string, available, frozen int64) {
	t.Helper()
	for kind, want := range map[ledger.Kind]int64{ledger.Available: available, ledger.Frozen: frozen} {
		got, err := w.Store.Balance(t.Context(), app.SampleCommunity, ledger.Account{Kind: kind, Owner: user}, "EUR")
		if err != nil || got != want {
			t.Errorf("%s of %s is %d, want %d (%v)", kind, user, got, want, err)
		}
	}
}

// own is a deal of 50.00 euro on the users' own balances.
func own(name string) orchestrator.CreateInput {
	in := testkit.Deal()
	in.Process, in.Gateway = name, "balance"
	return in
}

func TestOwnLedger_lifecycles(t *testing.T) {
	t.Parallel()
	type step struct {
		name  process.Transition
		actor process.Actor
		input map[string]string
		state process.State
		bea   [2]int64 // available, frozen
		sam   [2]int64
	}
	tests := map[string]struct {
		process string
		opened  [2]int64 // what is left to who pays
		seller  bool     // the seller's balance is frozen
		steps   []step
	}{
		"preauthorize": {"preauthorize", [2]int64{3000, 5000}, false, []step{
			{"complete_preauthorization", testkit.Seller, nil, settlement.Paid, [2]int64{3000, 5000}, [2]int64{8000, 0}},
			{"complete", testkit.Buyer, nil, settlement.Confirmed, [2]int64{3000, 0}, [2]int64{13000, 0}},
		}},
		"rejected": {"preauthorize", [2]int64{3000, 5000}, false, []step{
			{"reject", testkit.Seller, nil, preauthorize.Rejected, [2]int64{8000, 0}, [2]int64{8000, 0}},
		}},
		"split": {"preauthorize", [2]int64{3000, 5000}, false, []step{
			{"complete_preauthorization", testkit.Seller, nil, settlement.Paid, [2]int64{3000, 5000}, [2]int64{8000, 0}},
			{"cancel", testkit.Buyer, nil, settlement.Canceled, [2]int64{3000, 5000}, [2]int64{8000, 0}},
			{"split", staff, map[string]string{"refund": "1500", "release": "3500"}, settlement.Settling, [2]int64{4500, 3500}, [2]int64{8000, 0}},
			{"settle_rest", staff, nil, settlement.Settled, [2]int64{4500, 0}, [2]int64{11500, 0}},
		}},
		"postpay": {"postpay", [2]int64{8000, 0}, false, []step{
			{"invoice", testkit.Seller, map[string]string{"total_sum": "7000"}, postpay.Accepted, [2]int64{8000, 0}, [2]int64{8000, 0}},
			{"pay_invoice", testkit.Buyer, nil, settlement.Paid, [2]int64{1000, 7000}, [2]int64{8000, 0}},
			{"complete", testkit.Buyer, nil, settlement.Confirmed, [2]int64{1000, 0}, [2]int64{15000, 0}},
		}},
		"exchange order": {"p2p_order", [2]int64{3000, 5000}, true, []step{
			{"confirm_paid", testkit.Buyer, nil, p2porder.Paid, [2]int64{8000, 0}, [2]int64{3000, 5000}},
			{"call_operator", testkit.Buyer, nil, p2porder.Disputed, [2]int64{8000, 0}, [2]int64{3000, 5000}},
			{"resolve_split", staff, map[string]string{"refund": "2000", "release": "3000", "reason": "half the payment came in"}, p2porder.Completed, [2]int64{11000, 0}, [2]int64{5000, 0}},
		}},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url)})
				fund(t, w, "bea", 8000)
				fund(t, w, "sam", 8000)
				result, err := w.Engine.Create(t.Context(), own(tc.process))
				if err != nil {
					t.Fatal(err)
				}
				tx := result.Transaction
				payer := "bea"
				if tc.seller {
					payer = "sam"
				}
				balances(t, w, payer, tc.opened[0], tc.opened[1])
				for _, s := range tc.steps {
					result, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: s.name, Actor: s.actor, Input: testkit.Because(s.actor, s.input)})
					if err != nil {
						t.Fatalf("%s: %v", s.name, err)
					}
					if result.Transaction.State != s.state {
						t.Errorf("%s leads to %s, want %s", s.name, result.Transaction.State, s.state)
					}
					balances(t, w, "bea", s.bea[0], s.bea[1])
					balances(t, w, "sam", s.sam[0], s.sam[1])
				}
				w.CheckBooks()
			})
		}
	})
}

// A thousand buyers with money for one deal each race for what a seller has, for
// a day and for a balance: books stay balanced and nobody gets what is not there.
//
// It runs beside no other test: thousands at once would make their calls time out.
func TestRace_reservationsAndBalances(t *testing.T) {
	const buyers = 1000
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		fund(t, w, "sam", 12_000)
		day := orchestrator.Reservation{Resource: "date:7:2030-01-01", Amount: 1, Capacity: 1, Reason: "dates_not_available"}
		races := map[string]struct {
			in      func(buyer string) orchestrator.CreateInput
			winners int
			reason  fault.Reason
		}{
			"one day": {func(buyer string) orchestrator.CreateInput {
				in := own("postpay")
				in.Reserve = []orchestrator.Reservation{day}
				return in
			}, 1, "dates_not_available"},
			"one single-use listing": {func(string) orchestrator.CreateInput {
				in := own("postpay")
				in.Reserve = []orchestrator.Reservation{{Resource: "stock:8", Amount: 1, Capacity: 1, Reason: "out_of_stock"}}
				return in
			}, 1, "out_of_stock"},
			"one seller's balance": {func(buyer string) orchestrator.CreateInput { return own("p2p_order") }, 2, "insufficient_balance"},
		}
		for name, race := range races {
			var won sync.Map
			var all sync.WaitGroup
			for i := range buyers {
				buyer := fmt.Sprintf("buyer%d", i)
				all.Go(func() {
					in := race.in(buyer)
					in.Starter, in.Actor = buyer, process.Actor{Kind: process.User, ID: buyer}
					result, err := w.Engine.Create(t.Context(), in)
					switch {
					case err == nil:
						won.Store(buyer, result.Transaction)
					case fault.ReasonOf(err) != race.reason:
						t.Errorf("%s: a loser is told %v, want %s", name, err, race.reason)
					}
				})
			}
			all.Wait()
			winners := 0
			won.Range(func(any, any) bool { winners++; return true })
			if winners != race.winners {
				t.Errorf("%s: %d winners, want %d", name, winners, race.winners)
			}
		}
		balances(t, w, "sam", 2000, 10_000)
		w.CheckBooks()
	})
}

func TestReservations_areGivenBack(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		fund(t, w, "bea", 20_000)
		book := func() (orchestrator.Transaction, error) {
			in := own("preauthorize")
			in.Reserve = []orchestrator.Reservation{
				{Resource: "date:7:2030-01-01", Amount: 1, Capacity: 1, Reason: "dates_not_available"},
				{Resource: "buyer:bea", Amount: 1, Capacity: 1, Lock: true, Reason: "one_at_a_time"},
			}
			result, err := w.Engine.Create(t.Context(), in)
			return result.Transaction, err
		}
		tx, err := book()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := book(); fault.ReasonOf(err) != "dates_not_available" {
			t.Errorf("a second booking: %v", err)
		}
		w.MustDo(tx, "reject", testkit.Seller)
		if tx, err = book(); err != nil {
			t.Fatalf("after the reject: %v", err)
		}
		w.MustDo(tx, "complete_preauthorization", testkit.Seller)
		w.MustDo(tx, "complete", testkit.Buyer)
		if _, err := book(); fault.ReasonOf(err) != "dates_not_available" {
			t.Errorf("a completed booking keeps its day: %v", err)
		}
		free, err := w.Store.Free(t.Context(), app.SampleCommunity, []string{"buyer:bea", "date:7:2030-01-01"})
		if err != nil || free["buyer:bea"] != 1 || free["date:7:2030-01-01"] != 0 {
			t.Errorf("free is %v (%v), want the lock back and the day taken", free, err)
		}
		w.CheckBooks()
	})
}

func TestReminders_comeOnce(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		result, err := w.Engine.Create(t.Context(), own("postpay"))
		if err != nil {
			t.Fatal(err)
		}
		tx := result.Transaction
		count := func() map[string]int {
			events, err := w.Store.Events(t.Context(), tx.ID)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			for _, e := range events {
				seen[e.Type]++
			}
			return seen
		}
		for _, step := range []struct {
			wait          time.Duration
			first, second int
		}{{71 * time.Hour, 0, 0}, {2 * time.Hour, 1, 0}, {7 * 24 * time.Hour, 1, 1}} {
			w.Advance(step.wait)
			if got := count(); got["reminder.first_reminder"] != step.first || got["reminder.second_reminder"] != step.second {
				t.Errorf("after %s more: %v", step.wait, got)
			}
		}
		w.Advance(20 * 24 * time.Hour)
		if after := w.Load(tx); after.State != postpay.Lapsed {
			t.Errorf("nobody answered and the deal is %s", after.State)
		}
		w.CheckBooks()
	})
}

func TestSay(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		result, err := w.Engine.Create(t.Context(), own("postpay"))
		if err != nil {
			t.Fatal(err)
		}
		tx := result.Transaction
		say := func(a process.Actor, sender, content string) error {
			_, _, err := w.Engine.Say(t.Context(), orchestrator.SayInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Actor: a, Sender: sender, Content: content})
			return err
		}
		for name, tc := range map[string]struct {
			actor  process.Actor
			sender string
			reason fault.Reason
		}{
			"a party":                    {testkit.Buyer, "", ""},
			"the backend for one":        {testkit.Backend, "sam", ""},
			"staff":                      {staff, "", ""},
			"a stranger":                 {process.Actor{Kind: process.User, ID: "eve"}, "", "transaction_not_found"},
			"for somebody else":          {testkit.Buyer, "sam", "not_yourself"},
			"the backend for a stranger": {testkit.Backend, "eve", "not_participant"},
		} {
			if err := say(tc.actor, tc.sender, name); (err == nil) != (tc.reason == "") || err != nil && fault.ReasonOf(err) != tc.reason {
				t.Errorf("%s: %v, want %q", name, err, tc.reason)
			}
		}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := say(testkit.Buyer, "", fmt.Sprint("at once ", i)); err != nil {
					t.Error(err)
				}
			})
		}
		w.MustDo(tx, "reject", testkit.Seller)
		all.Wait()
		said, err := w.Engine.Messages(t.Context(), tx.CommunityID, orchestrator.MessageFilter{TransactionID: tx.ID}, testkit.Seller)
		if err != nil || len(said) != 23 {
			t.Errorf("%d messages (%v), want 23", len(said), err)
		}
		w.CheckBooks()
	})
}
