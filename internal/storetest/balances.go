package storetest

import (
	"errors"
	"math"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

func testBalances(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	deposit(t, s, "bea", 100)
	frozen := ledger.Account{Kind: ledger.Frozen, Owner: "bea"}
	move := func(from, to ledger.Account, cents int64) error {
		c := opening(newID(t, s))
		c.Entries = []ledger.Entry{transfer(t, from, to, cents)}
		return s.Apply(ctx, c)
	}
	for _, c := range []struct {
		name     string
		from, to ledger.Account
		cents    int64
		want     error
		left     int64
	}{
		{"freeze", available("bea"), frozen, 60, nil, 40},
		{"too much", available("bea"), frozen, 41, orchestrator.ErrInsufficientBalance, 40},
		{"nobody's", available("zoe"), frozen, 1, orchestrator.ErrInsufficientBalance, 40},
		{"all", available("bea"), available("sam"), 40, nil, 0},
		{"back", frozen, available("bea"), 60, nil, 60},
		{"up to the limit", outside(), available("bea"), math.MaxInt64 - 60, nil, math.MaxInt64},
	} {
		if err := move(c.from, c.to, c.cents); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if got := balanceOf(t, s, available("bea")); got != c.left {
			t.Errorf("%s: %d left, want %d", c.name, got, c.left)
		}
	}
	if err := move(outside(), available("bea"), 1); err == nil {
		t.Error("a balance grew beyond 64 bits")
	}
	if got := balanceOf(t, s, available("sam")); got != 40 {
		t.Errorf("sam has %d", got)
	}
}

// testBalanceRace lets many spend from two accounts, back and forth, through two
// stores: nothing is spent twice and nobody waits for ever.
func testBalanceRace(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	deposit(t, stores[0], "bea", 20)
	deposit(t, stores[0], "sam", 20)
	ids := make([]int64, 100)
	for i := range ids {
		ids[i] = newID(t, stores[0])
	}
	results := atOnce(len(ids), func(i int) error {
		c := opening(ids[i])
		switch i % 4 {
		case 0:
			c.Entries = []ledger.Entry{transfer(t, available("bea"), available("sam"), 1)}
		case 1:
			c.Entries = []ledger.Entry{transfer(t, available("sam"), available("bea"), 1)}
		case 2:
			c.Entries = []ledger.Entry{transfer(t, available("bea"), outside(), 2)}
		case 3:
			c.Entries = []ledger.Entry{transfer(t, available("sam"), outside(), 2)}
		}
		return stores[i%2].Apply(ctx, c)
	})
	tally(t, results, orchestrator.ErrInsufficientBalance)
	var spent int64
	for i, err := range results {
		if i%4 >= 2 && err == nil {
			spent += 2
		}
	}
	if bea, sam := balanceOf(t, stores[0], available("bea")), balanceOf(t, stores[0], available("sam")); bea < 0 || sam < 0 || bea+sam+spent != 40 {
		t.Errorf("bea %d, sam %d, spent %d of 40", bea, sam, spent)
	}
	if v, err := stores[0].Doctor(ctx, registry(t)); err != nil || len(v) != 0 {
		t.Errorf("doctor: %v, %v", v, err)
	}
}
