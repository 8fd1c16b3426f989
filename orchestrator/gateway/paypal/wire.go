package paypal

// The parts of PayPal's objects that are used here, by the names of its API.

type newOrder struct {
	Intent string        `json:"intent"`
	Units  []newUnit     `json:"purchase_units"`
	Source paymentSource `json:"payment_source"`
}

type newUnit struct {
	Reference   string     `json:"reference_id"`
	Description string     `json:"description,omitempty"`
	Custom      string     `json:"custom_id"`
	Invoice     string     `json:"invoice_id"`
	Amount      unitAmount `json:"amount"`

	Payee       *payeeOf     `json:"payee,omitempty"`
	Instruction *instruction `json:"payment_instruction,omitempty"`
}

type unitAmount struct {
	amount
	Breakdown breakdown `json:"breakdown"`
}

// breakdown tells the price from the marketplace's fee on top of it.
type breakdown struct {
	Items    *amount `json:"item_total,omitempty"`
	Handling *amount `json:"handling,omitempty"`
}

type paymentSource struct {
	PayPal struct {
		Experience experience `json:"experience_context"`
	} `json:"paypal"`
}

type experience struct {
	Return   string `json:"return_url"`
	Cancel   string `json:"cancel_url"`
	Shipping string `json:"shipping_preference"`
	Action   string `json:"user_action"`
}

type order struct {
	ID      string `json:"id"`
	Status  string `json:"status"`
	Created string `json:"create_time"`
	Units   []unit `json:"purchase_units"`
	Links   []link `json:"links"`
}

type unit struct {
	Reference string     `json:"reference_id"`
	Custom    string     `json:"custom_id"`
	Amount    unitAmount `json:"amount"`

	Payee       payeeOf     `json:"payee"`
	Instruction instruction `json:"payment_instruction"`

	Payments struct {
		Authorizations []authorization `json:"authorizations"`
		Captures       []capture       `json:"captures"`
		Refunds        []refund        `json:"refunds"`
	} `json:"payments"`
}

type link struct {
	Href string `json:"href"`
	Rel  string `json:"rel"`
}

type details struct {
	Reason string `json:"reason"`
}

type authorization struct {
	ID      string  `json:"id"`
	Status  string  `json:"status"`
	Amount  *amount `json:"amount"`
	Details details `json:"status_details"`
	Created string  `json:"create_time"`
	Updated string  `json:"update_time"`
	Expires string  `json:"expiration_time"`
}

type capture struct {
	ID        string  `json:"id"`
	Status    string  `json:"status"`
	Amount    *amount `json:"amount"`
	Details   details `json:"status_details"`
	Created   string  `json:"create_time"`
	Updated   string  `json:"update_time"`
	Mode      string  `json:"disbursement_mode"`
	Breakdown struct {
		Fee      *amount       `json:"paypal_fee"`
		Platform []platformFee `json:"platform_fees"`
	} `json:"seller_receivable_breakdown"`
	Related related `json:"supplementary_data"`
}

// related names the order of a capture or an authorization.
type related struct {
	IDs struct {
		Order string `json:"order_id"`
	} `json:"related_ids"`
}

type newCapture struct {
	Amount  *amount `json:"amount"`
	Invoice string  `json:"invoice_id"`
	Final   bool    `json:"final_capture"`
}

type refund struct {
	ID      string  `json:"id"`
	Status  string  `json:"status"`
	Amount  *amount `json:"amount"`
	Custom  string  `json:"custom_id"`
	Created string  `json:"create_time"`

	Breakdown struct {
		Platform []platformFee `json:"platform_fees"`
	} `json:"seller_payable_breakdown"`
}

type newRefund struct {
	Amount      *amount      `json:"amount"`
	Custom      string       `json:"custom_id"`
	Instruction *instruction `json:"payment_instruction,omitempty"`
}

type newPayout struct {
	Header payoutHeader    `json:"sender_batch_header"`
	Items  []newPayoutItem `json:"items"`
}

type payoutHeader struct {
	Sender string `json:"sender_batch_id"`
}

type newPayoutItem struct {
	Kind     string  `json:"recipient_type"`
	Amount   *amount `json:"amount"`
	Receiver string  `json:"receiver"`
	Sender   string  `json:"sender_item_id"`
}

type payout struct {
	Header struct {
		ID      string       `json:"payout_batch_id"`
		Status  string       `json:"batch_status"`
		Created string       `json:"time_created"`
		Sender  payoutHeader `json:"sender_batch_header"`
	} `json:"batch_header"`
	Items []payoutItem `json:"items"`
}

type payoutItem struct {
	Batch  string `json:"payout_batch_id"`
	Status string `json:"transaction_status"`
	Item   struct {
		Amount   *amount `json:"amount"`
		Sender   string  `json:"sender_item_id"`
		Receiver string  `json:"receiver"`
	} `json:"payout_item"`
	Errors struct {
		Name string `json:"name"`
	} `json:"errors"`
}

type dispute struct {
	ID      string  `json:"dispute_id"`
	Status  string  `json:"status"`
	Amount  *amount `json:"dispute_amount"`
	Created string  `json:"create_time"`
	Updated string  `json:"update_time"`
	Due     string  `json:"seller_response_due_date"`
	Outcome struct {
		Code string `json:"outcome_code"`
	} `json:"dispute_outcome"`
	Transactions []struct {
		ID string `json:"seller_transaction_id"`
	} `json:"disputed_transactions"`
}

// Statuses of orders, authorizations, captures, refunds, payouts and disputes.
const (
	statusCreated   = "CREATED"
	statusPayer     = "PAYER_ACTION_REQUIRED"
	statusApproved  = "APPROVED"
	statusVoided    = "VOIDED"
	statusCompleted = "COMPLETED"
	statusPending   = "PENDING"
	statusDenied    = "DENIED"
	statusPartly    = "PARTIALLY_CAPTURED"
	statusRefunded  = "REFUNDED"
	statusPartBack  = "PARTIALLY_REFUNDED"
	statusSuccess   = "SUCCESS"
	statusFailed    = "FAILED"
	statusResolved  = "RESOLVED"
	forAuthorizing  = "AUTHORIZE"
	outcomeForBuyer = "RESOLVED_BUYER_FAVOUR"
	outcomeAccepted = "ACCEPTED"
)
