package client

import (
	"encoding/json"
	"errors"
)

// F2FStatus is the state of a face-to-face transaction. Unknown values survive.
// The sources do not agree on the status after every step: the timestamps of
// [F2FTransaction] are the truth.
type F2FStatus string

// Statuses of the face-to-face model (official API).
const (
	F2FStatusCreated                 F2FStatus = "created"
	F2FStatusJoined                  F2FStatus = "joined"
	F2FStatusRejected                F2FStatus = "rejected"
	F2FStatusCancelled               F2FStatus = "cancelled"
	F2FStatusDepositPaid             F2FStatus = "deposit_paid"
	F2FStatusCancelledWithDeposit    F2FStatus = "cancelled_with_deposit"
	F2FStatusDepositRefunded         F2FStatus = "deposit_refunded"
	F2FStatusDepositAccepted         F2FStatus = "deposit_accepted"
	F2FStatusPriced                  F2FStatus = "priced"
	F2FStatusRemainderPaid           F2FStatus = "remainder_paid"
	F2FStatusRemainderSkipped        F2FStatus = "remainder_skipped"
	F2FStatusSellerHandoverConfirmed F2FStatus = "seller_handover_confirmed"
	F2FStatusBuyerHandoverConfirmed  F2FStatus = "buyer_handover_confirmed"
	F2FStatusComplained              F2FStatus = "complained"
	F2FStatusComplaintPeriodEnded    F2FStatus = "complaint_period_ended"
	F2FStatusFundsReleased           F2FStatus = "funds_released"
)

// Terminal reports whether no further step can follow.
func (s F2FStatus) Terminal() bool {
	switch s {
	case F2FStatusRejected, F2FStatusCancelled, F2FStatusDepositRefunded, F2FStatusFundsReleased:
		return true
	}
	return false
}

// Pricing is a price with its fees, in minor units of the currency that stands
// beside it in the transaction or listing.
type Pricing struct {
	Price int64 `json:"price"`
	// Charge is the buyer's fee, ChargeSeller the seller's.
	Charge       int64 `json:"charge"`
	ChargeSeller int64 `json:"charge_seller"`
	// ChargeInternationalPayment is known only after the payment.
	ChargeInternationalPayment *int64 `json:"charge_international_payment,omitempty"`
	// ChargeBuyerClient and ChargeSellerClient are the marketplace's commission
	// inside Charge and ChargeSeller.
	ChargeBuyerClient  *int64 `json:"charge_buyer_client,omitempty"`
	ChargeSellerClient *int64 `json:"charge_seller_client,omitempty"`
	// DepositFeeMultiplier is there when the fee was multiplied.
	DepositFeeMultiplier *FeeMultiplier `json:"deposit_fee_multiplier,omitempty"`
}

// FeeMultiplier is how often the percentage of the fee was taken.
type FeeMultiplier struct {
	FeeMultiplier json.Number `json:"fee_multiplier"`
}

// Cancellation is why a transaction was cancelled. Reason is empty after
// [F2FService.Cancel].
type Cancellation struct {
	Reason string `json:"reason"`
}

// ComplaintCategory sorts a complaint. Unknown values survive.
type ComplaintCategory string

// Complaint categories of the official API since July 2026.
const (
	ComplaintItemNotReceived    ComplaintCategory = "item_not_received"
	ComplaintItemNotAsDescribed ComplaintCategory = "item_not_as_described"
	ComplaintOther              ComplaintCategory = "other"
)

// F2FTransaction is a face-to-face transaction. Amounts are in minor units of
// Currency; times are UTC and zero until their event happened; pointers are nil
// when the API did not send the value.
type F2FTransaction struct {
	ID          int64     `json:"id"`
	Status      F2FStatus `json:"status"`
	ClientID    string    `json:"client_id,omitempty"`
	Description string    `json:"description"`
	ImageURL    string    `json:"image_url,omitempty"`
	// JoinCode lets the other party join; only while Status is created.
	JoinCode          string `json:"join_code,omitempty"`
	BuyerID           string `json:"buyer_id,omitempty"`
	BuyerIsGuest      *bool  `json:"buyer_is_guest,omitempty"`
	SellerID          string `json:"seller_id,omitempty"`
	SellerIsGuest     *bool  `json:"seller_is_guest,omitempty"`
	SellerPhoneNumber string `json:"seller_phone_number,omitempty"`

	Currency       string  `json:"currency"`
	DepositPricing Pricing `json:"deposit_pricing"`
	// Pricing is the total including the deposit; nil until [F2FService.SetPrice].
	Pricing *Pricing `json:"pricing,omitempty"`
	// SkipRemainder is true when the deposit is the whole price.
	SkipRemainder bool `json:"skip_remainder"`
	// Quantity is 0 when the API did not send it.
	Quantity    int64       `json:"quantity,omitempty"`
	ListingID   ID          `json:"listing_id,omitempty"`
	ListingType ListingType `json:"listing_type,omitempty"`
	Metadata    Metadata    `json:"metadata,omitempty"`

	Created         Time          `json:"created,omitzero"`
	Joined          Time          `json:"joined,omitzero"`
	Rejected        Time          `json:"rejected,omitzero"`
	Cancelled       Time          `json:"cancelled,omitzero"`
	Cancellation    *Cancellation `json:"cancellation,omitempty"`
	ClaimedByBuyer  Time          `json:"claimed_by_buyer,omitzero"`
	ClaimedBySeller Time          `json:"claimed_by_seller,omitzero"`

	// IsDepositPaymentInProgress is true while a slow payment method settles.
	IsDepositPaymentInProgress bool    `json:"is_deposit_payment_in_progress"`
	DepositPaid                Time    `json:"deposit_paid,omitzero"`
	DepositReviewFlagged       Time    `json:"deposit_review_flagged,omitzero"`
	DepositReview              *Review `json:"deposit_review,omitempty"`
	DepositAccepted            Time    `json:"deposit_accepted,omitzero"`
	DepositRefunded            Time    `json:"deposit_refunded,omitzero"`

	Priced Time `json:"priced,omitzero"`
	// IsRemainderPaymentInProgress is true while a slow payment method settles.
	IsRemainderPaymentInProgress bool    `json:"is_remainder_payment_in_progress"`
	RemainderPaid                Time    `json:"remainder_paid,omitzero"`
	RemainderSkipped             Time    `json:"remainder_skipped,omitzero"`
	RemainderReviewFlagged       Time    `json:"remainder_review_flagged,omitzero"`
	RemainderReview              *Review `json:"remainder_review,omitempty"`

	// ContainsShipping is true when the goods are posted after all.
	ContainsShipping bool      `json:"contains_shipping,omitempty"`
	Tracked          Time      `json:"tracked,omitzero"`
	Tracking         *Tracking `json:"tracking,omitempty"`
	Delivered        Time      `json:"delivered,omitzero"`
	OrderIssueRaised Time      `json:"order_issue_raised,omitzero"`

	// SellerHandoverConfirmed starts the complaint period, the buyer's does not.
	SellerHandoverConfirmed Time          `json:"seller_handover_confirmed,omitzero"`
	BuyerHandoverConfirmed  Time          `json:"buyer_handover_confirmed,omitzero"`
	ComplaintPeriodDeadline Time          `json:"complaint_period_deadline,omitzero"`
	Complained              Time          `json:"complained,omitzero"`
	Complaint               *F2FComplaint `json:"complaint,omitempty"`
	ComplaintPeriodEnded    Time          `json:"complaint_period_ended,omitzero"`

	FundsReleased Time `json:"funds_released,omitzero"`
	// ReleasedToSeller is false when the money went back to the buyer.
	ReleasedToSeller *bool    `json:"released_to_seller,omitempty"`
	Refunded         Time     `json:"refunded,omitzero"`
	AmountRefunded   *int64   `json:"amount_refunded,omitempty"`
	Refunds          []Refund `json:"refunds,omitempty"`
}

func (t *F2FTransaction) check() error {
	if t.ID <= 0 {
		return errors.New("transaction has no id")
	}
	return nil
}

func (t *F2FTransaction) recordID() int64 { return t.ID }

// RemainderSettled reports whether the remainder was paid or skipped, which the
// handover needs.
func (t *F2FTransaction) RemainderSettled() bool {
	return !t.RemainderPaid.IsZero() || !t.RemainderSkipped.IsZero()
}

// F2FComplaint is what the buyer complains about.
type F2FComplaint struct {
	Description string `json:"description"`
	// Category is empty where the API does not know it yet.
	Category ComplaintCategory `json:"category,omitempty"`
}

// UnmarshalJSON also reads a bare string, like [Description].
func (c *F2FComplaint) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &c.Description) == nil {
		return nil
	}
	type plain F2FComplaint
	return json.Unmarshal(data, (*plain)(c))
}

// Metadata are pairs that the marketplace stores with a transaction: at most 100,
// names up to 40 and values up to 100 characters (official API).
type Metadata map[string]string

// UnmarshalJSON keeps a value that is not a string as its JSON text.
func (m *Metadata) UnmarshalJSON(data []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	if fields == nil {
		*m = nil
		return nil
	}
	*m = make(Metadata, len(fields))
	for name, raw := range fields {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		(*m)[name] = text
	}
	return nil
}
