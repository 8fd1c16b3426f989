package trustap

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// snapshot translates Trustap's view. Its timestamps are the truth, not its
// status: several can be set at once, and they only ever appear.
func (o online) snapshot(t *client.Transaction) (orchestrator.Snapshot, error) {
	currency, err := money.ParseCurrency(t.Currency)
	if err != nil {
		return orchestrator.Snapshot{}, fmt.Errorf("payment %d: %w", t.ID, err)
	}
	s := orchestrator.Snapshot{
		PaymentID: strconv.FormatInt(t.ID, 10), Payer: t.BuyerID, Payee: t.SellerID,
		References: []orchestrator.Reference{{Text: referenceIn(t.Description, t.ListingID), MadeAt: t.Created.Time}},
		Payment: process.Payment{
			Found: true, Price: money.New(t.Price, currency),
			Fees: &process.Fees{Buyer: t.Charge, Seller: t.ChargeSeller + orElse(t.ChargeInternationalPayment, 0)},
			Facts: recorded(map[process.Fact]client.Time{
				process.FactJoined: t.Joined, process.FactRejected: t.Denied, process.FactCancelled: t.Cancelled,
				process.FactPaid: t.Paid, process.FactTracked: t.Tracked, process.FactDelivered: t.Delivered,
				process.FactComplained: t.Complained, process.FactComplaintPeriodEnded: t.ComplaintPeriodEnded,
				process.FactPaymentRefunded: t.PaymentRefunded,
			}),
			Deadlines: recorded(map[process.Deadline]client.Time{
				process.TrackingDeadline: t.TrackingDetailsDeadline, process.ComplaintDeadline: t.ComplaintPeriodDeadline,
			}),
		},
	}
	release(s.Facts, t.FundsReleased, t.ReleasedToSeller)
	if t.Status == client.StatusJoined {
		page := "pay"
		if client.IsGuestUserID(t.BuyerID) {
			page = "guest_pay"
		}
		s.RedirectURL = o.payURL("online", t.ID, page)
	}
	return s, nil
}

// snapshot translates the face-to-face view. The price is there once the seller
// has set it, or is content with the deposit.
func (f f2f) snapshot(t *client.F2FTransaction) (orchestrator.Snapshot, error) {
	currency, err := money.ParseCurrency(t.Currency)
	if err != nil {
		return orchestrator.Snapshot{}, fmt.Errorf("payment %s%d: %w", f2fPrefix, t.ID, err)
	}
	s := orchestrator.Snapshot{
		PaymentID: f2fPrefix + strconv.FormatInt(t.ID, 10), Payer: t.BuyerID, Payee: t.SellerID,
		References: []orchestrator.Reference{{Text: referenceIn(t.Description, t.ListingID), MadeAt: t.Created.Time}},
		Payment: process.Payment{
			Found: true, Deposit: t.DepositPricing.Price,
			Facts: recorded(map[process.Fact]client.Time{
				process.FactJoined: t.Joined, process.FactRejected: t.Rejected, process.FactCancelled: t.Cancelled,
				process.FactDepositPaid: t.DepositPaid, process.FactDepositAccepted: t.DepositAccepted, process.FactDepositRefunded: t.DepositRefunded,
				process.FactPriced: t.Priced, process.FactRemainderPaid: t.RemainderPaid, process.FactRemainderSkipped: t.RemainderSkipped,
				process.FactSellerHandoverConfirmed: t.SellerHandoverConfirmed, process.FactBuyerHandoverConfirmed: t.BuyerHandoverConfirmed,
				process.FactComplained: t.Complained, process.FactComplaintPeriodEnded: t.ComplaintPeriodEnded,
			}),
			Deadlines: recorded(map[process.Deadline]client.Time{process.ComplaintDeadline: t.ComplaintPeriodDeadline}),
		},
	}
	release(s.Facts, t.FundsReleased, t.ReleasedToSeller)
	whole := t.DepositPricing
	if has(s, process.FactPriced) && t.Pricing != nil {
		whole = *t.Pricing
	}
	if has(s, process.FactPriced, process.FactRemainderSkipped) {
		s.Price = money.New(whole.Price, currency)
	}
	s.Fees = &process.Fees{
		Buyer: whole.Charge, Seller: whole.ChargeSeller + orElse(whole.ChargeInternationalPayment, 0), Deposit: t.DepositPricing.Charge,
	}
	if page := facePage(s); page != "" {
		s.RedirectURL = f.payURL("f2f", t.ID, page)
	}
	return s, nil
}

// facePage is where the buyer pays what is due: the deposit, or the remainder.
func facePage(s orchestrator.Snapshot) string {
	switch {
	case has(s, process.FactCancelled, process.FactRejected, process.FactRemainderPaid, process.FactRemainderSkipped):
		return ""
	case has(s, process.FactPriced):
		return "pay_remainder"
	case has(s, process.FactJoined) && !has(s, process.FactDepositPaid):
		return "pay_deposit"
	}
	return ""
}

// recorded leaves out what has not happened, or is not known.
func recorded[K ~string](times map[K]client.Time) map[K]time.Time {
	known := map[K]time.Time{}
	for name, at := range times {
		if !at.IsZero() {
			known[name] = at.UTC()
		}
	}
	return known
}

// release records who got the money.
func release(facts map[process.Fact]time.Time, at client.Time, toSeller *bool) {
	if at.IsZero() {
		return
	}
	if toSeller != nil && !*toSeller {
		facts[process.FactFundsRefunded] = at.UTC()
		return
	}
	facts[process.FactFundsReleased] = at.UTC()
	if _, complained := facts[process.FactComplained]; complained {
		return
	}
	// A release without a complaint implies that the complaint period is over, also
	// where that timestamp was left out.
	if _, ended := facts[process.FactComplaintPeriodEnded]; !ended {
		facts[process.FactComplaintPeriodEnded] = at.UTC()
	}
}

// has tells whether a payment shows one of the facts.
func has(s orchestrator.Snapshot, facts ...process.Fact) bool {
	return slices.ContainsFunc(facts, func(f process.Fact) bool {
		_, ok := s.Facts[f]
		return ok
	})
}

// payURL is a page on which the buyer pays.
func (g *Gateway) payURL(model string, id int64, page string) string {
	link := fmt.Sprintf("%s/%s/transactions/%d/%s", g.ActionsURL, model, id, page)
	if g.ReturnURL == "" {
		return link
	}
	return link + "?" + url.Values{"redirect_uri": {g.ReturnURL}}.Encode()
}
