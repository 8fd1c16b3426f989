package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Codes of outcomes that are not Stripe's own.
const (
	codeUnreachable    fault.Reason = "gateway_unreachable"
	codeNoClearAnswer  fault.Reason = "no_clear_answer"
	codeUnreadable     fault.Reason = "unreadable_answer"
	codePaymentUnknown fault.Reason = "payment_unknown"
	codeUnsupported    fault.Reason = "unsupported_verb"
	codeAmount         fault.Reason = "amount_not_supported"
	codeToken          fault.Reason = "invalid_payment_method"
	codeNoAccount                   = orchestrator.CodeNoAccount
	codeHoldExpired    fault.Reason = "hold_expired"
	codeCanceled       fault.Reason = "payment_canceled"
	codeDisputed       fault.Reason = "payment_disputed"
	codeRefundFailed   fault.Reason = "refund_failed"
	codeRefundCanceled fault.Reason = "refund_canceled"
	codePayeeBalance   fault.Reason = "payee_balance_insufficient"
	codeSeveral        fault.Reason = "several_transfers"
	codeCardDeclined   fault.Reason = "card_declined"
)

// undone is why a refund that Stripe took did not come about, by its status.
var undone = map[sdk.RefundStatus]fault.Reason{
	sdk.RefundStatusFailed:   codeRefundFailed,
	sdk.RefundStatusCanceled: codeRefundCanceled,
}

// refusal is an error that Stripe answered. It has no message and no payment in
// its text: Stripe's own error prints both, the client secret included.
type refusal struct {
	status      int
	kind        sdk.ErrorType
	code        sdk.ErrorCode
	declineCode sdk.DeclineCode
	param       string
	requestID   string
	replayed    bool               // Stripe answered what it keeps under the key
	payment     *sdk.PaymentIntent // as the refusal left it, where Stripe told
}

// Error implements error.
func (r *refusal) Error() string {
	text := fmt.Sprintf("stripe answered %d %s", r.status, r.reason())
	for _, part := range []struct{ name, value string }{
		{"decline code", string(r.declineCode)}, {"parameter", r.param}, {"request", r.requestID},
	} {
		if printable.MatchString(part.value) {
			text += ", " + part.name + " " + part.value
		}
	}
	return text
}

var (
	soundCode = regexp.MustCompile(`^[a-z][a-z0-9_]{0,79}$`)
	printable = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]{1,120}$`)
)

// reason is Stripe's code, or the kind of error where it gave none. Whatever the
// payer's bank had against a card is card_declined (customer's contract); why stands
// in the error's text. A token that does not exist is the caller's mistake.
func (r *refusal) reason() fault.Reason {
	switch {
	case r.code == sdk.ErrorCodeResourceMissing && r.param == "payment_method":
		return codeToken
	case r.kind == sdk.ErrorTypeCard && !lapsed(r.code) && r.code != sdk.ErrorCodeAuthenticationRequired:
		return codeCardDeclined
	case soundCode.MatchString(string(r.code)):
		return fault.Reason(r.code)
	case soundCode.MatchString(string(r.kind)):
		return fault.Reason(r.kind)
	}
	return "declined"
}

var errUnreadable = errors.New("stripe's answer could not be read")

// readable strips an error of the client of what must not be printed: URLs, parts
// of bodies and payments.
func readable(err error) error {
	var answered *sdk.Error
	if errors.As(err, &answered) {
		return &refusal{
			status: answered.HTTPStatusCode, kind: answered.Type, code: answered.Code, declineCode: answered.DeclineCode,
			param: answered.Param, requestID: answered.RequestID, payment: answered.PaymentIntent, replayed: replayed(answered),
		}
	}
	var transported *url.Error
	if errors.As(err, &transported) {
		return fmt.Errorf("call stripe: %w", transported.Err)
	}
	return errUnreadable
}

// replayed reports whether an error is one that Stripe keeps under the key of the
// call: it says so, or refuses the key for other parameters than it was first used with.
func replayed(answered *sdk.Error) bool {
	if answered.Type == sdk.ErrorTypeIdempotency {
		return true
	}
	return answered.LastResponse != nil && answered.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// statusOf tells what an error of a call means for what was asked. Only what
// Stripe says it refused is Declined; what may have happened is Unknown.
func statusOf(err error) process.Status {
	var unsent *notSentError
	if errors.As(err, &unsent) {
		return process.NotSent
	}
	var r *refusal
	if !errors.As(err, &r) {
		return process.Unknown
	}
	switch {
	case r.code == sdk.ErrorCodeLockTimeout, r.code == sdk.ErrorCodeIdempotencyKeyInUse, r.kind == sdk.ErrorTypeIdempotency:
		return process.Unknown
	case r.code == sdk.ErrorCodeBalanceInsufficient:
		// The platform's balance fills up by itself: it may be tried again.
		return process.NotSent
	}
	switch r.status {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return process.Declined
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return process.NotSent
	}
	return process.Unknown
}

// failed is the outcome of a call that ended in an error.
func failed(err error) orchestrator.Outcome {
	out := orchestrator.Outcome{Status: statusOf(err), Code: codeNoClearAnswer, Err: err}
	var r *refusal
	if errors.As(err, &r) {
		out.Code = r.reason()
		out.Kept = out.Status == process.Unknown && r.replayed
	} else if out.Status == process.NotSent {
		out.Code = codeUnreachable
	}
	if lapsed(sdk.ErrorCode(out.Code)) {
		out.Code = codeHoldExpired
	}
	return out
}

// lapsed tells that a hold ended before it was captured.
func lapsed(code sdk.ErrorCode) bool {
	return code == sdk.ErrorCodeChargeExpiredForCapture || code == sdk.ErrorCodeCaptureChargeAuthorizationExpired
}

// before is the outcome of an error before the call that counts: nothing was
// moved, so what is not clear may simply be tried again.
func before(err error) orchestrator.Outcome {
	out := failed(err)
	if out.Status == process.Unknown {
		out.Status = process.NotSent
	}
	return out
}

// unasked is a refusal of our own, made before the call that counts.
func unasked(code fault.Reason, format string, args ...any) orchestrator.Outcome {
	out := refused(process.Declined, code, format, args...)
	out.Unasked = true
	return out
}

// refused is an outcome that needs no call.
func refused(s process.Status, code fault.Reason, format string, args ...any) orchestrator.Outcome {
	return orchestrator.Outcome{Status: s, Code: code, Err: fmt.Errorf("stripe: "+format, args...)}
}
