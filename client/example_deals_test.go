package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/handsel-dev/handsel/client"
)

// A deal with a deposit and a remainder: the deposit is 12.34 EUR, the whole
// price 50.00 EUR. What the buyer pays happens in the browser.
func ExampleF2FService() {
	server := api(map[string]string{
		"GET /p2p/charge":                                   `{"charge":78,"charge_calculator_version":5}`,
		"POST /p2p/me/transactions":                         `{"id":48,"status":"created","join_code":"c9cd6a9d"}`,
		"POST /p2p/transactions_by_join_code/c9cd6a9d/join": `{"id":48,"status":"joined"}`,
		"POST /p2p/transactions/48/accept_deposit":          `{"id":48,"status":"deposit_accepted"}`,
		"POST /p2p/transactions/48/set_price":               `{"id":48,"status":"priced","pricing":{"price":5000,"charge":190}}`,
		"POST /p2p/transactions/48/confirm_handover":        `{"id":48,"status":"seller_handover_confirmed"}`,
	})
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	const buyer, seller = "feb33a87", "ad5bb99f"
	deposit, err := c.F2F.Quote(ctx, client.F2FQuoteInput{Currency: "eur", Price: 1234})
	if err != nil {
		fmt.Println(err)
		return
	}
	deal, err := c.F2F.Create(ctx, client.F2FCreateInput{Role: client.RoleSeller, Description: "Blue bicycle", Quote: *deposit}, client.AsUser(seller))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(deal.Status)
	id, code := deal.ID, deal.JoinCode
	steps := []func() (*client.F2FTransaction, error){
		func() (*client.F2FTransaction, error) { return c.F2F.Join(ctx, code, client.AsUser(buyer)) },
		func() (*client.F2FTransaction, error) { return c.F2F.For(seller).AcceptDeposit(ctx, id) },
		func() (*client.F2FTransaction, error) {
			total, err := c.F2F.Quote(ctx, client.F2FQuoteInput{Currency: "eur", Price: 5000})
			if err != nil {
				return nil, err
			}
			return c.F2F.SetPrice(ctx, id, *total, client.AsUser(seller))
		},
		func() (*client.F2FTransaction, error) { return c.F2F.For(seller).ConfirmHandover(ctx, id) },
	}
	for _, step := range steps {
		if deal, err = step(); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(deal.Status)
	}
	// Output:
	// created
	// joined
	// deposit_accepted
	// priced
	// seller_handover_confirmed
}

// With SkipRemainder the remainder is skipped a moment after the deposit was
// accepted, and the handover has to wait for it.
func ExampleF2FService_WaitUntil() {
	reads := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reads++
		if reads < 3 {
			_, _ = io.WriteString(w, `{"id":48,"status":"deposit_accepted"}`)
			return
		}
		_, _ = io.WriteString(w, `{"id":48,"status":"remainder_skipped","remainder_skipped":"2026-01-02T03:04:05Z"}`)
	}))
	defer server.Close()
	quick := client.Retry{BaseDelay: time.Millisecond}
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"), client.WithRetry(quick))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	deal, err := c.F2F.WaitUntil(ctx, 48, (*client.F2FTransaction).RemainderSettled)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(deal.Status, "after", reads, "reads")
	// Output: remainder_skipped after 3 reads
}

// A buyer complains, and the seller gives the money back.
func ExampleOnlineService_ComplainWithDescription() {
	server := api(map[string]string{
		"POST /transactions/1309/complain_with_description": `{"id":1309,"status":"complained","complaint":{"description":"Wrong colour"}}`,
		"POST /transactions/1309/accept_complaint":          `{"id":1309,"status":"funds_released","released_to_seller":false,"currency":"eur","amount_refunded":1234}`,
	})
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	deal, err := c.Online.For("feb33a87").Complain(ctx, 1309, client.Description{Description: "Wrong colour"})
	if errors.Is(err, client.CodeComplaintPeriodExpired) {
		fmt.Println("too late")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(deal.Status, "because:", deal.Complaint.Description)
	deal, err = c.Online.AcceptComplaint(ctx, deal.ID, client.AsUser("ad5bb99f"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("back to the buyer:", *deal.AmountRefunded, deal.Currency)
	// Output:
	// complained because: Wrong colour
	// back to the buyer: 1234 eur
}

// A listing from which ten pieces are bought in one transaction.
func ExampleOnlineMultiUseListingService() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "GET /api/v1/charge":
			answer := `{"price":1234,"charge":78,"charge_calculator_version":5}`
			if r.URL.Query().Get("quantity") == "10" {
				answer = `{"price":12340,"charge":411,"charge_calculator_version":5}`
			}
			_, _ = io.WriteString(w, answer)
		case "POST /api/v1/me/multi_use_listings/create":
			_, _ = io.WriteString(w, `{"id":"77f36253","pricing":{"price":1234,"charge":78}}`)
		case "POST /api/v1/multi_use_listings/77f36253/create_transaction":
			_, _ = fmt.Fprintf(w, `{"id":1309,"status":"joined","quantity":%s,"price":%s,"charge":%s}`,
				r.URL.Query().Get("quantity"), r.URL.Query().Get("price"), r.URL.Query().Get("charge"))
		case "POST /api/v1/transactions/1309/accept_listing_transaction":
			_, _ = io.WriteString(w, `{"id":1309,"status":"joined","listing_creator_accepted":"2026-01-02T03:04:05Z"}`)
		}
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	one, err := c.Online.Quote(ctx, client.QuoteInput{Currency: "eur", Price: 1234})
	if err != nil {
		fmt.Println(err)
		return
	}
	listing, err := c.OnlineMultiUseListings.Create(ctx, client.OnlineListingInput{
		Role: client.RoleSeller, Description: "Chair", Quote: *one}, client.AsUser("ad5bb99f"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ten, err := c.Online.Quote(ctx, client.QuoteInput{Currency: "eur", Price: 1234, Quantity: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	deal, err := c.OnlineMultiUseListings.CreateTransaction(ctx, listing.ID,
		client.ListingPurchase[client.Quote]{Quantity: 10, Quote: ten}, client.AsUser("feb33a87"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(deal.Quantity, "pieces for", deal.Price, "+", deal.Charge)
	deal, err = c.Online.AcceptListingTransaction(ctx, deal.ID, client.AsUser("ad5bb99f"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("accepted:", !deal.ListingCreatorAccepted.IsZero())
	// Output:
	// 10 pieces for 12340 + 411
	// accepted: true
}

// The first quote is out of date by the time of the create; nothing was created
// then, so both are done once more.
func ExampleQuoteAndCreate() {
	version := 5
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			_, _ = fmt.Fprintf(w, `{"charge":78,"charge_calculator_version":%d}`, version)
		case version == 5:
			version++
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code":"incorrect_calc_version","error":"calculator has changed"}`)
		default:
			_, _ = io.WriteString(w, `{"id":1309,"status":"created"}`)
		}
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	deal, err := client.QuoteAndCreate(
		func() (*client.Quote, error) {
			return c.Online.Quote(ctx, client.QuoteInput{Currency: "eur", Price: 1234})
		},
		func(q *client.Quote) (*client.Transaction, error) {
			return c.Online.Create(ctx, client.CreateInput{Role: client.RoleSeller, Description: "Blue bicycle", Quote: *q})
		})
	fmt.Println(deal.ID, err)
	// Output: 1309 <nil>
}

// A marketplace walks all its paid transactions, page by page.
func ExampleClientService_AllOnlineTransactions() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := r.URL.Query().Get("page")
		_, _ = fmt.Fprintf(w, `{"data":[{"id":%s1,"status":"paid"},{"id":%s2,"status":"paid"}],"page":%s,"total_pages":2}`, page, page, page)
	}))
	defer server.Close()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	var paid client.OnlineClientFilter
	paid.Statuses = []string{string(client.StatusPaid)}
	for tx, err := range c.Clients.AllOnlineTransactions(context.Background(), "shop", paid, client.NumberedPage{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Print(tx.ID, " ")
	}
	// Output: 11 12 21 22
}

// The transaction that comes with a webhook.
func ExampleWebhookEvent_F2FTransaction() {
	event, err := client.ParseWebhook([]byte(`{"code":"p2p_tx.deposit_paid","target_id":"48","time":"2026-01-02T03:04:05Z",
		"target_preview":{"id":48,"status":"deposit_paid","currency":"eur","deposit_pricing":{"price":1234,"charge":78}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	deal, err := event.F2FTransaction()
	if err != nil {
		fmt.Println(err) // no preview: read the transaction instead
		return
	}
	fmt.Println(event.Code == client.EventF2FDepositPaid, deal.DepositPricing.Price, deal.Currency)
	// Output: true 1234 eur
}

// A test of one's own code needs no network: a server with canned answers is
// enough. The package sandbox plays whole deals.
func ExampleWithBaseURL_test() {
	fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, "as", r.Header.Get("Trustap-User"))
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"code":"not_seller","error":"current user is not seller"}`)
	}))
	defer fake.Close()
	c, err := client.New(client.WithBaseURL(fake.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.F2F.For("1-feb33a87").AcceptDeposit(context.Background(), 48)
	fmt.Println(errors.Is(err, client.CodeNotSeller))
	// Output:
	// POST /api/v1/p2p/transactions/48/accept_deposit_with_guest_seller as 1-feb33a87
	// true
}
