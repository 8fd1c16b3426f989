package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// ExchangeStore is a store that keeps what an exchange has too.
type ExchangeStore interface {
	Store
	exchange.Store
}

// RunExchange runs the suite of the exchange. open opens a database that is empty at
// first, as often as a test has use for replicas.
func RunExchange(t *testing.T, backend func(t *testing.T) (open func() ExchangeStore)) {
	for _, c := range []struct {
		name string
		test func(*testing.T, func() ExchangeStore)
	}{
		{"traders", testTraders},
		{"blocks", testBlocks},
		{"one operator gets a case", testAssignments},
		{"audit", testAudit},
		{"orders", testExchangeOrders},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, backend(t))
		})
	}
}

func testTraders(t *testing.T, open func() ExchangeStore) {
	s, ctx := open(), t.Context()
	ann := exchange.Trader{ID: "ann", Name: "Ann", Since: noon}
	must(t, s.SaveTrader(ctx, community, ann))
	must(t, s.SaveTrader(ctx, community, exchange.Trader{ID: "ann", Name: "Anna", Since: noon.Add(time.Hour)}))
	ann.Name = "Anna"
	find := func(want map[string]exchange.Trader) {
		t.Helper()
		got, err := s.Traders(ctx, community, []string{"ann", "bob", "ann"})
		must(t, err)
		if d := diff(want, got); d != "" {
			t.Errorf("traders (-want +got):\n%s", d)
		}
	}
	find(map[string]exchange.Trader{"ann": ann})
	for i := range 2 { // the first ban stays
		found, err := s.BanTrader(ctx, community, "ann", noon.Add(time.Duration(i+1)*time.Minute))
		if !found || err != nil {
			t.Errorf("ban: %v, %v", found, err)
		}
	}
	if found, err := s.BanTrader(ctx, community+1, "ann", noon); found || err != nil {
		t.Errorf("ban in another community: %v, %v", found, err)
	}
	ann.BannedAt = noon.Add(time.Minute)
	find(map[string]exchange.Trader{"ann": ann})
	if none, err := s.Traders(ctx, community, nil); err != nil || len(none) != 0 {
		t.Errorf("no users: %v, %v", none, err)
	}
}

func testBlocks(t *testing.T, open func() ExchangeStore) {
	s, ctx := open(), t.Context()
	blocked := func(a, b string, want bool) {
		t.Helper()
		if got, err := s.Blocked(ctx, community, a, b); got != want || err != nil {
			t.Errorf("%s and %s: %v, %v, want %v", a, b, got, err, want)
		}
	}
	blocked("ann", "bob", false)
	for range 2 {
		must(t, s.SetBlock(ctx, community, "ann", "bob", true, noon))
	}
	blocked("ann", "bob", true)
	blocked("bob", "ann", true)
	blocked("ann", "cat", false)
	must(t, s.SetBlock(ctx, community, "bob", "ann", false, noon)) // is not the one who did
	blocked("ann", "bob", true)
	for range 2 {
		must(t, s.SetBlock(ctx, community, "ann", "bob", false, noon))
	}
	blocked("ann", "bob", false)
}

func testAssignments(t *testing.T, open func() ExchangeStore) {
	stores, ctx := []ExchangeStore{open(), open()}, t.Context()
	holders := make([]string, 12)
	for _, err := range atOnce(len(holders), func(i int) error {
		var err error
		holders[i], err = stores[i%2].Assign(ctx, community, 7, name("operator", i), noon)
		return err
	}) {
		must(t, err)
	}
	slices.Sort(holders)
	if all := slices.Compact(holders); len(all) != 1 || all[0] == "" {
		t.Errorf("the case went to %v", all)
	}
	got, err := stores[0].Assigned(ctx, []int64{6, 7})
	must(t, err)
	if d := diff(map[int64]string{7: holders[0]}, got); d != "" {
		t.Errorf("assigned (-want +got):\n%s", d)
	}
}

func testAudit(t *testing.T, open func() ExchangeStore) {
	s, ctx := open(), t.Context()
	var want []exchange.Audit
	for i := range 3 {
		a := exchange.Audit{
			CommunityID: community, Actor: "olga", Action: exchange.ReadChat, Subject: "order:7", Detail: name("n", i), At: noon.Add(time.Duration(i) * time.Second),
		}
		must(t, s.AddAudit(ctx, a))
		want = append(want, a)
	}
	must(t, s.AddAudit(ctx, exchange.Audit{CommunityID: community, Actor: "olga", Action: exchange.Banning, Subject: "user:bob", At: noon}))
	got, err := s.AuditTrail(ctx, community, "order:7")
	must(t, err)
	if d := diff(want, got); d != "" {
		t.Errorf("trail (-want +got):\n%s", d)
	}
	if other, err := s.AuditTrail(ctx, community+1, "order:7"); err != nil || len(other) != 0 {
		t.Errorf("another community's trail: %v, %v", other, err)
	}
}

// testExchangeOrders finds orders, and nothing but orders.
func testExchangeOrders(t *testing.T, open func() ExchangeStore) {
	s, ctx := open(), t.Context()
	opened(t, s) // a deal of another process
	ids := map[process.State]int64{}
	for i, state := range []process.State{process.P2PPending, process.P2PDisputed, process.P2PCompleted} {
		c := opening(newID(t, s))
		c.Transaction.Process, c.Transaction.State, c.Transaction.ListingID = "p2p_order@1", state, 15
		c.Transaction.EnteredAt = noon.Add(-time.Duration(i) * time.Hour)
		must(t, s.Apply(ctx, c))
		ids[state] = c.Transaction.ID
	}
	for name, tc := range map[string]struct {
		q     exchange.OrderQuery
		want  []int64
		total int64
	}{
		"newest":       {exchange.OrderQuery{Limit: 2}, []int64{ids[process.P2PCompleted], ids[process.P2PDisputed]}, 3},
		"next page":    {exchange.OrderQuery{Limit: 2, Offset: 2}, []int64{ids[process.P2PPending]}, 3},
		"waiting":      {exchange.OrderQuery{Limit: 1, Waiting: true}, []int64{ids[process.P2PCompleted]}, 3},
		"by state":     {exchange.OrderQuery{Limit: 9, States: []process.State{process.P2PDisputed}}, []int64{ids[process.P2PDisputed]}, 1},
		"by two":       {exchange.OrderQuery{Limit: 9, Party: "sam", States: []process.State{process.P2PDisputed, process.P2PPending}}, []int64{ids[process.P2PDisputed], ids[process.P2PPending]}, 2},
		"buyer":        {exchange.OrderQuery{Limit: 1, Buyer: "bea"}, []int64{ids[process.P2PCompleted]}, 3},
		"not a seller": {exchange.OrderQuery{Limit: 9, Seller: "bea"}, []int64{}, 0},
	} {
		tc.q.CommunityID = community
		page, total, err := s.Orders(ctx, tc.q)
		must(t, err)
		got := []int64{}
		for _, tx := range page {
			got = append(got, tx.ID)
		}
		if d := diff(tc.want, got); d != "" || total != tc.total {
			t.Errorf("%s: total %d, want %d (-want +got):\n%s", name, total, tc.total, d)
		}
	}
	if n, err := s.OpenOrders(ctx, community, 15); n != 2 || err != nil {
		t.Errorf("open orders of the ad: %d, %v", n, err)
	}
}
