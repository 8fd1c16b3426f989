package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
)

func TestTake(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 20_000)
		m.seen("bob")
		in := terms(listings.Sell)
		in.Rate = 9550
		ad := m.ad("ann", in)
		o := m.mustTake("bob", ad.ID, 3001)
		now := m.w.Sandbox.Now().UTC().Truncate(time.Microsecond)
		same(t, "order", o, exchange.Order{
			ID: o.ID, AdID: ad.ID, AdType: listings.Sell, Status: exchange.Pending, Amount: 3001, Currency: "RUB",
			Fiat: 286_596, FiatCode: "RUB", Rate: 9550, Method: "card", BuyerID: "bob", SellerID: "ann", TakerID: "bob",
			PaymentDetails: []byte(`{"card_number":"2200000000000004"}`), Instructions: "Name the order",
			CreatedAt: now, PayDeadline: now.Add(30 * time.Minute), Version: 1,
		})
		m.has("ann", 16_999, 3001)
		same(t, "left", m.left(ad.ID), int64(6999))
		for _, who := range []string{"ann", "bob"} {
			read, err := m.Order(t.Context(), user(who), o.ID)
			must(t, err)
			same(t, "read by "+who, read, o)
		}
		_, err := m.Order(t.Context(), user("eve"), o.ID)
		_, missing := m.Order(t.Context(), user("eve"), o.ID+1)
		refused(t, "a stranger", err, "order_not_found")
		same(t, "a stranger's answer", err.Error(), missing.Error())

		// Later changes of the ad do not touch the order.
		in.Rate, in.Methods = 1, []string{"wise"}
		_, err = m.ads.Update(t.Context(), listings.Ref{Community: community, ID: ad.ID, Actor: "ann"}, in)
		must(t, err)
		read, err := m.Order(t.Context(), user("bob"), o.ID)
		must(t, err)
		same(t, "after the ad was changed", read, o)
		m.w.CheckBooks()
	})
}

func TestTake_buyAd(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("sam", 5000)
	ad := m.ad("mia", terms(listings.Buy))
	o, _, err := m.Take(t.Context(), user("sam"), exchange.Take{AdID: ad.ID, Amount: 2000, Method: "SBP", Details: card(t), Format: "p2p"}, exchange.Request{})
	must(t, err)
	if o.BuyerID != "mia" || o.SellerID != "sam" || o.TakerID != "sam" || string(o.PaymentDetails) != `{"card_number":"2200000000000004"}` {
		t.Errorf("order of a buy ad: %+v", o)
	}
	m.has("sam", 3000, 2000)
	m.mustStep("paid", "mia", o.ID)
	m.mustStep("received", "sam", o.ID)
	m.has("sam", 3000, 0)
	m.has("mia", 2000, 0)
}

// flawed is what may be wrong with taking an ad, the first to be answered first.
type flawed struct {
	reason fault.Reason
	spoil  func(m *market, ad listings.Ad, in *exchange.Take)
}

// Each refusal alone, and each with all later ones at once: the documented order.
func TestTake_refusalsInOrder(t *testing.T) {
	t.Parallel()
	update := func(m *market, ad listings.Ad, change func(*listings.AdTerms)) {
		a, err := m.ads.Get(m.t.Context(), community, ad.ID)
		must(m.t, err)
		t := a.AdTerms
		change(&t)
		_, err = m.ads.Update(m.t.Context(), listings.Ref{Community: community, ID: ad.ID}, t)
		must(m.t, err)
	}
	amount := func(n int64) func(*market, listings.Ad, *exchange.Take) {
		return func(_ *market, _ listings.Ad, in *exchange.Take) { in.Amount = n }
	}
	common := []flawed{
		{"ad_not_active", func(m *market, ad listings.Ad, _ *exchange.Take) {
			_, err := m.ads.Pause(m.t.Context(), listings.Ref{Community: community, ID: ad.ID})
			must(m.t, err)
		}},
		{"ad_changed", func(_ *market, _ listings.Ad, in *exchange.Take) { in.AdVersion = 77 }},
	}
	amounts := []flawed{
		{"amount_too_low", amount(999)},
		{"amount_too_high", amount(5001)},
		{"amount_exceeds_available", func(m *market, ad listings.Ad, in *exchange.Take) {
			update(m, ad, func(t *listings.AdTerms) { t.Total = 1500 })
			in.Amount = 2000
		}},
		{"amount_too_small", func(m *market, ad listings.Ad, in *exchange.Take) {
			update(m, ad, func(t *listings.AdTerms) { t.Rate, t.Min = 1, 1 })
			in.Amount = 49
		}},
		{"invalid_payment_method", func(_ *market, _ listings.Ad, in *exchange.Take) { in.Method = "wise" }},
		{"seller_insufficient_balance", func(_ *market, _ listings.Ad, in *exchange.Take) { in.Amount = max(in.Amount, 4000) }},
	}
	openOrder := func(m *market, ad listings.Ad, _ *exchange.Take) {
		other := m.ad("zoe", terms(ad.Type))
		_, _, err := m.Take(m.t.Context(), user("bob"), exchange.Take{AdID: other.ID, Amount: 1000, Method: "card"}, exchange.Request{})
		must(m.t, err)
	}
	deposits := append(append([]flawed{}, common...), flawed{"active_deposit_order_exists", openOrder})
	withdrawals := append(append([]flawed{}, common...), flawed{"active_withdraw_order_exists", openOrder},
		flawed{"min_deposit_required", func(m *market, _ listings.Ad, _ *exchange.Take) {
			m.MinDeposit = exchange.MinimumDeposit{Deposits: m.w.Store, Minimum: 100_000}
		}},
		flawed{"wagering_requirement_not_met", func(m *market, _ listings.Ad, _ *exchange.Take) { m.Wagering = nobody{} }})
	for side, flaws := range map[listings.AdType][]flawed{listings.Sell: append(deposits, amounts...), listings.Buy: append(withdrawals, amounts...)} {
		for i, f := range flaws {
			t.Run(string(side)+" "+string(f.reason), func(t *testing.T) {
				t.Parallel()
				m := newMarket(t, "")
				m.fund("zoe", 1000)
				m.fund("bob", 4500)
				m.fund("ann", 3500)
				if side == listings.Buy {
					m.has("bob", 4500, 0)
				}
				ad := m.ad("ann", terms(side))
				in := exchange.Take{AdID: ad.ID, Amount: 1000, Method: "card"}
				f.spoil(m, ad, &in)
				if f.reason == "seller_insufficient_balance" && side == listings.Buy {
					in.Amount = 5000
				}
				_, _, err := m.Take(t.Context(), user("bob"), in, exchange.Request{})
				refused(t, "alone", err, f.reason)
				// With what comes later wrong too, the answer stays.
				in.Method = "wise"
				if i < len(flaws)-len(amounts) {
					in.Amount = 1
				}
				if f.reason != "seller_insufficient_balance" {
					_, _, err = m.Take(t.Context(), user("bob"), in, exchange.Request{})
					refused(t, "with more", err, f.reason)
				}
			})
		}
	}
}

type nobody struct{}

func (nobody) Admit(context.Context, exchange.User, money.Amount) error {
	return fault.New(fault.Conflict, "wagering_requirement_not_met", "play first")
}

func TestTake_refused(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 50_000)
	m.seen("bob", "eve")
	ad := m.ad("ann", terms(listings.Sell))
	_, err := m.take("ann", ad.ID, 1000)
	refused(t, "own ad", err, "own_ad")
	_, err = m.take("bob", ad.ID+1, 1000)
	refused(t, "unknown ad", err, "ad_not_active")
	must(t, m.Block(t.Context(), user("ann"), "bob", true))
	_, err = m.take("bob", ad.ID, 1000)
	refused(t, "blocked", err, "ad_not_active")
	must(t, m.Block(t.Context(), user("ann"), "bob", false))
	m.mustTake("bob", ad.ID, 1000)
	must(t, m.Block(t.Context(), user("eve"), "ann", true))
	_, err = m.take("eve", ad.ID, 1000)
	refused(t, "the one who blocks", err, "ad_not_active")
	refused(t, "oneself", m.Block(t.Context(), user("eve"), "eve", true), "validation_error")
	refused(t, "nobody", m.Block(t.Context(), user("eve"), "ghost", true), "user_not_found")
	_, _, err = m.Take(t.Context(), user("cat"), exchange.Take{AdID: ad.ID, Amount: 1000, Method: "card", Format: "fax"}, exchange.Request{})
	refused(t, "format", err, "validation_error")
}

func TestTake_singleOffer(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 50_000)
	in := terms(listings.Sell)
	in.SingleOffer = true
	ad := m.ad("ann", in)
	o := m.mustTake("bob", ad.ID, 1000)
	_, err := m.take("cat", ad.ID, 1000)
	refused(t, "second taker", err, "ad_not_active")
	_, err = m.take("bob", ad.ID, 1000)
	refused(t, "same taker", err, "active_deposit_order_exists")
	m.mustStep("cancel", "bob", o.ID)
	m.mustTake("cat", ad.ID, 1000)
}

func TestTake_idempotent(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 20_000)
		ad := m.ad("ann", terms(listings.Sell))
		in := exchange.Take{AdID: ad.ID, Amount: 1000, Method: "card"}
		var first int64
		for _, err := range atOnce(8, func(int) error {
			o, reply, err := m.Take(t.Context(), user("bob"), in, key("k1", "h"))
			if err == nil && reply == nil {
				first = o.ID
			}
			return err
		}) {
			if err != nil && fault.ReasonOf(err) != "request_in_progress" {
				t.Error(err)
			}
		}
		// The checks would refuse the repeat now; the stored answer comes first.
		must(t, m.ads.Delete(t.Context(), listings.Ref{Community: community, ID: ad.ID}))
		_, reply, err := m.Take(t.Context(), user("bob"), in, key("k1", "h"))
		if err != nil || reply == nil || reply.TransactionID != first {
			t.Fatalf("repeat: %+v, %v", reply, err)
		}
		_, _, err = m.Take(t.Context(), user("bob"), in, key("k1", "other"))
		refused(t, "another content", err, "idempotency_key_reused")
		m.mustStep("paid", "bob", first)
		for range 2 {
			_, _, err := m.ConfirmReceived(t.Context(), user("ann"), first, key("k2", "h"))
			must(t, err)
		}
		m.has("ann", 19_000, 0)
		m.has("bob", 1000, 0)
	})
}

// changing runs a change of the ad right after it was read.
type changing struct {
	listings.AdStore
	then func()
}

func (c *changing) Ad(ctx context.Context, community, id int64) (listings.Ad, bool, error) {
	a, found, err := c.AdStore.Ad(ctx, community, id)
	if then := c.then; then != nil {
		c.then = nil
		then()
	}
	return a, found, err
}

// The owner's change commits between the taker's look at the ad and the order's
// commit: it wins, even when an older order gave back meanwhile what it held.
func TestTake_afterAChange(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		store := &changing{AdStore: m.w.Store}
		m.fund("ann", 50_000)
		ad := m.ad("ann", terms(listings.Sell))
		owner := listings.Ref{Community: community, ID: ad.ID, Actor: "ann"}
		quiet := m.ads
		m.open(store)
		old := m.mustTake("bob", ad.ID, 1000)
		store.then = func() {
			_, err := quiet.Pause(t.Context(), owner)
			must(t, err)
			m.mustStep("cancel", "bob", old.ID)
		}
		_, err := m.take("cat", ad.ID, 1000)
		refused(t, "paused", err, "ad_not_active")

		_, err = quiet.Resume(t.Context(), owner)
		must(t, err)
		cheaper := terms(listings.Sell)
		cheaper.Rate = 50
		store.then = func() {
			_, err := quiet.Update(t.Context(), owner, cheaper)
			must(t, err)
		}
		o := m.mustTake("cat", ad.ID, 1000)
		if o.Rate != 50 || o.Fiat != 500 {
			t.Errorf("taken at %d for %d, want the new terms", o.Rate, o.Fiat)
		}
		now, err := quiet.Get(t.Context(), community, ad.ID)
		must(t, err)
		store.then = func() {
			_, err := quiet.Update(t.Context(), owner, terms(listings.Sell))
			must(t, err)
		}
		_, _, err = m.Take(t.Context(), user("dan"), exchange.Take{AdID: ad.ID, Amount: 1000, Method: "card", AdVersion: now.Version}, exchange.Request{})
		refused(t, "seen another version", err, "ad_changed")
		if f := fault.As(err); f.Details["exchange_rate"] != int64(100) || f.Details["version"] != now.Version+1 {
			t.Errorf("the new terms are shown as %v", f.Details)
		}
	})
}

func TestTake_cooldown(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 50_000)
	ad := m.ad("ann", terms(listings.Sell))
	// The third time bob waits two minutes for the payment details, and pays later.
	for _, window := range []time.Duration{31, 31, 33} {
		m.mustTake("bob", ad.ID, 1000)
		m.w.Advance(window * time.Minute)
	}
	_, err := m.take("bob", ad.ID, 1000)
	refused(t, "after three", err, "too_many_expired_orders") // three of ten points each
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.RateLimited || f.Details["retry_after"] != int64(24*3600-(31+33)*60+1) {
		t.Errorf("refused with %+v", f)
	}
	m.mustTake("cat", ad.ID, 1000)
	m.w.Advance(24*time.Hour - 64*time.Minute)
	m.mustTake("bob", ad.ID, 1000)
}
