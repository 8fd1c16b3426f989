package process

// Inputs of rules that several processes have.
var (
	RefundInput  = Input{Name: "refund", Required: true, Amount: true, Reason: "invalid_refund", Kept: ForParties}
	ReleaseInput = Input{Name: "release", Required: true, Amount: true, Reason: "invalid_release", Kept: ForParties}
	ReasonInput  = Input{Name: "reason", Reason: ReasonMissing, Kept: ForParties}
	// NeededReason is a reason that has to be given.
	NeededReason = Input{Name: "reason", Required: true, Reason: ReasonMissing, Kept: ForParties}
)
