package pricing_test

import (
	"fmt"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
)

// Three nights at 25.00 and 4.90 for shipping, with 5 % from the seller and
// 2.5 % on top for the buyer.
func ExampleCompute() {
	policy := pricing.Policy{SellerBasisPoints: 500, BuyerBasisPoints: 250}
	b, err := pricing.Compute(policy, pricing.Input{UnitPrice: money.New(2500, "EUR"), Quantity: 3, Shipping: 490})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range b.Lines {
		fmt.Printf("%-17s %-5s %d x %v = %v\n", l.Code, l.Side, l.Quantity, l.Unit, l.Amount)
	}
	fmt.Println("the buyer pays", b.Total, "and the seller gets", b.Payout)
	// Output:
	// unit_price        both  3 x 25.00 EUR = 75.00 EUR
	// shipping          both  1 x 4.90 EUR = 4.90 EUR
	// buyer_fee         payer 1 x 1.88 EUR = 1.88 EUR
	// seller_commission payee 1 x -3.75 EUR = -3.75 EUR
	// the buyer pays 81.78 EUR and the seller gets 76.15 EUR
}
