package stripe_test

import (
	"fmt"
	"net/http/httptest"
	"time"

	api "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/sandbox/stripe"
)

// A hold that is captured in part, with the official client.
func Example() {
	e, err := stripe.New(stripe.Config{Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(e)
	defer server.Close()
	defer e.Close()
	client := officialClient(server)

	pi, err := client.PaymentIntents.New(&api.PaymentIntentParams{Amount: api.Int64(5000), Currency: api.String("eur"), CaptureMethod: api.String("manual")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Pay(pi.ID, "insufficient_funds"))
	fmt.Println(e.Pay(pi.ID, "success"))
	pi, err = client.PaymentIntents.Capture(pi.ID, &api.PaymentIntentCaptureParams{AmountToCapture: api.Int64(4000)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pi.Status, pi.AmountReceived)
	for _, effect := range e.Effects() {
		fmt.Println(effect.Operation, effect.Amount, effect.Currency)
	}
	// Output:
	// card_declined: Your card has insufficient funds.
	// <nil>
	// succeeded 4000
	// authorize 5000 eur
	// capture 4000 eur
}
