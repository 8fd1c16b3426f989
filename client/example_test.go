package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/client"
)

// api stands in for the real API: it answers by method and path.
func api(answers map[string]string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, found := answers[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1")]
		if !found {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, answer)
	}))
}

func Example() {
	server := api(map[string]string{
		"GET /charge": `{"currency":"eur","charge":78,"charge_calculator_version":5}`,
	})
	defer server.Close()

	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	quote, err := c.Online.Quote(context.Background(), client.QuoteInput{Currency: "eur", Price: 1234})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("the buyer pays %d + %d %s cents\n", quote.Price, quote.Charge, quote.Currency)
	// Output: the buyer pays 1234 + 78 eur cents
}

// A deal between a full user who sells and a guest who buys.
func ExampleOnlineService_CreateWithGuestUser() {
	server := api(map[string]string{
		"GET /charge":       `{"currency":"eur","charge":78,"charge_calculator_version":5}`,
		"POST /guest_users": `{"id":"1-feb33a87","email":"guest@example.com"}`,
		"POST /me/transactions/create_with_guest_user":              `{"id":1309,"status":"joined"}`,
		"POST /transactions/1309/track":                             `{"id":1309,"status":"tracked"}`,
		"POST /transactions/1309/complain_with_guest_buyer":         `{"id":1309,"status":"complained","complaint":{"description":"Item was fake"}}`,
		"POST /transactions/1309/accept_complaint":                  `{"id":1309,"status":"funds_released","released_to_seller":false}`,
		"POST /transactions/1309/confirm_delivery_with_guest_buyer": `{"id":1309,"status":"delivered"}`,
	})
	defer server.Close()

	ctx := context.Background()
	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	buyer, err := c.Users.CreateGuestUser(ctx, client.CreateGuestUserInput{
		Email: "guest@example.com", FirstName: "Test", LastName: "User",
		TOSAcceptance: client.TOSAcceptance{IP: "192.0.2.7", AcceptedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	quote, err := c.Online.Quote(ctx, client.QuoteInput{Currency: "eur", Price: 1234})
	if err != nil {
		fmt.Println(err)
		return
	}
	const seller = "ad5bb99f"
	deal, err := c.Online.CreateWithGuestUser(ctx, client.CreateWithGuestUserInput{
		CreatorRole: client.RoleSeller, SellerID: seller, BuyerID: buyer.ID, Description: "Soccer ticket", Quote: *quote,
	}, client.AsUser(seller))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(deal.Status)

	steps := []func() (*client.Transaction, error){
		func() (*client.Transaction, error) {
			return c.Online.For(seller).Track(ctx, deal.ID, client.Tracking{Carrier: "ups", TrackingCode: "T1"})
		},
		func() (*client.Transaction, error) { return c.Online.For(buyer.ID).ConfirmDelivery(ctx, deal.ID) },
		func() (*client.Transaction, error) {
			return c.Online.For(buyer.ID).Complain(ctx, deal.ID, client.Description{Description: "Item was fake"})
		},
		func() (*client.Transaction, error) {
			return c.Online.AcceptComplaint(ctx, deal.ID, client.AsUser(seller))
		},
	}
	for _, step := range steps {
		if deal, err = step(); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(deal.Status)
	}
	// Output:
	// joined
	// tracked
	// delivered
	// complained
	// funds_released
}

func ExampleOnlineService_All() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages := map[string]string{"": `[{"id":1309},{"id":609}]`, "609": `[{"id":12}]`, "12": `[]`}
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("after_id")])
	}))
	defer server.Close()

	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for tx, err := range c.Online.All(context.Background(), client.PageOptions{}, client.AsUser("1-feb33a87")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(tx.ID)
	}
	// Output:
	// 1309
	// 609
	// 12
}

func ExampleError() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":"already_paid","error":"payment already made"}`)
	}))
	defer server.Close()

	c, err := client.New(client.WithBaseURL(server.URL+"/api/v1"), client.WithAPIKey("test-key"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.Online.Cancel(context.Background(), 1309)
	switch {
	case errors.Is(err, client.CodeAlreadyPaid):
		fmt.Println("too late to cancel; outcome", client.OutcomeOf(err))
	case client.OutcomeOf(err) == client.OutcomeUnknown:
		fmt.Println("read the transaction before trying again")
	}
	// Output: too late to cancel; outcome known
}

func ExampleWebhookHandler() {
	handler, err := client.NewWebhookHandler(client.WebhookConfig{
		Credentials: []client.WebhookCredential{{Username: "shop", Password: "agreed-with-trustap"}},
		Handle: func(_ context.Context, event *client.WebhookEvent) error {
			fmt.Println("store", event.Key())
			return nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := `{"code":"basic_tx.paid","target_id":"1309","time":"2026-01-02T03:04:05.5Z"}`
	request := httptest.NewRequest(http.MethodPost, "/hooks", strings.NewReader(body))
	request.SetBasicAuth("shop", "agreed-with-trustap")
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	fmt.Println(answer.Code)
	// Output:
	// store basic_tx.paid|1309|2026-01-02T03:04:05.5Z
	// 204
}
