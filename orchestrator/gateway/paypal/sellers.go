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

// CanReceive reports whether the user has a PayPal account that is linked. PayPal tells nothing
// more of it: an address without an account shows when it is paid.
func (g *Gateway) CanReceive(ctx context.Context, community int64, user string) (bool, error) {
	payee, err := g.payee(ctx, community, user)
	return payee != "", err
}

// Seller is the user's PayPal account.
func (g *Gateway) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	payee, err := g.payee(ctx, community, user)
	if err != nil || payee == "" {
		return orchestrator.SellerAccount{Status: orchestrator.SellerMissing}, err
	}
	s := orchestrator.SellerAccount{ID: payee, Status: orchestrator.SellerActive, CanBePaid: true, GetsPayouts: true}
	if payee == dryPayee {
		s.ID = ""
	}
	return s, nil
}

// KnowsAccount reports whether a text can be a PayPal account. Whether there is one shows when it
// is paid.
func (g *Gateway) KnowsAccount(_ context.Context, _ int64, _, account string) (bool, error) {
	return kindOf(account) != "", nil
}

// dryPayee stands for an account that would be opened.
const dryPayee = "-"

// payee finds the user's account or, in sandboxes, has one opened; empty: there is none.
func (g *Gateway) payee(ctx context.Context, community int64, user string) (string, error) {
	id, found, err := g.Accounts.Account(ctx, community, user, g.Name())
	if err != nil {
		return "", err
	}
	if !found && g.OpenAccount != nil {
		if id, found, err = g.OpenAccount(ctx, community, user); err != nil || !found {
			return "", err
		}
		if orchestrator.IsDryRun(ctx) {
			return dryPayee, nil
		}
		if id, err = g.Accounts.SaveAccount(ctx, community, user, g.Name(), id); err != nil {
			return "", err
		}
	}
	if !found || kindOf(id) == "" {
		return "", nil
	}
	return id, nil
}
