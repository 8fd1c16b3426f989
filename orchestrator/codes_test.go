package orchestrator_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

func isRefused(t *testing.T, what string, err error, want fault.Reason) {
	t.Helper()
	if err == nil || fault.ReasonOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// attempt takes a step with an input.
func attempt(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, name process.Transition, a process.Actor, input map[string]string) error {
	t.Helper()
	_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: name, Actor: a, Input: input})
	return err
}

// Who speaks for a gateway or for the marketplace's bank is held against the books, and a step of staff needs all that it says.
func TestCodes_inputs(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		gateway := process.Actor{Kind: process.AtGateway}
		tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
		isRefused(t, "won back what never went", attempt(t, w, tx, process.WinBackTransition, gateway, nil), "no_loss")
		isRefused(t, "more than was paid", attempt(t, w, tx, process.TakeBackTransition, gateway, process.TakenBack(5001)), "invalid_taken_back")
		isRefused(t, "a payment that nobody can find", attempt(t, w, tx, process.SettlePayoutTransition, staff, map[string]string{"reason": "paid"}), "reference_missing")
		if now := w.Load(tx); now.Funds != tx.Funds || now.Revision != tx.Revision {
			t.Errorf("refused steps left %+v", now)
		}
		tx = paidByCard(t, w, []process.Transition{"complete_preauthorization", "cancel"})
		isRefused(t, "a split of one part", attempt(t, w, tx, "split", staff, map[string]string{"refund": "1000", "reason": "half each"}), "invalid_release")
		w.CheckBooks()
	})
}

// What is taken of something that has too little of it is refused, also where nobody said with which words.
func TestCodes_notAvailable(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address})
		in := testkit.Deal()
		in.Reserve = []orchestrator.Reservation{{Resource: "stock:9", Amount: 2, Capacity: 1}}
		_, err := w.Engine.Create(t.Context(), in)
		isRefused(t, "two of one", err, "not_available")
		in.Reserve[0].Amount = 1
		if _, err := w.Engine.Create(t.Context(), in); err != nil {
			t.Errorf("one of one: %v", err)
		}
	})
}

// In a community whose books were changed by hand no money leaves until an operator has ended the hold.
func TestCodes_communityOnHold(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
		bySQL(t, w.Config.DatabaseURL, `update communities set hold = 'a row was changed' where id = $1`, tx.CommunityID)
		if _, err := w.Store.Seal(t.Context()); err == nil {
			t.Error("the hold is not told")
		}
		isRefused(t, "paid out", attempt(t, w, tx, "complete", testkit.Buyer, nil), "community_on_hold")
		if at := w.StripeBooks(tx.ListingTitle); at.Funds.Released != 0 {
			t.Errorf("at Stripe: %+v", at)
		}
		if err := w.Store.Guard.EndHold(t.Context(), orchestrator.Hold{CommunityID: tx.CommunityID}, orchestrator.By{Actor: "operator:olga", Reason: "looked at it", At: w.Sandbox.Now()}); err != nil {
			t.Fatal(err)
		}
		w.MustDo(tx, "complete", testkit.Buyer)
		w.CheckBooks()
	})
}

// Where the gateway shows what came of a refund, nobody has to say it.
func TestCodes_outcomeShows(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization", "cancel"})
		loseAnswerOf(t, w, "create_refund")
		if err := attempt(t, w, tx, "refund", staff, map[string]string{"reason": "sent back"}); fault.CodeOf(err) != fault.Unknown {
			t.Fatalf("answered with %v", err)
		}
		_, err := w.Engine.TellOutcome(t.Context(), tx.CommunityID, tx.ID, staff, orchestrator.OutcomeArrived, "seen there", "r1")
		isRefused(t, "told", err, "outcome_shows")
		w.Advance(time.Hour)
		w.MustSettle()
		if now := w.Load(tx); now.State != settlement.Refunded {
			t.Errorf("the deal is %s", now.State)
		}
		w.CheckBooks()
	})
}

// The seller was paid by hand while the payer's bank disputes the payment, and staff cannot end such a deal: the sums are taken over when
// the bank has decided.
func TestCodes_nothingLeft(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		tx := paidByCard(t, w, []process.Transition{"complete_preauthorization"})
		takeBack(t, w, tx)
		if tx = w.Load(tx); tx.State != settlement.Disputed {
			t.Fatalf("the deal is %s", tx.State)
		}
		w.TransferElsewhere(tx, 5000)
		takeOver := func() (orchestrator.Transaction, error) {
			w.MustSettle()
			return w.Engine.TakeOver(t.Context(), tx.CommunityID, tx.ID, staff, "paid out by hand", "r1")
		}
		_, err := takeOver()
		isRefused(t, "taken over", err, "nothing_left")
		if now := w.Load(tx); now.State != settlement.Disputed || now.Funds != tx.Funds {
			t.Errorf("the deal is %s with %+v", now.State, now.Funds)
		}
		winBack(t, w, tx)
		if now, err := takeOver(); err != nil || now.Funds.Released != 5000 || now.Attention != "" {
			t.Errorf("after the bank has decided: %s with %+v, attention %q, %v", now.State, now.Funds, now.Attention, err)
		}
		w.CheckBooks()
	})
}

// A statement that is longer than one answer holds is asked for in parts.
func TestCodes_statementTooLong(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: address, Manual: true})
		tx := lossDeal(t, w, []process.Transition{"complete_preauthorization", "complete"})
		bySQL(t, w.Config.DatabaseURL, `insert into postings (transaction_id, revision, line, entry, community_id, kind, reverses, account, amount, currency, at)
			with recursive more(n) as (select 1 union all select n + 1 from more where n < 10000)
			select transaction_id, revision, line + 100 * n, entry + 100 * n, community_id, kind, reverses, account, amount, currency, at
			from postings, more where transaction_id = $1 and account like 'paid_out:%'`, tx.ID)
		f := orchestrator.SellerFilter{CommunityID: tx.CommunityID, Seller: tx.Seller, From: testkit.Start.Add(-day), To: testkit.Start.Add(day)}
		_, err := w.Engine.Statement(t.Context(), f)
		isRefused(t, "10,001 entries", err, "statement_too_long")
		f.To = testkit.Start.Add(-time.Hour)
		if _, err := w.Engine.Statement(t.Context(), f); err != nil {
			t.Errorf("a shorter time: %v", err)
		}
	})
}
