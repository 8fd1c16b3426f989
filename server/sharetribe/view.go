package sharetribe

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/postpay"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
	"github.com/handsel-dev/handsel/server/deal"
)

// dealOut is the answer of every operation of the customer's document.
type dealOut struct {
	Transaction   dealTransaction `json:"transaction"`
	BookingFields *deal.Dates     `json:"booking_fields,omitzero"`
	GatewayFields gatewayFields   `json:"gateway_fields"`
}

type dealTransaction struct {
	ID                             int64         `json:"id"`
	ConversationID                 int64         `json:"conversation_id"`
	PaymentProcess                 string        `json:"payment_process"`
	PaymentGateway                 string        `json:"payment_gateway"`
	CommunityID                    int64         `json:"community_id"`
	StarterID                      string        `json:"starter_id"`
	ListingID                      int64         `json:"listing_id"`
	ListingTitle                   string        `json:"listing_title"`
	ListingPrice                   deal.MoneyOut `json:"listing_price"`
	ListingAuthorID                string        `json:"listing_author_id"`
	ListingQuantity                int64         `json:"listing_quantity"`
	AutomaticConfirmationAfterDays int           `json:"automatic_confirmation_after_days"`
	CreatedAt                      time.Time     `json:"created_at"`
	UpdatedAt                      time.Time     `json:"updated_at"`
	LastTransitionAt               time.Time     `json:"last_transition_at"`
	CurrentState                   string        `json:"current_state"`
	// PaymentTotal is what the payer pays without the gateway's own charge; null until
	// the money was reserved or taken, or an invoice says how much it is.
	PaymentTotal *deal.MoneyOut `json:"payment_total"`
}

// gatewayFields is how the payer pays, while that is open, and why a capture waits.
type gatewayFields struct {
	RedirectURL   string `json:"redirect_url,omitzero"`
	ClientSecret  string `json:"client_secret,omitzero"`
	PendingReason string `json:"pending_reason,omitzero"`
}

func (f face) show(tx orchestrator.Transaction, a process.Actor) dealOut {
	v := dealOut{BookingFields: deal.ShowDates(tx.Booking), Transaction: dealTransaction{
		ID: tx.ID, ConversationID: tx.ConversationID, PaymentProcess: processName(tx), PaymentGateway: legacyGateway(tx.Gateway),
		CommunityID: tx.CommunityID, StarterID: tx.Starter, ListingID: tx.ListingID, ListingTitle: tx.ListingTitle,
		ListingPrice: deal.ShowMoney(tx.UnitPrice), ListingAuthorID: tx.Author, ListingQuantity: tx.Quantity,
		AutomaticConfirmationAfterDays: tx.ConfirmAfterDays,
		CreatedAt:                      tx.CreatedAt.UTC(), UpdatedAt: tx.UpdatedAt.UTC(), LastTransitionAt: tx.LastTransitionAt.UTC(),
		CurrentState: f.label(tx),
	}}
	if deal.EverPaid(tx) || tx.Has(postpay.FactInvoiced) {
		v.Transaction.PaymentTotal = paymentTotal(tx)
	}
	if f.MayPay(tx, a) {
		v.GatewayFields = gatewayFields{RedirectURL: tx.RedirectURL, ClientSecret: tx.ClientSecret}
	}
	if v.Transaction.CurrentState == string(preauthorize.PendingExt) {
		v.GatewayFields.PendingReason = tx.Note
	}
	return v
}

// paymentTotal is the price and what the marketplace charges the payer.
func paymentTotal(tx orchestrator.Transaction) *deal.MoneyOut {
	total := deal.ShowMoney(tx.Price)
	if tx.FeesBy != tx.Gateway {
		total.Amount += tx.BuyerFee
	}
	return &total
}

// legacyGateway is a gateway's name in the document.
func legacyGateway(name string) string {
	if name == rowGateway {
		return "checkout"
	}
	return name
}
