package storetest

import (
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// told numbers what happened and returns how many events of a type the log has.
func told(t *testing.T, s Store, kind events.Type) []events.Event {
	t.Helper()
	_, err := numberer(t, s).Number(t.Context())
	must(t, err)
	p, err := s.ReadEvents(t.Context(), events.Filter{CommunityID: community, Types: []string{string(kind)}})
	must(t, err)
	return p.Events
}

// testSoldOut: the log says each time that nothing is left of a listing, whoever took the last
// one of it, and says so once.
func testSoldOut(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	svc := service(t, s)
	d := bicycle()
	d.Stock = new(int64(3))
	l := created(t, svc, d)
	stock, ref := listings.StockResource(l.ID), listings.Ref{Community: community, ID: l.ID}
	soFar := 0
	expect := func(what string, more int) {
		t.Helper()
		soFar += more
		if got := told(t, s, events.ListingSoldOut); len(got) != soFar {
			t.Fatalf("%s: %d events, want %d", what, len(got), soFar)
		}
	}
	must(t, reserve(t, s, stock, 2, 0))
	expect("one is left", 0)
	must(t, reserve(t, s, stock, 1, 0))
	expect("the last one", 1)
	expect("once", 0)
	if e := told(t, s, events.ListingSoldOut)[0]; e.Object.Type != events.Listing || e.Object.Number != l.ID || member(t, e.Data, "author_id") != l.Author || !e.At.Equal(noon) {
		t.Errorf("told is %+v, %s", e, e.Data)
	}
	if err := reserve(t, s, stock, 1, 0); err == nil {
		t.Error("there was none left to take")
	}
	expect("who gets nothing", 0)
	must(t, reserve(t, s, stock, -1, 0))
	expect("one is given back", 0)
	must(t, reserve(t, s, stock, 1, 0))
	expect("and taken again", 1)
	_, err := svc.SetStock(ctx, ref, 64)
	must(t, err)
	_, err = svc.SetStock(ctx, ref, 0)
	must(t, err)
	expect("its author says that none is left", 1)
	_, err = svc.SetStock(ctx, ref, 64)
	must(t, err)
	var buyers sync.WaitGroup
	for range 64 { // written together
		buyers.Go(func() {
			if err := reserve(t, s, stock, 1, 0); err != nil {
				t.Error(err)
			}
		})
	}
	buyers.Wait()
	expect("64 at once", 1)

	c := opening(newID(t, s)) // of something else
	c.Reserve = []orchestrator.Reservation{{Resource: listings.DateResource(l.ID, "2030-01-02"), Amount: 1, Capacity: 1}}
	must(t, s.Apply(ctx, c))
	expect("a day is no stock", 0)
}
