package stripe

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	sdk "github.com/stripe/stripe-go/v76"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

var (
	_ orchestrator.SellersThere = (*Gateway)(nil)
	_ orchestrator.Onboarding   = (*Gateway)(nil)
	_ orchestrator.Linking      = (*Gateway)(nil)
	_ orchestrator.SellersTold  = (*Gateway)(nil)
)

// Seller reads the user's connected account.
func (g *Gateway) Seller(ctx context.Context, community int64, user string) (orchestrator.SellerAccount, error) {
	missing := orchestrator.SellerAccount{Status: orchestrator.SellerMissing}
	id, found, err := g.account(ctx, community, user)
	switch {
	case err != nil || !found:
		return missing, err
	case id == "": // one would be opened
		return orchestrator.SellerAccount{Status: orchestrator.SellerActive, CanBePaid: true, GetsPayouts: true}, nil
	}
	a, known, err := g.read(ctx, id)
	if err != nil || !known {
		return missing, err
	}
	return a, nil
}

// KnowsAccount reports whether there is such a connected account of the platform that was not
// opened for another user. One that somebody made in the dashboard was opened for nobody.
func (g *Gateway) KnowsAccount(ctx context.Context, community int64, user, account string) (bool, error) {
	a, known, err := g.fetch(ctx, account)
	if err != nil || !known {
		return false, err
	}
	opened := a.Metadata[metaSeller]
	return opened == "" || opened == sellerName(community, user), nil
}

// sellerOf reads what Stripe tells of a connected account (official API). What is in
// requirements is asked of the seller; an account that is being checked waits for Stripe.
func sellerOf(a *sdk.Account) orchestrator.SellerAccount {
	s := orchestrator.SellerAccount{ID: a.ID, GetsPayouts: a.PayoutsEnabled, Status: orchestrator.SellerRestricted}
	s.CanBePaid = !a.Deleted && a.Capabilities != nil && a.Capabilities.Transfers == sdk.AccountCapabilityStatusActive
	if a.DefaultCurrency != "" {
		s.Currencies = []string{strings.ToUpper(string(a.DefaultCurrency))}
	}
	r := a.Requirements
	if r == nil {
		r = &sdk.AccountRequirements{}
	}
	var by time.Time
	if r.CurrentDeadline > 0 {
		by = time.Unix(r.CurrentDeadline, 0).UTC()
	}
	asked := append(slices.Clone(r.PastDue), r.CurrentlyDue...)
	slices.Sort(asked)
	for _, what := range slices.Compact(asked) {
		s.Due = append(s.Due, orchestrator.SellerDue{What: what, By: by})
	}
	switch {
	case a.Deleted || strings.HasPrefix(string(r.DisabledReason), "rejected."):
		s.Status, s.CanBePaid = orchestrator.SellerRejected, false
	case s.CanBePaid && s.GetsPayouts:
		s.Status = orchestrator.SellerActive
	case !a.DetailsSubmitted || len(asked) == 0 && len(r.PendingVerification) > 0:
		s.Status = orchestrator.SellerPending
	}
	return s
}

// Onboard opens an Express account for a user who has none, and a link to Stripe's page.
// Stripe makes one account for each user under one key, and keeps that for a day; of two
// that were opened anyway the first stored is used.
func (g *Gateway) Onboard(ctx context.Context, community int64, user string, to orchestrator.Return) (orchestrator.OnboardingLink, error) {
	id, found, err := g.account(ctx, community, user)
	if err == nil && !found {
		id, err = g.newAccount(ctx, community, user)
	}
	if err != nil {
		return orchestrator.OnboardingLink{}, err
	}
	link, err := g.api.AccountLinks.New(&sdk.AccountLinkParams{
		Params: sdk.Params{Context: ctx}, Account: &id, Type: sdk.String("account_onboarding"), ReturnURL: &to.Done, RefreshURL: &to.Again,
	})
	var refused *sdk.Error
	if errors.As(err, &refused) && refused.HTTPStatusCode == http.StatusBadRequest && refused.Param == "account" {
		return orchestrator.OnboardingLink{}, fault.New(fault.Conflict, "no_onboarding", "Stripe does not set up the seller's account there, which it may have rejected; read the seller's status, and link another account")
	}
	if err != nil {
		return orchestrator.OnboardingLink{}, fmt.Errorf("make account link: %w", readable(err))
	}
	return orchestrator.OnboardingLink{URL: link.URL, ExpiresAt: time.Unix(link.ExpiresAt, 0).UTC()}, nil
}

// metaSeller names the user for whom an account was opened.
const metaSeller = "handsel_seller"

func sellerName(community int64, user string) string { return fmt.Sprintf("%d:%s", community, user) }

// newAccount opens a connected account with what is known of the user.
func (g *Gateway) newAccount(ctx context.Context, community int64, user string) (string, error) {
	name := sellerName(community, user)
	params := &sdk.AccountParams{
		Params: sdk.Params{Context: ctx}, Type: sdk.String(string(sdk.AccountTypeExpress)),
		Capabilities: &sdk.AccountCapabilitiesParams{Transfers: &sdk.AccountCapabilitiesTransfersParams{Requested: sdk.Bool(true)}},
	}
	p, found, err := g.Accounts.Profile(ctx, community, user)
	if err != nil {
		return "", err
	}
	if found {
		params.Email, params.Country = &p.Email, &p.CountryCode
	}
	params.AddMetadata(metaSeller, name)
	params.SetIdempotencyKey(fmt.Sprintf("seller-%x", sha256.Sum256([]byte(name+"\x00"+p.Email+"\x00"+p.CountryCode))))
	a, err := g.api.Accounts.New(params)
	if err != nil {
		return "", fmt.Errorf("open connected account: %w", readable(err))
	}
	if !accountShape.MatchString(a.ID) {
		return "", errUnreadable
	}
	return g.Accounts.SaveAccount(ctx, community, user, g.Name(), a.ID)
}

// toldMark begins what an event about a connected account is passed on as; its id follows.
const toldMark = "seller:"

// SellerTold reads which connected account has changed.
func (*Gateway) SellerTold(about string) (orchestrator.SellerNews, bool) {
	id, ok := strings.CutPrefix(about, toldMark)
	if !ok {
		return orchestrator.SellerNews{}, false
	}
	return orchestrator.SellerNews{Accounts: []string{id}}, true
}

// AccountChanged notes that Stripe has told of a change of a connected account.
func (g *Gateway) AccountChanged(account string) { g.receivers.forget(account) }
