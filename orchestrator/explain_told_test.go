package orchestrator_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
)

// A deal is told as it goes along: who has to act, until when, and what follows otherwise.
// Telling it asks the database for nothing that is not read for the rest of the explanation.
func TestExplain_tells(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), Manual: true})
		tests := []struct {
			state   process.State
			summary string
			waits   process.Waits
			next    process.TimerName
		}{
			{escrow.Joined, "bea (the buyer) has to pay 51.90 EUR on the gateway's page by Mon 16 Mar 2026 09:00 UTC; otherwise the deal is cancelled and nothing is charged.", process.Waits{Role: process.Buyer, Users: []string{"bea"}}, "payment_window"},
			{escrowonline.Paid, "sam (the seller) has to ship the goods and give the tracking code by Fri 6 Mar 2026 09:00 UTC; otherwise the gateway may cancel the deal and refund bea (the buyer).", process.Waits{Role: process.Seller, Users: []string{"sam"}}, "tracking_deadline"},
			{escrowonline.Delivered, "bea (the buyer) has to accept the goods or complain by Tue 3 Mar 2026 09:00 UTC; otherwise sam (the seller) is paid 50.00 EUR.", process.Waits{Role: process.Buyer, Users: []string{"bea"}}, "complaint_period"},
			{escrow.Complained, "bea (the buyer) has complained; the gateway decides about the 50.00 EUR that are held, unless sam (the seller) accepts the complaint.", process.Waits{Role: process.Gateway}, "poll"},
		}
		for _, tc := range tests {
			tx := w.BringTo(tc.state)
			var x orchestrator.Explanation
			least := int64(100)
			for range 3 { // what the server does meanwhile is counted, too
				before := w.Store.Stats().Statements
				var err error
				if x, err = w.Engine.Explain(t.Context(), tx.CommunityID, tx.ID, testkit.Seller); err != nil {
					t.Fatal(err)
				}
				least = min(least, w.Store.Stats().Statements-before)
			}
			if least > 4 {
				t.Errorf("%s: explaining takes %d statements: the deal, its timers, its log and its entries are 4", tc.state, least)
			}
			for _, secret := range []string{"@", "Bea", "Sam", "pm_", "4242"} { // of their profiles and payments
				if strings.Contains(x.Summary, secret) {
					t.Errorf("%s names %q: %s", tc.state, secret, x.Summary)
				}
			}
			var next process.TimerName
			if x.Next != nil {
				next = x.Next.Name
			}
			if x.Summary != tc.summary || cmp.Diff(tc.waits, x.Waits) != "" || next != tc.next {
				t.Errorf("%s waits for %+v, next %q: %s", tc.state, x.Waits, next, x.Summary)
			}
		}
	})
}

// What a gateway is asked for is told, and that nobody knows its outcome; so is the state once it is clear.
func TestExplain_tellsOfDoubt(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		lost := true
		var w *testkit.Testbed
		var during []string
		summary := func() string {
			x, err := w.Engine.Explain(t.Context(), app.SampleCommunity, firstID(t, w), testkit.Backend)
			if err != nil {
				t.Error(err)
			}
			return x.Summary
		}
		w = testkit.New(t, testkit.Options{DatabaseURL: fresh(t, url), Manual: true, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if creates(r) && lost {
				during = append(during, summary())
				return nil, errors.New("connection reset by a proxy")
			}
			return http.DefaultTransport.RoundTrip(r)
		})})
		if _, err := w.Engine.Create(t.Context(), testkit.Deal()); fault.CodeOf(err) != fault.Unknown {
			t.Fatalf("got %v, want an unknown outcome", err)
		}
		want := "The opening of the payment is in progress at the gateway; nothing else can be done until it has ended."
		if len(during) != 1 || during[0] != want {
			t.Errorf("meanwhile it said %q, want %q", during, want)
		}
		want = "It is not known yet whether the opening of the payment succeeded; the gateway is asked until that is clear, and nothing else can be done meanwhile."
		if got := summary(); got != want {
			t.Errorf("in doubt it says %q, want %q", got, want)
		}
		lost = false
		w.Advance(5 * time.Minute)
		tx := w.Load(orchestrator.Transaction{CommunityID: app.SampleCommunity, ID: firstID(t, w)})
		if got := summary(); tx.State != escrow.Joined || !strings.HasPrefix(got, "bea (the buyer) has to pay") {
			t.Errorf("%s says %q", tx.State, got)
		}
	})
}

// A deal is on hold because somebody acted at the gateway by hand; when it ends, it says what
// the payee got.
func TestExplain_tellsOfHoldsAndEnds(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, address string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: fresh(t, address)})
		held, ended := cardPaid(t, w, "pm_card_visa"), cardPaid(t, w, "pm_card_visa")
		w.AtStripe("/v1/refunds", url.Values{"payment_intent": {held.PaymentID}, "amount": {"100"}})
		w.MustSettle()
		w.MustDo(ended, "complete", testkit.Buyer)
		for id, want := range map[int64]string{
			held.ID:  "This deal is on hold: the gateway has moved other sums than the books say, and an operator has to look at it before anybody goes on.",
			ended.ID: "The deal is complete; sam (the seller) was paid 50.00 EUR.",
		} {
			if x, err := w.Engine.Explain(t.Context(), held.CommunityID, id, testkit.Buyer); err != nil || x.Summary != want {
				t.Errorf("%q, %v, want %q", x.Summary, err, want)
			}
		}
	})
}
