package orchestrator_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// request asks for a deal from a listing.
func request(t *testing.T, w *testkit.Testbed) orchestrator.Transaction {
	t.Helper()
	in := testkit.Deal()
	in.Transition, in.ListingID = "request", 12
	result, err := w.Engine.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return result.Transaction
}

// A deal from a listing waits for its author; the gateway hears of it only when
// they have accepted it.
func TestRequest_endings(t *testing.T) {
	t.Parallel()
	steps := func(names ...process.Transition) func(*testkit.Testbed, orchestrator.Transaction) {
		return func(w *testkit.Testbed, tx orchestrator.Transaction) {
			for _, name := range names {
				actor := testkit.Seller
				if name == "cancel" {
					actor = testkit.Buyer
				}
				tx = w.MustDo(tx, name, actor)
			}
		}
	}
	tests := map[string]struct {
		play     func(w *testkit.Testbed, tx orchestrator.Transaction)
		want     process.State
		payments int
	}{
		"waits":    {steps(), escrowonline.Requested, 0},
		"accepted": {steps("accept_listing"), escrow.Joined, 1},
		"accepted and paid": {func(w *testkit.Testbed, tx orchestrator.Transaction) {
			w.Pay(w.MustDo(tx, "accept_listing", testkit.Seller))
		}, escrowonline.Paid, 1},
		"accepted, not paid": {steps("accept_listing", "cancel"), escrow.Cancelled, 1},
		"rejected":           {steps("reject_listing"), escrow.Rejected, 0},
		"withdrawn":          {steps("cancel"), escrow.Cancelled, 0},
		"no answer":          {func(w *testkit.Testbed, _ orchestrator.Transaction) { w.Advance(7*day + time.Minute) }, escrow.Cancelled, 0},
	}
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		for name, tc := range tests {
			before := len(w.Sandbox.Transactions())
			tx := request(t, w)
			tc.play(w, tx)
			if tx = w.Load(tx); tx.State != tc.want || tx.Has(escrowonline.FactListingAccepted) != (tc.payments > 0) {
				t.Errorf("%s: the deal is %s with %v, want %s", name, tx.State, tx.Facts, tc.want)
			}
			if n := len(w.Sandbox.Transactions()) - before; n != tc.payments {
				t.Errorf("%s: %d payments at the gateway, want %d", name, n, tc.payments)
			}
		}
		w.CheckBooks()
	})
}

func TestRequest_refusals(t *testing.T) {
	t.Parallel()
	line := &unreachable{}
	w := testkit.New(t, testkit.Options{Transport: line})
	tx := request(t, w)
	for _, name := range []process.Transition{"accept_listing", "reject_listing"} {
		if _, err := w.Do(tx, name, testkit.Buyer); fault.ReasonOf(err) != "not_author" {
			t.Errorf("%s by who asked: %v, want not_author", name, err)
		}
	}
	line.refuse("guest_users")
	if _, err := w.Do(tx, "accept_listing", testkit.Seller); fault.ReasonOf(err) != "gateway_unreachable" {
		t.Errorf("got %v, want gateway_unreachable", err)
	}
	line.refuse("")
	if tx = w.Load(tx); tx.State != escrowonline.Requested || tx.Has(escrowonline.FactListingAccepted) {
		t.Errorf("nothing was opened, and the deal is %s with %v", tx.State, tx.Facts)
	}
	if tx = w.MustDo(tx, "accept_listing", testkit.Seller); tx.State != escrow.Joined || tx.RedirectURL == "" {
		t.Errorf("the deal is %s, pay at %q", tx.State, tx.RedirectURL)
	}
	w.CheckBooks()
}

// The answer to the opening is lost: the deal that was made is found.
func TestRequest_lostAnswer(t *testing.T) {
	t.Parallel()
	for _, b := range blows {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			r := newFrail(t, "")
			tx := request(t, r.Testbed)
			r.strike(t, b, "create_with_guest_user", func() error { _, err := r.Do(tx, "accept_listing", testkit.Seller); return err })
			if tx = r.Load(tx); tx.State != escrow.Joined || len(r.Sandbox.Transactions()) != 1 || tx.Operation != "" {
				t.Errorf("the deal is %s with operation %q, %d payments", tx.State, tx.Operation, len(r.Sandbox.Transactions()))
			}
			r.CheckBooks()
		})
	}
}
