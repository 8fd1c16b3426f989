package notices_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// What is rare, or told late, is told to the right side, with the sum of now; what asks for
// a step that was taken meanwhile is not told.
func TestDealMail_rows(t *testing.T) {
	t.Parallel()
	books, err := notices.NewBooks(nil, notices.Deals())
	if err != nil {
		t.Fatal(err)
	}
	funds := process.Funds{Captured: 5_190, Released: 4_800, Fees: 390, ChargedBack: 5_190}
	step := func(transition, from, to string) map[string]string {
		return map[string]string{"transition": transition, "from": from, "to": to}
	}
	for name, tc := range map[string]struct {
		event   events.Type
		process string
		state   process.State
		data    map[string]string
		want    string
	}{
		"a capture that fails":     {events.TransactionCaptureFailed, "preauthorize@1", "capture_failed", step("complete_preauthorization", "preauthorized", "capture_failed"), "bea payment_not_taken, sam payment_not_taken"},
		"a bank that objects":      {events.TransactionDisputed, "preauthorize@1", "disputed", step("dispute", "paid", "disputed"), "sam payment_disputed 5000"},
		"the objection is lost":    {events.TransactionCanceled, "preauthorize@1", "canceled", step("win_dispute", "disputed", "canceled"), ""},
		"taken back":               {events.TransactionTakenBack, "postpay@1", "confirmed", step("take_back", "confirmed", "confirmed"), "sam chargeback 5190"},
		"won back":                 {events.TransactionWonBack, "postpay@1", "confirmed", step("win_back", "confirmed", "confirmed"), "sam chargeback_won"},
		"paid by the marketplace":  {events.TransactionPayoutSettled, "postpay@1", "confirmed", step("settle_payout", "confirmed", "confirmed"), "sam paid_out 4800"},
		"paid again":               {events.TransactionDismissed, "postpay@1", "dismissed", step("pay_again", "returning", "dismissed"), "sam sale_completed 4800"},
		"an answer that was given": {events.TransactionPreauthorized, "preauthorize@1", "paid", step("create", "", "preauthorized"), "bea money_reserved 5190"},
		"sent meanwhile":           {events.TransactionPaid, "escrow_online@1", "tracked", step("pay", "joined", "paid"), "bea payment_received 5190"},
		"given up":                 {events.TransactionAbandoned, "preauthorize@1", "abandoned", step("cancel", "initiated", "abandoned"), ""},
		"never paid":               {events.TransactionAbandoned, "preauthorize@1", "abandoned", step("abandon", "initiated", "abandoned"), "bea deal_expired"},
		"declined when opened":     {events.TransactionCancelled, "escrow_online@1", "cancelled", step("create", "created", "cancelled"), ""},
		"a reminder too late":      {events.ReminderConfirmReminder, "preauthorize@1", "confirmed", map[string]string{"state": "paid", "timer": "confirm_reminder"}, ""},
		"an order of the exchange": {events.TransactionTransitioned, "p2p_order@1", "pending", step("create", "", "pending"), ""},
	} {
		tx := orchestrator.Transaction{ID: 7, CommunityID: 501, Process: tc.process, ListingTitle: "Bike", Deal: process.Deal{
			State: tc.state, Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam", Price: money.New(5_000, "EUR"), BuyerFee: 190, Funds: funds,
		}}
		news, err := books.Write(t.Context(), notices.Happening{Transaction: tx, Event: &orchestrator.Event{TransactionID: 7, CommunityID: 501, Sequence: 12, Type: string(tc.event), At: epoch, Data: tc.data}})
		if err != nil {
			t.Fatal(err)
		}
		if got := lettersOf(t, news.Mails); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	payout := orchestrator.BankPayout{CommunityID: 501, Gateway: "stripe", ID: "po_1", UserID: "sam", Amount: money.New(4_800, "EUR"), Status: orchestrator.BankPayoutPaid, EndedAt: epoch}
	news, err := books.Write(t.Context(), notices.Happening{Payout: &payout})
	if got := lettersOf(t, news.Mails); err != nil || got != "sam payout_arrived 4800" {
		t.Errorf("a payout at the bank: %q, %v", got, err)
	}
}

// lettersOf says who gets which e-mails.
func lettersOf(t *testing.T, mails []notices.Mail) string {
	t.Helper()
	var all []string
	for _, m := range mails {
		var l notices.Letter
		if err := json.Unmarshal(m.Data, &l); err != nil {
			t.Fatal(err)
		}
		text := m.UserID + " " + m.Kind
		if l.Minor != 0 {
			text += fmt.Sprint(" ", l.Minor)
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// Messages of a quarter of an hour are told in one e-mail, at its end.
func TestDealMail_messages(t *testing.T) {
	t.Parallel()
	books, err := notices.NewBooks(nil, notices.Deals())
	if err != nil {
		t.Fatal(err)
	}
	tx := orchestrator.Transaction{ID: 7, CommunityID: 501, Process: "none@1", Deal: process.Deal{Starter: "bea", Author: "sam", Buyer: "bea", Seller: "sam"}}
	said := map[string]int{}
	start := epoch.Truncate(15 * time.Minute)
	for i, m := range []orchestrator.Message{{Sender: "bea"}, {Sender: "bea"}, {Sender: "sam"}, {Sender: "olga"}, {Sender: "bea"}} {
		m.ID, m.TransactionID, m.CommunityID, m.Content, m.At = int64(i+1), 7, 501, "4242 4242 4242 4242", start.Add(time.Duration(i)*4*time.Minute)
		news, err := books.Write(t.Context(), notices.Happening{Transaction: tx, Message: &m})
		if err != nil {
			t.Fatal(err)
		}
		for _, mail := range news.Mails {
			said[mail.UserID+" "+mail.ID+" "+mail.At.Sub(start).String()]++
			if strings.Contains(string(mail.Data), "4242 4242") {
				t.Errorf("the e-mail says what was said: %s", mail.Data)
			}
		}
	}
	if len(said) != 3 { // sam twice, as the last message is of the next quarter; bea once
		t.Errorf("%d e-mails: %v", len(said), said)
	}
}

// E-mails of events that no feed hears of are queued once, however often they are told and
// by how many replicas, and none where nobody sends any.
func TestConsumer_mailsOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *sqlstore.DB) {
		deal(t, db, 1, "transaction.free", "transaction.refunded", "transaction.settling", "transaction.confirmed")
		deal(t, db, 2, "transaction.free", "transaction.confirmed")
		write := func(mails bool) *notices.Consumer {
			books, err := notices.NewBooks(nil, notices.Deals())
			if err != nil {
				t.Fatal(err)
			}
			c, err := notices.NewConsumer(notices.ConsumerConfig{Store: db.ForNotices(), Write: books.Write, Now: func() time.Time { return epoch }, NoMail: !mails})
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		events, _, err := db.Undelivered(t.Context(), 100)
		if err != nil || len(events) != 6 {
			t.Fatalf("%d events, %v", len(events), err)
		}
		done := make(chan error, 2)
		for range 2 {
			go func() { _, err := write(true).ProcessDue(t.Context()); done <- err }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		count, last := map[string]int{}, map[string]string{}
		for {
			mails, err := db.ClaimMails(t.Context(), epoch.Add(time.Hour), epoch.Add(2*time.Hour), 100)
			if err != nil {
				t.Fatal(err)
			}
			if len(mails) == 0 {
				break
			}
			of := map[string]bool{}
			for _, m := range mails {
				count[m.ID[:2]+m.UserID+" "+m.Kind]++
				at := m.At.Format(time.RFC3339) + " " + m.ID
				if of[m.UserID] || at < last[m.UserID] {
					t.Errorf("%s to %s is not in its order, or beside another", m.ID, m.UserID)
				}
				of[m.UserID], last[m.UserID] = true, at
				if err := db.EndMail(t.Context(), m.ID, "sent", epoch); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := map[string]int{
			"1.sam deal_started": 1, "1.bea money_back": 1, "1.sam sale_refunded": 1, "1.bea order_completed": 1, "1.sam sale_completed": 1,
			"2.sam deal_started": 1, "2.bea order_completed": 1, "2.sam sale_completed": 1,
		}
		if diff := cmp.Diff(want, count); diff != "" {
			t.Errorf("e-mails (-want +got):\n%s", diff)
		}
		deal(t, db, 3, "transaction.free")
		if n, err := write(false).ProcessDue(t.Context()); n != 1 || err != nil {
			t.Errorf("%d told, %v", n, err)
		}
		if mails, err := db.ClaimMails(t.Context(), epoch.Add(time.Hour), epoch.Add(3*time.Hour), 100); len(mails) != 0 || err != nil {
			t.Errorf("%d e-mails that nobody sends, %v", len(mails), err)
		}
	})
}
