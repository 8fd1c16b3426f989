package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// offersCases are the cases of listings and ads.
func offersCases() []testCase {
	return []testCase{
		{"listing round trip", testListing},
		{"listing pages", testListings},
		{"one of many wins a listing's revision", testListingRevision},
		{"stock", testStock},
		{"days", testDays},
		{"one blocks a day", testDayRace},
		{"block or book", testBlockOrBook},
		{"mirror claims", testMirrorClaims},
		{"ad round trip", testAd},
		{"one active ad per type", testOneAd},
		{"lapsed and sold out ads make room", testRoomForAds},
		{"an ad's total", testAdTotal},
		{"an ad's type and its orders", testAdType},
		{"who changes an ad", testAdOwner},
		{"public ads", testPublicAds},
		{"public ads in order", testAdOrder},
	}
}

func service(t *testing.T, s Store) *listings.Service {
	t.Helper()
	l, err := listings.New(listings.Config{Store: s.ForListings(), Now: func() time.Time { return noon }})
	must(t, err)
	return l
}

func bicycle() listings.Draft {
	return listings.Draft{
		CommunityID: community, Author: "sam", Kind: listings.MultiUse, Model: listings.Online,
		Title: "Bicycle", Description: "Blue, hardly used", Pricing: listings.Pricing{Price: money.New(9900, "EUR")},
	}
}

func created(t *testing.T, s *listings.Service, d listings.Draft) listings.Listing {
	t.Helper()
	l, err := s.Create(t.Context(), d)
	must(t, err)
	return l
}

func reason(t *testing.T, what string, err error, want fault.Reason) {
	t.Helper()
	if err == nil || fault.ReasonOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

// reserve takes an amount of a resource, as a deal does.
func reserve(t *testing.T, s Store, resource string, amount, capacity int64) error {
	t.Helper()
	c := opening(newID(t, s))
	c.Reserve = []orchestrator.Reservation{{Resource: resource, Amount: amount, Capacity: capacity}}
	return s.Apply(t.Context(), c)
}

func testListing(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	d := bicycle()
	d.Model, d.Kind, d.SkipRemainder, d.Zone, d.Unit = listings.FaceToFace, listings.SingleUse, true, "Europe/Dublin", listings.Night
	d.Pricing = listings.Pricing{Price: money.New(9900, "EUR"), Deposit: money.New(1000, "EUR")}
	l := created(t, svc, d)
	want := listings.Listing{
		ID: l.ID, CommunityID: community, Author: "sam", Kind: listings.SingleUse, Model: listings.FaceToFace,
		Title: d.Title, Description: d.Description, Pricing: d.Pricing, SkipRemainder: true, Unit: listings.Night,
		Zone: "Europe/Dublin", Stock: new(int64(1)), Revision: 1, CreatedAt: noon, UpdatedAt: noon,
	}
	got, err := svc.Get(ctx, community, l.ID)
	if d := diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	ref := listings.Ref{Community: community, ID: l.ID, Actor: "sam"}
	_, err = svc.SetPricing(ctx, ref, listings.Pricing{})
	must(t, err)
	got, err = svc.Disable(ctx, ref)
	must(t, err)
	want.Pricing, want.Revision, want.DisabledAt = listings.Pricing{}, 3, noon
	if d := diff(want, got); d != "" {
		t.Errorf("disabled (-want +got):\n%s", d)
	}
	stored, err := svc.Get(ctx, community, l.ID)
	if d := diff(want, stored); d != "" || err != nil {
		t.Errorf("stored: %v (-want +got):\n%s", err, d)
	}
	_, err = svc.Get(ctx, community+1, l.ID)
	reason(t, "another community", err, "listing_not_found")
	must(t, svc.Delete(ctx, ref))
	_, err = svc.Get(ctx, community, l.ID)
	reason(t, "deleted", err, "listing_not_found")
	bad := bicycle()
	bad.Title = "a\x00b"
	if err := s.InsertListing(ctx, listings.Listing{ID: l.ID + 1, CommunityID: community, Title: bad.Title, Revision: 1}); err == nil {
		t.Error("text that PostgreSQL cannot store was stored")
	}
}

func testListings(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	var ids []int64
	for i := range 5 {
		d := bicycle()
		d.Disabled = i == 1
		if i == 4 {
			d.Author = "ann"
		}
		ids = append(ids, created(t, svc, d).ID)
	}
	must(t, svc.Delete(ctx, listings.Ref{Community: community, ID: ids[2]}))
	for name, tc := range map[string]struct {
		filter listings.Filter
		want   []int64
	}{
		"all":           {listings.Filter{}, []int64{ids[4], ids[3], ids[1], ids[0]}},
		"of an author":  {listings.Filter{Author: "sam"}, []int64{ids[3], ids[1], ids[0]}},
		"enabled":       {listings.Filter{State: listings.Enabled, Author: "sam"}, []int64{ids[3], ids[0]}},
		"disabled":      {listings.Filter{State: listings.Disabled}, []int64{ids[1]}},
		"first page":    {listings.Filter{Limit: 2}, []int64{ids[4], ids[3]}},
		"second page":   {listings.Filter{Limit: 2, Before: ids[3]}, []int64{ids[1], ids[0]}},
		"of a stranger": {listings.Filter{Author: "bea"}, nil},
	} {
		tc.filter.CommunityID = community
		all, err := svc.List(ctx, tc.filter)
		must(t, err)
		var got []int64
		for _, l := range all {
			got = append(got, l.ID)
		}
		if d := diff(tc.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func testListingRevision(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	l := created(t, svc, bicycle())
	const n = 20
	errs := atOnce(n, func(i int) error {
		_, err := svc.SetDescription(ctx, listings.Ref{Community: community, ID: l.ID, Revision: 1}, name("text ", i))
		return err
	})
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, listings.ErrRevision) {
			t.Error(err)
		}
	}
	got, err := svc.Get(ctx, community, l.ID)
	must(t, err)
	if won != 1 || got.Revision != 2 {
		t.Errorf("%d changes of revision 1 won, the listing is at %d", won, got.Revision)
	}
	for _, err := range atOnce(4, func(i int) error {
		_, err := svc.SetTitle(ctx, listings.Ref{Community: community, ID: l.ID}, name("title ", i))
		return err
	}) {
		must(t, err)
	}
}

func testStock(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	d := bicycle()
	d.Stock = new(int64(3))
	l := created(t, svc, d)
	must(t, reserve(t, s, listings.StockResource(l.ID), 2, 99))
	got, err := svc.Offer(ctx, community, l.ID, 1)
	must(t, err)
	if *got.Stock != 1 {
		t.Errorf("%d left, want 1", *got.Stock)
	}
	_, err = svc.Offer(ctx, community, l.ID, 2)
	reason(t, "too many", err, "out_of_stock")
	if err := reserve(t, s, listings.StockResource(l.ID), 2, 99); err == nil {
		t.Error("more than the stock was reserved")
	}
	_, err = svc.SetStock(ctx, listings.Ref{Community: community, ID: l.ID}, 5)
	must(t, err)
	got, err = svc.Offer(ctx, community, l.ID, 5)
	if err != nil || *got.Stock != 5 || got.Revision != 2 {
		t.Errorf("after SetStock: %+v, %v", got, err)
	}

	single := bicycle()
	single.Kind = listings.SingleUse
	l = created(t, svc, single)
	must(t, reserve(t, s, listings.StockResource(l.ID), l.Takes(4), 99))
	_, err = svc.Offer(ctx, community, l.ID, 1)
	reason(t, "used up", err, "listing_is_disabled")

	l = created(t, svc, bicycle())
	if l.Stock != nil || l.Takes(7) != 0 {
		t.Errorf("no limit: stock %v, takes %d", l.Stock, l.Takes(7))
	}
	got, err = svc.SetStock(ctx, listings.Ref{Community: community, ID: l.ID}, 0)
	if err != nil || *got.Stock != 0 {
		t.Errorf("a limit that was set later: %v, %v", got.Stock, err)
	}
}

func testDays(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	l := created(t, svc, bicycle())
	ref := listings.Ref{Community: community, ID: l.ID, Actor: "sam"}
	check := func(what string, want listings.Calendar) {
		t.Helper()
		got, err := svc.Availability(ctx, community, l.ID, "2026-03-01", "2026-03-08")
		must(t, err)
		if d := diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	check("nothing yet", listings.Calendar{})
	must(t, reserve(t, s, listings.DateResource(l.ID, "2026-03-02"), 1, 1))
	must(t, reserve(t, s, listings.DateResource(l.ID, "2026-03-08"), 1, 1))
	must(t, reserve(t, s, listings.DateResource(l.ID+1, "2026-03-05"), 1, 1))
	must(t, svc.BlockDates(ctx, ref, []listings.Day{"2026-03-04", "2026-03-03", "2026-03-04"}))
	blocked := listings.Calendar{Taken: []listings.Day{"2026-03-02"}, Blocked: []listings.Day{"2026-03-03", "2026-03-04"}}
	check("booked and blocked", blocked)
	must(t, svc.BlockDates(ctx, ref, []listings.Day{"2026-03-03"}))

	err := svc.BlockDates(ctx, ref, []listings.Day{"2026-03-01", "2026-03-02", "2026-03-08"})
	reason(t, "a taken day", err, "dates_not_available")
	if days, _ := fault.As(err).Details["days"].([]listings.Day); !slices.Equal(days, []listings.Day{"2026-03-02", "2026-03-08"}) {
		t.Errorf("days = %v", fault.As(err).Details)
	}
	check("all or nothing", blocked)
	if err := reserve(t, s, listings.DateResource(l.ID, "2026-03-03"), 1, 1); err == nil {
		t.Error("a blocked day was booked")
	}

	must(t, svc.UnblockDates(ctx, ref, []listings.Day{"2026-03-02", "2026-03-03", "2026-03-06"}))
	must(t, svc.UnblockDates(ctx, ref, []listings.Day{"2026-03-03"}))
	check("only blocked days come back", listings.Calendar{Taken: []listings.Day{"2026-03-02"}, Blocked: []listings.Day{"2026-03-04"}})
	must(t, reserve(t, s, listings.DateResource(l.ID, "2026-03-03"), 1, 1))
	if err := reserve(t, s, listings.DateResource(l.ID, "2026-03-03"), 1, 1); err == nil {
		t.Error("a day that was given back twice was booked twice")
	}
	must(t, reserve(t, s, listings.DateResource(l.ID, "2026-03-02"), -1, 1))
	check("a booking was given up", listings.Calendar{Taken: []listings.Day{"2026-03-03"}, Blocked: []listings.Day{"2026-03-04"}})
	must(t, svc.BlockDates(ctx, ref, []listings.Day{"2026-03-02"}))

	ref.Actor = "bea"
	reason(t, "a stranger", svc.BlockDates(ctx, ref, []listings.Day{"2026-03-06"}), "listing_not_found")
}

// testDayRace blocks overlapping days from two replicas, forwards and backwards.
func testDayRace(t *testing.T, o Stores) {
	stores, ctx := []Store{o.Open(), o.Open()}, t.Context()
	l := created(t, service(t, stores[0]), bicycle())
	ref := listings.Ref{Community: community, ID: l.ID}
	days := []listings.Day{"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"}
	back := slices.Clone(days)
	slices.Reverse(back)
	services := []*listings.Service{service(t, stores[0]), service(t, stores[1])}
	for _, err := range atOnce(16, func(i int) error {
		return services[i%2].BlockDates(ctx, ref, [][]listings.Day{days, back}[i/2%2])
	}) {
		must(t, err)
	}
	must(t, services[0].UnblockDates(ctx, ref, days))
	for _, day := range days {
		resource := listings.DateResource(l.ID, day)
		must(t, reserve(t, stores[0], resource, 1, 1))
		if err := reserve(t, stores[0], resource, 1, 1); err == nil {
			t.Errorf("%s was free twice", day)
		}
	}
}

// testBlockOrBook lets blockers and bookings race for one day.
func testBlockOrBook(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	l := created(t, svc, bicycle())
	ref := listings.Ref{Community: community, ID: l.ID}
	var commits []orchestrator.Commit
	for range 5 {
		c := opening(newID(t, s))
		c.Reserve = []orchestrator.Reservation{{Resource: listings.DateResource(l.ID, "2026-03-01"), Amount: 1, Capacity: 1}}
		commits = append(commits, c)
	}
	errs := atOnce(10, func(i int) error {
		if i%2 == 0 {
			return svc.BlockDates(ctx, ref, []listings.Day{"2026-03-01"})
		}
		return s.Apply(ctx, commits[i/2])
	})
	booked, blocked := 0, 0
	for i, err := range errs {
		switch {
		case err == nil && i%2 == 0:
			blocked++
		case err == nil:
			booked++
		case fault.CodeOf(err) != fault.Conflict:
			t.Error(err)
		}
	}
	// All who block the day agree; of those who book it one gets it, at most.
	if (booked != 1 || blocked != 0) && (booked != 0 || blocked != 5) {
		t.Errorf("%d booked and %d blocked the same day", booked, blocked)
	}
}

func testMirrorClaims(t *testing.T, o Stores) {
	s, ctx := o.Open(), t.Context()
	svc := service(t, s)
	l := created(t, svc, bicycle())
	l.Revision, l.MirrorDue = 2, noon
	must(t, s.UpdateListing(ctx, l, nil))
	claim := func(now time.Time) []listings.Listing {
		t.Helper()
		due, err := s.ClaimUnmirrored(ctx, now, now.Add(time.Minute), 10)
		must(t, err)
		return due
	}
	if due := claim(noon.Add(-time.Second)); len(due) != 0 {
		t.Errorf("claimed before it was due: %+v", due)
	}
	due := claim(noon)
	if len(due) != 1 || due[0].ID != l.ID || len(claim(noon)) != 0 {
		t.Fatalf("claimed %+v, or twice", due)
	}
	must(t, s.SaveRemoteID(ctx, community, l.ID, "remote-1"))
	older := due[0]
	older.Revision--
	must(t, s.MarkMirrored(ctx, older, noon))
	if due = claim(noon); len(due) != 1 || due[0].RemoteID != "remote-1" {
		t.Fatalf("a newer revision is not due: %+v", due)
	}
	must(t, s.MarkMirrored(ctx, due[0], noon))
	if due = claim(noon.Add(time.Hour)); len(due) != 0 {
		t.Errorf("still due: %+v", due)
	}
}
