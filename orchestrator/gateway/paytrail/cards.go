package paytrail

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// holdLasts is how long a hold stands at most (official API). Paytrail does not tell when one ends.
const holdLasts = 7 * 24 * time.Hour

// cardShape is that of tokenization ids and of card tokens. Anything else, the number of a card above all, is refused here and
// never leaves the machine.
var cardShape = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// tokenMark begins a payment method that is a card's token already. Without it, it is the tokenization id with which the buyer came
// back from saving a card.
const tokenMark = "token:"

// token is that of the card which a payment method stands for, or an outcome that says why there is none. To ask for it moves nothing.
func (g *Gateway) token(ctx context.Context, method string) (string, *orchestrator.Outcome) {
	refuse := func(out orchestrator.Outcome) (string, *orchestrator.Outcome) { return "", &out }
	known, isToken := strings.CutPrefix(method, tokenMark)
	switch {
	case !cardShape.MatchString(known):
		return refuse(refused(process.Declined, codeMethod, "the payment method is not a saved card; let the buyer save one, and send the tokenization id"))
	case isToken:
		return known, nil
	}
	var saved struct {
		Token string `json:"token"`
	}
	err := g.api.callAbout(ctx, http.MethodPost, "/tokenization/"+known, "checkout-tokenization-id", known, nil, &saved)
	var r *refusal
	switch {
	case errors.As(err, &r) && r.proven && (r.status == http.StatusBadRequest || r.status == http.StatusNotFound):
		return refuse(refused(process.Declined, codeMethod, "%w", err))
	case err == nil && !cardShape.MatchString(saved.Token):
		err = errUnreadable
	}
	if err != nil {
		return refuse(orchestrator.Outcome{Status: process.NotSent, Code: codeUnreachable, Err: err})
	}
	return saved.Token, nil
}

// TakesMethod refuses a hold without a saved card, and a saved card for an invoice: that is paid on Paytrail's page, where the
// buyer chooses how.
func (g *Gateway) TakesMethod(v process.Verb, method string) error {
	switch {
	case v == process.Authorize && method == "":
		return fault.New(fault.Declined, codeMethod, "paytrail holds money on a saved card; let the buyer save one (POST /v1/payment-setups begins it), and send the tokenization id as payment_method; nothing was opened")
	case v == process.Charge && method != "":
		return fault.New(fault.Declined, codeMethod, "an invoice is paid on Paytrail's page, and no saved card is charged for it; leave payment_method out, and lead the buyer to redirect_url; nothing was opened")
	}
	return nil
}

// hold reserves money on a saved card, with the buyer there, so that their bank may ask for 3-D Secure. Paytrail finds no payment by
// our reference: where the answer is lost, only its signed message names the payment. So a hold is sent once (SendsOnce), and one
// that nothing tells of is given up (GivesUp): it takes no money, ends after seven days at the latest, and is let go as soon as it shows.
func (g *Gateway) hold(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	if err := g.Takes(op.Verb, op.Amount); err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	base := holdOf(op)
	in, out := g.payable(ctx, op, base)
	if out != nil {
		return *out
	}
	if in.Token, out = g.token(ctx, op.Input["payment_method"]); out != nil {
		return *out
	}
	in.Stamp = g.tokens.into(base, in.Token)
	var p opened
	if err := g.api.call(ctx, http.MethodPost, "/payments/token/cit/authorization-hold", "", in, &p); err != nil {
		return g.notHeld(in, err)
	}
	if !transactionShape.MatchString(p.TransactionID) {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: g.made(in, p.TransactionID, statusPending, p.at)}
}

// notHeld is what an answer means that is no hold: the bank asks for 3-D Secure, or somebody has refused.
func (g *Gateway) notHeld(in newPayment, err error) orchestrator.Outcome {
	var r *refusal
	if !errors.As(err, &r) || !r.proven {
		return failed(err)
	}
	switch {
	case r.status == http.StatusForbidden && transactionShape.MatchString(r.TransactionID) && isPage(r.ThreeDSecureURL):
		s := g.made(in, r.TransactionID, statusNew, r.at)
		s.RedirectURL = r.ThreeDSecureURL
		return orchestrator.Outcome{Status: process.RequiresAction, Snapshot: s}
	case r.status == http.StatusBadRequest && r.AcquirerCode != "":
		out := orchestrator.Outcome{Status: process.Declined, Code: codeCardDeclined, Err: err}
		if slices.Contains(neverAgain, r.AcquirerCode) {
			out.Code = codeCardRefused
		}
		return out
	}
	return failed(err)
}

// neverAgain are the codes of acquirers after which a card must not be tried again, of Nets and of American Express (official API). The
// answer does not say whose code it is, and what one of them forbids is not tried at the other.
var neverAgain = []string{"111", "119", "165", "181", "183", "187", "189", "200", "207", "208", "209", "902", "908", "909"}

// made is a payment that was just opened, at a time that Paytrail's answer tells.
func (g *Gateway) made(in newPayment, id, status, at string) orchestrator.Snapshot {
	return g.snapshot(payment{
		TransactionID: id, Status: status, Amount: in.Amount, Currency: in.Currency, Stamp: in.Stamp, Reference: in.Reference, CreatedAt: at,
	})
}

// commit takes what is held, or less, which Paytrail does once: what is left is free then. A commit whose answer was lost shows on the
// payment, and is sent again only while the hold still stands.
func (g *Gateway) commit(ctx context.Context, op orchestrator.Operation, s orchestrator.Snapshot) orchestrator.Outcome {
	switch {
	case !isHold(s.Charge):
		return refused(process.Declined, codePaid, "payment %s is not a hold", s.PaymentID)
	case has(s, process.FactCaptured):
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
	case has(s, process.FactVoided):
		out := refused(process.Declined, codeHoldExpired, "the hold %s is over", s.PaymentID)
		out.Snapshot = s
		return out
	case !has(s, process.FactAuthorized):
		return refused(process.NotSent, codePaymentUnknown, "payment %s is not held yet", s.PaymentID)
	}
	in, out := g.payable(ctx, op, baseOf(s.Charge))
	if out != nil {
		// The hold stands: what is missing, such as the seller's merchant, can be made up for until it ends. A wrong sum cannot.
		if !errors.Is(out.Err, errItems) {
			out.Status = process.NotSent
		}
		return *out
	}
	in.Stamp, in.Token = s.Charge, g.tokens.outOf(s.Charge)
	var p opened
	if err := g.api.call(ctx, http.MethodPost, "/payments/"+url.PathEscape(s.PaymentID)+"/token/commit", s.PaymentID, in, &p); err != nil {
		return g.recheck(ctx, op, failed(err))
	}
	if p.TransactionID != s.PaymentID {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// revert lets a hold go. One that waits for 3-D Secure is reverted, too; where Paytrail does not take that, its page is no longer
// shown, and a hold that comes of it nevertheless takes nothing.
func (g *Gateway) revert(ctx context.Context, op orchestrator.Operation, s orchestrator.Snapshot) orchestrator.Outcome {
	switch {
	case has(s, process.FactCaptured):
		out := refused(process.Declined, codePaid, "payment %s was committed", s.PaymentID)
		out.Snapshot = s
		return out
	case has(s, process.FactVoided):
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
	}
	var p opened
	if err := g.api.call(ctx, http.MethodPost, "/payments/"+url.PathEscape(s.PaymentID)+"/token/revert", s.PaymentID, nil, &p); err != nil {
		return g.recheck(ctx, op, failed(err))
	}
	if p.TransactionID != s.PaymentID {
		return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: errUnreadable}
	}
	return orchestrator.Outcome{Status: process.Succeeded}
}

// recheck looks at a payment about which Paytrail refused something: it may be done already, which is a success, and any other refusal
// means that our picture of the payment is old. A request that arrives twice is refused at the door after it was carried out.
func (g *Gateway) recheck(ctx context.Context, op orchestrator.Operation, out orchestrator.Outcome) orchestrator.Outcome {
	var r *refusal
	if out.Status == process.Unknown || !errors.As(out.Err, &r) {
		return out
	}
	s, err := g.Lookup(ctx, orchestrator.PaymentRef{CommunityID: op.Transaction.CommunityID, PaymentID: op.Transaction.PaymentID, Booked: &op.Transaction.Funds})
	if err == nil && !s.Found {
		err = errUnreadable
	}
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: out.Code, Err: errors.Join(out.Err, err)}
	}
	out.Snapshot = s
	taken, over := has(s, process.FactCaptured), has(s, process.FactVoided)
	switch {
	case op.Verb == process.Capture && taken, op.Verb == process.Void && !taken && (over || !has(s, process.FactAuthorized)):
		out.Status, out.Code, out.Err = process.Succeeded, "", nil
	case op.Verb == process.Capture && over:
		out.Code = codeHoldExpired
	case op.Verb == process.Void && taken:
		out.Code = codePaid
	}
	return out
}

func has(s orchestrator.Snapshot, f process.Fact) bool {
	_, there := s.Facts[f]
	return there
}
