package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/handsel-dev/handsel/listings"
)

// clearText seals nothing; the box has tests of its own.
type clearText struct{}

func (clearText) Seal(plain, associated []byte) ([]byte, error) {
	return append(append([]byte{}, associated...), plain...), nil
}

func (clearText) Open(sealed, associated []byte) ([]byte, error) {
	return sealed[len(associated):], nil
}

// market is the service of ads with a clock and a count of open orders that a
// test sets.
type market struct {
	*listings.Ads
	store Store
	now   time.Time
	open  atomic.Int64
}

func newMarket(t *testing.T, o Stores) *market {
	t.Helper()
	m := &market{store: o.Open(), now: noon}
	var err error
	m.Ads, err = listings.NewAds(listings.AdsConfig{
		Store: m.store, Sealer: clearText{}, Now: func() time.Time { return m.now },
		OpenOrders: func(context.Context, int64, int64) (int, error) { return int(m.open.Load()), nil },
	})
	must(t, err)
	return m
}

func terms(side listings.AdType) listings.AdTerms {
	return listings.AdTerms{
		Type: side, Asset: "EUR", Fiat: "RUB", Rate: 100, Min: 100, Max: 500, Total: 1000, Methods: []string{"card", "sbp"},
	}
}

func (m *market) create(t *testing.T, owner string, terms listings.AdTerms) listings.Ad {
	t.Helper()
	a, err := m.Create(t.Context(), community, owner, terms)
	must(t, err)
	return a
}

func (m *market) get(t *testing.T, id int64) listings.Ad {
	t.Helper()
	a, err := m.Get(t.Context(), community, id)
	must(t, err)
	return a
}

// take reserves an amount of an ad, as an order does.
func (m *market) take(t *testing.T, ad, amount int64) error {
	t.Helper()
	return reserve(t, m.store, listings.AdResource(ad), amount, 0)
}

func diffAds(want, got listings.Ad) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(listings.Details{}))
}

func adRef(a listings.Ad) listings.Ref {
	return listings.Ref{Community: community, ID: a.ID, Actor: a.Owner}
}

func testAd(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	o.Rate("sam", listings.Reputation{Positive: 2, Negative: 1, Votes: 4, Stars: 15, Completed: 6})
	in := terms(listings.Sell)
	in.Methods = []string{"Sber", "vtb", "paypal"}
	in.Instructions, in.SingleOffer, in.PayMinutes, in.EndsAt = "Name the order", true, 45, noon.Add(time.Hour)
	var err error
	in.Details, err = listings.ParseDetails([]byte(`{"card_number": "2200000000000004"}`))
	must(t, err)
	a := m.create(t, "sam", in)
	want := listings.Ad{
		ID: a.ID, CommunityID: community, Owner: "sam", AdTerms: in, Available: 1000, MethodKeys: []string{"sber", "vtb", "paypal"},
		Sealed: a.Sealed, Status: listings.Active, Version: 1, CreatedAt: noon, UpdatedAt: noon,
		Reputation: listings.Reputation{Positive: 2, Negative: 1, Votes: 4, Stars: 15, Completed: 6},
	}
	want.Methods, want.Details = []string{"sber", "vtb", "paypal"}, listings.Details{}
	if d := diffAds(want, a); d != "" {
		t.Errorf("created (-want +got):\n%s", d)
	}
	details, err := m.Details(a)
	if got := string(details.Reveal()); got != `{"card_number":"2200000000000004"}` || err != nil {
		t.Errorf("details = %s, %v", got, err)
	}
	out := terms(listings.Buy)
	out.Total, out.Methods = 700, []string{"sbp"}
	got, err := m.Update(ctx, adRef(a), out)
	must(t, err)
	want.AdTerms, want.Available, want.MethodKeys, want.Sealed, want.Version = out, 700, []string{"sbp", "fps"}, []byte{}, 2
	want.PayMinutes = 30
	if d := diffAds(want, got); d != "" {
		t.Errorf("updated (-want +got):\n%s", d)
	}
	must(t, m.Delete(ctx, adRef(a)))
	if got := m.get(t, a.ID); got.Status != listings.Closed {
		t.Errorf("deleted: %s", got.Status)
	}
	reason(t, "delete again", m.Delete(ctx, adRef(a)), "ad_not_found")
	mine, total, err := m.Mine(ctx, community, "sam", listings.Page{Limit: 10})
	if len(mine) != 0 || total != 0 || err != nil {
		t.Errorf("closed ads in one's own list: %v, %d, %v", mine, total, err)
	}
}

func testOneAd(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	other := newMarket(t, o)
	errs := atOnce(20, func(i int) error {
		_, err := []*market{m, other}[i%2].Create(ctx, community, "sam", terms(listings.Sell))
		return err
	})
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, listings.ErrDuplicateAd) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 20 were created, want 1", won)
	}
	m.create(t, "ann", terms(listings.Sell))
	m.now = noon.Add(time.Minute)
	buying := m.create(t, "sam", terms(listings.Buy))
	_, err := m.Update(ctx, adRef(buying), terms(listings.Sell))
	reason(t, "another type", err, "duplicate_ad_type")
	_, err = m.Pause(ctx, adRef(buying))
	must(t, err)
	second := m.create(t, "sam", terms(listings.Buy))
	_, err = m.Resume(ctx, adRef(buying))
	reason(t, "resume", err, "duplicate_ad_type")
	must(t, m.Delete(ctx, adRef(second)))
	resumed, err := m.Resume(ctx, adRef(buying))
	if err != nil || resumed.Status != listings.Active || resumed.Version != 3 {
		t.Errorf("resumed: %+v, %v", resumed, err)
	}
	mine, total, err := m.Mine(ctx, community, "sam", listings.Page{Limit: 1})
	if err != nil || total != 2 || len(mine) != 1 || mine[0].ID != buying.ID { // the newest
		t.Errorf("mine = %+v of %d, %v", mine, total, err)
	}
}

func testRoomForAds(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	in := terms(listings.Sell)
	in.EndsAt = noon.Add(time.Hour)
	lapsed := m.create(t, "sam", in)
	_, err := m.Create(ctx, community, "sam", terms(listings.Sell))
	reason(t, "before the end", err, "duplicate_ad_type")
	m.now = in.EndsAt
	if got := m.get(t, lapsed.ID); got.Status != listings.Expired {
		t.Errorf("at its end: %s", got.Status)
	}
	_, err = m.Resume(ctx, adRef(lapsed))
	reason(t, "resume after the end", err, "ad_not_active")
	current := m.create(t, "sam", terms(listings.Sell))
	if got := m.get(t, lapsed.ID); got.Status != listings.Expired || got.Version != 2 {
		t.Errorf("after another took its place: %s, version %d", got.Status, got.Version)
	}

	must(t, m.take(t, current.ID, 1000))
	m.open.Store(1)
	_, err = m.Create(ctx, community, "sam", terms(listings.Sell))
	reason(t, "sold out with an open order", err, "duplicate_ad_type")
	m.open.Store(0)
	m.create(t, "sam", terms(listings.Sell))
	if got := m.get(t, current.ID); got.Status != listings.Closed {
		t.Errorf("sold out: %s", got.Status)
	}
	in.EndsAt = m.now.Add(time.Hour)
	_, err = m.Update(ctx, adRef(lapsed), in)
	reason(t, "a later end", err, "duplicate_ad_type")
}

func testAdTotal(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	a := m.create(t, "sam", terms(listings.Sell))
	must(t, m.take(t, a.ID, 600))
	if err := m.take(t, a.ID, 500); err == nil {
		t.Error("more than was left was taken")
	}
	update := func(total int64) (listings.Ad, error) {
		in := terms(listings.Sell)
		in.Total = total
		return m.Update(ctx, adRef(a), in)
	}
	_, err := update(599)
	reason(t, "below what is reserved", err, "validation_error")
	if got := m.get(t, a.ID); got.Total != 1000 || got.Available != 400 || got.Version != 1 {
		t.Errorf("a refused update left total %d, available %d, version %d", got.Total, got.Available, got.Version)
	}
	for _, total := range []int64{600, 900, 2000} {
		got, err := update(total)
		if err != nil || got.Available != total-600 {
			t.Errorf("total %d: available %d, %v", total, got.Available, err)
		}
	}
	errs := atOnce(8, func(i int) error {
		_, err := update(1000 + int64(i))
		return err
	})
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if got := m.get(t, a.ID); got.Available != got.Total-600 {
		t.Errorf("after a race total %d, available %d", got.Total, got.Available)
	}
}

func testAdType(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	a := m.create(t, "sam", terms(listings.Sell))
	m.open.Store(1)
	for name, change := range map[string]func(*listings.AdTerms){
		"type":  func(in *listings.AdTerms) { in.Type = listings.Buy },
		"asset": func(in *listings.AdTerms) { in.Asset = "USDT" },
		"fiat":  func(in *listings.AdTerms) { in.Fiat = "USD" },
	} {
		in := terms(listings.Sell)
		change(&in)
		_, err := m.Update(ctx, adRef(a), in)
		reason(t, name, err, "ad_has_open_orders")
	}
	in := terms(listings.Sell)
	in.Rate = 120
	_, err := m.Update(ctx, adRef(a), in)
	must(t, err)

	stale := m.get(t, a.ID)
	left := stale.Available
	must(t, m.take(t, a.ID, 100))
	stale.Version++
	if err := m.store.UpdateAd(ctx, stale, 0, &left); !errors.Is(err, listings.ErrRevision) {
		t.Errorf("an order that came between was not noticed: %v", err)
	}
}

func testAdOwner(t *testing.T, o Stores) {
	m, ctx := newMarket(t, o), t.Context()
	a := m.create(t, "sam", terms(listings.Sell))
	stranger := listings.Ref{Community: community, ID: a.ID, Actor: "bea"}
	_, err := m.Pause(ctx, stranger)
	reason(t, "a stranger", err, "ad_not_found")
	_, err = m.Suspend(ctx, adRef(a))
	reason(t, "its owner suspends", err, "ad_not_found")
	operator := listings.Ref{Community: community, ID: a.ID}
	_, err = m.Suspend(ctx, operator)
	must(t, err)
	_, err = m.Resume(ctx, adRef(a))
	reason(t, "its owner resumes", err, "ad_not_active")
	_, err = m.Update(ctx, adRef(a), terms(listings.Sell))
	reason(t, "its owner updates", err, "ad_not_active")
	_, err = m.Resume(ctx, operator)
	must(t, err)
	stale := adRef(a)
	stale.Revision = 1
	_, err = m.Pause(ctx, stale)
	reason(t, "an old version", err, "revision_conflict")
	paused, err := m.Pause(ctx, adRef(a))
	must(t, err)
	again, err := m.Pause(ctx, adRef(a))
	if err != nil || again.Version != paused.Version {
		t.Errorf("paused twice: version %d then %d, %v", paused.Version, again.Version, err)
	}
}
