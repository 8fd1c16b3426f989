// Package trustap lets the engine hold money at Trustap, an escrow gateway with
// states of its own. It translates verbs to calls of package client and what
// Trustap answers to facts. Trustap knows no idempotency keys: a payment carries
// the intent's id in its description, so that it can be found when the answer to
// its creation was lost.
package trustap

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Config is what the gateway needs; Client, Accounts and ActionsURL are required.
type Config struct {
	Client   *client.Client
	Accounts orchestrator.Accounts
	// ActionsURL is the origin of Trustap's payment pages.
	ActionsURL string
	// ReturnURL is where the payment page sends the buyer afterwards; it must be
	// registered with Trustap. Empty: the page sends nobody back.
	ReturnURL string
	// ClientID is the marketplace's id at Trustap. Only Payments needs it.
	ClientID string
	// OAuth logs full users in; nil: all users are guests.
	OAuth *client.OAuth
	// Stranger makes a profile for a user who has none, for sandboxes. nil: users
	// need a profile before they can pay or be paid.
	Stranger func(community int64, user string) (orchestrator.Profile, bool)
}

// Gateway is Trustap behind the engine's port. Deals with a deposit are in its
// face-to-face model, all others in the online model.
type Gateway struct{ Config }

var (
	_ orchestrator.Gateway   = (*Gateway)(nil)
	_ orchestrator.Statement = (*Gateway)(nil)
	_ orchestrator.Quoting   = (*Gateway)(nil)
	_ orchestrator.Stateful  = (*Gateway)(nil)
)

// New checks the configuration.
func New(c Config) (*Gateway, error) {
	if c.Client == nil || c.Accounts == nil {
		return nil, errors.New("trustap: Client and Accounts are required")
	}
	if u, err := url.Parse(c.ActionsURL); err != nil || u.Host == "" {
		return nil, fmt.Errorf("trustap: ActionsURL %q is not an absolute URL", c.ActionsURL)
	}
	c.ActionsURL = strings.TrimRight(c.ActionsURL, "/")
	return &Gateway{c}, nil
}

// Name is "trustap".
func (g *Gateway) Name() string { return name }

const name = "trustap"

// SetsFees tells that Trustap charges fees of its own.
func (g *Gateway) SetsFees() {}

// Quote is what Trustap would charge for a shipped deal of a price.
func (g *Gateway) Quote(ctx context.Context, price money.Amount) (orchestrator.Quote, error) {
	q, err := quoted(g.Client.Online.Quote(ctx, client.QuoteInput{Currency: price.Currency().Lower(), Price: price.Minor()}))
	if err != nil {
		return orchestrator.Quote{}, err
	}
	return orchestrator.Quote{Buyer: &q.Charge, Seller: q.ChargeSeller}, nil
}

// KeepsStates tells that Trustap moves the money of each deal itself, once, and
// does not always say what it has moved: see orchestrator.Stateful.
func (g *Gateway) KeepsStates() {}

// Kind is what is known of the gateway: it can do what a shipped deal takes, and one in
// person.
func Kind() orchestrator.Kind {
	return orchestrator.Kind{Name: name, Payee: "send their profile, with terms_accepted_at and terms_ip, by PUT /v1/users/{id}, or let them log in where logins are set up: POST /v1/sellers/{user_id}/onboarding", Can: process.Does(
		process.Charge, process.Void, process.Complain, process.Release, process.AcceptComplaint,
		process.Track, process.ConfirmDelivery,
		process.AcceptDeposit, process.SetPrice, process.SkipRemainder, process.ConfirmHandover, process.ConfirmReceipt,
	)}
}

// CanReceive reports whether the user has an account at Trustap or a profile, with accepted
// terms, to make one from.
func (g *Gateway) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	if _, found, err := g.Accounts.Account(ctx, community, user, g.Name()); found || err != nil {
		return found, err
	}
	_, err := g.profile(ctx, community, user)
	if errors.Is(err, errNoProfile) {
		return false, nil
	}
	return err == nil, err
}

// Perform carries out one verb. Whatever fails before the call that counts is
// NotSent or Declined: Trustap has seen nothing of it.
func (g *Gateway) Perform(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	if op.Verb == process.Charge {
		return g.open(ctx, op)
	}
	m, id, err := g.payment(op.Transaction.PaymentID)
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: "payment_unknown", Err: err}
	}
	who, err := g.partiesOf(ctx, m, id, op)
	if err != nil {
		return g.notSent(err)
	}
	s, err := m.perform(ctx, id, op, who)
	if now, changed := g.claimed(ctx, m, id, who, err); changed {
		who = now
		s, err = m.perform(ctx, id, op, who)
	}
	if err != nil {
		return g.failed(ctx, op, who, err)
	}
	return orchestrator.Outcome{Status: process.Succeeded, Snapshot: s}
}

// open creates the payment for both parties; the buyer then pays on Trustap's page.
func (g *Gateway) open(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	who, err := g.parties(ctx, op.Transaction)
	if err != nil {
		return g.notSent(err)
	}
	s, err := g.model(op.Transaction).open(ctx, op, who)
	if err == nil && (s.Payer != who.buyer || s.Payee != who.seller) {
		err = errOthers
	}
	if err != nil {
		return g.failed(ctx, op, who, err)
	}
	return orchestrator.Outcome{Status: process.RequiresAction, Snapshot: s}
}

// errOthers is an answer about a payment of other people than it was opened for. Nobody is
// led to pay it: it is looked up as if there had been no answer.
var errOthers = errors.New("the payment that was opened is not between the two users of the deal")

// claimed tells the parties of a payment that refuses who acts, where they have become others:
// a guest has claimed their side as a full user. That refusal is sure, so it is no repeat of a
// doubtful call to act once more as who they are now.
func (g *Gateway) claimed(ctx context.Context, m model, id int64, who parties, err error) (parties, bool) {
	if !strange(err) {
		return who, false
	}
	s, err := m.get(ctx, id)
	now := parties{s.Payer, s.Payee}
	return now, err == nil && now != who && now.buyer != "" && now.seller != ""
}

// strange reports whether Trustap refused a call for who acts in it.
func strange(err error) bool {
	for _, code := range []client.ErrorCode{
		client.CodeNotFound, client.CodeForbidden, client.CodeUnauthorized, client.CodeNotBuyer, client.CodeNotSeller, client.CodeSubjectIsNotGuestUser,
	} {
		if errors.Is(err, code) {
			return client.OutcomeOf(err) == client.OutcomeKnown
		}
	}
	return false
}

// quoteError marks a failure before the call that counts: a quote changes nothing.
type quoteError struct{ error }

// quoted passes a quote on and marks its failure.
func quoted[Q any](q *Q, err error) (*Q, error) {
	if err != nil {
		return nil, quoteError{err}
	}
	return q, nil
}

// describe puts the reference where Trustap keeps it for us.
func describe(op orchestrator.Operation) string {
	return strings.TrimSpace(op.Transaction.ListingTitle + " [" + op.Reference() + "]")
}

// referenceIn is the inverse of describe; empty when the description is not ours. The
// text of a payment that was opened from a listing is the listing's: its seller may have
// written anything, another deal's reference too.
func referenceIn(description string, listing client.ID) string {
	if listing != "" {
		return ""
	}
	text, ours := strings.CutSuffix(description, "]")
	at := strings.LastIndexByte(text, '[')
	if !ours || at < 0 {
		return ""
	}
	return text[at+1:]
}

// notSent is the outcome of a failure before the call that counts: a refusal by
// Trustap is final, anything else may be tried again.
func (g *Gateway) notSent(err error) orchestrator.Outcome {
	var refusal *client.Error
	switch {
	case errors.Is(err, errNoProfile):
		return orchestrator.Outcome{Status: process.Declined, Code: "profile_missing", Err: err}
	case errors.Is(err, errSameAccount):
		return orchestrator.Outcome{Status: process.Declined, Code: "same_account", Err: err}
	case errors.Is(err, errUnsupported):
		return orchestrator.Outcome{Status: process.NotSent, Code: "unsupported_verb", Err: err}
	case errors.Is(err, client.ErrInvalidInput):
		return orchestrator.Outcome{Status: process.NotSent, Code: orchestrator.CodeUnsendable, Err: err}
	case errors.As(err, &refusal) && refusal.Outcome == client.OutcomeKnown && refusal.Code != "" && !refusal.Temporary() && !unauthorized(err):
		return orchestrator.Outcome{Status: process.Declined, Code: fault.Reason(refusal.Code), Err: err}
	}
	return orchestrator.Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: err}
}

func unauthorized(err error) bool { return errors.Is(err, client.CodeUnauthorized) }

// errUnsupported is a verb that Trustap, or one of its models, does not have.
var errUnsupported = errors.New("trustap cannot do this")

// failed is the outcome of the call that counts. A sure refusal comes with a look
// at the payment, because "already done" is a success and every other refusal
// means that our picture of the payment is old.
func (g *Gateway) failed(ctx context.Context, op orchestrator.Operation, who parties, err error) orchestrator.Outcome {
	var quote quoteError
	switch {
	case errors.As(err, &quote):
		return g.notSent(quote.error)
	case errors.Is(err, errUnsupported):
		return g.notSent(err)
	}
	switch client.OutcomeOf(err) {
	case client.OutcomeNotSent:
		return g.notSent(err)
	case client.OutcomeUnknown:
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: err}
	}
	out := g.refused(ctx, op, who, err)
	if out.Status != process.Declined || op.Transaction.PaymentID == "" {
		return out
	}
	snapshot, lookupErr := g.Lookup(ctx, orchestrator.PaymentRef{
		CommunityID: op.Transaction.CommunityID, PaymentID: op.Transaction.PaymentID, Buyer: op.Transaction.Buyer, Seller: op.Transaction.Seller, Payer: who.buyer,
	})
	if lookupErr != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: out.Code, Err: errors.Join(err, lookupErr)}
	}
	out.Snapshot = snapshot
	if done(op, snapshot) {
		out.Status, out.Code = process.Succeeded, ""
	}
	return out
}

// refused is the outcome of a call that was surely refused. What is about a full user is told
// as that.
func (g *Gateway) refused(ctx context.Context, op orchestrator.Operation, who parties, err error) orchestrator.Outcome {
	if who.guests() {
		return g.notSent(err)
	}
	m, id, noPayment := g.payment(op.Transaction.PaymentID)
	if noPayment != nil {
		m = nil
	}
	if code := g.about(ctx, err, id, m); code != "" {
		return orchestrator.Outcome{Status: process.Declined, Code: code, Err: err}
	}
	return g.notSent(err)
}

// settles names the fact that shows that a verb has been carried out.
var settles = map[process.Verb]process.Fact{
	process.Void: process.FactCancelled, process.Track: process.FactTracked, process.ConfirmDelivery: process.FactDelivered,
	process.Complain: process.FactComplained, process.Release: process.FactComplaintPeriodEnded,
	process.AcceptComplaint: process.FactFundsRefunded,
	process.AcceptDeposit:   process.FactDepositAccepted, process.SetPrice: process.FactPriced, process.SkipRemainder: process.FactRemainderSkipped,
	process.ConfirmHandover: process.FactSellerHandoverConfirmed, process.ConfirmReceipt: process.FactBuyerHandoverConfirmed,
}

// done tells whether a payment shows what an operation asks for. Another price that
// was set there is not the one that was asked for.
func done(op orchestrator.Operation, s orchestrator.Snapshot) bool {
	_, happened := s.Facts[settles[op.Verb]]
	return happened && (op.Verb != process.SetPrice || s.Price.Minor() == inputPrice(op))
}
