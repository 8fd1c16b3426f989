package native

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

func (n face) priceRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPost, Path: "/v1/prices/preview", Access: web.Reading, Published: true, Repeats: web.ChangesNothing,
			Summary: "Price a deal", Body: web.JSON[priceIn](), Answer: web.JSON[priceOut](),
			Serve: n.Backend(n.preview),
		},
	}
}

// priceIn is the body of POST /v1/prices/preview.
type priceIn struct {
	Gateway   string        `json:"gateway" required:"true"`
	UnitPrice *deal.MoneyIn `json:"unit_price" required:"true"`
	Quantity  *int64        `json:"quantity"`
	Shipping  *deal.MoneyIn `json:"shipping"`
}

// priceOut is what each side of a deal pays and gets; null is what the gateway does
// not tell before the deal is opened.
type priceOut struct {
	FeesBy    string         `json:"fees_by"` // the marketplace, or a gateway that sets its own fees
	Lines     []lineOut      `json:"lines"`
	Price     deal.MoneyOut  `json:"price"`
	BuyerFee  *deal.MoneyOut `json:"buyer_fee"`
	SellerFee *deal.MoneyOut `json:"seller_fee"`
	Total     *deal.MoneyOut `json:"total"`  // what the buyer pays
	Payout    *deal.MoneyOut `json:"payout"` // what the seller gets
}

// showPrice shows a breakdown whose fees are all known.
func showPrice(feesBy string, b pricing.Breakdown) priceOut {
	fee, commission, total, payout := deal.ShowMoney(b.BuyerFee), deal.ShowMoney(b.SellerFee), deal.ShowMoney(b.Total), deal.ShowMoney(b.Payout)
	return priceOut{feesBy, showLines(b.Lines), deal.ShowMoney(b.Price), &fee, &commission, &total, &payout}
}

// showQuote shows a price with the fees that a gateway tells. b has none of them.
func showQuote(feesBy string, b pricing.Breakdown, q orchestrator.Quote) (priceOut, error) {
	lines := b.Lines
	unit := b.Price.Currency()
	if q.Buyer != nil && *q.Buyer > 0 {
		fee := money.New(*q.Buyer, unit)
		lines = append(lines, pricing.Line{Code: pricing.BuyerFee, Side: pricing.Payer, Quantity: 1, Unit: fee, Amount: fee})
	}
	if q.Seller != nil && *q.Seller > 0 {
		fee := money.New(-*q.Seller, unit)
		lines = append(lines, pricing.Line{Code: pricing.SellerCommission, Side: pricing.Payee, Quantity: 1, Unit: fee, Amount: fee})
	}
	whole, err := pricing.FromLines(lines)
	if err != nil {
		return priceOut{}, fault.Wrap(err, fault.Unavailable, "fees_unreadable", "gateway %s quotes fees that do not fit the price; try again later", feesBy)
	}
	v := showPrice(feesBy, whole)
	if q.Buyer == nil {
		v.BuyerFee, v.Total = nil, nil
	}
	if q.Seller == nil {
		v.SellerFee, v.Payout = nil, nil
	}
	return v, nil
}

func (o priceIn) input() (pricing.Input, error) {
	in := pricing.Input{Quantity: 1}
	if o.Quantity != nil {
		in.Quantity = *o.Quantity
	}
	var price, shipping error
	if in.UnitPrice, price = o.UnitPrice.Read("unit_price"); price == nil {
		in.Shipping, shipping = o.Shipping.OptionalIn("shipping", in.UnitPrice.Currency())
	} else {
		_, shipping = o.Shipping.Optional("shipping")
	}
	return in, fault.All(web.Text("gateway", o.Gateway, web.MaxName), web.OptionalWhole("quantity", o.Quantity, 1, web.MaxQuantity, "invalid_quantity"), price, shipping)
}

// preview prices a deal as it would be if it were opened now.
func (n face) preview(c *gin.Context, who deal.Caller) error {
	var o priceIn
	if _, err := n.ReadJSON(c, web.InFreeText, &o); err != nil {
		return err
	}
	in, err := o.input()
	if err != nil {
		return err
	}
	kind, g, err := n.gatewayOf(o.Gateway)
	if err != nil {
		return err
	}
	if _, charging := g.(orchestrator.Charging); charging {
		return n.quote(c, g, in)
	}
	var policy pricing.Policy // nothing where nothing is paid
	if kind.Paid() {
		if policy, err = n.Engine.Policy(c.Request.Context(), who.Community()); err != nil {
			return err
		}
	}
	b, err := pricing.Offered(policy, in)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, showPrice("marketplace", b))
}

// quote prices a deal at a gateway that sets its own fees.
func (n face) quote(c *gin.Context, g orchestrator.Gateway, in pricing.Input) error {
	b, err := pricing.Offered(pricing.Policy{}, in)
	if err != nil {
		return err
	}
	v, err := showQuote(g.Name(), b, n.Engine.Quote(c.Request.Context(), g, b.Price))
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, v)
}

// gatewayOf finds a gateway that is configured here.
func (n face) gatewayOf(gateway string) (orchestrator.Kind, orchestrator.Gateway, error) {
	kind, err := n.Engine.Kinds().Find(gateway)
	if err != nil {
		return kind, nil, err
	}
	var known []string
	for _, g := range n.Engine.Gateways() {
		if g.Name() == kind.Name {
			return kind, g, nil
		}
		known = append(known, g.Name())
	}
	slices.Sort(known)
	return kind, nil, web.Invalid("gateway_not_configured", "gateway", "gateway %s is not configured here; use one of %s", kind.Name, strings.Join(known, ", "))
}

type lineOut struct {
	Code     string        `json:"code"`
	For      string        `json:"for"` // payer, payee, both
	Quantity int64         `json:"quantity"`
	Unit     deal.MoneyOut `json:"unit"`
	Amount   deal.MoneyOut `json:"amount"` // quantity times unit; a commission is below zero
}

func showLines(lines []pricing.Line) []lineOut {
	out := make([]lineOut, len(lines))
	for i, l := range lines {
		out[i] = lineOut{string(l.Code), string(l.Side), l.Quantity, deal.ShowMoney(l.Unit), deal.ShowMoney(l.Amount)}
	}
	return out
}
