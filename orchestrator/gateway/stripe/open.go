package stripe

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// tokenShape is that of tokens. Anything else, a card number above all, is refused
// here and never leaves the machine.
var tokenShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,250}$`)

// open makes a payment. With a token the buyer's card is asked at once; without
// one the payment waits for the buyer, who pays with the client secret or on PayURL.
func (g *Gateway) open(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	token := op.Input["payment_method"]
	if token != "" && !tokenShape.MatchString(token) {
		return refused(process.Declined, codeToken, "the payment method is not a token of Stripe; send one such as pm_…")
	}
	params, err := g.payable(ctx, op)
	if err != nil {
		return orchestrator.Outcome{Status: process.Declined, Code: codeAmount, Err: err}
	}
	if token != "" {
		g.confirm(params, token, op.Input["success_url"])
	}
	p, err := g.api.PaymentIntents.New(params)
	if err != nil {
		out := failed(readable(err))
		var r *refusal
		if out.Status == process.Declined && errors.As(out.Err, &r) {
			g.dropDeclined(ctx, op, r.payment)
		}
		return out
	}
	out := g.answered(op, p, "")
	if out.Status == process.Pending && token != "" && p.Status != sdk.PaymentIntentStatusProcessing {
		g.dropDeclined(ctx, op, p)
		return declinedBy(p.LastPaymentError)
	}
	return out
}

// payable describes the payment. The metadata finds it again, and lets the price
// be told from the fee on top of it.
func (g *Gateway) payable(ctx context.Context, op orchestrator.Operation) (*sdk.PaymentIntentParams, error) {
	units, err := toStripe(op.Amount)
	if err != nil {
		return nil, err
	}
	fee, err := op.Amount.Sub(op.Transaction.Price)
	if err != nil {
		return nil, err
	}
	params := &sdk.PaymentIntentParams{
		Params: call(ctx, op, string(op.Verb)), Amount: sdk.Int64(units), Currency: sdk.String(op.Amount.Currency().Lower()),
		CaptureMethod: sdk.String(string(sdk.PaymentIntentCaptureMethodAutomatic)),
		TransferGroup: sdk.String(op.Transaction.Tag()), Metadata: metadata(op), Expand: chargeOf(""),
		AutomaticPaymentMethods: &sdk.PaymentIntentAutomaticPaymentMethodsParams{Enabled: sdk.Bool(true)},
	}
	if op.Verb == process.Authorize {
		params.CaptureMethod = sdk.String(string(sdk.PaymentIntentCaptureMethodManual))
	}
	if op.Transaction.ListingTitle != "" {
		params.Description = sdk.String(op.Transaction.ListingTitle)
	}
	params.AddMetadata(metaPrice, strconv.FormatInt(op.Transaction.Price.Minor(), 10))
	params.AddMetadata(metaBuyerFee, strconv.FormatInt(fee.Minor(), 10))
	return params, nil
}

// confirm has the payment paid with the token at once. Without a place to come
// back to, only ways to pay that do not lead the buyer away are allowed.
func (g *Gateway) confirm(params *sdk.PaymentIntentParams, token, successURL string) {
	params.PaymentMethod, params.Confirm = sdk.String(token), sdk.Bool(true)
	back := successURL
	if back == "" {
		back = g.ReturnURL
	}
	if back == "" {
		params.AutomaticPaymentMethods.AllowRedirects = sdk.String("never")
		return
	}
	params.ReturnURL = sdk.String(back)
}

// dropDeclined cancels the payment that a declined card leaves behind. It is only
// tidying: nobody was given its client secret, so nobody can pay it any more.
func (g *Gateway) dropDeclined(ctx context.Context, op orchestrator.Operation, p *sdk.PaymentIntent) {
	if paymentOf(p, "") != nil || p.Status != sdk.PaymentIntentStatusRequiresPaymentMethod {
		return
	}
	_, _ = g.api.PaymentIntents.Cancel(p.ID, &sdk.PaymentIntentCancelParams{
		Params: call(ctx, op, "drop"), CancellationReason: sdk.String(string(sdk.PaymentIntentCancellationReasonAbandoned)),
	})
}

// declinedBy is the outcome of a card that was declined without an error status.
func declinedBy(cause *sdk.Error) orchestrator.Outcome {
	r := &refusal{status: 402, kind: sdk.ErrorTypeCard}
	if cause != nil {
		r.code, r.declineCode = cause.Code, cause.DeclineCode
	}
	return orchestrator.Outcome{Status: process.Declined, Code: r.reason(), Err: r}
}

// metadata says whose an object is.
func metadata(op orchestrator.Operation) map[string]string {
	m := map[string]string{
		metaIntent:      op.Reference(),
		metaTransaction: strconv.FormatInt(op.Transaction.ID, 10),
		metaCommunity:   strconv.FormatInt(op.Transaction.CommunityID, 10),
	}
	if op.Transaction.PaymentID != "" && op.Verb != process.Authorize && op.Verb != process.Charge {
		m[metaPayment] = op.Transaction.PaymentID
	}
	return m
}
