package paytrail

// The parts of Paytrail's objects that are used here, by the names of its API. Amounts are
// cents.

type newPayment struct {
	Stamp     string   `json:"stamp"`
	Reference string   `json:"reference"`
	Amount    int64    `json:"amount"`
	Currency  string   `json:"currency"`
	Language  string   `json:"language"`
	Items     []item   `json:"items"`
	Customer  customer `json:"customer"`
	Redirect  urls     `json:"redirectUrls"`
	Callback  urls     `json:"callbackUrls"`
	Token     string   `json:"token,omitempty"`
}

type item struct {
	UnitPrice   int64       `json:"unitPrice"`
	Units       int64       `json:"units"`
	VAT         percent     `json:"vatPercentage"`
	ProductCode string      `json:"productCode"`
	Description string      `json:"description,omitempty"`
	Stamp       string      `json:"stamp"`
	Reference   string      `json:"reference"`
	Merchant    string      `json:"merchant"`
	Commission  *commission `json:"commission,omitempty"`
}

type commission struct {
	Merchant string `json:"merchant"`
	Amount   int64  `json:"amount"`
}

type customer struct {
	Email     string `json:"email"`
	FirstName string `json:"firstName,omitempty"`
	LastName  string `json:"lastName,omitempty"`
}

type urls struct {
	Success string `json:"success"`
	Cancel  string `json:"cancel"`
}

type opened struct {
	TransactionID string `json:"transactionId"`
	Href          string `json:"href"`
	dated
}

// dated is an answer that takes its time out of the header: the call itself tells none.
type dated struct {
	at string
}

func (d *dated) answeredAt(text string) { d.at = text }

type payment struct {
	TransactionID string `json:"transactionId"`
	Status        string `json:"status"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
	Stamp         string `json:"stamp"`
	Reference     string `json:"reference"`
	CreatedAt     string `json:"createdAt"`
	PaidAt        string `json:"paidAt"`
	Href          string `json:"href"`
}

type newRefund struct {
	Amount    int64        `json:"amount,omitempty"`
	Stamp     string       `json:"refundStamp,omitempty"`
	Reference string       `json:"refundReference,omitempty"`
	Items     []refundItem `json:"items,omitempty"`
	Callback  urls         `json:"callbackUrls"`
}

type refundItem struct {
	Amount     int64       `json:"amount"`
	Stamp      string      `json:"stamp"`
	Commission *commission `json:"commission,omitempty"`
}

type refundAnswer struct {
	TransactionID string `json:"transactionId"`
	Status        string `json:"status"`
}

// Statuses of payments and refunds.
const (
	statusNew     = "new"
	statusOK      = "ok"
	statusFail    = "fail"
	statusPending = "pending"
	statusDelayed = "delayed"
)
