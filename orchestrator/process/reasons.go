package process

// Reasons of refusals that every process gives. Those of one process alone are constants
// of its place; "not_" and a role is the reason for everybody who has another role.
const (
	ReasonUnknownProcess    = "unknown_process"
	ReasonUnknownTransition = "unknown_transition"
	ReasonIllegal           = "illegal_transition"    // not in this state
	ReasonNotFound          = "transaction_not_found" // there is none, or it is none of the caller's business
	ReasonOperatorIsParty   = "operator_is_party"
	ReasonAttention         = "needs_attention"       // on hold until an operator has looked
	ReasonBusy              = "operation_in_progress" // the gateway is being asked
	ReasonMissing           = "reason_missing"        // whoever decides says why
	ReasonOutOfRange        = "amount_out_of_range"
	ReasonUnknownInput      = "unknown_input"
	ReasonTooLong           = "too_long"
	ReasonInvalidText       = "invalid_text"
	ReasonSums              = "amounts_do_not_add_up" // the parts are not the whole
)
