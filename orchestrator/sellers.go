package orchestrator

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/labels"
)

// Seller is a user as somebody who is paid.
type Seller struct {
	UserID   string
	Accounts []SellerAccount // one for each gateway here in whose deals money moves
	Debt     []money.Amount  // what they owe the marketplace
	Labels   labels.Labels
}

// Onboarding is a Gateway that sets sellers up on a page of its own.
type Onboarding interface {
	// Onboard opens an account for a user who has none, and returns a link to the page. The
	// same call again makes another link and no other account.
	Onboard(ctx context.Context, community int64, user string, to Return) (OnboardingLink, error)
}

// TakingDetails is an Onboarding that has no page: what a gateway wants to know of a seller is told with the request.
type TakingDetails interface {
	// TakesDetails are the names of what can be told.
	TakesDetails() []string
}

// Linking is a Gateway at which a seller may have an account already, that staff links.
type Linking interface {
	// KnowsAccount reports whether there is such an account that this platform may pay, and
	// that was not opened for another user, as far as the gateway tells.
	KnowsAccount(ctx context.Context, community int64, user, account string) (bool, error)
}

// sellerLook is how long one gateway may take to tell of a seller; our choice.
const sellerLook = 5 * time.Second

// Seller tells how a user stands at each gateway, which is asked now, and what they owe.
// A gateway that does not answer is SellerUnknown. Fault: too_many_looks.
func (e *Engine) Seller(ctx context.Context, community int64, user string) (Seller, error) {
	s := Seller{UserID: user}
	err := e.mayAsk(community)
	if err != nil {
		return s, err
	}
	if s.Debt, err = e.config.Store.Debts(ctx, community, user); err != nil {
		return s, err
	}
	if s.Labels, err = e.config.Store.SellerLabels(ctx, community, user); err != nil {
		return s, err
	}
	var here []Gateway
	for _, k := range e.config.Kinds {
		if g, ok := e.gateways[k.Name]; ok && k.Paid() {
			here = append(here, g)
		}
	}
	s.Accounts = make([]SellerAccount, len(here))
	var asked sync.WaitGroup
	for i, g := range here {
		asked.Go(func() { s.Accounts[i] = e.sellerAt(ctx, g, community, user) })
	}
	asked.Wait()
	return s, nil
}

// mayAsk bounds how often a community makes gateways tell of sellers: they limit what they
// take from all of us, refunds included.
func (e *Engine) mayAsk(community int64) error {
	if e.looks.ask(community, e.now()) {
		return nil
	}
	return fault.New(fault.RateLimited, "too_many_looks", "gateways were asked too often for this marketplace; wait %d s", 1).With("retry_after", int64(1))
}

// sellerAt asks one gateway of a user.
func (e *Engine) sellerAt(ctx context.Context, g Gateway, community int64, user string) SellerAccount {
	ctx, cancel := context.WithTimeout(ctx, sellerLook)
	defer cancel()
	a, err := e.standing(ctx, g, community, user)
	if err != nil {
		e.config.Log.WarnContext(ctx, "seller at gateway", "gateway", g.Name(), "community", community, "error", err)
		a = SellerAccount{Status: SellerUnknown}
	}
	a.Gateway = g.Name()
	return a
}

// OnboardSeller gives a seller a link to the page on which a gateway sets them up, or on which
// they log in there (FinishLogin). Faults:
// unknown_gateway, gateway_not_configured, no_onboarding, gateway_unavailable, too_many_looks, invalid_seller_details.
func (e *Engine) OnboardSeller(ctx context.Context, community int64, user, gateway string, to Return) (OnboardingLink, error) {
	logs, kind, noLogin := withSide[LoggingIn](e, gateway)
	g, _, err := withSide[Onboarding](e, gateway)
	if noLogin == nil || err == nil {
		err = takesDetails(g, kind.Name, to.Details)
	}
	if err == nil {
		err = e.mayAsk(community)
	}
	switch {
	case err != nil:
		return OnboardingLink{}, err
	case noLogin == nil:
		return e.beginLogin(ctx, logs, login{Community: community, User: user, Gateway: kind.Name, To: to})
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	link, err := g.Onboard(ctx, community, user, to)
	return link, notAnswered(err, kind.Name)
}

// takesDetails refuses what a gateway does not want to be told, so that nobody sends a bank account to nowhere.
func takesDetails(g Onboarding, name string, told map[string]string) error {
	if len(told) == 0 {
		return nil
	}
	takes, ok := g.(TakingDetails)
	if !ok {
		return fault.New(fault.Invalid, "invalid_seller_details", "%s asks sellers on a page of its own; leave details out", name).With("field", "details")
	}
	for _, what := range slices.Sorted(maps.Keys(told)) {
		if !slices.Contains(takes.TakesDetails(), what) {
			return fault.New(fault.Invalid, "invalid_seller_details", "%s takes no %.40q of a seller; it takes %s", name, what, strings.Join(takes.TakesDetails(), ", ")).With("field", "details")
		}
	}
	return nil
}

// LinkSeller makes an account that there is at a gateway a user's, instead of the one that
// they had. Deals in progress pay to it too. Faults: those of OnboardSeller, unknown_account,
// account_taken.
func (e *Engine) LinkSeller(ctx context.Context, community int64, user, gateway, account string, by By) error {
	g, kind, err := withSide[Linking](e, gateway)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.CallTimeout)
	defer cancel()
	known, err := g.KnowsAccount(ctx, community, user, account)
	if err != nil {
		return notAnswered(err, kind.Name)
	}
	if !known {
		return fault.New(fault.Invalid, "unknown_account", "%s has no account %q in which this platform can pay this user", kind.Name, account).With("field", "account_id")
	}
	return e.config.Store.LinkAccount(ctx, SellerLink{CommunityID: community, UserID: user, Gateway: kind.Name, AccountID: account}, by)
}

// UnlinkSeller forgets a user's account at a gateway; the account itself stays. Deals in
// progress wait with the payee's money until another one is linked, unless their payment has its
// own (Transaction.PayeeAccount). Faults:
// unknown_gateway, gateway_not_configured, no_onboarding, seller_not_linked.
func (e *Engine) UnlinkSeller(ctx context.Context, community int64, user, gateway string, by By) error {
	_, kind, err := withSide[Linking](e, gateway)
	if err != nil {
		return err
	}
	return e.config.Store.LinkAccount(ctx, SellerLink{CommunityID: community, UserID: user, Gateway: kind.Name}, by)
}
