package native

import (
	"math"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// newTransaction is the body of POST /v1/transactions. Shipping is part of the
// price; a deposit is for a process that begins with one, whose unit price is 0.
type newTransaction struct {
	Process    string `json:"process" required:"true"`
	Gateway    string `json:"gateway" required:"true"`
	Transition string `json:"transition"`
	StarterID  string `json:"starter_id" required:"true"`
	AuthorID   string `json:"author_id"`
	BuyerID    string `json:"buyer_id"`
	SellerID   string `json:"seller_id"`
	Listing    *struct {
		ID    *int64 `json:"id"`
		Title string `json:"title"`
	} `json:"listing" required:"true"`
	UnitPrice        *deal.MoneyIn `json:"unit_price" required:"true"`
	Quantity         *int64        `json:"quantity"`
	Shipping         *deal.MoneyIn `json:"shipping"`
	Deposit          *deal.MoneyIn `json:"deposit"`
	Booking          *deal.Dates   `json:"booking"`
	ConfirmAfterDays *int64        `json:"confirm_after_days"`
	Input            typedInputs   `json:"input"`
	labelsIn
}

func (n face) createRoutes() []web.Route {
	return []web.Route{
		{
			Method: http.MethodPost, Path: "/v1/transactions", Access: web.Writing, Keying: web.KeyRequired,
			Summary: "Open a transaction", Dry: true, Body: web.JSON[newTransaction](), Answer: web.JSON[transactionOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.create),
		},
	}
}

var nativeListingFields = deal.ListingFields{Booking: "booking", Quantity: "quantity", Author: "author_id", Price: "unit_price"}

func (t *newTransaction) check() error {
	return fault.All(web.Text("process", t.Process, web.MaxName), web.Text("gateway", t.Gateway, web.MaxName),
		web.UserID("starter_id", &t.StarterID), web.OptionalUserID("author_id", &t.AuthorID),
		web.OptionalUserID("buyer_id", &t.BuyerID), web.OptionalUserID("seller_id", &t.SellerID),
		web.Text("listing.title", t.Listing.Title, web.MaxTitle),
		web.OptionalWhole("listing.id", t.Listing.ID, 1, math.MaxInt64, "invalid_listing_id"),
		web.OptionalWhole("quantity", t.Quantity, 1, web.MaxQuantity, "invalid_quantity"),
		web.OptionalWhole("confirm_after_days", t.ConfirmAfterDays, 0, web.MaxDays, "invalid_confirm_after_days"),
		web.StepInput(t.Transition, t.Input.texts()), t.labels().Check())
}

// prices reads the amounts, all in the currency of the price.
func (t newTransaction) prices(in *orchestrator.CreateInput) error {
	var price, shipping, deposit error
	if in.UnitPrice, price = t.UnitPrice.Read("unit_price"); price != nil {
		_, shipping = t.Shipping.Optional("shipping")
		_, deposit = t.Deposit.Optional("deposit")
		return fault.All(price, shipping, deposit)
	}
	c := in.UnitPrice.Currency()
	in.Shipping, shipping = t.Shipping.OptionalIn("shipping", c)
	in.Deposit, deposit = t.Deposit.OptionalIn("deposit", c)
	return fault.All(t.Input.in(c), shipping, deposit)
}

// input is what the body asks of the engine.
func (t newTransaction) input(who deal.Caller) (orchestrator.CreateInput, error) {
	in := orchestrator.CreateInput{
		CommunityID: who.Community(), Process: t.Process, Gateway: t.Gateway, Transition: process.Transition(t.Transition),
		Actor: who.Actor, Quantity: 1, Input: t.Input.texts(), Labels: t.labels(),
	}
	if err := fault.All(t.check(), t.prices(&in)); err != nil {
		return in, err
	}
	in.Starter, in.Author, in.Buyer, in.Seller = t.StarterID, t.AuthorID, t.BuyerID, t.SellerID
	in.Title, in.ListingID = t.Listing.Title, value(t.Listing.ID)
	if t.Quantity != nil {
		in.Quantity = *t.Quantity
	}
	if t.ConfirmAfterDays != nil {
		days := int(*t.ConfirmAfterDays)
		in.ConfirmAfterDays = &days
	}
	return in, nil
}

func (n face) create(c *gin.Context, who deal.Caller) error {
	var t newTransaction
	body, err := n.ReadJSON(c, web.InFreeText, &t)
	if err != nil {
		return err
	}
	in, err := t.input(who)
	if err != nil {
		return err
	}
	p, _, err := n.engine.Pair(in.Process, in.Gateway)
	if err != nil {
		return err
	}
	if p.Internal {
		return web.Invalid("unknown_process", "process", "process %s is not a deal between people; book it with POST /v1/balances/{user_id}/%ss", p.Name, p.Name)
	}
	if p.Exchange {
		return web.Invalid(openedByExchange, "process", "a deal of process %s is opened by taking an ad on the exchange", p.Name)
	}
	cmd := n.opening(c, who, body, &in)
	cmd.Check = func() error { return n.Book(c.Request.Context(), &in, p, t.Booking, nativeListingFields) }
	return n.Once(c, cmd)
}
