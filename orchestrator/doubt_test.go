package orchestrator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func creates(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "create_with_guest_user") }

// A request that was held up on its way arrives half a minute later. It must not
// have been repeated by then.
func TestDoubt_effectComesLate(t *testing.T) {
	t.Parallel()
	var late *http.Request
	w := testkit.New(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if creates(r) && late == nil {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			late = r.Clone(context.Background())
			late.Body = io.NopCloser(bytes.NewReader(body))
			return nil, errors.New("connection reset by a proxy")
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	_, err := w.Engine.Create(t.Context(), testkit.Deal())
	if fault.CodeOf(err) != fault.Unknown || fault.As(err).Money() != fault.MoneyUnknown {
		t.Fatalf("got %v, want an unknown outcome", err)
	}
	for range 6 {
		w.Advance(5 * time.Second)
	}
	resp, err := http.DefaultTransport.RoundTrip(late)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	w.Advance(5 * time.Minute)
	if n := len(w.Sandbox.Transactions()); n != 1 {
		t.Errorf("%d payments at the gateway, want 1", n)
	}
	tx := w.Load(orchestrator.Transaction{CommunityID: app.SampleCommunity, ID: firstID(t, w)})
	if tx.State != escrow.Joined || tx.PaymentID == "" {
		t.Errorf("the deal is %s with payment %q", tx.State, tx.PaymentID)
	}
}

// A replica whose clock is a minute ahead leaves an operation in progress alone.
func TestDoubt_clockAhead(t *testing.T) {
	t.Parallel()
	var once sync.Once
	var recoverAhead func()
	w := testkit.New(t, testkit.Options{Manual: true, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if creates(r) && recoverAhead != nil {
			once.Do(recoverAhead)
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	w.Open() // the parties have accounts
	c := w.Replica().EngineConfig()
	c.Now = func() time.Time { return w.Sandbox.Now().Add(time.Minute) }
	ahead, err := orchestrator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	recoverAhead = func() {
		if n, err := ahead.Recover(t.Context()); n != 0 || err != nil {
			t.Errorf("the replica ahead settled %d, %v", n, err)
		}
	}
	w.Open()
	if n := len(w.Sandbox.Transactions()); n != 2 {
		t.Errorf("%d payments for two deals", n)
	}
}

// While one replica works through slow look-ups, another recovers too: nothing is
// created twice.
func TestDoubt_twoRecover(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		arm := &armed{}
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Manual: true, Hook: arm.hook})
		w.Open()
		const lost = 6
		for range lost {
			arm.set("after_claim")
			if !testkit.Survive(func() { _, _ = w.Engine.Create(t.Context(), testkit.Deal()) }) {
				t.Fatal("did not crash")
			}
		}
		other := w.Replica()
		for range 3 {
			if err := w.Sandbox.Advance(3 * time.Minute); err != nil {
				t.Fatal(err)
			}
			for _, err := range race(
				func() error { _, err := w.Engine.Recover(t.Context()); return err },
				func() error { _, err := other.Engine.Recover(t.Context()); return err },
			) {
				if err != nil {
					t.Error(err)
				}
			}
		}
		if n := len(w.Sandbox.Transactions()); n != lost+1 {
			t.Errorf("%d payments for %d deals", n, lost+1)
		}
		w.CheckBooks()
	})
}

// What was never sent does not become the final answer of its key.
func TestDoubt_notSentFreesItsKey(t *testing.T) {
	t.Parallel()
	arm, line := &armed{}, &unreachable{}
	w := testkit.New(t, testkit.Options{Hook: arm.hook, Transport: line})
	tx := w.BringTo(escrowonline.Paid)
	do := func() (orchestrator.Result, error) {
		return w.Engine.Do(t.Context(), orchestrator.DoInput{
			CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "track", Actor: testkit.Seller, Input: inputOf("track"), Key: key("track", "k", "h"),
		})
	}
	arm.set("after_claim")
	testkit.Survive(func() { _, _ = do() })
	line.refuse("track")
	w.Advance(5 * time.Minute)
	line.refuse("")
	if _, err := do(); fault.ReasonOf(err) != "gateway_unreachable" {
		t.Errorf("first repeat: %v, want gateway_unreachable", err)
	}
	if result, err := do(); err != nil || result.Transaction.State != escrowonline.Tracked {
		t.Errorf("second repeat: %s, %v; want tracked", result.Transaction.State, err)
	}
}

// A webhook settles our own call before it returns: its answer and every repeat
// are the same.
func TestDoubt_overtakenAnswerIsStored(t *testing.T) {
	t.Parallel()
	line := newGate("/track_with_guest_seller")
	w := testkit.New(t, testkit.Options{Transport: line, CallTimeout: time.Minute})
	tx := w.BringTo(escrowonline.Paid)
	do := func() (string, error) {
		result, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
			CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "track", Actor: testkit.Seller, Input: inputOf("track"), Key: key("track", "k", "h"),
		})
		if result.Replay == nil {
			return "", fmt.Errorf("no stored answer: %w", errors.Join(err, errors.New(string(result.Transaction.State))))
		}
		return string(result.Replay.Body), err
	}
	var first string
	var err error
	var call sync.WaitGroup
	call.Go(func() { first, err = do() })
	<-line.reached
	w.MustSettle()
	close(line.open)
	call.Wait()
	if err != nil {
		t.Fatal(err)
	}
	w.MustDo(tx, "confirm_delivery", testkit.Buyer)
	if second, err := do(); err != nil || second != first {
		t.Errorf("first %q, then %q, %v", first, second, err)
	}
}

// A deal whose amount is in doubt is on hold until the doubt is gone.
func TestDoubt_attentionStopsEverybody(t *testing.T) {
	t.Parallel()
	var wrong atomic.Bool
	w := testkit.New(t, testkit.Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if wrong.Load() {
			return tamper{`"price":5000`, `"price":4000`}.RoundTrip(r)
		}
		return http.DefaultTransport.RoundTrip(r)
	})})
	tx := w.BringTo(escrowonline.Tracked)
	wrong.Store(true)
	if _, err := w.Sandbox.Deliver(w.PaymentID(tx)); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
	if now := w.Load(tx); now.Attention == "" || now.State != escrowonline.Tracked {
		t.Fatalf("the deal is %s with attention %q", now.State, now.Attention)
	}
	before := len(w.Sandbox.Effects())
	if _, err := w.Do(tx, "confirm_delivery", testkit.Buyer); fault.ReasonOf(err) != "needs_attention" {
		t.Errorf("got %v, want needs_attention", err)
	}
	if n := len(w.Sandbox.Effects()); n != before {
		t.Error("the gateway was asked all the same")
	}
	wrong.Store(false)
	w.Advance(7 * time.Hour)
	if now := w.Load(tx); now.Attention != "" || now.State != escrowonline.Delivered {
		t.Errorf("after the doubt the deal is %s with attention %q", now.State, now.Attention)
	}
	w.CheckBooks()
}

// A payment that was made and cancelled before we heard of either is in the books.
func TestDoubt_paidAndCancelledBeforeWeHeard(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{Manual: true})
	tx := w.BringTo(escrow.Joined)
	w.PayOnly(tx)
	if err := w.Sandbox.Advance(5 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Do(tx, "cancel", testkit.Buyer); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("cancel: %v, want a conflict", err)
	}
	w.MustSettle()
	if now := w.Load(tx); now.State != escrow.Refunded || now.Funds != (process.Funds{Captured: 5190, Refunded: 5000, Fees: 190}) {
		t.Errorf("the deal is %s with %+v", now.State, now.Funds)
	}
	w.CheckBooks()
}

// A join that failed may be tried again, by anybody with the code.
func TestJoin_failedJoinOpensTheSeatAgain(t *testing.T) {
	t.Parallel()
	line := &unreachable{}
	w := testkit.New(t, testkit.Options{Transport: line})
	tx := invite(t, w)
	line.refuse("guest_users")
	if err := join(t, w, tx, "bea", tx.JoinCode); fault.ReasonOf(err) != "gateway_unreachable" {
		t.Errorf("first try: %v", err)
	}
	line.refuse("")
	if err := join(t, w, tx, app.NoAccount, tx.JoinCode); fault.ReasonOf(err) != "profile_missing" {
		t.Errorf("without a profile: %v", err)
	}
	if err := join(t, w, tx, "bea", tx.JoinCode); err != nil {
		t.Errorf("again: %v", err)
	}
	if now := w.Load(tx); now.State != escrow.Joined || now.Buyer != "bea" || now.Author != "bea" || now.JoinCode != "" {
		t.Errorf("the deal is %s, buyer %q, author %q, code %q", now.State, now.Buyer, now.Author, now.JoinCode)
	}
	w.CheckBooks()
}

// Who has no code cannot tell an invited deal from none.
func TestJoin_strangersLearnNothing(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	real := invite(t, w)
	absent := real
	absent.ID = 999_999
	for _, tx := range []orchestrator.Transaction{real, absent} {
		for _, input := range []map[string]string{nil, {"join_code": "guess"}, {"join_code": "guess", "more": "x"}, {"more": "x"}} {
			_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
				CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "join", Actor: process.Actor{Kind: process.User, ID: "eve"}, Input: input,
			})
			if fault.ReasonOf(err) != "transaction_not_found" {
				t.Errorf("%d with %v: %v", tx.ID, input, err)
			}
		}
	}
}

func invite(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
	t.Helper()
	in := testkit.Deal()
	in.Transition, in.Actor, in.Starter, in.Author, in.Seller = "invite", testkit.Seller, "sam", "", "sam"
	result, err := w.Engine.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return result.Transaction
}

func join(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, user, code string) error {
	t.Helper()
	_, err := w.Engine.Do(t.Context(), orchestrator.DoInput{
		CommunityID: tx.CommunityID, TransactionID: tx.ID, Transition: "join",
		Actor: process.Actor{Kind: process.User, ID: user}, Input: map[string]string{"join_code": code},
	})
	return err
}
