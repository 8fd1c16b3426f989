package storetest

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// noted are labels with a reference and a name of metadata that is awkward to look up.
func noted(reference string) labels.Labels {
	return labels.Labels{ExternalReference: reference, Metadata: map[string]string{`a "shop".[0]?`: "x'y\"z?", "empty": ""}}
}

// named opens a deal with labels.
func named(t *testing.T, s Store, l labels.Labels) (orchestrator.Transaction, error) {
	t.Helper()
	c := opening(newID(t, s))
	c.Transaction.Labels = l
	return c.Transaction, s.Apply(t.Context(), c)
}

// testLabels changes what is noted with a deal while commits change the deal.
func testLabels(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	tx, err := named(t, s, noted("order-1"))
	must(t, err)
	other := labels.Labels{ExternalReference: "order-2", Metadata: map[string]string{"b": "2"}}
	for i, c := range []struct {
		community  int64
		had, other labels.Labels
		saved      bool
	}{
		{community, noted("order-0"), other, false},
		{community, labels.Labels{ExternalReference: "order-1"}, other, false},
		{community + 1, noted("order-1"), other, false},
		{community, noted("order-1"), other, true},
		{community, noted("order-1"), noted("order-3"), false},
	} {
		if saved, err := s.SaveLabels(ctx, orchestrator.LabelsOf{CommunityID: c.community, ID: tx.ID, At: noon}, c.had, c.other); err != nil || saved != c.saved {
			t.Errorf("change %d: %v, %v", i, saved, err)
		}
	}
	change := next(tx) // of the deal as it was read before
	must(t, s.Apply(ctx, change))
	want := change.Transaction
	want.Labels = other
	if d := diff(want, stored(t, s, tx.ID)); d != "" {
		t.Errorf("a commit and a change of labels (-want +got):\n%s", d)
	}
	if saved, err := s.SaveLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: tx.ID, At: noon}, other, labels.Labels{}); err != nil || !saved {
		t.Errorf("none: %v, %v", saved, err)
	}
	news := told(t, s, events.TransactionLabelsChanged)
	if len(news) != 2 || news[0].TransactionID != tx.ID || news[0].Object.Reference != "order-2" || string(news[0].Data) != `{"metadata":{"b":"2"}}` || string(news[1].Data) != `{"metadata":{}}` {
		t.Errorf("told of each change: %+v", news)
	}
	if got := stored(t, s, tx.ID); !got.Labels.None() || got.Revision != change.Transaction.Revision {
		t.Errorf("labels are %+v at revision %d", got.Labels, got.Revision)
	}
}

// testLabelsBeside changes labels and steps of a deal at the same moment: all of both are there.
func testLabelsBeside(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	tx, err := named(t, stores[0], labels.Labels{})
	must(t, err)
	const each = 20
	for i, err := range atOnce(2*each, func(i int) error {
		s := stores[i%2]
		for {
			had, err := s.Transaction(ctx, community, tx.ID)
			if err != nil {
				return err
			}
			if i < each {
				if err := s.Apply(ctx, next(had)); !errors.Is(err, orchestrator.ErrRevisionConflict) {
					return err
				}
				continue
			}
			other, err := had.Labels.With(labels.Change{Metadata: map[string]*string{name("k", i): new("v")}})
			if err != nil {
				return err
			}
			if saved, err := s.SaveLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: tx.ID, At: noon}, had.Labels, other); err != nil || saved {
				return err
			}
		}
	}) {
		if err != nil {
			t.Errorf("change %d: %v", i, err)
		}
	}
	if got := stored(t, stores[0], tx.ID); got.Revision != each+1 || len(got.Labels.Metadata) != each {
		t.Errorf("revision %d with %d names, want %d and %d", got.Revision, len(got.Labels.Metadata), each+1, each)
	}
}

// testReferences opens deals with the same reference, together and one by one.
func testReferences(t *testing.T, open func() Store) {
	stores, ctx := []Store{open(), open()}, t.Context()
	ids := make([]int64, 40)
	for i := range ids {
		ids[i] = newID(t, stores[0])
	}
	won := tally(t, atOnce(len(ids), func(i int) error {
		c := opening(ids[i])
		c.Transaction.Labels.ExternalReference = "order-" + strconv.Itoa(i%4)
		return stores[i%2].Apply(ctx, c)
	}), labels.ErrTaken)
	if won != 4 {
		t.Errorf("%d deals have the four references", won)
	}
	free, err := named(t, stores[0], labels.Labels{ExternalReference: "free"})
	must(t, err)
	_, err = stores[0].SaveLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: free.ID, At: noon}, free.Labels, labels.Labels{ExternalReference: "order-1"})
	reason(t, "a change to a reference that is taken", err, labels.ErrTaken.Reason)
	elsewhere := opening(newID(t, stores[0]))
	elsewhere.Transaction.CommunityID, elsewhere.Transaction.Labels.ExternalReference = community+1, "order-1"
	must(t, stores[0].Apply(ctx, elsewhere))
}

// testReferenceOfRepeat: a request that was made before is told so, and not that its own deal
// has the reference.
func testReferenceOfRepeat(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	for i, want := range []error{nil, idempotency.ErrTaken} {
		c := opening(newID(t, s))
		c.Transaction.Labels.ExternalReference = "order-1"
		c.Reply = &idempotency.Change{Reply: idempotency.Reply{Scope: "s", Key: "k", Hash: "h", CommunityID: community, TransactionID: c.Transaction.ID, Status: 201, Body: []byte("{}"), At: noon}}
		if err := s.Apply(ctx, c); want == nil && err != nil || want != nil && err == nil {
			t.Errorf("request %d: %v", i, err)
		} else if want != nil {
			reason(t, "the repeat", err, "idempotency_key_taken")
		}
	}
}

// testLabelFilters finds deals, listings and sellers by what is noted with them.
func testLabelFilters(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	var deals, goods, users []int64
	for i := range 4 {
		l := noted("ref-" + strconv.Itoa(i))
		l.Metadata["odd"] = strconv.Itoa(i % 2)
		if i == 3 {
			l = labels.Labels{}
		}
		tx, err := named(t, s, l)
		must(t, err)
		draft := bicycle()
		draft.Labels = l
		id := newID(t, s)
		saved, err := s.SaveSellerLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: id, UserID: name("user", i), At: noon}, labels.Labels{}, l)
		if must(t, err); !saved {
			t.Fatal("not saved")
		}
		deals, goods, users = append(deals, tx.ID), append(goods, created(t, svc, draft).ID), append(users, id)
	}
	for what, c := range map[string]struct {
		reference string
		metadata  map[string]string
		before    int // which of them the page stands before
		want      []int
	}{
		"reference":      {"ref-1", nil, 4, []int{1}},
		"metadata":       {"", map[string]string{`a "shop".[0]?`: "x'y\"z?"}, 4, []int{2, 1, 0}},
		"page":           {"", map[string]string{"empty": ""}, 2, []int{1, 0}},
		"two names":      {"", map[string]string{"odd": "0", "empty": ""}, 4, []int{2, 0}},
		"both":           {"ref-2", map[string]string{"odd": "0"}, 4, []int{2}},
		"another value":  {"", map[string]string{"odd": "0", "empty": "x"}, 4, nil},
		"another name":   {"", map[string]string{"shop": "0"}, 4, nil},
		"another's name": {"ref-9", nil, 4, nil},
	} {
		before := func(ids []int64) int64 {
			if c.before == len(ids) {
				return 0
			}
			return ids[c.before]
		}
		for of, got := range map[string]func() ([]int64, []int64, error){
			"deals": func() ([]int64, []int64, error) {
				found, err := s.List(ctx, orchestrator.Filter{CommunityID: community, ExternalReference: c.reference, Metadata: c.metadata, Before: before(deals)})
				return deals, idsOf(found, func(tx orchestrator.Transaction) int64 { return tx.ID }), err
			},
			"deals of a party": func() ([]int64, []int64, error) {
				found, err := s.List(ctx, orchestrator.Filter{CommunityID: community, Party: "bea", ExternalReference: c.reference, Metadata: c.metadata, Before: before(deals)})
				return deals, idsOf(found, func(tx orchestrator.Transaction) int64 { return tx.ID }), err
			},
			"listings": func() ([]int64, []int64, error) {
				found, err := svc.List(ctx, listings.Filter{CommunityID: community, Author: "sam", ExternalReference: c.reference, Metadata: c.metadata, Before: before(goods)})
				return goods, idsOf(found, func(l listings.Listing) int64 { return l.ID }), err
			},
			"sellers": func() ([]int64, []int64, error) {
				found, err := s.LabelledSellers(ctx, orchestrator.SellerLabelFilter{CommunityID: community, ExternalReference: c.reference, Metadata: c.metadata, Before: before(users)})
				return users, idsOf(found, func(l orchestrator.LabelledSeller) int64 { return l.ID }), err
			},
		} {
			all, found, err := got()
			must(t, err)
			var want []int64
			for _, n := range c.want {
				want = append(want, all[n])
			}
			if !slices.Equal(found, want) {
				t.Errorf("%s by %s: %v, want %v", of, what, found, want)
			}
		}
	}
}

func idsOf[T any](all []T, id func(T) int64) []int64 {
	var ids []int64
	for _, one := range all {
		ids = append(ids, id(one))
	}
	return ids
}

// testSellerLabels keeps what is noted with a user, who has nothing else.
func testSellerLabels(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	first, second := noted("s-1"), labels.Labels{Metadata: map[string]string{"b": "2"}}
	for i, c := range []struct {
		user       string
		had, other labels.Labels
		saved      bool
	}{
		{"sam", labels.Labels{}, first, true},
		{"sam", labels.Labels{}, second, false},
		{"sam", second, first, false},
		{"sam", first, second, true},
		{"sam", first, labels.Labels{}, false},
		{"sam", second, labels.Labels{}, true},
		{"sam", labels.Labels{}, first, true},
	} {
		saved, err := s.SaveSellerLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: newID(t, s), UserID: c.user, At: noon}, c.had, c.other)
		if must(t, err); saved != c.saved {
			t.Errorf("change %d: %v", i, saved)
		}
		got, err := s.SellerLabels(ctx, community, c.user)
		if must(t, err); saved && !got.Equal(c.other) {
			t.Errorf("after change %d: %+v", i, got)
		}
	}
	_, err := s.SaveSellerLabels(ctx, orchestrator.LabelsOf{CommunityID: community, ID: newID(t, s), UserID: "ann", At: noon}, labels.Labels{}, first)
	reason(t, "another user's reference", err, labels.ErrTaken.Reason)
	news := told(t, s, events.SellerLabelsChanged)
	if len(news) != 4 || news[0].Object != (events.Object{Type: events.Seller, ID: "sam", Reference: "s-1"}) || news[2].Object.Reference != "" {
		t.Errorf("told of each change: %+v", news)
	}
	if got, err := s.SellerLabels(ctx, community+1, "sam"); err != nil || !got.None() {
		t.Errorf("another community: %+v, %v", got, err)
	}
}

// testListingLabels: a listing's reference is free again when the listing is withdrawn.
func testListingLabels(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	draft := bicycle()
	draft.Labels = noted("l-1")
	l := created(t, svc, draft)
	_, err := svc.Create(ctx, draft)
	reason(t, "a second listing", err, labels.ErrTaken.Reason)
	other := created(t, svc, bicycle())
	_, err = svc.Label(ctx, listings.Ref{Community: community, ID: other.ID}, labels.Change{ExternalReference: new("l-1")})
	reason(t, "a change", err, labels.ErrTaken.Reason)
	l, err = svc.Label(ctx, listings.Ref{Community: community, ID: l.ID}, labels.Change{Metadata: map[string]*string{"empty": nil}})
	must(t, err)
	again, err := svc.Get(ctx, community, l.ID)
	if d := diff(l, again); d != "" || err != nil || len(l.Labels.Metadata) != 1 {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	must(t, svc.Delete(ctx, listings.Ref{Community: community, ID: l.ID}))
	created(t, svc, draft)
}
