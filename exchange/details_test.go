package exchange_test

import (
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
)

const days = 24 * time.Hour

// prune deletes details whose time is over, and tells how many.
func (m *market) prune() int64 {
	m.t.Helper()
	n, err := m.w.Store.PruneDetails(m.t.Context(), m.w.Engine.Now(), sqlstore.DefaultRetention())
	must(m.t, err)
	return n
}

// kept tells which orders still have details in the database.
func (m *market) kept(orders ...exchange.Order) (kept []bool) {
	m.t.Helper()
	for _, o := range orders {
		tx, err := m.w.Store.Transaction(m.t.Context(), community, o.ID)
		must(m.t, err)
		kept = append(kept, tx.Attributes["payment_details"] != "")
	}
	return kept
}

// readable tells who of an order's parties can read how to pay.
func (m *market) readable(o exchange.Order) (both bool) {
	m.t.Helper()
	both = true
	for _, who := range []string{o.BuyerID, o.SellerID} {
		read, err := m.Order(m.t.Context(), user(who), o.ID)
		must(m.t, err)
		both = both && string(read.PaymentDetails) == `{"card_number":"2200000000000004"}`
	}
	return both
}

// Payment details of an order stay while somebody may read them, all through a dispute
// and a case, and go a day later. The order, its history and the books stay as they are.
func TestB10_detailsOfOrders(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 5000)
		m.fund("abe", 20_000)
		contested := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 5000)
		m.mustStep("cancel", "ann", contested.ID)
		other := m.mustTake("cat", contested.AdID, 5000)
		_, err := m.step("appeal", "bob", contested.ID)
		refused(t, "nothing is left to freeze", err, "seller_insufficient_balance")
		m.mustStep("cancel", "cat", other.ID)
		ad := m.ad("abe", terms(listings.Sell)).ID
		done, dropped, disputed := m.mustTake("dan", ad, 2000), m.mustTake("eve", ad, 2000), m.mustTake("fay", ad, 2000)
		m.mustStep("paid", "dan", done.ID)
		m.mustStep("received", "abe", done.ID)
		m.mustStep("cancel", "eve", dropped.ID)
		m.mustStep("paid", "fay", disputed.ID)
		m.mustStep("operator", "fay", disputed.ID)

		m.later(exchange.Afterwards - time.Minute)
		m.fire()
		if n := m.prune(); n != 0 || !m.readable(done) || !m.readable(dropped) {
			t.Errorf("%d details went while they are shown", n)
		}
		m.later(2 * days)
		if n := m.prune(); n != 3 {
			t.Errorf("%d details went, want 3", n)
		}
		same(t, "kept after nine days", m.kept(done, dropped, other, disputed, contested), []bool{false, false, false, true, true})
		if m.readable(done) || !m.readable(disputed) || !m.readable(contested) {
			t.Error("somebody reads what is gone, or does not read what a dispute needs")
		}
		m.later(60 * days)
		if n := m.prune(); n != 0 || !m.readable(disputed) || !m.readable(contested) {
			t.Errorf("%d details went in the middle of a dispute", n)
		}
		for id, outcome := range map[int64]exchange.Outcome{disputed.ID: exchange.Refund, contested.ID: exchange.Close} {
			_, err := m.Assign(t.Context(), operator("olga"), id)
			must(t, err)
			_, _, err = m.Resolve(t.Context(), operator("olga"), id, exchange.Verdict{Outcome: outcome, Reason: "nothing was paid"}, exchange.Request{})
			must(t, err)
		}
		m.later(exchange.Afterwards - time.Minute)
		if n := m.prune(); n != 0 || !m.readable(disputed) {
			t.Errorf("%d details went a week after the decision", n)
		}
		m.later(1*days + 2*time.Minute)
		_, err = m.w.Due.Once(t.Context())
		must(t, err)
		same(t, "kept after the cases", m.kept(disputed, contested), []bool{false, false})
		for _, o := range []exchange.Order{done, dropped, disputed, contested} {
			if read, err := m.Order(t.Context(), user(o.TakerID), o.ID); err != nil || read.PaymentDetails != nil || read.Instructions == "" {
				t.Errorf("an order without its details reads %+v, %v", read, err)
			}
		}
		m.intact()
	})
}

// intact holds the chain of the history and the books against themselves.
func (m *market) intact() {
	m.t.Helper()
	for {
		n, err := m.w.Store.Seal(m.t.Context())
		must(m.t, err)
		if n == 0 {
			break
		}
	}
	m.w.CheckBooks()
}

// Payment details of an ad go 30 days after it was closed or its end; those of one that
// goes on, or that got a new end, stay.
func TestB10_detailsOfAds(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		ctx := t.Context()
		ending := terms(listings.Sell)
		ending.EndsAt = m.w.Sandbox.Now().Add(days)
		ads := map[string]listings.Ad{
			"closed": m.ad("ann", terms(listings.Sell)), "active": m.ad("bob", terms(listings.Sell)), "paused": m.ad("cat", terms(listings.Sell)),
			"ended": m.ad("dan", ending), "prolonged": m.ad("eve", ending),
		}
		ref := func(name string) listings.Ref {
			return listings.Ref{Community: community, ID: ads[name].ID, Actor: ads[name].Owner}
		}
		must(t, m.ads.Delete(ctx, ref("closed")))
		_, err := m.ads.Pause(ctx, ref("paused"))
		must(t, err)
		kept := func() string {
			t.Helper()
			var names []string
			for _, name := range []string{"closed", "active", "paused", "ended", "prolonged"} {
				a, err := m.ads.Get(ctx, community, ads[name].ID)
				must(t, err)
				d, err := m.ads.Details(a)
				must(t, err)
				if !d.IsEmpty() {
					names = append(names, name)
				}
			}
			return strings.Join(names, " ")
		}
		m.later(2 * days)
		again := terms(listings.Sell)
		again.EndsAt, again.Details = m.w.Sandbox.Now().Add(90*days), card(t)
		_, err = m.ads.Update(ctx, ref("prolonged"), again)
		must(t, err)
		m.later(28*days - time.Minute)
		if n := m.prune(); n != 0 {
			t.Errorf("%d details went early; left are %s", n, kept())
		}
		m.later(2 * days)
		n := m.prune()
		if left := kept(); n != 2 || left != "active paused prolonged" {
			t.Errorf("%d details went; left are %s", n, left)
		}
		// Who goes on with an ad names the details again, as with every change.
		back, err := m.ads.Update(ctx, ref("ended"), again)
		must(t, err)
		if d, err := m.ads.Details(back); err != nil || d.IsEmpty() || back.Status != listings.Active {
			t.Errorf("an ad that goes on: %+v, %v", back, err)
		}
	})
}
