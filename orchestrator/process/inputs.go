package process

// Inputs of rules that several processes have.
var (
	RefundInput = Input{Name: "refund", Required: true, Amount: true, Reason: "invalid_refund", Kept: ForParties}
	// SameRefund is the refund again, from who calls every sum an amount.
	SameRefund   = Input{Name: "amount", Amount: true, Reason: "invalid_refund"}
	ReleaseInput = Input{Name: "release", Required: true, Amount: true, Reason: "invalid_release", Kept: ForParties}
	ReasonInput  = Input{Name: "reason", Reason: ReasonMissing, Kept: ForParties}
	// RowsInput are the rows of an invoice, which say what its total is made of.
	RowsInput = Input{Name: "payment_rows", Kept: ForParties}
	// NeededReason is a reason that has to be given.
	NeededReason = Input{Name: "reason", Required: true, Reason: ReasonMissing, Kept: ForParties}
)
