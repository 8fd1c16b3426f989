package paypal

import (
	"context"
	"net/mail"
	"regexp"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
)

// merchantShape is that of the ids of PayPal accounts (official API).
var merchantShape = regexp.MustCompile(`^[2-9A-HJ-NP-Z]{13}$`)

// maxPayee is the length of an address that can be paid (official API).
const maxPayee = 127

// kindOf is how PayPal is told whom to pay; empty: that is nobody.
func kindOf(payee string) string {
	if merchantShape.MatchString(payee) {
		return "PAYPAL_ID"
	}
	a, err := mail.ParseAddress(payee)
	if err != nil || a.Address != payee || len(payee) > maxPayee || !strings.Contains(payee, ".") {
		return ""
	}
	return "EMAIL"
}

// CanReceive reports whether the user has a PayPal account that is linked and, where sellers agree
// on PayPal's page, whether PayPal says now that they can be paid. Of an address it tells nothing:
// one without an account shows when it is paid. A preview may be told what was so a moment ago.
func (g *Gateway) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	owner := ownerOf(community, user)
	if can, known := g.previews.find(owner, g.Now()); known && orchestrator.IsDryRun(ctx) {
		return can, nil
	}
	a, err := g.Seller(ctx, community, user)
	if err == nil {
		g.previews.note(owner, a.CanBePaid, g.Now())
	}
	return a.CanBePaid, err
}

// Seller is the user's PayPal account. It is asked of PayPal each time, so that a consent that was
// taken back counts at once, at every replica.
func (g *Gateway) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	payee, waits, err := g.payee(ctx, community, user)
	s := orchestrator.SellerAccount{ID: payee, Status: orchestrator.SellerActive, CanBePaid: true, GetsPayouts: true}
	switch {
	case err != nil || payee == "" && !waits:
		return orchestrator.SellerAccount{Status: orchestrator.SellerMissing}, err
	case payee == "":
		return orchestrator.SellerAccount{Status: orchestrator.SellerPending, Due: dueConsent()}, nil
	case payee == dryPayee:
		s.ID = ""
	case g.Delayed && !merchantShape.MatchString(payee):
		return orchestrator.SellerAccount{ID: payee, Status: orchestrator.SellerPending, Due: dueConsent()}, nil
	case g.PartnerID != "" && merchantShape.MatchString(payee):
		s, _, err = g.standing(ctx, payee)
	}
	return s, err
}

// KnowsAccount reports whether a text can be a PayPal account. Whether there is one at an address
// shows when it is paid. A merchant has to have agreed, where sellers do, and not for another user.
func (g *Gateway) KnowsAccount(ctx context.Context, community int64, user, account string) (bool, error) {
	if g.PartnerID == "" || !merchantShape.MatchString(account) {
		return kindOf(account) != "" && !g.Delayed, nil
	}
	a, tracking, err := g.standing(ctx, account)
	owner, _, ours := strings.Cut(tracking, "-")
	return a.Status != orchestrator.SellerPending && (!ours || len(owner) != len(ownerOf(community, user)) || owner == ownerOf(community, user)), err
}

// dryPayee stands for an account that would be opened.
const dryPayee = "-"

// payee finds the user's account or, in sandboxes, has one opened; empty: there is none, or, waits,
// they were led to PayPal's page and have not agreed.
func (g *Gateway) payee(ctx context.Context, community int64, user string) (id string, waits bool, err error) {
	stored, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return "", false, err
	}
	if !found && g.OpenAccount != nil {
		if stored, found, err = g.OpenAccount(ctx, community, user); err != nil || !found {
			return "", false, err
		}
		if orchestrator.IsDryRun(ctx) {
			return dryPayee, false, nil
		}
		if stored, err = g.Accounts.SaveAccount(ctx, community, user, g.Name(), stored); err != nil {
			return "", false, err
		}
	}
	return g.told(ctx, community, user, stored)
}

// linked is the user's account, as payee finds it, and opens none.
func (g *Gateway) linked(ctx context.Context, community int64, user string) (string, error) {
	stored, _, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return "", err
	}
	id, _, err := g.told(ctx, community, user, stored)
	return id, err
}
