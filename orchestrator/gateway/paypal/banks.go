package paypal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

var _ orchestrator.PayingBanks = (*Gateway)(nil)

// PayoutTold reads the payout that an event is about: its batch. The event is about the order, too.
func (g *Gateway) PayoutTold(about string) (ref orchestrator.BankPayoutRef, alone, ok bool) {
	parts := append(strings.Split(about, mark), "", "")
	if !idShape.MatchString(parts[1]) {
		return ref, false, false
	}
	return orchestrator.BankPayoutRef{ID: parts[1]}, false, true
}

// BankPayout reads a payout to a seller's PayPal account by its batch, which has one item. At PayPal
// that account stands in the place of the bank: what nobody claims is on its way for 30 days
// and is then returned (official API).
func (g *Gateway) BankPayout(ctx context.Context, ref orchestrator.BankPayoutRef) (orchestrator.BankPayoutSeen, error) {
	if !idShape.MatchString(ref.ID) {
		return orchestrator.BankPayoutSeen{}, fmt.Errorf("paypal: %.60q is not an id", ref.ID)
	}
	var p payout
	err := g.api.get(ctx, "/v1/payments/payouts/"+url.PathEscape(ref.ID), &p)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusNotFound && r.name != "" {
		return orchestrator.BankPayoutSeen{}, nil
	}
	if err != nil {
		return orchestrator.BankPayoutSeen{}, err
	}
	if p.Header.ID != ref.ID || len(p.Items) != 1 {
		return orchestrator.BankPayoutSeen{}, fmt.Errorf("%w: payout %s", errUnreadable, ref.ID)
	}
	item := p.Items[0]
	sum, err := item.Item.Amount.fromPayPal()
	if err != nil {
		return orchestrator.BankPayoutSeen{}, fmt.Errorf("payout %s: %w", ref.ID, err)
	}
	seen := orchestrator.BankPayoutSeen{
		Found: true, Account: item.Item.Receiver, ID: p.Header.ID, Amount: sum, Status: orchestrator.BankPayoutInTransit, MadeAt: timeOf(p.Header.Created),
	}
	if idShape.MatchString(item.Item.Sender) {
		seen.Payments = []string{item.Item.Sender}
		seen.About = told{batch: ref.ID}.withOrder(item.Item.Sender)
	}
	switch payouts[item.Status] {
	case process.Succeeded:
		seen.Status = orchestrator.BankPayoutPaid
	case process.Declined:
		seen.Status, seen.Failure = orchestrator.BankPayoutFailed, strings.ToLower(cmp.Or(item.Errors.Name, item.Status))
	}
	return seen, nil
}
