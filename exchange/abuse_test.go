package exchange_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// details tells whether a user sees how the seller of an order is paid.
func (m *market) details(who string, order int64) bool {
	m.t.Helper()
	o, err := m.Order(m.t.Context(), user(who), order)
	must(m.t, err)
	return o.PaymentDetails != nil
}

// withRules are the defaults of production with a change.
func withRules(change func(*exchange.Rules)) func(*exchange.Config) {
	return func(c *exchange.Config) {
		c.Defaults = exchange.DefaultRules()
		change(&c.Defaults)
	}
}

// sellers opens one ad each for n sellers.
func (m *market) sellers(n int) []listings.Ad {
	m.t.Helper()
	ads := make([]listings.Ad, n)
	for i := range ads {
		who := "seller" + string(rune('a'+i))
		m.fund(who, 50_000)
		ads[i] = m.ad(who, terms(listings.Sell))
	}
	return ads
}

// A buyer takes and cancels one ad after the other to collect card numbers.
func TestC5_harvestOfPaymentDetails(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*exchange.Rules)
		most   int
	}{
		"as in production":              {func(*exchange.Rules) {}, 0},
		"details at once for newcomers": {func(r *exchange.Rules) { r.NewcomerWait = 0 }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, "", withRules(tc.change))
			seen, taken := 0, 0
			for _, ad := range m.sellers(25) {
				o, err := m.take("mallory", ad.ID, 1000)
				if err != nil {
					refused(t, "take", err, "too_many_expired_orders")
					continue
				}
				taken++
				if m.details("mallory", o.ID) {
					seen++
				}
				m.mustStep("cancel", "mallory", o.ID)
			}
			if seen > tc.most || taken > 6 {
				t.Errorf("mallory saw the details of %d sellers in %d takes, want at most %d in 6", seen, taken, tc.most)
			}
		})
	}
}

// Who waits sees the details then, has the whole time to pay, and does not wait any
// more once an order was completed.
func TestC5_detailsAfterTheWait(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "", withRules(func(*exchange.Rules) {}))
	ad := m.sellers(1)[0]
	o := m.mustTake("bob", ad.ID, 1000)
	if m.details("bob", o.ID) || !m.details("sellera", o.ID) {
		t.Error("the newcomer sees the details at once, or their owner does not")
	}
	if want := o.CreatedAt.Add(time.Minute); !o.DetailsFrom.Equal(want) || !o.PayDeadline.Equal(want.Add(30*time.Minute)) {
		t.Errorf("details from %s and paid by %s, want %s and half an hour more", o.DetailsFrom, o.PayDeadline, want)
	}
	m.w.Advance(time.Minute)
	if !m.details("bob", o.ID) {
		t.Error("the details are missing after the wait")
	}
	m.mustStep("paid", "bob", o.ID)
	m.mustStep("received", "sellera", o.ID)
	m.deliver() // counts it
	if again := m.mustTake("bob", ad.ID, 1000); !m.details("bob", again.ID) {
		t.Error("a buyer with a completed order waits again")
	}
}

// A buyer locks a seller's whole ad again and again.
func TestC6_takeAndCancelAgainAndAgain(t *testing.T) {
	t.Parallel()
	for name, side := range map[string]listings.AdType{"as the buyer": listings.Sell, "as the seller": listings.Buy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, "")
			m.fund("ann", 50_000)
			m.fund("mallory", 50_000)
			ad := m.ad("ann", terms(side))
			taken := 0
			for range 40 {
				o, err := m.take("mallory", ad.ID, 5000)
				if err != nil {
					refused(t, "take", err, "too_many_expired_orders")
					if after, ok := fault.As(err).Details["retry_after"].(int64); !ok || after < 1 || after > 24*3600+1 {
						t.Fatalf("retry_after is %d", after)
					}
					break
				}
				taken++
				m.mustStep("cancel", "mallory", o.ID)
			}
			if taken != 6 {
				t.Errorf("mallory took the ad %d times, want 6 within a day", taken)
			}
			m.fund("bob", 50_000)
			m.mustTake("bob", ad.ID, 5000) // honest takers go on
		})
	}
}

// A cancel by the other side is not the taker's fault.
func TestC6_othersCancelsDoNotCount(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 50_000)
	ad := m.ad("ann", terms(listings.Sell))
	for range 12 {
		m.mustStep("cancel", "ann", m.mustTake("bob", ad.ID, 1000).ID)
	}
}

// A buyer lets orders expire and appeals without having paid, to freeze sellers.
func TestC7_expireAndAppeal(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	frozen := map[string]bool{}
	var cases []exchange.Order
	for _, ad := range m.sellers(6) {
		o, err := m.take("mallory", ad.ID, 5000)
		if err != nil {
			refused(t, "take", err, "active_deposit_order_exists") // the appeal takes mallory's place
			continue
		}
		m.w.Advance(31 * time.Minute)
		m.mustStep("appeal", "mallory", o.ID)
		frozen[ad.Owner] = true
		cases = append(cases, o)
	}
	if len(frozen) != 1 {
		t.Fatalf("mallory has frozen %d sellers, want one", len(frozen))
	}
	// Nobody decides: at the deadline the seller has the balance back.
	tx, err := m.w.Store.Transaction(t.Context(), community, cases[0].ID)
	must(t, err)
	m.w.Advance(tx.Deadlines[p2porder.DisputeDeadline].Sub(m.w.Sandbox.Now()))
	o, err := m.Order(t.Context(), user("mallory"), cases[0].ID)
	must(t, err)
	if o.Status != exchange.Cancelled || o.CancelReason != "deadline" || o.Resolution == nil || o.Resolution.Outcome != exchange.Refund || o.Resolution.OperatorID != "" {
		t.Errorf("after the deadline: %+v", o)
	}
	if free, held, err := m.Balance(t.Context(), user("sellera"), ""); err != nil || free != 50_000 || held != 0 {
		t.Errorf("the seller has %d, and %d frozen (%v)", free, held, err)
	}
}

// A buyer whose place is taken by another order keeps what they have to say: nothing
// is frozen, and an operator has a case.
func TestC7_appealBesideAnOpenOrder(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	ads := m.sellers(2)
	late := m.mustTake("bob", ads[0].ID, 5000)
	m.w.Advance(31 * time.Minute)
	m.mustTake("bob", ads[1].ID, 1000)
	_, err := m.step("appeal", "bob", late.ID)
	refused(t, "appeal", err, "active_deposit_order_exists")
	if f := fault.As(err); f.Details["case_opened"] != true {
		t.Errorf("the refusal tells of no case: %v", f.Details)
	}
	disputes, n, err := m.Disputes(t.Context(), operator("olga"), listings.Page{Limit: 10})
	must(t, err)
	if n != 1 || disputes[0].Order.ID != late.ID {
		t.Errorf("operators have %d cases: %+v", n, disputes)
	}
	if free, held, err := m.Balance(t.Context(), user("sellera"), ""); err != nil || free != 50_000 || held != 0 {
		t.Errorf("the seller has %d, and %d frozen (%v)", free, held, err)
	}
}

// What a dispute that nobody decides ends with is what its community declared.
func TestC7_declaredDefaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		outcome exchange.Outcome
		want    exchange.Status
		buyer   int64
	}{
		"none": {"", exchange.Disputed, 0}, "refund": {exchange.Refund, exchange.Cancelled, 0}, "release": {exchange.Release, exchange.Completed, 5000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, "", withRules(func(r *exchange.Rules) { r.DisputeDefault = tc.outcome }))
			o := m.mustTake("bob", m.sellers(1)[0].ID, 5000)
			m.mustStep("paid", "bob", o.ID)
			m.mustStep("operator", "bob", o.ID)
			m.w.Advance(10 * 24 * time.Hour)
			got, err := m.Order(t.Context(), user("bob"), o.ID)
			must(t, err)
			free, _, err := m.Balance(t.Context(), user("bob"), "")
			must(t, err)
			if got.Status != tc.want || free != tc.buyer {
				t.Errorf("%s, and the buyer has %d; want %s and %d", got.Status, free, tc.want, tc.buyer)
			}
		})
	}
}

// Disputes that were decided against a buyer count like orders that they dropped.
func TestC7_lostDisputesCount(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	ads := m.sellers(3)
	for _, ad := range ads[:2] {
		o := m.mustTake("mallory", ad.ID, 1000)
		m.mustStep("paid", "mallory", o.ID)
		m.mustStep("operator", "mallory", o.ID)
		olga := operator("olga")
		_, err := m.Assign(t.Context(), olga, o.ID)
		must(t, err)
		_, _, err = m.Resolve(t.Context(), olga, o.ID, exchange.Verdict{Outcome: exchange.Refund, Reason: "nothing was paid"}, exchange.Request{})
		must(t, err)
	}
	_, err := m.take("mallory", ads[2].ID, 1000)
	refused(t, "after two lost disputes", err, "too_many_expired_orders")
}

// What a seller must have traded before they withdraw.
func TestH11_wagering(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "", withRules(func(r *exchange.Rules) { r.MinDeposit, r.WageringPercent, r.NewcomerWait = 4000, 50, 0 }))
	m.fund("ann", 10_000)
	sale, purchase := m.ad("ann", terms(listings.Sell)), m.ad("ann", terms(listings.Buy))
	m.fund("bob", 1000)
	_, err := m.take("bob", purchase.ID, 1000)
	refused(t, "without a deposit", err, "min_deposit_required")
	m.fund("bob", 3000)
	_, err = m.take("bob", purchase.ID, 1000)
	refused(t, "without a trade", err, "wagering_requirement_not_met")
	o := m.mustTake("bob", sale.ID, 2000)
	m.mustStep("paid", "bob", o.ID)
	m.mustStep("received", "ann", o.ID)
	m.mustTake("bob", purchase.ID, 1000)
}

func TestS7_unban(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	ad := m.sellers(1)[0]
	m.seen("bob")
	olga := operator("olga")
	refused(t, "no reason", m.Ban(t.Context(), olga, "bob", " "), "validation_error")
	refused(t, "not banned", m.Unban(t.Context(), olga, "bob", "a mistake"), "user_not_found")
	must(t, m.Ban(t.Context(), olga, "bob", "spam"))
	_, err := m.take("bob", ad.ID, 1000)
	refused(t, "banned", err, "banned")
	refused(t, "not an operator", m.Unban(t.Context(), user("ann"), "bob", "a mistake"), "not_found")
	must(t, m.Unban(t.Context(), olga, "bob", "a mistake"))
	m.mustTake("bob", ad.ID, 1000)
	trail, err := m.w.Store.AuditTrail(t.Context(), community, "user:bob")
	must(t, err)
	if n := len(trail); n != 3 || trail[n-1].Action != exchange.Unbanning || trail[n-1].Detail != "a mistake" {
		t.Errorf("audited: %+v", trail)
	}
}

func TestRules_bounds(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	bad := exchange.DefaultRules()
	bad.DisputeDefault = exchange.Split
	refused(t, "split", m.SaveRules(t.Context(), community, "olga", bad, "why not"), "invalid_exchange_rules")
	good := exchange.DefaultRules()
	good.FaultLimit = 0
	refused(t, "no reason", m.SaveRules(t.Context(), community, "olga", good, ""), "validation_error")
	must(t, m.SaveRules(t.Context(), community, "olga", good, "a quiet week"))
	got, err := m.Rules(t.Context(), community)
	must(t, err)
	same(t, "rules", got, good)
}
