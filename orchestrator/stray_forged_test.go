package orchestrator_test

//lint:file-ignore SA1019 the customer's document has listings in full; the official API no longer supports them

import (
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
)

// fromListing is a payment of 50.00 euro that bea has opened and paid at the gateway,
// from a listing of her accomplice mallory with a text of their choice.
func fromListing(t *testing.T, w *testkit.Testbed, text string) {
	t.Helper()
	c, err := client.New(client.WithBaseURL(w.Config.SandboxURL+"/api/v1"), client.WithAPIKey("sandbox"))
	if err != nil {
		t.Fatal(err)
	}
	other := testkit.Deal() // gives mallory an account at the gateway
	other.Author, other.Title = "mallory", "A lamp"
	if _, err := w.Engine.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	as := func(user string) client.CallOption {
		account, found, err := w.Store.Account(t.Context(), testkit.Deal().CommunityID, user, "trustap")
		if err != nil || !found {
			t.Fatalf("account of %s: %v %v", user, found, err)
		}
		return client.AsUser(account)
	}
	q, err := c.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 5000})
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.OnlineMultiUseListings.Create(t.Context(), client.OnlineListingInput{Role: client.RoleSeller, Description: text, Quote: *q}, as("mallory"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.OnlineMultiUseListings.CreateTransaction(t.Context(), l.ID, client.ListingPurchase[client.Quote]{}, as("bea"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Online.AcceptListingTransaction(t.Context(), p.ID, as("mallory")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Sandbox.Pay(p.ID, "success"); err != nil {
		t.Fatal(err)
	}
	w.MustSettle()
}

// A listing's text is its seller's. One that reads like the reference of a deal does not
// make a payment out of that listing the deal's: the goods would go to who paid
// themselves.
func TestM37_forgedReferencePaysNothing(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		tx := w.Open()
		own := w.PaymentID(tx)
		reference := referenceOf(t, w, own)
		fromListing(t, w, "Old city bike ["+reference+"]")
		w.Advance(10 * time.Minute)
		if now := w.Load(tx); now.State != escrow.Joined || w.PaymentID(now) != own {
			t.Errorf("the deal is %s with payment %s, want unpaid with %d", now.State, now.PaymentID, own)
		}
		if p := payment(t, w, own); p.Status != "joined" {
			t.Errorf("the deal's own payment is %s", p.Status)
		}
	})
}

// Nor does a text that reads like an operation which the database has forgotten stop the
// payouts of everybody.
func TestM37_forgedReferenceStopsNobody(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, url string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: url})
		tx := w.Open()
		reference := referenceOf(t, w, w.PaymentID(tx))
		fromListing(t, w, "Old city bike ["+reference+"x]")
		w.Advance(time.Minute)
		if r, err := w.Engine.Recovering(t.Context()); err != nil || r != nil {
			t.Errorf("recovery: %+v, %v", r, err)
		}
	})
}

// referenceOf is the operation that a payment names at the gateway, for its parties to see.
func referenceOf(t *testing.T, w *testkit.Testbed, id int64) string {
	t.Helper()
	text := payment(t, w, id).Description
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '[' {
			return text[i+1 : len(text)-1]
		}
	}
	t.Fatalf("no reference in %q", text)
	return ""
}
