package stripe

import (
	"fmt"
	"net/http"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// The types of errors of the official API.
const (
	typeAPI         = "api_error"
	typeCard        = "card_error"
	typeIdempotency = "idempotency_error"
	typeInvalid     = "invalid_request_error"
)

// stateCode refuses what the state of a payment intent does not allow.
const stateCode = "payment_intent_unexpected_state"

// Error is a refusal as the official API words it: branch on Code and DeclineCode, never on Message. The methods of
// [Emulator] return it too; get it with errors.As.
type Error struct {
	// Status is the HTTP status that carries the refusal.
	Status int
	// Type is api_error, card_error, idempotency_error or invalid_request_error.
	Type string
	// Code is one of the official error codes; several refusals have none.
	Code string
	// DeclineCode is the reason of the card's bank.
	DeclineCode string
	// Param is the parameter at fault.
	Param string
	// Message is for people and may change.
	Message string

	// Charge is the failed charge of a decline, and Method the payment method that failed.
	Charge string
	Method object

	intent object // the payment intent as it is after the refusal
	// early marks refusals of calls that did not begin: they are not kept under their idempotency key.
	early bool
}

// Error returns the code and the message.
func (e *Error) Error() string {
	code := e.Code
	if code == "" {
		code = e.Type
	}
	return code + ": " + e.Message
}

// reason is the most exact code there is, in the words that [Emulator.Pay] takes as a card.
func (e *Error) reason() string {
	switch {
	case e.DeclineCode != "" && e.DeclineCode != genericDecline:
		return e.DeclineCode
	case e.Code != "":
		return e.Code
	}
	return e.Type
}

// view prints the error without what is around it; absent fields are left out, as in the official API.
func (e *Error) view() object {
	o := object{"type": e.Type, "message": e.Message}
	for name, value := range map[string]string{"code": e.Code, "decline_code": e.DeclineCode, "param": e.Param, "charge": e.Charge} {
		if value != "" {
			o[name] = value
		}
	}
	if e.Code != "" {
		o["doc_url"] = "https://stripe.com/docs/error-codes/" + e.Code
	}
	if e.Method != nil {
		o["payment_method"] = e.Method
	}
	return o
}

func (e *Error) reply() reply {
	o := e.view()
	if e.intent != nil {
		o["payment_intent"] = e.intent
	}
	return jsonReply(e.Status, object{"error": o})
}

// invalid refuses a call that began and could not be done.
func invalid(code, param, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Type: typeInvalid, Code: code, Param: param, Message: fmt.Sprintf(format, args...)}
}

// malformed refuses a call for its parameters, before it began.
func malformed(code, param, format string, args ...any) *Error {
	e := invalid(code, param, format, args...)
	e.early = true
	return e
}

func missing(param string) *Error {
	return malformed("parameter_missing", param, "Missing required param: %s.", param)
}

// noSuch refuses an id: with 404 when it stands in the path, else with 400.
func noSuch(what, id, param string) *Error {
	e := invalid("resource_missing", param, "No such %s: '%s'", what, id)
	if param == "" {
		e.Status, e.Param = http.StatusNotFound, "id"
	}
	return e
}

func unauthorized() *Error {
	return &Error{Status: http.StatusUnauthorized, Type: typeInvalid, early: true,
		Message: "You did not provide an API key. Send a secret key as a bearer token or as the user name of HTTP Basic auth."}
}

func unknownURL(method, path string) *Error {
	return &Error{Status: http.StatusNotFound, Type: typeInvalid, early: true,
		Message: fmt.Sprintf("Unrecognized request URL (%s: %s).", method, path)}
}

func serverError() *Error {
	return &Error{Status: http.StatusInternalServerError, Type: typeAPI, Message: "An unknown error occurred."}
}

func rateLimited(code, message string) *Error {
	return &Error{Status: http.StatusTooManyRequests, Type: typeInvalid, Code: code, Message: message, early: true}
}

// unexpectedState refuses an act that the state of a payment intent does not allow.
func unexpectedState(p *paymentIntent, format string, args ...any) *Error {
	e := invalid(stateCode, "", format, args...)
	e.intent = p.view()
	return e
}

func tooLarge() *Error {
	return &Error{Status: http.StatusRequestEntityTooLarge, Type: typeInvalid, Message: "The request body is too large."}
}

// asError keeps a nil refusal from becoming an error that is not nil.
func asError(refused *Error) error {
	if refused == nil {
		return nil
	}
	return refused
}

// Refusal is the error in the words of pages and control calls.
func (e *Error) Refusal() *stage.Refusal {
	return &stage.Refusal{Status: e.Status, Code: e.reason(), Message: e.Message}
}

// words are those of the control calls.
func words(code string, about ...any) *stage.Refusal {
	switch code {
	case "request_too_large":
		return tooLarge().Refusal()
	case "malformed_json":
		return badJSON().Refusal()
	case "invalid_fault":
		return invalid(code, "", "There is no fault %q for the operation %q.", about...).Refusal()
	case "not_found", "invalid_id":
		return noSuch("event", fmt.Sprint(about...), "").Refusal()
	}
	return stage.Refuse(code)
}

func badJSON() *Error {
	return malformed("malformed_json", "", "The body is not valid JSON for this call.")
}
