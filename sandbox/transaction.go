package sandbox

import (
	"slices"
	"strconv"
	"time"
)

// Transaction is an online transaction as the API shows it. Amounts are minor units of Currency, times are UTC in whole
// seconds and absent until their event has happened. The buyer pays Price + Charge + ChargePostageBuyer, the seller gets
// Price - ChargeSeller.
type Transaction struct {
	ID                 int64  `json:"id"`
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

	Created                      time.Time  `json:"created,omitzero"`
	Joined                       time.Time  `json:"joined,omitzero"`
	Denied                       time.Time  `json:"denied,omitzero"`
	Cancelled                    time.Time  `json:"cancelled,omitzero"`
	Paid                         time.Time  `json:"paid,omitzero"`
	PaymentAccepted              time.Time  `json:"payment_accepted,omitzero"`
	PaymentRefunded              time.Time  `json:"payment_refunded,omitzero"`
	TrackingDetailsWindowStarted time.Time  `json:"tracking_details_window_started,omitzero"`
	TrackingDetailsDeadline      time.Time  `json:"tracking_details_deadline,omitzero"`
	Tracked                      time.Time  `json:"tracked,omitzero"`
	Tracking                     *Tracking  `json:"tracking,omitempty"`
	Delivered                    time.Time  `json:"delivered,omitzero"`
	ComplaintPeriodDeadline      time.Time  `json:"complaint_period_deadline,omitzero"`
	Complained                   time.Time  `json:"complained,omitzero"`
	Complaint                    *Complaint `json:"complaint,omitempty"`
	ComplaintPeriodEnded         time.Time  `json:"complaint_period_ended,omitzero"`
	FundsReleased                time.Time  `json:"funds_released,omitzero"`
	ReleasedToSeller             *bool      `json:"released_to_seller,omitempty"`
	AmountReleased               *int64     `json:"amount_released,omitempty"`
	AmountRefunded               *int64     `json:"amount_refunded,omitempty"`
	Refunds                      []Refund   `json:"refunds,omitempty"`
}

// Tracking is what the seller said about the parcel.
type Tracking struct {
	Carrier      string `json:"carrier"`
	TrackingCode string `json:"tracking_code"`
}

// Complaint is what the buyer complained about; the deprecated call leaves it empty.
type Complaint struct {
	Description string `json:"description"`
}

// Refund is one refund to the buyer, in minor units of the transaction's currency.
type Refund struct {
	ID       string    `json:"id"`
	Amount   int64     `json:"amount"`
	Refunded time.Time `json:"refunded"`
}

// The features that a transaction can be created with.
const (
	featureSellerAcceptance = "require_seller_acceptance"
	featurePostageFee       = "use_custom_postage_fee"
)

// online is a transaction with what the API does not show.
type online struct {
	Transaction
	creator         string
	clientSecret    string
	features        []string
	trackingExpired bool // cancelled because the seller was late
	endedByBuyer    bool // the complaint period did not run out by itself
	revision        uint64
}

func (t *online) has(feature string) bool { return slices.Contains(t.features, feature) }

func (t *online) isParty(userID string) bool { return userID == t.SellerID || userID == t.BuyerID }

// trackingOver is why a stopped transaction takes no tracking details, when lateness was the cause.
func (t *online) trackingOver() string {
	if t.trackingExpired {
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
	case t.endedByBuyer:
		return "complaint_period_ended_prematurely"
	default:
		return "complaint_period_expired"
	}
}

// check answers why the move cannot be made now, or nil.
func (t *online) check(m *onlineMove) *Error {
	if code := m.refusal(t, t.Status); code != "" {
		return refuse(code)
	}
	return nil
}

// apply makes a move that check allows: it stamps, records the effect, sends the webhook and sets the next timeout. Fields
// that belong to the move are set by the caller before, so that the webhook shows them.
func (w *world) apply(t *online, m *onlineMove, by origin) {
	if m.to != "" {
		t.Status = m.to
	}
	if m.stamp != nil {
		*m.stamp(t) = by.at
	}
	if t.Status != created && t.JoinCode != "" {
		delete(w.joinCodes, t.JoinCode)
		t.JoinCode = ""
	}
	w.enter(t, by.at)
	t.revision++
	w.record(by, t.ID)
	if m.event != "" {
		w.emit(event{code: "basic_tx." + m.event, user: by.user, target: strconv.FormatInt(t.ID, 10), preview: t.Transaction, at: by.at})
	}
	w.schedule(t)
}

// enter sets the fields that a state brings with it.
func (w *world) enter(t *online, at time.Time) {
	switch {
	case t.Status == paid && t.TrackingDetailsDeadline.IsZero():
		t.TrackingDetailsWindowStarted = at
		t.TrackingDetailsDeadline = at.Add(w.cfg.Timelines.TrackingAllowance)
	case t.Status == delivered:
		t.ComplaintPeriodDeadline = at.Add(w.cfg.Timelines.ComplaintPeriod)
	case t.Status == paymentRefunded:
		w.refund(t, at)
	case t.Status == fundsReleased && t.ReleasedToSeller == nil:
		amount := t.Price - t.ChargeSeller
		t.ReleasedToSeller, t.AmountReleased = new(true), &amount
	}
}

// refund returns the price and the postage, and the Trustap fee only when configured so.
func (w *world) refund(t *online, at time.Time) {
	amount := t.Price + t.ChargePostageBuyer
	if w.cfg.RefundCharge {
		amount += t.Charge
	}
	t.AmountRefunded = &amount
	t.Refunds = []Refund{{ID: "re_" + w.token(24), Amount: amount, Refunded: at}}
}

// schedule sets the timeout of the state that the transaction rests in; a later revision makes it void.
func (w *world) schedule(t *online) {
	next, ok := onlineTimeouts[t.Status]
	if !ok {
		return
	}
	revision := t.revision
	w.timers.set(next.due(w.cfg.Timelines, t), func(at time.Time) {
		if t.revision != revision {
			return
		}
		if next.move == onlineExpireTracking {
			t.trackingExpired = true
		}
		w.apply(t, next.move, origin{operation: next.move.name, at: at})
	})
}
