package ledger_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

func eur(n int64) money.Amount { return money.New(n, "EUR") }

func TestEntry_Validate(t *testing.T) {
	t.Parallel()
	escrow, outside := ledger.Account{Kind: ledger.Escrow, Owner: "7"}, ledger.Account{Kind: ledger.Outside, Owner: "trustap"}
	tests := map[string]struct {
		postings []ledger.Posting
		want     error
	}{
		"balanced":             {[]ledger.Posting{{outside, eur(-5)}, {escrow, eur(5)}}, nil},
		"two currencies":       {[]ledger.Posting{{outside, eur(-5)}, {escrow, eur(5)}, {outside, money.New(-1, "USD")}, {escrow, money.New(1, "USD")}}, nil},
		"empty":                {nil, ledger.ErrUnbalanced},
		"off by one":           {[]ledger.Posting{{outside, eur(-5)}, {escrow, eur(6)}}, ledger.ErrUnbalanced},
		"balanced across only": {[]ledger.Posting{{outside, eur(-5)}, {escrow, money.New(5, "USD")}}, ledger.ErrUnbalanced},
		"zero posting":         {[]ledger.Posting{{outside, eur(0)}, {escrow, eur(0)}}, ledger.ErrBadPosting},
		"no currency":          {[]ledger.Posting{{outside, money.New(-1, "")}, {escrow, money.New(1, "")}}, ledger.ErrBadPosting},
		"no owner":             {[]ledger.Posting{{ledger.Account{Kind: ledger.Escrow}, eur(-5)}, {escrow, eur(5)}}, ledger.ErrBadAccount},
		"unknown kind":         {[]ledger.Posting{{ledger.Account{Kind: "pocket", Owner: "x"}, eur(-5)}, {escrow, eur(5)}}, ledger.ErrBadAccount},
		"overflow":             {[]ledger.Posting{{outside, eur(math.MaxInt64)}, {escrow, eur(math.MaxInt64)}}, money.ErrOverflow},
	}
	for name, tc := range tests {
		if err := (ledger.Entry{Postings: tc.postings}).Validate(); !errors.Is(err, tc.want) {
			t.Errorf("%s: Validate = %v, want %v", name, err, tc.want)
		}
	}
}

func TestParseAccount(t *testing.T) {
	t.Parallel()
	for _, a := range []ledger.Account{{Kind: ledger.Escrow, Owner: "12"}, {Kind: ledger.Available, Owner: "user:with:colons"}} {
		if got, err := ledger.ParseAccount(a.String()); err != nil || got != a {
			t.Errorf("ParseAccount(%q) = %v, %v", a, got, err)
		}
	}
	for _, bad := range []string{"", "escrow", "escrow:", "pocket:1", ":1"} {
		if _, err := ledger.ParseAccount(bad); !errors.Is(err, ledger.ErrBadAccount) {
			t.Errorf("ParseAccount(%q) = %v, want ErrBadAccount", bad, err)
		}
	}
}

// Only balances of users are guarded by a row; all other accounts are sums that may go below zero.
func TestAccount_Guarded(t *testing.T) {
	t.Parallel()
	guarded := map[ledger.Kind]bool{
		ledger.Available: true, ledger.Frozen: true,
		ledger.Outside: false, ledger.Authorized: false, ledger.Escrow: false, ledger.PaidOut: false, ledger.Fees: false,
		ledger.Debt: false, ledger.Losses: false, ledger.Platform: false,
	}
	for kind, want := range guarded {
		if got := (ledger.Account{Kind: kind, Owner: "x"}).Guarded(); got != want {
			t.Errorf("%s is guarded: %t, want %t", kind, got, want)
		}
	}
}

// What does not fit into 63 bits is refused, and never wraps around.
func TestOverflow(t *testing.T) {
	t.Parallel()
	a, b := ledger.Account{Kind: ledger.Outside, Owner: "trustap"}, ledger.Account{Kind: ledger.Escrow, Owner: "7"}
	most := ledger.Entry{Kind: "collect", Postings: []ledger.Posting{{Account: a, Amount: eur(-math.MaxInt64)}, {Account: b, Amount: eur(math.MaxInt64)}}}
	if err := most.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"move the smallest": func() error { _, err := ledger.Move(a, b, eur(math.MinInt64)); return err },
		"reverse the smallest": func() error {
			_, err := ledger.Entry{Postings: []ledger.Posting{{Account: a, Amount: eur(math.MinInt64)}}}.Reverse("1")
			return err
		},
		"the sum of two entries": func() error { _, err := ledger.Balances([]ledger.Entry{most, most}); return err },
	} {
		if err := do(); !errors.Is(err, money.ErrOverflow) {
			t.Errorf("%s: %v, want ErrOverflow", name, err)
		}
	}
}

// Whatever is moved, and however much of it is reversed, nothing appears or vanishes.
func TestBalances_alwaysSumToZero(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.Custom(func(t *rapid.T) ledger.Account {
			return ledger.Account{Kind: rapid.SampledFrom([]ledger.Kind{ledger.Outside, ledger.Escrow, ledger.Fees, ledger.PaidOut}).Draw(t, "kind"), Owner: rapid.StringMatching(`[a-z]{1,2}`).Draw(t, "owner")}
		})
		var entries []ledger.Entry
		for range rapid.IntRange(1, 20).Draw(t, "entries") {
			c := rapid.SampledFrom([]money.Currency{"EUR", "USD", "JPY"}).Draw(t, "currency")
			postings, err := ledger.Move(account.Draw(t, "from"), account.Draw(t, "to"), money.New(rapid.Int64Range(1, 1<<40).Draw(t, "minor"), c))
			if err != nil {
				t.Fatal(err)
			}
			e := ledger.Entry{Kind: "move", Postings: postings}
			entries = append(entries, e)
			if rapid.Bool().Draw(t, "reversed") {
				r, err := e.Reverse("1.1")
				if err != nil || r.Validate() != nil {
					t.Fatalf("reverse: %v, %v", err, r.Validate())
				}
				entries = append(entries, r)
			}
		}
		balances, err := ledger.Balances(entries)
		if err != nil {
			t.Fatal(err)
		}
		sums := map[money.Currency]int64{}
		for _, perCurrency := range balances {
			for c, n := range perCurrency {
				sums[c] += n
			}
		}
		for c, n := range sums {
			if n != 0 {
				t.Fatalf("%s is off by %d", c, n)
			}
		}
	})
}

func FuzzParseAccount(f *testing.F) {
	f.Add("escrow:12")
	f.Add("available:user:with:colons")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ledger.ParseAccount(text)
		if err == nil && a.String() != text {
			t.Fatalf("%q became %q", text, a)
		}
	})
}
