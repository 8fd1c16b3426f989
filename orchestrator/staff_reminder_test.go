package orchestrator_test

import (
	neturl "net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// A cancelled paid deal reminds the operators, and nobody else, until its money is gone.
func TestM15_operatorsAreToldUntilTheMoneyIsGone(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		in := testkit.Deal()
		in.Process, in.Gateway, in.Input = "preauthorize", "stripe", map[string]string{"payment_method": "pm_card_visa"}
		result, err := w.Engine.Create(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		tx := w.MustDo(result.Transaction, "complete_preauthorization", testkit.Seller)
		tx = w.MustDo(tx, "cancel", testkit.Buyer)
		told := func() (urgencies []string) {
			t.Helper()
			events, err := w.Store.Events(t.Context(), tx.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if strings.HasPrefix(e.Type, "reminder.") {
					if e.Data["for"] != "operators" {
						t.Errorf("%s is for %q", e.Type, e.Data["for"])
					}
					urgencies = append(urgencies, e.Data["urgency"])
				}
			}
			return urgencies
		}
		w.Advance(105 * 24 * time.Hour)
		all := told()
		if want := "normal high high urgent"; len(all) != 54 || strings.Join(all[:4], " ") != want || all[53] != "urgent" {
			t.Errorf("told %d times: %v", len(all), all)
		}
		// The declared end comes once, after 30 days, and the reminders go on.
		overdue := slices.DeleteFunc(slices.Clone(all), func(u string) bool { return u != "overdue" })
		if at := slices.Index(all, "overdue"); len(overdue) != 1 || at != 15 {
			t.Errorf("overdue %d times, first as number %d", len(overdue), at)
		}
		for _, m := range aboutDeals(w) {
			if strings.Contains(m.Subject, "waits for an operator") != (m.To == "operators@example.com") {
				t.Errorf("mail %q to %s", m.Subject, m.To)
			}
		}
		staff := process.Actor{Kind: process.Staff, ID: "olga"}
		w.MustDo(w.Load(tx), "refund", staff)
		w.Advance(30 * 24 * time.Hour)
		if after := told(); len(after) != len(all) {
			t.Errorf("told %d times more after the money was gone", len(after)-len(all))
		}
	})
}

// A deal that is put on hold is told to the operators at once, and to nobody else.
func TestM15_holdsAlarmTheOperators(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		tx := cardPaid(t, w, "pm_card_visa")
		w.AtStripe("/v1/refunds", neturl.Values{"payment_intent": {tx.PaymentID}, "amount": {"100"}})
		w.MustSettle()
		if tx = w.Load(tx); tx.Attention == "" {
			t.Fatal("the deal is not on hold")
		}
		told := 0
		for _, m := range aboutDeals(w) { // the sides have e-mails of the payment
			onHold := strings.Contains(m.Text, "the books differ") && strings.Contains(m.Text, "(high priority)")
			if onHold != (m.To == "operators@example.com") {
				t.Errorf("mail %q to %s:\n%s", m.Subject, m.To, m.Text)
			}
			if onHold {
				told++
			}
		}
		if told != 1 {
			t.Errorf("operators were told %d times", told)
		}
	})
}

// aboutDeals are the e-mails but the daily one that counts what has no owner.
func aboutDeals(w *testkit.Testbed) []mail.Message {
	return slices.DeleteFunc(w.Mailbox.Messages(), func(m mail.Message) bool {
		return strings.Contains(m.Text, "no owner")
	})
}
