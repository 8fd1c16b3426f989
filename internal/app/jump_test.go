package app_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/sandbox"
)

// A jump of the clock looks payments up where something may have happened at the gateway, and not every few hours for nothing.
func TestJump_looksOnlyWhereSomethingHappened(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		const deals = 5
		for range deals {
			w.Open()
			w.Advance(time.Second) // each has a time of its own
		}
		before := len(w.Sandbox.Requests())
		w.Advance(24 * time.Hour)
		if n := len(w.Sandbox.Requests()) - before; n < deals || n > 4*deals {
			t.Errorf("%d calls of the gateway for a day in which nothing happens to %d deals", n, deals)
		}
		w.CheckBooks()
	})
}

// What a gateway did in the middle of a jump and could not tell is found a few hours later, and not when the clock stands again.
func TestJump_findsWhatWasNotTold(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		tx := w.Pay(w.Open())
		if tx.State != escrowonline.Paid {
			t.Fatalf("the deal is %s", tx.State)
		}
		if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "webhook", Kind: "lose", Times: -1}, {Route: "*", Kind: "error_before", Times: 2}}); err != nil {
			t.Fatal(err)
		}
		paid := tx.EnteredAt
		w.Advance(60 * 24 * time.Hour)
		tx = w.Load(tx)
		if after := tx.EnteredAt.Sub(paid); tx.State == escrowonline.Paid || tx.State == escrow.Joined || after > 5*24*time.Hour {
			t.Errorf("after 60 days the deal is %s since day %.1f", tx.State, after.Hours()/24)
		}
		w.CheckBooks()
	})
}
