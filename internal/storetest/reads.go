package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

func testPaymentTaken(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	for i, want := range []error{nil, fault.New(fault.Conflict, "payment_taken", "")} {
		c := opening(newID(t, s))
		c.Transaction.PaymentID = "pay"
		if err := s.Apply(ctx, c); !errors.Is(err, want) {
			t.Errorf("transaction %d: %v, want %v", i, err, want)
		}
	}
	other := opening(newID(t, s))
	other.Transaction.Gateway, other.Transaction.PaymentID = "paypal", "pay"
	must(t, s.Apply(ctx, other))
}

func testFindPayment(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	c := opening(newID(t, s))
	c.Transaction.PaymentID = "Pay"
	must(t, s.Apply(ctx, c))
	opened(t, s) // without a payment
	got, err := s.FindPayment(ctx, "stripe", "Pay")
	must(t, err)
	if d := diff(c.Transaction, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for _, key := range [][2]string{{"stripe", "pay"}, {"Stripe", "Pay"}, {"stripe", ""}} {
		if _, err := s.FindPayment(ctx, key[0], key[1]); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%v: %v", key, err)
		}
	}
	if _, err := s.Transaction(ctx, community+1, c.Transaction.ID); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("another community sees it: %v", err)
	}
}

func listed(t *testing.T, s Store, f orchestrator.Filter) []int64 {
	t.Helper()
	all, err := s.List(t.Context(), f)
	must(t, err)
	ids := make([]int64, len(all))
	for i, tx := range all {
		ids[i] = tx.ID
	}
	return ids
}

func testList(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	var want []int64
	for i := range 7 {
		c := opening(newID(t, s))
		if i == 3 {
			c.Transaction.State = "paid"
		}
		must(t, s.Apply(ctx, c))
		want = append(want, c.Transaction.ID)
	}
	foreign := opening(newID(t, s))
	foreign.Transaction.CommunityID = community + 1
	must(t, s.Apply(ctx, foreign))
	slices.Reverse(want)
	if got := listed(t, s, orchestrator.Filter{CommunityID: community}); !slices.Equal(got, want) {
		t.Errorf("all: %v, want %v", got, want)
	}
	if got := listed(t, s, orchestrator.Filter{CommunityID: community, State: "paid"}); !slices.Equal(got, want[3:4]) {
		t.Errorf("paid: %v, want %v", got, want[3:4])
	}
	for _, party := range []string{"", "bea"} {
		var pages []int64
		f := orchestrator.Filter{CommunityID: community, Party: party, Limit: 3}
		for page := listed(t, s, f); len(page) > 0; page = listed(t, s, f) {
			if len(page) > 3 {
				t.Fatalf("page of %d", len(page))
			}
			pages = append(pages, page...)
			f.Before = page[len(page)-1]
		}
		if !slices.Equal(pages, want) {
			t.Errorf("pages of %q: %v, want %v", party, pages, want)
		}
	}
}

func testListParty(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	roles := map[string]func(*orchestrator.Transaction){
		"starter": func(tx *orchestrator.Transaction) { tx.Starter = "zoe" },
		"author":  func(tx *orchestrator.Transaction) { tx.Author = "zoe" },
		"buyer":   func(tx *orchestrator.Transaction) { tx.Buyer = "zoe" },
		"seller":  func(tx *orchestrator.Transaction) { tx.Seller = "zoe" },
		"all": func(tx *orchestrator.Transaction) {
			tx.Starter, tx.Buyer, tx.Author, tx.Seller = "zoe", "zoe", "zoe", "zoe"
		},
	}
	var want []int64
	for _, set := range roles {
		c := opening(newID(t, s))
		set(&c.Transaction)
		must(t, s.Apply(ctx, c))
		want = append(want, c.Transaction.ID)
		opened(t, s)
	}
	slices.Reverse(want)
	if got := listed(t, s, orchestrator.Filter{CommunityID: community, Party: "zoe"}); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := listed(t, s, orchestrator.Filter{CommunityID: community, Party: "zoe", State: "paid"}); len(got) != 0 {
		t.Errorf("in another state: %v", got)
	}
}

// testCollation makes sure that texts which a loose comparison would take for
// equal are different keys on every database.
func testCollation(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	spellings := []string{"key", "KEY", "Key", "key ", "kéy", "ke\u0301y"}
	for i, key := range spellings {
		c := opening(newID(t, s))
		c.Transaction.Buyer = key
		c.Reply = &idempotency.Change{Reply: idempotency.Reply{Scope: "s", Key: key, Status: 200 + i, At: noon}}
		c.Entries = []ledger.Entry{transfer(t, outside(), available(key), int64(i+1))}
		must(t, s.Apply(ctx, c))
	}
	for i, key := range spellings {
		reply, found, err := s.Reply(ctx, "s", key)
		must(t, err)
		if !found || reply.Status != 200+i {
			t.Errorf("%q finds %+v", key, reply)
		}
		if got := listed(t, s, orchestrator.Filter{CommunityID: community, Party: key}); len(got) != 1 {
			t.Errorf("%q is a party of %v", key, got)
		}
		if got := balanceOf(t, s, available(key)); got != int64(i+1) {
			t.Errorf("balance of %q: %d", key, got)
		}
	}
	if _, found, err := s.Reply(ctx, "s", strings.Repeat("k", 3)); found || err != nil {
		t.Errorf("found %t, %v", found, err)
	}
}

func testEvents(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx := opened(t, s)
	c := next(tx)
	c.Transaction.EventSequence = 3
	c.Events = []orchestrator.Event{
		{TransactionID: tx.ID, Sequence: 2, CommunityID: community, Type: "transaction.paid", Data: map[string]string{"from": "x", "html": "<&>"}, At: noon},
		{TransactionID: tx.ID, Sequence: 3, CommunityID: community, Type: "transaction.noted", At: noon},
	}
	must(t, s.Apply(ctx, c))
	events, err := s.Events(ctx, tx.ID)
	must(t, err)
	if d := diff(append(opening(tx.ID).Events, c.Events...), events); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func testHealthy(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	deposit(t, s, "bea", 100)
	must(t, s.Apply(ctx, next(opened(t, s))))
	violations, err := s.Doctor(ctx, registry(t))
	must(t, err)
	if len(violations) != 0 {
		t.Errorf("a sound database has violations: %v", violations)
	}
}
