package trustap

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// snapshot translates Trustap's view. Its timestamps are the truth, not its
// status: several can be set at once, and they only ever appear.
func (g *Gateway) snapshot(t *client.Transaction) (orchestrator.Snapshot, error) {
	currency, err := money.ParseCurrency(t.Currency)
	if err != nil {
		return orchestrator.Snapshot{}, fmt.Errorf("payment %d: %w", t.ID, err)
	}
	s := orchestrator.Snapshot{
		Found: true, PaymentID: strconv.FormatInt(t.ID, 10), Price: money.New(t.Price, currency),
		Fees: &orchestrator.Fees{Buyer: t.Charge, Seller: t.ChargeSeller}, Facts: facts(t), Deadlines: map[process.Deadline]time.Time{},
	}
	if t.ChargeInternationalPayment != nil {
		s.Fees.Seller += *t.ChargeInternationalPayment
	}
	if !t.TrackingDetailsDeadline.IsZero() {
		s.Deadlines[process.TrackingDeadline] = t.TrackingDetailsDeadline.UTC()
	}
	if !t.ComplaintPeriodDeadline.IsZero() {
		s.Deadlines[process.ComplaintDeadline] = t.ComplaintPeriodDeadline.UTC()
	}
	if t.Status == client.StatusJoined {
		s.RedirectURL = g.payURL(t)
	}
	return s, nil
}

func facts(t *client.Transaction) map[process.Fact]time.Time {
	facts := map[process.Fact]time.Time{}
	for fact, at := range map[process.Fact]client.Time{
		process.FactJoined: t.Joined, process.FactRejected: t.Denied, process.FactCancelled: t.Cancelled,
		process.FactPaid: t.Paid, process.FactTracked: t.Tracked, process.FactDelivered: t.Delivered,
		process.FactComplained: t.Complained, process.FactComplaintPeriodEnded: t.ComplaintPeriodEnded,
		process.FactPaymentRefunded: t.PaymentRefunded,
	} {
		if !at.IsZero() {
			facts[fact] = at.UTC()
		}
	}
	if t.FundsReleased.IsZero() {
		return facts
	}
	released := t.FundsReleased.UTC()
	if t.ReleasedToSeller != nil && !*t.ReleasedToSeller {
		facts[process.FactFundsRefunded] = released
		return facts
	}
	facts[process.FactFundsReleased] = released
	if _, complained := facts[process.FactComplained]; !complained {
		// A release without a complaint implies that the complaint period is over,
		// also where that timestamp was left out.
		if _, ended := facts[process.FactComplaintPeriodEnded]; !ended {
			facts[process.FactComplaintPeriodEnded] = released
		}
	}
	return facts
}

// payURL is the page on which the buyer pays.
func (g *Gateway) payURL(t *client.Transaction) string {
	page := "pay"
	if client.IsGuestUserID(t.BuyerID) {
		page = "guest_pay"
	}
	link := fmt.Sprintf("%s/online/transactions/%d/%s", g.ActionsURL, t.ID, page)
	if g.ReturnURL == "" {
		return link
	}
	return link + "?" + url.Values{"redirect_uri": {g.ReturnURL}}.Encode()
}
