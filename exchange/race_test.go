package exchange_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
)

// onlyThese fails the test on answers other than success and the given reasons, and
// counts the successes.
func onlyThese(t *testing.T, errs []error, reasons ...fault.Reason) (won int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			won++
		} else if !slices.Contains(reasons, fault.ReasonOf(err)) {
			t.Error(err)
		}
	}
	return won
}

// Fifty takers race for one ad, whose owner has less than it offers.
func TestRace_takers(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		for name, tc := range map[string]struct {
			balance int64
			won     int
			reason  fault.Reason
		}{
			"the ad":      {50_000, 10, "amount_exceeds_available"},
			"the balance": {7500, 7, "seller_insufficient_balance"},
		} {
			t.Run(name, func(t *testing.T) {
				m := newMarket(t, fresh(t, url))
				m.fund("ann", tc.balance)
				ad := m.ad("ann", terms(listings.Sell))
				errs := atOnce(50, func(i int) error {
					_, err := m.take(fmt.Sprintf("taker%d", i), ad.ID, 1000)
					return err
				})
				won := onlyThese(t, errs, tc.reason)
				same(t, "won", won, tc.won)
				same(t, "left", m.left(ad.ID), 10_000-1000*int64(won))
				m.has("ann", tc.balance-1000*int64(won), 1000*int64(won))
				m.w.CheckBooks()
			})
		}
	})
}

// fresh is another database than url's for every market of a test.
func fresh(t *testing.T, url string) string {
	t.Helper()
	if len(url) > 8 && url[:8] == "postgres" {
		return testdb.Postgres(t)
	}
	return ""
}

func TestRace_sameTaker(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		var ads []int64
		for _, owner := range []string{"ann", "amy", "ada", "abe"} {
			m.fund(owner, 10_000)
			ads = append(ads, m.ad(owner, terms(listings.Sell)).ID)
		}
		errs := atOnce(12, func(i int) error {
			_, err := m.take("bob", ads[i%len(ads)], 1000)
			return err
		})
		same(t, "won", onlyThese(t, errs, "active_deposit_order_exists"), 1)
	})
}

// Whoever takes before the pause has an order; nobody gets one after it.
func TestRace_takeOrPause(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 1_000_000)
		in := terms(listings.Sell)
		in.Total = 1_000_000
		ad := m.ad("ann", in)
		owner := listings.Ref{Community: community, ID: ad.ID, Actor: "ann"}
		for round := range 10 {
			var after int64
			errs := atOnce(6, func(i int) error {
				if i > 0 {
					_, err := m.take(fmt.Sprintf("taker%d.%d", round, i), ad.ID, 1000)
					return err
				}
				_, err := m.ads.Pause(t.Context(), owner)
				after = m.left(ad.ID)
				return err
			})
			onlyThese(t, errs, "ad_not_active")
			same(t, "left after the pause", m.left(ad.ID), after)
			_, err := m.ads.Resume(t.Context(), owner)
			must(t, err)
		}
		m.w.CheckBooks()
	})
}

// Of everything that can be done with an order at one moment, one thing happens,
// and the money goes one way.
func TestRace_steps(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		olga := operator("olga")
		m.fund("ann", 1_000_000)
		in := terms(listings.Sell)
		in.Total = 1_000_000
		ad := m.ad("ann", in)
		resolve := func(o exchange.Order, outcome exchange.Outcome) func() error {
			return func() error {
				_, _, err := m.Resolve(t.Context(), olga, o.ID, exchange.Verdict{Outcome: outcome, Reason: "so it is"}, exchange.Request{})
				return err
			}
		}
		step := func(name, who string, o exchange.Order) func() error {
			return func() error { _, err := m.step(name, who, o.ID); return err }
		}
		prepared := map[string]func(who string) []func() error{
			"paid, cancelled or expired": func(who string) []func() error {
				o := m.mustTake(who, ad.ID, 1000)
				m.later(31*time.Minute - time.Second)
				expire := func() error {
					m.later(time.Second)
					_, err := m.w.Engine.FireDue(t.Context())
					return err
				}
				return []func() error{step("paid", who, o), step("cancel", who, o), step("cancel", "ann", o), expire}
			},
			"released, disputed or decided": func(who string) []func() error {
				o := m.mustTake(who, ad.ID, 1000)
				m.mustStep("paid", who, o.ID)
				return []func() error{step("received", "ann", o), step("operator", who, o), step("operator", "ann", o), step("not paid", who, o)}
			},
			"decided twice, given in or agreed": func(who string) []func() error {
				o := m.mustTake(who, ad.ID, 1000)
				m.mustStep("paid", who, o.ID)
				m.mustStep("operator", who, o.ID)
				_, err := m.Assign(t.Context(), olga, o.ID)
				must(t, err)
				return []func() error{
					resolve(o, exchange.Release), resolve(o, exchange.Refund), step("received", "ann", o),
					step("not paid", who, o), step("not paid", "ann", o),
				}
			},
		}
		for name, prepare := range prepared {
			for round := range 5 {
				calls := prepare(fmt.Sprintf("%c%d", name[0], round))
				errs := atOnce(2*len(calls), func(i int) error { return calls[i%len(calls)]() })
				onlyThese(t, errs, "invalid_order_status", "order_expired")
			}
		}
		// Whatever came of them, the books agree with the orders.
		m.checkMarket("ann", ad.ID)
		m.w.CheckBooks()
	})
}

// checkMarket compares the counters of an ad and its owner's frozen balance with
// the orders.
func (m *market) checkMarket(owner string, ad int64) {
	m.t.Helper()
	var reserved, filled, frozen int64
	for offset := int64(0); ; offset += 100 {
		page, _, err := m.Orders(m.t.Context(), user(owner), exchange.OrderFilter{Role: "seller", Page: listings.Page{Limit: 100, Offset: offset}})
		must(m.t, err)
		for _, o := range page {
			part := int64(0)
			switch o.Status {
			case exchange.Pending, exchange.PaidByBuyer, exchange.Disputed:
				frozen += o.Amount
				part = o.Amount
			case exchange.Completed:
				filled += o.Amount
			}
			if o.AdID == ad {
				reserved += part
			}
		}
		if len(page) < 100 {
			break
		}
	}
	_, got, err := m.Balance(m.t.Context(), user(owner), "RUB")
	must(m.t, err)
	same(m.t, "frozen", got, frozen)
	a, err := m.ads.Get(m.t.Context(), community, ad)
	must(m.t, err)
	same(m.t, "left of the ad", a.Available, a.Total-reserved-filled)
}
