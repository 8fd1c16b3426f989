package sqlstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

func onBoth(t *testing.T, test func(t *testing.T, driver, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite", testdb.SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, "postgres", testdb.Postgres(t))
	})
}

func TestGatewayTransactions(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, _, url string) {
		db := open(t, url, sqlstore.Options{})
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		for i := range int64(12) {
			c := commit(i+1, time.Duration(i).String())
			c.Transaction.Gateway = []string{"stripe", "trustap"}[i%2]
			c.Transaction.CommunityID = 1 + i%3
			c.Transaction.CreatedAt = noon.Add(time.Duration(i) * time.Minute)
			if err := db.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		all := orchestrator.GatewayFilter{Gateway: "stripe", From: noon, To: noon.Add(time.Hour)}
		for name, c := range map[string]struct {
			edit func(f *orchestrator.GatewayFilter)
			want []int64
		}{
			"all":            {func(*orchestrator.GatewayFilter) {}, []int64{1, 3, 5, 7, 9, 11}},
			"window":         {func(f *orchestrator.GatewayFilter) { f.From, f.To = noon.Add(2*time.Minute), noon.Add(8*time.Minute) }, []int64{3, 5, 7}},
			"from the first": {func(f *orchestrator.GatewayFilter) { f.From, f.To = time.Time{}, noon.Add(4*time.Minute) }, []int64{1, 3}},
			"to the last":    {func(f *orchestrator.GatewayFilter) { f.From, f.To = noon.Add(8*time.Minute), time.Time{} }, []int64{9, 11}},
			"next page":      {func(f *orchestrator.GatewayFilter) { f.After, f.Limit = 3, 2 }, []int64{5, 7}},
			"one community":  {func(f *orchestrator.GatewayFilter) { f.CommunityID = 2 }, []int64{5, 11}},
			"other gateways": {func(f *orchestrator.GatewayFilter) { f.Gateway = "trustap" }, []int64{2, 4, 6, 8, 10, 12}},
			"nobody's":       {func(f *orchestrator.GatewayFilter) { f.CommunityID = 1 << 40 }, nil},
		} {
			f := all
			c.edit(&f)
			found, err := db.GatewayTransactions(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, tx := range found {
				got = append(got, tx.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
	})
}

// TestFrozenDifferences: a buyer and, on the exchange, a seller have frozen what
// their deals hold, until somebody changes a balance by hand.
func TestFrozenDifferences(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, driver, url string) {
		db := open(t, url, sqlstore.Options{})
		for i, sellerPays := range []bool{false, true} {
			payer := []string{"bea", "sam"}[i]
			c := commit(int64(i+1), payer)
			c.Transaction.Gateway, c.Transaction.SellerPays = "balance", sellerPays
			c.Transaction.Buyer, c.Transaction.Seller, c.Transaction.Price = "bea", "sam", money.New(10, "EUR")
			c.Transaction.Attributes = map[string]string{"seller_pays": "true"} // means nothing
			c.Transaction.Funds = process.Funds{Captured: 10, Held: 10}
			c.Entries = []ledger.Entry{move(t, bank, ledger.Account{Kind: ledger.Frozen, Owner: payer}, 10)}
			if err := db.Apply(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		differences := func(community int64) []orchestrator.FrozenBalance {
			t.Helper()
			found, err := db.FrozenDifferences(t.Context(), community)
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		if found := differences(0); len(found) != 0 {
			t.Fatalf("sound books differ: %v", found)
		}
		corrupt(t, driver, url, `update accounts set balance = 7 where account = 'frozen:sam'; insert into accounts (community_id, account, currency, balance) values (2, 'frozen:zoe', 'EUR', 5)`)
		want := []orchestrator.FrozenBalance{
			{CommunityID: 1, Account: ledger.Account{Kind: ledger.Frozen, Owner: "sam"}, Booked: money.New(7, "EUR"), Deals: money.New(10, "EUR")},
			{CommunityID: 2, Account: ledger.Account{Kind: ledger.Frozen, Owner: "zoe"}, Booked: money.New(5, "EUR"), Deals: money.New(0, "EUR")},
		}
		for community, want := range map[int64][]orchestrator.FrozenBalance{0: want, 1: want[:1], 2: want[1:]} {
			if diff := cmp.Diff(want, differences(community), cmp.AllowUnexported(money.Amount{})); diff != "" {
				t.Errorf("community %d (-want +got):\n%s", community, diff)
			}
		}
	})
}
