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
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/client"
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
	// Stranger makes a profile for a user who has none, for sandboxes. nil: users
	// need a profile before they can pay or be paid.
	Stranger func(community int64, user string) (orchestrator.Profile, bool)
}

// Gateway is Trustap's online model behind the engine's port.
type Gateway struct{ Config }

var _ orchestrator.Gateway = (*Gateway)(nil)

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
func (g *Gateway) Name() string { return "trustap" }

// SetsFees tells that Trustap charges fees of its own.
func (g *Gateway) SetsFees() {}

// Verbs are those of a shipped deal.
func (g *Gateway) Verbs() []process.Verb {
	return []process.Verb{process.Charge, process.Void, process.Track, process.ConfirmDelivery, process.Complain, process.Release, process.Lookup}
}

// CanReceive reports whether the user has an account at Trustap or a profile to
// make one from.
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
	id, err := strconv.ParseInt(op.Transaction.PaymentID, 10, 64)
	if err != nil {
		return orchestrator.Outcome{Status: process.NotSent, Code: "payment_unknown", Err: fmt.Errorf("payment id %q: %w", op.Transaction.PaymentID, err)}
	}
	buyer, seller, err := g.parties(ctx, op.Transaction)
	if err != nil {
		return g.notSent(err)
	}
	var t *client.Transaction
	switch op.Verb {
	case process.Void:
		actor := buyer
		if op.Actor.ID == op.Transaction.Seller {
			actor = seller
		}
		t, err = g.Client.Online.For(actor).Cancel(ctx, id)
	case process.Track:
		t, err = g.Client.Online.For(seller).Track(ctx, id, client.Tracking{Carrier: op.Input["carrier"], TrackingCode: op.Input["tracking_code"]})
	case process.ConfirmDelivery:
		t, err = g.Client.Online.For(buyer).ConfirmDelivery(ctx, id)
	case process.Complain:
		t, err = g.Client.Online.For(buyer).Complain(ctx, id, client.Description{Description: op.Input["description"]})
	case process.Release:
		t, err = g.Client.Online.EndComplaintPeriod(ctx, id, client.AsUser(buyer))
	default:
		return orchestrator.Outcome{Status: process.NotSent, Code: "unsupported_verb", Err: fmt.Errorf("trustap cannot %s", op.Verb)}
	}
	if err != nil {
		return g.failed(ctx, op, err)
	}
	return g.outcome(process.Succeeded, t)
}

// open creates the payment for both parties; the buyer then pays on Trustap's page.
func (g *Gateway) open(ctx context.Context, op orchestrator.Operation) orchestrator.Outcome {
	buyer, seller, err := g.parties(ctx, op.Transaction)
	if err != nil {
		return g.notSent(err)
	}
	role, creator := client.RoleBuyer, buyer
	if op.Transaction.Starter == op.Transaction.Seller {
		role, creator = client.RoleSeller, seller
	}
	t, err := g.create(ctx, op, buyer, seller, role, creator)
	if errors.Is(err, client.CodeIncorrectCalcVersion) {
		// The fee formula changed between quote and creation; the refusal is sure.
		t, err = g.create(ctx, op, buyer, seller, role, creator)
	}
	if err != nil {
		var quote quoteError
		if errors.As(err, &quote) {
			return g.notSent(quote.error)
		}
		return g.failed(ctx, op, err)
	}
	return g.outcome(process.RequiresAction, t)
}

// quoteError marks a failure before anything was created.
type quoteError struct{ error }

func (g *Gateway) create(ctx context.Context, op orchestrator.Operation, buyer, seller string, role client.Role, creator string) (*client.Transaction, error) {
	price := op.Transaction.Price
	quote, err := g.Client.Online.Quote(ctx, client.QuoteInput{Currency: price.Currency().Lower(), Price: price.Minor()})
	if err != nil {
		return nil, quoteError{err}
	}
	return g.Client.Online.CreateWithGuestUser(ctx, client.CreateWithGuestUserInput{
		CreatorRole: role, BuyerID: buyer, SellerID: seller, Quote: *quote,
		Description: describe(op.Transaction.ListingTitle, op.Reference()),
	}, client.AsUser(creator))
}

// describe puts the reference where Trustap keeps it for us.
func describe(title, reference string) string {
	return strings.TrimSpace(title + " [" + reference + "]")
}

// outcome translates an answered call.
func (g *Gateway) outcome(s process.Status, t *client.Transaction) orchestrator.Outcome {
	snapshot, err := g.snapshot(t)
	if err != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: "unreadable_answer", Err: err}
	}
	return orchestrator.Outcome{Status: s, Snapshot: snapshot}
}

// notSent is the outcome of a failure before the call that counts: a refusal by
// Trustap is final, anything else may be tried again.
func (g *Gateway) notSent(err error) orchestrator.Outcome {
	var refusal *client.Error
	switch {
	case errors.Is(err, errNoProfile):
		return orchestrator.Outcome{Status: process.Declined, Code: "profile_missing", Err: err}
	case errors.As(err, &refusal) && refusal.Outcome == client.OutcomeKnown && refusal.Code != "" && !refusal.Temporary() && !unauthorized(err):
		return orchestrator.Outcome{Status: process.Declined, Code: string(refusal.Code), Err: err}
	}
	return orchestrator.Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: err}
}

func unauthorized(err error) bool { return errors.Is(err, client.CodeUnauthorized) }

// failed is the outcome of the call that counts. A sure refusal comes with a look
// at the payment, because "already done" is a success and every other refusal
// means that our picture of the payment is old.
func (g *Gateway) failed(ctx context.Context, op orchestrator.Operation, err error) orchestrator.Outcome {
	switch client.OutcomeOf(err) {
	case client.OutcomeNotSent:
		return orchestrator.Outcome{Status: process.NotSent, Code: "gateway_unreachable", Err: err}
	case client.OutcomeUnknown:
		return orchestrator.Outcome{Status: process.Unknown, Code: "no_clear_answer", Err: err}
	}
	out := g.notSent(err)
	if out.Status != process.Declined || op.Transaction.PaymentID == "" {
		return out
	}
	snapshot, lookupErr := g.Lookup(ctx, orchestrator.PaymentRef{
		CommunityID: op.Transaction.CommunityID, PaymentID: op.Transaction.PaymentID, Buyer: op.Transaction.Buyer, Seller: op.Transaction.Seller,
	})
	if lookupErr != nil {
		return orchestrator.Outcome{Status: process.Unknown, Code: out.Code, Err: errors.Join(err, lookupErr)}
	}
	out.Snapshot = snapshot
	if _, done := snapshot.Facts[settles[op.Verb]]; done {
		out.Status, out.Code = process.Succeeded, ""
	}
	return out
}

// settles names the fact that shows that a verb has been carried out.
var settles = map[process.Verb]process.Fact{
	process.Void: process.FactCancelled, process.Track: process.FactTracked, process.ConfirmDelivery: process.FactDelivered,
	process.Complain: process.FactComplained, process.Release: process.FactComplaintPeriodEnded,
}

// Lookup reads a payment by its id, or finds it by the reference in its
// description among the buyer's latest ones.
func (g *Gateway) Lookup(ctx context.Context, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	buyer, found, err := g.Accounts.Account(ctx, ref.CommunityID, ref.Buyer, g.Name())
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	if ref.PaymentID == "" {
		if !found {
			// Without an account nothing can have been created for this buyer.
			return orchestrator.Snapshot{}, nil
		}
		return g.search(ctx, buyer, ref)
	}
	id, err := strconv.ParseInt(ref.PaymentID, 10, 64)
	if err != nil {
		return orchestrator.Snapshot{}, fmt.Errorf("payment id %q: %w", ref.PaymentID, err)
	}
	var opts []client.CallOption
	if found {
		opts = append(opts, client.AsUser(buyer))
	}
	t, err := g.Client.Online.Get(ctx, id, opts...)
	if errors.Is(err, client.CodeNotFound) {
		return orchestrator.Snapshot{}, nil
	}
	if err != nil {
		return orchestrator.Snapshot{}, err
	}
	return g.snapshot(t)
}

// clockSkew is how far Trustap's clock may be behind ours.
const clockSkew = 5 * time.Minute

func (g *Gateway) search(ctx context.Context, buyer string, ref orchestrator.PaymentRef) (orchestrator.Snapshot, error) {
	for t, err := range g.Client.Online.All(ctx, client.PageOptions{}, client.AsUser(buyer)) {
		if err != nil {
			return orchestrator.Snapshot{}, err
		}
		if strings.Contains(t.Description, "["+ref.Reference+"]") {
			return g.snapshot(t)
		}
		if t.Created.Before(ref.Since.Add(-clockSkew)) {
			break
		}
	}
	return orchestrator.Snapshot{}, nil
}
