package orchestrator_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/escrowonline"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/sandbox"
)

// copied opens a payment of 50.00 euro at Trustap between two users, past the engine,
// with a text that reads like the reference of a deal's operation.
func copied(t *testing.T, w *testkit.Testbed, buyer, seller, reference string) int64 {
	t.Helper()
	c, err := client.New(client.WithBaseURL(w.Config.SandboxURL+"/api/v1"), client.WithAPIKey("sandbox"))
	if err != nil {
		t.Fatal(err)
	}
	account := func(user string) string {
		id, found, err := w.Store.Account(t.Context(), testkit.Deal().CommunityID, user, "trustap")
		if err != nil || !found {
			t.Fatalf("account of %s: %v %v", user, found, err)
		}
		return id
	}
	q, err := c.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 5000})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Online.CreateWithGuestUser(t.Context(), client.CreateWithGuestUserInput{
		CreatorRole: client.RoleBuyer, BuyerID: account(buyer), SellerID: account(seller), Quote: *q, Description: "Old city bike [" + reference + "]",
	}, client.AsUser(account(buyer)))
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

// strangers gives eve and mallory accounts at Trustap.
func strangers(t *testing.T, w *testkit.Testbed) {
	t.Helper()
	in := testkit.Deal()
	in.Starter, in.Author, in.Actor.ID, in.Title = "eve", "mallory", "eve", "A lamp"
	if _, err := w.Engine.Create(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

// A paid payment that names a deal's operation is the deal's only when it is from its
// buyer and for its seller. Of other people it pays nothing, and a person is asked.
func TestM37_othersPayNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		for _, c := range []struct {
			buyer, seller string
			adopted       bool
		}{{"bea", "sam", true}, {"eve", "sam", false}, {"bea", "mallory", false}} {
			t.Run(c.buyer+" pays "+c.seller, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url)})
				strangers(t, w)
				tx := w.Open()
				own := w.PaymentID(tx)
				other := copied(t, w, c.buyer, c.seller, referenceOf(t, w, own))
				if _, err := w.Sandbox.Pay(other, "success"); err != nil {
					t.Fatal(err)
				}
				w.MustSettle()
				w.Restart()
				w.Advance(2 * time.Hour)
				now := w.Load(tx)
				if c.adopted {
					if now.State != escrowonline.Paid || w.PaymentID(now) != other {
						t.Errorf("the deal is %s with %s, want paid with %d", now.State, now.PaymentID, other)
					}
					return
				}
				if now.State != escrow.Joined || w.PaymentID(now) != own || payment(t, w, own).Status != "joined" {
					t.Errorf("the deal is %s with payment %s (%s), want unpaid with its own", now.State, now.PaymentID, payment(t, w, own).Status)
				}
				listedOnly(t, w, tx, strconv.FormatInt(other, 10))
				if p := payment(t, w, other); p.Status != "paid" {
					t.Errorf("the payment of other people is %s", p.Status)
				}
				w.CheckBooks()
			})
		}
	})
}

// listedOnly: a person is asked about a stray payment, and nothing is done with it.
func listedOnly(t *testing.T, w *testkit.Testbed, tx orchestrator.Transaction, id string) {
	t.Helper()
	s, found, err := w.Store.OpenStray(t.Context(), tx.CommunityID, tx.Gateway, id)
	if err != nil || !found || s.ListedAt.IsZero() || s.TransactionID != tx.ID || !strings.Contains(s.Note, "payer or payee") {
		t.Errorf("payment %s is %+v, found %v, %v; want it listed as somebody else's", id, s, found, err)
	}
}

// An operation whose answer was lost is looked up by its reference: what is found of
// other people is not its payment, and the deal gets one of its own.
func TestM37_othersAreNotFound(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url, Transport: &heldUp{}})
		_, _ = w.Engine.Create(t.Context(), testkit.Deal()) // its request never arrives
		tx := w.Load(orchestrator.Transaction{CommunityID: testkit.Deal().CommunityID, ID: firstID(t, w)})
		if tx.IntentID == "" {
			t.Fatal("the outcome is known")
		}
		strangers(t, w)
		other := copied(t, w, "bea", "mallory", tx.IntentID)
		w.Advance(200 * time.Second)
		now := w.Load(tx)
		if now.State != escrow.Joined || now.PaymentID == "" || w.PaymentID(now) == other {
			t.Fatalf("the deal is %s with payment %q, want joined with another one than %d", now.State, now.PaymentID, other)
		}
		if p := payment(t, w, w.PaymentID(now)); p.Status != "joined" {
			t.Errorf("its payment is %s", p.Status)
		}
		if _, err := w.Sandbox.Pay(other, "success"); err != nil {
			t.Fatal(err)
		}
		w.MustSettle()
		w.Advance(2 * time.Hour)
		listedOnly(t, w, now, strconv.FormatInt(other, 10))
		if now := w.Pay(w.Load(tx)); now.State != escrowonline.Paid {
			t.Errorf("the deal is %s", now.State)
		}
	})
}

// A newer payment of other people with the same reference does not hide the one whose
// answer was lost: the deal gets that one, and nothing is opened again.
func TestM37_aCopyHidesNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		w.Open()               // the parties have accounts
		w.Advance(time.Minute) // the looks of the day are over
		if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_with_guest_user", Kind: "cut_after"}, {Route: "webhook", Kind: "lose", Times: -1}}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Engine.Create(t.Context(), testkit.Deal())
		tx := w.Load(orchestrator.Transaction{CommunityID: testkit.Deal().CommunityID, ID: firstID(t, w)})
		if tx.IntentID == "" {
			t.Fatal("the outcome is known")
		}
		strangers(t, w)
		w.Advance(time.Second) // the copy is the newer one
		other := copied(t, w, "bea", "mallory", tx.IntentID)
		w.Advance(200 * time.Second)
		now := w.Load(tx)
		if now.State != escrow.Joined || now.PaymentID == "" || w.PaymentID(now) >= other {
			t.Errorf("the deal is %s with payment %q, want joined with the one from before %d", now.State, now.PaymentID, other)
		}
	})
}

// At Stripe a payment tells which deal it was opened for: one of another deal, or of
// none, pays nothing and is not returned, whatever operation it names.
func TestM37_othersAtStripe(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		for name, c := range map[string]struct {
			group   func(tx orchestrator.Transaction) string
			adopted bool
		}{
			"its own":       {orchestrator.Transaction.Tag, true},
			"another deal":  {func(tx orchestrator.Transaction) string { return fmt.Sprintf("handsel_%d_%d", tx.CommunityID, tx.ID+1) }, false},
			"another place": {func(tx orchestrator.Transaction) string { return fmt.Sprintf("handsel_%d_%d", tx.CommunityID+1, tx.ID) }, false},
			"none":          {func(orchestrator.Transaction) string { return "" }, false},
		} {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, url)})
				result, err := w.Engine.Create(t.Context(), card("preauthorize", ""))
				if err != nil {
					t.Fatal(err)
				}
				tx := w.Load(result.Transaction)
				other := twinAtStripe(t, w, tx, "manual", c.group(tx))
				w.MustSettle()
				w.Restart()
				w.Advance(30 * time.Minute)
				now := w.Load(tx)
				if c.adopted {
					if now.State != preauthorize.Preauthorized || now.PaymentID != other {
						t.Errorf("the deal is %s with %s, want preauthorized with %s", now.State, now.PaymentID, other)
					}
					return
				}
				if now.State != preauthorize.Initiated || now.PaymentID != tx.PaymentID {
					t.Errorf("the deal is %s with %s, want %s with its own payment", now.State, now.PaymentID, tx.State)
				}
				listedOnly(t, w, tx, other)
				for _, e := range w.Stripe.Effects() {
					if e.Operation == "void" || e.Operation == "refund" {
						t.Errorf("%s of %s", e.Operation, e.ObjectID)
					}
				}
			})
		}
	})
}
