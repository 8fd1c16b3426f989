package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// userBalance is what a user has on the marketplace's own books, in minor units.
type userBalance struct {
	UserID    string `json:"user_id"`
	Currency  string `json:"currency"`
	Available int64  `json:"available"`
	Frozen    int64  `json:"frozen"` // set aside for deals under way
}

// balance shows a user's balance. A user may see only their own.
func (n native) balance(c *gin.Context, who caller) error {
	user := c.Param("user_id")
	if err := userID("user_id", &user); err != nil {
		return err
	}
	if who.actor.Kind == process.User && who.actor.ID != user {
		return fault.New(fault.Forbidden, "not_yourself", "a user may see only their own balance")
	}
	query, err := parameters(c, "currency")
	if err != nil {
		return err
	}
	code, given := query["currency"]
	if !given {
		return missing("currency")
	}
	held, err := unit(n.Assets, "currency", code)
	if err != nil {
		return err
	}
	v := userBalance{UserID: user, Currency: code}
	for kind, into := range map[ledger.Kind]*int64{ledger.Available: &v.Available, ledger.Frozen: &v.Frozen} {
		account := ledger.Account{Kind: kind, Owner: user}
		if *into, err = n.books.Balance(c.Request.Context(), who.community(), account, held); err != nil {
			return err
		}
	}
	return send(c, http.StatusOK, v)
}

// booked is money that came into a user's balance from outside, or left it.
type booked struct {
	ID        string    `json:"id"`
	Number    int64     `json:"number"`
	Kind      string    `json:"kind"` // deposit, withdrawal
	UserID    string    `json:"user_id"`
	Amount    int64     `json:"amount"` // minor units
	Currency  string    `json:"currency"`
	CreatedAt time.Time `json:"created_at"`
}

// bookingIn is the body of a deposit or withdrawal.
type bookingIn struct {
	Amount   *int64  `json:"amount"`
	Currency *string `json:"currency"`
	Reason   string  `json:"reason"`
}

func (b bookingIn) input(known money.Assets) (amount money.Amount, input map[string]string, err error) {
	if amount, err = (moneyIn{b.Amount, b.Currency}).of(known, ""); err != nil || b.Reason == "" {
		return amount, nil, err
	}
	return amount, map[string]string{"reason": b.Reason}, text("reason", b.Reason, maxText)
}

// bookMoney is the handler of deposits or withdrawals. A key with the scope operator
// may book without naming staff.
func (n native) bookMoney(kind string) handler {
	return func(c *gin.Context, who caller) error {
		staff, err := operator(who)
		if err != nil {
			return err
		}
		user := c.Param("user_id")
		if err := userID("user_id", &user); err != nil {
			return err
		}
		var b bookingIn
		body, err := n.readJSON(c, inFreeText, &b)
		if err != nil {
			return err
		}
		amount, input, err := b.input(n.Assets)
		if err != nil {
			return err
		}
		if _, err := n.by(c, staff, b.Reason); err != nil {
			return err
		}
		cmd := n.opening(c, who, body, &orchestrator.CreateInput{
			CommunityID: who.community(), Process: kind, Gateway: "balance", Actor: staff,
			Starter: user, Author: user, Title: kind, UnitPrice: amount, Input: input,
		})
		cmd.view = func(tx orchestrator.Transaction) any {
			return booked{n.IDs.Seal(publicid.Transaction, tx.ID), tx.ID, kind, user, tx.Price.Minor(), string(tx.Price.Currency()), tx.CreatedAt.UTC()}
		}
		return n.once(c, cmd)
	}
}

// operator is who acts where a key with the scope operator is enough.
func operator(who caller) (process.Actor, error) {
	switch who.actor.Kind {
	case process.Staff:
		return who.actor, nil
	case process.Backend:
		return process.Actor{Kind: process.Staff, ID: keyActor + who.key.ID}, nil
	}
	return process.Actor{}, fault.New(fault.Forbidden, "not_operator", "this is for the marketplace's staff, not for a user")
}

// feesInOut is what a marketplace charges: basis points of the goods total, and
// minimums in minor units of a currency.
type feesInOut struct {
	SellerBasisPoints *int64           `json:"seller_basis_points"`
	SellerMinimum     *int64           `json:"seller_minimum"` // without a currency: 0, or stored before minimums had one
	SellerMinimums    map[string]int64 `json:"seller_minimums"`
	BuyerBasisPoints  *int64           `json:"buyer_basis_points"`
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
	err := cmp.Or(
		whole("seller_basis_points", f.SellerBasisPoints, 0, whole100, wrong), whole("buyer_basis_points", f.BuyerBasisPoints, 0, whole100, wrong),
		noBareMinimum("seller_minimum", f.SellerMinimum), noBareMinimum("buyer_minimum", f.BuyerMinimum))
	if err != nil {
		return pricing.Policy{}, err
	}
	p := pricing.Policy{
		SellerBasisPoints: *f.SellerBasisPoints, BuyerBasisPoints: *f.BuyerBasisPoints,
		CommissionRule: pricing.Rule(f.CommissionOnSplit), BuyerFeeRule: pricing.Rule(f.BuyerFeeOnRefund),
	}.WithRules()
	if p.SellerMinimums, err = minimums(known, "seller_minimums", f.SellerMinimums); err != nil {
		return p, err
	}
	if p.BuyerMinimums, err = minimums(known, "buyer_minimums", f.BuyerMinimums); err != nil {
		return p, err
	}
	return p, p.Validate()
}

// noBareMinimum refuses a minimum that names no currency: 100 would be 1.00 EUR, 100
// yen and 0.100 dinar.
func noBareMinimum(field string, n *int64) error {
	if n == nil || *n == 0 {
		return nil
	}
	if *n < 0 {
		return invalid("invalid_fee_policy", field, "%s must not be negative", field)
	}
	return invalid("minimum_needs_currency", field, `%s has no currency; use %ss with minor units per currency, such as {"EUR":%d}`, field, field, *n)
}

func minimums(known money.Assets, field string, in map[string]int64) (pricing.Minimums, error) {
	out := pricing.Minimums{}
	for code, least := range in {
		c, err := unit(known, field, code)
		if err != nil {
			return nil, err
		}
		if err := whole(field+"."+code, &least, 0, known.Limit(c), "invalid_fee_policy"); err != nil {
			return nil, err
		}
		if least > 0 {
			out[c] = least
		}
	}
	return out, nil
}

func (n native) fees(c *gin.Context, who caller) error {
	if _, err := operator(who); err != nil {
		return err
	}
	p, err := n.Fees.Fees(c.Request.Context(), who.community())
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, showFees(p))
}

// saveFees replaces what is charged for deals that are opened from now on.
func (n native) saveFees(c *gin.Context, who caller) error {
	staff, err := operator(who)
	if err != nil {
		return err
	}
	var in feesIn
	if _, err := n.readJSON(c, inFreeText, &in); err != nil {
		return err
	}
	p, err := in.policy(n.Assets)
	if err != nil {
		return err
	}
	by, err := n.by(c, staff, in.Reason)
	if err != nil {
		return err
	}
	if err := n.Fees.SaveFees(c.Request.Context(), who.community(), p, by); err != nil {
		return err
	}
	return send(c, http.StatusOK, showFees(p))
}

// offer is the body of POST /v1/prices/preview.
type offer struct {
	Gateway   string   `json:"gateway"`
	UnitPrice *moneyIn `json:"unit_price"`
	Quantity  *int64   `json:"quantity"`
	Shipping  *moneyIn `json:"shipping"`
}

// priceOut is what each side of a deal pays and gets; null is what the gateway does
// not tell before the deal is opened.
type priceOut struct {
	FeesBy    string    `json:"fees_by"` // the marketplace, or a gateway that sets its own fees
	Lines     []lineOut `json:"lines"`
	Price     moneyOut  `json:"price"`
	BuyerFee  *moneyOut `json:"buyer_fee"`
	SellerFee *moneyOut `json:"seller_fee"`
	Total     *moneyOut `json:"total"`  // what the buyer pays
	Payout    *moneyOut `json:"payout"` // what the seller gets
}

// showPrice shows a breakdown whose fees are all known.
func showPrice(feesBy string, b pricing.Breakdown) priceOut {
	fee, commission, total, payout := showMoney(b.BuyerFee), showMoney(b.SellerFee), showMoney(b.Total), showMoney(b.Payout)
	return priceOut{feesBy, showLines(b.Lines), showMoney(b.Price), &fee, &commission, &total, &payout}
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

func (o offer) input() (pricing.Input, error) {
	in := pricing.Input{Quantity: 1}
	err := cmp.Or(text("gateway", o.Gateway, maxName), optionalWhole("quantity", o.Quantity, 1, maxQuantity, "invalid_quantity"))
	if err != nil {
		return in, err
	}
	if o.Quantity != nil {
		in.Quantity = *o.Quantity
	}
	if in.UnitPrice, err = o.UnitPrice.amount("unit_price"); err != nil {
		return in, err
	}
	in.Shipping, err = o.Shipping.optionalIn("shipping", in.UnitPrice.Currency())
	return in, err
}

// preview prices a deal as it would be if it were opened now.
func (n native) preview(c *gin.Context, who caller) error {
	var o offer
	if _, err := n.readJSON(c, inFreeText, &o); err != nil {
		return err
	}
	in, err := o.input()
	if err != nil {
		return err
	}
	g, err := n.gatewayOf(o.Gateway)
	if err != nil {
		return err
	}
	if _, charging := g.(orchestrator.Charging); charging {
		return n.quote(c, g, in)
	}
	var policy pricing.Policy // nothing where nothing is paid
	if g.Name() != "none" {
		if policy, err = n.Engine.Policy(c.Request.Context(), who.community()); err != nil {
			return err
		}
	}
	b, err := pricing.Offered(policy, in)
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, showPrice("marketplace", b))
}

// quote prices a deal at a gateway that sets its own fees.
func (n native) quote(c *gin.Context, g orchestrator.Gateway, in pricing.Input) error {
	b, err := pricing.Offered(pricing.Policy{}, in)
	if err != nil {
		return err
	}
	v, err := showQuote(g.Name(), b, n.Engine.Quote(c.Request.Context(), g, b.Price))
	if err != nil {
		return err
	}
	return send(c, http.StatusOK, v)
}

// gatewayOf finds a gateway that is configured here.
func (n native) gatewayOf(gateway string) (orchestrator.Gateway, error) {
	name, err := orchestrator.GatewayName(gateway)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, g := range n.Engine.Gateways {
		if g.Name() == name {
			return g, nil
		}
		known = append(known, g.Name())
	}
	slices.Sort(known)
	return nil, invalid("gateway_not_configured", "gateway", "gateway %s is not configured here; use one of %s", name, strings.Join(known, ", "))
}

type lineOut struct {
	Code     string   `json:"code"`
	For      string   `json:"for"` // payer, payee, both
	Quantity int64    `json:"quantity"`
	Unit     moneyOut `json:"unit"`
	Amount   moneyOut `json:"amount"` // quantity times unit; a commission is below zero
}

func showLines(lines []pricing.Line) []lineOut {
	out := make([]lineOut, len(lines))
	for i, l := range lines {
		out[i] = lineOut{string(l.Code), string(l.Side), l.Quantity, showMoney(l.Unit), showMoney(l.Amount)}
	}
	return out
}
