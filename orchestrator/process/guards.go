package process

import (
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Facts that gateways report and transitions record. The names follow the
// timestamps of the Trustap API, which are the truth behind its statuses.
const (
	FactJoined               Fact = "joined" // both parties are known at the gateway
	FactRejected             Fact = "rejected"
	FactCancelled            Fact = "cancelled"
	FactPaid                 Fact = "paid"
	FactTracked              Fact = "tracked"
	FactDelivered            Fact = "delivered"
	FactComplained           Fact = "complained"
	FactComplaintPeriodEnded Fact = "complaint_period_ended"
	FactFundsReleased        Fact = "funds_released"
	FactFundsRefunded        Fact = "funds_refunded"   // a complaint was decided for the buyer
	FactPaymentRefunded      Fact = "payment_refunded" // a cancelled payment came back

	FactAuthorized  Fact = "authorized"
	FactCaptured    Fact = "captured"
	FactVoided      Fact = "voided"
	FactTransferred Fact = "transferred"
	FactRefunded    Fact = "refunded"
	FactCanceled    Fact = "canceled"

	FactRefundedInPart Fact = "refunded_in_part"
	FactRestRefunded   Fact = "rest_refunded" // what a split left for the payee went back to the payer instead
	FactInvoiced       Fact = "invoiced"
	FactDelayed        Fact = "delayed"        // the gateway has the payment and settles it later
	FactPaymentFailed  Fact = "payment_failed" // a delayed payment came to nothing; it waits for another way to pay
	FactDisputeOpened  Fact = "dispute_opened" // the payer's bank took the payment back
	FactDisputeWon     Fact = "dispute_won"
	FactDisputeLost    Fact = "dispute_lost"
	FactSplit          Fact = "split"      // an operator gave each side a part
	FactTakenOver      Fact = "taken_over" // an operator took over what was moved by hand at the gateway

	FactListingAccepted Fact = "listing_accepted"
)

// Deadlines that gateways announce.
const (
	TrackingDeadline  Deadline = "tracking_details" // tracking must be added before, or the payment is cancelled
	ComplaintDeadline Deadline = "complaint_period" // last moment for a complaint
	CaptureBefore     Deadline = "capture_before"   // a reservation lapses then
	EvidenceDeadline  Deadline = "evidence_due"     // evidence about a dispute must be at the gateway before
)

var (
	differentPeople = Guard{
		Name: "starter is not the author", Code: fault.Invalid, Reason: "starter_is_author",
		Message: "nobody can buy from themselves: starter and listing author must differ",
		Holds: func(d Deal, _ Command, _ time.Time) bool {
			return d.Starter != d.Author && (d.Buyer != d.Seller || d.Buyer == "")
		},
	}
	bothParties = Guard{
		Name: "buyer and seller are known", Code: fault.Invalid, Reason: "party_missing",
		Message: "name both buyer and seller, or open the transaction with the transition invite",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Buyer != "" && d.Seller != "" },
	}
	oneParty = Guard{
		Name: "one side is still open", Code: fault.Invalid, Reason: "parties_complete",
		Message: "buyer and seller are both known already; open the transaction with the transition create",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return (d.Buyer == "") != (d.Seller == "") },
	}
	payerOpens = Guard{
		Name: "the starter is who pays", Code: fault.Invalid, Reason: "payer_is_not_starter",
		Message: "in this process the starter pays and the listing's author is paid",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Buyer == d.Starter && d.Seller == d.Author },
	}
	rightJoinCode = Guard{
		Name: "join code matches", Code: fault.NotFound, Reason: "transaction_not_found",
		Message: "there is no transaction with this join code",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			return d.JoinCode != "" && c.Input["join_code"] == d.JoinCode
		},
	}
	complaintPeriodOpen = Guard{
		Name: "complaint period is open", Code: fault.Conflict, Reason: "complaint_period_expired",
		Message: "the complaint period is over",
		Holds: func(d Deal, c Command, now time.Time) bool {
			deadline, ok := d.Deadlines[ComplaintDeadline]
			return c.Actor.Kind == AtGateway || !ok || now.Before(deadline)
		},
	}
	depositPositive = Guard{
		Name: "deposit is above zero", Code: fault.Invalid, Reason: "deposit_too_low",
		Message: "the deposit must be above zero",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Deposit > 0 },
	}
	wholeSplit = Guard{
		Name: "refund and release add up to what is held", Code: fault.Invalid, Reason: "amounts_do_not_add_up", OnInput: true,
		Message: "refund and release must both be above zero and add up to the amount that is held; fees follow the parts by the marketplace's rules",
		Holds: func(d Deal, c Command, _ time.Time) bool {
			refund, release := c.Amount("refund"), c.Amount("release")
			return refund > 0 && release > 0 && refund <= d.Funds.Held && release == d.Funds.Held-refund
		},
	}
	unsplit = Guard{
		Name: "nothing was split before", Code: fault.Conflict, Reason: "already_split",
		Message: "the money was split before; refund or dismiss what is left",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return !d.Has(FactSplit) },
	}
	pricePositive = Guard{
		Name: "price is above zero", Code: fault.Invalid, Reason: "price_too_low",
		Message: "the price must be above zero",
		Holds:   func(d Deal, _ Command, _ time.Time) bool { return d.Price.Minor() > 0 },
	}
)

// After is due a fixed time after the state was entered.
func After(wait time.Duration, text string) Due {
	return Due{Text: text + " after entering the state", At: func(_ Deal, entered time.Time) (time.Time, bool) {
		return entered.Add(wait), true
	}}
}

// AtDeadline is due at an instant that the gateway announced, or a fixed time
// after entering the state where it announced none.
func AtDeadline(name Deadline, otherwise time.Duration, text string) Due {
	return Due{Text: text, At: func(d Deal, entered time.Time) (time.Time, bool) {
		if at, ok := d.Deadlines[name]; ok {
			return at, true
		}
		return entered.Add(otherwise), true
	}}
}

const day = 24 * time.Hour

// Before is due some time before another timer, if that is still to come when
// the state is entered.
func Before(other Due, lead time.Duration, text string) Due {
	return Due{Text: text, At: func(d Deal, entered time.Time) (time.Time, bool) {
		at, ok := other.At(d, entered)
		due := at.Add(-lead)
		return due, ok && due.After(entered)
	}}
}

// Part is due when a part of the wait for another timer has passed, in percent.
func Part(other Due, percent time.Duration, text string) Due {
	return Due{Text: text, At: func(d Deal, entered time.Time) (time.Time, bool) {
		at, ok := other.At(d, entered)
		due := entered.Add(at.Sub(entered) / 100 * percent)
		return due, ok && due.After(entered)
	}}
}

// Inputs of rules that several processes have.
var (
	refundInput  = Input{Name: "refund", Required: true, Amount: true, Reason: "invalid_refund", Kept: ForParties}
	releaseInput = Input{Name: "release", Required: true, Amount: true, Reason: "invalid_release", Kept: ForParties}
	reasonInput  = Input{Name: "reason", Reason: "reason_missing", Kept: ForParties}
)

// paymentInputs are how the payer pays: a token that stands for a card, and where
// the gateway's page leads back to.
func paymentInputs() []Input {
	return []Input{
		{Name: "payment_method"}, {Name: "cardholder_name"}, {Name: "success_url"}, {Name: "cancel_url"}, {Name: "merchant_brand_logo_url"},
	}
}

// automaticConfirmation is due a day after the end of a booking, else the
// transaction's own number of days after the state was entered.
var automaticConfirmation = Due{
	Text: "1 day after the booking's end, else the transaction's automatic confirmation days after entering the state",
	At: func(d Deal, entered time.Time) (time.Time, bool) {
		if !d.BookingEnd.IsZero() {
			return dayAfter(d.BookingEnd), true
		}
		return entered.Add(time.Duration(d.ConfirmAfterDays) * day), d.ConfirmAfterDays > 0
	},
}

// dayAfter is a calendar day later in the instant's own zone, which for the end of a
// booking is the listing's: also where that day has 23 or 25 hours.
func dayAfter(t time.Time) time.Time { return t.AddDate(0, 0, 1) }

// holdExpiry is due ten minutes before the reservation lapses (three days where
// the gateway announced nothing), or a day after a booking's end if that is earlier.
var holdExpiry = Due{
	Text: "10 minutes before the gateway's capture deadline (3 days if it has none), or 1 day after the booking's end if earlier",
	At: func(d Deal, entered time.Time) (time.Time, bool) {
		due := entered.Add(3*day - 10*time.Minute)
		if before, ok := d.Deadlines[CaptureBefore]; ok {
			due = before.Add(-10 * time.Minute)
		}
		if after := dayAfter(d.BookingEnd); !d.BookingEnd.IsZero() && after.Before(due) {
			due = after
		}
		return due, true
	},
}
