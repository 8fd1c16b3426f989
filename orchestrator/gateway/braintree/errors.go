package braintree

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
	codeNonce          fault.Reason = "invalid_payment_method"
	codeDeclined       fault.Reason = "declined"
	codeCardDeclined   fault.Reason = "card_declined"
	codeAuthentication fault.Reason = "authentication_required"
	codeHoldExpired    fault.Reason = "hold_expired"
	codeOvertaken      fault.Reason = "overtaken"
	codeCanceled       fault.Reason = "payment_canceled"
	codeNotSettled     fault.Reason = "not_settled_yet"
	codeVoidRefunded   fault.Reason = "void_became_refund"
	codeRefundFailed   fault.Reason = "refund_failed"
	codeWholeOnly      fault.Reason = "partial_refund_not_allowed"
	codeNotReady       fault.Reason = "payee_not_ready"
	codePayoutFailed   fault.Reason = "payout_failed"
)

// Braintree's own codes that mean something here (official SDK, 3.40).
const (
	nonceConsumed    = "91564"
	notSettled       = "91506"
	accountInvalid   = "91513"
	accountSuspended = "91514"
	refundSuspended  = "91538"
	refundPending    = "91559"
	idInUse          = "82604"
)

// refusal is an error that Braintree answered. Its message is not kept: it may repeat what was sent.
type refusal struct {
	status    int
	class     string // errorClass
	code      string // legacyCode
	requestID string // Braintree's, for its support
	at        string // the field that is wrong; classic API
}

// Error implements error.
func (r *refusal) Error() string {
	text := fmt.Sprintf("braintree answered %d", r.status)
	for _, part := range []struct{ name, value string }{{"class", r.class}, {"code", r.code}, {"its id", r.requestID}, {"field", r.at}} {
		if part.value != "" {
			text += ", " + part.name + " " + part.value
		}
	}
	if r.status == http.StatusUnauthorized || r.status == http.StatusForbidden {
		text += "; look whether HANDSEL_BRAINTREE_PUBLIC_KEY, its private key and HANDSEL_BRAINTREE_MERCHANT_ID belong together, and which rights the keys' user has"
	}
	return text
}

var errUnreadable = errors.New("braintree's answer could not be read")

// failed is the outcome of a call that ended in an error. What Braintree says it has refused is Declined; what may have
// happened is Unknown.
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
	case atTheDoor(r):
		out.Status, out.Code = process.NotSent, codeUnreachable
	case r.class == "VALIDATION", r.class == "NOT_FOUND":
		out.Status, out.Code = process.Declined, codeDeclined
	}
	return out
}

// atTheDoor reports whether a request was refused before anything was looked at.
func atTheDoor(r *refusal) bool {
	switch r.class {
	case "AUTHENTICATION", "AUTHORIZATION", "UNSUPPORTED_CLIENT", "RESOURCE_LIMIT":
		return true
	}
	return r.status == http.StatusUnauthorized || r.status == http.StatusForbidden || r.status == http.StatusTooManyRequests
}

// codeOf is Braintree's own code of a refusal, empty where it gave none.
func codeOf(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.code
	}
	return ""
}

// refused is an outcome that needs no call.
func refused(s process.Status, code fault.Reason, format string, args ...any) orchestrator.Outcome {
	return orchestrator.Outcome{Status: s, Code: code, Unasked: s == process.Declined, Err: fmt.Errorf("braintree: "+format, args...)}
}

// unclear is the outcome of an answer that cannot be read.
func unclear(err error) orchestrator.Outcome {
	return orchestrator.Outcome{Status: process.Unknown, Code: codeUnreadable, Err: err}
}
