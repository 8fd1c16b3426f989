package exchange_test

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m, ctx := newMarket(t, url), t.Context()
		first := m.w.Sandbox.Now().UTC().Truncate(time.Microsecond)
		must(t, m.Seen(ctx, exchange.User{Community: community, ID: "ann", Name: "Ann\n\u202ESmith"}))
		m.later(time.Hour)
		public := func(id string) exchange.PublicUser {
			t.Helper()
			all, err := m.Public(ctx, community, id, "ghost")
			must(t, err)
			if all["ghost"].Average != "0.00" {
				t.Errorf("a user who was never seen: %+v", all["ghost"])
			}
			return all[id]
		}
		same(t, "first seen", public("ann"), exchange.PublicUser{ID: "ann", FullName: "Ann Smith", Average: "0.00", Since: first})
		must(t, m.Seen(ctx, exchange.User{Community: community, ID: "ann", Name: "Ann Brown"}))
		must(t, m.Seen(ctx, exchange.User{Community: community, ID: "ann"}))
		same(t, "seen again", public("ann"), exchange.PublicUser{ID: "ann", FullName: "Ann Brown", Average: "0.00", Since: first})
		same(t, "another community's", mustPublic(t, m, 502, "ann"), exchange.PublicUser{ID: "ann", Average: "0.00"})
	})
}

func mustPublic(t *testing.T, m *market, community int64, id string) exchange.PublicUser {
	t.Helper()
	all, err := m.Public(t.Context(), community, id)
	must(t, err)
	return all[id]
}

func TestBan(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m, ctx, olga := newMarket(t, url), t.Context(), operator("olga")
		m.fund("ann", 20_000)
		m.fund("cat", 20_000)
		ad, other := m.ad("ann", terms(listings.Sell)), m.ad("cat", terms(listings.Sell))
		m.seen("bob")
		o := m.mustTake("bob", ad.ID, 1000)
		refused(t, "by a user", m.Ban(ctx, user("bob"), "ann", "x"), "not_found")
		refused(t, "nobody", m.Ban(ctx, olga, "ghost", "x"), "user_not_found")
		must(t, m.Ban(ctx, olga, "bob", "spam"))
		must(t, m.Ban(ctx, olga, "ann", "fraud"))
		_, err := m.take("bob", other.ID, 1000)
		refused(t, "take", err, "banned")
		_, err = m.take("dan", ad.ID, 1000)
		refused(t, "an ad of a banned user", err, "ad_not_active")
		if got := m.listed("dan"); len(got) != 1 || got[0] != other.ID {
			t.Errorf("listed: %v, want only %d", got, other.ID)
		}
		// Open orders go on, until the last one has ended.
		m.seen("ann", "bob")
		m.mustStep("paid", "bob", o.ID)
		m.mustStep("received", "ann", o.ID)
		refused(t, "afterwards", m.Seen(ctx, user("bob")), "banned")
		trail, err := m.w.Store.AuditTrail(ctx, community, "user:bob")
		must(t, err)
		if len(trail) != 1 || trail[0].Action != exchange.Banning || trail[0].Detail != "spam" {
			t.Errorf("audit: %+v", trail)
		}
	})
}

// listed are the ads that a user sees.
func (m *market) listed(who string) []int64 {
	m.t.Helper()
	all, _, err := m.ads.List(m.t.Context(), listings.AdFilter{CommunityID: community, NotOwner: who, Page: listings.Page{Limit: 100}})
	must(m.t, err)
	ids := []int64{}
	for _, a := range all {
		ids = append(ids, a.ID)
	}
	return ids
}

func TestBlock_hidesAds(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 20_000)
		m.seen("bob", "cat")
		ad := m.ad("ann", terms(listings.Sell))
		all, none := []int64{ad.ID}, []int64{}
		same(t, "at first", m.listed("bob"), all)
		must(t, m.Block(t.Context(), user("ann"), "bob", true))
		must(t, m.Block(t.Context(), user("ann"), "bob", true))
		must(t, m.Block(t.Context(), user("cat"), "ann", true))
		same(t, "who is blocked", m.listed("bob"), none)
		same(t, "who blocks", m.listed("cat"), none)
		same(t, "a visitor", m.listed(""), all)
		must(t, m.Block(t.Context(), user("ann"), "bob", false))
		same(t, "not any more", m.listed("bob"), all)
	})
}

func TestRate(t *testing.T) {
	t.Parallel()
	m, ctx := newMarket(t, ""), t.Context()
	m.fund("ann", 10_000)
	o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
	refused(t, "too early", m.Rate(ctx, user("bob"), o.ID, 5), "rating_not_allowed")
	m.mustStep("paid", "bob", o.ID)
	m.mustStep("received", "ann", o.ID)
	refused(t, "stars", m.Rate(ctx, user("bob"), o.ID, 6), "validation_error")
	refused(t, "a stranger", m.Rate(ctx, user("eve"), o.ID, 5), "order_not_found")
	must(t, m.Rate(ctx, user("bob"), o.ID, 5))
	refused(t, "twice", m.Rate(ctx, user("bob"), o.ID, 1), "already_rated")
	must(t, m.Rate(ctx, user("ann"), o.ID, 2))
	if p := mustPublic(t, m, community, "ann"); p.Positive != 1 || p.Average != "5.00" || p.Votes != 1 {
		t.Errorf("ann: %+v", p)
	}
	if p := mustPublic(t, m, community, "bob"); p.Negative != 1 || p.Average != "2.00" {
		t.Errorf("bob: %+v", p)
	}
}

func TestChat(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m, ctx := newMarket(t, url), t.Context()
		m.fund("ann", 10_000)
		o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2000)
		for _, text := range []string{"one", "two", "three"} {
			_, _, err := m.Say(ctx, user("bob"), o.ID, text, exchange.MessageRequest{})
			must(t, err)
			m.later(time.Second)
		}
		for _, text := range []string{"", " \n", "zero\x00", "\u202Ereversed"} {
			_, _, err := m.Say(ctx, user("bob"), o.ID, text, exchange.MessageRequest{})
			refused(t, "text", err, "validation_error")
		}
		_, _, err := m.Say(ctx, user("eve"), o.ID, "hi", exchange.MessageRequest{})
		refused(t, "a stranger", err, "order_not_found")
		sessions, total, err := m.Chats(ctx, user("ann"), listings.Page{Limit: 10})
		must(t, err)
		if total != 1 || sessions[0].Order.ID != o.ID || sessions[0].Last.Content != "three" || sessions[0].Unread != 3 || sessions[0].Counterparty.ID != "bob" {
			t.Errorf("sessions: %+v of %d", sessions, total)
		}
		page, total, err := m.Messages(ctx, user("ann"), o.ID, listings.Page{Limit: 2, Offset: 1})
		must(t, err)
		if total != 3 || len(page) != 2 || page[0].Content != "two" {
			t.Errorf("messages: %+v of %d", page, total)
		}
		sessions, _, err = m.Chats(ctx, user("ann"), listings.Page{Limit: 10})
		must(t, err)
		same(t, "unread", sessions[0].Unread, int64(0))
		r := exchange.MessageRequest{
			Key: key("k", "h").Key, Render: func(m orchestrator.Message) (int, []byte) { return 200, []byte(m.Content) },
		}
		for range 2 {
			_, _, err := m.Say(ctx, user("ann"), o.ID, "once", r)
			must(t, err)
		}
		_, total, err = m.Messages(ctx, user("bob"), o.ID, listings.Page{Limit: 1})
		must(t, err)
		same(t, "messages after a repeat", total, int64(4))
	})
}
