package client

import (
	"encoding/json"
	"errors"
)

// Role is the side of a user in a transaction. Unknown values survive.
type Role string

// Roles.
const (
	RoleBuyer  Role = "buyer"
	RoleSeller Role = "seller"
)

// Status is the state of an online transaction. Unknown values survive. The
// timestamps of [Transaction] say more, since several can be set at once.
type Status string

// Statuses of the online model (official API).
const (
	StatusCreated              Status = "created"
	StatusJoined               Status = "joined"
	StatusRejected             Status = "rejected"
	StatusCancelled            Status = "cancelled"
	StatusPaid                 Status = "paid"
	StatusPaymentAccepted      Status = "payment_accepted"
	StatusCancelledWithPayment Status = "cancelled_with_payment"
	StatusPaymentRefunded      Status = "payment_refunded"
	StatusTracked              Status = "tracked"
	StatusDelivered            Status = "delivered"
	StatusComplained           Status = "complained"
	StatusComplaintPeriodEnded Status = "complaint_period_ended"
	StatusFundsReleased        Status = "funds_released"
)

// Terminal reports whether no further step can follow.
func (s Status) Terminal() bool {
	switch s {
	case StatusRejected, StatusCancelled, StatusPaymentRefunded, StatusFundsReleased:
		return true
	}
	return false
}

// Feature changes the flow of a new transaction. Unknown values are sent as they
// are; the API answers [CodeFeatureNotFound].
type Feature string

// Features of the official API.
const (
	FeatureRequireSellerAcceptance Feature = "require_seller_acceptance"
	FeatureUseHRPost               Feature = "use_hr_post"
	FeatureUseShippo               Feature = "use_shippo"
	FeatureUseCustomPostageFee     Feature = "use_custom_postage_fee"
)

// Transaction is a transaction of the online model. Amounts are in minor units
// of Currency; times are UTC and zero until their event happened; pointers are
// nil when the API did not send the value.
type Transaction struct {
	ID          int64  `json:"id"`
	Status      Status `json:"status"`
	ClientID    string `json:"client_id,omitempty"`
	Description string `json:"description"`
	ImageURL    string `json:"image_url,omitempty"`
	// JoinCode lets the other party join; only while Status is created.
	JoinCode string `json:"join_code,omitempty"`
	BuyerID  string `json:"buyer_id,omitempty"`
	SellerID string `json:"seller_id,omitempty"`

	Currency string `json:"currency"`
	Price    int64  `json:"price"`
	// Charge is the buyer's fee, ChargeSeller the seller's.
	Charge       int64 `json:"charge"`
	ChargeSeller int64 `json:"charge_seller"`
	// ChargeInternationalPayment is known only after the payment.
	ChargeInternationalPayment *int64 `json:"charge_international_payment,omitempty"`
	ChargePostageBuyer         *int64 `json:"charge_postage_buyer,omitempty"`
	ChargePostageClient        *int64 `json:"charge_postage_client,omitempty"`
	// ChargeBuyerClient and ChargeSellerClient are the marketplace's commission
	// inside Charge and ChargeSeller.
	ChargeBuyerClient  *int64 `json:"charge_buyer_client,omitempty"`
	ChargeSellerClient *int64 `json:"charge_seller_client,omitempty"`
	// Quantity is 0 when the API did not send it.
	Quantity int64 `json:"quantity,omitempty"`

	ListingID              ID          `json:"listing_id,omitempty"`
	ListingType            ListingType `json:"listing_type,omitempty"`
	ListingCreatorAccepted Time        `json:"listing_creator_accepted,omitzero"`
	ListingCreatorRejected Time        `json:"listing_creator_rejected,omitzero"`

	Created Time `json:"created,omitzero"`
	Joined  Time `json:"joined,omitzero"`
	// Denied is when the other party rejected the transaction.
	Denied          Time `json:"denied,omitzero"`
	Cancelled       Time `json:"cancelled,omitzero"`
	ClaimedByBuyer  Time `json:"claimed_by_buyer,omitzero"`
	ClaimedBySeller Time `json:"claimed_by_seller,omitzero"`

	// IsPaymentInProgress is true while a slow payment method settles.
	IsPaymentInProgress bool    `json:"is_payment_in_progress"`
	Paid                Time    `json:"paid,omitzero"`
	PaymentAccepted     Time    `json:"payment_accepted,omitzero"`
	ReviewFlagged       Time    `json:"review_flagged,omitzero"`
	Review              *Review `json:"review,omitempty"`

	TrackingDetailsWindowStarted Time         `json:"tracking_details_window_started,omitzero"`
	TrackingDetailsDeadline      Time         `json:"tracking_details_deadline,omitzero"`
	Tracked                      Time         `json:"tracked,omitzero"`
	Tracking                     *Tracking    `json:"tracking,omitempty"`
	PostaHRTracking              *PostaHR     `json:"posta_hr_tracking,omitempty"`
	ShippoTransactionID          string       `json:"shippo_transaction_id,omitempty"`
	OrderIssueRaised             Time         `json:"order_issue_raised,omitzero"`
	OrderIssue                   *Description `json:"order_issue,omitempty"`
	Delivered                    Time         `json:"delivered,omitzero"`

	ComplaintPeriodDeadline Time         `json:"complaint_period_deadline,omitzero"`
	Complained              Time         `json:"complained,omitzero"`
	Complaint               *Description `json:"complaint,omitempty"`
	ComplaintPeriodEnded    Time         `json:"complaint_period_ended,omitzero"`

	FundsReleased Time `json:"funds_released,omitzero"`
	// ReleasedToSeller is false when the money went back to the buyer.
	ReleasedToSeller *bool    `json:"released_to_seller,omitempty"`
	AmountReleased   *int64   `json:"amount_released,omitempty"`
	PaymentRefunded  Time     `json:"payment_refunded,omitzero"`
	AmountRefunded   *int64   `json:"amount_refunded,omitempty"`
	Refunds          []Refund `json:"refunds,omitempty"`
}

// UnmarshalJSON also reads the customer's document's names of the two listing
// decisions, where the official schema has others.
func (t *Transaction) UnmarshalJSON(data []byte) error {
	type plain Transaction
	wire := struct {
		*plain
		Accepted Time `json:"accepted_by_listing_creator"`
		Rejected Time `json:"rejected_by_listing_creator"`
	}{plain: (*plain)(t)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if t.ListingCreatorAccepted.IsZero() {
		t.ListingCreatorAccepted = wire.Accepted
	}
	if t.ListingCreatorRejected.IsZero() {
		t.ListingCreatorRejected = wire.Rejected
	}
	return nil
}

func (t *Transaction) check() error {
	if t.ID <= 0 {
		return errors.New("transaction has no id")
	}
	return nil
}

func (t *Transaction) recordID() int64 { return t.ID }

// ListingType says whether a listing can be sold more than once. Unknown values
// survive.
type ListingType string

// Listing types.
const (
	ListingSingleUse ListingType = "single_use"
	ListingMultiUse  ListingType = "multi_use"
)

// Tracking is where a parcel can be followed.
type Tracking struct {
	Carrier      CarrierCode `json:"carrier"`
	TrackingCode string      `json:"tracking_code"`
}

// PostaHR is a parcel of the Croatian post.
type PostaHR struct {
	Barcode          string `json:"barcode"`
	BarcodeGenerated Time   `json:"barcode_generated,omitzero"`
}

// Description is a text for people: a complaint or an order issue.
type Description struct {
	Description string `json:"description"`
}

// UnmarshalJSON also reads a bare string: the customer's document types a
// complaint as one, while its examples show an object.
func (d *Description) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &d.Description) == nil {
		return nil
	}
	type plain Description
	return json.Unmarshal(data, (*plain)(d))
}

// Review is a check of a payment for fraud. The funds stay where they are until
// Finished is set.
type Review struct {
	Started       Time   `json:"started,omitzero"`
	Finished      Time   `json:"finished,omitzero"`
	Approved      *bool  `json:"approved,omitempty"`
	OutcomeReason string `json:"outcome_reason,omitempty"`
}

// Refund is money that went back to the buyer, in minor units of the
// transaction's currency.
type Refund struct {
	ID       ID    `json:"id"`
	Amount   int64 `json:"amount"`
	Refunded Time  `json:"refunded,omitzero"`
}
