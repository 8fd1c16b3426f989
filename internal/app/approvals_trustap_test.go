package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowf2f"
	"github.com/handsel-dev/handsel/sandbox"
)

// escrowed is an act of staff that lets money of a deal at Trustap go.
type escrowed struct {
	open   func(w *office) orchestrator.Transaction
	call   string // the emulator's name of what is asked
	money  string // and of what moves the money
	to     process.State
	back   int64
	answer string // what the emulator does with the call; empty: it answers
}

func escrowActs() map[string]escrowed {
	deposited := func(w *office) orchestrator.Transaction { return w.PayDeposit(w.OpenF2F()) }
	accepted := func(w *office) orchestrator.Transaction {
		return w.MustDo(deposited(w), "accept_deposit", testkit.Seller)
	}
	const cancel, gives = "p2p_cancel_with_description_with_guest_user", "p2p_refund"
	return map[string]escrowed{
		"a deposit that was paid":     {deposited, cancel, gives, escrowf2f.DepositRefunded, testkit.Deposit, ""},
		"a deposit that was accepted": {accepted, cancel, gives, escrowf2f.DepositRefunded, testkit.Deposit, ""},
	}
}

// effectsOf counts what the emulator did for a deal, by its name of it.
func (w *office) effectsOf(tx orchestrator.Transaction) map[string]int {
	w.t.Helper()
	number, counts := int64(0), map[string]int{}
	if tx.Deposit > 0 {
		number = w.F2FID(tx)
	} else {
		number = w.PaymentID(tx)
	}
	for _, e := range w.Sandbox.Effects() {
		if face := len(e.Operation) > 4 && e.Operation[:4] == "p2p_"; e.TransactionID == number && face == (tx.Deposit > 0) {
			counts[e.Operation]++
		}
	}
	return counts
}

// route is the native address of the newest deal.
func (w *office) route() string {
	w.t.Helper()
	var list struct{ Items []struct{ ID string } }
	w.must(http.StatusOK, "GET", "/v1/transactions?limit=1", "").JSON(w.t, &list)
	return "/v1/transactions/" + list.Items[0].ID
}

// Trustap keeps no keys: whatever stops the engine, or the line, around an act that a
// second person has approved, the money of the deal moves once, and the approval says so.
func TestS7_killedAtTrustap(t *testing.T) {
	t.Parallel()
	points := []string{"after_approval", "before_claim", "after_claim", "after_effect", "after_commit", "after_act"}
	answers := []string{"cut_before", "cut_after", "error_after", "broken_json"}
	for name, act := range escrowActs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, url string) {
				w := newDoomed(t, url)
				for _, point := range points {
					w.approvesOnce(act, point)
				}
				for _, answer := range answers {
					broken := act
					broken.answer = answer
					w.approvesOnce(broken, "")
					w.approvesOnce(broken, "after_effect")
				}
				w.CheckBooks()
			})
		})
	}
}

// approvesOnce has an act approved that is stopped at a point, and judges it a day later.
func (w *doomed) approvesOnce(act escrowed, point string) {
	w.t.Helper()
	title := fmt.Sprintf("%s, stopped at %q, answered %q", w.t.Name(), point, act.answer)
	tx := act.open(w.office)
	w.ask(false, w.route()+"/transitions", `{"transition":"cancel","input":{"reason":"agreed"}}`, olga...)
	if act.answer != "" {
		if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: act.call, Kind: act.answer}}); err != nil {
			w.t.Fatal(err)
		}
	}
	if point != "" {
		w.dies(point)
	} else {
		w.Call("POST", fmt.Sprintf("%s/%s/approve", approvalsPath, w.number()), `{"reason":"seen"}`, append([]string{"Idempotency-Key", title}, ann...)...)
	}
	for range 4 {
		w.Advance(3 * time.Minute)
	}
	if a := w.latest(); a.Status != orchestrator.ApprovalDone || a.EndedAt.IsZero() || len(a.Request) != 0 {
		w.t.Errorf("%s: the approval is %s %q", title, a.Status, a.Outcome)
	}
	for range 4 {
		w.Advance(6 * time.Hour)
	}
	now, did := w.Load(tx), w.effectsOf(tx)
	if f := now.Funds; now.State != act.to || f.Refunded != act.back || f.Released != 0 || now.Operation != "" || now.Attention != "" {
		w.t.Errorf("%s: the deal is %s with %+v, operation %q, attention %q", title, now.State, f, now.Operation, now.Attention)
	}
	if did[act.call] != 1 || did[act.money] != 1 {
		w.t.Errorf("%s: the gateway did %v, want one %s and one %s", title, did, act.call, act.money)
	}
}

// number is the newest approval's, as it is in its route.
func (w *office) number() string {
	w.t.Helper()
	var list struct{ Items []struct{ ID string } }
	w.must(http.StatusOK, "GET", approvalsPath+"?limit=1", "").JSON(w.t, &list)
	return list.Items[0].ID
}
