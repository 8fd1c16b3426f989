package braintree

import (
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
)

// The parts of Braintree's objects that are used here, by the names of its schema (2252d47).

// selection is what is read of a payment, wherever it comes from.
const selection = `
fragment payment on Transaction {
  id legacyId orderId status createdAt amount { value currencyCode }
  statusHistory {
    status timestamp amount { value currencyCode }
    ... on AuthorizedEvent { authorizationExpiresAt }
    ... on ProcessorDeclinedEvent { processorResponse { legacyCode } }
    ... on GatewayRejectedEvent { gatewayRejectionReason duplicateOf { id orderId } }
  }
  refunds { ...refund }
  disputes { status type createdAt replyByDate amountDisputed { value currencyCode } statusHistory { status timestamp } }
}
` + refundSelection

const refundSelection = `
fragment refund on Refund { id legacyId orderId status createdAt amount { value currencyCode } }
`

type payment struct {
	ID        string    `json:"id"`
	LegacyID  string    `json:"legacyId"`
	OrderID   string    `json:"orderId"`
	Status    string    `json:"status"`
	CreatedAt string    `json:"createdAt"`
	Amount    amount    `json:"amount"`
	History   []event   `json:"statusHistory"` // newest first
	Refunds   []payment `json:"refunds"`
	Disputes  []dispute `json:"disputes"`
	Escrow    *escrow   `json:"-"` // of a payment for a sub-merchant, which the classic API alone tells

	of string // what it gives money back of, where it is a refund of the classic API
}

type amount struct {
	Value    string `json:"value"`
	Currency string `json:"currencyCode"`
}

type event struct {
	Status    string `json:"status"`
	Timestamp string `json:"timestamp"`
	Amount    amount `json:"amount"`
	ExpiresAt string `json:"authorizationExpiresAt"`
	Rejection string `json:"gatewayRejectionReason"`
	Processor struct {
		Code string `json:"legacyCode"`
	} `json:"processorResponse"`
	DuplicateOf struct {
		ID      string `json:"id"`
		OrderID string `json:"orderId"`
	} `json:"duplicateOf"`
}

type dispute struct {
	Status    string  `json:"status"`
	Type      string  `json:"type"`
	CreatedAt string  `json:"createdAt"`
	ReplyBy   string  `json:"replyByDate"`
	Disputed  amount  `json:"amountDisputed"`
	History   []event `json:"statusHistory"`
}

// Statuses of payments and refunds.
const (
	isAuthorizing         = "AUTHORIZING"
	isAuthorized          = "AUTHORIZED"
	isExpired             = "AUTHORIZATION_EXPIRED"
	isSubmitted           = "SUBMITTED_FOR_SETTLEMENT"
	isSettling            = "SETTLING"
	isSettlementPending   = "SETTLEMENT_PENDING"
	isSettlementConfirmed = "SETTLEMENT_CONFIRMED"
	isSettled             = "SETTLED"
	isSettlementDeclined  = "SETTLEMENT_DECLINED"
	isDeclined            = "PROCESSOR_DECLINED"
	isRejected            = "GATEWAY_REJECTED"
	isFailed              = "FAILED"
	isVoided              = "VOIDED"
)

// event is the newest step of a payment to a status.
func (p payment) event(status string) (event, bool) {
	for _, e := range p.History {
		if e.Status == status {
			return e, true
		}
	}
	return event{}, false
}

// at is when a payment came to a status; zero: it never did.
func (p payment) at(status string) time.Time {
	e, _ := p.event(status)
	return timeOf(e.Timestamp)
}

// read is an amount in our minor units.
func (a amount) read() (money.Amount, error) {
	currency, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return money.Amount{}, errUnreadable
	}
	scale, _ := currency.Exponent()
	minor, ok := money.ParseDecimal(a.Value, scale)
	if !ok {
		return money.Amount{}, errUnreadable
	}
	return money.New(minor, currency), nil
}

// decimal is an amount as Braintree wants it: as many decimals as the currency has.
func decimal(a money.Amount) string {
	scale, _ := a.Currency().Exponent()
	return money.Decimal(a.Minor(), scale)
}

func timeOf(text string) time.Time {
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
