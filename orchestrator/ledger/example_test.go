package ledger_test

import (
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// A buyer pays 51.90 EUR: 50.00 are held for the seller, 1.90 is the gateway's fee.
func Example() {
	stripe := ledger.Account{Kind: ledger.Outside, Owner: "stripe"}
	held := ledger.Account{Kind: ledger.Escrow, Owner: "1001"}
	fees := ledger.Account{Kind: ledger.Fees, Owner: "stripe"}

	price, err := ledger.Move(stripe, held, money.New(5000, "EUR"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fee, err := ledger.Move(stripe, fees, money.New(190, "EUR"))
	if err != nil {
		fmt.Println(err)
		return
	}
	collect := ledger.Entry{Kind: "collect", Postings: append(price, fee...)}
	fmt.Println("balanced:", collect.Validate() == nil)

	sums, err := ledger.Balances([]ledger.Entry{collect})
	fmt.Println(held, sums[held]["EUR"], err)

	undone, err := collect.Reverse("entry-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	sums, err = ledger.Balances([]ledger.Entry{collect, undone})
	fmt.Println("undone:", sums[held]["EUR"], err)
	// Output:
	// balanced: true
	// escrow:1001 5000 <nil>
	// undone: 0 <nil>
}
