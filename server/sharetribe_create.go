package server

import (
	"cmp"
	"math"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
)

// start is the body of POST /transactions/v1/create.
type start struct {
	Transaction   *startTransaction `json:"transaction"`
	BookingFields *booking          `json:"booking_fields"`
	GatewayFields gatewayFieldsIn   `json:"gateway_fields"`
}

type startTransaction struct {
	PaymentProcess  string   `json:"payment_process"`
	PaymentGateway  string   `json:"payment_gateway"`
	CommunityID     *int64   `json:"community_id"`
	StarterID       string   `json:"starter_id"`
	ListingID       *int64   `json:"listing_id"`
	ListingTitle    string   `json:"listing_title"`
	ListingPrice    *moneyIn `json:"listing_price"`
	ListingAuthorID string   `json:"listing_author_id"`
	ListingQuantity *int64   `json:"listing_quantity"`
}

// booking is the time that is booked; the last day is part of it.
type booking struct {
	StartOn string `json:"start_on"`
	EndOn   string `json:"end_on"`
}

// gatewayFieldsIn is what the document sends along for a gateway. A token stands
// for the card, under either of two names.
type gatewayFieldsIn struct {
	PaymentMethod        string `json:"payment_method"`
	PaymentMethodNonce   string `json:"payment_method_nonce"`
	CardholderName       string `json:"cardholder_name"`
	SuccessURL           string `json:"success_url"`
	CancelURL            string `json:"cancel_url"`
	MerchantBrandLogoURL string `json:"merchant_brand_logo_url"`
}

func (f sharetribe) create(c *gin.Context, who caller) error {
	var in start
	body, err := f.readJSON(c, inEveryString, &in)
	if err != nil {
		return err
	}
	price, err := in.check(who)
	if err != nil {
		return err
	}
	input, err := in.GatewayFields.input()
	if err != nil {
		return err
	}
	t := in.Transaction
	return f.once(c, f.command(who, http.StatusCreated, body, func(k *orchestrator.Key) (orchestrator.Result, error) {
		return f.engine.Create(c.Request.Context(), orchestrator.CreateInput{
			CommunityID: who.community(), Process: t.PaymentProcess, Gateway: t.PaymentGateway, Actor: who.actor,
			Starter: t.StarterID, Author: t.ListingAuthorID, ListingID: *t.ListingID, Title: t.ListingTitle,
			UnitPrice: price, Quantity: t.quantity(), Input: input, RequestID: requestID(c), Key: k,
		})
	}))
}

func (in start) check(who caller) (price money.Amount, err error) {
	t := in.Transaction
	if t == nil {
		return price, missing("transaction")
	}
	if err := cmp.Or(text("transaction.payment_process", t.PaymentProcess, maxName),
		text("transaction.payment_gateway", t.PaymentGateway, maxName),
		ownCommunity("transaction.community_id", t.CommunityID, who),
		userID("transaction.starter_id", t.StarterID),
		whole("transaction.listing_id", t.ListingID, 1, math.MaxInt64, "invalid_listing_id"),
		text("transaction.listing_title", t.ListingTitle, maxTitle),
		userID("transaction.listing_author_id", t.ListingAuthorID),
		optionalWhole("transaction.listing_quantity", t.ListingQuantity, 1, maxQuantity, "invalid_quantity")); err != nil {
		return price, err
	}
	if price, err = t.ListingPrice.amount("transaction.listing_price"); err != nil {
		return price, err
	}
	return price, in.BookingFields.check(t.quantity())
}

// quantity is 1 unless the caller says otherwise.
func (t startTransaction) quantity() int64 {
	if t.ListingQuantity == nil {
		return 1
	}
	return *t.ListingQuantity
}

// check validates the dates. No process that runs here takes bookings, so sound
// ones are refused as well, and nobody believes that a date was kept for them.
func (b *booking) check(quantity int64) error {
	if b == nil {
		return nil
	}
	if b.StartOn == "" || b.EndOn == "" {
		return invalid("dates_missing", "booking_fields", "booking_fields needs start_on and end_on")
	}
	first, err := day("booking_fields.start_on", b.StartOn)
	if err != nil {
		return err
	}
	last, err := day("booking_fields.end_on", b.EndOn)
	if err != nil {
		return err
	}
	if last.Before(first) {
		return invalid("end_cant_be_before_start", "booking_fields.end_on", "end_on must not be before start_on")
	}
	const daily = 24 * time.Hour
	if days := int64(last.Sub(first)/daily) + 1; days != quantity {
		return invalid("quantity_mismatch", "transaction.listing_quantity", "listing_quantity must be the number of booked days, %d; end_on is one of them", days)
	}
	return invalid("booking_not_supported", "booking_fields", "this process does not take bookings; leave booking_fields out")
}

func day(field, text string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil || at.Year() < 1970 {
		return at, invalid("invalid_date", field, "%s must be a date such as 2030-12-31", field)
	}
	return at, nil
}

// input hands the fields on to the process, which refuses those it does not take.
func (g gatewayFieldsIn) input() (map[string]string, error) {
	if g.PaymentMethod != "" && g.PaymentMethodNonce != "" {
		return nil, invalid("ambiguous_payment_method", "gateway_fields.payment_method_nonce", "send payment_method or payment_method_nonce, not both")
	}
	fields := map[string]string{
		"payment_method": cmp.Or(g.PaymentMethod, g.PaymentMethodNonce), "cardholder_name": g.CardholderName,
		"success_url": g.SuccessURL, "cancel_url": g.CancelURL, "merchant_brand_logo_url": g.MerchantBrandLogoURL,
	}
	for name, value := range fields {
		if value == "" {
			delete(fields, name)
			continue
		}
		if err := text("gateway_fields."+name, value, maxText); err != nil {
			return nil, err
		}
	}
	return fields, nil
}
