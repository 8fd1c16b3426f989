package exchange_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
)

// deliver tells all that was not told yet and returns the feed of a user: for each
// entry its type and message, with a plus for newer types.
func (m *market) deliver(users ...string) [][]string {
	m.t.Helper()
	books, err := notices.NewBooks(nil, m.Notices())
	must(m.t, err)
	c, err := notices.NewConsumer(notices.ConsumerConfig{Store: m.w.Store.ForNotices(), Write: books.Write, Now: m.w.Sandbox.Now})
	must(m.t, err)
	_, err = c.ProcessDue(m.t.Context())
	must(m.t, err)
	all := make([][]string, len(users))
	for i, id := range users {
		for _, e := range m.entries(id) {
			var data struct{ Type, Message string }
			must(m.t, json.Unmarshal(e.Data, &data))
			if data.Type != e.Type {
				m.t.Errorf("entry %s has the type %s in its data", e.Type, data.Type)
			}
			text := e.Type + ": " + data.Message
			if e.Newer {
				text = "+" + text
			}
			all[i] = append(all[i], text)
		}
	}
	return all
}

func (m *market) entries(id string) []notices.Entry {
	m.t.Helper()
	entries, err := m.w.Store.FeedEntries(m.t.Context(), community, id, 0, 100)
	must(m.t, err)
	return entries
}

// mailed lists the e-mails by occasion and recipient, and proves that each can be written.
func (m *market) mailed() []string {
	m.t.Helper()
	templates, err := mail.NewTemplates()
	must(m.t, err)
	now := m.w.Sandbox.Now()
	var all []string
	for {
		some, err := m.w.Store.ClaimMails(m.t.Context(), now, now.Add(1000*1000), 100)
		must(m.t, err)
		if len(some) == 0 {
			slices.Sort(all)
			return all
		}
		for _, letter := range some {
			decoder := json.NewDecoder(strings.NewReader(string(letter.Data)))
			decoder.DisallowUnknownFields()
			var l notices.Letter
			must(m.t, decoder.Decode(&l))
			_, err := templates.Write(mail.Kind(letter.Kind), mail.Data{Marketplace: "Market", OrderID: l.OrderID, Recipient: l.Recipient, Reason: l.Reason})
			must(m.t, err)
			text := fmt.Sprintf("%s to %s: %s %s", letter.Kind, letter.UserID, l.Recipient, money.New(l.Minor, money.Currency(l.Currency)))
			if l.Reason != "" {
				text += " " + l.Reason
			}
			if !l.Until.IsZero() {
				text += " until " + l.Until.Sub(l.Happened).String()
			}
			all = append(all, text)
			must(m.t, m.w.Store.EndMail(m.t.Context(), letter.ID, "sent", now))
		}
	}
}

func TestTell(t *testing.T) {
	t.Parallel()
	const (
		interest = "ad_interest: You have an interested buyer on your p2p ad"
		made     = "+order_created: An order was made on an ad."
		paid     = "payment_indication: Bob has claimed to have made payment regarding your P2P advertisement."
		cancel   = "offer_cancel: Bob has cancelled their offer regarding your P2P advertisement."
		released = "funds_released: Funds have been released"
		dispute  = "+offer_disputed: There is a dispute about the order; an operator will look at it."
		said     = "+chat_message: where is it?"
		settled  = "+offer_resolved: An operator has settled the dispute."
		done     = "+order_completed: The order is complete."
		expired  = "+offer_expired: The order was not paid in time and has expired."
		toPay    = "order_to_pay to bob: Bob 20.05 RUB until 30m0s"
		claimed  = "payment_claimed to bob: Bob 20.05 RUB"
	)
	tests := map[string]struct {
		do       func(m *market, o exchange.Order)
		ann, bob []string
		mails    []string
	}{
		"completed": {func(m *market, o exchange.Order) {
			m.mustStep("paid", "bob", o.ID)
			m.mustStep("received", "ann", o.ID)
		}, []string{interest, paid, done}, []string{made, released}, []string{
			"funds_released to bob: Bob 20.05 RUB", "offer_completed to ann: Ann 20.05 RUB", "offer_created to ann: Ann 20.05 RUB", toPay, claimed, "payment_indicated to ann: Ann 20.05 RUB",
		}},
		"cancelled by the buyer": {func(m *market, o exchange.Order) {
			m.mustStep("cancel", "bob", o.ID)
		}, []string{interest, cancel}, []string{made}, []string{"offer_cancelled to ann: Ann 20.05 RUB", "offer_created to ann: Ann 20.05 RUB", "order_cancelled to bob: Bob 0", toPay}},
		"cancelled by the seller": {func(m *market, o exchange.Order) {
			m.mustStep("cancel", "ann", o.ID)
		}, []string{interest}, []string{made, "+offer_cancelled: Ann has cancelled the order."}, []string{
			"offer_created to ann: Ann 20.05 RUB", toPay, "sale_cancelled to bob: Bob 20.05 RUB until 15m0s", "sale_stopped to ann: Ann 20.05 RUB until 15m0s",
		}},
		"reminded of what ends soon": {func(m *market, o exchange.Order) {
			m.later(25 * time.Minute)
			m.fire()
			m.deliver()
			m.mustStep("paid", "bob", o.ID)
			m.later(21 * time.Hour)
			m.fire()
			m.deliver()
			m.mustStep("received", "ann", o.ID)
		}, []string{interest, paid, "+release_due: The buyer says that the order is paid, and waits for you to confirm it.", done}, []string{made, "+payment_due: The time to pay the order is nearly over.", released}, []string{
			"funds_released to bob: Bob 20.05 RUB", "offer_completed to ann: Ann 20.05 RUB", "offer_created to ann: Ann 20.05 RUB", toPay, "order_to_pay to bob: Bob 20.05 RUB until 6m45s", claimed,
			"payment_indicated to ann: Ann 20.05 RUB", "payment_indicated to ann: Ann 20.05 RUB",
		}},
		"expired and called back": {func(m *market, o exchange.Order) {
			m.later(31 * 60 * 1e9)
			m.fire()
			m.mustStep("appeal", "bob", o.ID)
		}, []string{interest, expired, "+offer_reopened: The buyer has appealed; an operator will look at it.", "+chat_message: I have paid"},
			[]string{made, expired, "+offer_reopened: The buyer has appealed; an operator will look at it."},
			[]string{
				"offer_created to ann: Ann 20.05 RUB", "offer_expired to ann: Ann 20.05 RUB until 15m0s", "order_disputed to ann: Ann 20.05 RUB I have paid", "order_disputed to bob: Bob 20.05 RUB I have paid",
				"order_expired to bob: Bob 20.05 RUB until 15m0s", toPay,
			}},
		"settled by an operator": {func(m *market, o exchange.Order) {
			m.mustStep("paid", "bob", o.ID)
			m.mustStep("operator", "bob", o.ID)
			_, err := m.Assign(m.t.Context(), operator("olga"), o.ID)
			must(m.t, err)
			_, _, err = m.Resolve(m.t.Context(), operator("olga"), o.ID, exchange.Verdict{Outcome: exchange.Split, BuyerAmount: 2000, SellerAmount: 5, Reason: "fair"}, exchange.Request{})
			must(m.t, err)
		}, []string{interest, paid, dispute, settled, said, "+chat_message: fair"}, []string{made, dispute, released, settled, "+chat_message: fair"}, []string{
			"dispute_resolved to ann: Ann 0.05 RUB fair", "dispute_resolved to bob: Bob 20.00 RUB fair", "offer_created to ann: Ann 20.05 RUB",
			"order_disputed to ann: Ann 20.05 RUB where is it?", "order_disputed to bob: Bob 20.05 RUB where is it?", toPay, claimed, "payment_indicated to ann: Ann 20.05 RUB",
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMarket(t, "")
			m.fund("ann", 10_000)
			m.seen("bob")
			tc.do(m, m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2005))
			m.deliver()
			got := m.deliver("ann", "bob") // nothing comes twice
			same(t, "ann's feed", got[0], tc.ann)
			same(t, "bob's feed", got[1], tc.bob)
			same(t, "mails", m.mailed(), tc.mails)
		})
	}
}

// The customer's messages carry their keys, and the amount is a number of whole units.
func TestTell_keys(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		m := newMarket(t, url)
		m.fund("ann", 10_000)
		m.seen("bob")
		o := m.mustTake("bob", m.ad("ann", terms(listings.Sell)).ID, 2050)
		m.mustStep("paid", "bob", o.ID)
		m.mustStep("received", "ann", o.ID)
		m.deliver()
		entries := m.entries("bob")
		var got map[string]any
		decoder := json.NewDecoder(strings.NewReader(string(entries[len(entries)-1].Data)))
		decoder.UseNumber()
		must(t, decoder.Decode(&got))
		same(t, "funds_released", got, map[string]any{
			"type": "funds_released", "message": "Funds have been released", "amount": json.Number("20.5"), "amount_str": "20.50",
			"crypto_currency": "usdt", "ad_id": json.Number(itoa(o.AdID)), "offer_id": json.Number(itoa(o.ID)),
			"event_id": entries[len(entries)-1].ID, "occurred_at": got["occurred_at"],
		})
		for range 3 {
			m.deliver()
		}
		for _, who := range []string{"ann", "bob"} {
			same(t, "completed orders of "+who, mustPublic(t, m, community, who).Completed, int64(1))
		}
	})
}

func TestTell_buyAd(t *testing.T) {
	t.Parallel()
	m := newMarket(t, "")
	m.fund("sam", 10_000)
	m.mustTake("sam", m.ad("mia", terms(listings.Buy)).ID, 2000)
	made := []string{"+order_created: An order was made on an ad."}
	same(t, "feeds", m.deliver("mia", "sam"), [][]string{made, made})
	same(t, "mails", m.mailed(), []string{"offer_created to sam: Sam 20.00 RUB", "order_to_pay to mia: Mia 20.00 RUB until 30m0s"})
}
