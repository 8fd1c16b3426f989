package process

// Create is the transition with which most deals begin.
const Create Transition = "create"

// Facts that gateways report. They are the vocabulary of gateways, as verbs are: a
// gateway knows them and no process. The names follow the timestamps of the Trustap
// API, which are the truth behind its statuses. What a process alone says is declared
// at its own place.
const (
	FactJoined               Fact = "joined" // both parties are known at the gateway
	FactRejected             Fact = "rejected"
	FactCancelled            Fact = "cancelled"
	FactPaid                 Fact = "paid"
	FactTracked              Fact = "tracked"
	FactDelivered            Fact = "delivered"
	FactComplained           Fact = "complained"
	FactComplaintPeriodEnded Fact = "complaint_period_ended"
	FactFundsReleased        Fact = "funds_released"
	FactFundsRefunded        Fact = "funds_refunded"   // a complaint was decided for the buyer
	FactPaymentRefunded      Fact = "payment_refunded" // a cancelled payment came back

	FactAuthorized  Fact = "authorized"
	FactCaptured    Fact = "captured"
	FactVoided      Fact = "voided"
	FactTransferred Fact = "transferred"
	FactRefunded    Fact = "refunded"

	FactRefundedInPart Fact = "refunded_in_part"
	FactRestRefunded   Fact = "rest_refunded"  // what a split left for the payee went back to the payer instead
	FactDelayed        Fact = "delayed"        // the gateway has the payment and settles it later
	FactPaymentFailed  Fact = "payment_failed" // a delayed payment came to nothing; it waits for another way to pay
	FactDisputeOpened  Fact = "dispute_opened" // the payer's bank took the payment back
	FactDisputeWon     Fact = "dispute_won"
	FactDisputeLost    Fact = "dispute_lost"
	FactTakenOver      Fact = "taken_over" // an operator took over what was moved by hand at the gateway
	FactSplit          Fact = "split"      // an operator gave each side a part

	FactDepositPaid             Fact = "deposit_paid"
	FactDepositAccepted         Fact = "deposit_accepted"
	FactDepositRefunded         Fact = "deposit_refunded"
	FactPriced                  Fact = "priced"
	FactRemainderPaid           Fact = "remainder_paid"
	FactRemainderSkipped        Fact = "remainder_skipped"
	FactBuyerHandoverConfirmed  Fact = "buyer_handover_confirmed"
	FactSellerHandoverConfirmed Fact = "seller_handover_confirmed"
)

// Deadlines of deals. Gateways announce the first four.
const (
	TrackingDeadline  Deadline = "tracking_details" // tracking must be added before, or the payment is cancelled
	ComplaintDeadline Deadline = "complaint_period" // last moment for a complaint
	CaptureBefore     Deadline = "capture_before"   // a reservation lapses then
	EvidenceDeadline  Deadline = "evidence_due"     // evidence about a dispute must be at the gateway before
	PayDeadline       Deadline = "pay"              // who pays outside of the books says before that they have paid
)
