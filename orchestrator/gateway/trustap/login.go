package trustap

import (
	"context"
	"errors"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

var (
	_ orchestrator.SellersThere = (*Gateway)(nil)
	_ orchestrator.LoggingIn    = (*Gateway)(nil)
	_ orchestrator.Linking      = (*Gateway)(nil)
)

// Scopes are what users let the marketplace do for them while they are away: all that deals of
// both models take, and to see whether they can be paid out (official API).
func Scopes() []string {
	return []string{
		"profile",
		"basic_tx:offline_create_join", "basic_tx:offline_track", "basic_tx:offline_cancel", "basic_tx:offline_claim", "basic_tx:offline_complain",
		"p2p_tx:offline_create_join", "p2p_tx:offline_accept_deposit", "p2p_tx:offline_set_price", "p2p_tx:offline_confirm_handover",
		"p2p_tx:offline_cancel", "p2p_tx:offline_claim", "p2p_tx:offline_complain",
	}
}

// listingScopes are what it takes beside, where listings are kept at Trustap.
func listingScopes() []string {
	return []string{"basic_ls:offline_create", "basic_ls:offline_accept_listing", "p2p_ls:offline_create", "p2p_ls:offline_update"}
}

// LoginURL leads a user to Trustap's login.
func (g *Gateway) LoginURL(l orchestrator.Login) (string, error) {
	if g.OAuth == nil {
		return "", fault.New(fault.Conflict, "no_onboarding", "users do not log in at %s here: HANDSEL_TRUSTAP_CLIENT_SECRET is not set; %s", name, Kind().Payee)
	}
	return g.OAuth.LoginURL(loginOf(l)), nil
}

func loginOf(l orchestrator.Login) client.Login {
	return client.Login{State: l.State, Verifier: client.Secret(l.Verifier), Nonce: l.Nonce}
}

var errLoginFailed = fault.New(fault.Conflict, "login_failed", "nothing was linked: %s did not confirm who has logged in; go back to the marketplace and begin again", name)

// LoggedIn is the id of the full user who has logged in. Their tokens are not kept: with their
// consent the API key acts for them.
func (g *Gateway) LoggedIn(ctx context.Context, l orchestrator.Login, code string) (string, error) {
	if g.OAuth == nil {
		return "", errLoginFailed
	}
	id, err := g.OAuth.Identify(ctx, loginOf(l), code)
	switch {
	case errors.Is(err, client.ErrNotIdentified), errors.Is(err, client.ErrorCode("invalid_grant")), err == nil && client.IsGuestUserID(id):
		return "", errLoginFailed
	}
	return id, err
}

// KnowsAccount refuses what staff would link: whose a Trustap account is, only a login shows.
func (g *Gateway) KnowsAccount(context.Context, int64, string, string) (bool, error) {
	return false, fault.New(fault.Conflict, "no_onboarding", "nobody links another person's account at %s; lead the user to the page of POST /v1/sellers/{user_id}/onboarding", name)
}
