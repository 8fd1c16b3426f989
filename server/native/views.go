package native

import (
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/server/deal"
	"github.com/handsel-dev/handsel/server/web"
)

// transactionOut is a transaction as the native face shows it. Amounts are whole
// minor units, times are UTC.
type transactionOut struct {
	ID               string               `json:"id"`
	Number           int64                `json:"number"` // its id on the customer's faces
	Process          string               `json:"process"`
	Gateway          string               `json:"gateway"`
	State            string               `json:"state"`
	Revision         int64                `json:"revision"`
	StarterID        string               `json:"starter_id"`
	AuthorID         *string              `json:"author_id"`
	BuyerID          *string              `json:"buyer_id"`
	SellerID         *string              `json:"seller_id"`
	Listing          listingSnapshotOut   `json:"listing"`
	UnitPrice        deal.MoneyOut        `json:"unit_price"`
	Quantity         int64                `json:"quantity"`
	Booking          *deal.Dates          `json:"booking"`
	Lines            []lineOut            `json:"lines"`
	Price            deal.MoneyOut        `json:"price"`
	Deposit          *deal.MoneyOut       `json:"deposit"` // paid in advance, in a process with deposits
	BuyerFee         deal.MoneyOut        `json:"buyer_fee"`
	SellerFee        deal.MoneyOut        `json:"seller_fee"`
	Funds            fundsOut             `json:"funds"`
	Facts            map[string]time.Time `json:"facts"`
	Deadlines        map[string]time.Time `json:"deadlines"`
	ConfirmAfterDays int                  `json:"confirm_after_days"`
	Operation        *string              `json:"operation"` // the transition in progress at the gateway
	JoinCode         string               `json:"join_code,omitzero"`
	RedirectURL      string               `json:"redirect_url,omitzero"`
	ClientSecret     string               `json:"client_secret,omitzero"`
	Note             string               `json:"note,omitzero"` // the gateway's last remark
	PaymentID        string               `json:"payment_id,omitzero"`
	Attention        string               `json:"attention,omitzero"`
	CreatedAt        time.Time            `json:"created_at"`
	UpdatedAt        time.Time            `json:"updated_at"`
	LastTransitionAt time.Time            `json:"last_transition_at"`
	labelsOut
	Said []sayingOut `json:"said,omitempty"` // by people, where one deal is read
}

// sayingOut is what somebody said along with a step.
type sayingOut struct {
	Transition string            `json:"transition"`
	Actor      string            `json:"actor"`
	At         time.Time         `json:"at"`
	Said       map[string]string `json:"said"`
}

func showSayings(all []orchestrator.Saying) []sayingOut {
	var out []sayingOut
	for _, s := range all {
		out = append(out, sayingOut{string(s.Transition), s.Actor, s.At.UTC(), s.Said})
	}
	return out
}

type listingSnapshotOut struct {
	ID    *int64 `json:"id"`
	Title string `json:"title"`
}

// fundsOut is where the money is, in minor units of one currency.
type fundsOut struct {
	Currency   string `json:"currency"`
	Authorized int64  `json:"authorized"`
	Captured   int64  `json:"captured"`
	Held       int64  `json:"held"`
	Released   int64  `json:"released"`
	Refunded   int64  `json:"refunded"`
	Fees       int64  `json:"fees"`
	// What went back to the payer after the deal was over, for staff and backends. Of it,
	// the payee owes a part, has paid back a part, and the rest is lost.
	ChargedBack int64 `json:"charged_back,omitzero"`
	Owed        int64 `json:"owed,omitzero"`
	Recovered   int64 `json:"recovered,omitzero"`
	Lost        int64 `json:"lost,omitzero"`
	PayoutDue   int64 `json:"payout_due,omitzero"`   // of what was released: the marketplace has not paid it to the payee yet
	Withheld    int64 `json:"withheld,omitzero"`     // of what was released: it paid the payee's debt instead
	PayeeDue    int64 `json:"payee_due,omitzero"`    // owed to the payee: they paid it back, and then the payer's bank did
	GatewayFees int64 `json:"gateway_fees,omitzero"` // kept by the gateway for its services, out of the platform's account
}

// show makes the view of a transaction for an actor who may see it.
func (n face) show(tx orchestrator.Transaction, a process.Actor) transactionOut {
	currency := tx.Price.Currency()
	v := transactionOut{
		ID: n.IDs.Seal(publicid.Transaction, tx.ID), Number: tx.ID, Process: tx.Process, Gateway: tx.Gateway,
		State: string(tx.State), Revision: tx.Revision,
		StarterID: tx.Starter, AuthorID: web.OptionalText(tx.Author), BuyerID: web.OptionalText(tx.Buyer), SellerID: web.OptionalText(tx.Seller),
		Listing:   listingSnapshotOut{Title: tx.ListingTitle},
		UnitPrice: deal.ShowMoney(tx.UnitPrice), Quantity: tx.Quantity, Booking: deal.ShowDates(tx.Booking), Lines: showLines(tx.Lines), Price: deal.ShowMoney(tx.Price),
		BuyerFee: deal.ShowMoney(money.New(tx.BuyerFee, currency)), SellerFee: deal.ShowMoney(money.New(tx.SellerFee, currency)),
		Funds: showFunds(tx.Funds, currency), Facts: showTimes(tx.Facts), Deadlines: showTimes(tx.Deadlines),
		ConfirmAfterDays: tx.ConfirmAfterDays, Operation: web.OptionalText(string(tx.Operation)), Note: tx.Note,
		CreatedAt: tx.CreatedAt.UTC(), UpdatedAt: tx.UpdatedAt.UTC(), LastTransitionAt: tx.LastTransitionAt.UTC(),
		labelsOut: showLabels(tx.Labels, a),
	}
	if tx.ListingID != 0 {
		v.Listing.ID = &tx.ListingID
	}
	if tx.Deposit != 0 {
		deposit := deal.ShowMoney(money.New(tx.Deposit, currency))
		v.Deposit = &deposit
	}
	if a.Kind != process.User || a.ID == tx.Starter {
		v.JoinCode = tx.JoinCode
	}
	if a.Kind != process.User {
		v.PaymentID, v.Attention = tx.PaymentID, tx.Attention
		v.Funds.ChargedBack, v.Funds.Owed, v.Funds.Recovered, v.Funds.Lost = tx.Funds.ChargedBack, tx.Funds.Owed(), tx.Funds.Recovered, tx.Funds.Lost
		v.Funds.PayoutDue, v.Funds.Withheld, v.Funds.PayeeDue, v.Funds.GatewayFees = tx.Funds.PayoutDue, tx.Funds.Withheld, tx.Funds.PayeeDue, tx.GatewayFees
	}
	if n.MayPay(tx, a) {
		v.RedirectURL, v.ClientSecret = tx.RedirectURL, tx.ClientSecret
	}
	return v
}

func showFunds(f process.Funds, c money.Currency) fundsOut {
	return fundsOut{
		Currency: string(c), Authorized: f.Authorized, Captured: f.Captured, Held: f.Held, Released: f.Released, Refunded: f.Refunded, Fees: f.Fees,
	}
}

func showTimes[K ~string](times map[K]time.Time) map[string]time.Time {
	out := make(map[string]time.Time, len(times))
	for name, at := range times {
		out[string(name)] = at.UTC()
	}
	return out
}
