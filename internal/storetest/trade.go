package storetest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// tradeCases are the cases of what trading adds to commits: reservations, messages,
// terms, balances that are spent to the last cent, and the filters of lists.
func tradeCases() []testCase {
	return []testCase{
		{"reservations", on(testReserve)},
		{"a resource twice in one commit", on(testReserveTwice)},
		{"the last piece in one batch", on(testLastPiece)},
		{"one of two hundred gets the only piece", on(testOnlyPiece)},
		{"resources in any order", on(testReserveOrder)},
		{"what is left", on(testFree)},
		{"messages", on(testMessages)},
		{"message filter", on(testMessageFilter)},
		{"terms", on(testTerms)},
		{"a balance is spent to zero", on(testDrain)},
		{"list filters", on(testFilters)},
		{"labels of a deal", on(testLabels)},
		{"labels of a seller", on(testSellerLabels)},
		{"labels of a listing", testListingLabels},
		{"lists by labels", testLabelFilters},
	}
}

// taking is a commit that opens a deal and reserves for it.
func taking(id int64, r ...orchestrator.Reservation) orchestrator.Commit {
	c := opening(id)
	c.Reserve, c.Transaction.Reserved = r, r
	return c
}

func left(t *testing.T, s Store, resource string) int64 {
	t.Helper()
	free, err := s.Free(t.Context(), community, []string{resource})
	must(t, err)
	n, known := free[resource]
	if !known {
		return -1
	}
	return n
}

func testReserve(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	for _, c := range []struct {
		name             string
		resource         string
		amount, capacity int64
		want             error
		left             int64 // -1: nobody has ever reserved any
	}{
		{"more than there is at first", "stock:1", 6, 5, orchestrator.ErrNotAvailable, -1},
		{"none to be had at first", "stock:1", 1, 0, orchestrator.ErrNotAvailable, -1},
		{"the first", "stock:1", 2, 5, nil, 3},
		{"a later capacity counts for nothing", "stock:1", 4, 100, orchestrator.ErrNotAvailable, 3},
		{"nor does a smaller one", "stock:1", 2, 1, nil, 1},
		{"the rest", "stock:1", 1, 5, nil, 0},
		{"one too many", "stock:1", 1, 5, orchestrator.ErrNotAvailable, 0},
		{"given back", "stock:1", -3, 5, nil, 3},
		{"taken again", "stock:1", 3, 5, nil, 0},
		{"all of another at first", "date:1:2030-12-31", 1, 1, nil, 0},
		{"taken by somebody else", "date:1:2030-12-31", 1, 1, orchestrator.ErrNotAvailable, 0},
	} {
		made := taking(newID(t, s), orchestrator.Reservation{Resource: c.resource, Amount: c.amount, Capacity: c.capacity})
		if err := s.Apply(ctx, made); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if got := left(t, s, c.resource); got != c.left {
			t.Errorf("%s: %d left, want %d", c.name, got, c.left)
		}
		if _, err := s.Transaction(ctx, community, made.Transaction.ID); (err == nil) != (c.want == nil) {
			t.Errorf("%s: the deal is there: %t", c.name, err == nil)
		}
	}
}

func testReserveTwice(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	piece := orchestrator.Reservation{Resource: "stock:1", Amount: 1, Capacity: 1}
	if err := s.Apply(ctx, taking(newID(t, s), piece, piece)); !errors.Is(err, orchestrator.ErrNotAvailable) {
		t.Errorf("two of one: %v", err)
	}
	two := piece
	two.Capacity = 2
	must(t, s.Apply(ctx, taking(newID(t, s), two, two)))
	back := piece
	back.Amount = -1
	must(t, s.Apply(ctx, taking(newID(t, s), back, piece))) // returns one and takes it again
	if got := left(t, s, "stock:1"); got != 0 {
		t.Errorf("%d left, want 0", got)
	}
}

// testLastPiece lets two commits that are likely to share a batch take what only
// one can have, when nobody has reserved any yet and when one piece is left.
func testLastPiece(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	for round := range 20 {
		r := orchestrator.Reservation{Resource: name("stock:", round), Amount: 1, Capacity: 1}
		if round%2 == 1 {
			r.Capacity = 2
			must(t, s.Apply(ctx, taking(newID(t, s), r)))
		}
		ids := []int64{newID(t, s), newID(t, s)}
		results := atOnce(len(ids), func(i int) error { return s.Apply(ctx, taking(ids[i], r)) })
		if won := tally(t, results, orchestrator.ErrNotAvailable); won != 1 {
			t.Fatalf("round %d: %d winners", round, won)
		}
	}
}

func testOnlyPiece(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	ids := make([]int64, 200)
	for i := range ids {
		ids[i] = newID(t, stores[0])
	}
	results := atOnce(len(ids), func(i int) error {
		return stores[i%2].Apply(ctx, taking(ids[i], orchestrator.Reservation{Resource: "single:1", Amount: 1, Capacity: 1}))
	})
	if won := tally(t, results, orchestrator.ErrNotAvailable); won != 1 {
		t.Errorf("%d winners", won)
	}
	if got := left(t, stores[0], "single:1"); got != 0 {
		t.Errorf("%d left, want 0", got)
	}
}

// testReserveOrder takes two resources in opposite orders: nobody waits for ever,
// and a commit gets both or none.
func testReserveOrder(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	ids := make([]int64, 60)
	for i := range ids {
		ids[i] = newID(t, stores[0])
	}
	results := atOnce(len(ids), func(i int) error {
		r := []orchestrator.Reservation{{Resource: "date:1", Amount: 1, Capacity: 20}, {Resource: "date:2", Amount: 1, Capacity: 10}}
		if i%2 == 1 {
			slices.Reverse(r)
		}
		return stores[i/2%2].Apply(ctx, taking(ids[i], r...))
	})
	if won := tally(t, results, orchestrator.ErrNotAvailable); won != 10 {
		t.Errorf("%d winners, want 10", won)
	}
	if one, two := left(t, stores[0], "date:1"), left(t, stores[0], "date:2"); one != 10 || two != 0 {
		t.Errorf("%d and %d left, want 10 and 0", one, two)
	}
}

func testFree(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	must(t, s.Apply(ctx, taking(newID(t, s), orchestrator.Reservation{Resource: "a", Amount: 1, Capacity: 3}, orchestrator.Reservation{Resource: "A", Amount: 1, Capacity: 9})))
	foreign := taking(newID(t, s), orchestrator.Reservation{Resource: "a", Amount: 1, Capacity: 50})
	foreign.Transaction.CommunityID = community + 1
	must(t, s.Apply(ctx, foreign))
	for _, c := range []struct {
		community int64
		ask       []string
		want      map[string]int64
	}{
		{community, nil, nil},
		{community, []string{"a"}, map[string]int64{"a": 2}},
		{community, []string{"a", "A", "b", "' or 1 = 1 --"}, map[string]int64{"a": 2, "A": 8}},
		{community + 1, []string{"a", "A"}, map[string]int64{"a": 49}},
	} {
		got, err := s.Free(ctx, c.community, c.ask)
		must(t, err)
		if d := diff(c.want, got); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.ask, d)
		}
	}
}

// say posts a message with the next commit of a deal.
func say(t *testing.T, s Store, tx orchestrator.Transaction, content string) (orchestrator.Message, orchestrator.Transaction) {
	t.Helper()
	m := orchestrator.Message{
		ID: newID(t, s), TransactionID: tx.ID, CommunityID: tx.CommunityID, Sender: "bea", Kind: orchestrator.FromParty,
		Content: content, At: noon.Add(time.Minute),
	}
	c := next(tx)
	c.Messages = []orchestrator.Message{m}
	must(t, s.Apply(t.Context(), c))
	return m, c.Transaction
}

func testMessages(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := opened(t, s)
	first, tx := say(t, s, tx, "Is it still there?\n\"漢字\" \\ {,}")
	lost := next(tx)
	lost.Transaction.Revision++
	lost.Messages = []orchestrator.Message{{ID: newID(t, s), Sender: "sam", Kind: orchestrator.FromParty, Content: "lost", At: noon}}
	if err := s.Apply(ctx, lost); !errors.Is(err, orchestrator.ErrRevisionConflict) {
		t.Errorf("a commit that skips a revision: %v", err)
	}
	system := next(tx)
	want := orchestrator.Message{ID: newID(t, s), TransactionID: tx.ID, CommunityID: community, Kind: orchestrator.FromSystem, Content: "paid", At: noon.Add(time.Hour)}
	system.Messages = []orchestrator.Message{want}
	must(t, s.Apply(ctx, system))
	say(t, s, opened(t, s), "elsewhere")
	got, err := s.Messages(ctx, orchestrator.MessageFilter{TransactionID: tx.ID})
	must(t, err)
	if d := diff([]orchestrator.Message{first, want}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func testMessageFilter(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := opened(t, s)
	var all []orchestrator.Message
	for i := range 5 {
		var m orchestrator.Message
		m, tx = say(t, s, tx, strconv.Itoa(i))
		all = append(all, m)
	}
	for name, c := range map[string]struct {
		filter orchestrator.MessageFilter
		want   []orchestrator.Message
	}{
		"all":             {orchestrator.MessageFilter{}, all},
		"a page":          {orchestrator.MessageFilter{Limit: 2, Offset: 1}, all[1:3]},
		"beyond the end":  {orchestrator.MessageFilter{Limit: 2, Offset: 5}, nil},
		"after one":       {orchestrator.MessageFilter{After: all[2].ID}, all[3:]},
		"after, limited":  {orchestrator.MessageFilter{After: all[0].ID, Limit: 2}, all[1:3]},
		"after the last":  {orchestrator.MessageFilter{After: all[4].ID}, nil},
		"the latest":      {orchestrator.MessageFilter{Latest: true}, all[4:]},
		"no newer latest": {orchestrator.MessageFilter{Latest: true, After: all[4].ID}, nil},
	} {
		c.filter.TransactionID = tx.ID
		got, err := s.Messages(ctx, c.filter)
		must(t, err)
		if d := diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// agreed puts something into every field that tells what was agreed.
func agreed(t *testing.T, tx orchestrator.Transaction) orchestrator.Transaction {
	t.Helper()
	policy := pricing.Policy{
		SellerBasisPoints: 500, SellerMinimums: pricing.Minimums{"EUR": 10, "JPY": 16}, BuyerBasisPoints: 250, BuyerMinimums: pricing.Minimums{"EUR": 5},
		CommissionRule: pricing.Whole, BuyerFeeRule: pricing.OnFullRefund, AnySellerMinimum: 3, AnyBuyerMinimum: 4,
	}
	b, err := pricing.Compute(policy, pricing.Input{UnitPrice: money.New(500, "EUR"), Quantity: 2, Shipping: 90})
	must(t, err)
	tx.SellerPays, tx.FeesBy, tx.Policy = true, "marketplace", policy
	tx.Lines, tx.Price, tx.BuyerFee, tx.SellerFee = b.Lines, b.Price, b.BuyerFee.Minor(), b.SellerFee.Minor()
	tx.Booking = &orchestrator.Booking{StartOn: "2030-12-30", EndOn: "2030-12-31"}
	tx.Attributes = map[string]string{"bank \"account\"": "line one\nline {two}", "": "empty name"}
	tx.Reserved = []orchestrator.Reservation{{Resource: "date:1:2030-12-30", Amount: 1, Capacity: 1}, {Resource: "single:1", Amount: 1, Capacity: 1, Lock: true}}
	tx.Deposit, tx.DepositFee, tx.Note, tx.MarketplacePays = 200, 9, "held for a \"review\"", true
	tx.PayerAccount, tx.PayeeAccount = "1-buyer", "seller's \"account\""
	tx.Funds.PayoutDue, tx.Funds.Withheld = 4, 3
	tx.Labels = noted("order-7")
	return tx
}

func testTerms(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	c := opening(newID(t, s))
	c.Transaction = agreed(t, c.Transaction)
	must(t, s.Apply(ctx, c))
	if d := diff(c.Transaction, stored(t, s, c.Transaction.ID)); d != "" {
		t.Errorf("as it was opened (-want +got):\n%s", d)
	}
	change := next(c.Transaction)
	change.Transaction.Lines, change.Transaction.Reserved = change.Transaction.Lines[:1], nil
	change.Transaction.Deposit, change.Transaction.DepositFee, change.Transaction.Note = 0, 0, ""
	want := change.Transaction
	change.Transaction.SellerPays, change.Transaction.FeesBy, change.Transaction.Policy = false, "", pricing.Policy{}
	change.Transaction.Booking, change.Transaction.Attributes = nil, map[string]string{"new": "terms"}
	change.Transaction.Labels = noted("order-8")
	must(t, s.Apply(ctx, change))
	if d := diff(want, stored(t, s, want.ID)); d != "" {
		t.Errorf("what was agreed has changed, or something else has not (-want +got):\n%s", d)
	}
	bad := opening(newID(t, s))
	bad.Transaction.Attributes = map[string]string{"a": "\x00"}
	if err := s.Apply(ctx, bad); err == nil {
		t.Error("an attribute with a zero byte was stored")
	}
}

// testDrain lets many take one cent each, more of them than there are cents.
func testDrain(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	deposit(t, stores[0], "bea", 60)
	ids := make([]int64, 100)
	for i := range ids {
		ids[i] = newID(t, stores[0])
	}
	results := atOnce(len(ids), func(i int) error {
		c := opening(ids[i])
		c.Entries = []ledger.Entry{transfer(t, available("bea"), ledger.Account{Kind: ledger.Frozen, Owner: "bea"}, 1)}
		return stores[i%2].Apply(ctx, c)
	})
	if won := tally(t, results, orchestrator.ErrInsufficientBalance); won != 60 {
		t.Errorf("%d of 60 cents were taken", won)
	}
	free, frozen := balanceOf(t, stores[0], available("bea")), balanceOf(t, stores[0], ledger.Account{Kind: ledger.Frozen, Owner: "bea"})
	if free != 0 || frozen != 60 {
		t.Errorf("%d left and %d frozen, want 0 and 60", free, frozen)
	}
}

// testFilters compares lists with the same choice made here, page by page.
func testFilters(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	var all []orchestrator.Transaction
	for i := range 36 {
		c := opening(newID(t, s))
		tx := &c.Transaction
		tx.Process = []string{"p2p_order@1", "p2p_order@2", "postpay@1"}[i%3]
		tx.ListingID = int64(i % 2 * 7)
		tx.State = []process.State{"paid", "disputed", "settled", "canceled"}[i%4]
		tx.Buyer, tx.Starter = name("buyer", i%5), name("buyer", i%5)
		if i%6 == 5 {
			tx.Attention = "look here"
		}
		must(t, s.Apply(ctx, c))
		all = append(all, *tx)
	}
	slices.Reverse(all)
	open2 := []process.State{"disputed", "canceled"}
	for name, f := range map[string]orchestrator.Filter{
		"process":                       {Process: "p2p_order"},
		"part of a name":                {Process: "p2p"},
		"listing":                       {ListingID: 7},
		"states":                        {States: open2},
		"attention":                     {Attention: true},
		"attention or states":           {Attention: true, States: open2},
		"party and process":             {Party: "buyer1", Process: "postpay"},
		"party and states":              {Party: "buyer2", States: open2},
		"seller, listing and attention": {Party: "sam", ListingID: 7, Attention: true},
		"everything":                    {Party: "buyer3", Process: "p2p_order", ListingID: 7, Attention: true, States: open2},
		"state and states":              {State: "disputed", States: open2},
	} {
		var want []int64
		for _, tx := range all {
			if chosen(f, tx) {
				want = append(want, tx.ID)
			}
		}
		f.CommunityID, f.Limit = community, 4
		var got []int64
		for page := listed(t, s, f); len(page) > 0; page = listed(t, s, f) {
			got = append(got, page...)
			f.Before = page[len(page)-1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// chosen is what a filter means.
func chosen(f orchestrator.Filter, tx orchestrator.Transaction) bool {
	ref, _, _ := strings.Cut(tx.Process, "@")
	party := f.Party == "" || slices.Contains([]string{tx.Buyer, tx.Seller, tx.Starter, tx.Author}, f.Party)
	waits := !f.Attention && f.States == nil || f.Attention && tx.Attention != "" || slices.Contains(f.States, tx.State)
	return party && waits && (f.Process == "" || f.Process == ref) && (f.ListingID == 0 || f.ListingID == tx.ListingID) && (f.State == "" || f.State == tx.State)
}
