package orchestrator

import (
	"errors"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Why money was not let out. They are the codes of intents and of refusals.
const (
	codeBooksDiffer                = fault.Reason(process.BooksDiffer)
	codeContradiction              = fault.Reason(process.BooksCorrupt)
	codeNoLook        fault.Reason = "lookup_failed"    // the gateway could not tell how the payment is
	codeOvertaken     fault.Reason = "overtaken"        // something happened at the gateway that is not merged yet
	codeDisputed      fault.Reason = "payment_disputed" // the payer's bank has the money
	codeWholeOnly     fault.Reason = "partial_refund_not_allowed"
	codeRecovery      fault.Reason = "recovery_mode" // the database is being brought up to its gateways
	unknownPayment                 = "the gateway does not know the payment"
	unableToTell                   = "gateway %s does not tell what it has moved for a payment"
	notLookedAt                    = "the payment could not be looked up at gateway %s"
	notLookedAtAnswer              = "the payment could not be looked up at gateway %s, so nothing was sent; try again later"
)

// CodeUnsendable is a gateway's code for a call that it refused to send, because no
// repeat of it could ever be taken: an amount, say, that its API cannot carry.
const CodeUnsendable fault.Reason = "unsendable_input"

// codeKept is the code of an operation whose key is used up: the gateway repeats the
// failure that it keeps under it.
const codeKept fault.Reason = "stored_failure"

// codeNotShown is the code of an operation whose answer was lost and of which nothing has shown since.
const codeNotShown fault.Reason = "payment_not_shown"

// Faults that the engine itself looks for. They match with any message.
var (
	errUnknown  = fault.New(fault.Unknown, "outcome_unknown", "")
	errMismatch = fault.New(fault.Conflict, "amount_mismatch", "")
)

// CodeNoAccount is the code of a transfer that was not sent because nobody has linked an
// account of the payee: their money waits until somebody has.
const CodeNoAccount fault.Reason = "payee_account_missing"

// refusal is the fault that a settled intent means for its caller, nil on success. The deal is
// as it is now.
func (i Intent) refusal(tx Transaction) error {
	switch i.Status {
	case IntentDeclined:
		return declined(i)
	case IntentNotSent:
		return notSent(i, tx)
	case IntentSuperseded:
		return fault.New(fault.Conflict, "superseded", "the transaction changed at the gateway before %s took effect; read it again", i.Transition)
	}
	return nil
}

// aboutPeople are codes of operations that open a payment and are about who takes part in it:
// the payer's bank was not asked.
var aboutPeople = map[fault.Reason]bool{
	"profile_missing": true, "payee_not_ready": true, "commission_merchant_missing": true, "same_account": true, "consent_missing": true, "account_not_finished": true,
}

func declined(i Intent) *fault.Error {
	code := i.Code
	if code == "" {
		code = "declined"
	}
	if code == CodeNoAccount && i.Verb == process.Transfer {
		return fault.New(fault.Conflict, code, "the seller has no account at gateway %s, so nothing was sent and the money waits; link one (docs/sellers.md), then repeat %s", i.Gateway, i.Transition)
	}
	class := fault.Conflict
	switch i.Verb {
	case process.Authorize, process.Capture, process.Charge:
		if !aboutPeople[code] {
			class = fault.Declined
		}
	}
	text := fmt.Sprintf("gateway %s refused to %s: %s", i.Gateway, i.Verb, code)
	if m, known := fault.MeaningOf(code, class); known {
		text += fmt.Sprintf(" (%s; %s)", m.Means, strings.ReplaceAll(m.Next, "`", ""))
	}
	return fault.New(class, code, "%s", text)
}

// missing says what a call lacks that was not sent: somebody has to make up for it.
func missing(i Intent) *fault.Error {
	m, _ := fault.MeaningOf(i.Code, fault.Conflict)
	return fault.New(fault.Conflict, i.Code, "gateway %s was not asked to %s: %s (%s)", i.Gateway, i.Verb, m.Means, strings.ReplaceAll(m.Next, "`", ""))
}

func notSent(i Intent, tx Transaction) *fault.Error {
	switch i.Code {
	case process.ReasonAttention:
		return fault.New(fault.Conflict, process.ReasonAttention, "nothing was sent, because the transaction is on hold and gateway %s tells no sums to compare until that is over: %s", i.Gateway, tx.Attention)
	case codeBooksDiffer:
		return fault.New(fault.Conflict, codeBooksDiffer, "the sums at gateway %s differ from the books, so nothing was sent; the transaction is on hold until an operator has looked at it", i.Gateway)
	case codeContradiction:
		return fault.New(fault.Conflict, codeContradiction, "the books of this transaction do not add up, so nothing was sent; it is on hold until an operator has looked at it")
	case codeOvertaken:
		return fault.New(fault.Conflict, codeOvertaken, "the payment has changed at gateway %s, so nothing was sent; read the transaction and decide again", i.Gateway)
	case CodeNoAccount, "profile_missing", "commission_merchant_missing":
		return missing(i)
	case codeNoLook:
		return fault.New(fault.Unavailable, codeNoLook, notLookedAtAnswer, i.Gateway)
	case CodeUnsendable:
		return fault.New(fault.Invalid, CodeUnsendable, "gateway %s cannot be asked to %s with this input; nothing was sent, change the amounts or texts", i.Gateway, i.Verb)
	}
	return fault.New(fault.Unavailable, "gateway_unreachable", "gateway %s could not be reached; nothing was done, try again later", i.Gateway)
}

// unknown is the answer when it cannot be said (yet) what came of an operation:
// recovery will find out, or a person has to where the gateway cannot show it. The caller
// must not assume anything.
func (e *Engine) unknown(err error, i Intent) error {
	if g, missing := e.gateway(i.Gateway); missing == nil && i.Verb == process.Refund && sendsOnce(g, i.Verb) {
		return fault.Wrap(err, fault.Unknown, "outcome_unknown", "the outcome of the refund is not known yet, and gateway %s shows no refunds: its message tells it, and it is not sent again; if it is still open after an hour, let an operator look at the gateway's own pages and tell the outcome there is (POST /v1/operator/transactions/{id}/outcome)", i.Gateway).WithMoney(fault.MoneyUnknown)
	}
	return fault.Wrap(err, fault.Unknown, "outcome_unknown", "the outcome of %s at gateway %s is not known yet; it is looked up automatically; read the transaction again later", i.Verb, i.Gateway).WithMoney(fault.MoneyUnknown)
}

// isSettled tells whether the intent is closed, with whatever answer.
func isSettled(err error) bool {
	return err == nil || fault.CodeOf(err) != fault.Unknown && fault.CodeOf(err) != fault.Internal
}

// ignoreRefusal drops errors that are an answer: nobody waits for it here.
func ignoreRefusal(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && isSettled(err) {
		return nil
	}
	return err
}

// notAnswered tells a caller that a gateway did not answer. What it refused is its own.
func notAnswered(err error, gateway string) error {
	var refused *fault.Error
	if err == nil || errors.As(err, &refused) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, "gateway_unavailable", "%s did not answer; try again in a few seconds", gateway)
}
