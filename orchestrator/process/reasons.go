package process

import "github.com/handsel-dev/handsel/fault"

// Reasons of refusals that every process gives. Those of one process alone are constants
// of its place.
const (
	ReasonUnknownProcess    fault.Reason = "unknown_process"
	ReasonUnknownTransition fault.Reason = "unknown_transition"
	ReasonIllegal           fault.Reason = "illegal_transition"    // not in this state
	ReasonNotFound          fault.Reason = "transaction_not_found" // there is none, or it is none of the caller's business
	ReasonOperatorIsParty   fault.Reason = "operator_is_party"
	ReasonAttention         fault.Reason = "needs_attention"       // on hold until an operator has looked
	ReasonBusy              fault.Reason = "operation_in_progress" // the gateway is being asked
	ReasonMissing           fault.Reason = "reason_missing"        // whoever decides says why
	ReasonNoPayoutDue       fault.Reason = "no_payout_due"
	ReasonOutOfRange        fault.Reason = "amount_out_of_range"
	ReasonUnknownInput      fault.Reason = "unknown_input"
	ReasonTooLong           fault.Reason = "too_long"
	ReasonInvalidText       fault.Reason = "invalid_text"
	ReasonSums              fault.Reason = "amounts_do_not_add_up" // the parts are not the whole
)

// notRole are the reasons for who has none of a rule's roles, by the first of them.
var notRole = map[Role]fault.Reason{
	Starter: "not_starter", Author: "not_author", Buyer: "not_buyer", Seller: "not_seller", Joiner: "not_joiner",
	Operator: "not_operator", Gateway: "not_gateway", Clock: "not_timer",
}
