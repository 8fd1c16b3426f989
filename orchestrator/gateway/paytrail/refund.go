package paytrail

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// SendsOnce tells that Paytrail repeats no answer, shows no refund beside its payment, and finds no hold by a text of ours.
func (g *Gateway) SendsOnce(v process.Verb) bool {
	return v == process.Refund || v == process.Authorize
}

// holdShows is within which time the message about a hold comes, with which it shows; our choice. Calls back are delayed by up to
// fifteen minutes where a shop wants that, and we do not.
const holdShows = 10 * time.Minute

// GivesUp tells that a hold takes no money: where nothing shows of one, the buyer need not wait.
func (g *Gateway) GivesUp(v process.Verb) time.Duration {
	if v == process.Authorize {
		return holdShows
	}
	return 0
}

// refund gives money back, and is sent once: while its outcome is open (pending, or a lost answer) only the signed
// message about it says what came of it, and until then it is unknown, which a person sees.
func (g *Gateway) refund(ctx context.Context, op orchestrator.Operation, s orchestrator.Snapshot) orchestrator.Outcome {
	in, err := g.refundOf(op, s)
	if err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	var r refundAnswer
	path := "/payments/" + url.PathEscape(s.PaymentID) + "/refund"
	if err := g.api.call(ctx, http.MethodPost, path, s.PaymentID, in, &r); err != nil {
		return failed(err)
	}
	switch r.Status {
	case statusOK:
		return orchestrator.Outcome{Status: process.Succeeded}
	case statusFail:
		out := refused(process.Declined, codeRefundFailed, "refund %s: %s", r.TransactionID, r.Status)
		out.Unasked = false
		return out
	case statusPending, statusDelayed:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeRefundOpen, Err: fmt.Errorf("paytrail: refund %s is %s", r.TransactionID, r.Status)}
	}
	return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
}

// refundOf describes a refund. All of a payment goes back by its amount alone; of a part
// Paytrail has to be told from which items it is, and who returns which commission.
func (g *Gateway) refundOf(op orchestrator.Operation, s orchestrator.Snapshot) (newRefund, error) {
	tx, amount := op.Transaction, op.Amount.Minor()
	if s.Totals == nil {
		return newRefund{}, fmt.Errorf("paytrail: payment %s is not paid", s.PaymentID)
	}
	in := newRefund{Amount: amount, Stamp: op.Reference(), Reference: tx.Tag(), Callback: g.callbacks(s.PaymentID)}
	if amount == s.Totals.Captured {
		return in, nil
	}
	if amount > s.Totals.Captured-tx.Funds.Refunded {
		return in, fmt.Errorf("paytrail: %d cents are more than is left of payment %s", amount, s.PaymentID)
	}
	fee := commissionOf(tx)
	if fee > 0 && !(op.Whole && tx.Funds.Refunded == 0) {
		return in, fmt.Errorf("paytrail: of a payment with fees all goes back, or nothing")
	}
	all, err := items(op, s.Totals.Captured, baseOf(s.Charge), "")
	if err != nil {
		return in, err
	}
	// The seller keeps nothing: what is more than they have is returned out of the commission.
	returned := max(amount-(s.Totals.Captured-fee), 0)
	if fee == 0 {
		returned = 0
	}
	in.Items = back(all, tx.Funds.Refunded, amount, returned, g.Commission)
	in.Amount = 0
	return in, nil
}

// callbacks are where we are told of a refund: Paytrail's message does not name the payment.
func (g *Gateway) callbacks(payment string) urls {
	u, err := url.Parse(g.Callback)
	if err != nil {
		return urls{g.Callback, g.Callback}
	}
	q := u.Query()
	q.Set(paymentParam, payment)
	u.RawQuery = q.Encode()
	return urls{u.String(), u.String()}
}

// told is what a signed message told of a refund: its transaction at Paytrail, empty where
// it was refused before there was one, our stamp, and how it was then.
type told struct{ refund, stamp, status string }

const mark = "+" // stands in no id

// withPayment is the id under which what was told can be looked up.
func (t told) withPayment(payment string) string {
	return strings.Join([]string{payment, t.refund, t.stamp, t.status}, mark)
}

// cutRefund is the inverse of withPayment; ok is false for the id of a payment alone.
func cutRefund(id string) (payment string, t told, ok bool) {
	parts := strings.Split(id, mark)
	if len(parts) != 4 {
		return id, t, false
	}
	return parts[0], told{parts[1], parts[2], parts[3]}, true
}

// withRefund adds to a payment what became of a refund. Money is believed to have gone back
// only when Paytrail says so when it is asked. A refund that it refused before there was
// one has nothing that could be asked for: there the signed message counts.
func (g *Gateway) withRefund(ctx context.Context, s orchestrator.Snapshot, t told) (orchestrator.Snapshot, error) {
	r := payment{Stamp: t.stamp, Status: t.status}
	if t.refund != "" {
		var err error
		if r, err = g.api.get(ctx, t.refund); err != nil {
			return s, err
		}
	}
	if r.Stamp != t.stamp || r.Status == statusOK && t.refund == "" {
		return s, fmt.Errorf("%w: refund %q", errUnreadable, t.refund)
	}
	switch r.Status {
	case statusOK:
		s.Ended = &orchestrator.Ending{Reference: r.Stamp}
	case statusFail:
		s.Ended = &orchestrator.Ending{Reference: r.Stamp, Code: codeRefundFailed}
	}
	return s, nil
}
