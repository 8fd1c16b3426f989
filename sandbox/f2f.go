package sandbox

import (
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// F2FTransaction is a face-to-face transaction as the API shows it. Amounts are minor units of Currency, times are UTC in
// whole seconds and absent until their event has happened. The buyer pays the deposit (price and charge of DepositPricing),
// and once Pricing is set the remainder: the difference of the two totals. In the profile "seed" Status has fewer words:
// trust the times.
type F2FTransaction struct {
	ID             int64    `json:"id"`
	ListingID      string   `json:"listing_id,omitempty"`
	ListingType    string   `json:"listing_type,omitempty"`
	Status         string   `json:"status"`
	Currency       string   `json:"currency"`
	DepositPricing Pricing  `json:"deposit_pricing"`
	Pricing        *Pricing `json:"pricing,omitempty"`
	Description    string   `json:"description"`
	ImageURL       string   `json:"image_url,omitempty"`
	SkipRemainder  bool     `json:"skip_remainder"`
	Quantity       int64    `json:"quantity"`
	ClientID       string   `json:"client_id"`
	SellerID       string   `json:"seller_id,omitempty"`
	BuyerID        string   `json:"buyer_id,omitempty"`
	SellerIsGuest  *bool    `json:"seller_is_guest,omitempty"`
	BuyerIsGuest   *bool    `json:"buyer_is_guest,omitempty"`
	JoinCode       string   `json:"join_code,omitempty"`

	DepositInProgress   bool `json:"is_deposit_payment_in_progress"`
	RemainderInProgress bool `json:"is_remainder_payment_in_progress"`

	Created                 time.Time     `json:"created,omitzero"`
	Joined                  time.Time     `json:"joined,omitzero"`
	Rejected                time.Time     `json:"rejected,omitzero"`
	Cancelled               time.Time     `json:"cancelled,omitzero"`
	Cancellation            *Cancellation `json:"cancellation,omitempty"`
	ClaimedBySeller         time.Time     `json:"claimed_by_seller,omitzero"`
	ClaimedByBuyer          time.Time     `json:"claimed_by_buyer,omitzero"`
	DepositPaid             time.Time     `json:"deposit_paid,omitzero"`
	DepositReviewFlagged    time.Time     `json:"deposit_review_flagged,omitzero"`
	DepositReview           *Review       `json:"deposit_review,omitempty"`
	DepositAccepted         time.Time     `json:"deposit_accepted,omitzero"`
	DepositRefunded         time.Time     `json:"deposit_refunded,omitzero"`
	Priced                  time.Time     `json:"priced,omitzero"`
	RemainderSkipped        time.Time     `json:"remainder_skipped,omitzero"`
	RemainderPaid           time.Time     `json:"remainder_paid,omitzero"`
	RemainderReviewFlagged  time.Time     `json:"remainder_review_flagged,omitzero"`
	RemainderReview         *Review       `json:"remainder_review,omitempty"`
	SellerHandoverConfirmed time.Time     `json:"seller_handover_confirmed,omitzero"`
	BuyerHandoverConfirmed  time.Time     `json:"buyer_handover_confirmed,omitzero"`
	ComplaintPeriodDeadline time.Time     `json:"complaint_period_deadline,omitzero"`
	Complained              time.Time     `json:"complained,omitzero"`
	Complaint               *Complaint    `json:"complaint,omitempty"`
	ComplaintPeriodEnded    time.Time     `json:"complaint_period_ended,omitzero"`
	FundsReleased           time.Time     `json:"funds_released,omitzero"`
	ReleasedToSeller        *bool         `json:"released_to_seller,omitempty"`
	AmountRefunded          *int64        `json:"amount_refunded,omitempty"`
	Refunds                 []Refund      `json:"refunds,omitempty"`

	// Metadata is there since July 2026; before, one asked for it.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Pricing is a price with its charges, in minor units of the transaction's currency.
type Pricing struct {
	Price        int64 `json:"price"`
	Charge       int64 `json:"charge"`
	ChargeSeller int64 `json:"charge_seller"`

	// The parts that the client gets of the charges are there since February 2026, the rest since July: what the buyer pays
	// beside price and charge, the parts of the service, and what it costs to collect the extra.
	ChargeBuyerClient     *int64 `json:"charge_buyer_client,omitempty"`
	ChargeSellerClient    *int64 `json:"charge_seller_client,omitempty"`
	PriceExtra            *int64 `json:"price_extra,omitempty"`
	ChargeBuyerService    *int64 `json:"charge_buyer_service,omitempty"`
	ChargeSellerService   *int64 `json:"charge_seller_service,omitempty"`
	ExtraProcessingCharge *int64 `json:"extra_processing_charge,omitempty"`
}

// total is what the buyer pays for it.
func (p Pricing) total() int64 { return p.Price + p.extra() + p.Charge }

// Cancellation is why a transaction was cancelled; the deprecated call leaves it empty.
type Cancellation struct {
	Reason string `json:"reason"`
}

// face is a face-to-face transaction with what the API does not show.
type f2f struct {
	F2FTransaction
	Hidden hidden `json:"hidden"`
}

func (t *f2f) facts() facts {
	return facts{
		id: &t.ID, quantity: &t.Quantity, status: &t.Status, description: &t.Description, currency: &t.Currency,
		sellerID: &t.SellerID, buyerID: &t.BuyerID, joinCode: &t.JoinCode, clientID: &t.ClientID,
		listingID: &t.ListingID, listingType: &t.ListingType, imageURL: &t.ImageURL,
		created: &t.Created, claimedBySeller: &t.ClaimedBySeller, claimedByBuyer: &t.ClaimedByBuyer,
	}
}

func (t *f2f) inside() *hidden { return &t.Hidden }

func (*f2f) book(w *state) *book[*f2f] { return w.f2f }

// show uses the words of the customer's document in its profile: its examples keep an older status through some steps.
func (t *f2f) show(profile string) stage.Value {
	shown := t.F2FTransaction
	shown.DepositPricing = t.DepositPricing.as(profile)
	if t.Pricing != nil {
		shown.Pricing = new(t.Pricing.as(profile))
	}
	if since(profile, Profile202607) {
		shown.Metadata = t.Hidden.Metadata
	} else if t.Complaint != nil {
		shown.Complaint = &Complaint{Description: t.Complaint.Description}
	}
	if profile == ProfileSeed {
		if word, ok := seedStatuses[t.Status]; ok {
			shown.Status = word
		}
	}
	return shown
}

// seedStatuses are the words that the examples of the customer's document have instead.
var seedStatuses = map[string]string{
	rejected:      joined,
	priced:        depositAccepted,
	remainderPaid: depositAccepted,
	complained:    depositAccepted,
}

// due is what the buyer has to pay next, or has paid last: the deposit, and once the price is set the remainder. Both with
// their charges, in minor units.
func (t *f2f) due() int64 {
	deposit := t.DepositPricing.total()
	if t.Pricing == nil {
		return deposit
	}
	return t.Pricing.total() - deposit
}

// held is the price of what was paid, without charges, and the charges.
func (t *f2f) held() Pricing {
	if !t.RemainderPaid.IsZero() {
		return *t.Pricing
	}
	return t.DepositPricing
}

func (t *f2f) refund(w *state, at time.Time) {
	amount := t.held().Price + t.held().extra()
	if w.cfg.RefundCharge {
		amount += t.held().Charge
	}
	t.AmountRefunded = &amount
	t.Refunds = []Refund{w.newRefund(amount, at)}
}

// enterFace sets the fields that a state brings with it.
func enterF2F(w *state, t *f2f, at time.Time) {
	setGuests(w, t)
	switch t.Status {
	case depositRefunded:
		t.refund(w, at)
	case remainderPaid, remainderSkipped:
		w.closeListing(t.ListingID, at)
	case sellerHandover:
		t.ComplaintPeriodDeadline = at.Add(w.cfg.Timelines.ComplaintPeriod)
	case fundsReleased:
		if t.ReleasedToSeller == nil {
			t.ReleasedToSeller = new(true)
		}
	}
}

func setGuests(w *state, t *f2f) {
	t.SellerIsGuest, t.BuyerIsGuest = w.isGuest(t.SellerID), w.isGuest(t.BuyerID)
}

// isGuest is nil for an empty seat.
func (w *state) isGuest(userID string) *bool {
	u := w.users[userID]
	if u == nil {
		return nil
	}
	return new(u.Guest)
}

// periodOver is why a transaction whose complaint period has ended takes no complaint; the F2F calls know one code for it.
func (t *f2f) periodOver() string {
	if t.ComplaintPeriodEnded.IsZero() {
		return ""
	}
	return "complaint_period_expired"
}

// skipped is why a transaction without a remainder takes no price and no second payment.
func (t *f2f) skipped() string {
	if t.RemainderSkipped.IsZero() {
		return ""
	}
	return "remainder_already_skipped"
}
