package trustap

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// What Trustap asks of a seller: these are our words, for it has none.
const (
	dueProfile = "profile"        // a profile here, to make a guest of
	dueConsent = "consent"        // to let the marketplace act for them: they log in again
	dueAccount = "account"        // to accept Trustap's terms and name their country there
	duePayout  = "payout_details" // to say on Trustap's pages where their money goes
)

// Seller tells how the user stands. A guest has an account, or a profile to make one from: what
// Trustap asks of them before it pays out, it asks on its own pages. Of a full user Trustap
// tells whether it can pay them out.
func (g *Gateway) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	id, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return orchestrator.SellerAccount{}, err
	}
	if found && !client.IsGuestUserID(id) {
		return g.fullSeller(ctx, id)
	}
	ready, err := g.CanReceive(ctx, community, user)
	switch {
	case err != nil:
		return orchestrator.SellerAccount{}, err
	case !ready:
		return orchestrator.SellerAccount{Status: orchestrator.SellerMissing, Due: asks(dueProfile)}, nil
	case !found:
		id = ""
	}
	return orchestrator.SellerAccount{ID: id, Status: orchestrator.SellerActive, CanBePaid: true, GetsPayouts: true}, nil
}

func asks(what string) []orchestrator.SellerDue { return []orchestrator.SellerDue{{What: what}} }

// fullSeller reads how a full user stands (official API: payout status).
func (g *Gateway) fullSeller(ctx context.Context, id string) (orchestrator.SellerAccount, error) {
	s := orchestrator.SellerAccount{ID: id, Status: orchestrator.SellerPending}
	status, err := g.Client.Personal.PayoutStatus(ctx, client.AsUser(id))
	switch g.about(ctx, err, 0, nil) {
	case codeConsent:
		s.Due = asks(dueConsent)
		return s, nil
	case codeUnfinished:
		s.Due = asks(dueAccount)
		return s, nil
	}
	if err != nil {
		return orchestrator.SellerAccount{}, err
	}
	s.CanBePaid = true
	switch status {
	case client.PayoutComplete:
		s.Status, s.GetsPayouts = orchestrator.SellerActive, true
	case client.PayoutDue:
		s.Status, s.Due = orchestrator.SellerRestricted, asks(duePayout)
	}
	return s, nil
}

// Why Trustap does nothing in a full user's name.
const (
	codeConsent    fault.Reason = "consent_missing"
	codeUnfinished fault.Reason = "account_not_finished"
)

// about is the code of a refusal that is about a full user who acts or takes part, and not
// about the payment; empty if it is not. Trustap answers 401 for a user who has not agreed that
// this client acts for them, as it does for a wrong API key: what a call without a user is
// answered tells the two apart (m is nil where one has just been answered, or there is none).
func (g *Gateway) about(ctx context.Context, err error, id int64, m model) fault.Reason {
	var refusal *client.Error
	switch {
	case !errors.As(err, &refusal):
		return ""
	case refusal.StatusCode == 409 && refusal.Code != client.CodeUnsupportedSellerClientConfiguration:
		return codeUnfinished
	case errors.Is(err, client.CodeUserNotOwnedByClient):
		return codeConsent
	case !unauthorized(err):
		return ""
	}
	if m != nil {
		_, err = m.get(ctx, id)
	} else {
		_, err = g.Client.Online.Quote(ctx, client.QuoteInput{Currency: "eur", Price: probePrice})
	}
	if unauthorized(err) || client.OutcomeOf(err) != client.OutcomeKnown {
		return ""
	}
	return codeConsent
}

// probePrice is any that Trustap can quote, in minor units.
const probePrice = 10_000
