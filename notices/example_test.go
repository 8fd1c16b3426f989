package notices_test

import (
	"context"
	"fmt"

	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// A room has a book of rows: this one tells the seller of a new order.
func ExampleBooks() {
	books, err := notices.NewBooks(nil, notices.Book{
		Rows: []notices.Row{{Event: events.OrderCreated, To: notices.Seller, Feed: "order_created", Text: "{buyer} has taken your ad"}},
		Names: func(context.Context, orchestrator.Transaction) (map[string]string, error) {
			return map[string]string{"u-1": "Bea", "u-2": "Sam"}, nil
		},
		Entry: func(_ notices.Happening, _ notices.Row, id, text string) map[string]any {
			return map[string]any{"id": id, "message": text}
		},
		ID: func(h notices.Happening, r notices.Row, _ notices.Person, user string) (entry, letter string) {
			id := fmt.Sprintf("%s-%d-%s", r.Feed, h.Transaction.ID, user)
			return id, id
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var order orchestrator.Transaction
	order.ID, order.Buyer, order.Seller = 7, "u-1", "u-2"
	news, err := books.Write(context.Background(), notices.Happening{Event: &orchestrator.Event{Type: string(events.OrderCreated)}, Transaction: order})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range news.Entries {
		fmt.Println(e.UserID, string(e.Data))
	}
	// Output: u-2 {"id":"order_created-7-u-2","message":"Bea has taken your ad"}
}
