package braintree

import (
	"strings"
	"time"

	"github.com/handsel-dev/handsel/sandbox/internal/stage"
)

// classic is a transaction as the classic API shows it.
func (s *state) classic(t *transaction) node {
	last := t.History[len(t.History)-1]
	kids := []node{
		text("id", t.ID), text("status", strings.ToLower(t.Status)), text("type", typeOf(t)), text("currency-iso-code", t.Currency),
		text("amount", decimal(t.Amount, t.Currency)), text("merchant-account-id", t.Account), text("order-id", t.Order),
		moment("created-at", t.Created), moment("updated-at", last.At), text("global-id", t.global()), text("graphql-id", t.global()),
		text("gateway-rejection-reason", strings.ToLower(last.Rejection)), text("processor-response-code", t.History[0].Code), text("processor-response-text", t.History[0].Text),
		moment("authorization-expires-at", t.Expires), list("status-history", s.classicHistory(t)), flag("recurring", false),
	}
	if t.Of != "" {
		kids = append(kids, text("refunded-transaction-id", t.Of))
	}
	ids := []node{}
	for _, id := range t.Refunds {
		ids = append(ids, text("item", id))
	}
	kids = append(kids, list("refund-ids", ids))
	if t.Escrow != "" {
		kids = append(kids, text("escrow-status", t.Escrow))
	}
	if t.Sub {
		kids = append(kids, text("service-fee-amount", decimal(t.Fee, t.Currency)))
	}
	if p := t.PaidOut; p != nil {
		kids = append(kids, parent("disbursement-details", date("disbursement-date", p.At), text("settlement-amount", decimal(p.Amount, t.Currency)),
			text("settlement-currency-iso-code", t.Currency), flag("funds-held", false), flag("success", p.Success)))
	}
	if t.Parent != "" {
		kids = append(kids, text("authorized-transaction-id", t.Parent))
	}
	var disputes []node
	for _, id := range t.Disputes {
		d, _ := s.Disputes.Get(id)
		disputes = append(disputes, s.classicDispute(d))
	}
	kids = append(kids, list("disputes", disputes))
	return parent("transaction", append(kids, t.Method.classic()...)...)
}

func typeOf(t *transaction) string {
	if t.Of != "" {
		return "credit"
	}
	return "sale"
}

func (m method) classic() []node {
	if m.PayPal {
		return []node{text("payment-instrument-type", "paypal_account"), parent("paypal", text("payer-email", "payer@example.com"), text("payment-id", "PAY-1"))}
	}
	kids := []node{text("payment-instrument-type", "credit_card"), parent("credit-card",
		text("bin", m.Bin), text("last-4", m.Last4), text("card-type", brands[m.Brand]), text("expiration-month", "12"), text("expiration-year", "2099"))}
	if m.Secured != "" {
		ok := m.Secured == "AUTHENTICATE_SUCCESSFUL"
		kids = append(kids, parent("three-d-secure-info", text("status", strings.ToLower(m.Secured)), flag("liability-shifted", ok), flag("liability-shift-possible", ok), text("enrolled", "Y")))
	}
	return kids
}

// brands are names of cards in the classic API.
var brands = map[string]string{
	"VISA": "Visa", "MASTERCARD": "MasterCard", "AMERICAN_EXPRESS": "American Express", "DISCOVER": "Discover", "JCB": "JCB", "DINERS": "Diners Club", "INTERNATIONAL_MAESTRO": "Maestro",
}

func (s *state) classicHistory(t *transaction) []node {
	var all []node
	for _, e := range t.History {
		all = append(all, parent("status-event", moment("timestamp", e.At), text("status", strings.ToLower(e.Status)), text("amount", decimal(e.Amount, t.Currency)), text("user", "api"), text("transaction-source", "api")))
	}
	return all
}

func (s *state) classicDispute(d *dispute) node {
	t, _ := s.Transactions.Get(d.Transaction)
	won := stage.Or(d.Status != disputeWon, 0, d.Amount)
	step := func(status string, at time.Time) node {
		return parent("status-history", text("status", strings.ToLower(status)), moment("timestamp", at))
	}
	steps, last := []node{step(disputeOpen, d.Opened)}, d.Opened
	if !d.Decided.IsZero() {
		steps, last = append(steps, step(d.Status, d.Decided)), d.Decided
	}
	return parent("dispute",
		text("id", d.ID), text("graphql-id", globalID(ofDispute, d.ID)), text("amount", decimal(d.Amount, t.Currency)), text("amount-disputed", decimal(d.Amount, t.Currency)), text("amount-won", decimal(won, t.Currency)),
		text("currency-iso-code", t.Currency), date("received-date", d.Opened), date("reply-by-date", d.ReplyBy), date("date-opened", d.Opened),
		text("kind", "chargeback"), text("status", strings.ToLower(d.Status)), text("reason", strings.ToLower(d.Reason)), text("merchant-account-id", t.Account),
		moment("created-at", d.Opened), moment("updated-at", last), list("status-history", steps),
		parent("transaction", text("id", t.ID), text("amount", decimal(t.Amount, t.Currency)), text("order-id", t.Order)))
}
