package listings_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

func TestNew_needsAStore(t *testing.T) {
	t.Parallel()
	if _, err := listings.New(listings.Config{}); err == nil {
		t.Error("a service without a store was made")
	}
	if _, err := listings.NewAds(listings.AdsConfig{}); err == nil {
		t.Error("ads without a store were made")
	}
}

func TestCreate_refuses(t *testing.T) {
	t.Parallel()
	s := newService(t, listings.Config{})
	for name, tc := range map[string]struct {
		edit   func(*listings.Draft)
		reason fault.Reason
		field  string
	}{
		"no community":         {func(d *listings.Draft) { d.CommunityID = 0 }, "validation_error", "community_id"},
		"no author":            {func(d *listings.Draft) { d.Author = "" }, "validation_error", "author_id"},
		"no kind":              {func(d *listings.Draft) { d.Kind = "" }, "validation_error", "kind"},
		"unknown model":        {func(d *listings.Draft) { d.Model = "post" }, "validation_error", "model"},
		"unknown unit":         {func(d *listings.Draft) { d.Unit = "hour" }, "validation_error", "unit"},
		"unknown zone":         {func(d *listings.Draft) { d.Zone = "Mars/Olympus" }, "validation_error", "zone"},
		"the server's zone":    {func(d *listings.Draft) { d.Zone = "Local" }, "validation_error", "zone"},
		"long title":           {func(d *listings.Draft) { d.Title = strings.Repeat("x", 201) }, "validation_error", "title"},
		"zero byte":            {func(d *listings.Draft) { d.Description = "a\x00" }, "validation_error", "description"},
		"reordering mark":      {func(d *listings.Draft) { d.Description = "a\u202eb" }, "validation_error", "description"},
		"negative price":       {func(d *listings.Draft) { d.Pricing = euro(-1) }, "negative_price", "price"},
		"no currency":          {func(d *listings.Draft) { d.Price = money.New(1, "") }, "validation_error", "currency"},
		"unknown currency":     {func(d *listings.Draft) { d.Price = money.New(1, "XXZ") }, "validation_error", "currency"},
		"two currencies":       {func(d *listings.Draft) { d.Model, d.Deposit = listings.FaceToFace, money.New(1, "USD") }, "validation_error", "currency"},
		"deposit online":       {func(d *listings.Draft) { d.Deposit = money.New(1, "EUR") }, "validation_error", "deposit"},
		"no remainder online":  {func(d *listings.Draft) { d.SkipRemainder = true }, "validation_error", "skip_remainder"},
		"negative stock":       {func(d *listings.Draft) { d.Stock = new(int64(-1)) }, "validation_error", "stock"},
		"single use and stock": {func(d *listings.Draft) { d.Kind, d.Stock = listings.SingleUse, new(int64(2)) }, "validation_error", "stock"},
		"bookings and stock":   {func(d *listings.Draft) { d.Unit, d.Stock = listings.Night, new(int64(2)) }, "validation_error", "stock"},
	} {
		d := bicycle()
		tc.edit(&d)
		_, err := s.Create(t.Context(), d)
		refused(t, name, err, tc.reason, tc.field)
	}
}

func TestOffer(t *testing.T) {
	t.Parallel()
	s := newService(t, listings.Config{})
	for name, tc := range map[string]struct {
		edit     func(*listings.Draft)
		quantity int64
		reason   fault.Reason
	}{
		"as it is":       {func(*listings.Draft) {}, 3, ""},
		"disabled":       {func(d *listings.Draft) { d.Disabled = true }, 1, "listing_is_disabled"},
		"no currency":    {func(d *listings.Draft) { d.Pricing = listings.Pricing{} }, 1, "no_listing_currency"},
		"no price":       {func(d *listings.Draft) { d.Pricing = euro(0) }, 1, "no_listing_price"},
		"no description": {func(d *listings.Draft) { d.Title, d.Description = "", " " }, 1, "no_listing_descr"},
		"a title alone":  {func(d *listings.Draft) { d.Description = "" }, 1, ""},
		"bare and face to face": {func(d *listings.Draft) {
			d.Model, d.Title, d.Description, d.Pricing = listings.FaceToFace, "", "", euro(0)
		}, 1, ""},
		"no quantity":         {func(*listings.Draft) {}, 0, "validation_error"},
		"all of the stock":    {func(d *listings.Draft) { d.Stock = new(int64(2)) }, 2, ""},
		"more than the stock": {func(d *listings.Draft) { d.Stock = new(int64(2)) }, 3, "out_of_stock"},
		"single use, some":    {func(d *listings.Draft) { d.Kind = listings.SingleUse }, 5, ""},
	} {
		d := bicycle()
		tc.edit(&d)
		l, _ := create(t, s, d)
		got, err := s.Offer(t.Context(), community, l.ID, tc.quantity)
		if tc.reason != "" {
			refused(t, name, err, tc.reason, "")
		} else if err != nil || got.ID != l.ID {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	_, err := s.Offer(t.Context(), community, 1<<40, 1)
	refused(t, "unknown", err, "listing_not_found", "")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	now := noon
	s := newService(t, listings.Config{Now: func() time.Time { return now }})
	ctx := t.Context()
	created, ref := create(t, s, bicycle())
	now = noon.Add(time.Hour)
	change := func(want int64, do func() (listings.Listing, error)) listings.Listing {
		t.Helper()
		l, err := do()
		must(t, err)
		if l.Revision != want || !l.UpdatedAt.After(created.UpdatedAt) {
			t.Errorf("revision %d of %s, want %d", l.Revision, l.UpdatedAt, want)
		}
		return l
	}
	change(2, func() (listings.Listing, error) { return s.SetDescription(ctx, ref, "Red") })
	change(3, func() (listings.Listing, error) { return s.SetTitle(ctx, ref, "Tandem") })
	change(4, func() (listings.Listing, error) { return s.SetPricing(ctx, ref, euro(1)) })
	change(4, func() (listings.Listing, error) { return s.SetPricing(ctx, ref, euro(1)) })
	change(5, func() (listings.Listing, error) { return s.Disable(ctx, ref) })
	now = now.Add(time.Hour)
	l := change(5, func() (listings.Listing, error) { return s.Disable(ctx, ref) })
	same(t, "disabled", l.DisabledAt, noon.Add(time.Hour))
	l = change(6, func() (listings.Listing, error) { return s.Enable(ctx, ref) })
	same(t, "enabled", l.Enabled(), true)
	l = change(7, func() (listings.Listing, error) { return s.SetStock(ctx, ref, 4) })
	same(t, "changed", []any{l.Title, l.Description, l.Price.Minor(), *l.Stock}, []any{"Tandem", "Red", int64(1), int64(4)})

	_, err := s.SetTitle(ctx, ref, strings.Repeat("x", 201))
	refused(t, "long title", err, "validation_error", "title")
	_, err = s.SetPricing(ctx, ref, euro(-1))
	refused(t, "negative price", err, "negative_price", "price")
	_, err = s.SetStock(ctx, ref, -1)
	refused(t, "negative stock", err, "validation_error", "stock")
	_, single := create(t, s, func() listings.Draft { d := bicycle(); d.Kind = listings.SingleUse; return d }())
	_, err = s.SetStock(ctx, single, 2)
	refused(t, "stock of a single-use listing", err, "validation_error", "stock")
	_, err = s.List(ctx, listings.Filter{CommunityID: community, State: "sold"})
	refused(t, "unknown state", err, "validation_error", "state")
}

func TestChanges_byWhom(t *testing.T) {
	t.Parallel()
	s := newService(t, listings.Config{})
	ctx := t.Context()
	_, ref := create(t, s, bicycle())
	for name, tc := range map[string]struct {
		edit   func(*listings.Ref)
		reason fault.Reason
	}{
		"a stranger":        {func(r *listings.Ref) { r.Actor = "bea" }, "listing_not_found"},
		"another community": {func(r *listings.Ref) { r.Community++ }, "listing_not_found"},
		"an old revision":   {func(r *listings.Ref) { r.Revision = 9 }, "revision_conflict"},
	} {
		r := ref
		tc.edit(&r)
		_, err := s.Disable(ctx, r)
		refused(t, name, err, tc.reason, "")
		refused(t, name, s.Delete(ctx, r), tc.reason, "")
		refused(t, name, s.BlockDates(ctx, r, []listings.Day{"2026-03-01"}), tc.reason, "")
	}
	ref.Actor = ""
	l, err := s.Disable(ctx, ref)
	if err != nil || l.Enabled() {
		t.Errorf("the backend: %+v, %v", l, err)
	}
	must(t, s.Delete(ctx, ref))
	refused(t, "deleted", s.Delete(ctx, ref), "listing_not_found", "")
}
