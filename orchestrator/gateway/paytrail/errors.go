package paytrail

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Codes of outcomes.
const (
	codeNoClearAnswer  fault.Reason = "no_clear_answer"
	codeUnreadable     fault.Reason = "unreadable_answer"
	codeUnreachable    fault.Reason = "gateway_unreachable"
	codePaymentUnknown fault.Reason = "payment_unknown"
	codeUnsupported    fault.Reason = "unsupported_verb"
	codeAmount         fault.Reason = "amount_not_supported"
	codeNoAccount                   = orchestrator.CodeNoAccount
	codeNoCommission   fault.Reason = "commission_merchant_missing"
	codeNoProfile      fault.Reason = "profile_missing"
	codeDeclined       fault.Reason = "declined"
	codePaid           fault.Reason = "overtaken"
	codeRefundFailed   fault.Reason = "refund_failed"
	codeRefundOpen     fault.Reason = "refund_pending"
	codeMethod         fault.Reason = "invalid_payment_method"
	codeCardDeclined   fault.Reason = "card_declined"
	codeCardRefused    fault.Reason = "card_not_retryable"
	codeHoldExpired    fault.Reason = "hold_expired"
)

// refusal is an error that Paytrail answered. Its message is not kept: it may repeat what
// was sent, such as an e-mail address.
type refusal struct {
	status    int
	proven    bool   // its signature was verified
	requestID string // Paytrail's, for its support
	aboutCard
}

// aboutCard is what a refusal says of a payment with a saved card.
type aboutCard struct {
	AcquirerCode    string `json:"acquirerResponseCode"`
	TransactionID   string `json:"transactionId"`
	ThreeDSecureURL string `json:"threeDSecureUrl"`
	dated
}

// Error implements error.
func (r *refusal) Error() string {
	text := fmt.Sprintf("paytrail answered %d", r.status)
	if r.AcquirerCode != "" {
		text += ", code " + r.AcquirerCode + " of the acquirer"
	}
	if r.requestID != "" {
		text += ", request " + r.requestID
	}
	return text
}

var errUnreadable = errors.New("paytrail's answer could not be read, or was not signed")

// failed is the outcome of a call that ended in an error. What Paytrail has refused, and has
// signed, is Declined; what may have happened is Unknown.
func failed(err error) orchestrator.Outcome {
	out := orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}
	var unsent *gateway.NotSentError
	var r *refusal
	switch {
	case errors.Is(err, errUnreadable):
		out.Code = codeUnreadable
	case errors.As(err, &unsent):
		out.Status, out.Code = process.NotSent, codeUnreachable
	case !errors.As(err, &r):
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden, r.status == http.StatusTooManyRequests:
		// Refused at the door, where Paytrail need not know with whose secret to sign.
		out.Status, out.Code = process.NotSent, codeUnreachable
	case r.proven && r.status >= 400 && r.status < 500:
		out.Status, out.Code = process.Declined, codeDeclined
	}
	return out
}

// refused is an outcome that needs no call.
func refused(s process.Status, code fault.Reason, format string, args ...any) orchestrator.Outcome {
	return orchestrator.Outcome{Status: s, Code: code, Unasked: s == process.Declined, Err: fmt.Errorf("paytrail: "+format, args...)}
}
