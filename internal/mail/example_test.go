package mail_test

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/internal/mail"
)

// In development the mails are kept instead of sent.
func Example() {
	templates, err := mail.NewTemplates()
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := templates.Write("funds_released", mail.Data{
		Marketplace: "Example Market", Recipient: "Bea Buyer", Counterparty: "Sam Seller", Amount: "100.00 USDT", OrderID: "12",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m.To, m.ID = "bea@example.com", "order-12-released@market.example.com"
	var box mail.Memory
	if err := box.Send(context.Background(), m); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(box.Messages()[0].Subject)
	fmt.Print(box.Messages()[0].Text)
	// Output:
	// Example Market: funds released for order 12
	// Hello Bea Buyer,
	//
	// Sam Seller has released 100.00 USDT to you. Order 12 is complete.
	//
	// Example Market
}
