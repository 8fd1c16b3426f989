package listings_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

const community = 501

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// refused checks the reason of a fault and, if one is named, its field.
func refused(t testing.TB, what string, err error, reason fault.Reason, field string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %s", what, reason)
		return
	}
	got, _ := fault.As(err).Details["field"].(string)
	if fault.ReasonOf(err) != reason || field != "" && got != field {
		t.Errorf("%s: %v of field %q, want %s of %q", what, err, got, reason, field)
	}
}

func database(t testing.TB) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), testdb.SQLite(t), sqlstore.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	return db
}

func newService(t testing.TB, c listings.Config) *listings.Service {
	t.Helper()
	if c.Store.IDs == nil {
		c.Store = database(t).ForListings()
	}
	if c.Now == nil {
		c.Now = func() time.Time { return noon }
	}
	s, err := listings.New(c)
	must(t, err)
	return s
}

func bicycle() listings.Draft {
	return listings.Draft{
		CommunityID: community, Author: "sam", Kind: listings.MultiUse, Model: listings.Online,
		Title: "Bicycle", Description: "Blue", Pricing: euro(9900),
	}
}

func euro(cents int64) listings.Pricing { return listings.Pricing{Price: money.New(cents, "EUR")} }

func create(t testing.TB, s *listings.Service, d listings.Draft) (listings.Listing, listings.Ref) {
	t.Helper()
	l, err := s.Create(t.Context(), d)
	must(t, err)
	return l, listings.Ref{Community: community, ID: l.ID, Actor: d.Author}
}
