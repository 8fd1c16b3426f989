package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator"
)

var _ orchestrator.PayingBanks = (*Gateway)(nil)

var (
	payoutShape = regexp.MustCompile(`^po_[A-Za-z0-9_]{1,250}$`)
	movedShape  = regexp.MustCompile(`^py_[A-Za-z0-9_]{1,250}$`)
)

// between stands between the account and the id of a payout, in what a message is about.
const between = "/"

// PayoutTold reads the account and the payout that an event of a connected account is about.
func (g *Gateway) PayoutTold(about string) (ref orchestrator.BankPayoutRef, alone, ok bool) {
	account, id, _ := strings.Cut(about, between)
	if !accountShape.MatchString(account) || !payoutShape.MatchString(id) {
		return ref, false, false
	}
	return orchestrator.BankPayoutRef{Account: account, ID: id}, true, true
}

// payoutStatuses are what Stripe's statuses mean; what is not here is not known yet.
var payoutStatuses = map[sdk.PayoutStatus]orchestrator.BankPayoutStatus{
	sdk.PayoutStatusPending: orchestrator.BankPayoutInTransit, sdk.PayoutStatusInTransit: orchestrator.BankPayoutInTransit,
	sdk.PayoutStatusPaid: orchestrator.BankPayoutPaid, sdk.PayoutStatusFailed: orchestrator.BankPayoutFailed, sdk.PayoutStatusCanceled: orchestrator.BankPayoutCanceled,
}

// BankPayout reads a payout of a connected account. Of an automatic one Stripe tells what is in it
// (official API); what one by hand pays out nobody knows.
func (g *Gateway) BankPayout(ctx context.Context, ref orchestrator.BankPayoutRef) (orchestrator.BankPayoutSeen, error) {
	p, err := g.bankPayout(ctx, ref)
	if err != nil || p == nil {
		return orchestrator.BankPayoutSeen{}, err
	}
	sum, err := fromStripe(p.Amount, string(p.Currency))
	if err != nil {
		return orchestrator.BankPayoutSeen{}, fmt.Errorf("payout %s: %w", p.ID, err)
	}
	seen := orchestrator.BankPayoutSeen{
		Found: true, Account: ref.Account, ID: p.ID, Amount: sum, Status: payoutStatuses[p.Status], Failure: string(p.FailureCode),
		MadeAt: at(p.Created), ArrivesAt: at(p.ArrivalDate),
	}
	if seen.Status == "" {
		return seen, fmt.Errorf("%w: payout %s is %.40q", errUnreadable, p.ID, p.Status)
	}
	if p.Automatic {
		seen.Payments, err = g.paymentsIn(ctx, ref)
	}
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusForbidden {
		err = nil // the key has no right to read what is in it
	}
	return seen, err
}

// bankPayout reads a payout; nil: there is none.
func (g *Gateway) bankPayout(ctx context.Context, ref orchestrator.BankPayoutRef) (*sdk.Payout, error) {
	params := &sdk.PayoutParams{Params: sdk.Params{Context: ctx, StripeAccount: &ref.Account}}
	p, err := g.api.Payouts.Get(ref.ID, params)
	if err != nil {
		err = readable(err)
		var r *refusal
		if errors.As(err, &r) && (r.code == sdk.ErrorCodeResourceMissing || r.status == http.StatusForbidden) {
			return nil, nil // another platform's, or a key without the right to read payouts
		}
		return nil, err
	}
	if p.ID != ref.ID || p.Object != "payout" {
		return nil, errUnreadable
	}
	return p, nil
}

// Bounds of what is gone through to find what is in a payout, so that a seller with thousands of deals
// gets their news within one call's time, and Stripe is not asked for page after page; our choice.
const (
	maxEarlier = 10  // earlier payouts, which came back and went out again
	maxParts   = 500 // balance transactions of all of them, and transfers
)

// paymentsIn finds the payments whose transfers are in a payout: its balance transactions name the
// charges in the seller's account, and transfers name those, too. What came back from the bank
// is there as the payout that it was. Of a payout that is larger than the bounds they are some.
func (g *Gateway) paymentsIn(ctx context.Context, ref orchestrator.BankPayoutRef) ([]string, error) {
	moved, queue, parts := map[string]bool{}, []string{ref.ID}, 0
	made := sdk.RangeQueryParams{}
	for n := 0; n < len(queue) && n < maxEarlier && parts < maxParts; n++ {
		params := &sdk.BalanceTransactionListParams{Payout: &queue[n]}
		params.Context, params.StripeAccount, params.Limit = ctx, &ref.Account, sdk.Int64(pageSize)
		list := g.api.BalanceTransactions.List(params)
		for ; parts < maxParts && list.Next(); parts++ {
			b := list.BalanceTransaction()
			if b.Source == nil {
				continue
			}
			switch id := b.Source.ID; {
			case movedShape.MatchString(id):
				if moved[id] = true; made.GreaterThanOrEqual == 0 || b.Created < made.GreaterThanOrEqual {
					made.GreaterThanOrEqual = b.Created
				}
				made.LesserThanOrEqual = max(made.LesserThanOrEqual, b.Created)
			case payoutShape.MatchString(id) && id != queue[n] && b.Amount > 0:
				queue = append(queue, id)
			}
		}
		if err := list.Err(); err != nil {
			return nil, fmt.Errorf("what is in a payout: %w", readable(err))
		}
	}
	if len(moved) == 0 {
		return nil, nil
	}
	skew := int64(clockSkew.Seconds())
	made.GreaterThanOrEqual, made.LesserThanOrEqual = made.GreaterThanOrEqual-skew, made.LesserThanOrEqual+skew
	return g.paymentsOf(ctx, ref.Account, made, moved)
}

// paymentsOf finds the payments of transfers to an account.
func (g *Gateway) paymentsOf(ctx context.Context, account string, made sdk.RangeQueryParams, moved map[string]bool) (payments []string, err error) {
	params := &sdk.TransferListParams{Destination: &account, CreatedRange: &made}
	params.Context, params.Limit = ctx, sdk.Int64(pageSize)
	list := g.api.Transfers.List(params)
	for n := 0; n < maxParts && list.Next(); n++ {
		t := list.Transfer()
		if t.DestinationPayment != nil && moved[t.DestinationPayment.ID] && paymentShape.MatchString(t.Metadata[metaPayment]) {
			payments = append(payments, t.Metadata[metaPayment])
		}
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("transfers in a payout: %w", readable(err))
	}
	return payments, nil
}
