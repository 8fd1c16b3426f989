package paypal

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Delayed disbursement: PayPal keeps what was captured for the seller, as its merchant, until a
// referenced payout item lets it go (official API: orders 2, payments 2, referenced payouts 1.6).
// An order says of itself that it is one, so that deals in progress end as they began when the
// setting is changed. Of a captured payment PayPal pays out all that is left less the platform's fee.
const modeDelayed = "DELAYED"

// instruction says how an order pays its merchant.
type instruction struct {
	Mode string        `json:"disbursement_mode,omitempty"`
	Fees []platformFee `json:"platform_fees,omitempty"`
}

type platformFee struct {
	Amount *amount `json:"amount"`
}

// payeeOf is the merchant of an order.
type payeeOf struct {
	Merchant string `json:"merchant_id"`
}

// sum adds up platform fees in minor units.
func sum(fees []platformFee) (total int64, err error) {
	for _, f := range fees {
		m, err := f.Amount.fromPayPal()
		if err != nil {
			return 0, err
		}
		if total, err = money.AddMinor(total, m.Minor()); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// feeOf is a platform fee in minor units of an amount's currency; zero: none.
func feeOf(minor int64, like money.Amount) []platformFee {
	if minor == 0 {
		return nil
	}
	return []platformFee{{toPayPal(money.New(minor, like.Currency()))}}
}

// keeps reports whether PayPal keeps what is captured of an order for its seller. The order says so, or what was captured of it.
func (o order) keeps() bool {
	return o.Units[0].Instruction.Mode == modeDelayed || slices.ContainsFunc(o.Units[0].Payments.Captures, func(c capture) bool { return c.Mode == modeDelayed })
}

// merchant is whose money an order's is; empty: it is the marketplace's own.
func (o order) merchant() string {
	if o.keeps() && merchantShape.MatchString(o.Units[0].Payee.Merchant) {
		return o.Units[0].Payee.Merchant
	}
	return ""
}

// assertion says for which merchant a call is made (official API: PayPal-Auth-Assertion, unsigned).
func assertion(client, merchant string) string {
	claims, _ := json.Marshal(map[string]string{"iss": client, "payer_id": merchant}) // two texts
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims) + "."
}

// instruct adds to an order whose money it is. The platform's fee is all that the seller does not
// get of what the buyer pays.
func (g *Gateway) instruct(ctx context.Context, op orchestrator.Operation, u *newUnit) error {
	if !g.Delayed {
		return nil
	}
	payee, err := g.linked(ctx, op.Transaction.CommunityID, op.Transaction.Seller)
	switch {
	case err != nil:
		return err
	case !merchantShape.MatchString(payee):
		return fault.New(fault.Conflict, codeNoAccount, "the payee has not agreed on PayPal's page")
	}
	fee, err := op.Amount.Sub(op.Transaction.Price)
	if err == nil {
		fee, err = fee.Add(money.New(op.Transaction.SellerFee, op.Amount.Currency()))
	}
	switch {
	case err != nil:
		return err
	case fee.IsNegative() || fee.Minor() >= op.Amount.Minor():
		return fault.New(fault.Invalid, codeAmount, "a fee of %s leaves nothing of %s to the seller", fee, op.Amount)
	case !fee.IsZero():
		if err := g.Takes(op.Verb, fee); err != nil {
			return err
		}
	}
	u.Payee, u.Instruction = &payeeOf{payee}, &instruction{Mode: modeDelayed, Fees: feeOf(fee.Minor(), op.Amount)}
	return nil
}

// kept is what PayPal keeps of an order: the capture, what is left of it for seller and platform,
// and what of that is the platform's. Minor units. The refund with a reference is left out.
func kept(o order, without string) (id string, left, fee int64, err error) {
	for _, c := range o.Units[0].Payments.Captures {
		if c.Status != statusCompleted && c.Status != statusPartBack && c.Status != statusRefunded {
			continue
		}
		if id != "" {
			return "", 0, 0, fmt.Errorf("%w: order %s was captured twice", errUnreadable, o.ID)
		}
		m, err := c.Amount.fromPayPal()
		if err != nil {
			return "", 0, 0, err
		}
		if fee, err = sum(c.Breakdown.Platform); err != nil {
			return "", 0, 0, err
		}
		id, left = c.ID, m.Minor()
	}
	for _, r := range o.Units[0].Payments.Refunds {
		if reference, _ := referenceIn(r.Custom); r.Status != statusCompleted && r.Status != statusPending || without != "" && reference == without {
			continue
		}
		m, err := r.Amount.fromPayPal()
		if err != nil {
			return "", 0, 0, err
		}
		back, err := sum(r.Breakdown.Platform)
		if err != nil {
			return "", 0, 0, err
		}
		left, fee = left-m.Minor(), fee-back
	}
	return id, left, fee, nil
}

// returned is how a refund of such an order is shared: its part of the platform's fee, so that
// nothing is the seller's afterwards. A part of what is held cannot go back: what the seller is to
// get would no longer be what PayPal pays out.
func returned(o order, op orchestrator.Operation) (*instruction, error) {
	if !o.keeps() {
		return nil, nil
	}
	_, left, fee, err := kept(o, op.Reference()) // a repeat is the same request
	if err != nil {
		return nil, err
	}
	stays := left - op.Amount.Minor() // for the platform
	if !op.Whole || stays < 0 || stays > fee {
		return nil, fault.New(fault.Conflict, codeWholeOnly, "PayPal keeps the money of order %s for its seller; only all of it can go back", o.ID)
	}
	if stays == fee {
		return nil, nil
	}
	return &instruction{Fees: feeOf(fee-stays, op.Amount)}, nil
}

// newRelease asks for a referenced payout item.
type newRelease struct {
	Reference string `json:"reference_id"`
	Kind      string `json:"reference_type"`
}

type release struct {
	ID        string `json:"item_id"`
	Reference string `json:"reference_id"`
	State     struct {
		Status string `json:"status"`
		Reason string `json:"reason"`
	} `json:"processing_state"`
}

// releases are what each status of an item means; what is not here is not known yet.
var releases = map[string]process.Status{statusSuccess: process.Succeeded, statusFailed: process.Declined, "PAYOUT_FAILED": process.Declined}

// disburse lets PayPal pay the seller what it keeps of an order. There is one item for a capture: a
// repeat, under whatever key, is told the first, unless that failed. So one that our books have
// forgotten is found, and not made again.
func (g *Gateway) disburse(ctx context.Context, op orchestrator.Operation, o order) orchestrator.Outcome {
	id, left, fee, err := kept(o, "")
	switch {
	case err != nil:
		return before(err)
	case !idShape.MatchString(id):
		return refused(process.NotSent, codePaymentUnknown, "order %s has nothing captured", o.ID)
	case left-fee != op.Amount.Minor():
		return refused(process.Declined, codeAmount, "PayPal pays the seller of order %s %d in minor units, and the deal %s", o.ID, left-fee, op.Amount)
	}
	var item release
	if err := g.api.post(ctx, "/v1/payments/referenced-payouts-items", key(op, "disburse"), newRelease{id, "TRANSACTION_ID"}, &item); err != nil {
		return failed(err)
	}
	if item.Reference != id || !idShape.MatchString(item.ID) {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	out := orchestrator.Outcome{Status: process.Unknown, Code: codePayoutOpen, Err: fmt.Errorf("paypal: the payout is %.40q", item.State.Status)}
	switch status := releases[item.State.Status]; {
	case status == process.Succeeded:
		return orchestrator.Outcome{Status: process.Succeeded}
	case status != process.Declined:
	case slices.Contains(standsAlready, item.State.Reason):
		return orchestrator.Outcome{Status: process.Succeeded}
	case slices.Contains(inDoubt, item.State.Reason):
	default:
		out.Status, out.Code = process.Declined, codePayoutFailed
		out.Err = fmt.Errorf("paypal: the payout has failed, %.60q", item.State.Reason)
	}
	return out
}

// Reasons of a failed item that say that another one has paid, or is about to.
var (
	standsAlready = []string{"PAYOUT_ALREADY_COMPLETED_FOR_REFERENCE"}
	inDoubt       = []string{"PAYOUT_INITIATED", "ONGOING_ACTIVITY_ON_REFERENCE", "INTERNAL_ERROR"}
)
