package native

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// Terms keeps what marketplaces have set for their deals. Implementations are safe for
// concurrent use.
type Terms interface {
	// DealTerms is what holds for deals that are opened from now on.
	DealTerms(ctx context.Context, community int64) (orchestrator.Terms, error)
	// SaveFees replaces the fees. Fault: invalid_fee_policy.
	SaveFees(ctx context.Context, community int64, p pricing.Policy, by orchestrator.By) error
	// SaveConfirmDays replaces the days until automatic confirmation. Fault:
	// invalid_confirm_after_days.
	SaveConfirmDays(ctx context.Context, community int64, days int, by orchestrator.By) error
}

func (n face) feeRoutes() []web.Route {
	if n.Terms == nil {
		return nil
	}
	return []web.Route{
		{
			Method: http.MethodGet, Path: "/v1/community/fees", Access: web.Operating,
			Summary: "Read the fees", Answer: web.JSON[feesInOut](),
			Serve: n.Backend(n.fees),
		},
		{
			Method: http.MethodPut, Path: "/v1/community/fees", Access: web.Operating, Keying: web.KeyHonoured,
			Summary: "Replace the fees", Body: web.JSON[feesIn](), Answer: web.JSON[feesInOut](),
			Serve: n.Kept(n.saveFees),
		},
	}
}

// feesInOut is what a marketplace charges: basis points of the goods total, and
// minimums in minor units of a currency.
type feesInOut struct {
	SellerBasisPoints *int64           `json:"seller_basis_points" required:"true"`
	SellerMinimum     *int64           `json:"seller_minimum"` // without a currency: 0, or stored before minimums had one
	SellerMinimums    map[string]int64 `json:"seller_minimums"`
	BuyerBasisPoints  *int64           `json:"buyer_basis_points" required:"true"`
	BuyerMinimum      *int64           `json:"buyer_minimum"`
	BuyerMinimums     map[string]int64 `json:"buyer_minimums"`
	CommissionOnSplit string           `json:"commission_on_split"` // pro_rata, whole
	BuyerFeeOnRefund  string           `json:"buyer_fee_on_refund"` // pro_rata, on_full_refund, kept
}

// feesIn is the body of PUT /v1/community/fees. A person must say why.
type feesIn struct {
	feesInOut
	Reason string `json:"reason"`
}

func showFees(p pricing.Policy) feesInOut {
	p = p.WithRules()
	return feesInOut{
		&p.SellerBasisPoints, &p.AnySellerMinimum, showMinimums(p.SellerMinimums), &p.BuyerBasisPoints, &p.AnyBuyerMinimum, showMinimums(p.BuyerMinimums),
		string(p.CommissionRule), string(p.BuyerFeeRule),
	}
}

func showMinimums(m pricing.Minimums) map[string]int64 {
	shown := make(map[string]int64, len(m))
	for c, least := range m {
		shown[string(c)] = least
	}
	return shown
}

func (f feesInOut) policy(known money.Assets) (pricing.Policy, error) {
	const wrong, whole100 = "invalid_fee_policy", 10_000
	seller, sellers := minimums(known, "seller_minimums", f.SellerMinimums)
	buyer, buyers := minimums(known, "buyer_minimums", f.BuyerMinimums)
	err := fault.All(
		web.Whole("seller_basis_points", f.SellerBasisPoints, 0, whole100, wrong), web.Whole("buyer_basis_points", f.BuyerBasisPoints, 0, whole100, wrong),
		noBareMinimum("seller_minimum", f.SellerMinimum), noBareMinimum("buyer_minimum", f.BuyerMinimum), sellers, buyers)
	if err != nil {
		return pricing.Policy{}, err
	}
	p := pricing.Policy{
		SellerBasisPoints: *f.SellerBasisPoints, BuyerBasisPoints: *f.BuyerBasisPoints, SellerMinimums: seller, BuyerMinimums: buyer,
		CommissionRule: pricing.Rule(f.CommissionOnSplit), BuyerFeeRule: pricing.Rule(f.BuyerFeeOnRefund),
	}.WithRules()
	return p, p.Validate()
}

// noBareMinimum refuses a minimum that names no currency: 100 would be 1.00 EUR, 100
// yen and 0.100 dinar.
func noBareMinimum(field string, n *int64) error {
	if n == nil || *n == 0 {
		return nil
	}
	if *n < 0 {
		return web.Invalid("invalid_fee_policy", field, "%s must not be negative", field)
	}
	return web.Invalid("minimum_needs_currency", field, `%s has no currency; use %ss with minor units per currency, such as {"EUR":%d}`, field, field, *n)
}

func minimums(known money.Assets, field string, in map[string]int64) (pricing.Minimums, error) {
	out := pricing.Minimums{}
	for code, least := range in {
		c, err := deal.Unit(known, field, code)
		if err != nil {
			return nil, err
		}
		if err := web.Whole(field+"."+code, &least, 0, known.Limit(c), "invalid_fee_policy"); err != nil {
			return nil, err
		}
		if least > 0 {
			out[c] = least
		}
	}
	return out, nil
}

func (n face) fees(c *gin.Context, who deal.Caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	t, err := n.Terms.DealTerms(c.Request.Context(), who.Community())
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, showFees(t.Fees))
}

// saveFees replaces what is charged for deals that are opened from now on.
func (n face) saveFees(c *gin.Context, who deal.Caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in feesIn
	if _, err := n.ReadJSON(c, web.InFreeText, &in); err != nil {
		return err
	}
	p, wrong := in.policy(n.Assets)
	by, err := n.by(c, staff, in.Reason)
	if err := fault.All(wrong, err); err != nil {
		return err
	}
	if err := n.Terms.SaveFees(c.Request.Context(), who.Community(), p, by); err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, showFees(p))
}
