// Command go is a small marketplace that does everything through Handsel's SDK: sam lists a bike, bea buys it and sam is
// paid; then bea buys a chair that arrives broken, complains, and has her money back. It waits for the buyer's
// payment by following the log of events, and gets what happens by webhooks as well. Run it against "handsel dev":
//
//	handsel dev --env-file=dev.env
//	env $(cat dev.env) go run ./examples/go
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sdk/go"
)

// marketplace is the backend.
type marketplace struct{ *handsel.Client }

const (
	bea handsel.UserID = "bea"
	sam handsel.UserID = "sam"
)

func main() {
	m := marketplace{handsel.New(handsel.Settings{URL: os.Getenv("HANDSEL_URL"), Key: os.Getenv("HANDSEL_API_KEY")})}
	ctx := context.Background()
	told, err := m.receive(ctx)
	if err == nil {
		err = errors.Join(m.sale(ctx), m.dispute(ctx))
	}
	if err == nil {
		err = told()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// sale goes from the listing to the payout.
func (m marketplace) sale(ctx context.Context) error {
	price := handsel.Money{Amount: 12_000, Currency: "EUR"}
	listing, err := m.Listings.Create(ctx, handsel.ListingInput{
		AuthorID: sam, Title: "City bike", Description: "Seven gears, new brakes", Kind: handsel.ListingKindMultiUse, Model: handsel.ListingModelOnline, Price: &price, Stock: new(int64(3)),
	})
	if err != nil {
		return err
	}
	deal, err := handsel.Done(m.Listings.Buy(ctx, listing.ID, handsel.ListingDealInput{StarterID: bea, Process: handsel.ProcessPreauthorize, Gateway: handsel.GatewayStripe}, handsel.AsUser(bea)))
	if err != nil {
		return err
	}
	if deal, err = m.paid(ctx, deal, handsel.OnTransactionPreauthorized.Type); err != nil {
		return err
	}
	// A deal has one answer per key: whoever sends this again, after a crash, gets the same one.
	key := handsel.WithKey("accept " + string(deal.ID))
	for range 2 {
		if deal, err = handsel.Done(m.Transactions.Take(ctx, deal.ID, handsel.PreauthorizeCompletePreauthorization{}.Body(), handsel.AsUser(sam), key)); err != nil {
			return err
		}
	}
	fmt.Println("sam accepts, the money is taken:", deal.State)
	if deal, err = handsel.Done(m.Transactions.Take(ctx, deal.ID, handsel.PreauthorizeComplete{}.Body(), handsel.AsUser(bea))); err != nil {
		return err
	}
	for payout, err := range m.Sellers.ListPayouts(ctx, sam, handsel.SellersListPayoutsQuery{}) {
		if err != nil {
			return err
		}
		if payout.TransactionID == deal.ID {
			fmt.Printf("bea confirms: %s; sam's payout of %s is %s\n", deal.State, payout.Amount, payout.Status)
		}
	}
	return nil
}

// dispute is a deal that goes wrong: the buyer complains, and the seller gives in.
func (m marketplace) dispute(ctx context.Context) error {
	opened, err := m.Transactions.Create(ctx, handsel.OpenEscrowOnlineCreate{}.Open(handsel.TransactionInput{
		Gateway: handsel.GatewayTrustap, StarterID: bea, AuthorID: sam, Listing: handsel.TransactionInputListing{Title: "Kitchen chair"}, UnitPrice: handsel.Money{Amount: 4_500, Currency: "EUR"},
	}))
	if err == nil && opened.Doubt != nil {
		// Nobody knows yet whether the payment was opened. It must not be ordered again under another key.
		return fmt.Errorf("ask again with the key %s: %w", opened.Doubt.Key, opened.Doubt.Err)
	}
	deal, err := handsel.Done(opened, err)
	if err != nil {
		return err
	}
	if deal, err = m.paid(ctx, deal, handsel.OnTransactionPaid.Type); err != nil {
		return err
	}
	early := handsel.EscrowOnlineComplain{Description: "too early"}.Body()
	if _, err := m.Transactions.Take(ctx, deal.ID, early, handsel.AsUser(bea)); !handsel.Refused(err) {
		return fmt.Errorf("a complaint before anything was sent is not refused: %w", err)
	}
	for _, s := range []struct {
		by   handsel.UserID
		step handsel.WantedTransitionInput
	}{
		{sam, handsel.EscrowOnlineTrack{Carrier: "an-post", TrackingCode: "CP123456785IE"}.Body()},
		{bea, handsel.EscrowOnlineConfirmDelivery{}.Body()},
		{bea, handsel.EscrowOnlineComplain{Description: "One leg is broken"}.Body()},
		{sam, handsel.EscrowOnlineAcceptComplaint{}.Body()},
	} {
		if deal, err = handsel.Done(m.Transactions.Take(ctx, deal.ID, s.step, handsel.AsUser(s.by))); err != nil {
			return err
		}
		explained, err := m.Transactions.Explain(ctx, deal.ID)
		if err != nil {
			return err
		}
		fmt.Printf("%s takes %s: %s. %s\n", s.by, s.step.Transition, deal.State, explained.Summary)
	}
	fmt.Println("went back, in cents:", deal.Funds.Refunded)
	return nil
}

// paid lets the buyer pay on the gateway's page, as the emulators let a program do, and follows the log until it has
// happened.
func (m marketplace) paid(ctx context.Context, deal handsel.Transaction, what handsel.EventType) (handsel.Transaction, error) {
	page, err := http.Post(deal.RedirectURL, "application/json", strings.NewReader(`{"card":"success"}`))
	if err != nil {
		return deal, err
	}
	_ = page.Body.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for event, err := range m.Follow(ctx, handsel.Follow{Transaction: deal.ID, Wait: 25 * time.Second}) {
		if err != nil {
			return deal, err
		}
		if event.Type == what {
			return m.Transactions.Get(ctx, deal.ID)
		}
	}
	return deal, errors.New("the log has ended")
}
