package client_test

import (
	"errors"
	"testing"

	"github.com/handsel-dev/handsel/client"
)

func (p *party) openF2F(t *testing.T, skipRemainder bool) *client.F2FTransaction {
	t.Helper()
	tx, err := client.QuoteAndCreate(
		func() (*client.F2FQuote, error) {
			return p.F2F.Quote(t.Context(), client.F2FQuoteInput{Currency: "eur", Price: 1234})
		},
		func(q *client.F2FQuote) (*client.F2FTransaction, error) {
			return p.F2F.CreateWithGuestUser(t.Context(), client.F2FCreateWithGuestUserInput{
				CreatorRole: client.RoleSeller, BuyerID: p.buyer, SellerID: p.seller, Description: "Blue bicycle",
				Quote: *q, SkipRemainder: skipRemainder,
			}, client.AsUser(p.seller))
		})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.world.Sandbox.PayDeposit(tx.ID, "success"); err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestAgainstSandbox_depositAndRemainder(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	tx := p.openF2F(t, false)
	if tx.DepositPricing.Price != 1234 || tx.DepositPricing.Charge == 0 || tx.SellerID != p.seller || tx.Joined.IsZero() {
		t.Fatalf("created %+v", tx)
	}
	if _, err := p.F2F.For(p.seller).ConfirmHandover(t.Context(), tx.ID); !errors.Is(err, client.CodeRemainderRequired) {
		t.Errorf("handover before the remainder: %v", err)
	}
	accepted, err := p.F2F.For(p.seller).AcceptDeposit(t.Context(), tx.ID)
	if err != nil || accepted.DepositPaid.IsZero() || accepted.DepositAccepted.IsZero() {
		t.Fatalf("accepted %+v, %v", accepted, err)
	}
	total, err := p.F2F.Quote(t.Context(), client.F2FQuoteInput{Currency: "eur", Price: 5000})
	if err != nil {
		t.Fatal(err)
	}
	priced, err := p.F2F.SetPrice(t.Context(), tx.ID, *total, client.AsUser(p.seller))
	if err != nil || priced.Pricing == nil || priced.Pricing.Price != 5000 || priced.Pricing.Charge != total.Charge || priced.Priced.IsZero() {
		t.Fatalf("priced %+v, %v", priced, err)
	}
	if _, err := p.world.Sandbox.PayRemainder(tx.ID, "success"); err != nil {
		t.Fatal(err)
	}
	confirmed, err := p.F2F.For(p.seller).ConfirmHandover(t.Context(), tx.ID)
	if err != nil || !confirmed.RemainderSettled() || confirmed.ComplaintPeriodDeadline.IsZero() {
		t.Fatalf("confirmed %+v, %v", confirmed, err)
	}
	if _, err := p.F2F.For(p.buyer).EndComplaintPeriod(t.Context(), tx.ID); err != nil {
		t.Fatal(err)
	}
	end, err := p.F2F.Get(t.Context(), tx.ID, client.AsUser(p.buyer))
	if err != nil || end.Status != client.F2FStatusFundsReleased || end.ReleasedToSeller == nil || !*end.ReleasedToSeller {
		t.Fatalf("ended %+v, %v", end, err)
	}
}

func TestAgainstSandbox_depositOnly(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	tx := p.openF2F(t, true)
	if _, err := p.F2F.For(p.seller).AcceptDeposit(t.Context(), tx.ID); err != nil {
		t.Fatal(err)
	}
	settled, err := p.F2F.WaitUntil(t.Context(), tx.ID, (*client.F2FTransaction).RemainderSettled, client.AsUser(p.seller))
	if err != nil || settled.RemainderSkipped.IsZero() {
		t.Fatalf("settled %+v, %v", settled, err)
	}
	complained, err := p.F2F.For(p.buyer).Complain(t.Context(), tx.ID, client.F2FComplaint{Description: "Wrong colour"})
	if err != nil || complained.Complaint == nil || complained.Complaint.Description != "Wrong colour" {
		t.Fatalf("complained %+v, %v", complained, err)
	}
	refunded, err := p.F2F.AcceptComplaint(t.Context(), tx.ID, client.AsUser(p.seller))
	if err != nil || refunded.ReleasedToSeller == nil || *refunded.ReleasedToSeller {
		t.Fatalf("refunded %+v, %v", refunded, err)
	}
}

func TestAgainstSandbox_cancelledDeposit(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	tx := p.openF2F(t, false)
	cancelled, err := p.F2F.For(p.buyer).Cancel(t.Context(), tx.ID, client.Description{Description: "Sold elsewhere"})
	if err != nil || cancelled.Cancellation == nil || cancelled.Cancellation.Reason != "Sold elsewhere" {
		t.Fatalf("cancelled %+v, %v", cancelled, err)
	}
	batch, err := p.F2F.Batch(t.Context(), []int64{tx.ID, 1, tx.ID}, client.AsUser(p.buyer))
	if err != nil || batch[0] == nil || batch[1] != nil || batch[2] == nil {
		t.Errorf("batch %v, %v", batch, err)
	}
}

func TestAgainstSandbox_listing(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	quote, err := p.F2F.Quote(t.Context(), client.F2FQuoteInput{Currency: "eur", Price: 1234})
	if err != nil {
		t.Fatal(err)
	}
	listings := p.F2FMultiUseListings
	listing, err := listings.Create(t.Context(), client.F2FListingInput{Role: client.RoleSeller, Description: "Chair", Quote: *quote}, client.AsUser(p.seller))
	if err != nil || listing.DepositPricing == nil || listing.DepositPricing.Price != 1234 || !listing.AllowsMultiUse {
		t.Fatalf("created %+v, %v", listing, err)
	}
	ten, err := p.F2F.Quote(t.Context(), client.F2FQuoteInput{Currency: "eur", Price: 1234, Quantity: 10})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := listings.CreateTransaction(t.Context(), listing.ID, client.ListingPurchase[client.F2FQuote]{Quantity: 10, Quote: ten}, client.AsUser(p.buyer))
	if err != nil || tx.ListingID != listing.ID || tx.ListingType != client.ListingMultiUse || tx.Quantity != 10 || tx.DepositPricing.Price != 12340 {
		t.Fatalf("bought %+v, %v", tx, err)
	}
	if _, err := listings.Disable(t.Context(), listing.ID, client.AsUser(p.seller)); err != nil {
		t.Fatal(err)
	}
	_, err = listings.CreateTransaction(t.Context(), listing.ID, client.ListingPurchase[client.F2FQuote]{}, client.AsUser(p.buyer))
	if !errors.Is(err, client.CodeListingIsDisabled) {
		t.Errorf("bought from a disabled listing: %v", err)
	}
	if err := listings.Delete(t.Context(), listing.ID, client.AsUser(p.seller)); err != nil {
		t.Error(err)
	}
	if _, err := listings.Get(t.Context(), listing.ID, client.AsUser(p.seller)); !errors.Is(err, client.CodeNotFound) {
		t.Errorf("read a deleted listing: %v", err)
	}
}

func TestAgainstSandbox_notifications(t *testing.T) {
	t.Parallel()
	p := newParty(t)
	tx := p.openF2F(t, false)
	found := 0
	for n, err := range p.Notifications.All(t.Context(), client.PageOptions{}, client.AsUser(p.seller)) {
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := n.F2FTransactionID(); !ok || id != tx.ID || n.UserID != p.seller {
			t.Errorf("notification %+v", n)
		}
		read, err := p.Notifications.MarkAsRead(t.Context(), n.ID, client.AsUser(p.seller))
		if err != nil || read.Read.IsZero() {
			t.Errorf("read %+v, %v", read, err)
		}
		found++
	}
	if found == 0 {
		t.Error("no notification")
	}
}
