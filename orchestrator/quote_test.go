package orchestrator_test

import (
	"testing"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What a gateway quotes is what its deal then charges; what cannot be learned is
// unknown and not zero.
func TestM11_quote(t *testing.T) {
	t.Parallel()
	w := testkit.New(t, testkit.Options{})
	gateway := map[string]orchestrator.Gateway{}
	for _, g := range w.Engine.Gateways() {
		gateway[g.Name()] = g
	}
	tx := w.Open()
	q := w.Engine.Quote(t.Context(), gateway["trustap"], tx.Price)
	if q.Buyer == nil || *q.Buyer == 0 || *q.Buyer != tx.BuyerFee || q.Seller == nil || *q.Seller != tx.SellerFee {
		t.Errorf("quoted %v and %v, charged %d and %d", q.Buyer, q.Seller, tx.BuyerFee, tx.SellerFee)
	}
	for name, price := range map[string]money.Amount{"trustap": money.New(0, "EUR"), "none": tx.Price} {
		if q := w.Engine.Quote(t.Context(), gateway[name], price); q.Buyer != nil || q.Seller != nil {
			t.Errorf("%s quotes %v and %v for %s, want unknown", name, q.Buyer, q.Seller, price)
		}
	}
}
