package server

import (
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// dealOut is the answer of every operation of the customer's document.
type dealOut struct {
	Transaction   dealTransaction `json:"transaction"`
	GatewayFields gatewayFields   `json:"gateway_fields"`
}

type dealTransaction struct {
	ID                             int64     `json:"id"`
	ConversationID                 int64     `json:"conversation_id"`
	PaymentProcess                 string    `json:"payment_process"`
	PaymentGateway                 string    `json:"payment_gateway"`
	CommunityID                    int64     `json:"community_id"`
	StarterID                      string    `json:"starter_id"`
	ListingID                      int64     `json:"listing_id"`
	ListingTitle                   string    `json:"listing_title"`
	ListingPrice                   moneyOut  `json:"listing_price"`
	ListingAuthorID                string    `json:"listing_author_id"`
	ListingQuantity                int64     `json:"listing_quantity"`
	AutomaticConfirmationAfterDays int       `json:"automatic_confirmation_after_days"`
	CreatedAt                      time.Time `json:"created_at"`
	UpdatedAt                      time.Time `json:"updated_at"`
	LastTransitionAt               time.Time `json:"last_transition_at"`
	CurrentState                   string    `json:"current_state"`
	// PaymentTotal is what the buyer pays for the goods, without the gateway's own
	// charge; null until the money was reserved or taken.
	PaymentTotal *moneyOut `json:"payment_total"`
}

// gatewayFields is how the buyer pays, while that is open.
type gatewayFields struct {
	RedirectURL  string `json:"redirect_url,omitzero"`
	ClientSecret string `json:"client_secret,omitzero"`
}

func (f sharetribe) show(tx orchestrator.Transaction, a process.Actor) dealOut {
	v := dealOut{Transaction: dealTransaction{
		ID: tx.ID, ConversationID: tx.ConversationID, PaymentProcess: processName(tx), PaymentGateway: tx.Gateway,
		CommunityID: tx.CommunityID, StarterID: tx.Starter, ListingID: tx.ListingID, ListingTitle: tx.ListingTitle,
		ListingPrice: showMoney(tx.UnitPrice), ListingAuthorID: tx.Author, ListingQuantity: tx.Quantity,
		AutomaticConfirmationAfterDays: tx.ConfirmAfterDays,
		CreatedAt:                      tx.CreatedAt.UTC(), UpdatedAt: tx.UpdatedAt.UTC(), LastTransitionAt: tx.LastTransitionAt.UTC(),
		CurrentState: f.label(tx),
	}}
	if everPaid(tx) {
		total := showMoney(tx.Price)
		v.Transaction.PaymentTotal = &total
	}
	if f.mayPay(tx, a) {
		v.GatewayFields = gatewayFields{tx.RedirectURL, tx.ClientSecret}
	}
	return v
}
