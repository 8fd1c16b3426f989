package client_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// party is a client beside the sandbox, with two guests who trade.
type party struct {
	*client.Client
	world         *sandboxtest.Server
	buyer, seller string
}

func newParty(t *testing.T) *party {
	t.Helper()
	world := sandboxtest.Start(t, sandbox.Config{Start: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), Seed: 1})
	c, err := client.New(client.WithBaseURL(world.URL+"/api/v1"), client.WithAPIKey(world.APIKey))
	if err != nil {
		t.Fatal(err)
	}
	p := &party{Client: c, world: world}
	for _, guest := range []struct {
		email string
		id    *string
	}{{"buyer@example.com", &p.buyer}, {"seller@example.com", &p.seller}} {
		u, err := c.Users.CreateGuestUser(t.Context(), client.CreateGuestUserInput{
			Email: guest.email, FirstName: "Sample", LastName: "User", CountryCode: "IE",
			TOSAcceptance: client.TOSAcceptance{IP: "192.0.2.1", AcceptedAt: world.Sandbox.Now().Add(-time.Minute)},
		})
		if err != nil {
			t.Fatal(err)
		}
		*guest.id = u.ID
	}
	return p
}

func (p *party) open(t *testing.T, price int64) *client.Transaction {
	t.Helper()
	quote, err := p.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: price})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := p.Online.CreateWithGuestUser(t.Context(), client.CreateWithGuestUserInput{
		CreatorRole: client.RoleBuyer, BuyerID: p.buyer, SellerID: p.seller, Description: "Soccer ticket", Quote: *quote,
	}, client.AsUser(p.buyer))
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// A wrong tag on either side shows here: both have wire types of their own.
func TestAgainstSandbox_wholeDeal(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	tx := p.open(t, 1234)
	if tx.Charge != 78 || tx.Price != 1234 || tx.Status != client.StatusJoined || tx.BuyerID != p.buyer || tx.SellerID != p.seller {
		t.Fatalf("created %+v", tx)
	}
	if _, err := p.world.Sandbox.Pay(tx.ID, "success"); err != nil {
		t.Fatal(err)
	}
	tracked, err := p.Online.For(p.seller).Track(t.Context(), tx.ID, client.Tracking{Carrier: "ups", TrackingCode: "1Z"})
	if err != nil || tracked.Status != client.StatusTracked || tracked.Tracking.Carrier != "ups" || tracked.TrackingDetailsDeadline.IsZero() {
		t.Fatalf("tracked %+v, %v", tracked, err)
	}
	delivered, err := p.Online.For(p.buyer).ConfirmDelivery(t.Context(), tx.ID)
	if err != nil || !delivered.ComplaintPeriodDeadline.Equal(p.world.Sandbox.Now().Add(24*time.Hour)) {
		t.Fatalf("delivered %+v, %v", delivered, err)
	}
	if _, err := p.Online.EndComplaintPeriod(t.Context(), tx.ID, client.AsUser(p.buyer)); err != nil {
		t.Fatal(err)
	}
	end, err := p.Online.Get(t.Context(), tx.ID)
	if err != nil || end.Status != client.StatusFundsReleased || end.ReleasedToSeller == nil || !*end.ReleasedToSeller || *end.AmountReleased != 1234 {
		t.Fatalf("ended %+v, %v", end, err)
	}
}

func TestAgainstSandbox_refusalsAreRecognised(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	joined, paid := p.open(t, 5000), p.open(t, 5000)
	if _, err := p.world.Sandbox.Pay(paid.ID, "success"); err != nil {
		t.Fatal(err)
	}
	tests := map[client.ErrorCode]func() error{
		client.CodePaymentDetailsNotAdded: func() error {
			_, err := p.Online.For(p.seller).Track(t.Context(), joined.ID, client.Tracking{Carrier: "ups", TrackingCode: "1"})
			return err
		},
		client.CodeEmptyCarrier: func() error {
			_, err := p.Online.For(p.seller).Track(t.Context(), paid.ID, client.Tracking{TrackingCode: "1"})
			return err
		},
		client.CodeNotSeller: func() error {
			_, err := p.Online.Track(t.Context(), paid.ID, client.Tracking{Carrier: "ups", TrackingCode: "1"}, client.AsUser(p.buyer))
			return err
		},
		client.CodeAlreadyPaid:      func() error { _, err := p.Online.For(p.buyer).Cancel(t.Context(), paid.ID); return err },
		client.CodeTrackingNotAdded: func() error { _, err := p.Online.For(p.buyer).ConfirmDelivery(t.Context(), paid.ID); return err },
		client.CodeUnconfirmedDelivery: func() error {
			_, err := p.Online.For(p.buyer).Complain(t.Context(), paid.ID, client.Description{Description: "fake"})
			return err
		},
		client.CodeNotFound: func() error { _, err := p.Online.Get(t.Context(), 1); return err },
		client.CodePriceTooLow: func() error {
			_, err := p.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 1})
			return err
		},
		client.CodeForbidden: func() error { _, err := p.Online.Cancel(t.Context(), joined.ID); return err },
	}
	for code, call := range tests {
		if err := call(); !errors.Is(err, code) || client.OutcomeOf(err) != client.OutcomeKnown {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func TestAgainstSandbox_lists(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	var want []int64
	for range 60 {
		want = append([]int64{p.open(t, 1234).ID}, want...)
	}
	var got []int64
	for tx, err := range p.Online.All(t.Context(), client.PageOptions{}, client.AsUser(p.buyer)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, tx.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	ids := append([]int64{want[3], 1, want[3]}, want...)
	batch, err := p.Online.Batch(t.Context(), ids, client.AsUser(p.buyer))
	if err != nil || len(batch) != len(ids) || batch[0].ID != want[3] || batch[1] != nil || batch[2].ID != want[3] || batch[62].ID != want[59] {
		t.Errorf("Batch of %d gave %d, %v", len(ids), len(batch), err)
	}
}

// A cut line after the effect is an unknown outcome, never a plain failure.
func TestAgainstSandbox_doubt(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	for kind, want := range map[string]client.Outcome{
		"cut_after": client.OutcomeUnknown, "cut_before": client.OutcomeUnknown, "error_after": client.OutcomeUnknown,
		"broken_json": client.OutcomeUnknown, "html": client.OutcomeUnknown, "rate_limit": client.OutcomeKnown,
	} {
		tx := p.open(t, 5000)
		if _, err := p.world.Sandbox.Pay(tx.ID, "success"); err != nil {
			t.Fatal(err)
		}
		if err := p.world.Sandbox.SetFaults([]sandbox.Fault{{Route: "track_with_guest_seller", Kind: kind}}); err != nil {
			t.Fatal(err)
		}
		_, err := p.Online.For(p.seller).Track(t.Context(), tx.ID, client.Tracking{Carrier: "ups", TrackingCode: "1Z"})
		if got := client.OutcomeOf(err); err == nil || got != want {
			t.Errorf("%s: outcome %v of %v, want %v", kind, got, err, want)
		}
	}
}
