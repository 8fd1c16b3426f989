package braintree

import (
	"context"
	"regexp"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// nonceShape is that of nonces. Anything else, a card number above all, is refused here and never leaves the machine.
var nonceShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,250}$`)

const authorizeQuery = `mutation Authorize($input: AuthorizePaymentMethodInput!) {
  authorizePaymentMethod(input: $input) { transaction { ...payment } }
}` + selection

const chargeQuery = `mutation Charge($input: ChargePaymentMethodInput!) {
  chargePaymentMethod(input: $input) { transaction { ...payment } }
}` + selection

type payInput struct {
	Nonce       string `json:"paymentMethodId"`
	Transaction struct {
		Amount  string `json:"amount"`
		Account string `json:"merchantAccountId"`
		OrderID string `json:"orderId"`
	} `json:"transaction"`
}

// made is the answer to a call that opens a payment or changes one.
type made struct {
	Authorized *payload `json:"authorizePaymentMethod"`
	Charged    *payload `json:"chargePaymentMethod"`
	Captured   *payload `json:"captureTransaction"`
}

type payload struct {
	Transaction *payment `json:"transaction"`
}

func (m made) payment() (payment, error) {
	for _, p := range []*payload{m.Authorized, m.Charged, m.Captured} {
		if p != nil && p.Transaction != nil {
			return *p.Transaction, nil
		}
	}
	return payment{}, errUnreadable
}

// TakesMethod refuses to open a payment without a nonce.
func (g *Gateway) TakesMethod(_ process.Verb, method string) error {
	if method != "" {
		return nil
	}
	return fault.New(fault.Declined, codeNonce, "braintree is paid with a nonce; send one, which its form makes in the payer's browser, as payment_method (POST /v1/payment-setups begins it); nothing was opened")
}

// open makes a payment with the nonce. A nonce works once, so that a second try with it pays nothing twice; whether the
// first one came about is looked up.
func (g *Gateway) open(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	if err := g.Takes(op.Verb, op.Amount); err != nil {
		return refused(process.Declined, codeAmount, "%w", err)
	}
	nonce := op.Input["payment_method"]
	if !nonceShape.MatchString(nonce) {
		return refused(process.Declined, codeNonce, "the payment method is not a nonce of Braintree; let the buyer's browser make one")
	}
	c := g.by(op.Transaction)
	in := sale{Nonce: nonce, Account: g.Accounts[op.Amount.Currency()], OrderID: op.Reference(), Amount: op.Amount, Capture: op.Verb == process.Charge}
	if g.escrowed(op.Transaction) {
		if out := g.intoEscrow(ctx, op, &in); out != nil {
			return *out
		}
	}
	p, err := c.open(ctx, in)
	if err != nil {
		return g.notOpened(ctx, op, in, err)
	}
	return g.opened(ctx, op, in, p)
}

func (a *api) open(ctx context.Context, s sale) (payment, error) {
	in := payInput{Nonce: s.Nonce}
	in.Transaction.Amount, in.Transaction.Account, in.Transaction.OrderID = decimal(s.Amount), s.Account, s.OrderID
	query := authorizeQuery
	if s.Capture {
		query = chargeQuery
	}
	var m made
	if err := a.call(ctx, query, input(in), &m); err != nil {
		return payment{}, err
	}
	return m.payment()
}

// input is the variables of every mutation.
func input(in value) value {
	return struct {
		Input value `json:"input"`
	}{in}
}

// settledDoubt is how often a payment is tried whose nonce is used up, before it counts as used for something else: a look before
// each try, and one after it, have shown no payment, minutes apart. Our choice.
const settledDoubt = 3

// notOpened is the outcome of a refusal to open a payment. At a later try a used nonce may have been used by an
// earlier one, which arrived after it was looked for.
func (g *Gateway) notOpened(ctx context.Context, op orchestrator.Operation, in sale, err error) orchestrator.Outcome {
	out := failed(err)
	code := codeOf(err)
	if strings.HasPrefix(code, "9156") || strings.HasPrefix(code, "817") || code == "91508" || code == "91518" {
		out.Code = codeNonce
	}
	if g.escrowed(op.Transaction) && (code == accountInvalid || code == accountSuspended) {
		out.Code = codeNotReady
	}
	if code != nonceConsumed || op.Attempt < 2 {
		return out
	}
	p, found, lookErr := g.by(op.Transaction).search(ctx, op.Reference())
	switch {
	case lookErr == nil && found:
		return g.opened(ctx, op, in, p)
	case lookErr != nil || op.Attempt <= settledDoubt:
		return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}
	}
	return out
}

// opened is the outcome of a payment that was made, whatever became of it.
func (g *Gateway) opened(ctx context.Context, op orchestrator.Operation, in sale, p payment) orchestrator.Outcome {
	if in.forAnother(p) {
		return unclear(errOthers)
	}
	s, err := g.asked(op, p)
	if err != nil {
		return unclear(err)
	}
	// Where it is a repeat of this very operation the payment that it repeats counts.
	if first, repeats, err := g.by(op.Transaction).first(ctx, p, op.Reference()); repeats {
		if err != nil || first.Status == isRejected {
			return orchestrator.Outcome{Status: process.Unknown, Code: codeNoClearAnswer, Err: err}
		}
		return g.opened(ctx, op, in, first)
	}
	if code, why := p.refused(); code != "" {
		return declined(code, "%s", why)
	}
	switch p.Status {
	case isAuthorizing:
		return orchestrator.Outcome{Status: process.Pending, Snapshot: s}
	case isAuthorized:
		if op.Verb == process.Authorize {
			return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
		}
	case isSubmitted, isSettling, isSettled, isSettlementPending, isSettlementConfirmed:
		return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
	case isSettlementDeclined:
		return declined(codeDeclined, "the payment is %s", p.Status)
	case isVoided, isExpired:
		out := declined(codeCanceled, "the payment is %s", p.Status)
		out.Snapshot = s
		return out
	}
	return unclear(errUnreadable)
}

// wantsSecure is the processor's code for a card whose bank wants 3-D Secure first (official reference).
const wantsSecure = "2099"

// refused is why a payment was refused when it was opened, with the words for an error; empty: it was not.
func (p payment) refused() (code fault.Reason, why string) {
	e, _ := p.event(p.Status)
	switch p.Status {
	case isDeclined:
		if e.Processor.Code == wantsSecure {
			return codeAuthentication, "the card's bank wants 3-D Secure"
		}
		return codeCardDeclined, "the processor declined, code " + gateway.Printable(e.Processor.Code)
	case isRejected:
		if e.Rejection == "THREE_D_SECURE" {
			return codeAuthentication, "3-D Secure was not passed"
		}
		return codeDeclined, "the gateway rejected, reason " + gateway.Printable(e.Rejection)
	case isFailed:
		return codeDeclined, "the payment is " + p.Status
	}
	return "", ""
}

// declined is an outcome that Braintree has told.
func declined(code fault.Reason, format string, args ...any) orchestrator.Outcome {
	out := refused(process.Declined, code, format, args...)
	out.Unasked = false
	return out
}
