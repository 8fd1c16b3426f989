package sharetribe

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// start is the body of POST /transactions/v1/create.
type start struct {
	Transaction   *startTransaction `json:"transaction" required:"true"`
	BookingFields *deal.Dates       `json:"booking_fields"`
	GatewayFields paymentFieldsIn   `json:"gateway_fields"`
}

type startTransaction struct {
	PaymentProcess  string        `json:"payment_process" required:"true"`
	PaymentGateway  string        `json:"payment_gateway" required:"true"`
	CommunityID     *int64        `json:"community_id" required:"true"`
	StarterID       string        `json:"starter_id" required:"true"`
	ListingID       *int64        `json:"listing_id" required:"true"`
	ListingTitle    string        `json:"listing_title" required:"true"`
	ListingPrice    *deal.MoneyIn `json:"listing_price" required:"true"`
	ListingAuthorID string        `json:"listing_author_id" required:"true"`
	ListingQuantity *int64        `json:"listing_quantity"`
}

var legacyListingFields = deal.ListingFields{
	Booking: "booking_fields", Quantity: "transaction.listing_quantity", Author: "transaction.listing_author_id",
}

func (f face) create(c *gin.Context, who deal.Caller) error {
	var in start
	body, err := f.ReadJSON(c, web.InEveryString, &in)
	if err != nil {
		return err
	}
	price, err := in.check(who)
	if err != nil {
		return err
	}
	p, input, err := f.opening(in)
	if err != nil {
		return err
	}
	t := in.Transaction
	deal := orchestrator.CreateInput{
		CommunityID: who.Community(), Process: t.PaymentProcess, Gateway: t.PaymentGateway, Actor: who.Actor,
		Starter: t.StarterID, Author: t.ListingAuthorID, ListingID: *t.ListingID, Title: t.ListingTitle,
		UnitPrice: price, Quantity: t.quantity(), Input: input, RequestID: web.RequestID(c),
	}
	cmd := f.command(who, http.StatusCreated, body)
	cmd.Run = func(k *orchestrator.Key) (orchestrator.Result, error) {
		deal.Key = k
		return f.engine.Create(c.Request.Context(), deal)
	}
	cmd.Dry = func() (orchestrator.Preview, error) { return f.engine.DryRunCreate(c.Request.Context(), deal) }
	cmd.Check = func() error { return f.Book(c.Request.Context(), &deal, p, in.BookingFields, legacyListingFields) }
	return f.Once(c, cmd)
}

// opening finds the process of a new deal and what it is told about the payment.
func (f face) opening(in start) (*process.Process, map[string]string, error) {
	name := in.Transaction.PaymentProcess
	if !slices.Contains(legacyProcesses, name) {
		return nil, nil, web.Invalid("unknown_process", "transaction.payment_process", "unknown payment_process %q; use one of %s", name, strings.Join(legacyProcesses, ", "))
	}
	p, _, err := f.engine.Pair(name, in.Transaction.PaymentGateway)
	if err != nil {
		return nil, nil, err
	}
	input, err := in.GatewayFields.values()
	if err != nil {
		return nil, nil, err
	}
	rule, _ := p.Rule(process.Create, "")
	for field := range input {
		takes := slices.ContainsFunc(rule.Input, func(i process.Input) bool { return i.Name == field })
		if !takes {
			return nil, nil, web.Invalid("unknown_input", "gateway_fields."+field, "create of process %s takes no %s; leave it out", name, field)
		}
	}
	return p, input, nil
}

func (in start) check(who deal.Caller) (price money.Amount, err error) {
	t := in.Transaction
	price, err = t.ListingPrice.Read("transaction.listing_price")
	return price, fault.All(web.Text("transaction.payment_process", t.PaymentProcess, web.MaxName),
		web.Text("transaction.payment_gateway", t.PaymentGateway, web.MaxName),
		ownCommunity("transaction.community_id", t.CommunityID, who),
		web.UserID("transaction.starter_id", &t.StarterID),
		web.Whole("transaction.listing_id", t.ListingID, 1, math.MaxInt64, "invalid_listing_id"),
		web.Text("transaction.listing_title", t.ListingTitle, web.MaxTitle),
		web.UserID("transaction.listing_author_id", &t.ListingAuthorID),
		web.OptionalWhole("transaction.listing_quantity", t.ListingQuantity, 1, web.MaxQuantity, "invalid_quantity"), err, in.GatewayFields.check())
}

// quantity is 1 unless the caller says otherwise.
func (t startTransaction) quantity() int64 {
	if t.ListingQuantity == nil {
		return 1
	}
	return *t.ListingQuantity
}
