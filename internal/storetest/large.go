package storetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// large is about as much as metadata may have, and severalPages how many objects of it are more than two pages.
const (
	large        = 100_000
	severalPages = 24
)

func largeLabels() labels.Labels {
	l := labels.Labels{Metadata: map[string]string{}}
	for i := range labels.MaxKeys {
		l.Metadata[name("key", i)] = strings.Repeat("🚲", labels.MaxValue)
	}
	return l
}

// readOn reads a list to its end, page by page behind the last object: each is on one page, and none is much
// larger than a page may be.
func readOn[T paging.Sized](t *testing.T, text string, want []int64, id func(T) int64, read func(last int64) ([]T, error)) {
	t.Helper()
	const limit = 100
	var got []int64
	pages, last := 0, int64(0)
	for goesOn := true; goesOn && pages <= len(want); pages++ {
		page, err := read(last)
		must(t, err)
		if len(page) > 1 && paging.Full(page[:len(page)-1]) {
			t.Errorf("%s: page %d goes on behind the object that fills it", text, pages)
		}
		got = append(got, idsOf(page, id)...)
		if goesOn = paging.GoesOn(page, limit); goesOn {
			last = got[len(got)-1]
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || pages < 3 {
		t.Errorf("%s: %d pages have %d objects, want each of %d once", text, pages, len(got), len(want))
	}
}

// testLargeObjects reads lists of large objects.
func testLargeObjects(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	svc := service(t, s)
	var deals, goods, users, said []int64
	for i := range severalPages {
		tx, err := named(t, s, largeLabels())
		must(t, err)
		draft := bicycle()
		draft.Labels = largeLabels()
		id := newID(t, s)
		_, err = s.SaveSellerLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: id, UserID: name("user", i), At: noon}, labels.Labels{}, largeLabels())
		must(t, err)
		m := orchestrator.Message{ID: newID(t, s), TransactionID: tx.ID, CommunityID: community, Sender: "bea", Kind: orchestrator.FromParty, Content: strings.Repeat("é", large/2), At: noon}
		if i > 0 {
			m.TransactionID = deals[0]
		}
		must(t, s.AddMessage(ctx, m, nil))
		deals, goods, users, said = append(deals, tx.ID), append(goods, created(t, svc, draft).ID), append(users, id), append(said, m.ID)
	}
	ofDeal := func(tx orchestrator.Transaction) int64 { return tx.ID }
	readOn(t, "deals", deals, ofDeal, func(last int64) ([]orchestrator.Transaction, error) {
		return s.List(ctx, orchestrator.Filter{CommunityID: community, Before: last})
	})
	readOn(t, "deals of a party", deals, ofDeal, func(last int64) ([]orchestrator.Transaction, error) {
		return s.List(ctx, orchestrator.Filter{CommunityID: community, Party: "bea", Before: last})
	})
	readOn(t, "deals of a gateway", deals, ofDeal, func(last int64) ([]orchestrator.Transaction, error) {
		return s.GatewayTransactions(ctx, orchestrator.GatewayFilter{Gateway: "stripe", After: last})
	})
	readOn(t, "listings", goods, func(l listings.Listing) int64 { return l.ID }, func(last int64) ([]listings.Listing, error) {
		return svc.List(ctx, listings.Filter{CommunityID: community, Before: last})
	})
	readOn(t, "sellers", users, func(l orchestrator.LabelledSeller) int64 { return l.ID }, func(last int64) ([]orchestrator.LabelledSeller, error) {
		return s.LabelledSellers(ctx, orchestrator.SellerLabelFilter{CommunityID: community, Before: last})
	})
	readOn(t, "messages", said, func(m orchestrator.Message) int64 { return m.ID }, func(last int64) ([]orchestrator.Message, error) {
		return s.Messages(ctx, orchestrator.MessageFilter{TransactionID: deals[0], After: last, Limit: 100})
	})
	readChanges(t, s, deals)
}

// readChanges follows what was changed, from page to page.
func readChanges(t *testing.T, s Store, want []int64) {
	t.Helper()
	f := orchestrator.ChangeFilter{Filter: orchestrator.Filter{CommunityID: community, Limit: 100}}
	var got []int64
	pages := 0
	for more := true; more && pages <= len(want); pages++ {
		page, err := s.Changes(t.Context(), f)
		must(t, err)
		if n := len(page.Transactions); n > 1 && paging.Full(page.Transactions[:n-1]) {
			t.Errorf("changes: page %d goes on behind the deal that fills it", pages)
		}
		got = append(got, idsOf(page.Transactions, func(tx orchestrator.Transaction) int64 { return tx.ID })...)
		f.From, more = page.Next, page.More
	}
	if !slices.Equal(got, want) || pages < 3 {
		t.Errorf("changes: %d pages have %v, want each of %v once, in this order", pages, got, want)
	}
}

// testLargeOutbox: a batch of events is no larger with deals that have much noted with them, each event gets its
// number once and with its deal, and notices read deals without what nobody is told of.
func testLargeOutbox(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	var deals []int64
	for range severalPages / 2 {
		id := walk(t, s, 3)
		_, err := s.SaveLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: id, At: noon}, labels.Labels{}, largeLabels())
		must(t, err)
		m := orchestrator.Message{ID: newID(t, s), TransactionID: id, CommunityID: community, Sender: "bea", Kind: orchestrator.FromParty, Content: "hello", At: noon}
		must(t, s.AddMessage(ctx, m, nil))
		deals = append(deals, id)
	}
	seen, made, batches := map[int64]int64{}, 0, 0
	for n := 1; n > 0 && batches < 100; batches++ {
		var err error
		_, n, err = s.NumberNext(ctx, 0, 500, func(u events.Unnumbered) []events.Event {
			size := 0
			for _, e := range u.Events {
				if seen[e.TransactionID]++; e.Sequence != seen[e.TransactionID] {
					t.Errorf("event %d of a deal comes after %d", e.Sequence, seen[e.TransactionID]-1)
				}
				size += u.Deals[e.TransactionID].Size()
			}
			if size > paging.Bytes+large+1000 {
				t.Errorf("a batch has %d bytes of deals", size)
			}
			for _, m := range u.Messages {
				if u.Deals[m.TransactionID].Size() < large || seen[m.TransactionID] != 4 {
					t.Errorf("a message of deal %d comes after %d events, with %d bytes", m.TransactionID, seen[m.TransactionID], u.Deals[m.TransactionID].Size())
				}
			}
			made += len(u.Events) + len(u.Messages) + len(u.Announcements)
			return nil
		})
		must(t, err)
	}
	if want := len(deals) * (4 + 1 + 1); made != want || batches < 6 {
		t.Errorf("%d batches have %d events, messages and announcements, want %d", batches, made, want)
	}
	found, err := s.TransactionsByID(ctx, deals)
	must(t, err)
	for _, id := range deals {
		if tx := found[id]; tx.ID != id || tx.Buyer != "bea" || tx.Labels.Metadata != nil {
			t.Errorf("deal %d is read for notices as %d with %d bytes", id, tx.ID, tx.Size())
		}
	}
	all, total, err := s.Chats(ctx, conversations.ChatFilter{CommunityID: community, User: "bea", Limit: 100})
	must(t, err)
	if len(all) != len(deals) || total != int64(len(deals)) {
		t.Errorf("an inbox has %d of %d deals, want %d", len(all), total, len(deals))
	}
}
