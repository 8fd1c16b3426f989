package paypal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Codes of outcomes. Others are PayPal's own issues in lower case.
const (
	codeNoClearAnswer  fault.Reason = "no_clear_answer"
	codeUnreadable     fault.Reason = "unreadable_answer"
	codeUnreachable    fault.Reason = "gateway_unreachable"
	codePaymentUnknown fault.Reason = "payment_unknown"
	codeUnsupported    fault.Reason = "unsupported_verb"
	codeAmount         fault.Reason = "amount_not_supported"
	codeNoAccount                   = orchestrator.CodeNoAccount
	codeWholeOnly      fault.Reason = "partial_refund_not_allowed"
	codeHoldExpired    fault.Reason = "hold_expired"
	codeDisputed       fault.Reason = "payment_disputed"
	codeRefundFailed   fault.Reason = "refund_failed"
	codePayoutFailed   fault.Reason = "payout_failed"
	codePayoutOpen     fault.Reason = "payout_pending"
	codeCardDeclined   fault.Reason = "card_declined"
	codeDeclined       fault.Reason = "declined"
	codePaid           fault.Reason = "overtaken"
)

// refusal is an error that PayPal answered. Its message is not kept: it may repeat what was
// sent.
type refusal struct {
	status  int
	name    string // empty: the answer is not one of PayPal's API
	issue   string
	debugID string // PayPal's, for its support
	links   []link
}

// Error implements error.
func (r *refusal) Error() string {
	text := fmt.Sprintf("paypal answered %d", r.status)
	for _, part := range []struct{ name, value string }{{"", r.name}, {"", r.issue}, {"debug id ", r.debugID}} {
		if value := gateway.Printable(part.value); value != "" {
			text += ", " + part.name + value
		}
	}
	return text
}

// refusalOf reads an answer that is no success.
func refusalOf(resp *http.Response, body []byte) *refusal {
	var in struct {
		Name    string `json:"name"`
		DebugID string `json:"debug_id"`
		Details []struct {
			Issue string `json:"issue"`
		} `json:"details"`
		Links []link `json:"links"`
	}
	r := &refusal{status: resp.StatusCode, debugID: resp.Header.Get("Paypal-Debug-Id")}
	if json.Unmarshal(body, &in) != nil {
		return r
	}
	r.name, r.links = in.Name, in.Links
	if in.DebugID != "" {
		r.debugID = in.DebugID
	}
	if len(in.Details) > 0 {
		r.issue = in.Details[0].Issue
	}
	return r
}

// reasons are ours for issues of PayPal's.
var reasons = map[string]fault.Reason{
	"AUTHORIZATION_EXPIRED": codeHoldExpired, "AUTHORIZATION_VOIDED": codeHoldExpired, "INSTRUMENT_DECLINED": codeCardDeclined,
	"TRANSACTION_DISPUTED": codeDisputed, "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": codeDisputed,
}

var soundIssue = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,79}$`)

func (r *refusal) reason() fault.Reason {
	issue := r.issue
	if issue == "" || r.name == "INSUFFICIENT_FUNDS" {
		issue = r.name
	}
	if reason := reasons[issue]; reason != "" {
		return reason
	}
	if soundIssue.MatchString(issue) {
		return fault.Reason(strings.ToLower(issue))
	}
	return codeDeclined
}

var errUnreadable = errors.New("paypal's answer could not be read")

// failed is the outcome of a call that ended in an error. What PayPal has refused is Declined;
// what may have happened is Unknown.
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
		out.Status, out.Code = process.NotSent, codeUnreachable // refused at the door
	case r.name == "", r.status == http.StatusConflict: // a proxy; or a request under the same key is on its way
	case r.status >= 400 && r.status < 500:
		out.Status, out.Code = process.Declined, r.reason()
	}
	if errors.Is(err, errUnreadable) && errors.As(err, &unsent) {
		out.Status, out.Code = process.NotSent, codeUnreachable
	}
	return out
}

// before is the outcome of an error before the call that counts: nothing was moved, so what is
// not clear may simply be tried again.
func before(err error) orchestrator.Outcome {
	out := failed(err)
	if out.Status == process.Unknown {
		out.Status = process.NotSent
	}
	return out
}

// asRefusal is what PayPal refused; the zero value: it did not.
func asRefusal(err error) refusal {
	var r *refusal
	if errors.As(err, &r) {
		return *r
	}
	return refusal{}
}

// has reports whether an error is PayPal's refusal for an issue.
func has(err error, issues ...string) bool {
	r := asRefusal(err)
	return err != nil && (slices.Contains(issues, r.issue) || slices.Contains(issues, r.name))
}

// refused is an outcome that needs no call.
func refused(s process.Status, code fault.Reason, format string, args ...any) orchestrator.Outcome {
	return orchestrator.Outcome{Status: s, Code: code, Unasked: s == process.Declined, Err: fmt.Errorf("paypal: "+format, args...)}
}
