package server

import (
	"cmp"
	"math"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
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
	UnitPrice        *moneyIn    `json:"unit_price" required:"true"`
	Quantity         *int64      `json:"quantity"`
	Shipping         *moneyIn    `json:"shipping"`
	Deposit          *moneyIn    `json:"deposit"`
	Booking          *dates      `json:"booking"`
	ConfirmAfterDays *int64      `json:"confirm_after_days"`
	Input            typedInputs `json:"input"`
}

func (n native) createRoutes() []Route {
	return []Route{
		{
			Method: http.MethodPost, Path: "/v1/transactions", Access: Writing, Keying: KeyRequired,
			Summary: "Open a transaction", Dry: true, Body: is[newTransaction](), Answer: is[transactionOut](), Status: http.StatusCreated,
			Serve: n.Backend(n.create),
		},
	}
}

var nativeListingFields = listingFields{"booking", "quantity", "author_id", "unit_price"}

func (t *newTransaction) check() error {
	if err := cmp.Or(text("process", t.Process, maxName), text("gateway", t.Gateway, maxName),
		userID("starter_id", &t.StarterID), optionalUserID("author_id", &t.AuthorID),
		optionalUserID("buyer_id", &t.BuyerID), optionalUserID("seller_id", &t.SellerID),
		required("listing", t.Listing != nil)); err != nil {
		return err
	}
	return cmp.Or(text("listing.title", t.Listing.Title, maxTitle),
		optionalWhole("listing.id", t.Listing.ID, 1, math.MaxInt64, "invalid_listing_id"),
		optionalWhole("quantity", t.Quantity, 1, maxQuantity, "invalid_quantity"),
		optionalWhole("confirm_after_days", t.ConfirmAfterDays, 0, maxDays, "invalid_confirm_after_days"),
		checkTransition(t.Transition, t.Input.texts()))
}

// input is what the body asks of the engine.
func (t newTransaction) input(who caller) (orchestrator.CreateInput, error) {
	in := orchestrator.CreateInput{
		CommunityID: who.community(), Process: t.Process, Gateway: t.Gateway, Transition: process.Transition(t.Transition),
		Actor: who.actor, Quantity: 1, Input: t.Input.texts(),
	}
	if err := t.check(); err != nil {
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
	var err error
	if in.UnitPrice, err = t.UnitPrice.amount("unit_price"); err != nil {
		return in, err
	}
	if err := t.Input.in(in.UnitPrice.Currency()); err != nil {
		return in, err
	}
	if in.Shipping, err = t.Shipping.optionalIn("shipping", in.UnitPrice.Currency()); err != nil {
		return in, err
	}
	in.Deposit, err = t.Deposit.optionalIn("deposit", in.UnitPrice.Currency())
	return in, err
}

func (n native) create(c *gin.Context, who caller) error {
	var t newTransaction
	body, err := n.readJSON(c, inFreeText, &t)
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
		return invalid("unknown_process", "process", "%s is no deal between people; book it with POST /v1/balances/{user_id}/%ss", p.Name, p.Name)
	}
	if p.SellerPays {
		return invalid("opened_by_exchange", "process", "a deal of process %s is opened by taking an ad on the exchange", p.Name)
	}
	cmd := n.opening(c, who, body, &in)
	cmd.check = func() error { return n.book(c.Request.Context(), &in, p, t.Booking, nativeListingFields) }
	return n.once(c, cmd)
}
