package native_test

import (
	"context"
	"testing"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway/none"
	"github.com/handsel-dev/handsel/server"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

// quoting is a gateway that sets its own fees: of the seller, so much of the price and of each deal.
type quoting struct {
	none.Gateway
	seller int64
}

func (quoting) Name() string { return "paypal" }
func (quoting) SetsFees()    {}

func (q quoting) Quote(_ context.Context, price money.Amount) (orchestrator.Quote, error) {
	fee := q.seller + price.Minor()/100
	return orchestrator.Quote{Seller: &fee}, nil
}

// Fees that a gateway quotes are shown where they fit the price, and refused where they are more than it.
func TestPreview_quotedFees(t *testing.T) {
	t.Parallel()
	w := facetest.NewTestbed(t)
	config := w.Server.Config
	config.Registry, config.Engine = nil, w.EngineWith(quoting{seller: 30})
	s, err := server.New(config)
	w.Must(err)
	w.Server = s
	price := func(minor int64) facetest.Answer {
		return w.Call(t, "POST", "/v1/prices/preview", facetest.Object{"gateway": "paypal", "unit_price": facetest.Euros(minor)})
	}
	price(1000).Is(200).Has(map[string]string{"fees_by": "paypal", "seller_fee.amount": "40", "payout.amount": "960"})
	price(29).Refused(503, "fees_unreadable").Has(map[string]string{"money_moved": "no", "retryable": "true"})
}
