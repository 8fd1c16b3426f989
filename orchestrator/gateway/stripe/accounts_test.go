package stripe_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/gateway/stripe"
	"github.com/handsel-dev/handsel/orchestrator/gatewaytest"
	"github.com/handsel-dev/handsel/orchestrator/process"
	sandbox "github.com/handsel-dev/handsel/sandbox/stripe"
)

func TestCanReceive(t *testing.T) {
	t.Parallel()
	opens := func(account string, ok bool, err error) func(*stripe.Config) {
		return func(c *stripe.Config) {
			c.OpenAccount = func(context.Context, int64, string) (string, bool, error) { return account, ok, err }
		}
	}
	broken := errors.New("no account today")
	tests := map[string]struct {
		user   string
		config func(*stripe.Config)
		fault  string
		want   bool
		fails  bool
	}{
		"connected":                 {user: "sam", want: true},
		"not onboarded":             {user: "ida", config: nil},
		"nobody":                    {user: "ghost"},
		"account opened":            {user: "ghost", config: opens("acct_sam", true, nil), want: true},
		"account refused":           {user: "no-account", config: opens("", false, nil)},
		"opening failed":            {user: "ghost", config: opens("", false, broken), fails: true},
		"opened something else":     {user: "ghost", config: opens("42", true, nil)},
		"account that Stripe lacks": {user: "gone"},
		"stored id of another kind": {user: "odd"},
		"Stripe is away":            {user: "sam", fault: "cut_before", fails: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestbed(t, func(c *stripe.Config) {
				c.Accounts = &gatewaytest.Accounts{IDs: map[string]string{"sam": "acct_sam", "ida": "acct_idle", "gone": "acct_gone", "odd": "cus_1"}}
				if tc.config != nil {
					tc.config(c)
				}
			})
			if err := w.sandbox.EnableAccount("acct_idle", false); err != nil {
				t.Fatal(err)
			}
			if tc.fault != "" {
				if err := w.sandbox.SetFaults([]sandbox.Fault{{Route: "*", Kind: tc.fault, Times: -1}}); err != nil {
					t.Fatal(err)
				}
			}
			got, err := w.CanReceive(t.Context(), 501, tc.user)
			if got != tc.want || (err != nil) != tc.fails {
				t.Errorf("can receive: %v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

// An account that was opened is stored, and used for the transfer.
func TestCanReceive_stores(t *testing.T) {
	t.Parallel()
	opened := 0
	w := newTestbed(t, func(c *stripe.Config) {
		c.Accounts = &gatewaytest.Accounts{IDs: map[string]string{}}
		c.OpenAccount = func(context.Context, int64, string) (string, bool, error) {
			opened++
			return "acct_sam", true, nil
		}
	})
	for range 2 {
		if ok, err := w.CanReceive(t.Context(), 501, "sam"); !ok || err != nil {
			t.Fatalf("can receive: %v, %v", ok, err)
		}
	}
	if opened != 1 {
		t.Errorf("opened %d accounts", opened)
	}
	w.must(t, operation(process.Transfer, w.captured(t)), process.Succeeded)
}

// A yes is remembered for five minutes, a no is not.
func TestCanReceive_remembers(t *testing.T) {
	t.Parallel()
	w := newTestbed(t, nil)
	enable := func(on bool) {
		if err := w.sandbox.EnableAccount("acct_sam", on); err != nil {
			t.Fatal(err)
		}
	}
	check := func(when string, want bool) {
		t.Helper()
		if got, err := w.CanReceive(t.Context(), 501, "sam"); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", when, got, err, want)
		}
	}
	enable(false)
	check("before onboarding", false)
	enable(true)
	check("after onboarding", true)
	enable(false)
	check("right after it was switched off", true)
	w.wait(5 * time.Minute)
	check("five minutes later", false)
}
