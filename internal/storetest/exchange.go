package storetest

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// exchangingCases are the cases of the exchange.
func exchangingCases() []testCase {
	return []testCase{
		{"traders", on(testTraders)},
		{"blocks", on(testBlocks)},
		{"one operator gets a case", on(testAssignments)},
		{"audit", on(testAudit)},
		{"orders", on(testExchangeOrders)},
		{"rules", on(testExchangeRules)},
		{"S7 bans end", on(testUnban)},
		{"C6 faults of takers", on(testFaults)},
	}
}

func testTraders(t *testing.T, open func() Store) {
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

func testBlocks(t *testing.T, open func() Store) {
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

func testAssignments(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	holders := make([]string, 12)
	var heirs sync.Map
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
	if done, err := stores[1].Reassign(ctx, community, 7, "nobody", "eve", noon); err != nil || done {
		t.Errorf("the case was taken from who has not got it: %v", err)
	}
	taken := 0
	for _, err := range atOnce(12, func(i int) error {
		done, err := stores[i%2].Reassign(ctx, community, 7, holders[0], name("heir", i), noon)
		if done {
			heirs.Store(name("heir", i), true)
		}
		return err
	}) {
		must(t, err)
	}
	heirs.Range(func(heir, _ any) bool {
		taken++
		now, err := stores[0].Assigned(ctx, []int64{7})
		must(t, err)
		if now[7] != heir {
			t.Errorf("the case is with %s, and %s took it", now[7], heir)
		}
		return true
	})
	if taken != 1 {
		t.Errorf("%d took the case over", taken)
	}
	if d := diff(map[int64]string{7: holders[0]}, got); d != "" {
		t.Errorf("assigned (-want +got):\n%s", d)
	}
}

func testAudit(t *testing.T, open func() Store) {
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
func testExchangeOrders(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	opened(t, s) // a deal of another process
	ids := map[process.State]int64{}
	for i, state := range []process.State{p2porder.Pending, p2porder.Disputed, p2porder.Completed} {
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
		"newest":       {exchange.OrderQuery{Limit: 2}, []int64{ids[p2porder.Completed], ids[p2porder.Disputed]}, 3},
		"next page":    {exchange.OrderQuery{Limit: 2, Offset: 2}, []int64{ids[p2porder.Pending]}, 3},
		"waiting":      {exchange.OrderQuery{Limit: 1, Waiting: true}, []int64{ids[p2porder.Completed]}, 3},
		"by state":     {exchange.OrderQuery{Limit: 9, States: []process.State{p2porder.Disputed}}, []int64{ids[p2porder.Disputed]}, 1},
		"by two":       {exchange.OrderQuery{Limit: 9, Party: "sam", States: []process.State{p2porder.Disputed, p2porder.Pending}}, []int64{ids[p2porder.Disputed], ids[p2porder.Pending]}, 2},
		"buyer":        {exchange.OrderQuery{Limit: 1, Buyer: "bea"}, []int64{ids[p2porder.Completed]}, 3},
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

func testExchangeRules(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	if _, found, err := s.ExchangeRules(ctx, community); found || err != nil {
		t.Errorf("rules before any were saved: %v, %v", found, err)
	}
	must(t, s.AddCommunity(ctx, community, "Sample", olga))
	want := exchange.DefaultRules()
	want.FaultLimit, want.DisputeDefault = 3, exchange.Release
	must(t, s.SaveExchangeRules(ctx, community, want))
	want.FaultLimit = 4
	must(t, s.SaveExchangeRules(ctx, community, want))
	got, found, err := s.ExchangeRules(ctx, community)
	if d := diff(want, got); d != "" || !found || err != nil {
		t.Errorf("rules: %v, %v (-want +got):\n%s", found, err, d)
	}
	if _, found, err := s.ExchangeRules(ctx, community+1); found || err != nil {
		t.Errorf("rules of another community: %v, %v", found, err)
	}
	if err := s.SaveExchangeRules(ctx, 99, want); fault.ReasonOf(err) != "community_not_found" {
		t.Errorf("rules of an unknown community: %v", err)
	}
}

func testUnban(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	must(t, s.SaveTrader(ctx, community, exchange.Trader{ID: "ann", Name: "Ann", Since: noon}))
	unban := func(community int64, want bool) {
		t.Helper()
		if found, err := s.UnbanTrader(ctx, community, "ann"); found != want || err != nil {
			t.Errorf("unban: %v, %v, want %v", found, err, want)
		}
	}
	unban(community, false)
	_, err := s.BanTrader(ctx, community, "ann", noon)
	must(t, err)
	unban(community+1, false)
	unban(community, true)
	known, err := s.Traders(ctx, community, []string{"ann"})
	must(t, err)
	if at := known["ann"].BannedAt; !at.IsZero() {
		t.Errorf("banned since %s after all", at)
	}
}

// testFaults counts what takers did, and nothing that others did to them.
func testFaults(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	order := func(taker string, ad int64, at time.Time, history ...process.Transition) {
		t.Helper()
		c := opening(newID(t, s))
		tx := &c.Transaction
		tx.Process, tx.Starter, tx.ListingID = "p2p_order@1", taker, ad
		tx.CreatedAt, tx.UpdatedAt, tx.LastTransitionAt = at, at, at
		must(t, s.Apply(ctx, c))
		for _, name := range history {
			c.Transaction.Revision++
			c.Log = orchestrator.LogEntry{TransactionID: tx.ID, Revision: tx.Revision, Transition: name, From: tx.State, To: tx.State, Actor: "timer", At: at}
			c.Timers, c.Events, c.Entries, c.Intent, c.Reply = orchestrator.TimerChange{}, nil, nil, nil, nil
			must(t, s.Apply(ctx, c))
		}
	}
	// In these deals bea buys and sam sells.
	order("bea", 15, noon, "cancel")
	order("bea", 15, noon.Add(time.Minute), "expire")
	order("bea", 15, noon.Add(2*time.Minute), "expire", "appeal", "resolve_refund")
	order("bea", 15, noon.Add(3*time.Minute), "expire", "appeal", "resolve_release")
	order("bea", 15, noon.Add(4*time.Minute), "cancel_sale")
	order("bea", 15, noon.Add(5*time.Minute), "confirm_paid", "withdraw_claim")
	order("bea", 15, noon.Add(-time.Hour), "cancel") // too long ago
	order("sam", 16, noon.Add(6*time.Minute), "cancel_sale")
	order("sam", 16, noon.Add(7*time.Minute), "cancel")
	order("sam", 16, noon.Add(8*time.Minute), "expire")
	for taker, want := range map[string][]exchange.Fault{
		"bea": {
			{Kind: exchange.TakerCancelled, At: noon.Add(5 * time.Minute)}, {Kind: exchange.TakerLost, At: noon.Add(2 * time.Minute)},
			{Kind: exchange.TakerExpired, At: noon.Add(time.Minute)}, {Kind: exchange.TakerCancelled, At: noon},
		},
		"sam": {{Kind: exchange.TakerCancelled, At: noon.Add(6 * time.Minute)}},
		"cat": {},
	} {
		got, err := s.Faults(ctx, community, taker, noon.Add(-time.Minute), 100)
		must(t, err)
		if d := diff(want, got); d != "" {
			t.Errorf("faults of %s (-want +got):\n%s", taker, d)
		}
	}
	if some, err := s.Faults(ctx, community, "bea", noon.Add(-time.Minute), 2); err != nil || len(some) != 2 {
		t.Errorf("the latest two: %v, %v", some, err)
	}
	if none, err := s.Faults(ctx, community+1, "bea", noon.Add(-time.Minute), 9); err != nil || len(none) != 0 {
		t.Errorf("another community's: %v, %v", none, err)
	}
	first, last, err := s.TradeTimes(ctx, community, 15)
	if err != nil || !first.Equal(noon.Add(-time.Hour)) || !last.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("traded from %s to %s, %v", first, last, err)
	}
	if first, last, err := s.TradeTimes(ctx, community, 99); err != nil || !first.IsZero() || !last.IsZero() {
		t.Errorf("an ad without orders: %s to %s, %v", first, last, err)
	}
}
