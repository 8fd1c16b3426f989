package sandbox

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// Transaction is an online transaction as the API shows it. Amounts are minor units of Currency, times are UTC in whole
// seconds and absent until their event has happened. The buyer pays Price + Charge + ChargePostageBuyer, the seller gets
// Price - ChargeSeller.
type Transaction struct {
	ID                 int64  `json:"id"`
	ListingID          string `json:"listing_id,omitempty"`
	ListingType        string `json:"listing_type,omitempty"`
	Status             string `json:"status"`
	Currency           string `json:"currency"`
	Price              int64  `json:"price"`
	Charge             int64  `json:"charge"`
	ChargeSeller       int64  `json:"charge_seller"`
	ChargeBuyerClient  int64  `json:"charge_buyer_client"`
	ChargeSellerClient int64  `json:"charge_seller_client"`
	ChargePostageBuyer int64  `json:"charge_postage_buyer,omitempty"`
	Description        string `json:"description"`
	ImageURL           string `json:"image_url,omitempty"`
	Quantity           int64  `json:"quantity"`
	ClientID           string `json:"client_id"`
	SellerID           string `json:"seller_id,omitempty"`
	BuyerID            string `json:"buyer_id,omitempty"`
	JoinCode           string `json:"join_code,omitempty"`
	PaymentInProgress  bool   `json:"is_payment_in_progress"`

	Created time.Time `json:"created,omitzero"`
	Joined  time.Time `json:"joined,omitzero"`
	// The decision of a listing's creator has one spelling in the customer's document and another in the official API.
	AcceptedByListingCreator     time.Time   `json:"accepted_by_listing_creator,omitzero"`
	ListingCreatorAccepted       time.Time   `json:"listing_creator_accepted,omitzero"`
	RejectedByListingCreator     time.Time   `json:"rejected_by_listing_creator,omitzero"`
	ListingCreatorRejected       time.Time   `json:"listing_creator_rejected,omitzero"`
	Denied                       time.Time   `json:"denied,omitzero"`
	Cancelled                    time.Time   `json:"cancelled,omitzero"`
	ClaimedBySeller              time.Time   `json:"claimed_by_seller,omitzero"`
	ClaimedByBuyer               time.Time   `json:"claimed_by_buyer,omitzero"`
	Paid                         time.Time   `json:"paid,omitzero"`
	ReviewFlagged                time.Time   `json:"review_flagged,omitzero"`
	Review                       *Review     `json:"review,omitempty"`
	PaymentAccepted              time.Time   `json:"payment_accepted,omitzero"`
	PaymentRefunded              time.Time   `json:"payment_refunded,omitzero"`
	TrackingDetailsWindowStarted time.Time   `json:"tracking_details_window_started,omitzero"`
	TrackingDetailsDeadline      time.Time   `json:"tracking_details_deadline,omitzero"`
	Tracked                      time.Time   `json:"tracked,omitzero"`
	Tracking                     *Tracking   `json:"tracking,omitempty"`
	OrderIssueRaised             time.Time   `json:"order_issue_raised,omitzero"`
	OrderIssue                   *OrderIssue `json:"order_issue,omitempty"`
	Delivered                    time.Time   `json:"delivered,omitzero"`
	ComplaintPeriodDeadline      time.Time   `json:"complaint_period_deadline,omitzero"`
	Complained                   time.Time   `json:"complained,omitzero"`
	Complaint                    *Complaint  `json:"complaint,omitempty"`
	ComplaintPeriodEnded         time.Time   `json:"complaint_period_ended,omitzero"`
	FundsReleased                time.Time   `json:"funds_released,omitzero"`
	ReleasedToSeller             *bool       `json:"released_to_seller,omitempty"`
	AmountReleased               *int64      `json:"amount_released,omitempty"`
	AmountRefunded               *int64      `json:"amount_refunded,omitempty"`
	Refunds                      []Refund    `json:"refunds,omitempty"`
}

// Tracking is what the seller said about the parcel.
type Tracking struct {
	Carrier      string `json:"carrier"`
	TrackingCode string `json:"tracking_code"`
}

// Complaint is what the buyer complained about; the deprecated call leaves it empty.
type Complaint struct {
	Description string `json:"description"`
	// Category and Accepted are of face-to-face transactions, since July 2026.
	Category string    `json:"category,omitempty"`
	Accepted time.Time `json:"accepted,omitzero"`
}

// OrderIssue is what the buyer misses about a parcel that is on its way.
type OrderIssue struct {
	Description string `json:"description"`
}

// Refund is one refund to the buyer, in minor units of the transaction's currency.
type Refund struct {
	ID       string    `json:"id"`
	Amount   int64     `json:"amount"`
	Refunded time.Time `json:"refunded"`
}

// Review is a check of a payment by the platform. Approved is absent until it is finished. Times are UTC.
type Review struct {
	Started       time.Time `json:"started"`
	Finished      time.Time `json:"finished,omitzero"`
	Approved      *bool     `json:"approved,omitempty"`
	OutcomeReason string    `json:"outcome_reason,omitempty"`
}

// The features that a transaction can be created with.
const (
	featureSellerAcceptance = "require_seller_acceptance"
	featurePostageFee       = "use_custom_postage_fee"
	featureHRPost           = "use_hr_post"
	featureShippo           = "use_shippo"
)

// online is an online transaction with what the API does not show.
type online struct {
	Transaction
	Hidden hidden `json:"hidden"`
}

func (t *online) facts() facts {
	return facts{
		id: &t.ID, quantity: &t.Quantity, status: &t.Status, description: &t.Description, currency: &t.Currency,
		sellerID: &t.SellerID, buyerID: &t.BuyerID, joinCode: &t.JoinCode, clientID: &t.ClientID,
		listingID: &t.ListingID, listingType: &t.ListingType, imageURL: &t.ImageURL,
		created: &t.Created, claimedBySeller: &t.ClaimedBySeller, claimedByBuyer: &t.ClaimedByBuyer,
	}
}

func (t *online) inside() *hidden { return &t.Hidden }

func (*online) book(w *state) *book[*online] { return w.online }

// show leaves the client's part of the charges out where a profile of before February 2026 is played.
func (t *online) show(profile string) stage.Value {
	if since(profile, Profile202602) {
		return t.Transaction
	}
	return struct {
		Transaction
		ChargeBuyerClient  *int64 `json:"charge_buyer_client,omitempty"`
		ChargeSellerClient *int64 `json:"charge_seller_client,omitempty"`
	}{Transaction: t.Transaction}
}

// due is what the buyer pays, all parts and charges included, in minor units.
func (t *online) due() int64 { return t.Price + t.Charge + t.ChargePostageBuyer }

// trackingOver is why a stopped transaction takes no tracking details, when lateness was the cause: nobody can cancel at
// the deadline or later, as the deadline is quicker.
func (t *online) trackingOver() string {
	if !t.TrackingDetailsDeadline.IsZero() && !t.Cancelled.Before(t.TrackingDetailsDeadline) {
		return "tracking_details_deadline_expired"
	}
	return ""
}

// periodOver is why a transaction whose complaint period has ended takes no complaint. It outlives the payout, as the
// customer's document knows no other code for a late complaint.
func (t *online) periodOver() string {
	switch {
	case t.ComplaintPeriodEnded.IsZero():
		return ""
	case t.ComplaintPeriodEnded.Before(t.ComplaintPeriodDeadline):
		return "complaint_period_ended_prematurely"
	default:
		return "complaint_period_expired"
	}
}

// decided is what the creator of the listing has said before.
func (t *online) decided() string {
	switch {
	case !t.ListingCreatorAccepted.IsZero():
		return "already_accepted"
	case !t.ListingCreatorRejected.IsZero():
		return "already_rejected"
	}
	return ""
}

// awaitsCreator is why a transaction made from a listing cannot be paid yet.
func (t *online) awaitsCreator() string {
	if t.ListingID != "" && t.ListingCreatorAccepted.IsZero() {
		return "not_accepted"
	}
	return ""
}

// enterOnline sets the fields that a state brings with it.
func enterOnline(w *state, t *online, at time.Time) {
	switch {
	case t.Status == paid && t.TrackingDetailsDeadline.IsZero():
		t.TrackingDetailsWindowStarted = at
		t.TrackingDetailsDeadline = at.Add(w.cfg.Timelines.TrackingAllowance)
		w.closeListing(t.ListingID, at)
	case t.Status == delivered:
		t.ComplaintPeriodDeadline = at.Add(w.cfg.Timelines.ComplaintPeriod)
	case t.Status == paymentRefunded:
		t.refund(w, at)
	case t.Status == fundsReleased && t.ReleasedToSeller == nil:
		amount := t.Price - t.ChargeSeller
		t.ReleasedToSeller, t.AmountReleased = new(true), &amount
	}
}

// refund returns the price and the postage, and the Trustap fee only when configured so.
func (t *online) refund(w *state, at time.Time) {
	amount := t.Price + t.ChargePostageBuyer
	if w.cfg.RefundCharge {
		amount += t.Charge
	}
	t.AmountRefunded = &amount
	t.Refunds = []Refund{w.newRefund(amount, at)}
}

func (w *state) newRefund(amount int64, at time.Time) Refund {
	return Refund{ID: "re_" + w.token(24), Amount: amount, Refunded: at}
}
