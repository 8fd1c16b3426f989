package exchange_test

import (
	"slices"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
)

// Every step by every side in every status.
func TestSteps(t *testing.T) {
	t.Parallel()
	const ok = ""
	reach := map[exchange.Status][]string{
		exchange.Pending: nil, exchange.PaidByBuyer: {"paid bob"}, exchange.Disputed: {"paid bob", "operator ann"},
		exchange.Completed: {"paid bob", "received ann"}, exchange.Cancelled: {"cancel bob"},
	}
	const wrong = "invalid_order_status"
	tests := map[exchange.Status]map[string]fault.Reason{
		exchange.Pending: {
			"paid bob": ok, "paid ann": "role_not_allowed", "received ann": wrong, "received bob": "role_not_allowed", "cancel bob": ok,
			"cancel ann": ok, "operator bob": wrong, "appeal bob": wrong, "paid eve": "order_not_found", "cancel eve": "order_not_found",
		},
		exchange.PaidByBuyer: {
			"paid bob": wrong, "received ann": ok, "received bob": "role_not_allowed", "cancel bob": wrong, "cancel ann": wrong,
			"not paid bob": ok, "not paid ann": wrong, "operator bob": ok, "operator ann": ok, "operator eve": "order_not_found", "appeal bob": wrong,
		},
		exchange.Disputed: {
			"paid bob": wrong, "received ann": ok, "cancel bob": wrong, "cancel ann": wrong, "operator bob": ok, "operator ann": ok, "not paid bob": ok,
		},
		exchange.Completed: {
			"paid bob": wrong, "received ann": wrong, "cancel bob": wrong, "not paid ann": wrong, "operator bob": wrong, "appeal bob": wrong,
		},
		exchange.Cancelled: {
			"paid bob": wrong, "received ann": wrong, "cancel bob": wrong, "operator bob": wrong, "appeal bob": wrong, "appeal ann": "role_not_allowed",
		},
	}
	m := newMarket(t, "")
	m.fund("ann", 500_000)
	in := terms(listings.Sell)
	in.Total = 500_000
	ad := m.ad("ann", in)
	n := 0
	for from, steps := range tests {
		for name, want := range steps {
			t.Run(string(from)+" "+name, func(t *testing.T) {
				n++
				buyer := "bob" + string(rune('a'+n/26)) + string(rune('a'+n%26))
				o := m.mustTake(buyer, ad.ID, 1000)
				do := func(call string) (exchange.Order, error) {
					what, who := call[:len(call)-4], call[len(call)-3:]
					if who == "bob" {
						who = buyer
					}
					return m.step(what, who, o.ID)
				}
				for _, s := range reach[from] {
					_, err := do(s)
					must(t, err)
				}
				_, err := do(name)
				if want == ok {
					must(t, err)
					return
				}
				refused(t, name, err, want)
				if got := fault.As(err).Details["current_status"]; want == wrong && got != string(from) {
					t.Errorf("current_status %v, want %s", got, from)
				}
			})
		}
	}
	m.w.CheckBooks()
}

func TestSteps_money(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps  []string
		status exchange.Status
		reason string
		ann    [2]int64
		bob    int64
		left   int64
	}{
		"completed":            {[]string{"paid bob", "received ann"}, exchange.Completed, "", [2]int64{8000, 0}, 2000, 8000},
		"cancelled by buyer":   {[]string{"cancel bob"}, exchange.Cancelled, "buyer", [2]int64{10_000, 0}, 0, 10_000},
		"cancelled by seller":  {[]string{"cancel ann"}, exchange.Cancelled, "seller", [2]int64{10_000, 0}, 0, 10_000},
		"claim taken back":     {[]string{"paid bob", "not paid bob"}, exchange.Cancelled, "buyer", [2]int64{10_000, 0}, 0, 10_000},
		"disputed":             {[]string{"paid bob", "operator bob", "operator ann"}, exchange.Disputed, "", [2]int64{8000, 2000}, 0, 8000},
		"seller gives in":      {[]string{"paid bob", "operator bob", "received ann"}, exchange.Completed, "", [2]int64{8000, 0}, 2000, 8000},
		"one agrees to cancel": {[]string{"paid bob", "operator bob", "not paid bob", "not paid bob"}, exchange.Disputed, "", [2]int64{8000, 2000}, 0, 8000},
		"both agree to cancel": {[]string{"paid bob", "operator bob", "not paid ann", "not paid bob"}, exchange.Cancelled, "mutual", [2]int64{10_000, 0}, 0, 10_000},
		"called back":          {[]string{"cancel ann", "appeal bob"}, exchange.Disputed, "", [2]int64{8000, 2000}, 0, 8000},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, "")
			m.fund("ann", 10_000)
			ad := m.ad("ann", terms(listings.Sell))
			o := m.mustTake("bob", ad.ID, 2000)
			for _, s := range tc.steps {
				o = m.mustStep(s[:len(s)-4], s[len(s)-3:], o.ID)
			}
			if o.Status != tc.status || o.CancelReason != tc.reason || o.EndedAt.IsZero() == (tc.status != exchange.Disputed) {
				t.Errorf("ends %s, %q, at %v", o.Status, o.CancelReason, o.EndedAt)
			}
			m.has("ann", tc.ann[0], tc.ann[1])
			m.has("bob", tc.bob, 0)
			same(t, "left", m.left(ad.ID), tc.left)
			if tc.status == exchange.Completed {
				// The taker's place is free again, and what was filled stays filled.
				m.mustTake("bob", ad.ID, 1000)
			}
			m.w.CheckBooks()
		})
	}
}

// The answer to a late payment does not depend on whether a timer has noticed.
func TestConfirmPaid_late(t *testing.T) {
	t.Parallel()
	for _, noticed := range []bool{false, true} {
		m := newMarket(t, "")
		m.fund("ann", 10_000)
		ad := m.ad("ann", terms(listings.Sell))
		o := m.mustTake("bob", ad.ID, 2000)
		m.later(31*time.Minute - time.Microsecond)
		if noticed {
			m.fire()
		}
		if read, err := m.Order(t.Context(), user("bob"), o.ID); err != nil || read.Status != exchange.Pending {
			t.Fatalf("within the grace: %s, %v", read.Status, err)
		}
		m.later(time.Microsecond)
		if noticed {
			m.fire()
		}
		_, err := m.step("paid", "bob", o.ID)
		refused(t, "late", err, "order_expired")
		if got := fault.As(err).Details["current_status"]; got != "cancelled" {
			t.Errorf("current_status %v", got)
		}
		_, err = m.step("cancel", "ann", o.ID)
		refused(t, "cancel", err, "invalid_order_status")
		read, err := m.Order(t.Context(), user("bob"), o.ID)
		must(t, err)
		if read.Status != exchange.Cancelled || read.CancelReason != "expired" || !read.AppealUntil.Equal(read.EndedAt.Add(15*time.Minute)) {
			t.Errorf("expired: %+v", read)
		}
		m.has("ann", 10_000, 0)
		same(t, "left", m.left(ad.ID), int64(10_000))
	}
}

// An order that nobody confirms becomes a dispute; nobody gets the money by itself.
func TestRelease_late(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 10_000)
	o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
	paid := m.mustStep("paid", "bob", o.ID)
	if want := paid.PaidAt.Add(24 * time.Hour); !paid.ReleaseDeadline.Equal(want) {
		t.Errorf("release deadline %v, want %v", paid.ReleaseDeadline, want)
	}
	m.later(24 * time.Hour)
	m.fire()
	m.has("ann", 8000, 2000)
	disputes, total, err := m.Disputes(t.Context(), operator("olga"), listings.Page{Limit: 10})
	must(t, err)
	if total != 1 || disputes[0].Order.ID != o.ID || disputes[0].OpenedBy != "" || disputes[0].Order.PaymentDetails != nil {
		t.Errorf("disputes: %+v of %d", disputes, total)
	}
	// A dispute has no deadline.
	m.later(1000 * 24 * time.Hour)
	m.fire()
	m.has("ann", 8000, 2000)
	m.has("bob", 0, 0)
}

func TestAppeal(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 12_000)
		ad := m.ad("ann", terms(listings.Sell))
		expired := m.mustTake("bob", ad.ID, 5000)
		m.later(31 * time.Minute)
		m.fire()

		// The ad has too little left meanwhile: its total grows.
		m.mustTake("cat", ad.ID, 4000)
		m.mustTake("dan", ad.ID, 3000)
		m.mustStep("appeal", "bob", expired.ID)
		m.has("ann", 0, 12_000)
		now, err := m.ads.Get(t.Context(), community, ad.ID)
		must(t, err)
		if now.Total != 12_000 || now.Available != 0 {
			t.Errorf("the ad has %d left of %d", now.Available, now.Total)
		}
		trail, err := m.w.Store.AuditTrail(t.Context(), community, "ad:"+itoa(ad.ID))
		must(t, err)
		if len(trail) != 1 || trail[0].Action != exchange.RaisingAd {
			t.Errorf("audit: %+v", trail)
		}
		_, err = m.step("appeal", "bob", expired.ID)
		refused(t, "again", err, "invalid_order_status")
		both := []string{"ann", "bob"}
		for _, who := range both {
			m.mustStep("not paid", who, expired.ID)
		}
		same(t, "left", m.left(ad.ID), int64(5000))
		m.w.CheckBooks()
	})
}

func TestAppeal_refused(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 5000)
	in := terms(listings.Sell)
	in.Total = 5000
	ad := m.ad("ann", in)
	o := m.mustTake("bob", ad.ID, 5000)
	m.mustStep("cancel", "ann", o.ID)
	m.mustTake("cat", ad.ID, 5000)
	_, err := m.step("appeal", "ann", o.ID)
	refused(t, "by the seller", err, "role_not_allowed")
	_, err = m.step("appeal", "bob", o.ID)
	refused(t, "the seller has nothing left", err, "seller_insufficient_balance")
	if a, err := m.ads.Get(t.Context(), community, ad.ID); err != nil || a.Total != 5000 {
		t.Errorf("a refused appeal left a total of %d, %v", a.Total, err)
	}
	m = newMarket(t, "")
	m.fund("ann", 5000)
	o = m.mustTake("bob", m.ad("ann", in).ID, 5000)
	m.mustStep("cancel", "ann", o.ID)
	m.later(15 * time.Minute)
	for range 2 { // before and after the timer has noticed
		_, err = m.step("appeal", "bob", o.ID)
		refused(t, "too late", err, "appeal_window_over")
		m.fire()
	}
}

// An appeal against a seller whose balance is gone is kept: what the buyer says is
// in the chat, and operators have a case without money.
func TestAppeal_contested(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		ctx, olga := t.Context(), operator("olga")
		m.fund("ann", 5000)
		o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 5000)
		m.mustStep("cancel", "ann", o.ID)
		m.mustTake("cat", o.AdID, 5000)
		for range 2 { // the repeat opens no second case
			_, err := m.step("appeal", "bob", o.ID)
			refused(t, "nothing left", err, "seller_insufficient_balance")
			if f := fault.As(err); f.Details["case_opened"] != true {
				t.Errorf("the buyer is not told of the case: %+v", f)
			}
		}
		m.later(20 * 24 * time.Hour)
		m.fire()
		got, err := m.Order(ctx, user("bob"), o.ID)
		must(t, err)
		same(t, "order", []any{got.Status, got.CancelReason, got.AppealUntil.IsZero()}, []any{exchange.Cancelled, "seller", true})
		said, total, err := m.Messages(ctx, user("bob"), o.ID, listings.Page{Limit: 10})
		must(t, err)
		if total != 1 || said[0].Content != "I have paid" {
			t.Errorf("chat: %+v", said)
		}
		cases, _, err := m.Disputes(ctx, olga, listings.Page{Limit: 10})
		must(t, err)
		at := slices.IndexFunc(cases, func(d exchange.Dispute) bool { return d.Order.ID == o.ID })
		if at < 0 || cases[at].OpenedBy != "bob" || cases[at].Reason != "I have paid" {
			t.Fatalf("operators see %+v", cases)
		}
		_, err = m.Assign(ctx, olga, o.ID)
		must(t, err)
		_, _, err = m.Resolve(ctx, olga, o.ID, exchange.Verdict{Outcome: exchange.Release, Reason: "x"}, exchange.Request{})
		refused(t, "no money to release", err, "invalid_order_status")
		closed, _, err := m.Resolve(ctx, olga, o.ID, exchange.Verdict{Outcome: exchange.Close, Reason: "no proof"}, exchange.Request{})
		must(t, err)
		if closed.Status != exchange.Cancelled || closed.Resolution != nil {
			t.Errorf("closed: %+v", closed)
		}
		m.w.CheckBooks()
	})
}

func TestPaymentDetails_whoAndHowLong(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("ann", 10_000)
	o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
	shown := func(want bool) {
		t.Helper()
		for _, who := range []string{"ann", "bob"} {
			read, err := m.Order(t.Context(), user(who), o.ID)
			must(t, err)
			if got := len(read.PaymentDetails) > 0; got != want {
				t.Errorf("%s sees details: %v, want %v", who, got, want)
			}
		}
	}
	shown(true)
	listed, total, err := m.Orders(t.Context(), user("bob"), exchange.OrderFilter{Page: listings.Page{Limit: 10}})
	must(t, err)
	if total != 1 || listed[0].PaymentDetails != nil {
		t.Errorf("listed: %+v", listed)
	}
	tx, err := m.w.Store.Transaction(t.Context(), community, o.ID)
	must(t, err)
	for name, value := range tx.Attributes {
		if name == "payment_details" && (value == "" || len(value) < 40) {
			t.Errorf("attribute %s is %q", name, value)
		}
	}
	m.mustStep("paid", "bob", o.ID)
	m.mustStep("received", "ann", o.ID)
	m.later(7*24*time.Hour - time.Microsecond)
	shown(true)
	_, _, err = m.Say(t.Context(), user("bob"), o.ID, "thanks", exchange.MessageRequest{})
	must(t, err)
	m.later(time.Microsecond)
	shown(false)
	_, _, err = m.Say(t.Context(), user("bob"), o.ID, "hello?", exchange.MessageRequest{})
	refused(t, "7 days later", err, "chat_closed")
}

func TestReleaseEarly(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "", func(c *exchange.Config) { c.ReleaseEarly = true })
	m.fund("ann", 10_000)
	o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
	m.mustStep("received", "ann", o.ID)
	m.has("bob", 2000, 0)
}

func TestOrders(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 50_000)
		m.fund("bob", 50_000)
		sell, buy := m.ad("ann", terms(listings.Sell)), m.ad("ann", terms(listings.Buy))
		first := m.mustTake("bob", sell.ID, 1000)
		second := m.mustTake("bob", buy.ID, 1000)
		m.mustStep("cancel", "ann", first.ID)
		third := m.mustTake("bob", sell.ID, 1000)
		page := listings.Page{Limit: 2}
		for name, tc := range map[string]struct {
			who    string
			filter exchange.OrderFilter
			want   []int64
			total  int64
		}{
			"all":       {"bob", exchange.OrderFilter{Page: page}, []int64{third.ID, second.ID}, 3},
			"next page": {"bob", exchange.OrderFilter{Page: listings.Page{Limit: 2, Offset: 2}}, []int64{first.ID}, 3},
			"buying":    {"bob", exchange.OrderFilter{Role: "buyer", Page: page}, []int64{third.ID, first.ID}, 2},
			"selling":   {"bob", exchange.OrderFilter{Role: "seller", Page: page}, []int64{second.ID}, 1},
			"cancelled": {"bob", exchange.OrderFilter{Status: exchange.Cancelled, Page: page}, []int64{first.ID}, 1},
			"open sale": {"ann", exchange.OrderFilter{Status: exchange.Pending, Role: "seller", Page: page}, []int64{third.ID}, 1},
			"stranger":  {"eve", exchange.OrderFilter{Page: page}, []int64{}, 0},
		} {
			got, total, err := m.Orders(t.Context(), user(tc.who), tc.filter)
			must(t, err)
			ids := []int64{}
			for _, o := range got {
				ids = append(ids, o.ID)
			}
			same(t, name, ids, tc.want)
			same(t, name+": total", total, tc.total)
		}
		for _, f := range []exchange.OrderFilter{{}, {Role: "judge", Page: page}, {Status: "lost", Page: page}, {Page: listings.Page{Limit: 1, Offset: -1}}} {
			_, _, err := m.Orders(t.Context(), user("bob"), f)
			refused(t, "filter", err, "validation_error")
		}
	})
}
